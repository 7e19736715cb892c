"""One module for each family of steps; `perform` finds the one that knows the kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ceremony.engine.ledger import require_items
from ceremony.engine.room import Room
from ceremony.engine.steps import (
    backup,
    bags,
    clock,
    closing,
    custody,
    destruction,
    evidence,
    export,
    incident,
    inventory,
    keys,
    ledger,
    renewal,
    roll_call,
    signing,
    token,
)
from ceremony.script import models
from ceremony.script.declaration import STEPS, StepBase

Handler = Callable[[Room, Any], None]

HANDLERS: dict[type[StepBase], Handler] = {
    models.RollCall: roll_call.roll_call,
    models.Attest: evidence.attest,
    models.Record: evidence.record,
    models.CompareClock: clock.compare_clock,
    models.OpenToken: token.open_token,
    models.RenewPins: renewal.renew_pins,
    models.GenerateKey: keys.generate_key,
    models.ParkKey: custody.park_key,
    models.SelfSign: signing.sign,
    models.Issue: signing.sign,
    models.CrossSign: signing.sign,
    models.MakeRequest: signing.sign,
    models.SignCrl: signing.sign,
    models.SignOcsp: signing.sign,
    models.BackupKey: backup.back_up,
    models.RestoreTest: custody.restore_test,
    models.DestroyKey: destruction.destroy,
    models.Incident: incident.record_incident,
    models.ReviewInventory: inventory.review_inventory,
    models.ReceiveItems: ledger.receive,
    models.CheckBag: bags.check_bag,
    models.OpenBag: bags.open_bag,
    models.SealBag: ledger.seal,
    models.HandOver: ledger.hand_over,
    models.DestroyItem: ledger.destroy_item,
    models.Export: export.export,
    models.Close: closing.close,
}

if set(HANDLERS) != set(STEPS.values()):
    raise TypeError("each kind of step that is declared needs a handler of its own")


def perform(room: Room, step: models.Step) -> None:
    """Perform one step of the plan. Raises CeremonyError when it cannot be done."""
    require_items(room, step)
    HANDLERS[type(step)](room, step)
