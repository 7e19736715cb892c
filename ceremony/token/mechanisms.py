"""Which PKCS#11 mechanisms each key algorithm and each signature algorithm needs.

Mechanisms are named without their CKM_ prefix, as python-pkcs11 names them. Algorithm names are those of the policy.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyKind:
    """How a key of one algorithm is made: `bits` for RSA, `parameters` (DER EcpkParameters, RFC 5480) for a curve,
    `parameter_set` (CKP_ without its prefix) for ML-DSA."""

    key_type: str
    generate: str
    signatures: tuple[str, ...]
    bits: int = 0
    parameters: tuple[bytes, ...] = ()
    """What CKA_EC_PARAMS may hold; the first is what is asked for."""
    coordinate_octets: int = 0
    parameter_set: str = ""


_RSA_SIGNATURES = (
    "sha256-rsa",
    "sha384-rsa",
    "sha512-rsa",
    "sha256-rsa-pss",
    "sha384-rsa-pss",
    "sha512-rsa-pss",
)
_RSA_GENERATE = "RSA_PKCS_KEY_PAIR_GEN"
_EC_GENERATE = "EC_KEY_PAIR_GEN"
_ML_DSA_GENERATE = "ML_DSA_KEY_PAIR_GEN"

KEY_KINDS: dict[str, KeyKind] = {
    "rsa-2048": KeyKind("RSA", _RSA_GENERATE, _RSA_SIGNATURES, bits=2048),
    "rsa-3072": KeyKind("RSA", _RSA_GENERATE, _RSA_SIGNATURES, bits=3072),
    "rsa-4096": KeyKind("RSA", _RSA_GENERATE, _RSA_SIGNATURES, bits=4096),
    # 1.2.840.10045.3.1.7, 1.3.132.0.34, 1.3.132.0.35
    "p-256": KeyKind(
        "EC",
        _EC_GENERATE,
        ("ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"),
        parameters=(bytes.fromhex("06082a8648ce3d030107"),),
        coordinate_octets=32,
    ),
    "p-384": KeyKind(
        "EC",
        _EC_GENERATE,
        ("ecdsa-sha384", "ecdsa-sha256", "ecdsa-sha512"),
        parameters=(bytes.fromhex("06052b81040022"),),
        coordinate_octets=48,
    ),
    "p-521": KeyKind(
        "EC",
        _EC_GENERATE,
        ("ecdsa-sha512", "ecdsa-sha256", "ecdsa-sha384"),
        parameters=(bytes.fromhex("06052b81040023"),),
        coordinate_octets=66,
    ),
    # PKCS#11 3.0, 2.3.5: PrintableString "edwards25519" or the object identifier 1.3.101.112
    "ed25519": KeyKind(
        "EC_EDWARDS",
        "EC_EDWARDS_KEY_PAIR_GEN",
        ("ed25519",),
        parameters=(b"\x13\x0cedwards25519", bytes.fromhex("06032b6570")),
        coordinate_octets=32,
    ),
    # PKCS#11 3.2, 6.67
    "ml-dsa-44": KeyKind("ML_DSA", _ML_DSA_GENERATE, ("ml-dsa-44",), parameter_set="ML_DSA_44"),
    "ml-dsa-65": KeyKind("ML_DSA", _ML_DSA_GENERATE, ("ml-dsa-65",), parameter_set="ML_DSA_65"),
    "ml-dsa-87": KeyKind("ML_DSA", _ML_DSA_GENERATE, ("ml-dsa-87",), parameter_set="ML_DSA_87"),
}
"""Every key algorithm that the token room can make and recognise."""

SIGNATURE_MECHANISMS: dict[str, str] = {
    "sha256-rsa": "SHA256_RSA_PKCS",
    "sha384-rsa": "SHA384_RSA_PKCS",
    "sha512-rsa": "SHA512_RSA_PKCS",
    "sha256-rsa-pss": "SHA256_RSA_PKCS_PSS",
    "sha384-rsa-pss": "SHA384_RSA_PKCS_PSS",
    "sha512-rsa-pss": "SHA512_RSA_PKCS_PSS",
    "ecdsa-sha256": "ECDSA",
    "ecdsa-sha384": "ECDSA",
    "ecdsa-sha512": "ECDSA",
    "ed25519": "EDDSA",
    "ml-dsa-44": "ML_DSA",
    "ml-dsa-65": "ML_DSA",
    "ml-dsa-87": "ML_DSA",
}
"""What signs; ECDSA is the raw mechanism over a hash made in software, which every token offers."""

PSS_PARAMETERS: dict[str, tuple[str, int]] = {
    "sha256-rsa-pss": ("SHA256", 32),
    "sha384-rsa-pss": ("SHA384", 48),
    "sha512-rsa-pss": ("SHA512", 64),
}
"""CK_RSA_PKCS_PSS_PARAMS: the hash, also of the mask function, and the salt in octets (BR 7.1.3.2.1, RFC 8017 9.1)."""

SOFTWARE_HASH: dict[str, str] = {"ecdsa-sha256": "sha256", "ecdsa-sha384": "sha384", "ecdsa-sha512": "sha512"}
"""The hash made here, before the token is asked to sign (hashlib names)."""


@dataclass(frozen=True, slots=True)
class HashedOutside:
    """How a token signs a hash that was made elsewhere: hashlib's name, what stands before the hash, the mechanism."""

    hash_name: str
    prefix: bytes
    mechanism: str


# DER DigestInfo up to the hash (RFC 8017 9.2, note 1)
_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
HASHED_OUTSIDE: dict[str, HashedOutside] = {
    **{f"{name}-rsa": HashedOutside(name, prefix, "RSA_PKCS") for name, prefix in _DIGEST_INFO.items()},
    **{f"{name}-rsa-pss": HashedOutside(name, b"", "RSA_PKCS_PSS") for name in _DIGEST_INFO},
    **{name: HashedOutside(hash_name, b"", "ECDSA") for name, hash_name in SOFTWARE_HASH.items()},
}
"""Signature algorithms over a hash. Ed25519 and ML-DSA sign the octets themselves (RFC 8032 5.1.6, FIPS 204 5.2)."""


def mechanisms_for(algorithm: str) -> tuple[str, ...]:
    """Every mechanism that a key algorithm or a signature algorithm needs; KeyError when it is neither.

    "ed25519" and ML-DSA's are both, and need what both need. An RSA key needs one hash at least: SHA-256.
    """
    kind = KEY_KINDS.get(algorithm)
    if kind is None:
        return (SIGNATURE_MECHANISMS[algorithm],)
    return (kind.generate, SIGNATURE_MECHANISMS[kind.signatures[0]])
