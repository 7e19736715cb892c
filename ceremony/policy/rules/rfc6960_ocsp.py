"""RFC 6960 and RFC 9654: the form of an OCSP response, its times, its signer, its nonce."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.cabf_tls_br_keys import is_sha1
from ceremony.policy.rules.encodings import SIGNATURE_ENCODINGS
from ceremony.policy.rules.ocsp_view import NONCE, STATUSES, SUCCESSFUL, OcspSubject
from ceremony.policy.rules.rule import Rule, Source
from ceremony.policy.rules.sources import HOUSE, RFC6960

RFC9654 = Source("RFC 9654, OCSP Nonce Extension", "RFC 9654", date(2024, 8, 1), read="secondary")
LONGEST_NONCE = 128


def form(subject: OcspSubject) -> Iterator[str]:
    """OCSP-FORM."""
    response = subject.response
    if response.response_status != SUCCESSFUL:
        yield f"the response says {STATUSES[response.response_status]}; an answer about a certificate says successful"
        return
    yield from (f"the bytes are not DER: {fault}" for fault in response.irregularities)
    if response.version != 1:
        yield f"the version is {response.version}; it must be 1"
    if not response.responses:
        yield "the response speaks of no certificate"
    serials = [single.serial_number for single in response.responses]
    for serial in sorted({serial for serial in serials if serials.count(serial) > 1}):
        yield f"the response speaks of the serial number {serial:x} more than once"
    for extensions in (response.extensions, *(single.extensions for single in response.responses)):
        oids = [extension.oid for extension in extensions]
        yield from (f"the extension {oid} stands there twice" for oid in sorted({o for o in oids if oids.count(o) > 1}))


def critical(subject: OcspSubject) -> Iterator[str]:
    """OCSP-CRITICAL."""
    response = subject.response
    for extensions in (response.extensions, *(single.extensions for single in response.responses)):
        for extension in extensions:
            if extension.critical:
                yield f"the extension {extension.oid} is critical; it should not be"


def times(subject: OcspSubject) -> Iterator[str]:
    """OCSP-TIME."""
    produced, clock = subject.response.produced_at, subject.clock
    if produced is not None and not clock - facts.DAY <= produced <= clock:
        yield f"producedAt is {facts.moment(produced)}; it is signed on {facts.moment(clock)}"
    for single in subject.response.responses:
        latest = clock if produced is None else min(clock, produced)
        if single.this_update > latest:
            yield f"thisUpdate is {facts.moment(single.this_update)}, which is later than {facts.moment(latest)}"


def next_update(subject: OcspSubject) -> Iterator[str]:
    """OCSP-NEXT."""
    for single in subject.response.responses:
        if single.next_update is None:
            yield "nextUpdate is absent; a response that is kept and handed out must say how long it holds"
        elif single.next_update <= max(single.this_update, subject.clock):
            yield f"nextUpdate is {facts.moment(single.next_update)}, which is not after thisUpdate and the signing"


def expiry(subject: OcspSubject) -> Iterator[str]:
    """OCSP-EXPIRY."""
    ends = {"CA": subject.issuer.not_after}
    if subject.delegate is not None:
        ends["responder"] = subject.delegate.not_after
    for single in subject.response.responses:
        for who, end in ends.items():
            if single.next_update is not None and single.next_update > end:
                yield f"nextUpdate is {facts.moment(single.next_update)}; the {who} expires on {facts.moment(end)}"


def signer(subject: OcspSubject) -> Iterator[str]:
    """RF-5-OCSP."""
    view, delegate = subject.signer, subject.delegate
    who = "responder" if delegate is not None else "CA"
    if view.key_usage is not None and not view.key_usage & {"digitalSignature", "nonRepudiation"}:
        yield f"the key usage of the {who} has no digitalSignature, so it may not sign OCSP responses"
    if not view.not_before <= subject.clock <= view.not_after:
        yield f"the {who} is not valid at the signing ({facts.moment(subject.clock)})"
    if delegate is None:
        return
    if delegate.issuer.der != subject.issuer.subject.der:
        yield "the responder is not certified by the CA itself for which it answers"
    elif subject.issuer.subject_key_identifier != delegate.authority_key_identifier is not None:
        yield "the responder is certified with another key than the CA's (authority key identifier)"
    if facts.OCSP_SIGNING not in (delegate.purposes or ()):
        yield "the extended key usage of the responder has no OCSPSigning"
    if subject.revocation(delegate.serial_number) is not None:
        yield "the responder's certificate is revoked"


def responder_id(subject: OcspSubject) -> Iterator[str]:
    """OCSP-RESPONDER."""
    response, view = subject.response, subject.signer
    if response.responder_name is not None and response.responder_name.der != view.subject.der:
        yield "the responder's name is not, octet for octet, the subject of the certificate whose key signs"
    if response.responder_key_hash is not None and response.responder_key_hash != view.key.identifiers[0]:
        yield "the hash of the responder's key is not the SHA-1 of the key that signs"


def certificates(subject: OcspSubject) -> Iterator[str]:
    """OCSP-CERTS."""
    response, delegate = subject.response, subject.delegate
    if not response.signature_algorithm_der:
        return
    inside = [certificate.octets for certificate in response.certificates]
    if delegate is not None and delegate.octets not in inside:
        yield "the responder's certificate does not stand in the response, so nobody can check the signature"
    if any(octets != (delegate.octets if delegate else b"") for octets in inside):
        yield "a certificate stands in the response that is not the responder's"


def signature(subject: OcspSubject) -> Iterator[str]:
    """OCSP-SIGNATURE."""
    stated, planned = subject.response.signature_algorithm_der, subject.outer_algorithm_der
    if stated and planned and stated != planned:
        yield f"the signature says {stated.hex()}; planned is {planned.hex()}"
    algorithm = stated or planned
    name, kind = SIGNATURE_ENCODINGS.get(algorithm, ("", ""))
    if is_sha1(algorithm):
        yield "the signature algorithm uses SHA-1"
    elif kind and subject.signer.key.kind != kind:
        yield f"the key that signs is {subject.signer.key.kind}, which does not go with {name}"


def nonce(subject: OcspSubject) -> Iterator[str]:
    """RF-6."""
    found = subject.response.nonce
    if found is None:
        return
    if subject.presigned:
        yield "a response that is signed beforehand answers no request, and must have no nonce"
    elif not 1 <= len(found) <= LONGEST_NONCE:
        yield f"the nonce ({NONCE}) has {len(found)} octets; it must have 1 to {LONGEST_NONCE}"


_rule = partial(Rule, pack="rfc5280", source=RFC6960, severity=Severity.ERROR, kind="ocsp")

RULES: tuple[Rule, ...] = (
    _rule(
        id="OCSP-FORM",
        text="An OCSP response is a successful basic response of version 1, in DER, with one answer for each "
        "certificate and no extension twice.",
        section="RFC 6960 4.2.1",
        advice="Let the program put the response together.",
        check=form,
    ),
    _rule(
        id="OCSP-CRITICAL",
        text="No extension of an OCSP response is critical.",
        section="RFC 6960 4.4",
        severity=Severity.WARNING,
        advice="Take the criticality away.",
        check=critical,
    ),
    _rule(
        id="OCSP-TIME",
        text="producedAt is the time of the signing, and thisUpdate is not later.",
        section="RFC 6960 4.2.2.1",
        advice="Let the response begin at the agreed clock, or before it.",
        check=times,
    ),
    _rule(
        id="OCSP-NEXT",
        text="A response that is signed beforehand says until when it holds, and that lies ahead.",
        section="RFC 6960 4.2.2.1",
        advice="Write how long the response holds.",
        check=next_update,
    ),
    _rule(
        id="OCSP-EXPIRY",
        text="A response holds no longer than the certificates of the CA and of the responder that signs it.",
        source=HOUSE,
        section="own rule",
        advice="Let the response hold for a shorter time, or certify a new responder first.",
        check=expiry,
    ),
    _rule(
        id="RF-5-OCSP",
        text="Who signs is the CA itself or a valid responder that the CA has certified directly, for OCSPSigning, and "
        "its key may make digital signatures.",
        section="RFC 6960 4.2.2.2, RFC 5280 4.2.1.3",
        advice="Sign with a responder that this CA has certified for OCSPSigning, or give the CA digitalSignature.",
        check=signer,
    ),
    _rule(
        id="OCSP-RESPONDER",
        text="The responder's name or key hash in the response is that of the certificate whose key signs.",
        section="RFC 6960 4.2.2.3",
        advice="Take name or key from the signer's own certificate.",
        check=responder_id,
    ),
    _rule(
        id="OCSP-CERTS",
        text="The certificate of a delegated responder stands in the response, and no other does.",
        source=HOUSE,
        section="own rule",
        advice="Put the responder's certificate into the response, and nothing where the CA signs.",
        check=certificates,
    ),
    _rule(
        id="OCSP-SIGNATURE",
        text="A response is signed with the planned algorithm, which goes with the key and does not use SHA-1.",
        source=HOUSE,
        section="own rule",
        advice="Write a signature algorithm that goes with the signer's key, with SHA-256 or stronger.",
        check=signature,
    ),
    _rule(
        id="RF-6",
        text="A nonce has 1 to 128 octets; a response that is signed beforehand has none.",
        source=RFC9654,
        section="RFC 9654 2.1",
        advice="Leave the nonce away.",
        check=nonce,
    ),
)
