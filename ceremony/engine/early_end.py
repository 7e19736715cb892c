"""An end before the close: receipts for who is there, the last line, and the seal where somebody can give it.

Nothing that fails here keeps a ceremony from ending: then the last line is the engine's, says why, and nobody seals it.
"""

from __future__ import annotations

from ceremony.canonical import sha256_hex
from ceremony.custody.people import Person
from ceremony.engine.credentials import OpenCredential
from ceremony.engine.room import Room
from ceremony.engine.sealing import copy_record, end_and_seal, ready_to_seal
from ceremony.engine.steps.farewell import hand_out_receipts
from ceremony.errors import CeremonyError, Interrupted
from ceremony.script.quorum import sealers
from ceremony.transcript.journal import RecordNotWritable
from ceremony.transcript.kinds import CeremonyAborted, InterruptionRecorded
from ceremony.transcript.made import made_so_far

BY_THE_ENGINE = "The program ended it, and nobody decided so."


def end_early(room: Room, fault: CeremonyError) -> None:
    """From the reason to the seal. The lines belong to no step.

    What people decided (`Interrupted`) is sealed by its keeper where they are in the room, have a certificate, and do
    so; any other fault ends the ceremony at once. Raises RecordNotWritable where the record cannot be written, and
    CeremonyError where the record has its last line and the seal, the checksums or the copies are missing.
    """
    token = room.session.token.label if room.session else ""
    room.ending = True
    sealer: tuple[Person, OpenCredential] | str = BY_THE_ENGINE
    if isinstance(fault, Interrupted):
        room.under_way = False
        room.record(InterruptionRecorded(cause=fault.cause, after=room.journal.last, decided=True))
        room.close_session()
        sealer = _farewell(room)
    else:
        room.close_session()  # on the way out of the step that failed
        room.under_way = False
    last = CeremonyAborted(
        reason=" ".join(fault.paragraphs()),
        keys=tuple(room.state.keys),
        certificates=tuple(room.state.signed),
        token=token,
        made=made_so_far(room.state, room.plan.token_label),
        notes=room.state.notes,
        deviations=room.state.deviations,
        present=tuple(room.state.present),
        unsealed="",
        sealed_by="",
        seal_certificate_sha256="",
        seal_token="",
    )
    if isinstance(sealer, str):
        room.record(last.model_copy(update={"unsealed": sealer}))
        return
    person, own = sealer
    by = {
        "sealed_by": person.id,
        "seal_certificate_sha256": sha256_hex(own.der),
        "seal_token": own.session.token.label,
    }
    end_and_seal(room, last.model_copy(update=by), own)
    copy_record(room)


def _farewell(room: Room) -> tuple[Person, OpenCredential] | str:
    """Receipts, and the credential of who seals, open; or why nobody does."""
    try:
        if room.plan.policy.custody.receipts:
            hand_out_receipts(room)
        person = next(iter(room.those_present(sealers(room.plan, room.state.stands_for))), None)
        if person is None:
            return "Who seals the record is not in the room."
        return person, ready_to_seal(room, person, early=True)
    except RecordNotWritable:
        raise
    except CeremonyError as refusal:
        return f"{refusal.headline} {refusal.detail}".strip()
    except (Exception, KeyboardInterrupt) as fault:  # also a fault of the program ends it: its values are not told
        return f"It could not be prepared ({type(fault).__name__})."
