"""Holds a production archive on SoftHSM: `hold_rules.py FOLDER` leaves `archive/` (two ceremonies) and `ca/`.

The first makes a key, signs a certificate and a CRL with it and backs it up; the second destroys it. Everybody has a
token and certificate of their own; two custodians of three sign each approval. It runs as a program of its own, so
that no test shares a PKCS#11 module with it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ceremony.token.softhsm import SoftHsmHome
from tests.custody_rules.house import CA, EVERYBODY, Signers


def main(folder: Path) -> None:
    """Two ceremonies on one SoftHSM home."""
    folder.mkdir(parents=True, exist_ok=True)
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    house = Signers.built(CA, folder)
    for person in EVERYBODY:
        house.token_of(person)
    for script in ("generation", "end"):
        outcome = house.hold(script)
        if not outcome.closed:
            sys.exit(f"{script}: {outcome.headline} {outcome.fault}")
        house.again()
    home.remove()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
