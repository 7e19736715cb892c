"""A request profile as the certificate profile that says the same subject, key and extensions: one language."""

from __future__ import annotations

from ceremony.pki.encodable import EARLIEST, refuse
from ceremony.pki.holes import Holes
from ceremony.policy.extensions import AuthorityKeyIdentifier
from ceremony.policy.models import CertificateProfile, Validity
from ceremony.policy.status import RequestProfile


def as_certificate(profile: RequestProfile) -> CertificateProfile:
    """A profile with the request's subject, key, signature and extensions; the rest of it stands for nothing.

    Raises CeremonyError REQ-PROFILE for extensions that no request can ask for: one that stands twice, and an authority
    key identifier that points to an issuer, which a request does not know.
    """
    for extension in profile.extensions:
        if isinstance(extension, AuthorityKeyIdentifier) and "issuer" in {
            extension.key_identifier,
            extension.issuer_and_serial,
        }:
            raise refuse(
                "A request does not know who will issue it.",
                "Its profile has an authority-key-identifier that points to the issuer.",
                "Remove it from the profile: the issuer adds its own.",
                "REQ-PROFILE",
            )
    try:
        return CertificateProfile(
            lint_as="pkix",
            subject=profile.subject,
            issuer="unknown",
            key=profile.key,
            signature=profile.signature,
            validity=Validity(lifetime="1d"),
            extensions=profile.extensions,
        )
    except ValueError as error:
        raise refuse(
            "A request profile asks for an extension twice.",
            "RFC 5280 4.2 allows each extension once.",
            "Remove one of them from the profile.",
            "REQ-PROFILE",
        ) from error


def as_holes(spki: bytes, subject_key_identifier: bytes | None) -> Holes:
    """The holes of such a profile: the key, and the identifier that it has already; the rest stands for nothing."""
    return Holes(spki, spki, 1, EARLIEST, EARLIEST, subject_key_identifier=subject_key_identifier)
