"""What the token holds, against what the record says that it must hold."""

from __future__ import annotations

from ceremony.engine.room import Room
from ceremony.engine.statements import state
from ceremony.engine.steps.known_key import the_same
from ceremony.errors import CeremonyError
from ceremony.script import models
from ceremony.script.sentences import inventory_statement
from ceremony.transcript.kinds import InventoryItem, InventoryReviewed


def review_inventory(room: Room, step: models.ReviewInventory) -> None:
    """Each key pair of the record is on the token, with the public key that the record knows, and nothing else is."""
    del step
    session = room.open_session()
    label = session.token.label
    objects = sorted(session.inventory(), key=lambda item: (item.object_class, item.label, item.key_id))
    found = {(item.object_class, item.key_id.hex()): item for item in objects}
    keys = [key for key in room.world.keys.values() if key.token_label == label and not key.destroyed]
    expected = {
        (object_class, key.key_id): f"{object_class} {key.name}"
        for key in keys
        for object_class in ("private-key", "public-key")
    }
    missing = tuple(name for where, name in expected.items() if where not in found)
    unexplained = tuple(
        f"{item.object_class} {item.label}" for where, item in found.items() if where not in expected
    ) + _doubles(len(objects) - len(found))
    room.record(
        InventoryReviewed(
            label=label,
            serial=session.token.serial,
            objects=tuple(
                InventoryItem(object_class=item.object_class, label=item.label, key_id=item.key_id.hex())
                for item in objects
            ),
            missing=missing,
            unexplained=unexplained,
        )
    )
    if missing or unexplained:
        raise CeremonyError(
            "The token does not hold what the record says.",
            detail=f"Missing: {', '.join(missing) or 'nothing'}. Unexplained: {', '.join(unexplained) or 'nothing'}.",
            not_done="The inventory is not agreed.",
            next_step="Find out who put it there or took it away; end the ceremony in good order if nobody knows.",
            code="INVENTORY",
        )
    for key in keys:
        the_same(key, session.key(bytes.fromhex(key.key_id)), "The inventory is not agreed.")
    state(
        room,
        room.actor,
        "inventory",
        inventory_statement(len(objects)),
        details=tuple((item.object_class, f"{item.label} (id {item.key_id.hex()[:8]}...)") for item in objects),
        declined=CeremonyError(
            "The inventory was not confirmed.",
            not_done="The step is not done.",
            next_step="Say what is wrong, record it (F8), and try again.",
            code="INVENTORY-DECLINED",
        ),
    )


def _doubles(count: int) -> tuple[str, ...]:
    return (f"{count} objects with an id that another one has",) if count else ()
