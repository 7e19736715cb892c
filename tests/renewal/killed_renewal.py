"""`killed_renewal.py HOUSE POINT`: the renewal, begun or gone on with, killed at a point; cards come and go by pipes.

The cards that people hold come as JSON on the standard input. Each that is written down goes out at once, a line each.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "tests" / "resume")]

from killed import Named  # noqa: E402 - the path leads there only now

from ceremony.custody.share_entry import read_share  # noqa: E402 - as above, and below
from ceremony.engine.performance import perform  # noqa: E402
from ceremony.engine.tokens import PracticeTokens  # noqa: E402
from ceremony.room.clock import Clock  # noqa: E402
from ceremony.script.compile import compile_plan  # noqa: E402
from ceremony.script.interrupted import interruption_of  # noqa: E402
from ceremony.script.load import load_script  # noqa: E402
from ceremony.script.past import past_of_archive  # noqa: E402
from ceremony.secret import Secret  # noqa: E402
from ceremony.token.module import Module  # noqa: E402
from ceremony.token.softhsm import SoftHsmHome  # noqa: E402
from tests.house.people import People  # noqa: E402


class Holders(People):
    """People with cards of several sets; each types the one that is asked for, or says that they have none."""

    by_set: dict[str, str]

    def show_secret(self, display: Any) -> bool:
        words = display.words.reveal()
        self.keep(display.name, words)
        print(json.dumps([display.name, words]), flush=True)
        return False

    def keep(self, name: str, words: str) -> None:
        self.by_set[f"{name}:{read_share(Secret(words)).identifier}"] = words

    def secret_words(self, request: Any) -> Secret | None:
        words = self.by_set.get(f"{request.name}:{request.identifier}")
        return None if words is None else Secret(words)

    def choose(self, choice: Any) -> str:
        return "resume" if any(option.name == "resume" for option in choice.options) else super().choose(choice)

    def instruct(self, instruction: Any) -> None:
        for name, value in instruction.details:
            print(json.dumps(["", f"{name}: {value}"]), flush=True)
        print(json.dumps(["", instruction.text]), flush=True)


def main(house: Path, point: str) -> int:
    """0 where the ceremony was closed."""
    SoftHsmHome.reopen(house / "softhsm").activate()
    people = Holders()
    people.by_set = {}
    for name, words in json.loads(sys.stdin.read()):
        people.keep(name, words)
    archive = house / "archive"
    found = interruption_of(archive)
    past = found.past if found is not None else past_of_archive(archive, "practice")
    clock = Clock()
    plan = compile_plan(load_script(house / "ca" / "renewal.yaml", past=past), "practice", clock.utc())
    if point:
        Named(point).install()
    tokens = PracticeTokens(plan, Module.load("softhsm"))
    return 0 if perform(plan, people, archive=archive, clock=clock, tokens=tokens, resumes=found).closed else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
