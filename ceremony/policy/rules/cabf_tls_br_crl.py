"""CA/Browser Forum TLS Baseline Requirements: what stands in a CRL, and how it is signed (7.1.3.2, 7.2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import crl_facts, facts
from ceremony.policy.rules.cabf_tls_br_keys import is_sha1
from ceremony.policy.rules.crl_view import REASONS, CrlSubject
from ceremony.policy.rules.encodings import BR_KEYS, SIGNATURE_ENCODINGS
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import CABF_TLS_BR

UNSPECIFIED, CA_COMPROMISE, HOLD = 0, 2, 6
ALLOWED = frozenset({1, 3, 4, 5, 9})
"""The reasons of the table CRLReasons (7.2.2).

cACompromise is not among them. RFC 5280 5.3.1 has it for CA certificates, no text forbids it there, and linters take it
in the CRL of a CA: so it passes for a CA certificate, with the warning that keyCompromise is in the table, and for no
other.
"""

EXTENSIONS = frozenset({facts.AUTHORITY_KEY_IDENTIFIER, crl_facts.CRL_NUMBER, crl_facts.ISSUING_POINT})


def numbered(subject: CrlSubject) -> Iterator[str]:
    """BR-R4."""
    view = subject.crl
    for oid in (facts.AUTHORITY_KEY_IDENTIFIER, crl_facts.CRL_NUMBER):
        extension = view.extension(oid)
        if extension is None:
            yield f"{crl_facts.word(oid)} is required"
        elif extension.critical:
            yield f"{crl_facts.word(oid)} must not be critical"
    if view.authority_issuer_and_serial:
        yield "the authority key identifier must hold the key identifier alone"
    if view.number is not None and not 0 <= view.number < 2**159:
        yield f"the CRL number is {view.number}; from 0 to below 2^159 is allowed"
    yield from crl_facts.number_faults(subject)


def other_extensions(subject: CrlSubject) -> Iterator[str]:
    """BR-R4-SHOULD."""
    for extension in subject.crl.extensions:
        if extension.oid not in EXTENSIONS:
            yield f"{crl_facts.word(extension.oid)} should not stand in a CRL"
    others = {
        item.oid for entry in subject.crl.entries for item in entry.extensions if item.oid != crl_facts.REASON_CODE
    }
    yield from (f"{crl_facts.word(oid)} should not stand in an entry" for oid in sorted(others))


def part_of_all(subject: CrlSubject) -> Iterator[str]:
    """BR-R5."""
    extension, point = subject.crl.extension(crl_facts.ISSUING_POINT), subject.crl.point
    if extension is None or point is None:
        return
    if not extension.critical:
        yield "the issuing distribution point must be critical"
    if point.only_users and point.only_cas:
        yield "onlyContainsUserCerts and onlyContainsCACerts must not both be said"
    if point.only_attributes:
        yield "onlyContainsAttributeCerts must not be said"
    if not point.full_name or any(name.kind != "uri" for name in point.full_name):
        yield "the issuing distribution point must have a full name, of addresses only"
    published = crl_facts.addresses(subject)
    if published and not published & {name.octets for name in point.full_name}:
        yield "none of its addresses is, octet for octet, one to which the issuer's certificates point"


def part_should(subject: CrlSubject) -> Iterator[str]:
    """BR-R5-SHOULD."""
    point = subject.crl.point
    if point is None:
        return
    if subject.scope == "ca":
        yield "the CRL of CA certificates is complete; an issuing distribution point is not recommended in it"
    if point.only_some_reasons:
        yield "onlySomeReasons should not be said; another CRL must then hold every reason"


def reasons(subject: CrlSubject) -> Iterator[str]:
    """BR-R6."""
    of_cas = {entry.serial_number for entry in crl_facts.for_cas(subject)}
    for entry in subject.crl.entries:
        ca = entry.serial_number in of_cas
        if entry.reason_critical:
            yield f"{entry.serial}: the reason code must not be critical"
        if entry.reason is None:
            if ca:
                yield f"{entry.serial}: the revocation of a CA certificate must give its reason"
        elif entry.reason == UNSPECIFIED:
            yield f"{entry.serial}: the reason unspecified must not be written"
        elif entry.reason == HOLD:
            yield f"{entry.serial}: certificateHold is not allowed"
        elif entry.reason not in ALLOWED and not (ca and entry.reason == CA_COMPROMISE):
            yield f"{entry.serial}: the reason {REASONS.get(entry.reason, entry.reason)} is not allowed"


def reasons_should(subject: CrlSubject) -> Iterator[str]:
    """BR-R6-SHOULD."""
    for entry in crl_facts.for_cas(subject):
        if entry.reason == CA_COMPROMISE:
            yield f"{entry.serial}: cACompromise is not in the table of reasons; keyCompromise is"


def entries_kept(subject: CrlSubject) -> Iterator[str]:
    """BR-R7."""
    known = subject.certificates()
    if subject.crl.list_present and not subject.crl.entries:
        yield "the list of revoked certificates is there and empty"
    for entry in subject.crl.entries:
        found = known.get(entry.serial_number)
        if found is not None and found.certificate.serial_octets != len(entry.serial_content):
            yield f"{entry.serial} is not, octet for octet, the serial number of {found.name}"
    yield from crl_facts.lost_entries(subject, but_hold=False)


def direct(subject: CrlSubject) -> Iterator[str]:
    """BR-R8."""
    if subject.crl.point is not None and subject.crl.point.indirect:
        yield "indirectCRL must not be said"
    for entry in subject.crl.entries:
        if entry.certificate_issuer is not None:
            yield f"{entry.serial}: an entry must not name another issuer"


def signature_encoding(subject: CrlSubject) -> Iterator[str]:
    """BR-A4-CRL."""
    found = subject.crl.signature_algorithm_der
    name, kind = SIGNATURE_ENCODINGS.get(found, ("", ""))
    if kind not in BR_KEYS:
        yield f"the signature algorithm is encoded as {found.hex()}, which is none of those prescribed"
    elif subject.issuer is not None and subject.issuer.key.kind != kind:
        yield f"the issuer's key is {subject.issuer.key.kind}, which does not go with {name}"


def no_sha1(subject: CrlSubject) -> Iterator[str]:
    """BR-A5-CRL."""
    if is_sha1(subject.crl.signature_algorithm_der):
        yield "the signature algorithm uses SHA-1"


def outer_algorithm(subject: CrlSubject) -> Iterator[str]:
    """BR-A6-CRL."""
    inner = subject.crl.signature_algorithm_der
    for outer in sorted({subject.crl.outer_algorithm_der, subject.outer_algorithm_der} - {b"", inner}):
        yield f"beside the signature stands {outer.hex()}; inside stands {inner.hex()}"


_rule = partial(Rule, pack="cabf-tls-br", kind="crl", source=CABF_TLS_BR, severity=Severity.ERROR)
_should = partial(_rule, severity=Severity.WARNING)

RULES: tuple[Rule, ...] = (
    _rule(
        id="BR-R4",
        text="Authority key identifier (of the key alone) and CRL number are there, not critical; the number is at "
        "least 0, below 2^159, and greater than that of the previous CRL.",
        section="BR 7.2.2, 7.1.2.11.1",
        advice="Write the previous number plus one, and give the previous CRL among the inputs of the script.",
        check=numbered,
    ),
    _should(
        id="BR-R4-SHOULD",
        text="A CRL has no other extensions than those of the table, and its entries none but the reason code.",
        section="BR 7.2.2",
        advice="Leave the extension away.",
        check=other_extensions,
    ),
    _rule(
        id="BR-R5",
        text="An issuing distribution point is critical, names addresses and among them one to which the certificates "
        "point, and does not limit the CRL to attribute certificates, nor to users and CAs at once.",
        section="BR 7.2.2.1",
        advice="Leave the issuing distribution point away; for a part of all revocations, write its address.",
        check=part_of_all,
    ),
    _should(
        id="BR-R5-SHOULD",
        text="A complete CRL has no issuing distribution point, and none is limited to some reasons.",
        section="BR 7.2.2.1",
        advice="Leave the issuing distribution point away.",
        check=part_should,
    ),
    _rule(
        id="BR-R6",
        text="The revocation of a CA certificate gives its reason; no reason code is critical, unspecified or "
        "certificateHold, or outside the table, but for cACompromise (RFC 5280 5.3.1) of a CA certificate.",
        section="BR 7.2.2",
        advice="Write keyCompromise, affiliationChanged, superseded, cessationOfOperation or privilegeWithdrawn.",
        check=reasons,
    ),
    _should(
        id="BR-R6-SHOULD",
        text="The certificate of a CA whose key is compromised is revoked for keyCompromise, which is in the table, "
        "and not for cACompromise, which RFC 5280 allows and the table leaves out.",
        section="BR 7.2.2, RFC 5280 5.3.1",
        advice="Write keyCompromise in the place of cACompromise.",
        check=reasons_should,
    ),
    _rule(
        id="BR-R7",
        text="An entry has the serial number of its certificate octet for octet, stays until a CRL issued after the "
        "certificate's expiry has named it, and an empty list is absent.",
        section="BR 7.2, 4.10.1",
        advice="Take over every entry of the previous CRL, and give the certificates that are revoked.",
        check=entries_kept,
    ),
    _rule(
        id="BR-R8",
        text="No CRL is indirect.",
        section="BR 7.2",
        advice="Let each CA sign the CRL of what it issued.",
        check=direct,
    ),
    _rule(
        id="BR-A4-CRL",
        text="The signature algorithm of a CRL is encoded exactly as prescribed, and goes with the issuer's key.",
        section="BR 7.1.3.2",
        advice="Choose a signature that fits the key: on P-384, ecdsa-sha384.",
        check=signature_encoding,
    ),
    _rule(
        id="BR-A5-CRL",
        text="No CRL is signed with SHA-1.",
        section="BR 7.1.3.2.1",
        advice="Write sha256-rsa or better.",
        check=no_sha1,
        effective=date(2026, 9, 15),
    ),
    _rule(
        id="BR-A6-CRL",
        text="The algorithm beside the signature of a CRL is, octet for octet, the one inside.",
        section="BR 7.2",
        advice="Leave the encoding to the program.",
        check=outer_algorithm,
    ),
)
