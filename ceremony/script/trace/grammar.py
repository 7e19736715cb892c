"""The grammar of a record: which lines stand there, in which order, by whom, how many, and what makes them absent.

A part is data. `Line` is one line; everything else puts parts together. What depends on the plan or on what the record
says so far is a named `Fact` or `Many`, asked at the very place where it matters (see `scene.Scene`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, assert_never

from ceremony.script.trace.scene import Scene
from ceremony.transcript.kinds import EventData


class Who(Enum):
    """Who may be the actor of a line."""

    ENGINE = "the engine"
    ACTOR = "who acts in the step"
    WITNESS = "its witness"
    PERSON = "the person whom the line names"
    NAMED = "the person who is named here"


Subject = tuple[tuple[str, object], ...]
"""Fields of a line's data, each with the value that it must have."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `person` is the id that its actor must be; `close` where nothing may stand between it and the line
    before; `holds` says what its data must be by the lines before; `faults` are the codes (or, ending in a hyphen, the
    beginnings of codes) with which a failed attempt may end while this line is awaited."""

    kind: type[EventData]
    who: Who = Who.ENGINE
    of: Subject = ()
    person: str = ""
    close: bool = False
    holds: Callable[[Scene, Any], bool] | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """Here a failed attempt may end, with one of these codes; nothing else can come of it where nothing follows."""

    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seq:
    """One part after another."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Alt:
    """One of these."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Any number of times, also none. Raises TypeError where the part may leave no line: that would have no end."""

    part: Part

    def __post_init__(self) -> None:
        if may_be_empty(self.part):
            raise TypeError(f"a trace repeats what may leave no line: {in_words(self.part) or 'nothing'}")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that plan or record say at this place: a name for people, and how it is known."""

    name: str
    holds: Callable[[Scene], bool]


@dataclass(frozen=True, slots=True)
class When:
    """Present exactly where a fact holds; else `other`."""

    fact: Fact
    part: Part
    other: Part = Seq(())


@dataclass(frozen=True, slots=True)
class Many:
    """Names that plan or record give at this place, in their order."""

    name: str
    of: Callable[[Scene], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Each:
    """The part once for each name, in their order."""

    over: Many
    part: Callable[[Any], Part]


@dataclass(frozen=True, slots=True)
class Once:
    """Absent where an earlier attempt at this step left its outcome already: a line of this kind, about this (None:
    about anything)."""

    kind: type[EventData]
    about: tuple[object, ...] | None
    part: Part


@dataclass(frozen=True, slots=True)
class Here:
    """A part that can only be known at this place, with a name for people. `leaves` where it leaves a line whatever
    the place, or the attempt fails there."""

    name: str
    part: Callable[[Scene], Part]
    leaves: bool = False


Part = Line | Stop | Seq | Alt | Repeat | When | Each | Once | Here


def seq(*parts: Part) -> Part:
    """One after another."""
    return Seq(parts)


def alt(*parts: Part) -> Part:
    """One of these."""
    return Alt(parts)


def maybe(part: Part) -> Part:
    """Present or absent, by what happened."""
    return Alt((part, NOTHING))


def pair(intent: Line, outcome: Line, *faults: str) -> Part:
    """An intent, and its outcome right after it: nothing stands between the two. `faults` may come of the effect."""
    return Seq((intent, replace(outcome, close=True, faults=(*outcome.faults, *faults))))


def awaiting(part: Part, *faults: str) -> Part:
    """The part, where an attempt may also fail before its first line with one of these codes."""
    return Alt((part, Stop(faults)))


NOTHING: Part = Seq(())


def may_be_empty(part: Part) -> bool:
    """Whether one can come past the part without a line, as far as it says so by itself."""
    match part:
        case Line() | Stop():
            return False
        case Seq(parts=parts):
            return all(map(may_be_empty, parts))
        case Alt(parts=parts):
            return any(map(may_be_empty, parts))
        case When(part=inner, other=other):
            return may_be_empty(inner) or may_be_empty(other)
        case Here(leaves=leaves):
            return not leaves
        case Repeat() | Each() | Once():
            return True
        case _:
            assert_never(part)


def in_words(part: Part) -> str:
    """The notation of a trace, for documentation: what stands there, `by` whom, `?` may be absent, `*` any number."""
    match part:
        case Line(kind=kind, who=who):
            return f"{kind.kind}@{who.name.lower()}"
        case Stop():
            return ""
        case Seq(parts=parts):
            return " ".join(filter(None, map(in_words, parts)))
        case Alt(parts=parts):
            return _alternatives(parts)
        case Repeat(part=inner):
            return f"({in_words(inner)})*"
        case When(fact=fact, part=inner, other=other):
            otherwise = in_words(other)
            return f"[{fact.name}: {in_words(inner)}{f'; else {otherwise}' if otherwise else ''}]"
        case Each(over=over, part=inner):
            return f"each of {over.name}: ({in_words(inner(Sample()))})"
        case Once(part=inner):
            return f"once: ({in_words(inner)})"
        case Here(name=name):
            return f"<{name}>"
        case _:
            assert_never(part)


def _alternatives(parts: Iterable[Part]) -> str:
    said = [in_words(part) for part in parts if not isinstance(part, Stop)]
    some = list(dict.fromkeys(filter(None, said)))
    if not some:
        return ""
    text = " | ".join(some)
    text = f"({text})" if len(some) > 1 else text
    return text if all(said) else f"({text})?"


class Sample:
    """Stands for any name where a trace is only put into words: it has every attribute, each a sample again."""

    def __getattr__(self, name: str) -> Sample:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __str__(self) -> str:
        return "..."

    def __iter__(self) -> Iterator[Any]:
        return iter(())
