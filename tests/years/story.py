"""Thirty years of a CA on SoftHSM: `story.py FOLDER` leaves `archive/`, `ca/`, and the `forged/` archives.

It runs as a program of its own, so that no test shares a PKCS#11 module with it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ceremony.script.objects.crl import CrlObject
from tests.years.forging import forge_lists
from tests.years.rig import Ca

FIRST, LAST = 2027, 2056
START = datetime(FIRST, 6, 30, 8, 0, tzinfo=UTC)
SOONER = timedelta(days=3)
"""By so much each yearly ceremony is held sooner in its year than the last: a list must not end before the next."""
RETIRED = 2041
"""The year in which the second root signs its last list, and its key is destroyed."""
FORGED = 2037
"""The year whose list of the root is forged, beside the true one; both roots' lists hold one entry then."""
EMERGENCY = datetime(2034, 10, 17, 21, 30, tzinfo=UTC)
Step = dict[str, Any]


def day_of(year: int) -> datetime:
    """When the ceremony of the year is held."""
    return START.replace(year=year) - (year - FIRST) * SOONER


def crl(profile: str, name: str, **more: Any) -> Step:
    """The next list of a root."""
    return {"id": f"list-{profile}", "kind": "sign-crl", "crl": name, "profile": profile, "issuer": profile, **more}


def key(name: str, profile: str = "ec") -> Step:
    """A new key."""
    return {"id": f"make-{name}", "kind": "generate-key", "key": name, "profile": profile}


def issue(certificate: str, profile: str, of: str) -> Step:
    """A certificate by the root."""
    return {
        "id": f"issue-{certificate}",
        "kind": "issue",
        "certificate": certificate,
        "profile": profile,
        "key": of,
        "issuer": "root",
    }


def self_sign(certificate: str, of: str) -> Step:
    """A root's own certificate."""
    step = {"id": f"sign-{certificate}", "kind": "self-sign", "certificate": certificate, "profile": certificate}
    return {**step, "key": of}


def cross(subject: str, issuer: str) -> Step:
    """One root's key, certified by the other."""
    name = f"{subject}-by-{issuer}"
    step = {"id": name, "kind": "cross-sign", "certificate": name, "profile": name}
    return {**step, "existing": subject, "issuer": issuer}


def answers(responder: str) -> Step:
    """OCSP responses about all that the root issued."""
    return {"id": "answers", "kind": "sign-ocsp", "profile": "root", "issuer": "root", "responder": responder}


GENERATION = [
    key("root", "kept"),
    self_sign("root", "root"),
    key("second"),
    self_sign("second-root", "second"),
    key("issuing-1"),
    issue("issuing-1", "issuing", "issuing-1"),
    key("reserve"),
    {"id": "park", "kind": "park-key", "key": "reserve", "reason": "For the day on which another one is lost."},
    {"id": "backup", "kind": "backup-key", "keys": ["root"], "token": "vault", "initialise": True},
    {"id": "try", "kind": "restore-test", "keys": ["root"], "token": "vault"},
    crl("root", "root-2027", first=True),
    crl("second-root", "second-root-2027", first=True),
]
OF_YEAR: dict[int, list[Step]] = {
    2028: [cross("second-root", "root"), cross("root", "second-root")],
    2029: [key("answers"), issue("answers-1", "answers", "answers"), answers("answers-1")],
    2030: [answers("answers-1")],
    2032: [key("issuing-2"), issue("issuing-2", "issuing", "issuing-2")],
    2035: [key("answers-2"), issue("answers-2", "answers", "answers-2"), answers("answers-2")],
    2039: [issue("issuing-4", "issuing", "reserve")],
    2042: [{"id": "try", "kind": "restore-test", "keys": ["root"], "token": "vault"}],
    2044: [key("issuing-5"), issue("issuing-5", "issuing", "issuing-5")],
    2049: [issue("issuing-6", "issuing", "issuing-5")],
    2054: [key("issuing-7"), issue("issuing-7", "issuing", "issuing-7")],
}
REVOKED = {("second-root", 2036): [{"certificate": "root-by-second-root", "reason": "superseded"}]}
EMERGENCY_STEPS = [
    {"id": "incident", "kind": "incident", "actor": "administrator", "hours": 24},
    crl("root", "root-2034-emergency", revoke=[{"certificate": "issuing-2", "reason": "keyCompromise"}]),
    issue("issuing-3", "issuing", "reserve"),
]


def steps_of(year: int) -> Iterator[Step]:
    """What the ceremony of a year does."""
    yield from OF_YEAR.get(year, ())
    yield crl("root", f"root-{year}", revoke=REVOKED.get(("root", year), []))
    if year <= RETIRED:
        yield crl("second-root", f"second-root-{year}", revoke=REVOKED.get(("second-root", year), []))
    if year == RETIRED:
        yield {"id": "destroy", "kind": "destroy-key", "key": "second", "reason": "The second root retires."}


def play(ca: Ca, last: int = LAST, *, forged: Path | None = None) -> None:
    """From the generation to the last year; in one of them lists are forged, too."""
    ca.hold("generation", GENERATION, initialise=True)
    for year in range(FIRST + 1, last + 1):
        ca.move_to(day_of(year))
        name, steps = f"year-{year}", list(steps_of(year))
        plan = ca.hold(name, steps)
        if year == FORGED and forged is not None:
            (item,) = plan.objects["list-root"]
            assert isinstance(item, CrlObject)
            forge_lists(ca, item, max(ca.archive.iterdir()), forged)
        if year == EMERGENCY.year:
            ca.move_to(EMERGENCY)
            ca.hold("emergency", EMERGENCY_STEPS)


def main(folder: Path) -> None:
    """All thirty years."""
    folder.mkdir(parents=True, exist_ok=True)
    ca = Ca(folder, START)
    play(ca, forged=folder / "forged")
    ca.home.remove()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
