"""A practice room: a SoftHSM home of its own, made for one rehearsal and destroyed after it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ceremony.engine.tokens import PracticeTokens
from ceremony.script.plan import Plan
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome


@contextmanager
def practice_tokens(plan: Plan) -> Iterator[PracticeTokens]:
    """Tokens for one rehearsal. Call it in the thread that will perform: it owns the module."""
    folder = Path(tempfile.mkdtemp(prefix="ceremony-practice-"))
    try:
        home = SoftHsmHome.create(folder / "softhsm")
        try:
            home.activate()
            yield PracticeTokens(plan, Module.load("softhsm"))
        finally:
            home.remove()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
