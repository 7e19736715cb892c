"""Whether a certificate can stand for a person who signs: an approval, an attestation."""

from __future__ import annotations

from datetime import datetime

from ceremony.errors import CeremonyError
from ceremony.pki.der import DerError
from ceremony.pki.keys import key_algorithm
from ceremony.pki.view import certificate_view

SIGNING = frozenset({"digitalSignature", "nonRepudiation"})
"""The usages of which a person's certificate has one, where it says what its key is for (RFC 5280 4.2.1.3)."""

KINDS = ("rsa-", "p-")
"""How the kinds of keys begin that a person's credential may have: those that CMS seals are made with."""


def why_unfit(certificate: bytes, at: datetime) -> str:
    """Why a DER certificate is no credential of a person at this moment (UTC), as a sentence; empty where it is one.

    Looked at: strict DER, validity, keyUsage where it is there, that it is of no CA, and the kind of the key. Its
    issuer is not: the people file names the certificate by its SHA-256, and that is what vouches for it.
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
    if not kind.startswith(KINDS):
        return f"Its key is of kind {kind}; RSA and elliptic-curve keys can sign here."
    return ""


def spki_of(certificate: bytes) -> bytes:
    """The DER SubjectPublicKeyInfo of a certificate. Raises DerError for what is none."""
    return certificate_view(certificate).key.spki
