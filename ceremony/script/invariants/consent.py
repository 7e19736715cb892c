"""What people saw, read back, approved or refused is one and the same, and it is what is done."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.canonical import sha256_hex
from ceremony.custody.read_back import slices
from ceremony.script.invariants.base import Here, Invariant
from ceremony.script.quorum import needed_approvals, who_may_approve
from ceremony.transcript import kinds

WITH_THEIR_KEY = ("backup-key", "destroy-key")
"""Kinds of step in which a key that the record knows is reviewed by its public key."""


def _same(here: Here) -> Iterator[str]:
    match here.entry.data:
        case kinds.Reviewed(name=name, sha256=digest):
            wanted = _to_review(here, name)
            if wanted not in ("", digest):
                yield f"Something else was reviewed as {name} than was built, or is known under that name."
        case kinds.Linted(stage="to-be-signed", name=name, sha256=digest):
            if _to_review(here, name) != digest:
                yield f"Something else was linted as {name} than was built."
        case kinds.Approved(name=name, to_be_signed_sha256=digest):
            yield from _as_reviewed(here, name, digest)
        case kinds.ApprovalRefused(name=name, to_be_signed_sha256=digest):
            yield from _as_reviewed(here, name, digest)
        case deed if isinstance(deed, kinds.Deed):
            asked = kinds.approved_as(deed)
            yield from _as_reviewed(here, asked.name, asked.sha256)
        case _:
            pass


def _to_review(here: Here, name: str) -> str:
    """The digest that a review in this step must be of; empty where the record does not say it beforehand."""
    step, state, world = here.entry.event.step, here.before, here.plan.world.keys
    planned = here.planned
    if any(item.name == name for item in here.plan.objects.get(step, ())):
        built = state.built.get(name)
        return built.sha256 if built is not None else "nothing was built"
    if planned is None or planned.step.kind not in WITH_THEIR_KEY:
        return ""
    return state.keys[name].made.spki_sha256 if name in state.keys else sha256_hex(world[name].spki)


def _as_reviewed(here: Here, name: str, digest: str) -> Iterator[str]:
    said = here.before.reviewed.get(name)
    if said is None:
        yield f"{here.entry.event.kind}: {name} was not reviewed before, in this attempt."
    elif said.sha256 != digest:
        yield f"{here.entry.event.kind}: it is about something else than was reviewed as {name}."


def _read_back(here: Here) -> Iterator[str]:
    """Who approves has read words back: those that a head since the review chooses for the people asked then."""
    data, before, planned = here.entry.data, here.before, here.planned
    asks = here.plan.policy.custody.read_back
    if isinstance(data, kinds.Approved) and asks and data.person not in before.read:
        yield f"{data.person} approved {data.name} without reading words of its digest back."
    if not isinstance(data, kinds.ReadBack) or planned is None:
        return
    if not asks:
        yield f"{data.name}: words were read back that the policy does not ask for."
        return
    yield from _as_reviewed(here, data.name, data.digest)
    if here.entry.event.actor != data.person:
        yield f"{here.entry.event.actor} read back in the name of {data.person}."
    heads = {**before.heads, here.entry.event.prev: tuple(before.present)}
    if data.chain_head not in heads or before.chosen_by not in ("", data.chain_head):
        yield f"The words of {data.name} were chosen by a head of another place of the record."
        return
    there = heads[data.chain_head]
    asked = [person.id for person in who_may_approve(here.plan, planned) if person.id in there]
    asked = asked[: needed_approvals(here.plan, planned)]
    wanted = {item.person: item.positions for item in slices(data.digest, data.chain_head, asked)} if asked else {}
    if wanted.get(data.person) != data.positions:
        yield f"{data.person} read other words of {data.name} back than the record's head chose."


CONSENT = (Invariant("APPROVAL-SAME", _same), Invariant("APPROVAL-READ-BACK", _read_back))
