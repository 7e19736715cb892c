"""What stands around the data of an OCSP response: algorithm, signature, certificates, status (RFC 6960 4.2.1)."""

from __future__ import annotations

from collections.abc import Sequence

from ceremony.pki import der
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS
from ceremony.pki.signatures import dummy_signature
from ceremony.policy.algorithms import SignatureAlgorithm

BASIC_TYPE = bytes.fromhex("06092b0601050507300101")
"""id-pkix-ocsp-basic."""


def enveloped(
    data: bytes, algorithm: SignatureAlgorithm, signature: bytes, certificates: Sequence[bytes] = ()
) -> bytes:
    """A successful OCSPResponse around a ResponseData and its signature; `certificates` are DER, in their order."""
    row = der.encode(0xA0, der.encode(der.SEQUENCE, *certificates)) if certificates else b""
    bits = der.encode(der.BIT_STRING, b"\x00", signature)
    basic = der.encode(der.SEQUENCE, data, SIGNATURE_IDENTIFIERS[algorithm], bits, row)
    body = der.encode(der.SEQUENCE, BASIC_TYPE, der.encode(der.OCTET_STRING, basic))
    return der.encode(der.SEQUENCE, b"\x0a\x01\x00", der.encode(0xA0, body))


def draft(data: bytes, algorithm: SignatureAlgorithm, signer_spki: bytes, certificates: Sequence[bytes] = ()) -> bytes:
    """The same with a signature that verifies nowhere: for linting before anything is signed.

    Raises CeremonyError where the signer's key cannot make such a signature.
    """
    return enveloped(data, algorithm, dummy_signature(algorithm, signer_spki), certificates)
