"""CA/Browser Forum TLS Baseline Requirements: extensions that are the same everywhere (7.1.2.10.3, 7.1.2.11)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.cabf_tls_br_keys import in_scope
from ceremony.policy.rules.rfc5280_chain import identifier_faults
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import CABF_TLS_BR
from ceremony.policy.rules.subtrees import host_of
from ceremony.policy.rules.view import Subject


@in_scope()
def information_access(subject: Subject) -> Iterator[str]:
    """BR-C16."""
    rows = subject.certificate.authority_access or ()
    for method, location in rows:
        if method not in {facts.OCSP_ACCESS, facts.CA_ISSUERS_ACCESS}:
            yield f"the access method {method} must not be there; only ocsp and ca-issuers may"
        if location.kind != "uri" or not _is_http(location.text):
            yield f"{location.text!r} must be an http URL with a host"
    locations = [(method, location.octets) for method, location in rows]
    for method, octets in sorted({row for row in locations if locations.count(row) > 1}):
        yield f"{octets.decode('latin-1')!r} stands more than once for {method}"


@in_scope()
def authority_identifier(subject: Subject) -> Iterator[str]:
    """BR-C18."""
    view = subject.certificate
    extension = view.extension(facts.AUTHORITY_KEY_IDENTIFIER)
    if extension is None:
        return
    if view.authority_issuer_and_serial:
        yield "the authority key identifier must not hold the issuer's name and serial number"
    issuer = facts.issuer_of(subject)
    if view.authority_key_identifier is None:
        yield "the authority key identifier must hold a key identifier"
    elif issuer is not None and view.authority_key_identifier != issuer.subject_key_identifier:
        yield "the authority key identifier must be the issuer's subject key identifier"


@in_scope()
def distribution_points(subject: Subject) -> Iterator[str]:
    """BR-C19."""
    for point in subject.certificate.crl_points or ():
        if point.reasons or point.crl_issuer or point.relative_name:
            yield "a distribution point must hold a full name and nothing else"
        if not point.full_name:
            yield "a distribution point must hold an http URL"
        for name in point.full_name:
            if name.kind != "uri" or not _is_http(name.text):
                yield f"{name.text!r} must be an http URL with a host"


@in_scope()
def distribution_points_should(subject: Subject) -> Iterator[str]:
    """BR-C19-SHOULD."""
    count = len(subject.certificate.crl_points or ())
    if count > 1:
        yield f"more than one distribution point is not recommended; there are {count}"


@in_scope()
def subject_identifier(subject: Subject) -> Iterator[str]:
    """BR-C20."""
    yield from identifier_faults(subject)


def _is_http(uri: str) -> bool:
    return uri.partition(":")[0].casefold() == "http" and bool(host_of(uri))


_rule = partial(Rule, pack="cabf-tls-br", source=CABF_TLS_BR, severity=Severity.ERROR)

_should = partial(Rule, pack="cabf-tls-br", source=CABF_TLS_BR, severity=Severity.WARNING)

RULES: tuple[Rule, ...] = (
    _rule(
        id="BR-C16",
        text="Authority information access names OCSP responders and issuer certificates by http URLs, each once.",
        section="BR 7.1.2.10.3",
        advice="Write http://host/path, and each address once.",
        check=information_access,
        part="authority-information-access",
    ),
    _rule(
        id="BR-C18",
        text="The authority key identifier is the issuer's subject key identifier, and nothing beside it.",
        section="BR 7.1.2.11.1",
        advice="Write key_identifier: issuer, and issuer_and_serial: none.",
        check=authority_identifier,
        part="authority-key-identifier",
    ),
    _rule(
        id="BR-C19",
        text="CRL distribution points are http URLs, without reasons and without another CRL issuer.",
        section="BR 7.1.2.11.2",
        advice="Write urls: [http://host/path].",
        check=distribution_points,
        part="crl-distribution-points",
    ),
    _should(
        id="BR-C19-SHOULD",
        text="There is one CRL distribution point.",
        section="BR 7.1.2.11.2",
        advice="Write one URL.",
        check=distribution_points_should,
        part="crl-distribution-points",
    ),
    _rule(
        id="BR-C20",
        text="A subject key identifier belongs to one public key, in every certificate of it.",
        section="BR 7.1.2.11.4",
        advice="Write method: copy for a key that has a certificate already.",
        check=subject_identifier,
        part="subject-key-identifier",
    ),
)
