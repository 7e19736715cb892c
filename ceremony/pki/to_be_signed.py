"""The one thing that is planned, linted, described, approved, signed and verified: to-be-signed bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ceremony.canonical import sha256_hex
from ceremony.policy.models import SignatureAlgorithm


@dataclass(frozen=True, slots=True)
class ToBeSigned:
    """DER bytes that a key is to sign.

    `kind` names the ASN.1 type (`certificate`: TBSCertificate, RFC 5280 4.1). `algorithm` is what is written in the
    bytes and what the signature will be made with. `sha256` is what people approve.
    """

    kind: Literal["certificate"]
    octets: bytes
    algorithm: SignatureAlgorithm

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes, 64 hex digits."""
        return sha256_hex(self.octets)
