"""How a kind of event is declared, once: its fields, whom and what it is about, where it stands, what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, StringConstraints

from ceremony.errors import Finding
from ceremony.transcript.event import Event

if TYPE_CHECKING:
    from ceremony.transcript.state import CeremonyState


class Place(Enum):
    """Where in a record the lines of a kind may stand."""

    FIRST = "the first line"
    LAST = "the last line"
    STEP = "in an attempt at a step"
    FRAME = "between steps: in a break, a resumption, an end"
    STEP_OR_FRAME = "in an attempt at a step, or between steps"
    ANYWHERE = "between any two lines, but not between an intent and its outcome"


Fields = tuple[str, ...]
"""Names of fields of an event."""

NONE: Fields = ()
"""Said where a kind has no subject, or names nobody."""

_kinds: dict[str, type[EventData]] = {}

KINDS: Mapping[str, type[EventData]] = MappingProxyType(_kinds)
"""Every kind of event by its name; a kind is in it from its declaration on."""


class Value(BaseModel):
    """Base of what events hold and is no event itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class EventData(BaseModel):
    """Base of every kind of event.

    A kind declares `kind`, `SUBJECT`, `PERSON` and `PLACE`, and defines `summary` and `apply`, itself or by a base that
    is `abstract`; where one of them is missing the class cannot be made (TypeError), and the program does not start.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    kind: ClassVar[str]
    """What the line says."""
    SUBJECT: ClassVar[Fields]
    """The fields that tell what the line is about, among other lines of its kind; or NONE."""
    PERSON: ClassVar[Fields]
    """The fields that name people, by their ids; or NONE."""
    PLACE: ClassVar[Place]

    def __init_subclass__(cls, *, abstract: bool = False, **more: Any) -> None:
        super().__init_subclass__(**more)

    @classmethod
    def __pydantic_init_subclass__(cls, *, abstract: bool = False, **more: Any) -> None:
        super().__pydantic_init_subclass__(**more)
        bases = cls.__mro__[: cls.__mro__.index(EventData)]
        if any(base in KINDS.values() for base in bases[1:]):
            raise TypeError(f"{cls.__name__} is made from another kind of event; make both from an abstract base")
        if abstract:
            if "kind" in cls.__dict__:
                raise TypeError(f"{cls.__name__} is abstract, and no line can be of its kind, {cls.kind!r}")
            return
        for part in ("kind", "SUBJECT", "PERSON", "PLACE", "summary", "apply"):
            if not any(part in base.__dict__ for base in bases):
                raise TypeError(f"{cls.__name__} is no kind of event: it does not declare {part}")
        for part, fields in (("SUBJECT", cls.SUBJECT), ("PERSON", cls.PERSON)):
            if not isinstance(fields, tuple) or not set(fields) <= set(cls.model_fields):
                raise TypeError(f"{cls.__name__} is no kind of event: {part} is neither fields of it nor NONE")
        if not isinstance(cls.PLACE, Place):
            raise TypeError(f"{cls.__name__} is no kind of event: PLACE is none of the places")
        if not cls.kind or cls.kind in KINDS:
            raise TypeError(f"{cls.__name__} is no kind of event: kind is empty, or that of another one, {cls.kind!r}")
        _kinds[cls.kind] = cls

    def summary(self) -> str:
        """One line for people; no secret, no line break."""
        raise NotImplementedError

    def apply(self, state: CeremonyState, line: Event) -> None:
        """What this event, on this line, does to the state of its ceremony. State changes here and nowhere else."""
        raise NotImplementedError

    @property
    def subject_values(self) -> tuple[object, ...]:
        """The values of the fields that tell what the line is about; empty where it has no subject."""
        return tuple(getattr(self, name) for name in self.SUBJECT)

    @property
    def named_people(self) -> tuple[str, ...]:
        """The ids of the people whom the line names, in order."""
        found: list[str] = []
        for name in self.PERSON:
            value = getattr(self, name)
            items = value if isinstance(value, tuple) else (value,)
            found += [item if isinstance(item, str) else item.person for item in items]
        return tuple(person for person in found if person)


class NoEffect(EventData, abstract=True):
    """Base of the kinds that change nothing of the state: what they tell is in the record, and nowhere else."""

    def apply(self, state: CeremonyState, line: Event) -> None:
        """Nothing."""


class Named(Value):
    """A name and what was found under it."""

    name: str
    value: str

    def summary(self) -> str:
        """Both, for one line."""
        return f"{self.name}: {self.value}"


class RecordedFinding(Value):
    """A finding as the record keeps it."""

    rule: Annotated[str, StringConstraints(min_length=1)]
    severity: str
    message: str
    source: Annotated[str, StringConstraints(min_length=1)]

    def summary(self) -> str:
        """What was found, for one line."""
        return f"{self.severity.upper()} {self.rule}: {self.message}"


def recorded(findings: Iterable[Finding]) -> tuple[RecordedFinding, ...]:
    """Findings as the record keeps them: each once, by source, rule and message."""
    kept = {
        (item.source, item.rule, item.message, item.severity.value): RecordedFinding(
            rule=item.rule, severity=item.severity.value, message=item.message, source=item.source
        )
        for item in findings
    }
    return tuple(kept[key] for key in sorted(kept))


class WrittenFile(Value):
    """One file: its path below the folder, hash and size."""

    path: str
    sha256: str
    size: int
