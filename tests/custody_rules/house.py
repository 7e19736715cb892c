"""A CA whose people have tokens and certificates of their own, on one SoftHSM; ceremonies in production."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ceremony.engine.credential import signing_key
from ceremony.room.clock import Clock
from ceremony.script.plan import Mode
from tests.house.ca import House
from tests.house.held import name_credential

CA = Path(__file__).parent / "ca"
CUSTODY = "custody: {approvals: signed, quorum: 2, read_back: true, attestation: true, receipts: true}"
"""What the policy says; to be edited."""

ISSUER = "Certificates for People CA"

EVERYBODY = ("rini", "agus", "dewi", "bambang", "siti")
USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def certificate(
    key: Any,
    *,
    public: Any = None,
    starts: int = -1,
    days: int = 30,
    usages: tuple[str, ...] | None = ("digital_signature",),
    ca: bool = False,
    name: str = "Somebody",
    issuer: Any = None,
) -> bytes:
    """A certificate over a key, valid from so many days from now for so many days; its DER.

    Self-signed, or signed by the key of the CA `issuer`, which is called ISSUER.
    """
    now = Clock().machine_utc()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)]) if issuer is not None else subject
    begin = now + timedelta(days=starts)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(public or key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if usages is not None:
        named = {usage: usage in usages for usage in USAGES}
        builder = builder.add_extension(x509.KeyUsage(**named), critical=True)
    return builder.sign(issuer or key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@dataclass
class Signers(House):
    """Ceremonies in production; the tokens of the CA's people are on the same SoftHSM."""

    mode: Mode = "production"

    def token_of(self, person: str, *, algorithm: str = "p-256", **wanted: Any) -> bytes:
        """A token of the person's own, with a key made there and a certificate over it; its DER."""
        with self.opened(person.upper(), new=True) as session:
            key_id = session.random(16)
            key = signing_key(session, session.generate_key(person, key_id, algorithm))
            der = certificate(key, name=person, **wanted)
            session.store_certificate(person, key_id, der)
        self.name_credential(person, der)
        return der

    def copied_token_of(self, person: str, key: ec.EllipticCurvePrivateKey) -> bytes:
        """A token of the person's own that holds a copy of a key which others have too."""
        from pkcs11 import Attribute
        from pkcs11.util.ec import decode_ec_private_key, decode_ec_public_key

        private = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        der = certificate(key, name=person)
        with self.opened(person.upper(), new=True) as session:
            key_id = session.random(16)
            more = {Attribute.TOKEN: True, Attribute.LABEL: person, Attribute.ID: key_id}
            session._session.create_object(decode_ec_private_key(private) | more | {Attribute.SIGN: True})
            session._session.create_object(decode_ec_public_key(public) | more | {Attribute.VERIFY: True})
            session.store_certificate(person, key_id, der)
        self.name_credential(person, der)
        return der

    def name_credential(self, person: str, der: bytes, label: str = "") -> None:
        """Let the people file name a person's certificate and token."""
        name_credential(self.folder / "people.yaml", person, der, label)


def swap_tokens(house: Signers) -> None:
    """Let the people file name Agus's token for Dewi and the other way round."""
    path = house.folder / "people.yaml"
    names = {"label: AGUS}": "label: DEWI}", "label: DEWI}": "label: AGUS}"}
    lines = [
        next((line.replace(a, b) for a, b in names.items() if a in line), line) for line in path.read_text().split("\n")
    ]
    path.write_text("\n".join(lines))
