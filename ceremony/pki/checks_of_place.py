"""Checks of a certificate in its place: against the clock, and against the certificate that issues it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ceremony.errors import Severity
from ceremony.pki import der
from ceremony.pki.check_context import (
    CROSS_TYPES,
    SUB_CA_TYPES,
    Case,
    Check,
    Fault,
    find,
    powers,
    subject_key_identifier,
    times,
)
from ceremony.pki.keys import key_algorithm, key_identifier
from ceremony.policy.models import SIGNATURES_OF_KEY, SubjectKeyIdentifier

ERROR = Severity.ERROR
DAY = timedelta(days=1)
ROOT_SHORTEST = timedelta(days=2922)
ROOT_LONGEST = timedelta(days=9132)
"""BR 7.1.2.1.1, counted with the last second inside."""


def root_dates(case: Case) -> Iterator[Fault]:
    """BR-C2: a root begins within the day before signing and lasts 2922 to 9132 days; it names itself as issuer."""
    if case.profile.lint_as != "root-ca":
        return
    not_before, not_after = times(case.tbs)
    if not case.clock - DAY <= not_before <= case.clock:
        yield "BR-C2", ERROR, f"notBefore of a root must lie within the day before signing ({case.clock.isoformat()})."
    span = not_after - not_before + timedelta(seconds=1)
    if not ROOT_SHORTEST <= span <= ROOT_LONGEST:
        yield "BR-C2", ERROR, f"A root must last from 2922 to 9132 days; this one lasts {span.days} days ({span})."
    if case.tbs.issuer != case.tbs.subject:
        yield "BR-C2", ERROR, "Issuer and subject of a root must be the same, octet for octet."


def other_dates(case: Case) -> Iterator[Fault]:
    """BR-C17 (sub-CA), BR-O3 (OCSP responder): begins within the day before signing. BR-C6 (cross): not after it."""
    not_before, _ = times(case.tbs)
    lint_as = case.profile.lint_as
    if lint_as in CROSS_TYPES:
        if not_before > case.clock:
            yield "BR-C6", ERROR, "notBefore of a cross-certificate must not lie after the signing."
        return
    rule = "BR-C17" if lint_as in SUB_CA_TYPES else "BR-O3" if lint_as == "ocsp-responder" else None
    if rule is not None and not case.clock - DAY <= not_before <= case.clock:
        yield rule, ERROR, f"notBefore must lie within the day before signing ({case.clock.isoformat()})."


def authority_key_identifier_points_to_the_issuer(case: Case) -> Iterator[Fault]:
    """BR-C18: the authority key identifier is the issuer's subject key identifier, and nothing beside it."""
    extension = find(case.tbs, "authority-key-identifier")
    if extension is None:
        return
    parts = der.read_one(extension.value, der.SEQUENCE).children()
    if [part.tag for part in parts] != [0x80]:
        yield "BR-C18", ERROR, "The authority key identifier must hold a key identifier and nothing else."
    found = next((part.content for part in parts if part.tag == 0x80), None)
    expected = _issuer_key_identifier(case)
    if expected is None:
        yield "BR-C18", ERROR, "The issuer has no subject key identifier to point to."
    elif found != expected:
        yield "BR-C18", ERROR, "The authority key identifier is not the issuer's subject key identifier."


def subject_key_identifier_is_its_own(case: Case) -> Iterator[Fault]:
    """BR-C20: the subject key identifier is made from this public key, and differs from the issuer's."""
    found = subject_key_identifier(case.tbs)
    if found is None:
        return
    methods = [extension.method for extension in case.profile.extensions if isinstance(extension, SubjectKeyIdentifier)]
    if not methods or found != key_identifier(case.tbs.spki, methods[0]):
        yield "BR-C20", ERROR, "The subject key identifier is not made from this public key by the profile's method."
    if case.tbs.spki != case.holes.issuer_spki and found == _issuer_key_identifier(case):
        yield "BR-C20", ERROR, "Another public key, the issuer's, has the same subject key identifier."


def issuer_is_known(case: Case) -> Iterator[Fault]:
    """CHAIN-ISSUER: the issuer's certificate is there to be checked against, and its key is the issuing key."""
    if case.issuer is None:
        yield "CHAIN-ISSUER", ERROR, "The issuer's certificate was not given, so the chain could not be checked."
    elif case.issuer.spki != case.holes.issuer_spki:
        yield "CHAIN-ISSUER", ERROR, "The issuer's certificate holds another key than the one that is to sign."


def issuer_name_is_exact(case: Case) -> Iterator[Fault]:
    """BR-N1: the issuer's name is, octet for octet, the subject of the issuer's certificate."""
    if case.issuer is not None and case.tbs.issuer != case.issuer.subject:
        yield "BR-N1", ERROR, "The issuer's name is not, octet for octet, the subject of the issuer's certificate."


def issuer_outlives_it(case: Case) -> Iterator[Fault]:
    """CHAIN-VALIDITY: the certificate begins and ends within the validity of its issuer."""
    if case.issuer is None:
        return
    not_before, not_after = times(case.tbs)
    earliest, latest = times(case.issuer)
    if not_before < earliest:
        yield "CHAIN-VALIDITY", ERROR, f"It begins before its issuer, which begins at {earliest.isoformat()}."
    if not_after > latest:
        yield "CHAIN-VALIDITY", ERROR, f"It ends after its issuer, which ends at {latest.isoformat()}."


def issuer_may_issue_it(case: Case) -> Iterator[Fault]:
    """CHAIN-USAGE: the issuer is a CA with keyCertSign. CHAIN-PATHLEN: its path length leaves room."""
    if case.issuer is None or case.self_signed:
        return
    issuer, own = powers(case.issuer), powers(case.tbs)
    if not issuer.ca:
        yield "CHAIN-USAGE", ERROR, "The issuer is not a CA (basicConstraints)."
    if not issuer.signs_certificates:
        yield "CHAIN-USAGE", ERROR, "The issuer's key usage does not allow it to sign certificates (keyCertSign)."
    limit = issuer.path_length
    if limit is None or not own.ca:
        return
    if limit == 0:
        yield "CHAIN-PATHLEN", ERROR, "The issuer's path length is 0: it may not issue a CA certificate."
    elif own.path_length is not None and own.path_length >= limit:
        yield (
            "CHAIN-PATHLEN",
            ERROR,
            f"The path length {own.path_length} must be smaller than the issuer's, which is {limit}.",
        )


def signature_fits_the_issuing_key(case: Case) -> Iterator[Fault]:
    """CHAIN-SIGNATURE: the issuer's key can make the signature that the bytes name."""
    algorithm = key_algorithm(case.holes.issuer_spki)
    if case.to_be_signed.algorithm not in SIGNATURES_OF_KEY[algorithm]:
        yield (
            "CHAIN-SIGNATURE",
            ERROR,
            f"The issuer's key is {algorithm}; it cannot make a {case.to_be_signed.algorithm} signature.",
        )


def _issuer_key_identifier(case: Case) -> bytes | None:
    if case.issuer is not None:
        return subject_key_identifier(case.issuer)
    for extension in case.issuer_profile.extensions:
        if isinstance(extension, SubjectKeyIdentifier):
            return key_identifier(case.holes.issuer_spki, extension.method)
    return None


CHECKS_OF_PLACE: tuple[Check, ...] = (
    root_dates,
    other_dates,
    authority_key_identifier_points_to_the_issuer,
    subject_key_identifier_is_its_own,
    issuer_is_known,
    issuer_name_is_exact,
    issuer_outlives_it,
    issuer_may_issue_it,
    signature_fits_the_issuing_key,
)
