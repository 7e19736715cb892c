"""Certificates of people as somebody issues them: for production, where those that practice makes do not serve."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID, ObjectIdentifier

from ceremony.custody.people import Person
from ceremony.engine.credential import signing_key

ISSUER = "Certificates for People CA"
"""Who issues certificates that are not self-signed."""

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
    now: datetime | None = None,
    starts: int = -1,
    days: int = 30,
    usages: tuple[str, ...] | None = ("digital_signature",),
    purposes: tuple[str, ...] = (),
    ca: bool = False,
    name: str = "Somebody",
    organisation: str = "",
    issuer: Any = None,
) -> bytes:
    """A certificate over a key, valid from so many days from now for so many days; its DER.

    Self-signed, or signed by the key of the CA `issuer`, which is called ISSUER.
    """
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else []
    if organisation:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    subject = x509.Name(attributes)
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
    if purposes:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ObjectIdentifier(purpose) for purpose in purposes]), critical=False
        )
    return builder.sign(issuer or key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def give(session: Any, person: Person, now: datetime, *, algorithm: str = "p-256", **wanted: Any) -> bytes:
    """A key in a person's open token and a certificate over it, in their name, that serves a whole life; its DER."""
    key_id = session.random(16)
    key = signing_key(session, session.generate_key(person.id, key_id, algorithm))
    named = {"now": now, "days": 730, "name": person.name, "organisation": person.organisation, **wanted}
    der = certificate(key, **named)
    session.store_certificate(person.id, key_id, der)
    return der
