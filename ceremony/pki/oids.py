"""The words of the policy and the object identifiers that stand for them."""

from __future__ import annotations

from ceremony.policy.models import SignatureAlgorithm

SIGNATURE_IDENTIFIERS: dict[SignatureAlgorithm, bytes] = {
    "sha256-rsa": bytes.fromhex("300d06092a864886f70d01010b0500"),
    "sha384-rsa": bytes.fromhex("300d06092a864886f70d01010c0500"),
    "sha512-rsa": bytes.fromhex("300d06092a864886f70d01010d0500"),
    "ecdsa-sha256": bytes.fromhex("300a06082a8648ce3d040302"),
    "ecdsa-sha384": bytes.fromhex("300a06082a8648ce3d040303"),
    "ecdsa-sha512": bytes.fromhex("300a06082a8648ce3d040304"),
    "ed25519": bytes.fromhex("300506032b6570"),
}
"""Signature AlgorithmIdentifier, the only encoding allowed (BR 7.1.3.2; Ed25519: RFC 8410 3)."""

SPKI_IDENTIFIERS: dict[str, bytes] = {
    "rsa": bytes.fromhex("300d06092a864886f70d0101010500"),
    "p-256": bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"),
    "p-384": bytes.fromhex("301006072a8648ce3d020106052b81040022"),
    "p-521": bytes.fromhex("301006072a8648ce3d020106052b81040023"),
    "ed25519": bytes.fromhex("300506032b6570"),
}
"""SubjectPublicKeyInfo AlgorithmIdentifier, the only encoding allowed (BR 7.1.3.1; Ed25519: RFC 8410 3)."""

ATTRIBUTES: dict[str, str] = {
    "C": "2.5.4.6",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "CN": "2.5.4.3",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "DC": "0.9.2342.19200300.100.1.25",
    "serialNumber": "2.5.4.5",
}
"""Attribute types of a distinguished name, by their short names of RFC 4519."""

PURPOSES: dict[str, str] = {
    "serverAuth": "1.3.6.1.5.5.7.3.1",
    "clientAuth": "1.3.6.1.5.5.7.3.2",
    "codeSigning": "1.3.6.1.5.5.7.3.3",
    "emailProtection": "1.3.6.1.5.5.7.3.4",
    "timeStamping": "1.3.6.1.5.5.7.3.8",
    "OCSPSigning": "1.3.6.1.5.5.7.3.9",
    "anyExtendedKeyUsage": "2.5.29.37.0",
}
"""Key purposes (RFC 5280 4.2.1.12)."""

ACCESS_METHODS: dict[str, str] = {"ocsp": "1.3.6.1.5.5.7.48.1", "ca-issuers": "1.3.6.1.5.5.7.48.2"}
"""Access methods of authorityInfoAccess (RFC 5280 4.2.2.1)."""

EXTENSIONS: dict[str, str] = {
    "basic-constraints": "2.5.29.19",
    "key-usage": "2.5.29.15",
    "extended-key-usage": "2.5.29.37",
    "subject-key-identifier": "2.5.29.14",
    "authority-key-identifier": "2.5.29.35",
    "certificate-policies": "2.5.29.32",
    "crl-distribution-points": "2.5.29.31",
    "authority-information-access": "1.3.6.1.5.5.7.1.1",
}
"""Extensions by the word that a profile uses."""

KEY_USAGES: tuple[str, ...] = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
"""Key usage bits from bit 0 on (RFC 5280 4.2.1.3)."""


def attribute_oid(name: str) -> str:
    """The object identifier of an attribute type that a profile names by short name or by number."""
    return ATTRIBUTES.get(name, name)


def attribute_name(oid: str) -> str:
    """The short name of an attribute type, or its number where it has none here."""
    return next((name for name, number in ATTRIBUTES.items() if number == oid), oid)


def purpose_oid(name: str) -> str:
    """The object identifier of a key purpose that a profile names by name or by number."""
    return PURPOSES.get(name, name)


def purpose_name(oid: str) -> str:
    """The name of a key purpose, or its number where it has none here."""
    return next((name for name, number in PURPOSES.items() if number == oid), oid)
