"""The record played once more: each object that was signed, made again from the policy and what the record holds."""

from __future__ import annotations

from dataclasses import dataclass

from ceremony.errors import CeremonyError
from ceremony.script.objects.base import Setting, SignedObject
from ceremony.script.world import World
from ceremony.transcript import kinds
from ceremony.transcript.state import walk
from ceremony.verify.evidence import CannotJudge, Evidence, Signing, moment, octets_of


@dataclass(frozen=True, slots=True)
class Replayed:
    """One signature of the record, and the object that was signed, made again."""

    signing: Signing
    item: SignedObject
    octets: bytes
    """The whole object, with the recorded signature."""


class Replay:
    """All of them, in order; asked for by `evidence.once(Replay)`. Raises CannotJudge where there is no plan.

    What cannot be made again is a reason that is told where it is asked for.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._found: dict[int, Replayed | CannotJudge | CeremonyError] = {}
        world = evidence.plan.world.copy()
        signings = {signing.signed.event.seq: signing for signing in evidence.signings}
        for entry, state in walk(evidence.chain.entries):
            signing = signings.get(entry.event.seq)
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


def _made_again(evidence: Evidence, signing: Signing, world: World) -> Replayed:
    demand = evidence.demand(signing)
    entry, built = signing.last(kinds.ObjectBuilt)
    setting = Setting(evidence.plan.policy, world.copy(), moment(entry.event.at), evidence.practice, placeholders=False)
    try:
        item = demand.again(setting, built)
    except ValueError as error:
        raise CannotJudge(f"line {entry.event.seq} does not hold what it must: {error}") from None
    return Replayed(signing, item, item.assemble(octets_of(signing.data.signature)))
