"""From a profile and its filled holes to to-be-signed bytes, and from a signature to a certificate.

No key is used or made here: the bytes are written octet by octet, and the signature that a token makes over them is put
beside them afterwards.
"""

from __future__ import annotations

from ceremony.pki import der
from ceremony.pki.der import DerError
from ceremony.pki.encodable import refuse, require_encodable
from ceremony.pki.encode import CannotEncode, explicit, time
from ceremony.pki.encode_extensions import Identifiers, encode_extension
from ceremony.pki.encode_names import encode_name
from ceremony.pki.holes import Holes, subject_of, validity_period
from ceremony.pki.identifiers import issuer_identifier, subject_identifier
from ceremony.pki.notation import TITLES
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS
from ceremony.pki.signatures import dummy_signature, verify_signature
from ceremony.pki.tbs import split_tbs
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.models import CertificateProfile
from ceremony.policy.names import Name

__all__ = [
    "Holes",
    "assemble",
    "build_certificate",
    "dummy_signature",
    "subject_of",
    "validity_period",
    "verify_signature",
]

VERSION_3 = explicit(0, der.encode_integer(2))


def build_certificate(
    profile: CertificateProfile, issuer_profile: CertificateProfile, holes: Holes, *, practice: bool
) -> ToBeSigned:
    """The TBSCertificate (RFC 5280 4.1, v3) that the profile and the holes define; equal input gives equal bytes.

    Names carry the profile's attributes in their order and string types, marked in practice; extensions stand in the
    profile's order. The issuer's name and key identifier are those of the holes, or what the issuer's profile says.
    Raises CeremonyError, before anything is signed, for what cannot be encoded; what is merely forbidden is encoded,
    and left to the rules.
    """
    require_encodable(profile, issuer_profile, holes)
    subject = _name(subject_of(profile, practice=practice))
    issuer = holes.issuer_name
    if issuer is None:
        issuer = _name(subject_of(issuer_profile, practice=practice))
    octets = der.encode(
        der.SEQUENCE,
        VERSION_3,
        der.encode_integer(holes.serial_number),
        SIGNATURE_IDENTIFIERS[profile.signature],
        issuer,
        _validity(profile, holes),
        subject,
        holes.spki,
        _extensions(profile, issuer_profile, holes, issuer),
    )
    return ToBeSigned("certificate", octets, profile.signature)


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


def _name(name: Name) -> bytes:
    try:
        return encode_name(name)
    except CannotEncode as error:
        raise refuse("A name cannot be encoded.", str(error), "Correct the profile's subject.", "CERT-NAME") from error


def _validity(profile: CertificateProfile, holes: Holes) -> bytes:
    validity = profile.validity
    try:
        return der.encode(
            der.SEQUENCE,
            time(holes.not_before, validity.not_before_form),
            time(holes.not_after, validity.not_after_form),
        )
    except CannotEncode as error:
        raise refuse(
            "A date cannot be put into a certificate.", str(error), "Correct the profile's validity.", "CERT-VALIDITY"
        ) from error


def _extensions(profile: CertificateProfile, issuer_profile: CertificateProfile, holes: Holes, issuer: bytes) -> bytes:
    if not profile.extensions:
        return b""  # Extensions is SIZE (1..MAX): none at all is written by leaving the field out
    place = holes.issuer_issuer_and_serial
    if place is None and profile == issuer_profile:
        place = (issuer, holes.serial_number)  # it is its own issuer's certificate
    identifiers = Identifiers(
        subject_identifier(profile, holes), issuer_identifier(profile, issuer_profile, holes), place
    )
    encoded = []
    for extension in profile.extensions:
        try:
            encoded.append(encode_extension(extension, identifiers))
        except CannotEncode as error:
            title = TITLES[extension.type] if extension.type != "raw" else "A raw extension"
            raise refuse(
                f"{title} cannot be encoded.", str(error), "Correct it in the profile.", "CERT-ENCODE"
            ) from error
    return explicit(3, der.encode(der.SEQUENCE, *encoded))
