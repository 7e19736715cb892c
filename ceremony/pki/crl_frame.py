"""A TBSCertList around its entries, however many there are: nothing of it changes with them but a few lengths."""

from __future__ import annotations

from dataclasses import dataclass

from ceremony.pki import der
from ceremony.policy.algorithms import SignatureAlgorithm


@dataclass(frozen=True, slots=True)
class CrlFrame:
    """The fields of a TBSCertList (RFC 5280 5.1) before revokedCertificates, and its extensions behind them.

    `identifier` is the DER AlgorithmIdentifier that stands inside, and beside the signature again (BR-A6).
    """

    before: bytes
    after: bytes
    algorithm: SignatureAlgorithm
    identifier: bytes

    def around(self, size: int) -> tuple[bytes, bytes]:
        """All octets before, and all behind, so many octets of entries; of none, there is no list (5.1.2.6)."""
        before = self.before + (header(der.SEQUENCE, size) if size else b"")
        return header(der.SEQUENCE, len(before) + size + len(self.after)) + before, self.after


def header(tag: int, size: int) -> bytes:
    """Identifier and length octets of an element whose contents, `size` octets, follow elsewhere (X.690 10.1)."""
    if size < 0x80:
        return bytes((tag, size))
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length
