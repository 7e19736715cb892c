"""KEY: every key was planned, announced, made once, read back as the policy wants, is sound, and was used."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ceremony.canonical import sha256_hex
from ceremony.pki.keys import check_public_key, key_algorithm
from ceremony.script import models
from ceremony.transcript import archive, kinds
from ceremony.verify.evidence import CannotJudge, Evidence, line_of, octets_of
from ceremony.verify.rule import Fault, Rule
from ceremony.verify.watched import held

UNTIL_LOCKED = {"extractable": "true", "never_extractable": "false"}
"""What a key says of itself that waits for its backup; BACKUP-LOCKED says that it was locked after it."""

NOT_READABLE = "not readable"
"""What the record has of an attribute that a token keeps to itself."""

MECHANISM = "key_gen_mechanism"
"""Read back beside what the policy wants; some tokens do not say."""

MECHANISMS = {
    "rsa": ("RSA_PKCS_KEY_PAIR_GEN", "RSA_X9_31_KEY_PAIR_GEN"),
    "p": ("EC_KEY_PAIR_GEN", "ECDSA_KEY_PAIR_GEN", "EC_KEY_PAIR_GEN_W_EXTRA_BITS"),
    "ed25519": ("EC_EDWARDS_KEY_PAIR_GEN",),
    "ml": ("ML_DSA_KEY_PAIR_GEN",),
}
"""By which a key of each family can be made, without CKM_ (PKCS#11 3.2), by what its algorithm's name begins with."""


def _planned(evidence: Evidence) -> Iterator[Fault]:
    wanted = {
        planned.step.key: (planned.step.id, planned.step.profile, evidence.plan.key_profile(planned.step.profile))
        for planned in evidence.plan.steps
        if isinstance(planned.step, models.GenerateKey)
    }
    made: set[str] = set()
    for entry, data in evidence.of(kinds.KeyMade):
        if data.key in made:
            yield Fault(f"Key {data.key} was made twice.", line_of(entry))
        made.add(data.key)
        if data.key not in wanted:
            yield Fault(f"Key {data.key} is not in the plan.", line_of(entry))
            continue
        step, name, profile = wanted[data.key]
        if (entry.event.step, data.profile, data.algorithm) != (step, name, profile.algorithm):
            yield Fault(f"Key {data.key} was not made as the plan says ({profile.algorithm}, {name}).", line_of(entry))
    due = {planned.step.id for planned in evidence.due}
    for key in (key for key, (step, _, _) in wanted.items() if key not in made and step in due):
        yield Fault(f"Key {key} was planned and not made.", archive.RECORD)


def _announced(evidence: Evidence) -> Iterator[Fault]:
    intents: dict[tuple[str, int, str], kinds.KeyIntended] = {}
    adopted: dict[tuple[str, int, str], str] = {}
    ids: set[str] = set()
    for entry in evidence.chain.entries:
        data = entry.data
        if isinstance(data, kinds.KeyIntended):
            if data.key_id in ids:
                yield Fault(f"The identifier {data.key_id} was announced for two keys.", line_of(entry))
            ids.add(data.key_id)
            intents[entry.event.step, entry.event.attempt, data.key] = data
        elif isinstance(data, kinds.KeyAdopted):
            adopted[entry.event.step, entry.event.attempt, data.key] = data.key_id
        elif isinstance(data, kinds.KeyMade):
            place = (entry.event.step, entry.event.attempt, data.key)
            intent = intents.pop(place, None)
            if intent is None and place in adopted:  # announced by the attempt that was cut short
                earlier = (item for item in intents.values() if item.key_id == adopted[place])
                intent = next(earlier, None)
            if intent is None:
                yield Fault(f"Key {data.key} was made without being announced first.", line_of(entry))
            elif (intent.key_id, intent.algorithm, intent.profile) != (data.key_id, data.algorithm, data.profile):
                yield Fault(f"Key {data.key} is not the key that was announced.", line_of(entry))


def _sound(evidence: Evidence) -> Iterator[Fault]:
    # of more than were planned only the first surplus one, as of signatures: COUNT-DECLARED tells of the rest
    for entry, data in islice(evidence.of(kinds.KeyMade), evidence.plan.key_generations + 1):
        where = line_of(entry)
        try:
            spki = octets_of(data.spki)
        except CannotJudge as reason:
            yield Fault(f"The public key of {data.key} cannot be read: {reason}.", where)
            continue
        if sha256_hex(spki) != data.spki_sha256:
            yield Fault(f"The recorded SHA-256 of the public key {data.key} is not that key's.", where)
        if key_algorithm(spki) != data.algorithm:
            yield Fault(f"The public key of {data.key} is not a {data.algorithm} key.", where)
        for finding in check_public_key(spki, data.key):
            if finding.severity.blocks:
                yield Fault(f"Key {data.key}: {finding.message} ({finding.rule})", where)


def _attributes(evidence: Evidence) -> Iterator[Fault]:
    yield from held("KEY-ATTRIBUTES")(evidence)
    for entry, data in evidence.of(kinds.KeyMade):
        profile = evidence.plan.policy.keys.get(data.profile)
        if profile is None:
            yield Fault(f"The policy has no key profile {data.profile}.", line_of(entry))
            continue
        found = {item.name: item.value for item in data.attributes}
        wanted = {name: "true" if value else "false" for name, value in profile.attributes.model_dump().items()}
        if profile.backup:
            wanted |= UNTIL_LOCKED
        wanted |= {"sign": "true", "other_uses": "none"}
        made_by = MECHANISMS[profile.algorithm.partition("-")[0]]
        if found.get(MECHANISM) not in (NOT_READABLE, *made_by):
            yield Fault(f"Key {data.key}: no {data.algorithm} key is made by {found.get(MECHANISM)}.", line_of(entry))
        for name, value in wanted.items():
            said = found.get(name, "nothing")
            if said != value:
                yield Fault(f"Key {data.key}: the policy wants {name} {value}; the token said {said}.", line_of(entry))


def _used(evidence: Evidence) -> Iterator[Fault]:
    used = {getattr(signing.last(kinds.ObjectBuilt)[1], "key", "") for signing in evidence.signings}
    used |= {signing.last(kinds.ObjectBuilt)[1].signer_key for signing in evidence.signings}
    parked = {data.key for _, data in evidence.of(kinds.KeyParked)}
    if evidence.ended_early:
        return  # the steps that use it were not reached; the verdict names what was made
    for entry, data in evidence.of(kinds.KeyMade):
        if data.key not in used | parked:
            yield Fault(f"Key {data.key} was made, and neither certified nor parked.", line_of(entry))


RULES = (
    Rule(
        "KEY-PLANNED",
        lambda e: f"Each of the {len(e.keys)} keys was planned, and made once, in its own step.",
        _planned,
    ),
    Rule("KEY-INTENT", "Each key was announced with its identifier before it was made.", _announced),
    Rule("KEY-SOUND", "Each recorded public key is sound, of the planned kind, and has the recorded SHA-256.", _sound),
    Rule(
        "KEY-ATTRIBUTES",
        "The token said of each private key what the policy wants, and that it can only sign.",
        _attributes,
    ),
    Rule(
        "KEY-USED",
        lambda e: (
            "It ended early: what use its keys have is not asked."
            if e.ended_early
            else "Each key was certified in this ceremony, or parked on purpose."
        ),
        _used,
    ),
)
