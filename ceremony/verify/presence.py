"""PRESENCE: who came, left and came back; everything was done by people who were in the room, and by enough of them;
whose certificate ends soon was told."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.pki.credential import ends_soon
from ceremony.pki.der import DerError
from ceremony.pki.view import certificate_view
from ceremony.room.clock import iso
from ceremony.script import models
from ceremony.script.quorum import duty_of, lacks
from ceremony.transcript import kinds
from ceremony.transcript.archive import CREDENTIALS
from ceremony.transcript.chain import Entry
from ceremony.transcript.state import CeremonyState, walk
from ceremony.verify.evidence import Evidence, line_of, moment
from ceremony.verify.rule import Fault, Rule

MOVES = (kinds.PersonPresent, kinds.PersonLeft, kinds.PersonReturned)


def _roll_steps(evidence: Evidence) -> set[str]:
    return {planned.step.id for planned in evidence.plan.steps if isinstance(planned.step, models.RollCall)}


def _moves(evidence: Evidence) -> Iterator[Fault]:
    """The script lets those come who came, nobody leaves or comes back twice, deputies are there for the absent."""
    rolls = _roll_steps(evidence)
    for entry, before in walk(evidence.chain.entries):
        data, where = entry.data, line_of(entry)
        match data:
            case kinds.PersonLeft():
                if data.person not in before.present or not data.reason.strip():
                    yield Fault(f"{data.person} leaves, and was not in the room or says not why.", where)
            case kinds.PersonReturned():
                if data.person not in before.arrived or data.person in before.present:
                    yield Fault(f"{data.person} comes back, and had not left.", where)
                yield from _stands(evidence, entry, before, before.stands_for.get(data.person, ""), data.person)
            case kinds.PersonPresent():
                if entry.event.step not in rolls and not before.arrived:
                    yield Fault(f"{data.person} is in the room before the roll was called.", where)
                yield from _stands(evidence, entry, before, data.for_person, data.person)
                duty = duty_of(evidence.plan, data.role)
                if data.for_person and (duty is None or data.for_person not in duty.people):
                    yield Fault(f"{data.person} stands in for {data.for_person}, who is not {data.role}.", where)
            case _:
                pass


def _stands(evidence: Evidence, entry: Entry, before: CeremonyState, whom: str, person: str) -> Iterator[Fault]:
    """A person and the one who stands in for that person are never in the room together."""
    del evidence
    where, whose = line_of(entry), whom or person
    if entry.event.actor != person:
        yield Fault(f"{entry.event.actor} says that {person} is in the room.", where)
    if whom and whom in before.present:
        yield Fault(f"{person} stands in for {whom}, who is in the room.", where)
    others = [name for name, said in before.present.items() if said.for_person == whose and name != person]
    if others:
        yield Fault(f"{person} comes in, and {others[0]} stands in for {whose}.", where)


def _acts(evidence: Evidence) -> Iterator[Fault]:
    """Who acts, or is said to have done something, at a line was in the room at that line."""
    rolls = _roll_steps(evidence)
    for entry, before in walk(evidence.chain.entries):
        if not before.arrived or entry.event.step in rolls or isinstance(entry.data, MOVES):
            continue
        for person in {entry.event.actor, getattr(entry.data, "person", entry.event.actor)} - {"engine"}:
            if person not in before.present:
                kind = entry.event.kind
                yield Fault(f"{kind}: {person} was not in the room.", line_of(entry))


def _quorum(evidence: Evidence) -> Iterator[Fault]:
    """Each step began with the people whom it needs in the room; who was waited for was missing."""
    for entry, before in walk(evidence.chain.entries):
        planned = evidence.planned_at(entry)
        if planned is None or not before.arrived:
            continue
        if isinstance(entry.data, kinds.StepBegun | kinds.QuorumAwaited):
            lacking = lacks(evidence.plan, planned, before.present, before.stands_for)
        if isinstance(entry.data, kinds.StepBegun):
            for lack in lacking:
                yield Fault(f"Step {planned.number} began without enough people. {lack}", line_of(entry))
        elif isinstance(entry.data, kinds.QuorumAwaited):
            data = entry.data
            said = (data.role, data.needed, data.present, data.missing)
            true = [(item.role, item.needed, item.present, tuple(each.id for each in item.missing)) for item in lacking]
            if said not in true:
                yield Fault("People were waited for otherwise than they were missing.", line_of(entry))


def _certificates(evidence: Evidence) -> Iterator[Fault]:
    """Of a certificate that was looked at between two steps and ended within a day, the next line says so."""
    followers = (*evidence.chain.entries[1:], None)
    for entry, follower in zip(evidence.chain.entries, followers, strict=True):
        match entry.data:
            case kinds.ArtefactsWritten(what="credential", name=person) if not (evidence.practice or entry.event.step):
                yield from _ends(evidence, entry, follower, person)
            case _:
                pass


def _ends(evidence: Evidence, kept: Entry, follower: Entry | None, person: str) -> Iterator[Fault]:
    try:
        ends = certificate_view(evidence.octets(f"{CREDENTIALS}/{person}.der") or b"").not_after
    except DerError:
        return  # said where what they signed is judged
    match follower:
        case Entry(data=kinds.CertificateEnds() as said):
            if said.not_after != iso(ends) or not ends_soon(ends, moment(follower.event.at)):
                yield Fault(f"When the certificate of {person} ends is told otherwise than it is.", line_of(follower))
        case Entry(data=kinds.CeremonyResumed()) | None:
            pass  # it was broken off in between
        case _:
            if ends_soon(ends, moment(kept.event.at)):
                yield Fault(f"The certificate of {person} ends within a day, and nobody was told.", line_of(kept))


def _how_many(evidence: Evidence) -> str:
    left = sum(1 for _ in evidence.of(kinds.PersonLeft))
    deputies = sum(bool(data.for_person) for _, data in evidence.of(kinds.PersonPresent))
    return (
        f"{len(evidence.state.arrived)} people answered the roll, {deputies} of them as deputies; {left} times "
        "somebody left the room, and who came back had left it."
    )


RULES = (
    Rule("PRESENCE-ROLL", _how_many, _moves),
    Rule("PRESENCE-ACT", "Everyone who did something was in the room, by the record, when they did it.", _acts),
    Rule(
        "PRESENCE-CERTIFICATE",
        "Of each certificate that was looked at in the morning people were told where it ends within a day.",
        _certificates,
    ),
    Rule("PRESENCE-QUORUM", "Each step began with as many in the room as it needs, and its witness.", _quorum),
)
