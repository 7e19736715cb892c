"""One ceremony, with every change that a record can have, each made whole and judged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ceremony.token.softhsm import SoftHsmHome
from ceremony.transcript import archive
from ceremony.transcript.archive import CeremonyFolder
from tests.house.owner import Keys, Line, Owner
from tests.house.tokens import in_force
from tests.mutate.excused import excuse_for
from tests.mutate.judging import Judge
from tests.mutate.mutations import Mutant, Room, mutants


@dataclass(frozen=True)
class Ceremony:
    """One that was held: its folder in its archive, and the SoftHSM home with the own tokens of its people."""

    folder: Path
    tokens: Path
    pin: str

    @property
    def name(self) -> str:
        """As `demo/0002-split-custody`."""
        return f"{self.tokens.parent.name}/{self.folder.name}"

    def lines(self) -> list[Line]:
        """The lines of its record."""
        return [json.loads(line) for line in (self.folder / archive.RECORD).read_bytes().splitlines()]


@dataclass(frozen=True)
class Tried:
    """What came of one mutant: the rule that found it, or nothing."""

    place: int
    """Among all the mutants of the ceremony."""
    number: int
    row: tuple[str, str]
    field: str
    mutation: str
    found: str

    @property
    def outcome(self) -> Literal["found", "excused", "missed"]:
        """Whether a rule found it; if none did, whether that is excused."""
        if self.found:
            return "found"
        return "excused" if excuse_for(*self.row, self.mutation) else "missed"


@dataclass(frozen=True)
class Ground:
    """A copy of an archive up to one ceremony, in which that one can be changed."""

    ceremony: Ceremony
    judge: Judge
    owner: Owner

    def mutants(self, places: Collection[int]) -> Iterator[Mutant]:
        """Those of the record that stand at these places among all of them."""
        wanted = set(places)
        return (mutant for mutant in mutants(self.owner.lines, Room.of(self.owner.lines)) if mutant.place in wanted)

    def tried(self, mutant: Mutant) -> Tried:
        """Judge one change."""
        self.owner.write(mutant.lines, mutant.changed)
        found = self.judge.first_fault()
        return Tried(mutant.place, mutant.number, mutant.row, mutant.field, mutant.mutation, found.id if found else "")


def chosen(ceremonies: Iterable[Ceremony], *, few: bool, every: int) -> dict[Ceremony, list[int]]:
    """The places of the mutants of each ceremony: every so manieth; with `few` only the first of all ceremonies that
    makes this change to this field of this kind of event."""
    seen: set[tuple[str, str, str]] = set()
    found: dict[Ceremony, list[int]] = {}
    for ceremony in ceremonies:
        lines = ceremony.lines()
        places = []
        for mutant in mutants(lines, Room.of(lines)):
            what = (*mutant.row, mutant.mutation)
            if not few or what not in seen:
                places.append(mutant.place)
            seen.add(what)
        found[ceremony] = places
    counted = iter(range(sum(map(len, found.values()))))
    return {each: [place for place in places if next(counted) % every == 0] for each, places in found.items()}


class Unsound(Exception):
    """The ground itself does not stand: an unchanged record does not hold."""


@contextmanager
def ground(ceremony: Ceremony, place: Path) -> Iterator[Ground]:
    """A copy below `place`, for as long as it is needed. Raises Unsound where a record of it does not hold as it is, or
    this one not any more when it was made whole without a change."""
    copy = place / "archive"
    for folder in sorted(ceremony.folder.parent.iterdir()):
        if CeremonyFolder(folder).number <= CeremonyFolder(ceremony.folder).number:
            shutil.copytree(folder, copy / folder.name)
    tokens = SoftHsmHome.reopen(Path(shutil.copytree(ceremony.tokens, place / "tokens")))
    judge = Judge(copy)
    failed = [str(check) for verdict in judge.whole() for check in verdict.failed]
    if failed:
        raise Unsound("\n".join([ceremony.name, *failed]))
    with in_force(tokens, removed=False), judge.remembering():
        owner = Owner(judge.folder, Keys(ceremony.pin, judge.folder))
        again = (owner.lines[0], *({**line} for line in owner.lines[1:]))
        owner.write(again)
        fault = judge.first_fault()
        if fault is not None:
            raise Unsound(f"{ceremony.name}, made whole: {fault}")
        yield Ground(ceremony, judge, owner)
    shutil.rmtree(place)
