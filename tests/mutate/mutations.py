"""Every change of one line of a record: dropped, doubled, swapped with the next, and each field of it made another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from ceremony.room.clock import iso, parse_iso
from ceremony.transcript import kinds
from tests.house.owner import Changed, Line

ENVELOPE = ("at", "mono", "step", "attempt", "actor", "kind")
REMARKS = {"note", "deviation", "dissent", "remark-refused"}
"""What people say at any moment, and what so stands between any two lines."""
WHOLE = "(line)"
"""What a mutation of a whole line has in the place of a field."""
ENGINE = "engine"

_HEX = re.compile(r"[0-9a-f]{8,}")
_WORD = re.compile(r"\w+")
_PLACE = re.compile(r"\[\d+\]")


@dataclass(frozen=True)
class Mutant:
    """One change. `number` is the line's, from 1; `field` its place: `(line)`, `at`, `data.files[0].path`."""

    place: int
    """Among all of a record."""
    number: int
    kind: str
    mutation: str
    field: str
    lines: tuple[Line, ...]
    changed: Changed

    @property
    def row(self) -> tuple[str, str]:
        """Kind and field as a table names them: whichever element of a list it is."""
        return self.kind, _PLACE.sub("[]", self.field)


@dataclass(frozen=True)
class Room:
    """What stands for what in a record: the ids of people and steps, and the values that each field has in it."""

    people: tuple[str, ...]
    steps: tuple[str, ...]
    seen: Mapping[tuple[str, str], tuple[Any, ...]]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Room:
        """The values of these lines, and everybody who ever answered the roll."""
        people = dict.fromkeys(line["data"]["person"] for line in lines if line["kind"] == "person-present")
        seen: dict[tuple[str, str], dict[Any, None]] = defaultdict(dict)
        for line in lines:
            for field, value in _leaves(line["data"], ""):
                seen[line["kind"], _PLACE.sub("[]", field)][value] = None
        steps = dict.fromkeys(line["step"] for line in lines)
        return cls(tuple(people), tuple(steps), {place: tuple(values) for place, values in seen.items()})


def mutants(lines: Sequence[Line], room: Room) -> Iterator[Mutant]:
    """All of them, in order. The first line and the last are dropped and doubled like the others."""
    for place, (number, *what) in enumerate(_changed(lines, room)):
        yield Mutant(place, number, lines[number - 1]["kind"], *what)


def _changed(lines: Sequence[Line], room: Room) -> Iterator[tuple[Any, ...]]:
    """The line's number, then what a mutant has after its kind."""
    for place, line in enumerate(lines):
        before, after = tuple(lines[:place]), tuple(lines[place + 1 :])
        yield place + 1, "dropped", WHOLE, before + after, Changed()
        yield place + 1, "doubled", WHOLE, (*before, line, dict(line), *after), Changed()
        if after:
            # Each moment stays in its place; what happened then is exchanged.
            times = ("at", "mono")
            first = line | {name: after[0][name] for name in times}
            second = after[0] | {name: line[name] for name in times}
            if _said(line) != _said(after[0]):  # else it is the same record
                remark = REMARKS & {line["kind"], after[0]["kind"]}
                how = "a remark swapped" if remark else "swapped"
                yield place + 1, how, WHOLE, (*before, second, first, *after[1:]), Changed()
        for mutation, field, new in _changes(line, room):
            top = field.partition(".")[2].partition(".")[0].partition("[")[0]
            yield place + 1, mutation, field, (*before, new, *after), Changed(new, top)


def _said(line: Line) -> tuple[Any, ...]:
    """What a line says, wherever it stands."""
    return tuple(line[name] for name in ("step", "attempt", "actor", "kind", "data"))


def _changes(line: Line, room: Room) -> Iterator[tuple[str, str, Line]]:
    """Each change of a field: what it is, the field, the line."""
    for mutation, field, value in _envelope(line, room):
        yield mutation, field, {**line, field: value}
    model = kinds.KINDS[line["kind"]]
    for mutation, path, data in _inside(line["data"], "", model, line["kind"], room):
        yield mutation, f"data{path}", {**line, "data": data}


def _envelope(line: Line, room: Room) -> Iterator[tuple[str, str, Any]]:
    at = parse_iso(line["at"])
    yield "a second later", "at", iso(at + timedelta(seconds=1))
    yield "an hour earlier", "at", iso(at - timedelta(hours=1))
    yield "a millisecond later", "mono", line["mono"] + 1
    yield "a minute earlier", "mono", line["mono"] - 60_000
    for step in _neighbours(room.steps, line["step"]):
        yield "another step", "step", step
    yield "one more", "attempt", line["attempt"] + 1
    yield "one less", "attempt", line["attempt"] - 1
    person = _another(room.people, line["actor"])
    for actor in dict.fromkeys((person, ENGINE)):
        if actor != line["actor"]:
            yield "another actor", "actor", actor
    fitting = [kind for kind in kinds.KINDS if kind != line["kind"] and _fits(kind, line["data"])]
    for kind in fitting or ["note"]:
        yield "another kind", "kind", kind


def _inside(value: Any, path: str, model: Any, kind: str, room: Room) -> Iterator[tuple[str, str, Any]]:
    """Each change of what stands at a place: what it is, the place, the whole with the change in it."""
    match value:
        case dict():
            for name, inner in value.items():
                for mutation, place, new in _inside(inner, f"{path}.{name}", _field(model, name), kind, room):
                    yield mutation, place, {**value, name: new}
        case list():
            yield from _of_list(value, path, model, kind, room)
            for index, inner in enumerate(value):
                for mutation, place, new in _inside(inner, f"{path}[{index}]", _element(model), kind, room):
                    yield mutation, place, [*value[:index], new, *value[index + 1 :]]
        case _:
            for mutation, new in _others(value, path, model, kind, room):
                yield mutation, path, new


def _of_list(value: list[Any], path: str, model: Any, kind: str, room: Room) -> Iterator[tuple[str, str, Any]]:
    for index in dict.fromkeys((0, len(value) - 1) if value else ()):
        yield "element dropped", path, value[:index] + value[index + 1 :]
        yield "element doubled", path, [*value[: index + 1], *value[index:]]
    if len(value) > 1 and value[0] != value[-1]:
        yield "elements swapped", path, [value[-1], *value[1:-1], value[0]]
    if not value:
        inner = _element(model)
        sample = dict.fromkeys(inner.model_fields, "x") if _is_model(inner) else _sample(f"{path}[]", kind, room)
        yield "element added", path, [sample]


def _others(value: Any, path: str, model: Any, kind: str, room: Room) -> Iterator[tuple[str, Any]]:
    """Plausible values of the same kind in the place of this one."""
    place = _PLACE.sub("[]", path)
    match value:
        case bool():
            yield "turned round", not value
        case int():
            yield "one more", value + 1
            if value:
                yield "nought", 0
        case None:
            yield "a number", 1
        case str():
            yield from _other_texts(value, path, place, model, kind, room)
        case _:
            raise ValueError(f"{path}: nothing of a record is of {type(value)}")


def _other_texts(value: str, path: str, place: str, model: Any, kind: str, room: Room) -> Iterator[tuple[str, str]]:
    if get_origin(model) is Literal:
        for option in get_args(model):
            if option != value:
                yield "another option", option
        return
    known = room.seen.get((kind, place), ())
    other = _another(known, value)
    if value in room.people:
        yield "another person", _another(room.people, value)
        return
    if value in room.steps and value:
        yield "another step", _another(room.steps, value)
    elif not value:
        yield "a value", other if len(known) > 1 else _sample(place, kind, room)
        return
    elif _HEX.fullmatch(value):
        middle = len(value) // 2
        yield "digit changed", f"{value[:middle]}{int(value[middle], 16) ^ 1:x}{value[middle + 1 :]}"
    elif value.isdecimal():
        yield "one more", str(int(value) + 1)
    elif _is_moment(value):
        yield "a second later", iso(parse_iso(value) + timedelta(seconds=1))
    else:
        words = list(_WORD.finditer(value))
        end = words[len(words) // 2].end() if words else len(value)
        yield "word changed", f"{value[:end]}x{value[end:]}"
    if other != value:
        yield "another seen", other
    yield "emptied", ""


def _sample(place: str, kind: str, room: Room) -> str:
    """Something for an empty place, as its name would have it."""
    seen = next((value for value in room.seen.get((kind, place), ()) if value), None)
    if seen is not None:
        return str(seen)
    if "person" in place or place.endswith((".raised_by", ".missing[]", ".sealed_by")):
        return room.people[0]
    return "00" * 32 if place.endswith("sha256") else "x"


def _another(values: Sequence[str], value: str) -> str:
    """The next of some values; the same where there is no other."""
    if value not in values:
        return values[0]
    return values[(values.index(value) + 1) % len(values)]


def _neighbours(values: Sequence[str], value: str) -> list[str]:
    """The one before, the next, and the empty one."""
    at = values.index(value)
    return [
        other for other in dict.fromkeys((*values[max(at - 1, 0) : at], *values[at + 1 : at + 2], "")) if other != value
    ]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from _leaves(inner, f"{path}.{name}")
        case list():
            for index, inner in enumerate(value):
                yield from _leaves(inner, f"{path}[{index}]")
        case _:
            yield path, value


def _field(model: Any, name: str) -> Any:
    return model.model_fields[name].annotation if _is_model(model) else None


def _element(model: Any) -> Any:
    return get_args(model)[0] if get_args(model) else None


def _is_model(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, BaseModel)


def _is_moment(value: str) -> bool:
    try:
        return bool(parse_iso(value))
    except ValueError:
        return False


def _fits(kind: str, data: Line) -> bool:
    try:
        return bool(kinds.parse_data(kind, data))
    except ValueError:
        return False
