"""Holds real ceremonies on SoftHSM for the tests: `hold_mixed.py FOLDER` leaves `mixed/`, one archive of both modes.

A rehearsal, the same script in production, a production ceremony that goes on from it and revokes a certificate, a
rehearsal that people ended, and one more rehearsal. It runs as a program of its own, so that no test shares a PKCS#11
module with it.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from ceremony.engine.answers import load_answers
from ceremony.engine.performance import perform
from ceremony.engine.practice import practice_tokens
from ceremony.engine.secrets_source import DrawnSecrets, GivenSecrets
from ceremony.engine.tokens import ProductionTokens
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.room.clock import Clock
from ceremony.secret import Secret
from ceremony.token.softhsm import SoftHsmHome
from tests.verify.hold_ceremonies import HERE, PIN, SO_PIN, hold, make_credential, planned

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
    rehearse(script, mixed)
    with script.open("a") as approved:  # other octets than those of the rehearsal: nothing is compared with it
        approved.write("# As it was approved after the rehearsal.\n")
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    credential = make_credential(folder / "ca" / "people.yaml")
    secrets = {"token-pin:SMALL": PIN, "token-so-pin:SMALL": SO_PIN, f"credential-pin:{credential}": PIN}
    for path in (script, script.with_name("later.yaml")):
        plan = planned(path, "production", mixed)
        given = GivenSecrets({name: Secret(pin) for name, pin in secrets.items()})
        hold(plan, mixed, ProductionTokens(plan, "softhsm"), given)
    home.remove()
    declined = folder / "declined.yaml"
    declined.write_text((HERE / "answers.yaml").read_text() + "  fit:\n    confirm: false\n")
    give_up(script, mixed, declined)
    rehearse(script, mixed)


def add_crl(ca: Path) -> None:
    """The policy knows a CRL, and the later ceremony signs it."""
    with (ca / "policy.yaml").open("a") as policy:
        policy.write(CRL_PROFILE)
    later = ca / "ceremonies" / "later.yaml"
    steps, end, rest = later.read_text().partition("  - title: End\n")
    later.write_text(steps + SIGN_CRL + end + rest)


def rehearse(script: Path, archive: Path) -> None:
    plan = planned(script, "practice", archive)
    with practice_tokens(plan) as tokens:
        hold(plan, archive, tokens, DrawnSecrets())


def give_up(script: Path, archive: Path, answers: Path) -> None:
    """A rehearsal in which a statement is not made; nobody tries again."""
    plan = planned(script, "practice", archive)
    clock = Clock()
    officiant = UnattendedOfficiant(load_answers(answers), DrawnSecrets(), io.StringIO(), clock=clock)
    with officiant, practice_tokens(plan) as tokens:
        outcome = perform(plan, officiant, archive=archive, clock=clock, tokens=tokens)
    if outcome.closed:
        sys.exit("the ceremony was closed")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
