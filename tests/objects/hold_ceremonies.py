"""Holds ceremonies on SoftHSM for the tests: `hold_ceremonies.py FOLDER` leaves `archive/`, `practice/` and `ca/`.

In `archive/` one makes two roots, and a second signs with them for strangers and for each other; in `practice/` one
does all of it on a token of its own. It runs as a program of its own, so that no test shares a PKCS#11 module with it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ceremony.token.softhsm import SoftHsmHome
from tests.house.held import give_credential, hold, rehearse, secrets_of
from tests.objects.strangers import strangers

CA = Path(__file__).parent / "ca"
ANSWERS = CA / "answers.yaml"


def main(folder: Path) -> None:
    """Both in production, on one token; then the whole in practice."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(CA, folder / "ca")
    strangers(folder / "ca" / "requests")
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    scripts = folder / "ca" / "ceremonies"
    give_credential(folder / "ca" / "people.yaml", scripts / "generation.yaml")
    for script in ("generation", "work"):
        media = folder / "media" / script
        hold(scripts / f"{script}.yaml", folder / "archive", ANSWERS, secrets_of("TWINS"), media=media)
    home.remove()
    rehearse(whole(scripts), folder / "practice", ANSWERS, media=folder / "media" / "practice")


def whole(ceremonies: Path) -> Path:
    """A script that makes the roots and goes on with everything else."""
    begun, _, end = (ceremonies / "generation.yaml").read_text().partition("  - title: End\n")
    work = (ceremonies / "work.yaml").read_text().partition("  - title: Work\n    steps:\n")[2]
    path = ceremonies / "whole.yaml"
    path.write_text(begun.replace("id: generation", "id: whole", 1) + work)
    assert end in work
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1]))
