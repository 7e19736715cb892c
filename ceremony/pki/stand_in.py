"""What exists, made again for a rehearsal: the same certificates and lists over other keys, marked as practice.

Worked out from the bytes alone: names get the practice mark, keys and the identifiers made of them are exchanged,
everything else (serial numbers, dates, extensions, entries) stays octet for octet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.curves import SMALL_PRIMES
from ceremony.pki.keys import key_identifier
from ceremony.pki.marking import AUTHORITY_KEY_IDENTIFIER, each_extension, marked_certificate, marked_crl, whole
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS, SPKI_IDENTIFIERS
from ceremony.pki.placeholders import ML_DSA_OCTETS
from ceremony.pki.signatures import dummy_signature
from ceremony.policy.algorithms import KeyAlgorithm, SignatureAlgorithm
from ceremony.system_random import system_below, system_random

SUBJECT_KEY_IDENTIFIER = bytes.fromhex("0603551d0e")
METHODS: tuple[Literal["sha1", "rfc7093-1"], ...] = ("sha1", "rfc7093-1")

Sign = Callable[[SignatureAlgorithm, bytes], bytes]


@dataclass(slots=True)
class StandIns:
    """Keys that stand in for others: DER SubjectPublicKeyInfo for SubjectPublicKeyInfo."""

    keys: Mapping[bytes, bytes]
    identifiers: dict[bytes, bytes] = field(init=False, default_factory=dict)
    """Key identifiers (contents) of the keys, and those of their stand-ins."""

    def __post_init__(self) -> None:
        for old, new in self.keys.items():
            for method in METHODS:
                self.identifiers[key_identifier(old, method)] = key_identifier(new, method)

    def certificate(self, octets: bytes, sign: Sign) -> bytes:
        """The certificate again, signed by `sign` (algorithm, TBSCertificate). Raises CeremonyError, DerError."""
        tbs, algorithm, _ = whole(marked_certificate(octets))
        fields = tbs.children()
        pieces = [self.keys.get(item.octets, item.octets) for item in fields[:-1]]
        last = fields[-1]  # of a certificate without extensions, its public key
        pieces.append(self.keys.get(last.octets) or each_extension(last, self._extension))
        return _signed(algorithm.octets, pieces, sign)

    def crl(self, octets: bytes, sign: Sign) -> bytes:
        """The CRL again, signed by `sign`. Raises CeremonyError, DerError."""
        tbs, algorithm, _ = whole(marked_crl(octets))
        fields = tbs.children()
        pieces = [item.octets for item in fields]
        pieces[-1] = each_extension(fields[-1], self._extension)
        return _signed(algorithm.octets, pieces, sign)

    def _extension(self, oid: bytes, value: bytes) -> bytes:
        """Key identifiers inside are exchanged for those of the stand-ins; they are as long as before."""
        if oid in {AUTHORITY_KEY_IDENTIFIER, SUBJECT_KEY_IDENTIFIER}:
            for old, new in self.identifiers.items():
                value = value.replace(old, new)
        return value


def _signed(algorithm: bytes, pieces: list[bytes], sign: Sign) -> bytes:
    name = next((name for name, known in SIGNATURE_IDENTIFIERS.items() if known == algorithm), None)
    if name is None:
        raise CeremonyError(
            "An object has a signature of a kind that is not made here.",
            detail=f"Its AlgorithmIdentifier is {algorithm.hex().upper()}.",
            not_done="The rehearsal was not begun.",
            next_step="Run `ceremony verify` on the archive.",
            code="STAND-IN",
        )
    tbs = der.encode(der.SEQUENCE, *pieces)
    return der.encode(der.SEQUENCE, tbs, algorithm, der.encode(der.BIT_STRING, b"\x00", sign(name, tbs)))


def software_key(algorithm: KeyAlgorithm) -> Any:
    """A new private key of this kind, in memory: for practice only. Raises CeremonyError (STAND-IN) for ML-DSA."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    match algorithm:
        case "rsa-2048" | "rsa-3072" | "rsa-4096":
            return rsa.generate_private_key(65537, int(algorithm.removeprefix("rsa-")))
        case "p-256":
            return ec.generate_private_key(ec.SECP256R1())
        case "p-384":
            return ec.generate_private_key(ec.SECP384R1())
        case "p-521":
            return ec.generate_private_key(ec.SECP521R1())
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
    raise CeremonyError(
        f"A stand-in for a key of kind {algorithm} cannot be made.",
        detail="Such keys are made in their token only.",
        not_done="The rehearsal was not begun.",
        next_step="Rehearse the ceremonies from the first one on, with tokens that are kept (--tokens).",
        code="STAND-IN",
    )


def public_half(algorithm: KeyAlgorithm) -> bytes:
    """DER SubjectPublicKeyInfo of a new key whose private half nobody has: for a key that no step of ours uses.

    An RSA modulus is drawn at random, without factors below 752: finding primes for one takes a second, and nothing is
    ever signed with it.
    """
    if algorithm.startswith("rsa-"):
        size = int(algorithm.removeprefix("rsa-"))
        modulus = system_below(1 << size) | 1 << (size - 1) | 1 << (size - 2) | 1
        while any(modulus % prime == 0 for prime in SMALL_PRIMES):
            modulus += 2
        kind, bits = "rsa", der.encode(der.SEQUENCE, der.encode_integer(modulus), der.encode_integer(65537))
    elif algorithm in ML_DSA_OCTETS:
        kind, bits = algorithm, system_random(ML_DSA_OCTETS[algorithm])
    else:
        return spki_of(software_key(algorithm))
    return der.encode(der.SEQUENCE, SPKI_IDENTIFIERS[kind], der.encode(der.BIT_STRING, b"\x00", bits))


def spki_of(private_key: Any) -> bytes:
    """DER SubjectPublicKeyInfo of a private key object."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    spki: bytes = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return spki


def software_signature(private_key: Any, algorithm: SignatureAlgorithm, octets: bytes) -> bytes:
    """A signature in software, as X.509 carries it. The key must be of a kind that makes such signatures."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding

    if algorithm == "ed25519":
        signature: bytes = private_key.sign(octets)
        return signature
    digest = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[
        algorithm.removeprefix("ecdsa-")[:6]
    ]
    if algorithm.startswith("ecdsa-"):
        signature = private_key.sign(octets, ec.ECDSA(digest))
    elif algorithm.endswith("-pss"):
        signature = private_key.sign(octets, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    else:
        signature = private_key.sign(octets, padding.PKCS1v15(), digest)
    return signature


def unsigned(spki: bytes | None) -> Sign:
    """Signatures of the right shape that verify nowhere: where nobody has the private half of this key.

    Without a key, that of somebody else's issuer for example, they are as long as an RSA key of 2048 bits makes them.
    """

    def sign(algorithm: SignatureAlgorithm, octets: bytes) -> bytes:
        del octets
        return dummy_signature(algorithm, spki) if spki is not None else b"\x5a" * 256

    return sign
