"""RESUME: each interruption is told as the record before it shows it, and nothing of before was used after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ceremony.script import models
from ceremony.transcript import archive, kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.interruption import how_it_ended
from ceremony.verify.evidence import Evidence, line_of, octets_of
from ceremony.verify.key_approvals import RecordedKey, approved, key_of, where_any
from ceremony.verify.resumed_lines import MOST_RESUMPTIONS, spans
from ceremony.verify.rule import Fault, Rule


def _told(evidence: Evidence) -> Iterator[Fault]:
    """Reason, half-done things and torn line are those of the lines before; what was taken away was announced."""
    written = {
        file.path: (file.sha256, file.size) for _, data in evidence.of(kinds.ArtefactsWritten) for file in data.files
    }
    announced, known = evidence.once(_first_announced), evidence.once(_first_written)
    if evidence.state.resumptions > MOST_RESUMPTIONS:
        yield Fault(f"It was interrupted more than {MOST_RESUMPTIONS} times; no more than that is judged.")
    torn_files = [said for path, said in written.items() if path.startswith("interruptions/")]
    torn_lines = []
    for span in spans(evidence):
        where, data = line_of(span.resumed), span.data
        if data.reason != how_it_ended((span.last,)):
            yield Fault("The record did not end where it is said to have been broken off.", where)
        if data.found != evidence.lines.state_before(span.resumed.event.seq).unfinished:
            yield Fault("What is said to have been half done is not what the lines before announce.", where)
        bound = evidence.lines.state_before(span.resumed.event.seq).tokens_bound
        others = {item.name: item.value for item in data.modules}
        was = {label: said.module_sha256 for label, (_, said) in bound.items()}
        if [item.name for item in data.modules] != [name for name in was if others.get(name, was[name]) != was[name]]:
            yield Fault("Other modules are told of for tokens that were not found, or are reached by the same.", where)
        for file in data.removed:
            seq = span.resumed.event.seq
            if not announced.get(file.path, seq) < seq or known.get(file.path, seq) < seq:
                yield Fault(f"{file.path} was taken away, and was not a file that was only announced.", where)
        if bool(data.torn_octets) != bool(data.torn_sha256):
            yield Fault("The torn line is told of in part.", where)
        if data.torn_octets:
            torn_lines.append((data.torn_sha256, data.torn_octets))
            if torn_lines[-1] not in torn_files:
                yield Fault("The torn line was not kept.", where)
    if len(torn_files) > len(spans(evidence)):
        yield Fault("More torn lines are kept than the ceremony had interruptions.", archive.RECORD)


def _first_announced(evidence: Evidence) -> dict[str, int]:
    """The line that announces each file first."""
    return _first((entry, path) for entry, data in evidence.of(kinds.ArtefactIntended) for path in data.paths)


def _first_written(evidence: Evidence) -> dict[str, int]:
    """The line that first says of each file that it was written."""
    return _first((entry, file.path) for entry, data in evidence.of(kinds.ArtefactsWritten) for file in data.files)


def _first(said: Iterable[tuple[Entry, str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry, path in said:
        found.setdefault(path, entry.event.seq)
    return found


def _people(evidence: Evidence) -> Iterator[Fault]:
    """Where it goes on: those who were there answered again, enough of them; the clock was compared; an exception."""
    rolls = {planned.step.id for planned in evidence.plan.steps if isinstance(planned.step, models.RollCall)}
    for span in spans(evidence):
        where = line_of(span.resumed)
        if not span.goes_on:
            continue
        before = evidence.lines.state_before(span.resumed.event.seq)
        given_up, arrived, agreed = before.given_up, dict(before.arrived), before.agreed_offset_seconds
        called = bool(rolls & set(before.steps_done))
        if given_up:
            yield Fault("The ceremony went on although it was decided before the interruption to end it.", where)
        answered = {
            entry.data.person: arrived[entry.data.person]
            for entry in span.entries
            if isinstance(entry.data, kinds.PersonPresent | kinds.PersonReturned) and entry.data.person in arrived
        }
        there = evidence.lines.state_before(span.resumed.event.seq + 1).away
        for role, duty in evidence.plan.script.roles.items() if called else ():
            needed = min(duty.quorum, sum(said.role == role for said in there.values()))
            if sum(said.role == role for said in answered.values()) < needed:
                yield Fault(f"Fewer than {needed} of the role {role} answered after the interruption.", where)
        compared = any(isinstance(entry.data, kinds.ClockCompared) for entry in span.entries)
        if agreed is not None and not compared:
            yield Fault("The clock was not compared again after the interruption.", where)
        if not any(isinstance(entry.data, kinds.ResumptionAgreed) for entry in span.entries):
            yield Fault("Nobody agreed to go on after the interruption.", where)


def _adopted(evidence: Evidence) -> Iterator[Fault]:
    """An adopted key is one that was announced before an interruption; people saw and approved it; it is used once."""
    seen: set[str] = set()
    for entry, data in evidence.of(kinds.KeyAdopted):
        where, key = line_of(entry), key_of(evidence, data.key)
        yield from _announced(evidence, entry, data.key, data.key_id)
        if data.key_id in seen:
            yield Fault(f"Key {data.key} was adopted twice.", where)
        seen.add(data.key_id)
        if (data.key_id, data.spki_sha256) != (key.key_id, key.spki_sha256):
            yield Fault(f"The adopted key is not the key {data.key} that the record goes on with.", where)
        yield from _on_the_token(evidence, entry, data.label, data.serial)
        yield from approved(evidence, entry, data, key)


def _discarded(evidence: Evidence) -> Iterator[Fault]:
    """What is discarded was announced, and destroyed only with approval; the identifier is never used again."""
    made = {data.key_id: entry for entry, data in evidence.of(kinds.KeyMade)}
    gone: set[str] = set()
    for entry, data in evidence.of(kinds.KeyDiscarded):
        where = line_of(entry)
        yield from _announced(evidence, entry, data.key, data.key_id)
        yield from _on_the_token(evidence, entry, data.label, data.serial)
        if data.key_id in made or data.key_id in gone:
            yield Fault(f"Key {data.key} was discarded, and its identifier used for a key.", where)
        gone.add(data.key_id)
    for entry, intent in evidence.of(kinds.DiscardIntended):
        yield from _announced(evidence, entry, intent.key, intent.key_id)
        spki = octets_of(intent.key_id)  # people approve the identifier: of half a key there is nothing else
        left = RecordedKey(intent.key, intent.key_id, "", "", spki, {}, ("", ""), (), locked=False)
        yield from approved(evidence, entry, intent, left)


def _announced(evidence: Evidence, entry: Entry, key: str, key_id: str) -> Iterator[Fault]:
    """An intent of this step, of an earlier attempt, names this key and identifier."""
    first = evidence.once(_first_intents).get((entry.event.step, key, key_id), entry.event.attempt)
    if not first < entry.event.attempt:
        yield Fault(f"{entry.event.kind} is about a key that no earlier attempt announced, {key}.", line_of(entry))


def _first_intents(evidence: Evidence) -> dict[tuple[str, str, str], int]:
    """By step, key and identifier, the first attempt that announced the key."""
    first: dict[tuple[str, str, str], int] = {}
    for entry, intent in evidence.of(kinds.KeyIntended):
        place = (entry.event.step, intent.key, intent.key_id)
        first[place] = min(entry.event.attempt, first.get(place, entry.event.attempt))
    return first


def _on_the_token(evidence: Evidence, entry: Entry, label: str, serial: str) -> Iterator[Fault]:
    before = evidence.lines.state_before(entry.event.seq)
    if label not in before.open_tokens or (label, serial) != before.ceremony_token:
        yield Fault(f"{entry.event.kind} names a token that was not open, {label}.", line_of(entry))


RULES = (
    Rule(
        "RESUME-TOLD",
        where_any(
            kinds.CeremonyResumed,
            "Each interruption is told as the lines before it show it; a torn line was kept.",
            "The ceremony ran without an interruption.",
        ),
        _told,
    ),
    Rule(
        "RESUME-PEOPLE",
        where_any(
            kinds.CeremonyResumed,
            "After each interruption the roll was called and the clock compared again, and people agreed to go on.",
            "The ceremony ran without an interruption.",
        ),
        _people,
    ),
    Rule(
        "RESUME-ADOPTED",
        where_any(
            kinds.KeyAdopted,
            "Each adopted key is the one that was announced before; it was shown and approved, and adopted once.",
            "No key was adopted.",
        ),
        _adopted,
    ),
    Rule(
        "RESUME-DISCARDED",
        where_any(
            kinds.KeyDiscarded,
            "Of each announced key that was not used nothing was left; what was there was destroyed with approval.",
            "No key was discarded.",
        ),
        _discarded,
    ),
)
