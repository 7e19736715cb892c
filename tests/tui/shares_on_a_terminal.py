"""Shows one share in the app, on the terminal that it is given; started by test_shares.py. Argument: a folder."""

from __future__ import annotations

import fcntl
import struct
import sys
import termios
from pathlib import Path
from typing import Any


def main() -> int:
    """Run the play of one step."""
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    sys.path.insert(0, str(Path(__file__).parent))
    sys.path.insert(0, str(Path(__file__).parent.parent.parent))
    import conftest

    from ceremony.engine.questions import SecretDisplay
    from ceremony.secret import Secret
    from ceremony.tui import starting

    launcher = conftest.FakeLauncher(Path(sys.argv[1]), play=("open-token", "close"))
    whole = launcher._step

    def step(officiant: Any, view: Any) -> None:
        if view.kind == "open-token":
            words = Secret("academic " * 32 + "acid")
            officiant.show_secret(SecretDisplay(view, "Sam Ode", "share:DEMO-ROOT:sam", "Share 2 of 3", words))
            words.wipe()
        else:
            whole(officiant, view)

    launcher._step = step  # type: ignore[method-assign]  # the play of this test
    return starting.run_app(launcher, "demo.yaml", lambda: conftest.NOON)


if __name__ == "__main__":
    sys.exit(main())
