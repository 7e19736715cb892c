"""Whether a deed was approved: by enough people, each themselves, here and now, for exactly this and nothing else.

The room asks before it writes the line that announces a deed (`Room.record`), and no deed is done without its line.
Nothing that a caller hands over is believed: an approval counts where the record of this ceremony holds it, at the
place that it names, while who gave it stays in the room, and where nothing was done with it yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from ceremony.canonical import sha256_hex
from ceremony.custody.consent import approval_statement
from ceremony.engine.own_words import must_sign
from ceremony.engine.room import Deed, Room
from ceremony.errors import CeremonyError
from ceremony.pki.credential import spki_of, why_unfit
from ceremony.pki.der import DerError
from ceremony.pki.signatures import verify_octets
from ceremony.script.quorum import needed_approvals, who_may_approve
from ceremony.transcript.kinds import (
    Approved,
    ApprovedKind,
    BackupIntended,
    DestructionIntended,
    DiscardIntended,
    KeyAdopted,
    RestoreTestIntended,
    SignatureIntended,
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What an approval of a deed must be of."""

    kind: ApprovedKind | None
    """None where the plan has no such thing in this step: nothing can approve it."""
    name: str
    digest: str
    not_done: str


def require_approvals(room: Room, deed: Deed) -> None:
    """Raises CeremonyError (APPROVAL-DIGEST) unless as many different people as are needed approved exactly this."""
    wanted = _wanted(room, deed)
    acting = {person.id for person in who_may_approve(room.plan, room.step)}
    valid = {
        approval.person
        for approval in room.approvals
        if (approval.what, approval.name, approval.to_be_signed_sha256) == (wanted.kind, wanted.name, wanted.digest)
        and approval.ceremony_id == room.ceremony_id
        and approval.plan_sha256 == room.plan.sha256
        and approval.step == room.step.step.id
        and approval.attempt == room.attempt
        and approval.person in acting
        and approval.person in room.state.present
        and approval.statement == _sentence(room, approval)
        and _binds(room, approval)
    }
    signed = [spki_of(room.credentials[person]) for person in valid if person in room.credentials]
    alone = len(valid) - len(signed) + len(set(signed))  # one key counts once, whatever two certificates over it say
    needed = needed_approvals(room.plan, room.step)
    if alone < needed:
        raise CeremonyError(
            "These bytes are not approved.",
            detail=f"{alone} of {needed} approvals fit SHA-256 {wanted.digest}.",
            not_done=wanted.not_done,
            next_step="Review the bytes again, and approve them.",
            code="APPROVAL-DIGEST",
        )


def _sentence(room: Room, approval: Approved) -> str:
    """What the person had to have before their eyes."""
    person = room.plan.people[approval.person]
    return approval_statement(person, approval.what, approval.name, approval.to_be_signed_sha256)


def _wanted(room: Room, deed: Deed) -> _Wanted:
    match deed:
        case SignatureIntended(name=name):
            planned = room.plan.objects.get(room.step.step.id, ())
            kind = next((item.what for item in planned if item.name == name), None)
            return _Wanted(kind, name, deed.to_be_signed_sha256, f"{name} was not signed.")
        case BackupIntended():
            return _Wanted("key-backup", deed.key, deed.spki_sha256, "No key was wrapped.")
        case DestructionIntended():
            return _Wanted("key-destruction", deed.key, deed.spki_sha256, "Nothing was destroyed.")
        case RestoreTestIntended():
            digest = sha256_hex(bytes.fromhex(deed.challenge))
            return _Wanted("restore-test", deed.key, digest, f"The backup of {deed.key} signed nothing.")
        case KeyAdopted():
            not_done = "The key was not adopted. It is on the token, and nothing was signed with it."
            return _Wanted("key-adoption", deed.key, deed.spki_sha256, not_done)
        case DiscardIntended():
            not_done = "Nothing was destroyed. What was left of the key is on the token, and unused."
            return _Wanted("key-discard", deed.key, sha256_hex(bytes.fromhex(deed.key_id)), not_done)


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
        verify_octets(approval.algorithm, approval.said, signature, spki_of(certificate))  # type: ignore[arg-type]  # another word is refused with the rest
    except (CeremonyError, DerError, KeyError, ValueError):
        return False
    return True
