"""Holds a practice ceremony in which people come and go: `hold_presence.py FOLDER` leaves `archive/`.

It runs as a program of its own, so that no test shares a PKCS#11 module with it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ceremony.engine.questions import Choice, Confirmation
from ceremony.engine.unattended import Remark, UnattendedOfficiant
from tests.house.held import rehearse

HERE = Path(__file__).parent / "ca"


class Talking(UnattendedOfficiant):
    """Plays the answers; beside that a deviation is raised, and one statement is made only on the second attempt."""

    declined = False
    say: Remark

    def bind_remarks(self, callback: Remark) -> None:
        super().bind_remarks(callback)
        self.say = callback

    def confirm(self, confirmation: Confirmation) -> bool:
        if confirmation.step.id == "state" and not self.declined:
            self.declined = True
            self.say(
                "deviation",
                {
                    "expected": "A closed door.",
                    "happened": "It stood open.",
                    "decided": "It was closed.",
                    "decided_by": "Tono Wijaya",
                    "raised_by": "siti",
                    "clauses": "CPS 5.1.2",
                    "asked": "tono agus wati siti",
                    "dissent:siti": "Somebody may have come in.",
                },
            )
            return False
        return super().confirm(confirmation)

    def choose(self, choice: Choice) -> str:
        return "try-again" if choice.step.id == "state" else super().choose(choice)


def main(folder: Path) -> None:
    """One ceremony on practice tokens of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(HERE, folder / "ca")
    rehearse(folder / "ca" / "script.yaml", folder / "archive", HERE / "answers.yaml", by=Talking)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
