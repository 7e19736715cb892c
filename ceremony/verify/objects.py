"""TBS: every signed byte is worked out again from the policy and the recorded holes, and every signature checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.pki.signatures import verify_signature
from ceremony.plain_files import digest_of
from ceremony.script.objects.base import SignedObject
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds import What
from ceremony.verify.evidence import CannotJudge, Evidence, Signing, line_of, octets_of
from ceremony.verify.replay import Replay, Replayed
from ceremony.verify.rule import Fault, Rule

WORDS: dict[What, str] = {
    "certificate": "certificate",
    "crl": "CRL",
    "request": "request",
    "ocsp-response": "OCSP response",
}
"""What people call each kind of object in the middle of a sentence."""

BYTES = {"sha256", "size"}
"""The fields of what was built that TBS-BYTES is about."""


def each(judge: Callable[[Evidence, Signing], Iterator[Fault]]) -> Callable[[Evidence], Iterator[Fault]]:
    """A rule over every signature of the record; what cannot be judged of one is a fault of that one."""

    def faults(evidence: Evidence) -> Iterator[Fault]:
        for signing in evidence.signings:
            try:
                yield from judge(evidence, signing)
            except CannotJudge as reason:
                yield Fault(f"{signing.data.name}: {reason}.", line_of(signing.signed))
            except CeremonyError as error:
                said = f"{error.headline} {error.detail}".strip()
                yield Fault(f"{signing.data.name}: {said}", error.where or line_of(signing.signed))

    return faults


def each_object(judge: Callable[[Evidence, Replayed], Iterator[Fault]]) -> Callable[[Evidence], Iterator[Fault]]:
    """The same over the objects, made again."""
    return each(lambda evidence, signing: judge(evidence, evidence.once(Replay).of(signing)))


def _plan(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    del evidence
    signing = made.signing
    entry, built = signing.last(kinds.ObjectBuilt)
    recorded, wanted = built.model_dump(), made.item.built().model_dump()
    for field, value in wanted.items():
        if field not in BYTES and recorded[field] != value:
            what = field.replace("_", " ")
            said = f"{made.item.name}: the {what} is {_said(recorded[field])}; plan and record make {_said(value)}."
            yield Fault(said, line_of(entry))
    if (signing.data.what, signing.data.name) != (made.item.what, made.item.name):
        yield Fault(f"{signing.data.what} {signing.data.name} was signed; {made.item.name} was planned.", _at(made))


def _bytes(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    del evidence
    signing, again = made.signing, made.item.to_be_signed
    entry, built = signing.last(kinds.ObjectBuilt)
    if (again.sha256, len(again.octets)) != (built.sha256, built.size):
        yield Fault(
            f"{made.item.name}: the policy and the recorded values do not give the bytes that were reviewed and "
            "approved.",
            line_of(entry),
        )
    intent, intended = signing.last(kinds.SignatureIntended)
    for place, digest in ((intent, intended.to_be_signed_sha256), (signing.signed, signing.data.to_be_signed_sha256)):
        if digest != built.sha256:
            yield Fault(f"{made.item.name}: other bytes were signed than were built.", line_of(place))


def _signature(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    del evidence
    try:
        verify_signature(made.item.to_be_signed, octets_of(made.signing.data.signature), made.item.signer_spki)
    except CeremonyError as error:
        yield Fault(f"{made.item.name}: {error.headline} {error.detail}".strip(), _at(made))


def _artefact(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    """The first file is the object itself, in DER."""
    name, signing = made.item.name, made.signing
    if sha256_hex(made.octets) != signing.data.artefact_sha256:
        yield Fault(f"{name}: the record's SHA-256 is not that of the {WORDS[made.item.what]}.", _at(made))
    if evidence.left_unwritten(signing):
        return
    files = made.item.files(made.octets)
    path, wanted = files[0]
    found = evidence.digest(path)
    if found is None:
        yield Fault(f"{path} is missing, or is not a plain file.", path)
    elif found != digest_of(wanted):
        octets = evidence.needed(path)
        pairs = zip(octets, wanted, strict=False)
        at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(octets), len(wanted)))
        yield Fault(f"{path} is not the {WORDS[made.item.what]} that was signed: it differs from octet {at} on.", path)
    # where the medium failed, the files were written by a later attempt of the same step
    step, seq = signing.signed.event.step, signing.signed.event.seq
    written = {
        file.path
        for entry, data in evidence.of(kinds.ArtefactsWritten)
        if entry.event.step == step and entry.event.seq > seq
        for file in data.files
    }
    for path, _ in files:
        if path not in written:
            yield Fault(f"The record does not say that {path} was written.", _at(made))


def _texts(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    for path, wanted in () if evidence.left_unwritten(made.signing) else made.item.files(made.octets)[1:]:
        found = evidence.digest(path)
        if found is None:
            yield Fault(f"{path} is missing, or is not a plain file.", path)
        elif found != digest_of(wanted):
            line = _first_difference(evidence.needed(path), wanted)
            said = f"{path} does not show the {WORDS[made.item.what]} that was signed: line {line} differs."
            yield Fault(said, f"{path}:{line}")


def _review(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    """The review once more: the second parser's reading of the bytes against what the policy wants."""
    del evidence
    entry, reviewed = made.signing.last(kinds.Reviewed)
    for row in made.item.rows():
        if not row.equal:
            yield Fault(f"{made.item.name}: {row.name} should be {row.wanted}; the bytes say {row.found}.")
    yield from _rows(made.item, entry, reviewed)


def _given_up(evidence: Evidence) -> Iterator[Fault]:
    """What was built and not signed is told as it was, too: people saw it, and chose to give it up."""
    for made in evidence.once(Replay).given_up:
        where, built = line_of(made.built), made.built.data
        if not isinstance(made.item, SignedObject):
            yield Fault(f"What was built here cannot be made again: {made.item}.", where)
            continue
        if built != made.item.built():
            yield Fault(f"{made.item.name} was built here otherwise than plan and record make it.", where)
        for entry in made.after:
            if isinstance(entry.data, kinds.Reviewed):
                yield from _rows(made.item, entry, entry.data)


def _rows(item: SignedObject, entry: Entry, reviewed: kinds.Reviewed) -> Iterator[Fault]:
    unequal = sum(not row.equal for row in item.rows())
    if reviewed.unequal != unequal:
        said = f"in review {reviewed.unequal} fields differed"
        yield Fault(f"{item.name}: {said}; of what was built {unequal} differ.", line_of(entry))


def _at(made: Replayed) -> str:
    return line_of(made.signing.signed)


def _said(value: object) -> str:
    """A value of an event as people read it."""
    text = ", ".join(map(_said, value)) if isinstance(value, tuple | list) else str(value)
    if isinstance(value, dict):
        text = " ".join(str(item) for item in value.values() if item != "")
    text = text or "nothing"
    return text if len(text) <= 120 else f"{text[:117]}..."


def _first_difference(found: bytes, wanted: bytes) -> int:
    pairs = zip(found.split(b"\n"), wanted.split(b"\n"), strict=False)
    shorter = min(found.count(b"\n"), wanted.count(b"\n")) + 1
    return next((number for number, (a, b) in enumerate(pairs, start=1) if a != b), shorter)


RULES = (
    Rule(
        "TBS-PLAN",
        "Each object was built for the planned profile, issuer and keys, with the recorded values.",
        each_object(_plan),
    ),
    Rule(
        "TBS-BYTES",
        lambda e: (
            f"Each of {len(e.signings)} signed objects, built again from policy and record, has "
            "exactly the bytes that were approved."
        ),
        each_object(_bytes),
    ),
    Rule(
        "TBS-SIGNATURE",
        "Each signature over those bytes was made by the signer's recorded key.",
        each_object(_signature),
    ),
    Rule("TBS-ARTEFACT", "Each artefact file holds exactly those bytes and that signature.", each_object(_artefact)),
    Rule("TBS-TEXT", "Each PEM and text file shows exactly that artefact.", each_object(_texts)),
    Rule(
        "TBS-REVIEW",
        "A second parser reads in those bytes, field by field, what the policy wants.",
        each_object(_review),
    ),
    Rule(
        "TBS-GIVEN-UP", "What was built and given up was what plan and record make, and was shown as it was.", _given_up
    ),
)
