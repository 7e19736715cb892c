"""From a profile and its filled holes to to-be-signed bytes, and from a signature to a certificate.

No key is used or made here. The encoder is given a key that only captures what it is asked to sign; the signature that
a token makes over those same bytes is put beside them afterwards.
"""

from __future__ import annotations

import warnings
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.name import _ASN1Type  # the only way to choose a string type in this library

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.der import DerError
from ceremony.pki.encodable import refuse, require_encodable, require_name
from ceremony.pki.holes import Holes, subject_of, validity_period
from ceremony.pki.keys import key_algorithm, key_identifier, rsa_numbers
from ceremony.pki.oids import ACCESS_METHODS, KEY_USAGES, SIGNATURE_IDENTIFIERS, attribute_oid, purpose_oid
from ceremony.pki.tbs import split_tbs
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.models import (
    SIGNATURES_OF_KEY,
    AuthorityInformationAccess,
    AuthorityKeyIdentifier,
    BasicConstraints,
    CertificatePolicies,
    CertificateProfile,
    CrlDistributionPoints,
    ExtendedKeyUsage,
    Extension,
    KeyUsage,
    NameAttribute,
    SignatureAlgorithm,
    SubjectKeyIdentifier,
)

__all__ = [
    "Holes",
    "assemble",
    "build_certificate",
    "dummy_signature",
    "subject_of",
    "validity_period",
    "verify_signature",
]

STRING_TYPES = {"utf8": _ASN1Type.UTF8String, "printable": _ASN1Type.PrintableString, "ia5": _ASN1Type.IA5String}

HASHES: dict[SignatureAlgorithm, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "sha256-rsa": hashes.SHA256(),
    "sha384-rsa": hashes.SHA384(),
    "sha512-rsa": hashes.SHA512(),
    "ecdsa-sha256": hashes.SHA256(),
    "ecdsa-sha384": hashes.SHA384(),
    "ecdsa-sha512": hashes.SHA512(),
}
"""The hash of each signature algorithm; Ed25519 has its own inside."""

EC_SCALAR_OCTETS = {"p-256": 32, "p-384": 48, "p-521": 66}

KEY_USAGE_ARGUMENTS = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
"""The library's names of the key usage bits, in the order of the bits."""


def build_certificate(
    profile: CertificateProfile, issuer_profile: CertificateProfile, holes: Holes, *, practice: bool
) -> ToBeSigned:
    """The TBSCertificate (RFC 5280 4.1, v3) that the profile and the holes define; equal input gives equal bytes.

    Names carry the profile's attributes in their order and string types, marked in practice; extensions stand in the
    profile's order. The authority key identifier is what the issuer profile's method gives over `issuer_spki`.
    Raises CeremonyError, before anything is signed, for what cannot be encoded.
    """
    require_encodable(profile, issuer_profile, holes)
    subject = subject_of(profile, practice=practice)
    issuer = subject_of(issuer_profile, practice=practice)
    require_name(subject, practice=practice)
    require_name(issuer, practice=practice)
    try:
        issuer_key: Any = load_der_public_key(holes.issuer_spki)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(_name(issuer))
            .public_key(_loaded(holes.spki))
            .serial_number(holes.serial_number)
            .not_valid_before(_naive(holes.not_before))
            .not_valid_after(_naive(holes.not_after))
        )
        for extension in profile.extensions:
            value = _extension(extension, issuer_profile, holes)
            builder = builder.add_extension(value, critical=extension.critical)
        capture = _capture_key(issuer_key)
        builder.sign(capture, HASHES.get(profile.signature))
    except (ValueError, TypeError) as error:
        raise refuse(
            "This certificate cannot be encoded.", f"The encoder says: {error}.", "Correct the profile.", "CERT-ENCODE"
        ) from error
    return ToBeSigned("certificate", capture.captured, profile.signature)


def dummy_signature(algorithm: SignatureAlgorithm, issuer_spki: bytes) -> bytes:
    """A signature of the right length and shape that verifies nowhere: for linting before anything is signed."""
    kind = _fitting_key(algorithm, issuer_spki)
    if kind in EC_SCALAR_OCTETS:
        scalar = int.from_bytes(b"\x5a" * (EC_SCALAR_OCTETS[kind] - 1), "big")
        return der.encode(der.SEQUENCE, der.encode_integer(scalar), der.encode_integer(scalar))
    if kind == "ed25519":
        return b"\x5a" * 64
    return b"\x5a" * ((rsa_numbers(issuer_spki)[0].bit_length() + 7) // 8)


def assemble(to_be_signed: ToBeSigned, signature: bytes) -> bytes:
    """The DER Certificate that holds exactly these to-be-signed bytes and this signature.

    The outer signatureAlgorithm is, octet for octet, the one inside (BR-A6). Raises CeremonyError where the bytes are
    no TBSCertificate or name another algorithm than `to_be_signed.algorithm`.
    """
    try:
        inner = split_tbs(to_be_signed.octets).signature
    except DerError as error:
        raise refuse(
            "These bytes are not a certificate to be signed.", f"{error}.", "Build the certificate again.", "RF-1"
        ) from error
    if inner != SIGNATURE_IDENTIFIERS[to_be_signed.algorithm]:
        raise refuse(
            "The bytes name another signature algorithm.",
            f"They should say {to_be_signed.algorithm}; they hold {inner.hex()}.",
            "Build the certificate again.",
            "BR-A6",
        )
    return der.encode(der.SEQUENCE, to_be_signed.octets, inner, der.encode(der.BIT_STRING, b"\x00", signature))


def verify_signature(to_be_signed: ToBeSigned, signature: bytes, issuer_spki: bytes) -> None:
    """Check a signature in software. Raises CeremonyError SIG-VERIFY where it is not the issuer's over these bytes."""
    _fitting_key(to_be_signed.algorithm, issuer_spki)
    key: Any = _loaded(issuer_spki)
    octets = to_be_signed.octets
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, octets, padding.PKCS1v15(), HASHES[to_be_signed.algorithm])
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, octets, ec.ECDSA(HASHES[to_be_signed.algorithm]))
        else:
            key.verify(signature, octets)
    except InvalidSignature as error:
        raise CeremonyError(
            "The signature does not verify.",
            detail="It was not made by the issuer's key over the bytes that were approved.",
            not_done="No certificate was written.",
            next_step="Stop. Keep the record, and find out what the token signed.",
            code="SIG-VERIFY",
        ) from error


def _fitting_key(algorithm: SignatureAlgorithm, issuer_spki: bytes) -> str:
    kind = key_algorithm(issuer_spki)
    if algorithm not in SIGNATURES_OF_KEY[kind]:
        raise CeremonyError(
            "This key cannot make such a signature.",
            detail=f"The key is {kind}; the signature algorithm is {algorithm}.",
            not_done="No certificate was written.",
            next_step="Check that the issuer is the one that the script names.",
            code="SIG-VERIFY",
        )
    return kind


def _loaded(spki: bytes) -> Any:
    try:
        return load_der_public_key(spki)
    except (ValueError, TypeError) as error:
        raise refuse(
            "A public key cannot be read.", f"The library says: {error}.", "Check the key on the token.", "BR-A2"
        ) from error


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)  # the builder takes a time without zone as UTC


def _name(attributes: tuple[NameAttribute, ...]) -> x509.Name:
    with warnings.catch_warnings():
        # Lengths were checked in characters, as RFC 5280 counts them; the library counts octets and would only warn.
        warnings.simplefilter("ignore")
        return x509.Name(
            [
                x509.NameAttribute(
                    x509.ObjectIdentifier(attribute_oid(attribute.type)),
                    attribute.value,
                    _type=STRING_TYPES[attribute.string],
                    _validate=False,
                )
                for attribute in attributes
            ]
        )


def _extension(extension: Extension, issuer_profile: CertificateProfile, holes: Holes) -> x509.ExtensionType:
    match extension:
        case BasicConstraints():
            return x509.BasicConstraints(ca=extension.ca, path_length=extension.path_length)
        case KeyUsage():
            bits = zip(KEY_USAGE_ARGUMENTS, KEY_USAGES, strict=True)
            return x509.KeyUsage(**{argument: bit in extension.usages for argument, bit in bits})
        case ExtendedKeyUsage():
            return x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose_oid(name)) for name in extension.purposes])
        case SubjectKeyIdentifier():
            return x509.SubjectKeyIdentifier(key_identifier(holes.spki, extension.method))
        case AuthorityKeyIdentifier():
            method = next(e.method for e in issuer_profile.extensions if isinstance(e, SubjectKeyIdentifier))
            return x509.AuthorityKeyIdentifier(key_identifier(holes.issuer_spki, method), None, None)
        case CertificatePolicies():
            return x509.CertificatePolicies(
                [
                    x509.PolicyInformation(x509.ObjectIdentifier(policy.oid), list(policy.cps) or None)
                    for policy in extension.policies
                ]
            )
        case CrlDistributionPoints():
            return x509.CRLDistributionPoints(
                [
                    x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
                    for url in extension.urls
                ]
            )
        case AuthorityInformationAccess():
            return x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(
                        x509.ObjectIdentifier(ACCESS_METHODS[access.method]), x509.UniformResourceIdentifier(access.url)
                    )
                    for access in extension.access
                ]
            )


def _capture_key(public_key: Any) -> Any:
    """A private key of the issuer's kind that keeps what it is asked to sign and signs nothing."""
    base: Any
    if isinstance(public_key, rsa.RSAPublicKey):
        base = rsa.RSAPrivateKey
    elif isinstance(public_key, ec.EllipticCurvePublicKey):
        base = ec.EllipticCurvePrivateKey
    else:
        base = ed25519.Ed25519PrivateKey

    def no_key(*_: object) -> None:
        raise TypeError("this key only captures")

    def sign(self: Any, octets: bytes, *_: object) -> bytes:
        self.captured = bytes(octets)
        return b"\x00"

    members: dict[str, Any] = dict.fromkeys(base.__abstractmethods__, no_key)
    members |= {"sign": sign, "public_key": lambda _: public_key}
    if not isinstance(public_key, ed25519.Ed25519PublicKey):
        members["key_size"] = public_key.key_size
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        members["curve"] = public_key.curve
    return type("CaptureKey", (base,), members)()
