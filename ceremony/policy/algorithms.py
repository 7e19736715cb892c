"""Which keys and signatures there are, and which key makes which signature."""

from __future__ import annotations

from typing import Literal

KeyAlgorithm = Literal[
    "rsa-2048",
    "rsa-3072",
    "rsa-4096",
    "p-256",
    "p-384",
    "p-521",
    "ed25519",
    "ml-dsa-44",
    "ml-dsa-65",
    "ml-dsa-87",
]
SignatureAlgorithm = Literal[
    "sha256-rsa",
    "sha384-rsa",
    "sha512-rsa",
    "sha256-rsa-pss",
    "sha384-rsa-pss",
    "sha512-rsa-pss",
    "ecdsa-sha256",
    "ecdsa-sha384",
    "ecdsa-sha512",
    "ed25519",
    "ml-dsa-44",
    "ml-dsa-65",
    "ml-dsa-87",
]

_RSA: tuple[SignatureAlgorithm, ...] = (
    "sha256-rsa",
    "sha384-rsa",
    "sha512-rsa",
    "sha256-rsa-pss",
    "sha384-rsa-pss",
    "sha512-rsa-pss",
)
SIGNATURES_OF_KEY: dict[str, tuple[SignatureAlgorithm, ...]] = {
    "rsa-2048": _RSA,
    "rsa-3072": _RSA,
    "rsa-4096": _RSA,
    "p-256": ("ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"),
    "p-384": ("ecdsa-sha384", "ecdsa-sha256", "ecdsa-sha512"),
    "p-521": ("ecdsa-sha512", "ecdsa-sha256", "ecdsa-sha384"),
    "ed25519": ("ed25519",),
    "ml-dsa-44": ("ml-dsa-44",),
    "ml-dsa-65": ("ml-dsa-65",),
    "ml-dsa-87": ("ml-dsa-87",),
}
"""Which signature algorithms a key can make; of a curve, first the one that its BR pairing allows (BR-A4, 7.1.3.2)."""
