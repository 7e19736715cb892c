"""What a person says for themselves: an approval, an attestation. Signed with their own key where it must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ceremony.canonical import sha256_hex
from ceremony.custody.people import Person
from ceremony.engine.credentials import credential
from ceremony.engine.drawing import refuse_used_nonce
from ceremony.engine.room import Room
from ceremony.script.quorum import must_sign
from ceremony.transcript.kinds import Approved, Attested

Said = TypeVar("Said", Approved, Attested)


def record_own(room: Room, person: Person, typed: Callable[[str], Said], not_done: str) -> None:
    """Record what somebody says. It names the chain head of that very moment, whatever else is being written.

    `typed` makes it from the head. Raises CeremonyError where the person's own token or certificate does not serve.
    """
    if not must_sign(room.plan, person):
        room.record(typed, actor=person.id)
        return
    with credential(room, person, not_done) as own:
        room.approvals.certificates[person.id] = own.der

        def signed(head: str) -> Said:
            how = {"method": "signed", "credential_sha256": sha256_hex(own.der), "algorithm": own.algorithm}
            said = typed(head).model_copy(update=how)
            signature = own.sign(said.said)
            refuse_used_nonce(room, own.algorithm, signature, "CREDENTIAL-NONCE")
            return said.model_copy(update={"signature": signature.hex()})

        room.record(signed, actor=person.id)
