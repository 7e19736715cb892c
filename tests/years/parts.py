"""Complete CRLs, deltas and parts from ceremony to ceremony, on SoftHSM: `parts.py FOLDER` leaves `archive/` and `ca/`.

It runs as a program of its own, so that no test shares a PKCS#11 module with it.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.years.rig import Ca

START = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
POLICY = Path(__file__).parent / "parted" / "policy.yaml"
Step = dict[str, Any]


def made(name: str, issuer: str) -> list[Step]:
    """A key and its certificate; of a root its own."""
    step: Step = {"id": f"sign-{name}", "certificate": name, "profile": name, "key": name}
    step |= {"kind": "self-sign"} if name == issuer else {"kind": "issue", "issuer": issuer}
    return [{"id": f"make-{name}", "kind": "generate-key", "key": name, "profile": "ec"}, step]


def signed(profile: str, number: int, *revoked: str, **more: Any) -> Step:
    """A list, named by its profile and its place."""
    issuer = "parted-root" if profile.startswith("part") else "root"
    step: Step = {"id": f"list-{profile}", "kind": "sign-crl", "crl": f"{profile}-{number}", "profile": profile}
    revoke = [{"certificate": name, "reason": "superseded"} for name in revoked]
    return {**step, "issuer": issuer, "revoke": revoke, **more}


GENERATION = [
    *made("root", "root"),
    *made("parted-root", "parted-root"),
    *(step for number in "1234" for step in made(f"sub-{number}", "root")),
    *(step for letter in "ab" for step in made(f"part-{letter}", "parted-root")),
]
UPGRADE = {"certificate": "sub-1", "reason": "keyCompromise", "revoked_at": "2027-03-15T08:00:00Z"}
"""What was revoked in the week of the first delta CRL, and turned out to be worse."""
WEEKS: tuple[list[Step], ...] = (
    GENERATION,
    [signed("whole", 1, first=True), signed("part-a", 1, first=True), signed("part-b", 1, first=True)],
    [signed("delta", 2, "sub-1", first=True), signed("part-a", 2, "part-a")],
    [signed("delta", 3, "sub-2")],
    [signed("whole", 4, "sub-3"), signed("part-b", 2, "part-b")],
    [signed("delta", 5, "sub-4")],
    [signed("delta", 6, revoke=[UPGRADE])],
    [signed("whole", 7), signed("delta", 8)],
)
"""What each week's ceremony signs; the numbers of the whole list and its deltas are one row."""


def main(folder: Path) -> None:
    """A ceremony each week."""
    folder.mkdir(parents=True, exist_ok=True)
    ca = Ca(folder, START, policy=POLICY)
    for week, steps in enumerate(WEEKS):
        ca.move_to(START + week * WEEK)
        ca.hold(f"week-{week}", steps, initialise=week == 0)
    ca.home.remove()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
