"""Self-signing and issuing: both take the one road of `engine/signing.py`."""

from __future__ import annotations

from ceremony.engine.approval import approvers
from ceremony.engine.officiant import Instruction
from ceremony.engine.room import Room
from ceremony.engine.signing import sign_certificate
from ceremony.script import models
from ceremony.transcript.kinds import Instructed


def sign(room: Room, step: models.SelfSign | models.Issue) -> None:
    """The certificate that the plan holds for this step."""
    certificate = room.plan.certificates[step.id]
    approvers(room)
    room.officiant.instruct(
        Instruction(
            room.view,
            step.text,
            details=(
                ("Certificate", certificate.name),
                ("Profile", certificate.profile_name),
                ("Signed with key", certificate.issuer_key),
                ("Over key", certificate.key),
            ),
            acknowledge="Go to the review",
        )
    )
    room.record(Instructed(text=step.text), actor=room.actor.id)
    sign_certificate(room, certificate)
