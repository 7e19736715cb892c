"""Holds a rehearsal that people end early: `hold_ended.py FOLDER` leaves `archive/`, with custody off.

It runs as a program of its own, so that no test shares a PKCS#11 module with it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ceremony.errors import Interrupted
from ceremony.token.softhsm import SoftHsmHome
from tests.custody_rules.house import CA, CUSTODY, Signers


def main(folder: Path) -> None:
    """One ceremony, ended where a certificate was to be issued."""
    folder.mkdir(parents=True, exist_ok=True)
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    house = Signers.built(CA, folder, mode="practice")
    house.edit("policy.yaml", CUSTODY, "custody: {}")

    def give_up() -> None:
        raise Interrupted("F10: the lamp went out")

    house.people.once("instruct", "issue", give_up)
    outcome = house.hold("generation")
    if not outcome.sealed:
        sys.exit(f"{outcome.headline} {outcome.fault}")
    home.remove()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
