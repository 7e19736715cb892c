"""What a ceremony is performed by and on: the program, its libraries, the machine, the environment, the modules."""

from __future__ import annotations

import contextlib
import platform
from dataclasses import dataclass
from typing import Any, assert_never

from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.room.libraries import libraries_now
from ceremony.room.program import PROGRAM, program_sha256
from ceremony.script.invariants.tokens import owners
from ceremony.script.other_tokens import other_token
from ceremony.transcript.kinds import Library, Named, TokenFound


@dataclass(frozen=True, slots=True)
class Host:
    """`overrides` are variables that could redirect a token's module, `left_out` those that were left outside when the
    program started itself anew: names, never values."""

    overrides: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """The fields with which the first line of a record, and of each part after an interruption, tell of it.

        Raises CeremonyError (PROGRAM-FILES) where a file of the program or of a library cannot be read.
        """
        return {
            "program": PROGRAM,
            "program_sha256": program_sha256(),
            "libraries": tuple(
                Library(name=item.name, version=item.version, sha256=item.sha256) for item in libraries_now()
            ),
            "machine": (
                Named(name="python", value=platform.python_version()),
                Named(name="system", value=f"{platform.system()} {platform.release()} {platform.machine()}"),
            ),
            "overrides": self.overrides,
            "left_out": self.left_out,
        }


def other_modules(room: Room) -> tuple[Named, ...]:
    """Of tokens that were found before: labels, and the SHA-256 of the module that reaches them now, where that is
    another one. Raises CeremonyError where the ceremony's own module cannot be loaded."""
    found = []
    for label, (_, said) in room.state.tokens_bound.items():
        now = _module_now(room, label, said)
        if now not in ("", said.module_sha256):
            found.append(Named(name=label, value=now))
    return tuple(found)


def _module_now(room: Room, label: str, said: TokenFound) -> str:
    """Empty where that of a backup or of somebody's own token cannot be loaded: who needs it is told then."""
    match said.purpose:
        case "ceremony":
            return room.tokens.ceremony().module.sha256
        case "backup":
            names = [name for name in room.plan.script.other_tokens if other_token(room.plan, name).label == label]
            places = (room.tokens.other(name) for name in names)
        case "credential":
            places = (room.tokens.credential(room.plan.people[name]) for name in sorted(owners(room.plan, label)))
        case other:
            assert_never(other)
    with contextlib.suppress(CeremonyError):
        return next(places).module.sha256
    return ""
