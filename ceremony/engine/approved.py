"""Whether what is about to be done was approved: by enough people, each themselves, here and now, and for nothing else.

Nothing that a caller hands over is believed: an approval counts where the record of this ceremony holds it, at the
place that it names, and where nothing was done with it yet.
"""

from __future__ import annotations

from collections.abc import Sequence

from ceremony.canonical import sha256_hex
from ceremony.engine.approval import ApprovedKind, must_sign
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.pki.credential import spki_of, why_unfit
from ceremony.pki.der import DerError
from ceremony.pki.signatures import verify_octets
from ceremony.transcript.kinds import Approved


def require_approvals(
    room: Room,
    kind: ApprovedKind,
    name: str,
    digest: str,
    approvals: Sequence[Approved],
    *,
    needed: int,
    not_done: str,
) -> None:
    """Raises CeremonyError (APPROVAL-DIGEST) unless `needed` different people approved exactly this, here and now."""
    acting = {person.id for person in room.step.actors}
    valid = {
        approval.person
        for approval in approvals
        if (approval.what, approval.name, approval.to_be_signed_sha256) == (kind, name, digest)
        and approval.ceremony_id == room.ceremony_id
        and approval.plan_sha256 == room.plan.sha256
        and approval.step == room.step.step.id
        and approval.attempt == room.attempt
        and approval.person in acting
        and approval.person in room.state.present
        and approval in room.approvals
        and _binds(room, approval)
    }
    signed = [spki_of(room.credentials[person]) for person in valid if person in room.credentials]
    alone = len(valid) - len(signed) + len(set(signed))  # one key counts once, whatever two certificates over it say
    if needed < 1 or alone < needed:
        raise CeremonyError(
            "These bytes are not approved.",
            detail=f"{alone} of {needed} approvals fit SHA-256 {digest}.",
            not_done=not_done,
            next_step="Review the bytes again, and approve them.",
            code="APPROVAL-DIGEST",
        )


def _binds(room: Room, approval: Approved) -> bool:
    """Whether an approval is signed by the person's own key, where it must be."""
    person = room.plan.people[approval.person]
    if approval.method == "typed":
        return not must_sign(room, person)
    certificate = room.credentials.get(approval.person)
    if certificate is None or sha256_hex(certificate) != approval.credential_sha256:
        return False
    if room.plan.mode == "production" and (
        person.credential is None
        or person.credential.certificate_sha256 != approval.credential_sha256
        or why_unfit(certificate, room.clock.utc())
    ):
        return False
    try:
        signature = bytes.fromhex(approval.signature)
        verify_octets(approval.algorithm, approval.statement, signature, spki_of(certificate))  # type: ignore[arg-type]  # another word is refused with the rest
    except (CeremonyError, DerError, KeyError, ValueError):
        return False
    return True
