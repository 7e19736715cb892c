"""What is held to be changed: each life once, with who holds it and which of its ceremonies are changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ceremony.engine.stand_ins import PRACTICE_PIN
from tests.mutate import rare_days, shipped_days
from tests.shipped.hold_life import PIN


@dataclass(frozen=True)
class Life:
    """One life. `hold` leaves `archive/` and `softhsm/` in the folder that it is given."""

    hold: Callable[[Path], None]
    ceremonies: tuple[str, ...]
    """The folders of those that are changed; the others of its archive lead to them."""
    pin: str = PIN
    """Of each own token; `{label}` stands for the token's label."""
    swept: bool = True
    """False where only the fast tests take it."""


LIVES = {
    "rehearsed": Life(shipped_days.rehearsed, ("0001-root-generation",), PRACTICE_PIN),
    "troubled": Life(shipped_days.troubled, ("0001-root-generation",)),
    "split": Life(partial(shipped_days.lived, ca="demo", days=1), ("0002-split-custody",), swept=False),
    "demo": Life(
        partial(shipped_days.lived, ca="demo"),
        ("0002-split-custody", "0004-split-custody-next", "0006-split-custody-holders"),
    ),
    "psre": Life(
        partial(shipped_days.lived, ca="psre-indonesia"),
        (
            "0002-root-generation",
            "0006-cross-signing",
            "0012-emergency-revocation",
            "0014-key-backup",
            "0020-custodian-change",
            "0022-retirement",
        ),
    ),
    "isrg": Life(
        partial(shipped_days.lived, ca="isrg"), ("0004-intermediates", "0006-cross-signing", "0014-key-backup")
    ),
    "signed": Life(rare_days.signed, ("0001-short",), rare_days.PIN),
    "ended": Life(rare_days.ended, ("0001-short",), rare_days.PIN),
    "unsealed": Life(rare_days.unsealed, ("0001-short",), rare_days.PIN),
    "items": Life(rare_days.items, ("0001-items",), rare_days.PIN),
    "shares": Life(rare_days.shares, ("0002-look",), rare_days.PIN),
}
"""A rehearsal, a hard day, and days of three lives in production: split PINs, bags, renewed PINs, requests, lists,
responses, an incident, backups, destruction; signed and typed approvals. Then short days of small CAs, on which happens
what those lives have not."""

NAMES = {f"{name}/{ceremony}": life for name, life in LIVES.items() for ceremony in life.ceremonies}
"""Each ceremony that can be changed, by its life and its folder."""

CEREMONIES = tuple(name for name, life in NAMES.items() if life.swept)
"""Those that a whole run changes."""
