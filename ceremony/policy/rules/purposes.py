"""What a CA certificate is for, as the root programmes take it, and the words for it."""

from __future__ import annotations

from collections.abc import Iterable

from ceremony.policy.rules.facts import (
    ANY_PURPOSE,
    CLIENT_AUTH,
    CODE_SIGNING,
    EMAIL_PROTECTION,
    OCSP_SIGNING,
    SERVER_AUTH,
    TIME_STAMPING,
    TLS_TYPES,
)
from ceremony.policy.rules.view import Subject

WORDS = {
    SERVER_AUTH: "serverAuth",
    CLIENT_AUTH: "clientAuth",
    CODE_SIGNING: "codeSigning",
    EMAIL_PROTECTION: "emailProtection",
    TIME_STAMPING: "timeStamping",
    OCSP_SIGNING: "OCSPSigning",
    ANY_PURPOSE: "anyExtendedKeyUsage",
}

TLS_PURPOSES = frozenset({"tls", "tls-generic"})


def words_of(purposes: Iterable[str] | None) -> str:
    """The purposes as people name them: `serverAuth and clientAuth`; or that there is no such extension."""
    if purposes is None:
        return "it has no extendedKeyUsage"
    return "it says " + " and ".join(WORDS.get(oid, oid) for oid in purposes)


def subordinate(subject: Subject) -> bool:
    """A CA certificate that another key signs: of a subordinate CA, or a cross-certificate."""
    return subject.ca and not subject.root and not subject.certificate.self_issued


def serves_tls(subject: Subject) -> bool:
    """A subordinate CA that is declared for TLS, or that could issue TLS server certificates whatever is declared."""
    if not subordinate(subject):
        return False
    if subject.purpose in TLS_PURPOSES or subject.lint_as in TLS_TYPES:
        return True
    purposes = subject.certificate.purposes
    return subject.lint_as != "non-tls-ca" and (purposes is None or SERVER_AUTH in purposes or ANY_PURPOSE in purposes)
