"""A small hierarchy for outside judges: certificates by our own encoder, software keys in the place of a token.

It begins an hour before now, because not every judge can be told another time. CRLs and OCSP responses are made by
`cryptography`: what is judged here is the judges.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from ceremony.pki.certificate import Holes, assemble, build_certificate
from ceremony.policy.models import CertificateProfile

NOW = datetime.now(UTC).replace(microsecond=0)
START = NOW - timedelta(hours=1)
DAY = timedelta(days=1)

KEY_IDENTIFIERS = [{"type": "subject-key-identifier", "method": "rfc7093-1"}, {"type": "authority-key-identifier"}]
IS_CA = [
    {"type": "basic-constraints", "critical": True, "ca": True},
    {"type": "key-usage", "critical": True, "usages": ["keyCertSign", "cRLSign", "digitalSignature"]},
]
PLACES = [{"type": "crl-distribution-points", "urls": ["http://pki.uji.example.com/list.crl"]}]
SIGNS = {"type": "key-usage", "critical": True, "usages": ["digitalSignature"]}
EXTENSIONS: dict[str, list[dict[str, Any]]] = {
    "root": [*IS_CA, *KEY_IDENTIFIERS],
    "sub": [*IS_CA, *KEY_IDENTIFIERS, *PLACES],
    "leaf": [
        SIGNS,
        {"type": "extended-key-usage", "critical": False, "purposes": ["serverAuth"]},
        {
            "type": "subject-alternative-name",
            "critical": False,
            "names": [{"type": "dns", "value": "www.uji.example.com"}],
        },
        *KEY_IDENTIFIERS,
        *PLACES,
    ],
    "responder": [
        SIGNS,
        {"type": "extended-key-usage", "critical": False, "purposes": ["OCSPSigning"]},
        {"type": "ocsp-no-check"},
        *KEY_IDENTIFIERS,
    ],
}


@dataclass(frozen=True)
class Made:
    """A certificate, its key and its profile."""

    der: bytes
    key: Any
    profile: CertificateProfile

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)


@cache
def key_of(name: str, algorithm: str) -> Any:
    """One key for one name, made once in a run."""
    if algorithm == "rsa-2048":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP384R1())


def spki_of(key: Any) -> bytes:
    octets: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return octets


def signature_over(key: Any, octets: bytes) -> bytes:
    """What a token would do."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(octets, padding.PKCS1v15(), hashes.SHA384())
    signature: bytes = key.sign(octets, ec.ECDSA(hashes.SHA384()))
    return signature


def make(
    kind: str,
    issuer: Made | None = None,
    *,
    name: str = "",
    algorithm: str = "p-384",
    serial: int = 2**126 + 1,
    not_before: datetime = START,
    not_after: datetime = START + 365 * DAY,
    signed_by: Any = None,
    drop: tuple[str, ...] = (),
) -> Made:
    """A certificate of one kind of `EXTENSIONS`, less those to be dropped; `signed_by` is a key that should not."""
    key = key_of(name or kind, algorithm)
    signer = issuer.key if issuer else key
    signature = "sha384-rsa" if isinstance(signer, rsa.RSAPrivateKey) else "ecdsa-sha384"
    data = {
        "lint_as": "pkix",
        "subject": [{"type": "O", "value": "Balai Uji"}, {"type": "CN", "value": f"Uji {name or kind}"}],
        "issuer": "issuer",
        "key": "key",
        "signature": signature,
        "validity": {"lifetime": "1d"},
        "extensions": [extension for extension in EXTENSIONS[kind] if extension["type"] not in drop],
    }
    profile = CertificateProfile.model_validate_json(json.dumps(data))
    holes = Holes(spki_of(key), spki_of(signer), serial, not_before, not_after)
    tbs = build_certificate(profile, issuer.profile if issuer else profile, holes, practice=False)
    return Made(assemble(tbs, signature_over(signed_by or signer, tbs.octets)), key, profile)


def crl(
    issuer: Made,
    *serials: int,
    this_update: datetime = START,
    next_update: datetime = START + 30 * DAY,
    number: int = 1,
    base: int | None = None,
    fresh: bool = False,
    signed_by: Any = None,
) -> bytes:
    """A CRL with these serial numbers; a delta to the CRL of the number `base`; `fresh` says where deltas are.

    `signed_by` is a key that should not.
    """
    certificate = issuer.certificate
    identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(certificate.subject)
        .last_update(this_update)
        .next_update(next_update)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    if fresh:
        place = [x509.UniformResourceIdentifier("http://pki.uji.example.com/delta.crl")]
        point = x509.DistributionPoint(full_name=place, relative_name=None, reasons=None, crl_issuer=None)
        builder = builder.add_extension(x509.FreshestCRL([point]), critical=False)
    for serial in serials:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(this_update)
        reason = x509.CRLReason(x509.ReasonFlags.superseded)
        builder = builder.add_revoked_certificate(entry.add_extension(reason, critical=False).build())
    return builder.sign(signed_by or issuer.key, hashes.SHA384()).public_bytes(Encoding.DER)


def ocsp_response(
    issuer: Made,
    subject: Made,
    responder: Made,
    *,
    revoked: bool = False,
    this_update: datetime = START,
    next_update: datetime = START + 7 * DAY,
) -> bytes:
    """A response that the responder signs, with its certificate inside."""
    status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            subject.certificate,
            issuer.certificate,
            hashes.SHA1(),  # noqa: S303  # as a client names the issuer (RFC 6960 4.1.1)
            status,
            this_update,
            next_update,
            this_update if revoked else None,
            x509.ReasonFlags.superseded if revoked else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
        .certificates([responder.certificate])
    )
    return builder.sign(responder.key, hashes.SHA384()).public_bytes(Encoding.DER)


def flipped(octets: bytes) -> bytes:
    """With the last octet of the signature changed."""
    return octets[:-1] + bytes((octets[-1] ^ 1,))
