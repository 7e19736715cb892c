"""A key that was destroyed is used no more; the last line counts what the record has."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.script.invariants.base import Here, Invariant
from ceremony.transcript import kinds


def _gone(here: Here) -> Iterator[str]:
    data, world = here.entry.data, here.plan.world.keys
    used = getattr(data, "signer_key", "") or getattr(data, "key", "")
    if used in here.before.destroyed or (used in world and world[used].destroyed):
        yield f"{data.kind} is about key {used}, which was destroyed before."


ATTRIBUTES = (
    "local",
    "sensitive",
    "always_sensitive",
    "extractable",
    "never_extractable",
    "sign",
    "other_uses",
    "key_gen_mechanism",
)
"""What a token is asked of a private key, in this order."""


def _asked(here: Here) -> Iterator[str]:
    data = here.entry.data
    match data:
        case kinds.KeyMade(attributes=said):
            readings = [said]
        case kinds.KeyBackedUp(locked=locked, restored=restored):
            readings = [locked, restored]
        case _:
            readings = []
    for said in readings:
        if tuple(item.name for item in said) != ATTRIBUTES:
            name = getattr(data, "key", "")
            yield f"Key {name}: its attributes are not those that a token is asked for, in that order."


def _listed(here: Here) -> Iterator[str]:
    """An inventory has an order, in which nothing stands twice by chance."""
    data = here.entry.data
    if isinstance(data, kinds.InventoryReviewed):
        listed = [(item.object_class, item.label, item.key_id) for item in data.objects]
        if listed != sorted(listed):
            yield "The objects of the inventory do not stand in order."


def _counted(here: Here) -> Iterator[str]:
    ending, state = here.entry.data, here.before
    match ending:
        case kinds.CeremonyAborted():
            if (ending.keys, ending.certificates) != (tuple(state.keys), tuple(state.signed)):
                yield "The last line names other keys or signed objects than the record has."
        case kinds.CeremonyClosed():
            for what, said, counted in (
                ("keys", ending.keys, len(state.keys)),
                ("signatures", ending.signatures, state.signatures),
                ("certificates", ending.certificates, len(state.certificates)),
                ("notes", ending.notes, state.notes),
                ("deviations", ending.deviations, state.deviations),
            ):
                if said != counted:
                    yield f"The last line counts {said} {what}; the record has {counted}."
        case _:
            return
    if isinstance(ending, kinds.CeremonyClosed) and ending.present != tuple(state.present):
        yield "The last line names others in the room than the record has there."


KEYS = (
    Invariant("DESTROY-LAST", _gone),
    Invariant("KEY-ATTRIBUTES", _asked),
    Invariant("INVENTORY", _listed),
    Invariant("COUNT-CLOSED", _counted),
)
