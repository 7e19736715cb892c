"""APPROVAL: who has a key of their own approved with it, and read other words of the digest back than the others."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.custody.read_back import slices
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.verify.approvals import approved_as
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.lines import Place, place_of
from ceremony.verify.own_signatures import one_key_each, said_themselves
from ceremony.verify.rule import Fault, Rule


def _signed(evidence: Evidence) -> Iterator[Fault]:
    """Every approval of the record, also of attempts that came to nothing."""
    people: set[str] = set()
    for entry, said in evidence.of(kinds.Approved):
        yield from said_themselves(evidence, entry, said, f"The approval of {said.name} by {said.person}")
        if said.method == "signed":
            people.add(said.person)
    yield from one_key_each(evidence, people)


def _read_back(evidence: Evidence) -> Iterator[Fault]:
    """Each who approved what was then done had read back what the program chose for them, and nobody anything else."""
    explained: set[int] = set()
    asked = evidence.plan.policy.custody.read_back
    done: set[tuple[Place, str]] = set()
    """What was done in which attempt: where it was given up, nothing hangs on what was read back."""
    for entry in evidence.chain.entries:
        if isinstance(entry.data, kinds.Deed):
            done.add((place_of(entry), approved_as(entry.data).name))
        if asked and isinstance(entry.data, kinds.Deed):
            yield from _deed(evidence, entry, entry.data, explained)
    for entry, said in evidence.of(kinds.ReadBack):
        if not asked:
            yield Fault(f"{said.name}: words were read back that the policy does not ask for.", line_of(entry))
        elif entry.event.actor != said.person:
            yield Fault(f"{entry.event.actor} read back in the name of {said.person}.", line_of(entry))
        elif entry.event.seq not in explained and (place_of(entry), said.name) in done:
            yield Fault(f"{said.person} read words of {said.name} back that nobody asked them for.", line_of(entry))


def _deed(evidence: Evidence, deed: Entry, data: kinds.Deed, explained: set[int]) -> Iterator[Fault]:
    """The read-backs that belong to one deed: after its review, before the approvals, over one head from in between."""
    asked = approved_as(data)
    name, digest = asked.name, asked.sha256
    before = evidence.lines.leading_to(deed)
    reviewed = max((entry.event.seq for entry in before if isinstance(entry.data, kinds.Reviewed)), default=0)
    group = [entry for entry in before if entry.event.seq > reviewed]
    said = [entry for entry in group if isinstance(entry.data, kinds.ReadBack)]
    people = list(dict.fromkeys(entry.data.person for entry in group if isinstance(entry.data, kinds.Approved)))
    if not said:
        yield Fault(f"{name} was approved without reading words of its digest back.", line_of(deed))
        return
    first = said[0].event.seq
    heads = {entry.event.prev for entry in evidence.chain.entries[reviewed:first]} if reviewed else set()
    head = getattr(said[0].data, "chain_head", "")
    if head not in heads:
        yield Fault(f"The words of {name} were chosen by a head of another place of the record.", line_of(said[0]))
        return
    wanted = {item.person: item.positions for item in slices(digest, head, people)} if people else {}
    last: dict[str, Entry] = {}
    """What each read back last, before the line that is looked at."""
    for entry in group:
        person = str(getattr(entry.data, "person", ""))
        if isinstance(entry.data, kinds.ReadBack):
            last[person] = entry
        if not isinstance(entry.data, kinds.Approved):
            continue
        mine = last.get(person)
        if mine is None:
            yield Fault(f"{person} approved {name} without reading words of its digest back.", line_of(entry))
            continue
        explained.add(mine.event.seq)
        told = mine.data
        if not isinstance(told, kinds.ReadBack) or (told.digest, told.chain_head, told.positions) != (
            digest,
            head,
            wanted[person],
        ):
            yield Fault(f"{person} read back other words than the record's head chose.", line_of(mine))


def _how_many(evidence: Evidence) -> str:
    methods = [data.method for _, data in evidence.of(kinds.Approved)]
    typed = methods.count("typed")
    return (
        f"{methods.count('signed')} approvals are signed by a key of the person's own; {typed} were typed, which is "
        "no signature."
    )


RULES = (
    Rule("APPROVAL-SIGNATURE", _how_many, _signed),
    Rule("APPROVAL-READ-BACK", "Who approved had read back what the policy asks for.", _read_back),
)
