"""Holds a production ceremony 400 days ago: `hold_past.py FOLDER` leaves `archive/`, `ca/` and the CA that issued
people's certificates, `issuer.der`.

All of them were valid for 30 days then. That CA issued all but one, which is self-signed. The clock of this program is
set back; everything else is as ever.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from ceremony.room.clock import Clock, iso
from ceremony.token.softhsm import SoftHsmHome
from tests.custody_rules.house import CA, EVERYBODY, ISSUER, Signers, certificate

DAYS_AGO = 400
SELF_SIGNED = "agus"
OTHER_KEYS = {"dewi": "rsa-2048", "siti": "p-384"}


def main(folder: Path) -> None:
    """One ceremony on one SoftHSM home."""
    then = time.time() - timedelta(days=DAYS_AGO).total_seconds() - time.monotonic()
    Clock._read_wall_seconds = lambda self: then + time.monotonic()  # type: ignore[method-assign]
    folder.mkdir(parents=True, exist_ok=True)
    issuer: Any = rsa.generate_private_key(65537, 2048)
    now = Clock().machine_utc()
    root = certificate(issuer, now=now, name=ISSUER, usages=("key_cert_sign",), ca=True)
    (folder / "issuer.der").write_bytes(root)
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    house = Signers.built(CA, folder)
    for person in EVERYBODY:
        by = None if person == SELF_SIGNED else issuer
        house.token_of(person, issuer=by, algorithm=OTHER_KEYS.get(person, "p-256"))
    outcome = house.hold("generation")
    if not outcome.closed:
        sys.exit(f"{outcome.headline} {outcome.fault}")
    said = house.entries()[0].event.at
    if said[:10] != iso(Clock().machine_utc())[:10]:
        sys.exit(f"the record says {said}")
    home.remove()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
