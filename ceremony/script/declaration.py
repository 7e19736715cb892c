"""What every kind of step declares, once: its model, its title, what it demands, the trace that performing it leaves.

A kind that lacks one of these is refused where it is declared, and the program does not start.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field

from ceremony.policy.models import Policy
from ceremony.policy.primitives import Line, Model, Slug, Text
from ceremony.script.trace.grammar import Part


@dataclass(frozen=True, slots=True)
class Demands:
    """What a kind of step is about, and what it needs."""

    session: Literal["none", "opens", "needs"] = "none"
    """Whether it opens the ceremony's token for the steps after it, or needs it open."""
    signs: bool = False
    """A key of the ceremony's token signs something in it."""
    approves: Literal["never", "always", "left-over"] = "never"
    """Whether people approve something in it; `left-over`: only what an interruption left."""
    items: bool = False
    """It moves items of the custody ledger."""


_kinds: dict[str, type[StepBase]] = {}

STEPS: Mapping[str, type[StepBase]] = MappingProxyType(_kinds)
"""Every kind of step by its name; a kind is in it from its declaration on."""


class StepBase(Model):
    """What every step says: its id, who acts, what the actor does, and the clauses it serves.

    A kind of step declares `kind`, `demands` and `trace`, and defines `made_title`; where one of them is missing the
    class cannot be made (TypeError).
    """

    id: Slug
    actor: Slug
    """A role of the script, or a person's id."""
    witness: Slug | None = None
    title: Line | None = None
    """What the step is called in lists; made from its kind where nothing is said."""
    text: Text
    clauses: tuple[Line, ...] = ()
    minutes: Annotated[int, Field(ge=1, le=600)] | None = None
    needs: tuple[Slug, ...] = ()
    """Items of the script that must be on the table when the step begins."""

    demands: ClassVar[Demands]
    trace: ClassVar[Part]
    """The lines that performing it leaves, between those that begin and end an attempt."""

    def __init_subclass__(cls, *, abstract: bool = False, **more: Any) -> None:
        super().__init_subclass__(**more)

    @classmethod
    def __pydantic_init_subclass__(cls, *, abstract: bool = False, **more: Any) -> None:
        super().__pydantic_init_subclass__(**more)
        if abstract:
            return
        kinds = get_args(cls.model_fields["kind"].annotation) if "kind" in cls.model_fields else ()
        if len(kinds) != 1 or kinds[0] in _kinds:
            raise TypeError(f"{cls.__name__} is no kind of step: its kind is none, or that of another one, {kinds}")
        own = [base for base in cls.__mro__ if issubclass(base, StepBase) and base is not StepBase]
        if any(base in _kinds.values() for base in own[1:]):
            raise TypeError(f"{cls.__name__} is made from another kind of step; make both from an abstract base")
        for part in ("demands", "trace", "made_title"):
            if not any(part in base.__dict__ for base in own):
                raise TypeError(f"{cls.__name__} is no kind of step: it does not declare {part}")
        _kinds[kinds[0]] = cls

    def made_title(self, policy: Policy) -> str:
        """What the step is called where its script does not say."""
        raise NotImplementedError

    def title_under(self, policy: Policy) -> str:
        """The script's own title, or one made of the step's kind."""
        return self.title if self.title is not None else self.made_title(policy)

    @property
    def keys_named(self) -> tuple[str, ...]:
        """The keys that the step is about, beside those that objects are signed with."""
        return ()

    @property
    def items_named(self) -> tuple[str, ...]:
        """The items that the step moves."""
        return ()

    @property
    def other_token_named(self) -> str | None:
        """The one of the script's other tokens that it opens."""
        return None

    @property
    def initialises(self) -> bool:
        """Whether it makes a token out of an uninitialised one."""
        return False

    @property
    def splits(self) -> bool:
        """Whether it draws PINs and splits them."""
        return False


def declared(**wanted: object) -> tuple[type[StepBase], ...]:
    """The kinds of step that demand this, in the order of their declaration: `declared(signs=True)`."""
    return tuple(_declared(wanted))


def _declared(wanted: Mapping[str, object]) -> Iterator[type[StepBase]]:
    for kind in STEPS.values():
        if all(getattr(kind.demands, name) == value for name, value in wanted.items()):
            yield kind
