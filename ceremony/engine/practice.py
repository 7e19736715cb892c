"""A practice room: a SoftHSM home of its own, made for one rehearsal and destroyed after it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ceremony.engine.tokens import PracticeTokens
from ceremony.errors import CeremonyError
from ceremony.script.plan import Plan
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome


@contextmanager
def practice_tokens(plan: Plan) -> Iterator[PracticeTokens]:
    """Tokens for one rehearsal. Call it in the thread that will perform: it owns the module."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="ceremony-practice-"))
    except OSError as error:
        raise CeremonyError(
            "The practice token cannot be made.",
            where=tempfile.gettempdir(),
            detail=f"The system says: {error.strerror}.",
            not_done="Nothing was begun.",
            next_step="Make room there, or set TMPDIR to a folder that you may write to.",
        ) from None
    try:
        home = SoftHsmHome.create(folder / "softhsm")
        try:
            home.activate()
            yield PracticeTokens(plan, Module.load("softhsm"))
        finally:
            home.remove()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
