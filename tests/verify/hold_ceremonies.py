"""Holds real ceremonies on SoftHSM for the tests: `hold_ceremonies.py FOLDER` leaves three archives there.

`practice/` holds two ceremonies, `production/` one, sealed with a credential that people.yaml names.
`later/` is that archive with a second ceremony, which issues under the first one's root, with its key, on its token.
`ca/` is the CA's folder.
It runs as a program of its own, so that no test shares a PKCS#11 module with it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ceremony.token.softhsm import SoftHsmHome
from tests.house.held import give_credential, hold, rehearse, secrets_of

HERE = Path(__file__).parent / "small-ca"
ANSWERS = HERE / "answers.yaml"


def main(folder: Path) -> None:
    """Two rehearsals, then the same script in production, then one that goes on from what that left."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(2):
        media = folder / "media" / "practice" / str(number)
        rehearse(HERE / "ceremonies" / "small.yaml", folder / "practice", ANSWERS, media=media)
    scripts = Path(shutil.copytree(HERE, folder / "ca")) / "ceremonies"
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    give_credential(folder / "ca" / "people.yaml", scripts / "small.yaml")
    for archive, script in (("production", "small"), ("later", "later")):
        if archive == "later":
            shutil.copytree(folder / "production", folder / "later")
        media = folder / "media" / archive
        hold(scripts / f"{script}.yaml", folder / archive, ANSWERS, secrets_of("SMALL"), media=media)
    home.remove()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
