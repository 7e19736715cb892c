"""Runs the app with the play of conftest.py on the terminal it is given; started by test_terminal.py.

Arguments: a folder for files and for result.json; the kinds of steps to play; `crash` to let a screen fail on F6.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> int:
    """Run, and write down how it went."""
    folder, kinds, crash = Path(sys.argv[1]), tuple(sys.argv[2].split(",")), sys.argv[3] == "crash"
    sys.path.insert(0, str(Path(__file__).parent))
    sys.path.insert(0, str(Path(__file__).parent.parent.parent))
    from ceremony.tui import starting  # first, as the command line does it: it takes Textual's variables away

    import conftest  # isort: skip

    launcher = conftest.FakeLauncher(folder, play=kinds)
    if crash:
        from ceremony.tui.frame import Frame

        def fail(self: Frame) -> None:
            pin = "9731-in-a-local"
            raise ValueError(f"a message with {pin}")

        Frame.press_move = fail  # type: ignore[method-assign]
    launcher.token_finished.set()
    code = starting.run_app(launcher, "demo.yaml", lambda: conftest.NOON)
    result = {"code": code, "cause": launcher.cause, "answers": len(launcher.answers)}
    (folder / "result.json").write_text(json.dumps(result))
    return code


if __name__ == "__main__":
    sys.exit(main())
