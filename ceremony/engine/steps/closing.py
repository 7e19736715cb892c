"""The last step: say what was made, log the token out. The record is sealed right after it."""

from __future__ import annotations

from ceremony.engine.exported import check_exports
from ceremony.engine.ledger import account_for_items
from ceremony.engine.room import Room
from ceremony.engine.statements import state
from ceremony.engine.steps.farewell import attest, hand_out_receipts
from ceremony.errors import CeremonyError
from ceremony.script import models
from ceremony.script.sentences import counts_statement


def close(room: Room, step: models.Close) -> None:
    """The administrator states the counts; declared and performed must agree."""
    plan, state_now = room.plan, room.state
    performed = (len(state_now.keys), state_now.signatures)
    declared = (plan.key_generations, plan.signatures)
    if performed != declared:
        raise CeremonyError(
            "Declared and performed do not agree.",
            detail=f"Declared: {declared[0]} keys, {declared[1]} signatures. "
            f"Performed: {performed[0]} keys, {performed[1]} signatures.",
            not_done="The ceremony is not closed.",
            next_step="End the ceremony in good order and report the difference.",
            code="COUNT",
        )
    check_exports(room)
    account_for_items(room, step)
    room.close_session()

    def counts() -> str:
        return counts_statement(*performed, state_now.deviations, state_now.notes)

    details = tuple((name, f"SHA-256 {record.sha256}") for name, record in state_now.signed.items())
    for person in filter(None, (room.actor, room.witness)):
        declined = CeremonyError(
            "The close was not confirmed.",
            detail=f"{person.name} does not confirm the counts.",
            not_done="The ceremony is not closed.",
            next_step="Record what is wrong (F8) and try again, or end the ceremony in good order.",
            code="CLOSE-DECLINED",
        )
        state(room, person, "counts", counts, details=details, declined=declined)
    if room.plan.policy.custody.attestation:
        attest(room)
    if room.plan.policy.custody.receipts:
        hand_out_receipts(room)
