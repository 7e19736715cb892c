"""From a request profile and a key to to-be-signed bytes, and from a signature to a request (PKCS #10, RFC 2986)."""

from __future__ import annotations

from ceremony.pki import der
from ceremony.pki.der import DerError
from ceremony.pki.encodable import refuse, require_encodable
from ceremony.pki.encode import CannotEncode, oid
from ceremony.pki.encode_extensions import Identifiers, encode_extension
from ceremony.pki.encode_names import encode_name
from ceremony.pki.holes import Holes, subject_of
from ceremony.pki.identifiers import subject_identifier
from ceremony.pki.notation import TITLES
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS
from ceremony.pki.request_profile import as_certificate, as_holes
from ceremony.pki.request_read import ATTRIBUTES_TAG, EXTENSION_REQUEST, VERSION_1, split_info
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.models import CertificateProfile
from ceremony.policy.names import Name
from ceremony.policy.status import RequestProfile


def build_request(
    profile: RequestProfile, spki: bytes, *, practice: bool, subject_key_identifier: bytes | None = None
) -> ToBeSigned:
    """The CertificationRequestInfo (RFC 2986 4.1, v1) that the profile defines for a key; equal input, equal bytes.

    `spki` is DER SubjectPublicKeyInfo. The subject carries the profile's attributes in their order and string types,
    marked in practice as a certificate's is. What the profile's extensions say stands in one extensionRequest attribute
    (RFC 2985 5.4.2); without any, the attributes are the empty set. `subject_key_identifier` is the one that the key
    has already (method `copy`). Raises CeremonyError, before anything is signed, for what cannot be encoded.
    """
    certificate, holes = as_certificate(profile), as_holes(spki, subject_key_identifier)
    require_encodable(certificate, certificate, holes)
    octets = der.encode(
        der.SEQUENCE,
        VERSION_1,
        _name(subject_of(certificate, practice=practice)),
        spki,
        der.encode(ATTRIBUTES_TAG, _extension_request(certificate, holes)),
    )
    return ToBeSigned("request", octets, profile.signature)


def assemble_request(to_be_signed: ToBeSigned, signature: bytes) -> bytes:
    """The DER CertificationRequest (RFC 2986 4.2) that holds exactly these to-be-signed bytes and this signature.

    Its signatureAlgorithm is `to_be_signed.algorithm`: the bytes inside do not say it. Raises CeremonyError
    REQUEST-READ where they are no CertificationRequestInfo.
    """
    try:
        split_info(to_be_signed.octets)
    except DerError as error:
        raise refuse(
            "These bytes are not a request to be signed.", f"{error}.", "Build the request again.", "REQUEST-READ"
        ) from error
    bits = der.encode(der.BIT_STRING, b"\x00", signature)
    return der.encode(der.SEQUENCE, to_be_signed.octets, SIGNATURE_IDENTIFIERS[to_be_signed.algorithm], bits)


def _name(name: Name) -> bytes:
    try:
        return encode_name(name)
    except CannotEncode as error:
        raise refuse("A name cannot be encoded.", str(error), "Correct the profile's subject.", "CERT-NAME") from error


def _extension_request(profile: CertificateProfile, holes: Holes) -> bytes:
    if not profile.extensions:
        return b""
    identifiers = Identifiers(subject_identifier(profile, holes))
    encoded = []
    for extension in profile.extensions:
        try:
            encoded.append(encode_extension(extension, identifiers))
        except CannotEncode as error:
            title = TITLES[extension.type] if extension.type != "raw" else "A raw extension"
            raise refuse(
                f"{title} cannot be encoded.", str(error), "Correct it in the profile.", "CERT-ENCODE"
            ) from error
    values = der.encode(der.SET, der.encode(der.SEQUENCE, *encoded))
    return der.encode(der.SEQUENCE, oid(EXTENSION_REQUEST), values)
