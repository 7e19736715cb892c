"""Signatures over to-be-signed bytes: checked in software, and dummies of the right shape for linting before."""

from __future__ import annotations

from typing import Any

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.encodable import refuse
from ceremony.pki.keys import key_algorithm, rsa_numbers
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.algorithms import SIGNATURES_OF_KEY, SignatureAlgorithm

EC_SCALAR_OCTETS: dict[str, int] = {"p-256": 32, "p-384": 48, "p-521": 66}
FIXED_OCTETS: dict[str, int] = {"ed25519": 64, "ml-dsa-44": 2420, "ml-dsa-65": 3309, "ml-dsa-87": 4627}
"""Signatures of one size (RFC 8032 5.1.6, FIPS 204 table 2)."""


def dummy_signature(algorithm: SignatureAlgorithm, issuer_spki: bytes) -> bytes:
    """A signature of the right length and shape that verifies nowhere: for linting before anything is signed."""
    kind = _fitting_key(algorithm, issuer_spki)
    if kind in EC_SCALAR_OCTETS:
        scalar = int.from_bytes(b"\x5a" * (EC_SCALAR_OCTETS[kind] - 1), "big")
        return der.encode(der.SEQUENCE, der.encode_integer(scalar), der.encode_integer(scalar))
    if kind in FIXED_OCTETS:
        return b"\x5a" * FIXED_OCTETS[kind]
    return b"\x5a" * ((rsa_numbers(issuer_spki)[0].bit_length() + 7) // 8)


def verify_signature(to_be_signed: ToBeSigned, signature: bytes, issuer_spki: bytes) -> None:
    """Check a signature in software. Raises CeremonyError SIG-VERIFY where it is not the issuer's over these bytes.

    RSASSA-PSS is checked with the salt length and the mask function that its AlgorithmIdentifier names (BR 7.1.3.2.1).
    """
    verify_octets(to_be_signed.algorithm, to_be_signed.octets, signature, issuer_spki)


def verify_octets(algorithm: SignatureAlgorithm, octets: bytes, signature: bytes, spki: bytes) -> None:
    """The same over octets that are no object of a CA, such as a challenge."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    _fitting_key(algorithm, spki)
    key = _loaded(spki)
    digest = _hash(algorithm)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            pss = algorithm.endswith("-pss")
            scheme = padding.PSS(padding.MGF1(digest), digest.digest_size) if pss else padding.PKCS1v15()
            key.verify(signature, octets, scheme, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, octets, ec.ECDSA(digest))
        else:
            key.verify(signature, octets)
    except InvalidSignature as error:
        raise CeremonyError(
            "The signature does not verify.",
            detail="It was not made by the issuer's key over the bytes that were approved.",
            not_done="Nothing was written.",
            next_step="Stop. Keep the record, and find out what the token signed.",
            code="SIG-VERIFY",
        ) from error


def _hash(algorithm: SignatureAlgorithm) -> Any:
    """The hash of the algorithm; None where it has its own inside."""
    from cryptography.hazmat.primitives import hashes

    by_name = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
    return next((digest for name, digest in by_name.items() if name in algorithm), None)


def _fitting_key(algorithm: SignatureAlgorithm, issuer_spki: bytes) -> str:
    kind = key_algorithm(issuer_spki)
    if algorithm not in SIGNATURES_OF_KEY[kind]:
        raise CeremonyError(
            "This key cannot make such a signature.",
            detail=f"The key is {kind}; the signature algorithm is {algorithm}.",
            not_done="Nothing was written.",
            next_step="Check that the issuer is the one that the script names.",
            code="SIG-VERIFY",
        )
    return kind


def _loaded(spki: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        return load_der_public_key(spki)
    except (ValueError, TypeError) as error:
        raise refuse(
            "A public key cannot be read.", f"The library says: {error}.", "Check the key on the token.", "BR-A2"
        ) from error
