"""Who could have made a record alone: the smallest sets of keys that everything in it can be made with.

A record proves no more than what could not have been made without the keys of others. What people typed costs nobody a
key; a seal, a signed approval and a signed attestation cost the key of somebody whom the script lets give it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

from ceremony.custody.people import Person
from ceremony.script.models import Close
from ceremony.script.plan import Plan, PlannedStep
from ceremony.script.quorum import needed_actors, needed_approvals, sealers, who_may_approve
from ceremony.transcript import kinds
from ceremony.verify.evidence import CannotJudge, Evidence

MOST_WAYS = 100_000
"""So many combinations are tried; no script that people hold needs more than some dozens."""


@dataclass(frozen=True, slots=True)
class Need:
    """So many of these people must have used the key of their own."""

    count: int
    of: frozenset[str]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Any so many of these people, in the order of their ids."""

    count: int
    of: tuple[str, ...]


KeySet = tuple[AnyOf, ...]
"""One way to do it: the keys of so many of each group together. Empty where nobody's key is needed."""


@dataclass(frozen=True, slots=True)
class KeySets:
    """Every smallest set, by ids of people; `tokens` are those whose keys, from earlier ceremonies, sign beside them.

    `practice`: everybody's keys were made on the spot, by whoever ran the program.
    """

    sets: tuple[KeySet, ...]
    tokens: tuple[str, ...]
    practice: bool

    @property
    def fewest(self) -> int:
        """How many people's keys the smallest of them has."""
        return min(sum(group.count for group in keys) for keys in self.sets)


def key_sets(evidence: Evidence) -> KeySets:
    """The sets of one record. Raises CannotJudge where there is no plan."""
    plan = evidence.plan
    if plan.mode == "practice":
        return KeySets(((),), (), practice=True)
    deeds = {entry.event.step for entry in evidence.chain.entries if isinstance(entry.data, kinds.Deed)}
    ended = bool(evidence.chain.entries) and isinstance(evidence.chain.entries[-1].data, kinds.Ending)
    needs = needs_of(plan, deeds, sealed=ended and not evidence.unsealed, closed=ended and not evidence.ended_early)
    return KeySets(smallest(needs), tuple(_tokens(evidence)), practice=False)


def needs_of(plan: Plan, deeds: Iterable[str], *, sealed: bool, closed: bool) -> list[Need]:
    """What keys of people a record of this plan needs in which something was done in the steps `deeds`."""
    found = [_need(plan, 1, _sealers(plan), must_have=True)] if sealed else []
    steps = {planned.step.id: planned for planned in plan.steps}
    for step in deeds:
        if step in steps:
            planned = steps[step]
            found.append(_need(plan, needed_approvals(plan, planned), who_may_approve(plan, planned)))
    if closed and plan.policy.custody.attestation:
        for planned in plan.steps:
            if isinstance(planned.step, Close):
                found += _attesting(plan, planned)
    return [need for need in found if need.count > 0]


def _attesting(plan: Plan, planned: PlannedStep) -> Iterator[Need]:
    """Who must be there for the close, and so attests or is named as one who did not."""
    yield _need(plan, needed_actors(plan, planned), planned.actors)
    if planned.witnesses:
        yield _need(plan, 1, planned.witnesses)
    yield _need(plan, 1, _sealers(plan))


def _need(plan: Plan, count: int, people: Iterable[Person], *, must_have: bool = False) -> Need:
    """Where a word may be typed, those without a key of their own cost none; where it may not, they cannot say it."""
    everybody = tuple(people)
    holders = frozenset(person.id for person in everybody if person.credential is not None)
    typing = 0 if must_have or plan.policy.custody.approvals == "signed" else len(everybody) - len(holders)
    return Need(max(0, count - typing), holders)


def _sealers(plan: Plan) -> tuple[Person, ...]:
    """Who may seal: the person of the script, or whoever a record may call their deputy."""
    seal_by = plan.script.seal_by
    duties = (duty for duty in plan.script.roles.values() if seal_by in duty.people)
    deputies = {name: seal_by for duty in duties for name in duty.deputies}
    return sealers(plan, deputies)


def smallest(needs: Iterable[Need]) -> tuple[KeySet, ...]:
    """Every set that meets all needs and has no person too many; people whom no need tells apart are one group.

    So the work grows with the kinds of needs, not with the number of people. Raises CannotJudge where it is too much.
    """
    wanted = sorted(set(needs), key=lambda need: (sorted(need.of), need.count))
    groups: dict[frozenset[int], list[str]] = {}
    for person in sorted({person for need in wanted for person in need.of}):
        where = frozenset(place for place, need in enumerate(wanted) if person in need.of)
        groups.setdefault(where, []).append(person)
    places, people = list(groups), list(groups.values())
    most = [
        min(len(group), max(wanted[place].count for place in where))
        for where, group in zip(places, people, strict=True)
    ]
    if prod(top + 1 for top in most) > MOST_WAYS:
        raise CannotJudge("the script has too many groups of people to try")
    found: list[tuple[int, ...]] = []
    for counts in sorted(product(*(range(top + 1) for top in most)), key=sum):
        enough = all(
            sum(count for count, where in zip(counts, places, strict=True) if place in where) >= need.count
            for place, need in enumerate(wanted)
        )
        larger = any(all(a <= b for a, b in zip(other, counts, strict=True)) for other in found)
        if enough and not larger:
            found.append(counts)
    return tuple(
        tuple(AnyOf(count, tuple(group)) for count, group in zip(counts, people, strict=True) if count)
        for counts in found
    )


def _tokens(evidence: Evidence) -> Iterator[str]:
    """The tokens of the keys from earlier ceremonies that signed here; those made here anybody could make."""
    signers = {data.signer_key for _, data in evidence.of(kinds.SignatureIntended)}
    signers |= {data.key for _, data in evidence.of(kinds.RestoreTestIntended)}
    known = evidence.plan.world.keys
    yield from sorted({known[name].token_label for name in signers if name in known and name not in evidence.keys})
