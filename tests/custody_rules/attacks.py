"""What one custodian too few can try at the moment when a deed is due: each returns the approvals that it comes with.

The attacker has the program in hand: reads and changes what is in memory, and writes lines into the record. What they
do not have is the token, and the PIN, of another custodian.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ceremony.canonical import sha256_hex
from ceremony.custody.consent import approval_statement
from ceremony.engine.credentials import credential
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.transcript.chain import read_chain
from ceremony.transcript.kinds import (
    Approved,
    Deed,
    DiscardIntended,
    KeyAdopted,
    PersonLeft,
    PersonReturned,
    SignatureIntended,
)

Attack = Callable[[Any, list[Approved], "Before"], list[Approved]]
"""From the room, the true approvals of Agus and of Dewi, and what was approved before, to what counts as approved."""

TYPED = {"method": "typed", "credential_sha256": "", "algorithm": "", "signature": ""}


@dataclass
class Before:
    """True approvals that were given before: in the first attempt at this step, in earlier steps and ceremonies."""

    attempt: dict[str, list[Approved]] = field(default_factory=dict)
    steps: list[Approved] = field(default_factory=list)


def said_anew(room: Any, said: Approved, **changes: Any) -> Approved:
    """An approval written into the record once more, with the head of its new line."""

    def written(head: str) -> Approved:
        return in_words(room, said, chain_head=head, **changes)

    return Approved.model_validate(room.record(written, actor=str(changes.get("person", said.person))).data)


def signed_with(room: Any, holder: str, said: Approved, **changes: Any) -> Approved:
    """The same with a signature that fits every word of it, made with the holder's own token and PIN."""
    with credential(room, room.plan.people[holder], "") as own:
        room.approvals.certificates[holder] = own.der

        def written(head: str) -> Approved:
            how = {"chain_head": head, "credential_sha256": sha256_hex(own.der), **changes}
            new = in_words(room, said, **how)
            return new.model_copy(update={"signature": own.sign(new.said).hex()})

        return Approved.model_validate(room.record(written, actor=str(changes.get("person", said.person))).data)


def in_words(room: Any, said: Approved, **changes: Any) -> Approved:
    """A changed approval, with the sentence that goes with the change unless that is what changes."""
    new = said.model_copy(update=changes)
    person = room.plan.people[new.person]
    words = approval_statement(person, new.what, new.name, new.to_be_signed_sha256)
    return new.model_copy(update={"statement": changes.get("statement", words)})


# One of two --------------------------------------------------------------------------------------------------------


def nobody(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return []


def one_alone(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return true[:1]


# One who is counted as two -------------------------------------------------------------------------------------------


def one_person_twice(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], true[0]]


def one_person_signing_once_more(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], signed_with(room, "agus", true[0])]


def one_token_under_two_ids(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    """Agus signs in the name of Dewi, and the room is made to believe that his certificate is hers."""
    forged = signed_with(room, "agus", true[0], person="dewi")
    room.approvals.certificates["dewi"] = room.approvals.certificates["agus"]
    return [true[0], forged]


def the_digest_of_her_certificate(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    own = signed_with(room, "agus", true[0], person="dewi")
    return [true[0], said_anew(room, own, credential_sha256=true[1].credential_sha256)]


# Somebody else in the place of the second ----------------------------------------------------------------------------


def the_witness(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], signed_with(room, "siti", true[0], person="siti")]


def the_sealer(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], signed_with(room, "rini", true[0], person="rini")]


def a_custodian_who_did_not_come(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    """Bambang is at home, and left his token and PIN with Agus: who is not in the room approves nothing."""
    room.state.present["bambang"] = room.state.present["agus"]
    forged = signed_with(room, "bambang", true[0], person="bambang")
    del room.state.present["bambang"]
    return [true[0], forged]


def nobody_of_the_people(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], true[1].model_copy(update={"person": "mallory"})]


# A signature that is none --------------------------------------------------------------------------------------------


def typed_instead(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], said_anew(room, true[1], **TYPED)]


def signature_of_another_key(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    stranger = ec.generate_private_key(ec.SECP256R1())
    signature = stranger.sign(true[1].said, ec.ECDSA(hashes.SHA256()))
    return [true[0], true[1].model_copy(update={"signature": signature.hex()})]


def signature_of_the_first(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], true[1].model_copy(update={"signature": true[0].signature})]


def signature_given_at_another_line(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], said_anew(room, true[1])]


# Signed by her own key, over something else --------------------------------------------------------------------------


def with_other_words(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], signed_with(room, "dewi", true[1], statement="I am Dewi Lestari. I saw nothing to object to.")]


def with_the_words_of_the_first(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], signed_with(room, "dewi", true[1], statement=true[0].statement)]


def under_the_certificate_of_the_first(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], signed_with(room, "dewi", true[1], credential_sha256=true[0].credential_sha256)]


# What was approved another time --------------------------------------------------------------------------------------


def of_an_earlier_attempt(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], before.attempt[true[1].step][1]]


def of_an_earlier_attempt_made_this_one(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], said_anew(room, before.attempt[true[1].step][1], attempt=room.attempt)]


def of_an_earlier_step_or_ceremony(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    """Everything that Dewi ever approved, the same key among it."""
    return [true[0], *(said for said in before.steps if said.person == "dewi")]


def of_an_earlier_step_or_ceremony_made_this_one(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    here = true[1].model_dump(include={"ceremony_id", "step", "attempt", "what", "name", "plan_sha256"})
    old = [said for said in before.steps if said.person == "dewi"]
    return [true[0], *(said_anew(room, said, **here, to_be_signed_sha256=true[1].to_be_signed_sha256) for said in old)]


# What was approved of something else ---------------------------------------------------------------------------------


def of_other_bytes(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], signed_by_her_then_changed(true, to_be_signed_sha256="0" * 64)]


def of_another_name(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], signed_by_her_then_changed(true, name="another")]


def of_another_kind(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    what = "request" if true[1].what != "request" else "crl"
    return [true[0], signed_by_her_then_changed(true, what=what)]


def of_another_plan(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    return [true[0], signed_by_her_then_changed(true, plan_sha256="0" * 64)]


def signed_by_her_then_changed(true: list[Approved], **change: Any) -> Approved:
    return true[1].model_copy(update=change)


# Who went out --------------------------------------------------------------------------------------------------------


def one_who_left(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    room.record(PersonLeft(person="dewi", reason="A call."), actor="dewi")
    return true


def one_who_left_and_came_back(room: Any, true: list[Approved], before: Before) -> list[Approved]:
    """The room forgot what she approved when she went out; nothing brings it back."""
    room.record(PersonLeft(person="dewi", reason="A call."), actor="dewi")
    room.record(PersonReturned(person="dewi"), actor="dewi")
    return list(room.approvals.unspent)


ATTACKS: tuple[Attack, ...] = (
    nobody,
    one_alone,
    one_person_twice,
    one_person_signing_once_more,
    one_token_under_two_ids,
    the_digest_of_her_certificate,
    the_witness,
    the_sealer,
    a_custodian_who_did_not_come,
    nobody_of_the_people,
    typed_instead,
    signature_of_another_key,
    signature_of_the_first,
    signature_given_at_another_line,
    with_other_words,
    with_the_words_of_the_first,
    under_the_certificate_of_the_first,
    of_an_earlier_attempt,
    of_an_earlier_attempt_made_this_one,
    of_an_earlier_step_or_ceremony,
    of_an_earlier_step_or_ceremony_made_this_one,
    of_other_bytes,
    of_another_name,
    of_another_kind,
    of_another_plan,
    one_who_left,
    one_who_left_and_came_back,
)
"""Each is tried before each deed of two ceremonies."""


@dataclass
class Attacker:
    """Stands where a deed is announced. The first attempt at each step fails, so that there is something to replay."""

    patch: Any
    before: Before = field(default_factory=Before)
    codes: dict[tuple[str, str], str] = field(default_factory=dict)
    """By step and attack: why it was refused; `done` where it was not."""
    effects: list[tuple[str, str, bool]] = field(default_factory=list)
    """What a token was then asked for, at which step, and whether the record had announced just that before."""
    room: Any = None
    busy: bool = False

    def begin(self) -> None:
        """From now on."""
        from ceremony.engine.steps import backup, destruction
        from ceremony.token.session import Session

        record, sign = Room.record, Session.sign
        self.patch.setattr(Room, "record", lambda room, data, **rest: self.record(record, room, data, **rest))
        self.patch.setattr(Session, "sign", lambda *args: self.sign(sign, *args))
        for module, name in ((destruction, "destroy_key"), (backup, "wrap_for"), (backup, "lock")):
            self.patch.setattr(module, name, self.watched(name, getattr(module, name)))

    def record(self, original: Any, room: Any, data: Any, **rest: Any) -> Any:
        """A line is to be written; of a deed, every attack is tried first."""
        self.room = room
        if self.busy or not isinstance(data, Deed):
            return original(room, data, **rest)
        step, true = room.step.step.id, list(room.approvals.unspent)
        if step not in self.before.attempt:
            self.before.attempt[step] = true
            raise CeremonyError("Once more.", code="ONCE-MORE")
        self.busy = True
        try:
            for attack in ATTACKS:
                self.attack(original, room, data, attack, true)
            room.approvals.unspent = list(true)
            self.other_deeds(original, room, data, true)
            room.approvals.unspent = list(true)
            written = original(room, data, **rest)
            self.codes[step, "a second time"] = refusal(original, room, data)
        finally:
            self.busy = False
        self.before.steps += true
        return written

    def attack(self, original: Any, room: Any, deed: Any, attack: Attack, true: list[Approved]) -> None:
        """One attack; afterwards everything in memory is as it was."""
        ledger = room.approvals
        present, certificates = dict(room.state.present), dict(ledger.certificates)
        ledger.unspent = list(true)
        ledger.unspent = attack(room, true, self.before)
        self.codes[room.step.step.id, attack.__name__] = refusal(original, room, deed)
        room.state.present, ledger.certificates = present, certificates

    def other_deeds(self, original: Any, room: Any, deed: Any, true: list[Approved]) -> None:
        """What was approved serves no other bytes and no other deed; each of those needs approvals of its own."""
        step, digest = room.step.step.id, true[0].to_be_signed_sha256
        names = ("to_be_signed_sha256", "spki_sha256", "challenge")
        field_name = next(name for name in names if hasattr(deed, name))
        other = deed.model_copy(update={field_name: "0" * 64})
        self.codes[step, "other bytes"] = refusal(original, room, other)
        self.codes[step, "in another attempt"] = refusal(past_the_room(step, room.attempt + 1), room, deed)
        self.codes[step, "in another step"] = refusal(past_the_room("open", room.attempt), room, deed)
        self.codes[step, "between two steps"] = refusal(past_the_room("", 1), room, deed)
        self.codes[step, "other bytes, past the room"] = refusal(past_the_room(step, room.attempt), room, other)
        self.codes[step, "other bytes, when its line is due"] = refusal(original, room, lambda head: other)
        if isinstance(deed, SignatureIntended):
            self.unplanned(original, room, deed, true)
        adopted = KeyAdopted(key=true[0].name, key_id="00" * 16, spki_sha256=digest, label="SMALL", serial="1")
        discarded = DiscardIntended(key=true[0].name, key_id="00" * 16)
        for kind, said in (("key-adoption", adopted), ("key-discard", discarded)):
            of = digest if kind == "key-adoption" else sha256_hex(bytes(16))
            changes = {"what": kind, "to_be_signed_sha256": of}
            self.codes[step, f"{kind} by approvals of another deed"] = refusal(original, room, said)
            first = signed_with(room, "agus", true[0], **changes)
            self.codes[step, f"{kind} by one alone"] = refusal(original, room, said)
            room.approvals.unspent.append(first.model_copy(update={"person": "dewi"}))
            self.codes[step, f"{kind} by one for two"] = refusal(original, room, said)
            signed_with(room, "dewi", true[1], **changes)
            original(room, said)
            self.codes[step, f"{kind} a second time"] = refusal(original, room, said)

    def unplanned(self, original: Any, room: Any, deed: SignatureIntended, true: list[Approved]) -> None:
        """Both approve an object that the plan does not have: not of this kind, or not of this name."""
        kind = {"what": "crl" if deed.what != "crl" else "certificate"}
        for how, changes in (("of another kind", kind), ("of another name", {"name": "another"})):
            for said in true:
                signed_with(room, said.person, said, **changes)
            self.codes[room.step.step.id, how] = refusal(original, room, deed.model_copy(update=changes))

    def sign(self, original: Any, session: Any, key_id: bytes, algorithm: str, octets: bytes) -> bytes:
        """A signature by a token with the CA's keys stands after the line that announces these bytes and this key."""
        if session.token.label in ("SMALL", "VAULT"):
            last = read_chain(self.room.folder.record).entries[-1].data
            tried = sha256_hex(bytes.fromhex(getattr(last, "challenge", "")))
            digest = getattr(last, "to_be_signed_sha256", tried)
            proof = last.kind == "destruction-intended" and octets == bytes(32)  # of a key that is gone
            announced = digest == sha256_hex(octets) and getattr(last, "key_id", "") == key_id.hex()
            self.effects.append(("sign", self.room.step.step.id, not self.busy and (announced or proof)))
        return bytes(original(session, key_id, algorithm, octets))

    def watched(self, name: str, original: Any) -> Any:
        """A function that changes keys; before it, this attempt announced each key that it is given."""

        def call(session: Any, *args: Any) -> Any:
            here = (self.room.step.step.id, self.room.attempt)
            entries = read_chain(self.room.folder.record).entries
            mine = [entry.data for entry in entries if (entry.event.step, entry.event.attempt) == here]
            said = {data.key_id for data in mine if data.kind in ("backup-intended", "destruction-intended")}
            keys = args[-1] if isinstance(args[-1], list) else [args[-1]]
            self.effects.append((name, here[0], not self.busy and {key.hex() for key in keys} <= said))
            return original(session, *args)

        return call


def past_the_room(step: str, attempt: int) -> Any:
    """Writes straight into the record, as of this step and attempt."""
    return lambda room, data: room.journal.append(data, step=step, attempt=attempt)


def refusal(original: Any, room: Any, deed: Any) -> str:
    """The code with which the room refuses to announce a deed; `done` where it does not."""
    try:
        original(room, deed)
    except CeremonyError as error:
        return str(error.code)
    return "done"
