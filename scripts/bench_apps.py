"""Programs that scripts/bench.py runs on a terminal of their own: an empty app, and the app over a busy token."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path


def empty() -> None:
    """The smallest Textual app that paints a word."""
    from textual.app import App, ComposeResult
    from textual.widgets import Static

    class Empty(App[None]):
        def compose(self) -> ComposeResult:
            yield Static("an empty app")

    Empty().run(mouse=False)


def busy() -> None:
    """The app in a ceremony whose one step makes RSA-4096 keys in SoftHSM until the program is ended."""
    from ceremony.engine.notices import Overview, StepChange, StepView
    from ceremony.engine.officiant import Officiant
    from ceremony.engine.questions import Progress
    from ceremony.secret import Secret
    from ceremony.token.module import Module
    from ceremony.token.softhsm import SoftHsmHome
    from ceremony.tui.launcher import ArchiveView, PlanView, ScriptChoice
    from ceremony.tui.starting import run_app

    step = StepView("keys", 1, "generate-key", "Keys", "Make keys", "The token makes keys.", "Nobody (custodian)")
    digest = "0" * 64

    class Bench:
        mode = "practice"

        def scripts(self) -> list[ScriptChoice]:
            return []

        def plan(self, path: str) -> PlanView:
            return PlanView(path, True, ("Keys are made.",), (), 1, 0, "practice", digest, digest, digest)

        def prove(self, path: str) -> ArchiveView:
            return ArchiveView(("There is no archive.",))

        def perform(self, path: str, officiant: Officiant) -> None:
            home = SoftHsmHome.create(Path(sys.argv[2]))
            home.activate()
            module = Module.load("softhsm")
            pin = Secret("12345678")
            token = module.initialise("BENCH", Secret("87654321"), pin)
            officiant.begin(
                Overview(path, path, path, "practice", (step,), digest, digest, digest, "BENCH", "nowhere", 1, 0)
            )
            officiant.notice(StepChange(step.id, "doing"))
            with module.open(token, pin) as session, officiant.progress(Progress(step, "RSA-4096 is made.")):
                for number in range(1, 10_000):
                    session.generate_key(f"key-{number}", number.to_bytes(2), "rsa-4096")

    run_app(Bench(), "bench", lambda: datetime.now(UTC))  # type: ignore[arg-type]  # `mode` is a plain text here


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="ceremony-bench-") as home:
        sys.argv[2:] = [home]
        {"empty": empty, "busy": busy}[sys.argv[1]]()
