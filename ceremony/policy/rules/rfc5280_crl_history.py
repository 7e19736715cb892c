"""A CRL in time: its number and its dates after the previous one, the entries kept, and those that the plan adds.

Partly RFC 5280, partly what no CRL of this program may do, whatever else is in force.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import crl_facts, facts
from ceremony.policy.rules.crl_facts import HOLD
from ceremony.policy.rules.crl_view import REASONS, CrlSubject
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import HOUSE, RFC5280


def number(subject: CrlSubject) -> Iterator[str]:
    """CRL-NUMBER."""
    yield from crl_facts.number_faults(subject)


def clock(subject: CrlSubject) -> Iterator[str]:
    """CRL-CLOCK."""
    view, before = subject.crl, subject.previous
    if view.this_update > subject.clock:
        yield f"thisUpdate ({facts.moment(view.this_update)}) lies after the clock ({facts.moment(subject.clock)})"
    if before is not None and view.this_update <= before.this_update:
        yield f"thisUpdate does not come after the previous CRL's ({facts.moment(before.this_update)})"


def future(subject: CrlSubject) -> Iterator[str]:
    """CRL-FUTURE."""
    latest = min(subject.crl.this_update, subject.clock)
    for entry in subject.crl.entries:
        if entry.revoked_at > latest:
            yield f"{entry.serial}: revoked on {facts.moment(entry.revoked_at)}, after {facts.moment(latest)}"


def before_birth(subject: CrlSubject) -> Iterator[str]:
    """CRL-BEFORE."""
    known = subject.certificates()
    for entry in subject.crl.entries:
        found = known.get(entry.serial_number)
        if found is not None and entry.revoked_at < found.certificate.not_before:
            yield f"{entry.serial}: revoked on {facts.moment(entry.revoked_at)}, before {found.name} was valid"


def duplicates(subject: CrlSubject) -> Iterator[str]:
    """CRL-DUPLICATE."""
    yield from crl_facts.repeated_entries(subject)


def foreign(subject: CrlSubject) -> Iterator[str]:
    """CRL-FOREIGN."""
    for entry in subject.crl.entries:
        if entry.certificate_issuer is not None:
            yield f"{entry.serial}: the entry says that another issued the certificate; this program makes no such CRL"
    if subject.issued is None:
        return
    own = subject.certificates()
    others = {known.certificate.serial_number: known for known in subject.issued}
    for entry in subject.new_entries():
        if entry.serial_number in own or entry.certificate_issuer is not None:
            continue
        other = others.get(entry.serial_number)
        if other is not None:
            yield f"{entry.serial}: that is {other.name}, which another issuer issued"
        else:
            yield f"{entry.serial}: this issuer is not known to have issued such a certificate"


def reasons_kept(subject: CrlSubject) -> Iterator[str]:
    """CRL-REASON-LOST."""
    written = {entry.serial_number: entry for entry in subject.crl.entries}
    for wish in subject.intended or ():
        entry = written.get(wish.serial_number)
        if entry is not None and entry.reason != wish.reason and not (entry.reason is None and wish.reason == 0):
            asked, found = (_reason(item) for item in (wish.reason, entry.reason))
            yield f"{entry.serial}: {asked} was asked for; in the bytes stands {found}"


def as_planned(subject: CrlSubject) -> Iterator[str]:
    """CRL-PLAN."""
    if subject.intended is None:
        return
    wishes = {wish.serial_number: wish for wish in subject.intended}
    written = {entry.serial_number: entry for entry in subject.crl.entries}
    for serial, wish in wishes.items():
        entry = written.get(serial)
        if entry is None:
            yield f"{serial:x}: its revocation was asked for and is not in the bytes"
        elif entry.revoked_at != wish.revoked_at:
            yield f"{entry.serial}: {facts.moment(wish.revoked_at)} was asked for, not {facts.moment(entry.revoked_at)}"
    for entry in subject.new_entries():
        if entry.serial_number not in wishes:
            yield f"{entry.serial}: nobody asked for its revocation"


def lost(subject: CrlSubject) -> Iterator[str]:
    """CRL-LOST."""
    yield from crl_facts.lost_entries(subject, but_hold=True)


def changed(subject: CrlSubject) -> Iterator[str]:
    """CRL-CHANGED."""
    before = {entry.serial_number: entry for entry in subject.previous.entries} if subject.previous else {}
    for entry in subject.crl.entries:
        old = before.get(entry.serial_number)
        if old is None:
            continue
        if old.revoked_at != entry.revoked_at:
            yield f"{entry.serial}: the previous CRL says that it was revoked on {facts.moment(old.revoked_at)}"
        if old.reason != entry.reason and old.reason != HOLD:
            yield f"{entry.serial}: the previous CRL gives {_reason(old.reason)}, this one {_reason(entry.reason)}"


def gap(subject: CrlSubject) -> Iterator[str]:
    """CRL-GAP."""
    before, view = subject.previous, subject.crl
    if before is None or before.next_update is None:
        return
    if view.this_update > before.next_update:
        yield f"the previous CRL ended on {facts.moment(before.next_update)}; from then on none was in force"
    if view.next_update is not None and view.next_update < before.next_update:
        yield f"it ends before the previous CRL would have ({facts.moment(before.next_update)})"


def beyond(subject: CrlSubject) -> Iterator[str]:
    """CRL-BEYOND."""
    view, by = subject.crl, subject.issuer
    if by is None:
        return
    if view.next_update is not None and view.next_update > by.not_after:
        yield f"nextUpdate lies after the end of the issuer's certificate ({facts.moment(by.not_after)})"


def expired_issuer(subject: CrlSubject) -> Iterator[str]:
    """CRL-EXPIRED."""
    view, by = subject.crl, subject.issuer
    if by is not None and not by.not_before <= view.this_update <= by.not_after:
        yield "thisUpdate lies outside the validity of the issuer's certificate"


def _reason(reason: int | None) -> str:
    return "no reason" if reason is None else REASONS.get(reason, f"the reason {reason}")


_rule = partial(Rule, pack="rfc5280", kind="crl", source=RFC5280, severity=Severity.ERROR)
_own = partial(_rule, source=HOUSE)
_ENTRY = "Correct the entry in the list of revocations of the script."

RULES: tuple[Rule, ...] = (
    _rule(
        id="CRL-NUMBER",
        text="The CRL number is greater than that of the previous CRL.",
        section="RFC 5280 5.2.3",
        advice="Write the previous number plus one, and give the previous CRL among the inputs of the script.",
        check=number,
    ),
    _own(
        id="CRL-CLOCK",
        text="A CRL does not begin in the future, and begins after the previous one.",
        section="own rule 4",
        advice="Let thisUpdate be the agreed clock.",
        check=clock,
    ),
    _own(
        id="CRL-FUTURE",
        text="No certificate is revoked in the future: no revocation date lies after thisUpdate or the agreed clock.",
        section="own rule 5",
        advice="Write the day on which the certificate was revoked. Look at the year.",
        check=future,
    ),
    _own(
        id="CRL-BEFORE",
        text="No certificate is revoked before it was valid.",
        section="own rule 6",
        advice="Write a revocation date that is not before the certificate's notBefore.",
        check=before_birth,
    ),
    _own(
        id="CRL-DUPLICATE",
        text="Each serial number stands in a CRL once.",
        section="own rule 7",
        advice=_ENTRY,
        check=duplicates,
    ),
    _own(
        id="CRL-FOREIGN",
        text="A CRL names only certificates that its own issuer is known to have issued.",
        section="own rule 8",
        advice="Give the revoked certificate itself among the inputs; revoke it in the CRL of the CA that issued it.",
        check=foreign,
    ),
    _own(
        id="CRL-REASON-LOST",
        text="The reason that the plan gives for a revocation stands in the bytes.",
        section="own rule 9",
        advice="Do not sign. Make the CRL again, with the reason.",
        check=reasons_kept,
    ),
    _own(
        id="CRL-PLAN",
        text="What the CRL adds to the previous one is what the plan asks for, and nothing else.",
        section="own rule 10",
        advice="Do not sign. Make the CRL again from the list of revocations, or correct the list.",
        check=as_planned,
    ),
    _rule(
        id="CRL-LOST",
        text="A revoked certificate stays on the list until it has stood on one CRL that was issued after it expired.",
        section="RFC 5280 3.3, 5",
        advice="Take over every entry of the previous CRL.",
        check=lost,
    ),
    _own(
        id="CRL-CHANGED",
        text="An entry that was on the previous CRL keeps its date and its reason.",
        section="own rule 11",
        severity=Severity.WARNING,
        advice="Take the entry over as it is; where a key was compromised earlier than thought, say so in the script.",
        check=changed,
    ),
    _rule(
        id="CRL-GAP",
        text="A CRL is always in force: the next one begins before the last one ends, and does not end before it.",
        section="RFC 5280 5.1.2.5",
        # A gap that is there already is not healed by refusing the CRL that ends it.
        severity=Severity.WARNING,
        advice="Hold the next ceremony before nextUpdate. Note the gap, with its cause, among the deviations.",
        check=gap,
    ),
    _own(
        id="CRL-EXPIRED",
        text="A CRL begins within the validity of its issuer's certificate.",
        section="own rule 12",
        advice="Sign nothing under a certificate that has expired, or is not valid yet.",
        check=expired_issuer,
    ),
    _own(
        id="CRL-BEYOND",
        text="A CRL ends within the validity of its issuer's certificate.",
        section="own rule 12",
        severity=Severity.WARNING,
        advice="Write an earlier nextUpdate.",
        check=beyond,
    ),
)
