"""The one thing that is planned, linted, described, approved, signed and verified: to-be-signed bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ceremony.canonical import sha256_hex
from ceremony.policy.algorithms import SignatureAlgorithm

Kind = Literal["certificate", "crl", "request", "ocsp-response"]


@dataclass(frozen=True, slots=True)
class ToBeSigned:
    """DER bytes that a key is to sign.

    `kind` names the ASN.1 type: TBSCertificate (RFC 5280 4.1), TBSCertList (5.1), CertificationRequestInfo (RFC 2986
    4.1), ResponseData (RFC 6960 4.2.1). `algorithm` is what the signature will be made with, and what the bytes say of
    it where they say it. `sha256` is what people approve.
    """

    kind: Kind
    octets: bytes
    algorithm: SignatureAlgorithm

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes, 64 hex digits."""
        return sha256_hex(self.octets)
