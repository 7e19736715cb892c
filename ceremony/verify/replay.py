"""The record played once more: each object that was built, made again from the policy and what the record holds."""

from __future__ import annotations

from dataclasses import dataclass

from ceremony.errors import CeremonyError
from ceremony.script.objects.base import Demand, Setting, SignedObject
from ceremony.script.world import World
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.state import walk
from ceremony.verify.evidence import CannotJudge, Evidence, Signing, moment, octets_of

ENDS = (kinds.StepFailed, kinds.InterruptionRecorded, kinds.CeremonyResumed, kinds.CeremonyAborted)
"""Where an attempt ends otherwise than it should."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One signature of the record, and the object that was signed, made again."""

    signing: Signing
    item: SignedObject
    octets: bytes
    """The whole object, with the recorded signature."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """An object that was built and not signed in that attempt, made again, or why it cannot be; and what the record
    says of it until the attempt ends."""

    built: Entry
    item: SignedObject | CannotJudge | CeremonyError
    after: tuple[Entry, ...]


class Replay:
    """All of them, in order; asked for by `evidence.once(Replay)`. Raises CannotJudge where there is no plan.

    What cannot be made again is a reason that is told where it is asked for.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._found: dict[int, Replayed | CannotJudge | CeremonyError] = {}
        self.given_up: list[GivenUp] = []
        """At most one more than there can be: each attempt that came to nothing gave up one."""
        world = evidence.plan.world.copy()
        signings = {signing.signed.event.seq: signing for signing in evidence.signings}
        most = 1 + sum(isinstance(entry.data, ENDS) for entry in evidence.chain.entries)
        unsigned = _unsigned(evidence)
        for entry, state in walk(evidence.chain.entries):
            signing = signings.get(entry.event.seq)
            if entry.event.seq in unsigned and len(self.given_up) < most:
                world.learn(state)
                self.given_up.append(_given_up(evidence, entry, unsigned[entry.event.seq], world))
            if signing is None:
                continue
            world.learn(state)
            try:
                made = _made_again(evidence, signing, world)
                made.item.learn(world, made.octets)
                self._found[entry.event.seq] = made
            except (CannotJudge, CeremonyError) as reason:
                self._found[entry.event.seq] = reason

    def of(self, signing: Signing) -> Replayed:
        """The object of one signature. Raises CannotJudge or CeremonyError where it cannot be made again."""
        found = self._found[signing.signed.event.seq]
        if isinstance(found, Replayed):
            return found
        raise found


def _unsigned(evidence: Evidence) -> dict[int, tuple[Entry, ...]]:
    """The lines of what was built and not signed in its attempt, each with what is said of that object after it."""
    of_attempt: dict[tuple[str, int], list[Entry]] = {}
    for entry in evidence.chain.entries:
        of_attempt.setdefault((entry.event.step, entry.event.attempt), []).append(entry)
    found: dict[int, tuple[Entry, ...]] = {}
    for lines in of_attempt.values():
        after: dict[str, list[Entry]] = {}
        for entry in reversed(lines):
            name = str(getattr(entry.data, "name", ""))
            if isinstance(entry.data, kinds.ObjectBuilt):
                said = after.pop(name, [])
                if not any(isinstance(other.data, kinds.Signed) for other in said):
                    found[entry.event.seq] = tuple(reversed(said))
            elif name:
                after.setdefault(name, []).append(entry)
    return found


def _given_up(evidence: Evidence, entry: Entry, after: tuple[Entry, ...], world: World) -> GivenUp:
    assert isinstance(entry.data, kinds.ObjectBuilt)  # noqa: S101 - `_unsigned` looked
    try:
        demand = evidence.demand(entry.event.step, entry.data.name)
        return GivenUp(entry, _item(evidence, demand, entry, entry.data, world), after)
    except (CannotJudge, CeremonyError) as reason:
        return GivenUp(entry, reason, after)


def _made_again(evidence: Evidence, signing: Signing, world: World) -> Replayed:
    demand = evidence.demand(signing.signed.event.step, signing.data.name)
    entry, built = signing.last(kinds.ObjectBuilt)
    item = _item(evidence, demand, entry, built, world)
    return Replayed(signing, item, item.assemble(octets_of(signing.data.signature)))


def _item(evidence: Evidence, demand: Demand, entry: Entry, built: kinds.ObjectBuilt, world: World) -> SignedObject:
    setting = Setting(evidence.plan.policy, world.copy(), moment(entry.event.at), evidence.practice, placeholders=False)
    try:
        return demand.again(setting, built)
    except ValueError as error:
        raise CannotJudge(f"line {entry.event.seq} does not hold what it must: {error}") from None
