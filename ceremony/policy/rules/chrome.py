"""Chrome Root Program Policy: what it asks of CA certificates beyond the Baseline Requirements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ceremony.errors import Severity
from ceremony.policy.rules.calendar import years_after
from ceremony.policy.rules.facts import CLIENT_AUTH, SERVER_AUTH, others, same_key
from ceremony.policy.rules.purposes import TLS_PURPOSES, WORDS, serves_tls, words_of
from ceremony.policy.rules.rule import Rule, Source
from ceremony.policy.rules.view import Subject

SOURCE = Source("Chrome Root Program Policy", "1.8", date(2026, 2, 5))
ROOT_KEY_YEARS = 15
SUBORDINATE_YEARS = 3
SERVER_ONLY = date(2026, 6, 15)


def _server_only(subject: Subject) -> Iterator[str]:
    purposes = subject.certificate.purposes
    if serves_tls(subject) and purposes != (SERVER_AUTH,):
        yield f"A subordinate CA under a root in Chrome must say serverAuth and nothing else; {words_of(purposes)}"


def _server_or_both(subject: Subject) -> Iterator[str]:
    purposes = subject.certificate.purposes
    if serves_tls(subject) and (purposes is None or not {SERVER_AUTH} <= set(purposes) <= {SERVER_AUTH, CLIENT_AUTH}):
        yield f"A subordinate CA must say serverAuth, with or without clientAuth; {words_of(purposes)}"


def _one_set_of_purposes(subject: Subject) -> Iterator[str]:
    purposes = subject.certificate.purposes
    if not serves_tls(subject) or purposes is None:
        return
    for known in others(subject):
        other = known.certificate
        lives = not known.revoked and other.not_after >= subject.clock
        if lives and other.purposes is not None and same_key(subject, known) and set(other.purposes) != set(purposes):
            listed = " and ".join(WORDS.get(oid, oid) for oid in other.purposes)
            yield f"The same key has other purposes in {known.name}, {listed}; here {words_of(purposes)}"


def _short_lived(subject: Subject) -> Iterator[str]:
    certificate = subject.certificate
    limit = years_after(certificate.not_before, SUBORDINATE_YEARS)
    if serves_tls(subject) and certificate.not_after > limit:
        yield (
            f"A subordinate CA should last at most {SUBORDINATE_YEARS} years, here until "
            f"{limit:%Y-%m-%dT%H:%M:%SZ}; it lasts until {certificate.not_after:%Y-%m-%dT%H:%M:%SZ}"
        )


def _key_age(subject: Subject) -> Iterator[str]:
    limit = years_after(subject.certificate.not_before, ROOT_KEY_YEARS)
    if subject.root and subject.purpose in TLS_PURPOSES and subject.certificate.not_after > limit:
        yield f"Chrome removes a root when its key is {ROOT_KEY_YEARS} years old: on {limit:%Y-%m-%d}, before it ends"


RULES = (
    Rule(
        "CH-1",
        "chrome",
        "A root is removed when its key is 15 years old, counted from the earliest of the ceremony's report and the "
        "first certificate.",
        SOURCE,
        "1.3.1.2",
        Severity.NOTICE,
        "Plan the successor before that day, or write a shorter lifetime.",
        _key_age,
        part="validity",
    ),
    Rule(
        "CH-3",
        "chrome",
        "A subordinate CA disclosed from 2026-06-15 on says serverAuth in its extendedKeyUsage, and nothing else.",
        SOURCE,
        "1.3.2",
        Severity.ERROR,
        "Write {type: extended-key-usage, critical: false, purposes: [serverAuth]}.",
        _server_only,
        effective=SERVER_ONLY,
        part="extended-key-usage",
    ),
    Rule(
        "CH-3-BEFORE",
        "chrome",
        "A subordinate CA disclosed before 2026-06-15 says serverAuth, or serverAuth and clientAuth, and nothing else.",
        SOURCE,
        "1.3.2",
        Severity.ERROR,
        "Write {type: extended-key-usage, critical: false, purposes: [serverAuth]}.",
        _server_or_both,
        effective=date(2025, 6, 15),
        until=SERVER_ONLY,
        part="extended-key-usage",
    ),
    Rule(
        "CH-3-KEY",
        "chrome",
        "The public key of a subordinate CA stands in no other certificate in force that says other purposes.",
        SOURCE,
        "1.3.2",
        Severity.ERROR,
        "Give both certificates the same purposes, or certify a key of its own.",
        _one_set_of_purposes,
        part="extended-key-usage",
    ),
    Rule(
        "CH-4",
        "chrome",
        "A subordinate CA should last no longer than three years.",
        SOURCE,
        "1.3.1.3",
        Severity.WARNING,
        "Write validity: {lifetime: 3y}, or say in the CP/CPS why it must last longer.",
        _short_lived,
        part="validity",
    ),
)
