"""Holds real ceremonies on SoftHSM for the tests: `hold_mixed.py FOLDER` leaves `mixed/`, one archive of both modes.

A rehearsal, the same script in production, a production ceremony that goes on from it and revokes a certificate, a
rehearsal that people ended, and one more rehearsal. It runs as a program of its own, so that no test shares a PKCS#11
module with it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ceremony.token.softhsm import SoftHsmHome
from tests.house.held import give_credential, hold, rehearse, secrets_of
from tests.verify.hold_ceremonies import ANSWERS, HERE

CRL_PROFILE = """\
crls:
  arl:
    scope: ca
    issuer: root
    signature: ecdsa-sha256
    cycle: {lifetime: 180d, margin: 1d, renew: 30d}
    extensions:
      - {type: authority-key-identifier}
      - {type: crl-number}
"""
SIGN_CRL = """\
      - id: list
        kind: sign-crl
        actor: custodian
        crl: arl-1
        profile: arl
        issuer: root
        first: true
        revoke: [{certificate: issuing, reason: superseded}]
        text: Revoke it.
"""


def main(folder: Path) -> None:
    """Five ceremonies, one after another."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(HERE, folder / "ca")
    script = folder / "ca" / "ceremonies" / "small.yaml"
    add_crl(folder / "ca")
    mixed = folder / "mixed"
    rehearse(script, mixed, ANSWERS, media=folder / "media" / "rehearsed")
    with script.open("a") as approved:  # other octets than those of the rehearsal: nothing is compared with it
        approved.write("# As it was approved after the rehearsal.\n")
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    give_credential(folder / "ca" / "people.yaml", script)
    for path in (script, script.with_name("later.yaml")):
        hold(path, mixed, ANSWERS, secrets_of("SMALL"), media=folder / "media" / path.stem)
    home.remove()
    declined = folder / "declined.yaml"
    declined.write_text((HERE / "answers.yaml").read_text() + "  fit:\n    confirm: false\n")
    rehearse(script, mixed, declined, closes=False)
    rehearse(script, mixed, ANSWERS, media=folder / "media" / "rehearsed-again")


def add_crl(ca: Path) -> None:
    """The policy knows a CRL, and the later ceremony signs it."""
    with (ca / "policy.yaml").open("a") as policy:
        policy.write(CRL_PROFILE)
    later = ca / "ceremonies" / "later.yaml"
    steps, end, rest = later.read_text().partition("  - title: End\n")
    later.write_text(steps + SIGN_CRL + end + rest)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
