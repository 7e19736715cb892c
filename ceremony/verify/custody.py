"""PARK, BACKUP and RESTORE: what became of keys beside their use, and whether each second token was handled rightly."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.errors import CeremonyError
from ceremony.pki.signatures import verify_octets
from ceremony.policy.algorithms import SIGNATURES_OF_KEY
from ceremony.script import models
from ceremony.transcript import archive, kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds import Named
from ceremony.verify.approvals import approved_as
from ceremony.verify.evidence import CannotJudge, Evidence, line_of, octets_of
from ceremony.verify.key_approvals import (
    RecordedKey,
    approved,
    attempt_before,
    backups_before,
    by_enough,
    key_of,
    where_any,
)
from ceremony.verify.rule import Fault, Rule

CHALLENGE_OCTETS = 32

NEVER_AGAIN = {"extractable": "false"}
"""What a lock changes of what the token said of a key when it was made (PKCS#11 3.1, 4.9)."""

OF_RESTORED = {"local": "false", "always_sensitive": "false", "extractable": "false", "never_extractable": "false"}
"""What a key says of itself that was unwrapped and may never leave again (PKCS#11 3.1, 5.18.4)."""

ONLY_SIGNS = {"sensitive": "true", "sign": "true", "other_uses": "none"}

LOCK_ANSWERS = ("CKR_KEY_UNEXTRACTABLE", "CKR_KEY_NOT_WRAPPABLE")

HOW = {
    "transport_key": ("rsa-3072",),
    "wrapping_key": ("aes-256",),
    "wrapping_key_wrapped_with": ("CKM_RSA_PKCS_OAEP, SHA256", "CKM_RSA_PKCS_OAEP, SHA1"),
    "keys_wrapped_with": ("CKM_AES_KEY_WRAP_KWP", "CKM_AES_KEY_WRAP_PAD"),
}
"""The mechanisms by which a key may travel."""

EARLIER = {"wrapped": "in an earlier attempt"}


def _parked(evidence: Evidence) -> Iterator[Fault]:
    steps = {planned.step.id: planned.step for planned in evidence.plan.steps}
    for entry, data in evidence.of(kinds.KeyParked):
        step, where = steps.get(entry.event.step), line_of(entry)
        if isinstance(step, models.ParkKey) and data.reason != step.reason:
            yield Fault(f"Key {data.key} was parked for another reason than the script's.", where)
        if data.key_id != key_of(evidence, data.key).key_id:
            yield Fault(f"The parked key has another identifier than {data.key}.", where)
        said = [other for other in attempt_before(evidence, entry) if isinstance(other.data, kinds.Confirmed)]
        if not any(other.event.actor == entry.event.actor for other in said):
            yield Fault(f"Nobody stated that key {data.key} stays without a certificate.", where)


def _backup_announced(evidence: Evidence) -> Iterator[Fault]:
    done: set[str] = set()
    for entry, intent in evidence.of(kinds.BackupIntended):
        yield from _its_own(evidence, entry, intent.key, intent.key_id, intent.spki_sha256)
    for entry, data in evidence.of(kinds.KeyBackedUp):
        where = line_of(entry)
        yield from _its_own(evidence, entry, data.key, data.key_id, data.spki_sha256)
        said = (data.key, data.key_id, data.spki_sha256, data.label, data.serial)
        announced = {
            (other.data.key, other.data.key_id, other.data.spki_sha256, other.data.label, other.data.serial)
            for other in attempt_before(evidence, entry)
            if isinstance(other.data, kinds.BackupIntended)
        }
        if said not in announced:
            yield Fault(f"The backup of key {data.key} to {data.label} was not announced first.", where)
        if data.key in done or key_of(evidence, data.key).locked:
            yield Fault(f"Key {data.key} was backed up a second time, after it was locked.", where)
        done.add(data.key)
    for planned in evidence.due:
        if isinstance(planned.step, models.BackupKey):
            for name in sorted(set(planned.step.keys) - done):
                yield Fault(f"Key {name} was to be backed up in step {planned.number}, and was not.", archive.RECORD)


def _backup_approved(evidence: Evidence) -> Iterator[Fault]:
    for entry, intent in evidence.of(kinds.BackupIntended):
        yield from approved(evidence, entry, intent, key_of(evidence, intent.key))


def _locked(evidence: Evidence) -> Iterator[Fault]:
    for entry, data in evidence.of(kinds.KeyBackedUp):
        key, where = key_of(evidence, data.key), line_of(entry)
        profile = evidence.plan.policy.keys.get(key.profile)
        if profile is None or not profile.backup:
            yield Fault(f"The policy gives key {data.key} no backup.", where)
            continue
        yield from _said(data.locked, key.attributes | NEVER_AGAIN, f"Key {data.key} after its lock", where)
        mechanism = {item.name: item.value for item in data.restored}.get("key_gen_mechanism", "")
        wanted = {**key.attributes, **OF_RESTORED, **ONLY_SIGNS, "key_gen_mechanism": mechanism}
        yield from _said(data.restored, wanted, f"Key {data.key} on {data.label}", where)
        if mechanism not in ("not readable", key.attributes.get("key_gen_mechanism")):
            yield Fault(f"Key {data.key} on {data.label} was made otherwise than the original.", where)
        if data.lock_answer not in LOCK_ANSWERS:
            yield Fault(f"Key {data.key} was not shown to be locked: the token said {data.lock_answer}.", where)
        yield from _travelled(evidence, entry, data)
    locked = {data.key for _, data in evidence.of(kinds.KeyBackedUp)} | set(evidence.state.destroyed)
    for entry, made in evidence.of(kinds.KeyMade):
        profile = evidence.plan.policy.keys.get(made.profile)
        if evidence.ended_early and made.key in evidence.unlocked:
            continue  # LIMIT-UNLOCKED tells of it
        if profile is not None and profile.backup and made.key not in locked:
            yield Fault(
                f"Key {made.key} can leave its token: it was made for a backup and never locked.", line_of(entry)
            )


def _travelled(evidence: Evidence, entry: Entry, data: kinds.KeyBackedUp) -> Iterator[Fault]:
    """By mechanisms that are known to hold, or in an earlier attempt that the record tells of."""
    facts = [(item.name, item.value) for item in data.facts]
    if facts == list(EARLIER.items()):
        earlier = [
            other
            for other, intent in evidence.of(kinds.BackupIntended)
            if (other.event.step, intent.key, intent.label, intent.serial)
            == (entry.event.step, data.key, data.label, data.serial)
            and other.event.attempt < entry.event.attempt
        ]
        if not earlier:
            yield Fault(f"Key {data.key} was brought in no earlier attempt to {data.label}.", line_of(entry))
    elif [name for name, _ in facts] != list(HOW) or any(value not in HOW[name] for name, value in facts):
        yield Fault(f"Key {data.key} travelled by other means than a backup does.", line_of(entry))


def _restored(evidence: Evidence) -> Iterator[Fault]:
    challenges: set[str] = set()
    tested: set[tuple[str, str]] = set()
    for entry, data in evidence.of(kinds.RestoreTested):
        key, where = key_of(evidence, data.key), line_of(entry)
        tested.add((entry.event.step, data.key))
        if data.key_id != key.key_id:
            yield Fault(f"The tested key has another identifier than {data.key}.", where)
        held = backups_before(evidence, key, entry.event.seq)
        # a token that stands in for another has its serial number from nowhere
        stand_in = evidence.opened.stand_in and (data.label, "") in held
        if (data.label, data.serial) not in held and not stand_in:
            yield Fault(f"Token {data.label}, serial {data.serial}, holds no backup of {data.key} on record.", where)
        algorithm = SIGNATURES_OF_KEY[key.algorithm][0]
        octets = octets_of(data.challenge)
        said = data.model_dump(exclude={"signature"})
        if said not in [
            other.data.model_dump(exclude={"drawn"})
            for other in attempt_before(evidence, entry)
            if isinstance(other.data, kinds.RestoreTestIntended)
        ]:
            yield Fault(f"The challenge for key {data.key} was not announced before it was signed.", where)
        if len(octets) != CHALLENGE_OCTETS or data.challenge in challenges:
            yield Fault(f"The challenge for key {data.key} is not a fresh one of {CHALLENGE_OCTETS} octets.", where)
        challenges.add(data.challenge)
        if data.algorithm != algorithm:
            yield Fault(f"Key {data.key} signed its challenge with another algorithm than {algorithm}.", where)
            continue
        try:
            verify_octets(algorithm, octets, octets_of(data.signature), key.spki)
        except CeremonyError:
            yield Fault(f"The recorded public key of {data.key} does not verify what {data.label} signed.", where)
    for planned in evidence.due:
        if isinstance(planned.step, models.RestoreTest):
            for name in planned.step.keys:
                if (planned.step.id, name) not in tested:
                    yield Fault(f"The backup of {name} was not tested in step {planned.number}.", archive.RECORD)


def _restore_approved(evidence: Evidence) -> Iterator[Fault]:
    for entry, intent in evidence.of(kinds.RestoreTestIntended):
        digest = approved_as(intent).sha256
        reviews = [
            other.event.seq
            for other in evidence.lines.leading_to(entry)
            if isinstance(other.data, kinds.Reviewed)
            and (other.data.name, other.data.sha256, other.data.unequal) == (intent.key, digest, 0)
        ]
        if not reviews:
            yield Fault(f"The challenge for key {intent.key} was not reviewed before.", line_of(entry))
            continue
        yield from by_enough(evidence, entry, intent, since=reviews[-1])


def _its_own(evidence: Evidence, entry: Entry, name: str, key_id: str, digest: str) -> Iterator[Fault]:
    key: RecordedKey = key_of(evidence, name)
    if (key_id, digest) != (key.key_id, key.spki_sha256):
        yield Fault(f"{entry.event.kind} names another key under the name {name}.", line_of(entry))


def _said(said: tuple[Named, ...], wanted: dict[str, str], what: str, where: str) -> Iterator[Fault]:
    found = {item.name: item.value for item in said}
    if len(found) != len(said):
        raise CannotJudge(f"{what}: an attribute is recorded twice")
    for name in sorted(found.keys() | wanted.keys()):
        if found.get(name) != wanted.get(name):
            told = found.get(name, "nothing")
            yield Fault(f"{what}: {name} must be {wanted.get(name, 'left out')}; the token said {told}.", where)


RULES = (
    Rule(
        "PARK-KEY",
        where_any(
            kinds.KeyParked, "Each parked key was said to be so, for the script's reason.", "No key was parked here."
        ),
        _parked,
    ),
    Rule(
        "BACKUP-INTENT",
        where_any(
            kinds.KeyBackedUp,
            "Each backup was planned, announced first, and made once, of the recorded key.",
            "No key was backed up here, and none was to be.",
        ),
        _backup_announced,
    ),
    Rule(
        "BACKUP-APPROVED",
        where_any(
            kinds.KeyBackedUp,
            "Each backup was reviewed, and approved by the key's digest, by as many as the script needs.",
            "No backup was begun here without approval.",
        ),
        _backup_approved,
    ),
    Rule(
        "BACKUP-LOCKED",
        where_any(
            kinds.KeyBackedUp,
            "Each key that could leave its token was locked after its backup, and its copy cannot leave its own.",
            "No key was made here that can leave its token.",
        ),
        _locked,
    ),
    Rule(
        "RESTORE-TEST",
        where_any(
            kinds.RestoreTested,
            "Each test of a backup is a signature over a fresh challenge that the recorded public key verifies.",
            "No backup was tested here, and none was to be.",
        ),
        _restored,
    ),
    Rule(
        "RESTORE-APPROVED",
        where_any(
            kinds.RestoreTested,
            "Each challenge was approved by its digest, by as many as the script needs, before a backup signed it.",
            "No backup signed anything here without approval.",
        ),
        _restore_approved,
    ),
)
