"""RFC 5280: the form of a CRL, its signature and its issuer (5.1, 5.2, 5.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import crl_facts, facts
from ceremony.policy.rules.crl_view import REASONS, CrlSubject
from ceremony.policy.rules.encodings import SIGNATURE_ENCODINGS
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import RFC5280

FIRST_GENERALIZED_YEAR = 2050
REMOVE_FROM_CRL = 8
NOT_CRITICAL = (facts.AUTHORITY_KEY_IDENTIFIER, crl_facts.CRL_NUMBER, facts.FRESHEST_CRL, facts.AUTHORITY_ACCESS)
CRITICAL = (crl_facts.ISSUING_POINT, crl_facts.DELTA)


def form(subject: CrlSubject) -> Iterator[str]:
    """RF-4."""
    view = subject.crl
    yield from (f"the bytes are not DER: {fault}" for fault in view.irregularities)
    if view.version != 2:
        yield f"the version is v{view.version}; v2 is required"
    if not view.issuer.attributes:
        yield "the issuer's name is empty"
    if view.list_present and not view.entries:
        yield "the list of revoked certificates is there and empty; where nothing is revoked it must be absent"
    if view.next_update is None:
        yield "nextUpdate is required"
    elif view.next_update <= view.this_update:
        yield "nextUpdate does not come after thisUpdate"
    if view.authority_key_identifier is None:
        yield "an authority key identifier, with the identifier of a key, is required"
    if view.number is None:
        yield "a CRL number is required"
    elif view.number < 0 or view.number_octets > 20:
        yield f"the CRL number is {view.number}; it may not be negative, nor longer than 20 octets"
    yield from _repeated("the CRL", [item.oid for item in view.extensions])
    for oid in NOT_CRITICAL:
        extension = view.extension(oid)
        if extension is not None and extension.critical:
            yield f"{crl_facts.word(oid)} must not be critical"
    for oid in CRITICAL:
        extension = view.extension(oid)
        if extension is not None and not extension.critical:
            yield f"{crl_facts.word(oid)} must be critical"


def times(subject: CrlSubject) -> Iterator[str]:
    """RF-4-TIME."""
    view = subject.crl
    rows = [("thisUpdate", view.this_update, view.this_update_form)]
    if view.next_update is not None:
        rows.append(("nextUpdate", view.next_update, view.next_update_form))
    rows += [(f"revocationDate of {entry.serial}", entry.revoked_at, entry.revoked_at_form) for entry in view.entries]
    for name, moment, found in rows:
        wanted = "utc" if moment.year < FIRST_GENERALIZED_YEAR else "generalized"
        if found != wanted:
            word = "UTCTime" if wanted == "utc" else "GeneralizedTime"
            yield f"{name} ({facts.moment(moment)}) must be written as {word}"
    for entry in view.entries:
        if entry.invalid_from is not None and entry.invalid_from_form != "generalized":
            yield f"the invalidity date of {entry.serial} must be written as GeneralizedTime"


def entry_extensions(subject: CrlSubject) -> Iterator[str]:
    """RF-4-ENTRY."""
    for entry in subject.crl.entries:
        if entry.serial_number <= 0 or len(entry.serial_content) > 20:
            yield f"{entry.serial}: no serial number of a certificate (positive, at most 20 octets)"
        if entry.reason is not None and entry.reason not in REASONS:
            yield f"{entry.serial}: the reason {entry.reason} does not exist"
        if entry.reason == REMOVE_FROM_CRL and subject.crl.delta_base is None:
            yield f"{entry.serial}: removeFromCRL stands in delta CRLs only"
        yield from _repeated(f"the entry {entry.serial}", [item.oid for item in entry.extensions])
        for extension in entry.extensions:
            must = extension.oid == crl_facts.CERTIFICATE_ISSUER
            if extension.critical != must:
                yield f"{entry.serial}: {crl_facts.word(extension.oid)} must {'' if must else 'not '}be critical"


def entry_should(subject: CrlSubject) -> Iterator[str]:
    """RF-4-SHOULD."""
    for entry in subject.crl.entries:
        if entry.reason == 0:
            yield f"{entry.serial}: the reason unspecified should be said by leaving the reason code away"


def point(subject: CrlSubject) -> Iterator[str]:
    """RF-4-IDP."""
    found = subject.crl.point
    if found is None:
        return
    only = [found.only_users, found.only_cas, found.only_attributes]
    if sum(only) > 1:
        yield "the issuing distribution point says more than one of onlyContainsUserCerts, -CACerts, -AttributeCerts"
    if not (any(only) or found.full_name or found.relative_name or found.only_some_reasons or found.indirect):
        yield "the issuing distribution point is empty"
    for name in found.full_name:
        if name.kind == "uri" and not name.text.partition("://")[2].partition("/")[0] and "ldap" not in name.text:
            yield f"the address {name.text!r} names no host"


def algorithm(subject: CrlSubject) -> Iterator[str]:
    """CRL-SIGNATURE."""
    inner = subject.crl.signature_algorithm_der
    for outer in {subject.crl.outer_algorithm_der, subject.outer_algorithm_der} - {b""}:
        if outer != inner:
            yield f"beside the signature stands {outer.hex()}; inside stands {inner.hex()}"
    name, kind = SIGNATURE_ENCODINGS.get(inner, ("", ""))
    if not name:
        yield f"the signature algorithm ({inner.hex()}) is none that may be signed with; SHA-1 and MD5 are not"
    elif subject.issuer is not None and _family(subject.issuer.key.kind) != _family(kind):
        yield f"the issuer's key is {subject.issuer.key.kind}; it cannot make a signature {name}"


def issuer(subject: CrlSubject) -> Iterator[str]:
    """CRL-ISSUER."""
    view, by = subject.crl, subject.issuer
    if by is None:
        yield "the issuer's certificate is not given, so that nothing can be checked against it"
    else:
        if view.issuer.der != by.subject.der:
            yield "the issuer's name is not, octet for octet, the subject of the issuer's certificate"
        if view.authority_key_identifier not in (None, by.subject_key_identifier):
            yield "the authority key identifier is not the issuer's subject key identifier"
        if by.ca is False or (by.key_usage is not None and "cRLSign" not in by.key_usage):
            yield "the issuer is not a CA whose key may sign CRLs (cRLSign)"
    before = subject.previous
    if before is not None and before.issuer.der != view.issuer.der:
        yield "the previous CRL is of another issuer"
    elif before is not None and before.authority_key_identifier not in (None, view.authority_key_identifier):
        yield "the previous CRL names another key of the issuer"


def _repeated(where: str, oids: list[str]) -> Iterator[str]:
    if len(set(oids)) != len(oids):
        twice: Iterable[str] = sorted({oid for oid in oids if oids.count(oid) > 1})
        yield from (f"the extension {crl_facts.word(oid)} stands twice in {where}" for oid in twice)


def _family(kind: str) -> str:
    """Keys that make the same signatures: which hash goes with which curve is the Baseline Requirements' business."""
    return "ecdsa" if kind.startswith("p-") else kind


_rule = partial(Rule, pack="rfc5280", kind="crl", source=RFC5280, severity=Severity.ERROR)
_FORM = "Leave the encoding to the program; a CRL made elsewhere with this fault must be made again."
_ENTRY = "Correct the entry in the list of revocations of the script."

RULES: tuple[Rule, ...] = (
    _rule(
        id="RF-4",
        text="A CRL is DER, v2, with nextUpdate, authority key identifier and CRL number (of at most 20 octets), each "
        "extension once and critical as its type is; its list of revoked certificates is absent where it is empty.",
        section="RFC 5280 5.1.1, 5.1.2, 5.2",
        advice=_FORM,
        check=form,
    ),
    _rule(
        id="RF-4-TIME",
        text="Dates of a CRL are UTCTime through 2049 and GeneralizedTime from 2050; invalidity dates always that.",
        section="RFC 5280 5.1.2.4, 5.1.2.5, 5.1.2.6, 5.3.2",
        advice=_FORM,
        check=times,
    ),
    _rule(
        id="RF-4-ENTRY",
        text="An entry has the serial number of a certificate, a reason that exists, each extension once, and none "
        "critical but the certificate issuer.",
        section="RFC 5280 5.1.2.6, 5.3",
        advice=_ENTRY,
        check=entry_extensions,
    ),
    _rule(
        id="RF-4-SHOULD",
        text="The reason unspecified is said by leaving the reason code away.",
        section="RFC 5280 5.3.1",
        severity=Severity.WARNING,
        advice="Leave the reason away, or give the one that is true.",
        check=entry_should,
    ),
    _rule(
        id="RF-4-IDP",
        text="An issuing distribution point is not empty, and limits the CRL to one kind of certificate at most.",
        section="RFC 5280 5.2.5",
        advice="Leave the issuing distribution point of a complete CRL away.",
        check=point,
    ),
    _rule(
        id="CRL-SIGNATURE",
        text="The signature algorithm is the same inside and outside, safe, and one that the issuer's key can make.",
        section="RFC 5280 5.1.1.2, 5.1.2.2",
        advice="Write a signature that goes with the issuer's key.",
        check=algorithm,
    ),
    _rule(
        id="CRL-ISSUER",
        text="The issuer's name and key identifier are those of its certificate and of its previous CRL, octet for "
        "octet, and its key may sign CRLs.",
        section="RFC 5280 5.1.2.3, 5.2.1, 4.2.1.3",
        advice="Give the certificate of the CA whose key signs, and the last CRL of that CA.",
        check=issuer,
    ),
)
