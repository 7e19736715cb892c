"""Which key identifiers a certificate carries: worked out from the profiles and the filled holes."""

from __future__ import annotations

from ceremony.pki.holes import Holes
from ceremony.pki.keys import key_identifier
from ceremony.policy.extensions import SubjectKeyIdentifier
from ceremony.policy.models import CertificateProfile


def subject_identifier(profile: CertificateProfile, holes: Holes) -> bytes | None:
    """What the subject key identifier holds; None where the profile has none, or the one to copy is not known."""
    return _by_method(profile, holes.spki, holes.subject_key_identifier)


def issuer_identifier(profile: CertificateProfile, issuer_profile: CertificateProfile, holes: Holes) -> bytes | None:
    """What an authority key identifier points to: what the issuer's certificate carries, or is to carry."""
    if holes.issuer_key_identifier is not None:
        return holes.issuer_key_identifier
    copied = holes.subject_key_identifier if profile == issuer_profile else None
    return _by_method(issuer_profile, holes.issuer_spki, copied)


def _by_method(profile: CertificateProfile, spki: bytes, copied: bytes | None) -> bytes | None:
    for extension in profile.extensions:
        if isinstance(extension, SubjectKeyIdentifier):
            match extension.method:
                case "copy":
                    return copied
                case "literal":
                    return bytes.fromhex(extension.value or "")
                case method:
                    return key_identifier(spki, method)
    return None
