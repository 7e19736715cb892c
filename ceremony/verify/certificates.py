"""TBS: every signed byte is worked out again from the policy and the recorded holes, and every signature checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.pki.certificate import (
    Holes,
    assemble,
    build_certificate,
    validity_period,
    verify_signature,
)
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.script.judging import Neighbour, with_neighbours
from ceremony.transcript import kinds
from ceremony.verify.evidence import CannotJudge, Evidence, Signing, line_of, moment, number_of, octets_of
from ceremony.verify.rule import Fault, Rule

NEAR = timedelta(days=1)
"""BR-C2, BR-C17: notBefore lies within a day before the signature."""


def rebuilt(evidence: Evidence, signing: Signing) -> tuple[Holes, ToBeSigned]:
    """The holes as the record fills them, and the bytes that they give. Raises CannotJudge or CeremonyError."""
    known = evidence.rebuilt.get(signing.signed.event.seq)
    if known is not None:
        return known
    planned = evidence.planned(signing.signed.event.step)
    _, built = signing.last(kinds.BytesBuilt)
    holes = Holes(
        spki=_spki(evidence, planned.key),
        issuer_spki=_spki(evidence, planned.issuer_key),
        serial_number=number_of(built.serial),
        not_before=moment(built.not_before),
        not_after=moment(built.not_after),
    )
    before = neighbours(evidence, signing)
    issuer = next((item.octets for item in before if item.name == planned.issuer_name), None)
    holes = with_neighbours(holes, planned.key, issuer, before)
    bytes_again = build_certificate(planned.profile, planned.issuer_profile, holes, practice=evidence.practice)
    evidence.rebuilt[signing.signed.event.seq] = holes, bytes_again
    return holes, bytes_again


def neighbours(evidence: Evidence, signing: Signing) -> list[Neighbour]:
    """The certificates that were signed before this one, in order. Raises CannotJudge or CeremonyError."""
    return [
        Neighbour(item.data.name, evidence.planned(item.signed.event.step).key, certificate_of(evidence, item))
        for item in _earlier(evidence, signing)
    ]


def _earlier(evidence: Evidence, signing: Signing) -> list[Signing]:
    return [item for item in evidence.signings if item.signed.event.seq < signing.signed.event.seq]


def certificate_of(evidence: Evidence, signing: Signing) -> bytes:
    """The certificate that the rebuilt bytes and the recorded signature make."""
    return assemble(rebuilt(evidence, signing)[1], octets_of(signing.data.signature))


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


def _plan(evidence: Evidence, signing: Signing) -> Iterator[Fault]:
    planned = evidence.planned(signing.signed.event.step)
    entry, built = signing.last(kinds.BytesBuilt)
    for what, recorded, wanted in (
        ("certificate", built.certificate, planned.name),
        ("profile", built.profile, planned.profile_name),
        ("issuer", built.issuer, planned.issuer_name),
        ("key", built.key, planned.key),
        ("issuer's key", built.issuer_key, planned.issuer_key),
        ("signature algorithm", built.algorithm, planned.profile.signature),
        ("public key's SHA-256", built.spki_sha256, sha256_hex(_spki(evidence, planned.key))),
    ):
        if recorded != wanted:
            yield Fault(f"{planned.name}: the {what} is {recorded}; plan and keys say {wanted}.", line_of(entry))
    if signing.data.name != planned.name:
        yield Fault(f"{signing.data.name} was signed where {planned.name} was planned.", line_of(signing.signed))


def _serial(evidence: Evidence, signing: Signing) -> Iterator[Fault]:
    from ceremony.pki.serials import serial_from_octets

    name = signing.data.name
    profile = evidence.planned(signing.signed.event.step).profile
    _, built = signing.last(kinds.BytesBuilt)
    entry, drawn = signing.last(kinds.SerialDrawn)
    octets = octets_of(drawn.octets)
    if drawn.certificate != name or len(octets) != profile.serial_octets:
        yield Fault(f"{name}: the octets drawn are not those that the profile asks for.", line_of(entry))
    elif serial_from_octets(octets) != number_of(drawn.serial) or drawn.serial != built.serial:
        yield Fault(f"{name}: the serial number is not made of the octets that were drawn.", line_of(entry))
    for other in evidence.signings:
        if other is not signing and other.last(kinds.BytesBuilt)[1].serial == built.serial:
            yield Fault(f"{name} and {other.data.name} have the same serial number.", line_of(entry))


def _dates(evidence: Evidence, signing: Signing) -> Iterator[Fault]:
    name, validity = signing.data.name, evidence.planned(signing.signed.event.step).profile.validity
    entry, built = signing.last(kinds.BytesBuilt)
    not_before, not_after = moment(built.not_before), moment(built.not_after)
    if validity_period(validity, not_before) != (not_before, not_after):
        yield Fault(f"{name}: its dates are not the validity of its profile.", line_of(entry))
    built_at = moment(entry.event.at)
    if validity.lifetime is not None and not built_at - NEAR <= not_before <= built_at:
        yield Fault(f"{name}: it begins {built.not_before}, but was built {entry.event.at}.", line_of(entry))


def _bytes(evidence: Evidence, signing: Signing) -> Iterator[Fault]:
    name = signing.data.name
    entry, built = signing.last(kinds.BytesBuilt)
    _, bytes_again = rebuilt(evidence, signing)
    if (bytes_again.sha256, len(bytes_again.octets)) != (built.sha256, built.size):
        yield Fault(
            f"{name}: the policy and the recorded values do not give the bytes that were reviewed and approved.",
            line_of(entry),
        )
    intent, intended = signing.last(kinds.SignatureIntended)
    for place, digest in ((intent, intended.to_be_signed_sha256), (signing.signed, signing.data.to_be_signed_sha256)):
        if digest != built.sha256:
            yield Fault(f"{name}: other bytes were signed than were built.", line_of(place))


def _signature(evidence: Evidence, signing: Signing) -> Iterator[Fault]:
    holes, bytes_again = rebuilt(evidence, signing)
    try:
        verify_signature(bytes_again, octets_of(signing.data.signature), holes.issuer_spki)
    except CeremonyError as error:
        said = f"{error.headline} {error.detail}".strip()
        yield Fault(f"{signing.data.name}: {said}", line_of(signing.signed))


def _der(evidence: Evidence, signing: Signing) -> Iterator[Fault]:
    name = signing.data.name
    path = f"certificates/{name}.der"
    der = certificate_of(evidence, signing)
    if sha256_hex(der) != signing.data.certificate_sha256:
        yield Fault(f"{name}: the record's SHA-256 is not that of the certificate.", line_of(signing.signed))
    found = evidence.octets(path)
    if found is None:
        yield Fault(f"{path} is missing, or is not a plain file.", path)
    elif found != der:
        at = next((i for i, (a, b) in enumerate(zip(found, der, strict=False)) if a != b), min(len(found), len(der)))
        yield Fault(f"{path} is not the certificate that was signed: it differs from octet {at} on.", path)
    # where the medium failed, the files were written by a later attempt of the same step
    step, seq = signing.signed.event.step, signing.signed.event.seq
    written = {
        file.path
        for entry, data in evidence.of(kinds.ArtefactsWritten)
        if entry.event.step == step and entry.event.seq > seq
        for file in data.files
    }
    for form in ("der", "pem", "txt"):
        if f"certificates/{name}.{form}" not in written:
            where = line_of(signing.signed)
            yield Fault(f"The record does not say that certificates/{name}.{form} was written.", where)


def _texts(evidence: Evidence, signing: Signing) -> Iterator[Fault]:
    from ceremony.pki.pem import pem
    from ceremony.pki.text import certificate_text

    name = signing.data.name
    der = certificate_of(evidence, signing)
    for path, wanted in (
        (f"certificates/{name}.pem", pem(der, "CERTIFICATE")),
        (f"certificates/{name}.txt", certificate_text(der).encode("utf-8")),
    ):
        found = evidence.octets(path)
        if found is None:
            yield Fault(f"{path} is missing, or is not a plain file.", path)
        elif found != wanted:
            line = _first_difference(found, wanted)
            yield Fault(f"{path} does not show the certificate that was signed: line {line} differs.", f"{path}:{line}")


def _review(evidence: Evidence, signing: Signing) -> Iterator[Fault]:
    """The review once more: the second parser's reading of the bytes against what the policy wants."""
    from ceremony.pki.describe import describe
    from ceremony.pki.wanted import compare, wanted_fields

    planned = evidence.planned(signing.signed.event.step)
    holes, bytes_again = rebuilt(evidence, signing)
    wanted = wanted_fields(planned.profile, planned.issuer_profile, holes, practice=evidence.practice)
    rows = compare(wanted, describe(bytes_again.octets))
    entry, reviewed = signing.last(kinds.Reviewed)
    for row in rows:
        if not row.equal:
            yield Fault(f"{planned.name}: {row.name} should be {row.wanted}; the bytes say {row.found}.")
    if reviewed.rows != len(rows):
        yield Fault(f"{planned.name}: {reviewed.rows} fields were reviewed; it has {len(rows)}.", line_of(entry))


def _spki(evidence: Evidence, key: str) -> bytes:
    if key not in evidence.keys:
        raise CannotJudge(f"the record holds no public key {key}")
    return octets_of(evidence.keys[key].spki)


def _first_difference(found: bytes, wanted: bytes) -> int:
    pairs = zip(found.split(b"\n"), wanted.split(b"\n"), strict=False)
    shorter = min(found.count(b"\n"), wanted.count(b"\n")) + 1
    return next((number for number, (a, b) in enumerate(pairs, start=1) if a != b), shorter)


RULES = (
    Rule("TBS-PLAN", "Each certificate was built for the planned profile, issuer and keys.", each(_plan)),
    Rule("TBS-SERIAL", "Each serial number is made of octets that the token drew, and stands once.", each(_serial)),
    Rule("TBS-DATES", "Each validity is what its profile says, from the agreed clock.", each(_dates)),
    Rule(
        "TBS-BYTES",
        lambda e: (
            f"Each of {len(e.signings)} signed objects, built again from policy and record, has "
            "exactly the bytes that were approved."
        ),
        each(_bytes),
    ),
    Rule("TBS-SIGNATURE", "Each signature over those bytes was made by the issuer's recorded key.", each(_signature)),
    Rule("TBS-CERTIFICATE", "Each certificate file holds exactly those bytes and that signature.", each(_der)),
    Rule("TBS-TEXT", "Each PEM and text file shows exactly that certificate.", each(_texts)),
    Rule("TBS-REVIEW", "A second parser reads in those bytes, field by field, what the policy wants.", each(_review)),
)
