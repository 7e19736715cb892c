"""A SoftHSM home for as long as somebody needs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ceremony.token.module import loaded_softhsm
from ceremony.token.softhsm import CONFIGURATION, SoftHsmHome


@contextmanager
def in_force(home: SoftHsmHome, *, removed: bool = True) -> Iterator[SoftHsmHome]:
    """It serves this process; afterwards its sessions are closed, and it is gone unless it is kept."""
    home.activate()
    try:
        yield home
    finally:
        for module in loaded_softhsm():
            module.adopt_thread()
            module.close_sessions()
        if removed:
            home.remove()
        else:
            os.environ.pop(CONFIGURATION, None)


@contextmanager
def softhsm_in(folder: Path) -> Iterator[SoftHsmHome]:
    """An empty one below a folder."""
    with in_force(SoftHsmHome.create(folder / "softhsm")) as home:
        yield home
