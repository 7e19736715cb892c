"""Lines held against a trace, one after another: what is missing, doubled, foreign or out of order is named.

A trace is followed as a set of open ways, each the parts still to come. A line keeps the ways that wait for it. That is
linear in the lines, however long a step is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import assert_never

from ceremony.script.trace.grammar import Alt, Each, Here, Line, Once, Part, Repeat, Seq, Stop, When, Who
from ceremony.script.trace.scene import Scene
from ceremony.transcript.chain import Entry

MOST_WAYS = 2_000
"""Open ways at one place; no trace of ours has a tenth of them."""


@dataclass(frozen=True, slots=True)
class _Rest:
    """The parts still to come: the next one, and those after it."""

    part: Part
    then: _Rest | None


_Way = tuple[Line | Stop | None, "_Rest | None"]
"""What a way waits for: a line, the end of a failed attempt, or (None) nothing more."""


class Astray(Exception):
    """A line that no way waits for, or a place that nobody can follow; the text says what is wrong with it."""


@contextmanager
def _known() -> Iterator[None]:
    """A trace asks plan and record; what a doctored record names there, they may not know."""
    try:
        yield
    except (LookupError, ValueError):
        raise Astray("this cannot be followed: the lines so far name something that the plan does not know") from None


@dataclass(slots=True)
class Match:
    """One trace under way. `take` follows a line, `ends` says whether the trace may end here."""

    trace: Part
    _open: list[_Rest | None] = field(default_factory=list)
    _taken: list[Entry] = field(default_factory=list)
    _last: int = 0

    def __post_init__(self) -> None:
        self._open = self._open or [_Rest(self.trace, None)]

    def copy(self) -> Match:
        """The same place in the same trace, which goes on by itself."""
        return Match(self.trace, list(self._open), self._taken, self._last)

    def take(self, entry: Entry, scene: Scene) -> None:
        """The next line. Raises Astray where nothing waits for it; the trace then stands where it stood."""
        with _known():
            ways = list(_ways(self._open, scene))
            found = [rest for line, rest in ways if isinstance(line, Line) and self._fits(line, entry, scene)]
        if not found:
            raise Astray(self._complaint(entry, ways))
        self._open = found
        self._taken.append(entry)
        self._last = entry.event.seq

    def _fits(self, line: Line, entry: Entry, scene: Scene) -> bool:
        if line.close and entry.event.seq != self._last + 1:
            return False
        return fits(line, entry, scene)

    def ends(self, scene: Scene) -> str:
        """Empty where the whole trace was followed; else what is missing."""
        try:
            with _known():
                ways = list(_ways(self._open, scene))
        except Astray as reason:
            return str(reason)
        return "" if any(line is None for line, _ in ways) else f"missing: {_wanted(ways)}"

    def fails(self, scene: Scene, code: str) -> str:
        """Empty where an attempt may fail here with this code; else what is wrong."""
        try:
            with _known():
                ends = [line for line, _ in _ways(self._open, scene) if line is not None]
        except Astray as reason:
            return str(reason)
        if any(_of_family(code, fault) for line in ends for fault in line.faults):
            return ""
        return f"nothing that may fail here fails with {code or 'no code'}"

    def _complaint(self, entry: Entry, ways: list[_Way]) -> str:
        kind, by = entry.event.kind, entry.event.actor
        if any(_same(entry, other) for other in self._taken):
            how = "doubled"
        elif any(isinstance(line, Line) and line.kind is type(entry.data) for line, _ in ways):
            how = "not as it must be"
        else:
            how = "out of place"
        return f"{how}: {kind} by {by}; here stands {_wanted(ways)}"


def fits(line: Line, entry: Entry, scene: Scene) -> bool:
    """Whether an entry is this line: its kind, its actor, and the fields that are fixed."""
    data, actor = entry.data, entry.event.actor
    if type(data) is not line.kind:
        return False
    if any(getattr(data, name) != value for name, value in line.of):
        return False
    if line.person and actor != line.person:
        return False
    if line.who is not Who.ENGINE and getattr(data, "person", actor) != actor:
        return False  # nobody speaks in the name of another
    if line.holds is not None and not line.holds(scene, data):
        return False
    match line.who:
        case Who.ENGINE:
            return actor == "engine"
        case Who.ACTOR:
            return actor in scene.actors
        case Who.WITNESS:
            return actor in scene.witnesses
        case Who.PERSON:
            return actor == getattr(data, "person", None)
        case Who.NAMED:
            return actor == line.person
        case _:
            assert_never(line.who)


def _ways(opened: list[_Rest | None], scene: Scene) -> Iterator[_Way]:
    """Each way, opened up until it waits for a line."""
    todo: list[_Rest | None] = list(reversed(opened))
    count = 0
    while todo:
        rest = todo.pop()
        count += 1
        if count > MOST_WAYS:
            raise Astray("this cannot be followed: too many ways are open")
        if rest is None:
            yield None, None
            continue
        part, then = rest.part, rest.then
        match part:
            case Line() | Stop():
                yield part, then
            case Seq(parts=parts):
                for item in reversed(parts):
                    then = _Rest(item, then)
                todo.append(then)
            case Alt(parts=parts):
                todo.extend(_Rest(item, then) for item in reversed(parts))
            case Repeat(part=inner):
                todo.append(then)
                todo.append(_Rest(inner, rest))
            case When(fact=fact, part=inner, other=other):
                todo.append(_Rest(inner if fact.holds(scene) else other, then))
            case Each(over=over, part=of):
                for name in reversed(tuple(over.of(scene))):
                    then = _Rest(of(name), then)
                todo.append(then)
            case Once(kind=kind, about=about, part=inner):
                done = scene.state.left_by_step(scene.step_id, kind.kind, about)
                todo.append(then if done else _Rest(inner, then))
            case Here(part=make):
                todo.append(_Rest(make(scene), then))
            case _:
                assert_never(part)


def _of_family(code: str, fault: str) -> bool:
    return bool(code) and (code.startswith(fault) if fault.endswith("-") else code == fault)


def _same(entry: Entry, other: Entry) -> bool:
    return (entry.event.actor, entry.data) == (other.event.actor, other.data)


def _wanted(ways: list[_Way]) -> str:
    said = []
    for line, _ in ways:
        if isinstance(line, Line):
            of = ", ".join(str(value) for _, value in line.of)
            who = line.person or line.who.value
            said.append(f"{line.kind.kind}{f' ({of})' if of else ''} by {who}")
        elif line is None:
            said.append("its end")
    return " or ".join(dict.fromkeys(said)) or "nothing"
