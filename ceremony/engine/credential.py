"""A person's own signing key in a token, as the key object that CMS and X.509 builders ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NoReturn

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from ceremony.custody.people import Person
from ceremony.errors import CeremonyError
from ceremony.room.clock import Clock
from ceremony.token.session import Session, TokenKey

PRACTICE_DAYS = 30
"""How long a practice credential is valid: it has no use after the rehearsal."""


class _InToken:
    """What every key in a token refuses: to leave it."""

    def __init__(self, session: Session, key: TokenKey) -> None:
        self._session = session
        self._key = key
        self._public: Any = serialization.load_der_public_key(key.spki)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this key stays in its token")

    private_bytes = private_numbers = decrypt = exchange = _refuse

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: object) -> Any:
        return self

    def public_key(self) -> Any:
        return self._public

    @property
    def key_size(self) -> int:
        return int(self._public.key_size)


class _TokenRsaKey(_InToken, rsa.RSAPrivateKey):
    def sign(self, data: Any, padding: Any, algorithm: Any) -> bytes:
        if not isinstance(padding, _PKCS1):
            raise TypeError("this key signs with RSASSA-PKCS1-v1_5")
        signature = self._session.sign(self._key.key_id, f"{algorithm.name}-rsa", bytes(data))
        self._public.verify(signature, bytes(data), padding, algorithm)
        return signature


class _TokenEcKey(_InToken, ec.EllipticCurvePrivateKey):
    @property
    def curve(self) -> ec.EllipticCurve:
        curve: ec.EllipticCurve = self._public.curve
        return curve

    def sign(self, data: Any, signature_algorithm: Any) -> bytes:
        signature = self._session.sign(self._key.key_id, f"ecdsa-{signature_algorithm.algorithm.name}", bytes(data))
        self._public.verify(signature, bytes(data), signature_algorithm)
        return signature


_PKCS1 = padding.PKCS1v15

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def signing_key(session: Session, key: TokenKey) -> SigningKey:
    """The token's key as a private key object. Raises CeremonyError for a key that CMS seals are not made with."""
    if key.algorithm.startswith("rsa-"):
        return _TokenRsaKey(session, key)
    if key.algorithm.startswith("p-"):
        return _TokenEcKey(session, key)
    raise CeremonyError(
        "This kind of key cannot seal a record.",
        detail=f"The credential is a key of kind {key.algorithm}; RSA and elliptic-curve keys can seal.",
        not_done="The record is not sealed.",
        next_step="Use a credential with an RSA or P-256, P-384 or P-521 key.",
        code="SEAL-KEY",
    )


def signature_hash(key: SigningKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512:
    """The hash that goes with the key (BR 7.1.3.2 for curves; SHA-256 for RSA)."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        bits = key.curve.key_size
        return hashes.SHA256() if bits <= 256 else hashes.SHA384() if bits <= 384 else hashes.SHA512()
    return hashes.SHA256()


def make_practice_credential(session: Session, person: Person, clock: Clock, days: int = PRACTICE_DAYS) -> bytes:
    """A key in the person's practice token and a self-signed certificate over it, stored beside it. Returns its DER.

    It proves that a record was not changed since; it does not prove who sealed it, and its subject says PRACTICE.
    """
    label = f"practice-{person.id}"
    made = session.find_key_label(label)  # an interruption may have come between the key and its certificate
    if made is None:
        made = session.generate_key(label, session.random(16), "p-384")
    key = signing_key(session, made)
    now = clock.machine_utc()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, person.organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{person.name[:50]} (PRACTICE)"),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(session.random(16), "big") >> 1 | 1)
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, signature_hash(key))
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    session.store_certificate(label, made.key_id, der)
    return der
