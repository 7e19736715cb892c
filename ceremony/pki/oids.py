"""The words of the policy and the object identifiers that stand for them."""

from __future__ import annotations

from ceremony.policy.algorithms import SignatureAlgorithm
from ceremony.policy.extensions import Reason

SIGNATURE_IDENTIFIERS: dict[SignatureAlgorithm, bytes] = {
    "sha256-rsa": bytes.fromhex("300d06092a864886f70d01010b0500"),
    "sha384-rsa": bytes.fromhex("300d06092a864886f70d01010c0500"),
    "sha512-rsa": bytes.fromhex("300d06092a864886f70d01010d0500"),
    "sha256-rsa-pss": bytes.fromhex(
        "304106092a864886f70d01010a3034a00f300d06096086480165030402010500"
        "a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120"
    ),
    "sha384-rsa-pss": bytes.fromhex(
        "304106092a864886f70d01010a3034a00f300d06096086480165030402020500"
        "a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130"
    ),
    "sha512-rsa-pss": bytes.fromhex(
        "304106092a864886f70d01010a3034a00f300d06096086480165030402030500"
        "a11c301a06092a864886f70d010108300d06096086480165030402030500a203020140"
    ),
    "ecdsa-sha256": bytes.fromhex("300a06082a8648ce3d040302"),
    "ecdsa-sha384": bytes.fromhex("300a06082a8648ce3d040303"),
    "ecdsa-sha512": bytes.fromhex("300a06082a8648ce3d040304"),
    "ed25519": bytes.fromhex("300506032b6570"),
    "ml-dsa-44": bytes.fromhex("300b0609608648016503040311"),
    "ml-dsa-65": bytes.fromhex("300b0609608648016503040312"),
    "ml-dsa-87": bytes.fromhex("300b0609608648016503040313"),
}
"""Signature AlgorithmIdentifier, the only encoding allowed (BR 7.1.3.2; Ed25519: RFC 8410 3; ML-DSA: RFC 9881 2)."""

SPKI_IDENTIFIERS: dict[str, bytes] = {
    "rsa": bytes.fromhex("300d06092a864886f70d0101010500"),
    "p-256": bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"),
    "p-384": bytes.fromhex("301006072a8648ce3d020106052b81040022"),
    "p-521": bytes.fromhex("301006072a8648ce3d020106052b81040023"),
    "ed25519": bytes.fromhex("300506032b6570"),
    "ml-dsa-44": bytes.fromhex("300b0609608648016503040311"),
    "ml-dsa-65": bytes.fromhex("300b0609608648016503040312"),
    "ml-dsa-87": bytes.fromhex("300b0609608648016503040313"),
}
"""SubjectPublicKeyInfo AlgorithmIdentifier, the only encoding allowed (BR 7.1.3.1; RFC 8410 3; RFC 9881 4)."""

ATTRIBUTES: dict[str, str] = {
    "C": "2.5.4.6",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "CN": "2.5.4.3",
    "L": "2.5.4.7",
    "ST": "2.5.4.8",
    "DC": "0.9.2342.19200300.100.1.25",
    "serialNumber": "2.5.4.5",
    "SN": "2.5.4.4",
    "GN": "2.5.4.42",
    "UID": "0.9.2342.19200300.100.1.1",
    "street": "2.5.4.9",
    "postalCode": "2.5.4.17",
    "title": "2.5.4.12",
    "email": "1.2.840.113549.1.9.1",
    "description": "2.5.4.13",
    "organizationIdentifier": "2.5.4.97",
    "businessCategory": "2.5.4.15",
    "jurisdictionC": "1.3.6.1.4.1.311.60.2.1.3",
    "jurisdictionST": "1.3.6.1.4.1.311.60.2.1.2",
    "jurisdictionL": "1.3.6.1.4.1.311.60.2.1.1",
    "pseudonym": "2.5.4.65",
    "initials": "2.5.4.43",
    "generationQualifier": "2.5.4.44",
    "dnQualifier": "2.5.4.46",
}
"""Attribute types of a distinguished name, by the words of the policy (most of them RFC 4519's)."""

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

ACCESS_METHODS: dict[str, str] = {
    "ocsp": "1.3.6.1.5.5.7.48.1",
    "ca-issuers": "1.3.6.1.5.5.7.48.2",
    "ca-repository": "1.3.6.1.5.5.7.48.5",
    "time-stamping": "1.3.6.1.5.5.7.48.3",
}
"""Access methods of authorityInfoAccess and subjectInfoAccess (RFC 5280 4.2.2)."""

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

REASON_BITS: dict[Reason, int] = {
    "keyCompromise": 1,
    "cACompromise": 2,
    "affiliationChanged": 3,
    "superseded": 4,
    "cessationOfOperation": 5,
    "certificateHold": 6,
    "privilegeWithdrawn": 7,
    "aACompromise": 8,
}
"""ReasonFlags of a distribution point (RFC 5280 4.2.1.13); bit 0 is unused."""

CPS_QUALIFIER = "1.3.6.1.5.5.7.2.1"
NOTICE_QUALIFIER = "1.3.6.1.5.5.7.2.2"
"""Policy qualifiers (RFC 5280 4.2.1.4)."""

STRING_TAGS: dict[str, int] = {
    "utf8": 0x0C,
    "numeric": 0x12,
    "printable": 0x13,
    "t61": 0x14,
    "ia5": 0x16,
    "visible": 0x1A,
    "universal": 0x1C,
    "bmp": 0x1E,
}
STRING_CODECS: dict[str, str] = {
    "utf8": "utf-8",
    "numeric": "ascii",
    "printable": "ascii",
    "t61": "latin-1",
    "ia5": "ascii",
    "visible": "ascii",
    "universal": "utf-32-be",
    "bmp": "utf-16-be",
}
"""ASN.1 string types as the policy calls them: their tags (X.680 8.4), and how their octets are read and written."""


def attribute_oid(name: str) -> str:
    """The object identifier of an attribute type that a profile names by short name or by number."""
    return ATTRIBUTES.get(name, name)


def attribute_name(oid: str) -> str:
    """The short name of an attribute type, or its number where it has none here."""
    return next((name for name, number in ATTRIBUTES.items() if number == oid), oid)


def access_oid(name: str) -> str:
    """The object identifier of an access method that a profile names by name or by number."""
    return ACCESS_METHODS.get(name, name)


def access_name(oid: str) -> str:
    """The name of an access method, or its number where it has none here."""
    return next((name for name, number in ACCESS_METHODS.items() if number == oid), oid)


def purpose_oid(name: str) -> str:
    """The object identifier of a key purpose that a profile names by name or by number."""
    return PURPOSES.get(name, name)


def purpose_name(oid: str) -> str:
    """The name of a key purpose, or its number where it has none here."""
    return next((name for name, number in PURPOSES.items() if number == oid), oid)
