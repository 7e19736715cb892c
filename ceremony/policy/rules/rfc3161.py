"""RFC 3161: the certificate of a time-stamping authority (2.3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.purposes import words_of
from ceremony.policy.rules.rule import Rule, Source
from ceremony.policy.rules.view import Subject

RFC3161 = Source("RFC 3161, Time-Stamp Protocol", "RFC 3161", date(2001, 8, 1), read="secondary")
SIGNING_BITS = frozenset({"digitalSignature", "nonRepudiation"})
"""The key usages that go with timeStamping (RFC 5280 4.2.1.12)."""


def time_stamping(subject: Subject) -> Iterator[str]:
    """RFC3161-EKU. A CA with this purpose certifies authorities, and is none."""
    view = subject.certificate
    if view.ca or facts.TIME_STAMPING not in (view.purposes or ()):
        return
    if view.purposes != (facts.TIME_STAMPING,):
        yield f"{words_of(view.purposes)}; a time-stamping authority's key serves timeStamping and nothing else"
    extension = view.extension(facts.EXTENDED_KEY_USAGE)
    if extension is not None and not extension.critical:
        yield "the extended key usage of a time-stamping authority must be critical"
    if view.key_usage is not None and not view.key_usage <= SIGNING_BITS:
        others = ", ".join(sorted(view.key_usage - SIGNING_BITS))
        yield f"the key usage {others} does not go with timeStamping; digitalSignature and nonRepudiation do"


RULES: tuple[Rule, ...] = (
    Rule(
        id="RFC3161-EKU",
        pack="rfc5280",
        text="The certificate of a time-stamping authority has a critical extended key usage of timeStamping alone, "
        "and no key usage beside digitalSignature and nonRepudiation.",
        source=RFC3161,
        section="RFC 3161 2.3, RFC 5280 4.2.1.12",
        severity=Severity.ERROR,
        advice="Write {type: extended-key-usage, critical: true, purposes: [timeStamping]}, and key-usage "
        "[digitalSignature].",
        check=time_stamping,
        part="extended-key-usage",
    ),
)
