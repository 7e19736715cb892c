"""ATTESTATION and RECEIPT: who was there agreed or dissented, and took home what the record then was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ceremony.canonical import sha256_hex
from ceremony.custody.consent import attestation_statement
from ceremony.custody.slips import RECEIPTS, receipt_files, receipt_of
from ceremony.plain_files import digest_of
from ceremony.transcript import archive, kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.state import CeremonyState
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.own_signatures import one_key_each, said_themselves
from ceremony.verify.rule import Fault, Rule


def _attested(evidence: Evidence) -> Iterator[Fault]:
    said = list(evidence.of(kinds.Attested))
    asked = evidence.plan.policy.custody.attestation
    wanted = set(evidence.state.present) if asked and not evidence.ended_early else set()
    last = evidence.chain.entries[-1].event if evidence.chain.entries else None
    for entry, data in said:
        yield from _one(evidence, entry, data)
    # What was said in an attempt at the close that failed is said again, about the record as it went on.
    final = [data.person for entry, data in said if last is not None and entry.event.attempt == last.attempt]
    for person in sorted(wanted - set(final)):
        yield Fault(f"{person} was present at the close, and neither agreed with the record nor dissented.")
    here = set(evidence.state.arrived) if asked else set()  # who left afterwards had been there: PRESENCE-ACT
    for person in sorted(set(final) - here):
        yield Fault(f"{person} attests, and was not present, or the policy does not ask for it.")
    if len(final) != len(set(final)):
        yield Fault("Somebody attests twice.")
    yield from one_key_each(evidence, {data.person for _, data in said if data.method == "signed"})


@dataclass(frozen=True, slots=True)
class Unheard:
    """Somebody who was in the room, and neither agreed with the record nor dissented at its end."""

    person: str
    left: Entry
    """The line with which they were gone: they left, or did not come back after an interruption."""
    at_close: bool
    """They were there when the close began, or came in after that."""
    before: Entry | None
    """What they said in an attempt that failed, if they said something."""


def unheard(evidence: Evidence) -> Iterator[Unheard]:
    """Who left without a word for or against the record, where the policy asks for one. Raises CannotJudge.

    Whoever holds the key of the seal could have put somebody's leaving, at any line, in the place of a dissent.
    """
    entries = evidence.chain.entries
    asked = evidence.plan.policy.custody.attestation
    if not asked or not entries or not isinstance(entries[-1].data, kinds.CeremonyClosed):
        return
    close, last = evidence.plan.steps[-1].step.id, entries[-1].event.attempt
    state, begun = CeremonyState(), False
    gone: dict[str, tuple[Entry, bool]] = {}
    said: dict[str, Entry] = {}
    for entry in entries:
        data, here = entry.data, set(state.present)
        state.apply(entry)
        begun = begun or (isinstance(data, kinds.StepBegun) and entry.event.step == close)
        gone |= dict.fromkeys(here - set(state.present), (entry, begun))
        if isinstance(data, kinds.Attested):
            said[data.person] = entry
    for person, (left, at_close) in gone.items():
        words = said.get(person)
        heard = words is not None and words.event.attempt == last
        if person not in state.present and not heard:
            yield Unheard(person, left, at_close, words)


def _one(evidence: Evidence, entry: Entry, data: kinds.Attested) -> Iterator[Fault]:
    where, person = line_of(entry), evidence.plan.people.get(data.person)
    who = f"The attestation of {data.person}"
    if person is None or data.statement != attestation_statement(person):
        yield Fault(f"{who} has other words than those that they were asked.", where)
    if data.chain_head != entry.event.prev or data.ceremony_id != evidence.opened.ceremony_id:
        yield Fault(f"{who} is over another head or ceremony.", where)
    if data.person != entry.event.actor or data.agrees == bool(data.words):
        yield Fault(f"{who} does not hold together.", where)
    yield from said_themselves(evidence, entry, data, who)


def _receipts(evidence: Evidence) -> Iterator[Fault]:
    """The slips, written again from the record as it was when they were announced."""
    announced = {
        path: entry
        for entry, data in evidence.of(kinds.ArtefactIntended)
        for path in data.paths
        if path.startswith(f"{RECEIPTS}/")
    }
    if not evidence.plan.policy.custody.receipts:
        for path, entry in announced.items():
            yield Fault(f"The receipt {path} was written, which the policy does not ask for.", line_of(entry))
        return
    due: set[str] = set()
    handed = {
        person
        for path, entry in announced.items()
        for person in _before(evidence, entry).present
        if path == f"{RECEIPTS}/receipt-{person}.txt"
    }
    present = () if evidence.unsealed else tuple(evidence.state.present)
    for person in dict.fromkeys((*present, *sorted(handed))):  # who left afterwards has theirs
        slip = f"{RECEIPTS}/receipt-{person}.txt"
        if slip not in announced:
            yield Fault(f"{person} was given no receipt.", archive.RECORD)
            continue
        first = announced[slip]
        made = dict(_again(evidence, first, person))  # once for both files: to draw a code takes long
        for path in made:
            due.add(path)
            at = announced.get(path, first)
            wanted = made if at is first else dict(_again(evidence, at, person))
            if path not in wanted or evidence.digest(path) != digest_of(wanted[path]):
                yield Fault(f"{path} is not the receipt of the record at that moment.", path)
    for path in sorted(set(announced) - due):
        yield Fault(f"{path} is a receipt of nobody who was there.", line_of(announced[path]))


def _before(evidence: Evidence, at: Entry) -> CeremonyState:
    return evidence.lines.state_before(at.event.seq)


def _again(evidence: Evidence, at: Entry, name: str) -> tuple[tuple[str, bytes], ...]:
    before = _before(evidence, at)
    person = evidence.plan.people.get(name)
    if person is None:
        return ()
    return receipt_files(
        receipt_of(
            person,
            head=at.event.prev,
            day=at.event.at[:10],
            ceremony_id=evidence.opened.ceremony_id,
            title=evidence.opened.title,
            mode=evidence.opened.mode,
            keys={key.key: sha256_hex(key.spki) for key in before.keys.values()},
            steps=len(before.steps_done),
            exceptions=before.deviations,
        )
    )


RULES = (
    Rule(
        "ATTESTATION",
        lambda e: (
            f"{sum(data.agrees for _, data in e.of(kinds.Attested))} of those present agreed with the record at its "
            f"close, {sum(not data.agrees for _, data in e.of(kinds.Attested))} dissented."
            if e.plan.policy.custody.attestation and not e.ended_early
            else "It ended early: nobody was asked to attest its close."
            if e.ended_early
            else "The policy asks nobody to attest, and nobody did."
        ),
        _attested,
    ),
    Rule("RECEIPT", "Each receipt is what the record was at that moment, where the policy asks for them.", _receipts),
)
