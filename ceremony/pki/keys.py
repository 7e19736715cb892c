"""Public keys as SubjectPublicKeyInfo (RFC 5280 4.1.2.7): what kind, which identifier, whether they are sound."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ceremony.errors import CeremonyError, Finding, Severity
from ceremony.pki import der
from ceremony.pki.curves import CURVES, SMALL_PRIMES, on_curve, on_edwards25519, perfect_power
from ceremony.pki.der import DerError
from ceremony.pki.oids import SPKI_IDENTIFIERS
from ceremony.pki.placeholders import ML_DSA_OCTETS, placeholder_spki
from ceremony.policy.algorithms import KeyAlgorithm
from ceremony.policy.models import LintType

__all__ = [
    "SplitKey",
    "check_public_key",
    "key_algorithm",
    "key_identifier",
    "placeholder_spki",
    "rsa_numbers",
    "spki_sha256",
    "split_spki",
]

RSA_SIZES: dict[int, KeyAlgorithm] = {2048: "rsa-2048", 3072: "rsa-3072", 4096: "rsa-4096"}
KINDS_IN_WORDS = "RSA, P-256, P-384, P-521, Ed25519 or ML-DSA"


@dataclass(frozen=True, slots=True)
class SplitKey:
    """A SubjectPublicKeyInfo in its two halves: the whole AlgorithmIdentifier, and the bits of the key."""

    identifier: bytes
    bits: bytes

    @property
    def kind(self) -> str | None:
        """`rsa`, a curve, `ed25519`, `ml-dsa-..`; None where the AlgorithmIdentifier is no permitted encoding."""
        return next((kind for kind, octets in SPKI_IDENTIFIERS.items() if octets == self.identifier), None)


def split_spki(spki: bytes) -> SplitKey:
    """Take a SubjectPublicKeyInfo apart. Raises DerError."""
    parts = der.read_one(spki, der.SEQUENCE).children()
    if [part.tag for part in parts] != [der.SEQUENCE, der.BIT_STRING] or parts[1].content[:1] != b"\x00":
        raise DerError("this is not a SubjectPublicKeyInfo")
    return SplitKey(parts[0].octets, parts[1].content[1:])


def rsa_numbers(spki: bytes) -> tuple[int, int]:
    """Modulus and public exponent of an RSA key (RFC 8017 A.1.1). Raises DerError."""
    numbers = der.read_one(split_spki(spki).bits, der.SEQUENCE).children()
    if len(numbers) != 2:
        raise DerError("an RSA key has two numbers")
    return der.integer(numbers[0]), der.integer(numbers[1])


def key_algorithm(spki: bytes) -> KeyAlgorithm:
    """The kind of a public key. Raises CeremonyError for one that this program does not certify."""
    try:
        kind = split_spki(spki).kind
        if kind == "rsa":
            bits = rsa_numbers(spki)[0].bit_length()
            if bits in RSA_SIZES:
                return RSA_SIZES[bits]
            raise _not_certified(f"It is an RSA key of {bits} bits; 2048, 3072 and 4096 are accepted.")
    except DerError as error:
        raise _not_certified(f"It cannot be read: {error}.") from error
    match kind:
        case "p-256" | "p-384" | "p-521" | "ed25519" | "ml-dsa-44" | "ml-dsa-65" | "ml-dsa-87":
            return kind
    raise _not_certified(f"Its algorithm is not {KINDS_IN_WORDS} in the encoding of BR 7.1.3.1.")


def key_identifier(spki: bytes, method: Literal["sha1", "rfc7093-1"]) -> bytes:
    """The 20-octet key identifier over the subjectPublicKey bits.

    `sha1` is RFC 5280 4.2.1.2 method (1); `rfc7093-1` is RFC 7093 2 method (1), the leftmost 160 bits of SHA-256.
    """
    try:
        bits = split_spki(spki).bits
    except DerError as error:
        raise _not_certified(f"It cannot be read: {error}.") from error
    if method == "sha1":
        return hashlib.sha1(bits, usedforsecurity=False).digest()
    return hashlib.sha256(bits).digest()[:20]


def spki_sha256(spki: bytes) -> str:
    """SHA-256 of the DER of a SubjectPublicKeyInfo: 64 upper-case hex digits, no separators (CCADB 5.2, CC-5)."""
    return hashlib.sha256(spki).hexdigest().upper()


def check_public_key(spki: bytes, subject: str, *, lint_as: LintType = "pkix") -> tuple[Finding, ...]:
    """What is wrong with a public key: BR-A1 (kind and size), BR-A2 (soundness). Empty for a sound key.

    Ed25519 and ML-DSA are accepted for `pkix` alone. A key that cannot be read is a fatal BR-A1.
    """
    try:
        return tuple(
            Finding(rule, severity, message, subject=subject) for rule, severity, message in _faults(spki, lint_as)
        )
    except DerError as error:
        return (Finding("BR-A1", Severity.FATAL, f"The public key cannot be read: {error}.", subject=subject),)


def _faults(spki: bytes, lint_as: LintType) -> Iterator[tuple[str, Severity, str]]:
    key = split_spki(spki)
    kind = key.kind
    if kind == "rsa":
        yield from _rsa_faults(*rsa_numbers(spki))
    elif kind in CURVES:
        if not on_curve(kind, key.bits):
            yield "BR-A2", Severity.ERROR, f"The point of the key is not on the curve {kind.upper()}."
    elif kind == "ed25519":
        if lint_as != "pkix":
            yield "BR-A1", Severity.ERROR, "Ed25519 keys are not allowed by the Baseline Requirements (6.1.5)."
        if not on_edwards25519(key.bits):
            yield "BR-A2", Severity.ERROR, "The key is not a point of Ed25519."
    elif kind in ML_DSA_OCTETS:
        if lint_as != "pkix":
            yield "BR-A1", Severity.ERROR, "ML-DSA keys are not allowed by the Baseline Requirements (6.1.5)."
        if len(key.bits) != ML_DSA_OCTETS[kind]:
            yield "BR-A2", Severity.ERROR, f"The key has {len(key.bits)} octets; {kind} has {ML_DSA_OCTETS[kind]}."
    else:
        yield "BR-A1", Severity.ERROR, f"The key is not {KINDS_IN_WORDS}."


def _rsa_faults(modulus: int, exponent: int) -> Iterator[tuple[str, Severity, str]]:
    if modulus <= 0:
        yield "BR-A2", Severity.ERROR, "The RSA modulus is not positive."
        return
    bits = modulus.bit_length()
    if bits < 2048 or bits % 8:
        yield "BR-A1", Severity.ERROR, f"The RSA modulus has {bits} bits; at least 2048, in whole octets, are required."
    if modulus % 2 == 0:
        yield "BR-A2", Severity.ERROR, "The RSA modulus is even."
    factor = next((prime for prime in SMALL_PRIMES[1:] if modulus % prime == 0), None)
    if factor is not None:
        yield "BR-A2", Severity.ERROR, f"The RSA modulus has the factor {factor}; none below 752 is allowed."
    power = perfect_power(modulus)
    if power is not None:
        yield "BR-A2", Severity.ERROR, f"The RSA modulus is a number to the power of {power}."
    if exponent < 3 or exponent % 2 == 0:
        yield "BR-A2", Severity.ERROR, f"The RSA exponent is {exponent}; it must be odd and at least 3."
    elif not 2**16 + 1 <= exponent < 2**256:
        yield "BR-A2", Severity.WARNING, f"The RSA exponent is {exponent}; from 65537 to below 2^256 is recommended."


def _not_certified(detail: str) -> CeremonyError:
    return CeremonyError(
        "This public key cannot be certified.",
        detail=detail,
        not_done="Nothing was signed.",
        next_step="Check the key profile in the policy and the key on the token.",
        code="BR-A1",
    )
