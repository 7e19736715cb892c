"""Whether a certificate can stand for a person who signs: an approval, an attestation, a seal."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from ceremony.errors import CeremonyError
from ceremony.pki.der import DerError
from ceremony.pki.holes import PRACTICE_MARK
from ceremony.pki.keys import key_algorithm
from ceremony.pki.view import certificate_view

SIGNING = frozenset({"digitalSignature", "nonRepudiation"})
"""The usages of which a person's certificate has one, where it says what its key is for (RFC 5280 4.2.1.3)."""

PURPOSES = {
    "2.5.29.37.0": "any (RFC 5280 4.2.1.12)",
    "1.3.6.1.5.5.7.3.4": "emailProtection (RFC 5280 4.2.1.12)",
    "1.3.6.1.5.5.7.3.36": "documentSigning (RFC 9336)",
    "1.3.6.1.4.1.311.10.3.12": "document signing, as Microsoft names it",
    "1.2.840.113583.1.1.5": "authentic documents, as Adobe names it",
}
"""The purposes of which it has one, where it has an extended key usage: to sign what a person says. To log in
(clientAuth), to sign code, time or OCSP responses is something else."""

COMMON_NAME, ORGANISATION = "2.5.4.3", "2.5.4.10"

SOON = timedelta(days=1)
"""A certificate that ends within this time is told of: it may not last until the close."""

KINDS = ("rsa-", "p-")
"""How the kinds of keys begin that a person's credential may have: those that CMS seals are made with."""


def ends_soon(ends: datetime, at: datetime) -> bool:
    """Whether it is told at this moment (UTC) that a certificate ends soon; of one that ended, `why_unfit` tells."""
    return timedelta(0) <= ends - at < SOON


def why_unfit(certificate: bytes, at: datetime, called: str) -> str:
    """Why a DER certificate is no credential of a person at this moment (UTC), as a sentence; empty where it is one.

    Looked at: strict DER, validity, keyUsage and extended key usage where they are there, that it is of no CA, the kind
    of the key, and that the common name of its subject is what the people file says that it calls the person: `called`,
    in whatever case and with whatever blanks. Its issuer is not: the people file names the certificate by its SHA-256,
    and that is what vouches for it. Nor is the organisation: who issues a certificate to somebody may name another one.
    """
    try:
        view = certificate_view(certificate)
        kind = key_algorithm(view.key.spki)
    except DerError as error:
        return f"It is not a certificate: {error}."
    except CeremonyError as error:
        return f"{error.headline} {error.detail}".strip()
    if view.irregularities:
        return f"It is not well formed: {view.irregularities[0]}."
    if at < view.not_before:
        return f"It is not valid before {view.not_before:%Y-%m-%dT%H:%M:%SZ}."
    if at > view.not_after:
        return f"It expired at {view.not_after:%Y-%m-%dT%H:%M:%SZ}."
    if view.ca:
        return "It is the certificate of a CA, not of a person."
    if view.key_usage is not None and not view.key_usage & SIGNING:
        return f"Its key is not for signatures but for {', '.join(sorted(view.key_usage)) or 'nothing'}."
    if view.purposes is not None and not PURPOSES.keys() & set(view.purposes):
        return f"Its key is not to sign what a person says but for {', '.join(view.purposes)} (extended key usage)."
    if not kind.startswith(KINDS):
        return f"Its key is of kind {kind}; RSA and elliptic-curve keys can sign here."
    names = view.subject.values(COMMON_NAME)
    if any(name.endswith(PRACTICE_MARK) for name in names):
        return f"It is one of practice: its subject is {', '.join(names)}."
    if len(names) != 1 or not same_words(names[0], called):
        return f"Its subject is {', '.join(names) or 'without a common name'}, and not {called}."
    return ""


def organisations_of(certificate: bytes) -> tuple[str, ...]:
    """The organisations of a certificate's subject. Raises DerError for what is no certificate."""
    return certificate_view(certificate).subject.values(ORGANISATION)


def same_words(one: str, other: str) -> bool:
    """Whether two names are the same but for case, blanks and the way in which their letters are composed."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def spki_of(certificate: bytes) -> bytes:
    """The DER SubjectPublicKeyInfo of a certificate. Raises DerError for what is none."""
    return certificate_view(certificate).key.spki
