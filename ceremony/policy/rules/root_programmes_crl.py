"""Mozilla Root Store Policy and CCADB Policy: CRLs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import ccadb, crl_facts, mozilla
from ceremony.policy.rules.crl_view import CrlSubject
from ceremony.policy.rules.rule import Rule


def well_formed(subject: CrlSubject) -> Iterator[str]:
    """MZ-2-CRL."""
    view = subject.crl
    yield from (f"The bytes are not DER: {fault}" for fault in view.irregularities)
    yield from crl_facts.repeated_entries(subject)
    yield from part_says_where(subject)


def part_says_where(subject: CrlSubject) -> Iterator[str]:
    """CC-4."""
    extension, point = subject.crl.extension(crl_facts.ISSUING_POINT), subject.crl.point
    if extension is None or point is None:
        return
    if not extension.critical or not any(name.kind == "uri" for name in point.full_name):
        yield "A CRL that is part of all must say in a critical issuing distribution point at which address it is"


def whole_says_nothing(subject: CrlSubject) -> Iterator[str]:
    """CC-4-SHOULD."""
    if subject.scope == "ca" and subject.crl.point is not None:
        yield "A complete CRL should have no issuing distribution point"


def reason_given(subject: CrlSubject) -> Iterator[str]:
    """CC-3."""
    for entry in crl_facts.for_cas(subject):
        if entry.reason is None:
            yield f"{entry.serial}: the revocation of a CA certificate must give its reason"


_ccadb = partial(Rule, pack="ccadb", kind="crl", source=ccadb.SOURCE, severity=Severity.ERROR)

RULES: tuple[Rule, ...] = (
    Rule(
        id="MZ-2-CRL",
        pack="mozilla",
        kind="crl",
        text="A CRL is DER without errors, names each serial number once, and where it is a part of all says so in a "
        "critical issuing distribution point with its address.",
        source=mozilla.SOURCE,
        section="5.2",
        severity=Severity.ERROR,
        advice="Leave the encoding to the program; revoke each certificate once.",
        check=well_formed,
    ),
    _ccadb(
        id="CC-3",
        text="The revocation of a subordinate CA's certificate gives its reason.",
        section="3.2",
        advice="Write the reason beside the certificate in the list of revocations.",
        check=reason_given,
    ),
    _ccadb(
        id="CC-4",
        text="A CRL that is part of all says in a critical issuing distribution point at which address it is.",
        section="6.2",
        advice="Write the address that is disclosed, octet for octet; or leave the issuing distribution point away.",
        check=part_says_where,
    ),
    _ccadb(
        id="CC-4-SHOULD",
        text="A complete CRL has no issuing distribution point.",
        section="6.2",
        severity=Severity.WARNING,
        advice="Leave the issuing distribution point away.",
        check=whole_says_nothing,
    ),
)
