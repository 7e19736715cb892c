"""From the octets to be signed to what the token takes, and from what it gives to what X.509 carries."""

from __future__ import annotations

import hashlib
from typing import Any

from ceremony.errors import CeremonyError
from ceremony.token.mechanisms import (
    HASHED_OUTSIDE,
    KEY_KINDS,
    PSS_PARAMETERS,
    SIGNATURE_MECHANISMS,
    SOFTWARE_HASH,
)


def to_token(algorithm: str, octets: bytes) -> bytes:
    """What C_Sign is given: the hash for ECDSA, the octets themselves for RSA, Ed25519 and ML-DSA."""
    hash_name = SOFTWARE_HASH.get(algorithm)
    return hashlib.new(hash_name, octets).digest() if hash_name else bytes(octets)


def mechanism_of(algorithm: str) -> dict[str, Any]:
    """The mechanism and its parameter, as python-pkcs11 takes them; KeyError for what is no signature algorithm.

    ML-DSA is asked for pure, without a context and hedged as the token sees fit (PKCS#11 3.2, 6.67.4; RFC 9881 3).
    """
    return _asked(SIGNATURE_MECHANISMS[algorithm], algorithm)


def hashed_mechanism_of(algorithm: str) -> dict[str, Any]:
    """The same for a hash that was made elsewhere; KeyError for an algorithm that signs no hash."""
    return _asked(HASHED_OUTSIDE[algorithm].mechanism, algorithm)


def _asked(mechanism: str, algorithm: str) -> dict[str, Any]:
    from pkcs11 import MGF, Mechanism

    asked: dict[str, Any] = {"mechanism": Mechanism[mechanism]}
    if algorithm in PSS_PARAMETERS:
        digest, salt = PSS_PARAMETERS[algorithm]
        asked["mechanism_param"] = (Mechanism[digest], MGF[digest], salt)
    return asked


def from_token(algorithm: str, signature: bytes, coordinate_octets: int) -> bytes:
    """The signature as X.509 carries it; CeremonyError when the token gave an ECDSA signature of another length."""
    return _ecdsa_value(signature, coordinate_octets) if algorithm in SOFTWARE_HASH else signature


def _ecdsa_value(raw: bytes, octets: int) -> bytes:
    """DER Ecdsa-Sig-Value (RFC 3279 2.2.3) from the r and s that CKM_ECDSA gives side by side."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if len(raw) != 2 * octets:
        raise CeremonyError(
            "The token gave a signature of the wrong length.",
            detail=f"It has {len(raw)} octets; {2 * octets} were to come.",
            not_done="The signature was not used.",
            next_step="Use another token.",
            code="TOKEN-SIGNATURE",
        )
    return encode_dss_signature(int.from_bytes(raw[:octets], "big"), int.from_bytes(raw[octets:], "big"))


def unknown_algorithm(algorithm: str) -> CeremonyError:
    """The refusal of a name that is in no table."""
    return CeremonyError(
        "This algorithm is not known here.",
        detail=f'"{algorithm}" is none of {", ".join(sorted({*KEY_KINDS, *SIGNATURE_MECHANISMS}))}.',
        not_done="Nothing was made or signed.",
        next_step="Correct the policy.",
        code="TOKEN-MECHANISM",
    )
