"""What did not go as planned, in words: each deadline, dissent, deviation, waiver, redo, interruption and early end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ceremony.verify.facts import Facts, Remark, Say, Waived
from ceremony.verify.verdict import Verdict

Sentence = tuple[str, int]
"""A sentence, and how deep it stands on the page."""

FIRST, UNDER = 2, 6
"""Columns before the sentence that opens something, and before what belongs to it."""

NOTHING = "Nothing is on record that did not."


def sections(verdicts: Sequence[Verdict], *, archive: bool) -> Iterator[tuple[str, list[Sentence]]]:
    """Title and sentences of each kind that there is something of; one that says so where there is nothing."""
    places = [
        _Place(Path(verdict.path).name, verdict.mode == "practice", verdict.facts, archive)
        for verdict in verdicts
        if verdict.facts is not None
    ]
    found = [(title, body) for title, say in KINDS if (body := [said for place in places for said in say(place)])]
    if waived := list(_waivers(places, archive=archive)):
        found.append(("WAIVERS", waived))
    yield from found or [("WHAT DID NOT GO AS PLANNED", [(NOTHING, FIRST)])]


@dataclass(frozen=True, slots=True)
class _Place:
    """One ceremony, and how a sentence about it begins."""

    folder: str
    practice: bool
    facts: Facts
    archive: bool

    @property
    def number(self) -> str:
        return self.folder.partition("-")[0]

    def line(self, number: int) -> str:
        return f"{self.folder}{' (rehearsal)' * self.practice}, line {number}" if self.archive else f"line {number}"

    def name(self, person: str) -> str:
        return dict(self.facts.names).get(person, person)


def _early_ends(place: _Place) -> Iterator[Sentence]:
    facts, end = place.facts, place.facts.early_end
    if end is None:
        return
    yield f"{place.line(end.line)}, {end.at}, after {facts.steps_done} of {facts.steps} steps: {end.reason}", FIRST
    yield f"Sealed by {place.name(facts.sealed_by)}." if facts.sealed_by else f"NOT SEALED. {end.unsealed}", UNDER
    for name, where in end.made or (("Made", "nothing"),):
        yield f"{name}: {where}", UNDER


def _deadlines(place: _Place) -> Iterator[Sentence]:
    for item in place.facts.incidents:
        if place.archive and place.practice and item.deadline.verdict == "MET":
            continue  # a drill that was in time
        yield f"{place.line(item.line)}: {item.deadline.incident.what}", FIRST
        yield item.deadline.sentence, UNDER


def _dissents(place: _Place) -> Iterator[Sentence]:
    for said in place.facts.dissents:
        yield f'{place.line(said.line)}: {place.name(said.person)} does not agree: "{said.words}"', FIRST
    for refusal in place.facts.refusals:
        yield f"{place.line(refusal.line)}: {place.name(refusal.person)} refused to approve {refusal.text}", FIRST


def _departures(place: _Place) -> Iterator[Sentence]:
    for item in place.facts.departures:
        clauses = f" ({'; '.join(item.clauses)})" if item.clauses else ""
        by = f", raised by {place.name(item.raised_by)}" if item.raised_by else ""
        yield f"{place.line(item.line)}, step {item.step or 'none'}{by}{clauses}", FIRST
        yield f"Expected: {item.expected}", UNDER
        yield f"Happened: {item.happened}", UNDER
        yield f"Decided: {item.decided} By {place.name(item.decided_by)}.", UNDER
        if item.says:
            yield " ".join(_say(place, said) for said in item.says), UNDER


def _say(place: _Place, said: Say) -> str:
    name = place.name(said.person)
    return f"{name} concurs." if said.agrees else f'{name} DISSENTS: "{said.words}"'


def _redone(place: _Place) -> Iterator[Sentence]:
    decided = {"try-again": "Tried again.", "abort": "The ceremony was ended."}
    for item in place.facts.redone:
        step = f"step {item.number} ({item.title}), attempt {item.attempt}" if item.number else "between two steps"
        yield f"{place.line(item.line)}, {step}: {item.headline} [{item.code}] {decided[item.decision]}", FIRST


def _interruptions(place: _Place) -> Iterator[Sentence]:
    for item in place.facts.interruptions:
        half = f"Half done: {', '.join(item.half_done)}." if item.half_done else "Nothing was half done."
        yield f"{place.line(item.line)}, gone on with {item.at}: {item.reason} {half}", FIRST
        for said in item.changed:
            yield f"{said}.", UNDER
        people = ", ".join(map(place.name, item.agreed))
        agreed = f"To go on at step {item.step}, attempt {item.attempt}, agreed: {people}."
        yield agreed if people else "Nobody agreed to go on.", UNDER


def _others(place: _Place) -> Iterator[Sentence]:
    for item in place.facts.others:
        yield f"{place.line(item.line)}: {_other(place, item)}", FIRST


def _other(place: _Place, item: Remark) -> str:
    said = {
        "ceremony-opened": f"variables that could redirect the token were set: {item.text}",
        "clock-jumped": f"the machine's clock jumped by {item.text} s",
        "clock-compared": f"the reference clock was adopted in place of the machine's ({item.text})",
        "certificate-unseen": f"{place.name(item.person)} showed no certificate before their token was opened",
    }
    return said[item.kind]


def _waivers(places: Sequence[_Place], *, archive: bool) -> Iterator[Sentence]:
    """The same waiver once, with every object that it served."""
    served: dict[tuple[object, ...], tuple[Waived, dict[str, list[str]]]] = {}
    for place in places:
        for item in place.facts.waivers:
            same = (item.rules, item.sources, item.reason, item.expires, item.approved_by)
            served.setdefault(same, (item, {}))[1].setdefault(item.name, []).append(place.number)
    for item, objects in served.values():
        names = ", ".join(
            name + (f" ({', '.join(dict.fromkeys(numbers))})" if archive else "") for name, numbers in objects.items()
        )
        yield f"{names}: {', '.join(item.rules)} (of {', '.join(item.sources)})", FIRST
        yield f"until {item.expires}, by {item.approved_by}: {item.reason}", UNDER


KINDS: tuple[tuple[str, Callable[[_Place], Iterator[Sentence]]], ...] = (
    ("ENDED EARLY", _early_ends),
    ("DEADLINES", _deadlines),
    ("DISSENT", _dissents),
    ("DEVIATIONS", _departures),
    ("ATTEMPTS THAT FAILED", _redone),
    ("INTERRUPTIONS", _interruptions),
    ("ALSO", _others),
)
"""Title, and what says it of one ceremony, in the order in which it matters."""
