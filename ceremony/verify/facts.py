"""What an auditor asks of one ceremony, taken from its record: facts without a word of judgement or of ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ceremony.script.deadline import Deadline, deadline
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.incidents import incident_entries
from ceremony.transcript.interruption import changed_since
from ceremony.verify.alone import KeySets, key_sets
from ceremony.verify.evidence import CannotJudge, Evidence


@dataclass(frozen=True, slots=True)
class Say:
    """What one person said to something: `words` are those of who does not agree, and empty else."""

    person: str
    agrees: bool
    words: str
    line: int


@dataclass(frozen=True, slots=True)
class Departure:
    """Something was not as the script says: what people expected, found and decided, and each one's say."""

    line: int
    step: str
    expected: str
    happened: str
    decided: str
    decided_by: str
    raised_by: str
    clauses: tuple[str, ...]
    says: tuple[Say, ...]


@dataclass(frozen=True, slots=True)
class Waived:
    """Rules that an object breaks, and that the policy waives for it."""

    line: int
    name: str
    rules: tuple[str, ...]
    sources: tuple[str, ...]
    reason: str
    expires: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Redone:
    """An attempt at a step that failed, or (number 0) something between two steps, and what people decided then."""

    line: int
    number: int
    title: str
    attempt: int
    code: str
    headline: str
    decision: Literal["try-again", "abort"]


@dataclass(frozen=True, slots=True)
class Interruption:
    """A record that was broken off and gone on with: how it ended, what stood half done, what it was gone on with that
    was another than before, and who agreed to go on at which step and attempt; nobody where it was broken off again, or
    ended."""

    line: int
    at: str
    reason: str
    half_done: tuple[str, ...]
    changed: tuple[str, ...]
    step: str
    attempt: int
    agreed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EarlyEnd:
    """Why a ceremony ended before its close, and what it had made and where that is. `unsealed` is why nobody sealed
    it, or empty."""

    line: int
    at: str
    reason: str
    unsealed: str
    made: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident of the line, against its deadline (BR 4.9.7)."""

    line: int
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Remark:
    """Something else that did not go as usual: `kind` is the kind of event, `person` an id or empty."""

    line: int
    kind: str
    person: str
    text: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is of everything."""

    lines: int
    keys: int
    signatures: int
    signed_approvals: int
    typed_approvals: int
    notes: int
    breaks: int
    exits: int
    deputies: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it. People are named by their ids; `people` are those who answered the roll, with their roles, in its
    order, and `names` gives the name of everybody whom the script may call."""

    folder: str
    title: str
    opened_at: str
    ended_at: str
    steps_done: int
    steps: int
    sealed_by: str
    people: tuple[tuple[str, str], ...]
    names: tuple[tuple[str, str], ...]
    agreed: int
    """How many attested that they agree with the record."""
    departures: tuple[Departure, ...]
    dissents: tuple[Say, ...]
    refusals: tuple[Remark, ...]
    waivers: tuple[Waived, ...]
    incidents: tuple[Incident, ...]
    redone: tuple[Redone, ...]
    interruptions: tuple[Interruption, ...]
    others: tuple[Remark, ...]
    early_end: EarlyEnd | None
    software: tuple[str, ...]
    """The labels of the CA's tokens that are SoftHSM."""
    counts: Counts
    alone: KeySets | None
    """None where there is no plan to work it out from."""


def facts_of(evidence: Evidence) -> Facts | None:
    """The facts of a record; None where it has no first line. Raises CannotJudge for a moment that is none."""
    entries = evidence.chain.entries
    try:
        opened = evidence.opened
    except CannotJudge:
        return None
    names = {said.person: said.name for said in evidence.state.arrived.values()}
    steps, alone = 0, None
    with contextlib.suppress(CannotJudge):
        steps = len(evidence.plan.steps)
        names |= {name: person.name for name, person in evidence.plan.people.items()}
        alone = key_sets(evidence)
    last = entries[-1]
    attested = [data for _, data in evidence.of(kinds.Attested)]
    return Facts(
        folder=evidence.folder.name,
        title=opened.title,
        opened_at=entries[0].event.at,
        ended_at=last.event.at,
        steps_done=len(evidence.state.steps_done),
        steps=steps,
        sealed_by=last.data.sealed_by if isinstance(last.data, kinds.Ending) else "",
        people=tuple((said.person, said.role) for said in evidence.state.arrived.values()),
        names=tuple(names.items()),
        agreed=sum(data.agrees for data in attested),
        departures=tuple(_departures(entries)),
        dissents=tuple(_dissents(evidence)),
        refusals=tuple(
            Remark(entry.event.seq, data.kind, data.person, data.name)
            for entry, data in evidence.of(kinds.ApprovalRefused)
        ),
        waivers=tuple(
            Waived(entry.event.seq, data.name, data.rules, data.sources, data.reason, data.expires, data.approved_by)
            for entry, data in evidence.of(kinds.WaiverUsed)
        ),
        incidents=tuple(_incidents(evidence)),
        redone=tuple(_redone(entries)),
        interruptions=tuple(_interruptions(entries)),
        others=tuple(_others(evidence)),
        early_end=_early_end(last),
        software=tuple(dict.fromkeys(data.label for _, data in evidence.of(kinds.TokenFound) if is_software(data))),
        counts=_counts(evidence),
        alone=alone,
    )


def _departures(entries: tuple[Entry, ...]) -> Iterator[Departure]:
    """What people raised, and what a step found otherwise than the record had it."""
    for entry in entries:
        line, step = entry.event.seq, entry.event.step
        match entry.data:
            case kinds.Deviation() as data:
                says = tuple(Say(item.person, item.concurs, item.words, line) for item in data.concurrences)
                yield Departure(
                    line=line,
                    step=step,
                    expected=data.expected,
                    happened=data.happened,
                    decided=data.decided,
                    decided_by=data.decided_by,
                    raised_by=data.raised_by,
                    clauses=data.clauses,
                    says=says,
                )
            case kinds.Departure() as data:
                yield Departure(
                    line=line,
                    step=step,
                    expected=data.expected,
                    happened=data.happened,
                    decided=data.decided,
                    decided_by=data.decided_by,
                    raised_by="",
                    clauses=(),
                    says=(),
                )
            case _:
                pass


def _dissents(evidence: Evidence) -> Iterator[Say]:
    """Of who did not agree with the record at its close, or said so of a deviation when others were not asked."""
    for entry in evidence.chain.entries:
        match entry.data:
            case kinds.Attested(agrees=False, person=person, words=words):
                yield Say(person, agrees=False, words=words, line=entry.event.seq)
            case kinds.Dissent(person=person, words=words):
                yield Say(person, agrees=False, words=words, line=entry.event.seq)
            case _:
                pass


def _redone(entries: tuple[Entry, ...]) -> Iterator[Redone]:
    titles: dict[str, str] = {}
    for entry in entries:
        match entry.data:
            case kinds.StepBegun(title=title):
                titles[entry.event.step] = title
            case kinds.StepFailed() as failed:
                yield Redone(
                    line=entry.event.seq,
                    number=failed.number,
                    title=titles.get(entry.event.step, ""),
                    attempt=entry.event.attempt,
                    code=failed.code,
                    headline=failed.headline,
                    decision=failed.decision,
                )
            case kinds.PreparationFailed() as failed:
                yield Redone(entry.event.seq, 0, "", 0, failed.code, failed.headline, failed.decision)
            case _:
                pass


def _interruptions(entries: tuple[Entry, ...]) -> Iterator[Interruption]:
    """Each resumption, with the line before the next step in which people agreed to go on."""
    for place, entry in enumerate(entries):
        if not isinstance(entry.data, kinds.CeremonyResumed):
            continue
        agreed: kinds.ResumptionAgreed | None = None
        for after in entries[place + 1 :]:
            if isinstance(after.data, kinds.ResumptionAgreed):
                agreed = after.data
            if isinstance(after.data, kinds.StepBegun | kinds.CeremonyResumed | kinds.ResumptionAgreed):
                break
        yield Interruption(
            line=entry.event.seq,
            at=entry.event.at,
            reason=entry.data.reason,
            half_done=tuple(item.name for item in entry.data.found),
            changed=tuple(f"{what}: {how}" for what, how in changed_since(entries[:place], entry.data)),
            step=agreed.step if agreed is not None else "",
            attempt=agreed.attempt if agreed is not None else 0,
            agreed=agreed.people if agreed is not None else (),
        )


def _incidents(evidence: Evidence) -> Iterator[Incident]:
    entries = incident_entries(evidence.state, evidence.folder.name)
    for (line, _), entry in zip(evidence.state.incidents, entries, strict=True):
        try:
            yield Incident(line.seq, deadline(entry))
        except ValueError:
            raise CannotJudge(f"line {line.seq} holds a moment that is none") from None


def _others(evidence: Evidence) -> Iterator[Remark]:
    """What the clock did, what could redirect the token, whose certificate could not be looked at in the morning."""
    entries, opened = evidence.chain.entries, evidence.opened
    if opened.overrides:
        yield Remark(1, opened.kind, "", ", ".join(opened.overrides))
    for entry in entries:
        match entry.data:
            case kinds.ClockJumped(seconds=seconds):
                yield Remark(entry.event.seq, entry.event.kind, "", str(seconds))
            case kinds.ClockCompared(adopted="reference", source=source, offset_seconds=seconds):
                yield Remark(entry.event.seq, entry.event.kind, "", f"{seconds} s, {source}")
            case kinds.CertificateUnseen(person=person):
                yield Remark(entry.event.seq, entry.event.kind, person, "")
            case _:
                pass


def is_software(found: kinds.TokenFound) -> bool:
    """True for a token of the CA, not of a person, that calls itself SoftHSM."""
    return found.purpose != "credential" and "softhsm" in f"{found.manufacturer} {found.model} {found.module}".lower()


def _early_end(last: Entry) -> EarlyEnd | None:
    if not isinstance(last.data, kinds.CeremonyAborted):
        return None
    made = tuple((item.name, item.value) for item in last.data.made)
    return EarlyEnd(last.event.seq, last.event.at, last.data.reason, last.data.unsealed, made)


def _counts(evidence: Evidence) -> Counts:
    methods = [data.method for _, data in evidence.of(kinds.Approved)]
    return Counts(
        lines=len(evidence.chain.entries),
        keys=len(evidence.keys),
        signatures=evidence.state.signatures,
        signed_approvals=methods.count("signed"),
        typed_approvals=methods.count("typed"),
        notes=evidence.state.notes,
        breaks=sum(1 for _ in evidence.of(kinds.BreakBegun)),
        exits=sum(1 for _ in evidence.of(kinds.PersonLeft)),
        deputies=sum(bool(data.for_person) for _, data in evidence.of(kinds.PersonPresent)),
    )
