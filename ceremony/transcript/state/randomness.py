"""What was drawn at random, and the ECDSA signatures: neither a draw nor the r of a signature may stand twice."""

from __future__ import annotations

from dataclasses import dataclass, field

from ceremony.transcript.kinds.draws import Drawn


def r_of(signature: str) -> int:
    """The r of an Ecdsa-Sig-Value (RFC 3279 2.2.3), DER in hex. Raises ValueError where it is none."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    return decode_dss_signature(bytes.fromhex(signature))[0]


@dataclass
class Randomness:
    """In the order of the record."""

    draws: list[str] = field(default_factory=list)
    """Octets of each source, in hex."""
    ecdsa: dict[int, str] = field(default_factory=dict)
    """By their r: the signatures of keys of the CA and of people, in hex."""

    def draw(self, drawn: Drawn) -> None:
        """Octets were drawn."""
        self.draws += [drawn.token, drawn.system]

    def sign_with(self, algorithm: str, signature: str) -> None:
        """A signature was given. What is none is left out: whoever checks it says so."""
        if not algorithm.startswith("ecdsa-"):
            return
        try:
            self.ecdsa.setdefault(r_of(signature), signature)
        except ValueError:
            return
