"""The gate: approvals that nothing was done with yet, and whether a deed is approved before its line is written.

No deed is done without its line, and the journal asks here before it writes one, whoever hands it over. Nothing that a
caller says is believed: an approval counts where the record of this ceremony holds it, at the place that it names,
while who gave it stays in the room, by enough people, each themselves, for exactly this, and once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from ceremony.canonical import sha256_hex
from ceremony.custody.consent import approval_statement
from ceremony.errors import CeremonyError
from ceremony.pki.credential import spki_of, why_unfit
from ceremony.pki.der import DerError
from ceremony.pki.signatures import verify_octets
from ceremony.script.plan import Plan, PlannedStep
from ceremony.script.quorum import must_sign, needed_approvals, who_may_approve
from ceremony.transcript.event import Event
from ceremony.transcript.kinds import (
    Approved,
    BackupIntended,
    Deed,
    DestructionIntended,
    DiscardIntended,
    EventData,
    KeyAdopted,
    PersonLeft,
    RestoreTestIntended,
    SignatureIntended,
    StepBegun,
    approved_as,
)


@dataclass(slots=True)
class ApprovalLedger:
    """What was approved in one ceremony and not yet done. It reads no clock, no token and no file."""

    plan: Plan
    ceremony_id: str
    unspent: list[Approved] = field(default_factory=list)
    """Approvals of the attempt under way that nothing was done with yet: each serves once."""
    certificates: dict[str, bytes] = field(default_factory=dict)
    """The certificates (DER) of those who spoke with a key of their own, by person."""

    def hear(self, event: Event, data: EventData) -> None:
        """Take in a line just written. Lines from before an interruption are not told: they approve nothing."""
        if isinstance(data, Deed):  # what was approved is about to be done: those approvals serve nothing else
            done = approved_as(data).sha256
            self.unspent = [item for item in self.unspent if item.to_be_signed_sha256 != done]
        elif isinstance(data, Approved) and data.chain_head == event.prev:
            self.unspent.append(data)
        elif isinstance(data, StepBegun):
            self.unspent = []  # what was approved in one attempt serves no other
        elif isinstance(data, PersonLeft):  # who goes out takes their approvals along
            self.unspent = [item for item in self.unspent if item.person != data.person]

    def require(self, deed: Deed, step: str, attempt: int, present: Collection[str], at: datetime) -> None:
        """Raises CeremonyError (APPROVAL-DIGEST) unless as many different people as are needed approved exactly this.

        `step` and `attempt` are those of the deed's line, `present` the ids of those in the room, `at` is the agreed
        clock (UTC).
        """
        planned = next((each for each in self.plan.steps if each.step.id == step), None)
        wanted = approved_as(deed)
        if planned is None or not self._planned(deed, planned):
            raise _refusal(deed, f"The plan has nothing of the kind in step {step or '(none)'}.")
        acting = {person.id for person in who_may_approve(self.plan, planned)}
        valid = {
            said.person
            for said in self.unspent
            if wanted.fits(said)
            and (said.ceremony_id, said.plan_sha256) == (self.ceremony_id, self.plan.sha256)
            and (said.step, said.attempt) == (step, attempt)
            and said.person in acting
            and said.person in present
            and said.statement == self._sentence(said)
            and self._binds(said, at)
        }
        # one key counts once, whatever two certificates over it say
        signed = [spki_of(self.certificates[person]) for person in valid if person in self.certificates]
        alone = len(valid) - len(signed) + len(set(signed))
        needed = needed_approvals(self.plan, planned)
        if alone < needed:
            raise _refusal(deed, f"{alone} of {needed} approvals fit SHA-256 {wanted.sha256}.")

    def _planned(self, deed: Deed, planned: PlannedStep) -> bool:
        """Whether a signature is one of the step's; which keys a step may touch is told by its own checks."""
        if not isinstance(deed, SignatureIntended):
            return True
        objects = self.plan.objects.get(planned.step.id, ())
        return (deed.what, deed.name) in {(item.what, item.name) for item in objects}

    def _sentence(self, said: Approved) -> str:
        """What the person had to have before their eyes."""
        return approval_statement(self.plan.people[said.person], said.what, said.name, said.to_be_signed_sha256)

    def _binds(self, said: Approved, at: datetime) -> bool:
        """Whether an approval is signed by the person's own key, where it must be."""
        person = self.plan.people[said.person]
        if said.method == "typed":
            return not must_sign(self.plan, person)
        certificate = self.certificates.get(said.person)
        if certificate is None or sha256_hex(certificate) != said.credential_sha256:
            return False
        if self.plan.mode == "production" and (
            person.credential is None
            or person.credential.certificate_sha256 != said.credential_sha256
            or why_unfit(certificate, at, person.certified_name)
        ):
            return False
        try:
            signature = bytes.fromhex(said.signature)
            verify_octets(said.algorithm, said.said, signature, spki_of(certificate))  # type: ignore[arg-type]  # another word is refused with the rest
        except (CeremonyError, DerError, KeyError, ValueError):
            return False
        return True


def _refusal(deed: Deed, detail: str) -> CeremonyError:
    return CeremonyError(
        "These bytes are not approved.",
        detail=detail,
        not_done=_not_done(deed),
        next_step="Review the bytes again, and approve them.",
        code="APPROVAL-DIGEST",
    )


def _not_done(deed: Deed) -> str:
    match deed:
        case SignatureIntended(name=name):
            return f"{name} was not signed."
        case BackupIntended():
            return "No key was wrapped."
        case DestructionIntended():
            return "Nothing was destroyed."
        case RestoreTestIntended(key=key):
            return f"The backup of {key} signed nothing."
        case KeyAdopted():
            return "The key was not adopted. It is on the token, and nothing was signed with it."
        case DiscardIntended():
            return "Nothing was destroyed. What was left of the key is on the token, and unused."
        case _:
            assert_never(deed)
