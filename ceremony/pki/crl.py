"""From a CRL profile, its filled holes and the entries to a TBSCertList, and from a signature to a CRL (RFC 5280 5)."""

from __future__ import annotations

from collections.abc import Iterable

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.crl_encodable import require_encodable_crl
from ceremony.pki.crl_frame import CrlFrame
from ceremony.pki.crl_holes import CrlHoles, UpdatePeriod, update_period
from ceremony.pki.der import DerError
from ceremony.pki.encodable import refuse
from ceremony.pki.encode import CannotEncode, explicit, oid, time
from ceremony.pki.encode_extensions import TRUE, Identifiers, encode_extension
from ceremony.pki.encode_names import uri
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.rules.crl_facts import CRL_NUMBER, DELTA, ISSUING_POINT
from ceremony.policy.status import CrlExtension, CrlNumber, CrlProfile, DeltaCrlIndicator, IssuingDistributionPoint

__all__ = [
    "CrlFrame",
    "CrlHoles",
    "UpdatePeriod",
    "assemble_crl",
    "build_crl",
    "crl_frame",
    "update_period",
]

VERSION_2 = der.encode_integer(1)

ONLY = {"user": 1, "ca": 2}
"""The tags of onlyContainsUserCerts and onlyContainsCACerts (RFC 5280 5.2.5)."""


def build_crl(profile: CrlProfile, holes: CrlHoles, entries: Iterable[bytes]) -> ToBeSigned:
    """The TBSCertList (RFC 5280 5.1, v2) that profile, holes and entries define; equal input gives equal bytes.

    `entries` are encoded entries in the order in which they are to stand (`crl_entries`, `crl_succession`); without
    any, revokedCertificates is absent (5.1.2.6). Extensions stand in the profile's order. Raises CeremonyError, before
    anything is signed, for what cannot be encoded; what is merely forbidden is encoded, and left to the rules.
    """
    content = b"".join(entries)
    head, tail = crl_frame(profile, holes).around(len(content))
    return ToBeSigned("crl", head + content + tail, profile.signature)


def crl_frame(profile: CrlProfile, holes: CrlHoles) -> CrlFrame:
    """The TBSCertList but for its entries. Raises CeremonyError, as `build_crl` does."""
    require_encodable_crl(profile, holes)
    identifier = SIGNATURE_IDENTIFIERS[profile.signature]
    dates = time(holes.this_update, "rule") + time(holes.next_update, "rule")
    extensions = explicit(0, der.encode(der.SEQUENCE, *(_extension(each, holes) for each in profile.extensions)))
    return CrlFrame(VERSION_2 + identifier + holes.issuer_name + dates, extensions, profile.signature, identifier)


def assemble_crl(to_be_signed: ToBeSigned, signature: bytes) -> bytes:
    """The DER CertificateList that holds exactly these to-be-signed bytes and this signature.

    The outer signatureAlgorithm is, octet for octet, the one inside (BR-A6). Raises CeremonyError where the bytes are
    no TBSCertList or name another algorithm than `to_be_signed.algorithm`.
    """
    inner = _inner_algorithm(to_be_signed.octets)
    if inner != SIGNATURE_IDENTIFIERS[to_be_signed.algorithm]:
        raise refuse(
            "The bytes name another signature algorithm.",
            f"They should say {to_be_signed.algorithm}; they hold {inner.hex()}.",
            "Build the CRL again.",
            "BR-A6",
        )
    return der.encode(der.SEQUENCE, to_be_signed.octets, inner, der.encode(der.BIT_STRING, b"\x00", signature))


def _inner_algorithm(octets: bytes) -> bytes:
    try:
        parts = der.read_one(octets, der.SEQUENCE).children()
    except DerError as error:
        raise _no_crl(f"{error}.") from error
    if len(parts) < 4 or parts[0].octets != VERSION_2 or [parts[1].tag, parts[2].tag] != [der.SEQUENCE] * 2:
        raise _no_crl("A TBSCertList of version 2 is expected.")
    return parts[1].octets


def _no_crl(detail: str) -> CeremonyError:
    return refuse("These bytes are not a CRL to be signed.", detail, "Build the CRL again.", "RF-4")


def _extension(extension: CrlExtension, holes: CrlHoles) -> bytes:
    try:
        match extension:
            case CrlNumber():
                return _encoded(CRL_NUMBER, b"", der.encode_integer(holes.number))
            case DeltaCrlIndicator():
                return _encoded(DELTA, TRUE, der.encode_integer(holes.base_number or 0))
            case IssuingDistributionPoint():
                return _encoded(ISSUING_POINT, TRUE, _issuing_point(extension))
            case _:
                identifiers = Identifiers(
                    issuer=holes.issuer_key_identifier, issuer_and_serial=holes.issuer_issuer_and_serial
                )
                return encode_extension(extension, identifiers)
    except CannotEncode as error:
        raise refuse(
            "An extension of the CRL cannot be encoded.",
            f"{extension.oid if extension.type == 'raw' else extension.type}: {error}",
            "Correct it in the profile, or give the issuer's certificate.",
            "CERT-ENCODE",
        ) from error


def _encoded(number: str, critical: bytes, contents: bytes) -> bytes:
    return der.encode(der.SEQUENCE, oid(number), critical, der.encode(der.OCTET_STRING, contents))


def _issuing_point(point: IssuingDistributionPoint) -> bytes:
    parts = []
    if point.urls:
        parts.append(explicit(0, explicit(0, *(uri(url) for url in point.urls))))
    if point.only is not None:
        parts.append(der.encode(der.CONTEXT | ONLY[point.only], b"\xff"))
    return der.encode(der.SEQUENCE, *parts)
