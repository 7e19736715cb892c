"""Holds a production archive on SoftHSM: `hold_custody.py FOLDER` leaves `first/` (one ceremony) and `both/` (two).

The first makes a key, backs it up to a second token and tries the backup; the second records an incident, tries the
backup again and destroys the key.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ceremony.token.softhsm import SoftHsmHome
from tests.house.held import PIN, give_credential, hold, secrets_of

HERE = Path(__file__).parent / "ca"
SECRETS = secrets_of("SMALL", "VAULT", **{"token-pin:VAULT": f"{PIN}-2"})


def main(folder: Path) -> None:
    """Two ceremonies on one SoftHSM home."""
    folder.mkdir(parents=True, exist_ok=True)
    ca = Path(shutil.copytree(HERE, folder / "ca"))
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    give_credential(ca / "people.yaml", ca / "generation.yaml")
    hold(ca / "generation.yaml", folder / "first", ca / "generation-answers.yaml", SECRETS)
    shutil.copytree(folder / "first", folder / "both")
    hold(ca / "end.yaml", folder / "both", ca / "end-answers.yaml", SECRETS)
    home.remove()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
