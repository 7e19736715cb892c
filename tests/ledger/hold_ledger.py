"""Holds a production archive on SoftHSM: `hold_ledger.py FOLDER` leaves `archive/`, three ceremonies, and `ca/`.

Items come in, one of them in damaged packaging; a bag has another number than the one that was sealed last; a card is
destroyed; the laptop goes away and comes back.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ceremony.token.softhsm import SoftHsmHome
from tests.house.held import give_credential, hold, secrets_of

HERE = Path(__file__).parent / "ca"


def main(folder: Path) -> None:
    """Three ceremonies on one SoftHSM home."""
    folder.mkdir(parents=True, exist_ok=True)
    ca = Path(shutil.copytree(HERE, folder / "ca"))
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    give_credential(ca / "people.yaml", ca / "first.yaml")
    for script in ("first", "second", "third"):
        hold(ca / f"{script}.yaml", folder / "archive", ca / f"{script}-answers.yaml", secrets_of("SMALL"))
    home.remove()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
