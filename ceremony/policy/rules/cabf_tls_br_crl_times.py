"""CA/Browser Forum TLS Baseline Requirements: when CRLs are issued, and how long each counts (4.9.7, 7.2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.calendar import years_after
from ceremony.policy.rules.crl_view import CrlSubject
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import CABF_TLS_BR

SUBSCRIBER_SPAN = timedelta(days=10)
LINTED_SPAN = timedelta(days=365)
"""What pkilint takes twelve months to be, in leap years too."""
PROMPT = timedelta(hours=24)


def twelve_months_after(start: datetime) -> datetime:
    """The same moment one calendar year later."""
    return years_after(start, 1) + timedelta(seconds=1)


def on_time(subject: CrlSubject) -> Iterator[str]:
    """BR-R1."""
    view, before = subject.crl, subject.previous
    if subject.scope == "ca" and before is not None and view.this_update > twelve_months_after(before.this_update):
        yield f"the previous CRL was issued on {facts.moment(before.this_update)}, more than twelve months ago"
    for entry in subject.new_entries():
        if view.this_update - entry.revoked_at > PROMPT:
            yield f"{entry.serial} was revoked on {facts.moment(entry.revoked_at)}, more than 24 hours before this CRL"


def next_due(subject: CrlSubject) -> Iterator[str]:
    """BR-R1-DUE."""
    view = subject.crl
    if subject.scope == "ca":
        limit = twelve_months_after(view.this_update)
        yield f"the next CRL must be issued before {facts.moment(min(view.next_update or limit, limit))}"


def first(subject: CrlSubject) -> Iterator[str]:
    """BR-R2."""
    if subject.previous is not None:
        return
    issued = [known for known in subject.own() if not known.certificate.self_issued]
    earliest = min(issued, key=lambda known: known.certificate.not_before, default=None)
    if earliest is not None and subject.crl.this_update - earliest.certificate.not_before > PROMPT:
        born = facts.moment(earliest.certificate.not_before)
        yield f"the first certificate ({earliest.name}) is of {born}; the first CRL comes more than 24 hours later"


def span(subject: CrlSubject) -> Iterator[str]:
    """BR-R3."""
    view = subject.crl
    if view.version != 2:
        yield f"the version is v{view.version}; v2 is required"
    if view.next_update is None:
        yield "nextUpdate is required"
        return
    by_scope = {
        "ca": (twelve_months_after(view.this_update), "twelve months"),
        "subscriber": (view.this_update + SUBSCRIBER_SPAN, "10 days"),
    }
    limit, words = by_scope[subject.scope]
    if view.next_update > limit:
        yield f"nextUpdate is more than {words} after thisUpdate; {facts.moment(limit)} is the latest"


def span_should(subject: CrlSubject) -> Iterator[str]:
    """BR-R3-SHOULD."""
    view = subject.crl
    if view.next_update is not None and view.next_update - view.this_update > LINTED_SPAN:
        yield "nextUpdate is more than 365 days after thisUpdate, which linters take for more than twelve months"


def until(subject: CrlSubject) -> Iterator[str]:
    """BR-R9."""
    by = subject.issuer
    if by is None or not by.ca:
        return
    known = [
        other for other in subject.issued or () if other.certificate.ca and other.certificate.key.spki == by.key.spki
    ]
    revoked = {other.certificate.octets for other in known if other.revoked}
    views = (by, *(other.certificate for other in known))
    ends = [view.not_after for view in views if view.octets not in revoked]
    if ends and max(ends) > subject.crl.this_update:
        yield f"CRLs must be issued until {facts.moment(max(ends))}, or until the key is destroyed"


_rule = partial(Rule, pack="cabf-tls-br", kind="crl", source=CABF_TLS_BR, severity=Severity.ERROR)
_should = partial(_rule, severity=Severity.WARNING)

RULES: tuple[Rule, ...] = (
    _should(
        id="BR-R1",
        text="A CRL of CA certificates is issued at least every twelve months, and within 24 hours of a revocation.",
        section="BR 4.9.7",
        # Late is late: refusing the CRL that ends the delay would lengthen it.
        advice="Note the delay and its cause among the deviations; plan the next CRL in time.",
        check=on_time,
    ),
    _rule(
        id="BR-R1-DUE",
        text="The day before which the next CRL must be issued is known when this one is signed.",
        section="BR 4.9.7",
        severity=Severity.NOTICE,
        advice="Put the day into the calendar of those who must be there.",
        check=next_due,
    ),
    _should(
        id="BR-R2",
        text="The first CRL is issued within 24 hours of the first certificate.",
        section="BR 4.9.7, 7.2",
        advice="Sign the first CRL in the same ceremony as the first certificate.",
        check=first,
    ),
    _rule(
        id="BR-R3",
        text="A CRL is v2; its nextUpdate is at most twelve months after thisUpdate, for subscribers at most 10 days.",
        section="BR 7.2",
        advice="Write a nextUpdate of 365 days or less after thisUpdate.",
        check=span,
    ),
    _should(
        id="BR-R3-SHOULD",
        text="nextUpdate is at most 365 days after thisUpdate, whatever the calendar.",
        section="BR 7.2",
        advice="Write a nextUpdate of 365 days after thisUpdate, in leap years too.",
        check=span_should,
    ),
    _rule(
        id="BR-R9",
        text="CRLs are issued until every CA certificate over the issuer's key has expired or is revoked, or the key "
        "is destroyed.",
        section="BR 4.9.7",
        severity=Severity.NOTICE,
        advice="Put the day into the calendar. Do not destroy the token, nor let its PIN be lost, before it.",
        check=until,
    ),
)
