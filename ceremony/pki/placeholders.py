"""Public keys that stand in a plan until the token has made the real one: fixed numbers with nothing up the sleeve.

Each is counted out from SHA-256 over its own name, so that anybody can work it out again; nobody knows a private key
for it, and none is needed. They are well formed (no small factors, points on their curves), so that a linter reads a
planned certificate as it will read the real one.
"""

from __future__ import annotations

import hashlib
from functools import cache

from ceremony.pki import der
from ceremony.pki.curves import CURVES, SMALL_PRIMES, on_edwards25519
from ceremony.pki.oids import SPKI_IDENTIFIERS
from ceremony.policy.algorithms import KeyAlgorithm

ML_DSA_OCTETS: dict[str, int] = {"ml-dsa-44": 1312, "ml-dsa-65": 1952, "ml-dsa-87": 2592}
"""The size of an ML-DSA public key (FIPS 204 table 2)."""


@cache
def placeholder_spki(algorithm: KeyAlgorithm) -> bytes:
    """A SubjectPublicKeyInfo of this kind, the same for ever: what a plan holds where a key is not made yet."""
    match algorithm:
        case "rsa-2048" | "rsa-3072" | "rsa-4096":
            kind, bits = "rsa", _rsa(algorithm, int(algorithm.removeprefix("rsa-")))
        case "p-256" | "p-384" | "p-521":
            kind, bits = algorithm, _point(algorithm)
        case "ed25519":
            kind, bits = algorithm, _edwards(algorithm)
        case "ml-dsa-44" | "ml-dsa-65" | "ml-dsa-87":
            # any octets of this length are a key (FIPS 204 algorithm 23)
            kind, bits = algorithm, _expand(algorithm, ML_DSA_OCTETS[algorithm])
    return der.encode(der.SEQUENCE, SPKI_IDENTIFIERS[kind], der.encode(der.BIT_STRING, b"\x00", bits))


def _expand(name: str, size: int) -> bytes:
    """`size` octets: SHA-256 over the name and a counter from 0, block after block."""
    blocks = (
        hashlib.sha256(f"ceremony placeholder {name} {counter}".encode()).digest() for counter in range(size // 32 + 1)
    )
    return b"".join(blocks)[:size]


def _rsa(name: str, size: int) -> bytes:
    modulus = int.from_bytes(_expand(name, size // 8), "big") | 1 << (size - 1) | 1 << (size - 2) | 1
    while any(modulus % prime == 0 for prime in SMALL_PRIMES):
        modulus += 2
    return der.encode(der.SEQUENCE, der.encode_integer(modulus), der.encode_integer(65537))


def _point(name: str) -> bytes:
    curve = CURVES[name]
    x = int.from_bytes(_expand(name, curve.size), "big") % curve.p
    while True:
        y = pow(curve.right_side(x), (curve.p + 1) // 4, curve.p)  # a root, where one exists: p = 3 modulo 4
        if y * y % curve.p == curve.right_side(x):
            return b"\x04" + x.to_bytes(curve.size, "big") + y.to_bytes(curve.size, "big")
        x = (x + 1) % curve.p


def _edwards(name: str) -> bytes:
    y = int.from_bytes(_expand(name, 32), "little") & (2**254 - 1)
    while not on_edwards25519(y.to_bytes(32, "little")):
        y += 1
    return y.to_bytes(32, "little")
