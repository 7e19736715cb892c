"""Checks of one certificate's form: encodings, serial number, key, extensions of a CA (BR 7.1, RFC 5280 4.1-4.2)."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.errors import Severity
from ceremony.pki import der
from ceremony.pki.check_context import CA_TYPES, CROSS_TYPES, Case, Check, Fault, find, powers, times
from ceremony.pki.encodable import SERIAL_LIMIT
from ceremony.pki.keys import check_public_key, split_spki
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS

ERROR = Severity.ERROR


def key_is_sound(case: Case) -> Iterator[Fault]:
    """BR-A1, BR-A2: kind, size and soundness of the public key in the bytes."""
    for finding in check_public_key(case.tbs.spki, "", lint_as=case.profile.lint_as):
        yield finding.rule, finding.severity, finding.message


def key_is_the_one_given(case: Case) -> Iterator[Fault]:
    """BR-A3: the SPKI is byte for byte the key that was given, with one of the permitted AlgorithmIdentifiers."""
    if case.tbs.spki != case.holes.spki:
        yield "BR-A3", ERROR, "The public key in the bytes is not, octet for octet, the key that was given."
    if split_spki(case.tbs.spki).kind is None:
        yield "BR-A3", ERROR, "The algorithm of the public key is not encoded as BR 7.1.3.1 prescribes."


def signature_algorithm_is_exact(case: Case) -> Iterator[Fault]:
    """BR-A4: the signature AlgorithmIdentifier is byte for byte the profile's."""
    wanted = SIGNATURE_IDENTIFIERS[case.profile.signature]
    if case.tbs.signature != wanted or case.to_be_signed.algorithm != case.profile.signature:
        yield (
            "BR-A4",
            ERROR,
            f"The signature algorithm must be {case.profile.signature} ({wanted.hex()}); "
            f"the bytes hold {case.tbs.signature.hex()}.",
        )
    if case.profile.signature == "ed25519" and case.profile.lint_as != "pkix":
        yield "BR-A4", ERROR, "Ed25519 signatures are not allowed by the Baseline Requirements (7.1.3.2)."


def serial_number_is_good(case: Case) -> Iterator[Fault]:
    """BR-C1: v3; the serial number is positive, below 2^159, the one drawn, and has room for 64 random bits."""
    serial = case.tbs.serial_number
    if case.tbs.version != 3:
        yield "BR-C1", ERROR, f"The version is v{case.tbs.version}; it must be v3."
    if serial != case.holes.serial_number:
        yield "BR-C1", ERROR, "The serial number in the bytes is not the one that was drawn."
    if not 0 < serial < SERIAL_LIMIT:
        yield "BR-C1", ERROR, "The serial number must be positive and below 2^159."
    elif serial.bit_length() < 64:
        yield "BR-C1", ERROR, f"The serial number has {serial.bit_length()} bits; 64 random bits do not fit."
    elif serial.bit_length() > 8 * case.profile.serial_octets:
        yield "BR-C1", ERROR, f"The serial number is longer than the profile's {case.profile.serial_octets} octets."


def encoding_is_der(case: Case) -> Iterator[Fault]:
    """RF-1: shortest DER throughout, the right time form, no extension twice, no unique identifiers."""
    for fault in der.irregularities(case.to_be_signed.octets):
        yield "RF-1", ERROR, f"The bytes are not DER: {fault}."
    for element, moment, name in zip(case.tbs.times, times(case.tbs), ("notBefore", "notAfter"), strict=True):
        wanted = der.UTC_TIME if moment.year < 2050 else der.GENERALIZED_TIME
        if element.tag != wanted:
            form = "UTCTime" if wanted == der.UTC_TIME else "GeneralizedTime"
            yield "RF-1", ERROR, f"{name} must be written as {form} (RFC 5280 4.1.2.5)."
    oids = [extension.oid for extension in case.tbs.extensions]
    for oid in sorted({oid for oid in oids if oids.count(oid) > 1}):
        yield "RF-1", ERROR, f"The extension {oid} stands twice."
    if case.tbs.unique_ids:
        yield "RF-1", ERROR, "Unique identifiers are not allowed (RFC 5280 4.1.2.8)."


def ca_has_what_a_ca_needs(case: Case) -> Iterator[Fault]:
    """RF-2: a CA has critical basicConstraints, a key identifier and keyCertSign; others have no such powers."""
    has = powers(case.tbs)
    constraints, usage = find(case.tbs, "basic-constraints"), find(case.tbs, "key-usage")
    if has.ca:
        if constraints is not None and not constraints.critical:
            yield "RF-2", ERROR, "basicConstraints of a CA must be critical."
        if find(case.tbs, "subject-key-identifier") is None:
            yield "RF-2", ERROR, "A CA must have a subject key identifier."
        if not has.signs_certificates:
            yield "RF-2", ERROR, "A CA must have the key usage keyCertSign."
    elif has.signs_certificates:
        yield "RF-2", ERROR, "The key usage keyCertSign stands in a certificate that is not a CA."
    if has.path_length is not None and not (has.ca and has.signs_certificates):
        yield "RF-2", ERROR, "A path length stands where there is no CA with keyCertSign."
    if usage is not None and not usage.critical:
        yield "RF-2", Severity.WARNING, "keyUsage should be critical."
    if not case.self_signed and find(case.tbs, "authority-key-identifier") is None:
        yield "RF-2", ERROR, "A certificate that is not self-signed must have an authority key identifier."


def type_fits_the_bytes(case: Case) -> Iterator[Fault]:
    """LINT-TYPE: what the profile says the certificate is does not contradict the bytes."""
    lint_as, is_ca = case.profile.lint_as, case.is_ca
    if lint_as in CA_TYPES and not is_ca:
        yield "LINT-TYPE", ERROR, f"The profile says {lint_as}, but the bytes are not a CA (basicConstraints)."
    if lint_as == "ocsp-responder" and is_ca:
        yield "LINT-TYPE", ERROR, "The profile says ocsp-responder, but the bytes are a CA (basicConstraints)."
    if lint_as == "root-ca" and not case.self_signed:
        yield "LINT-TYPE", ERROR, "The profile says root-ca, but another key is to sign the certificate."
    if lint_as in CA_TYPES - CROSS_TYPES - {"root-ca"} | {"ocsp-responder"} and case.self_signed:
        yield "LINT-TYPE", ERROR, f"The profile says {lint_as}, but the certificate is self-signed."


CHECKS_OF_FORM: tuple[Check, ...] = (
    key_is_sound,
    key_is_the_one_given,
    signature_algorithm_is_exact,
    serial_number_is_good,
    encoding_is_der,
    ca_has_what_a_ca_needs,
    type_fits_the_bytes,
)
