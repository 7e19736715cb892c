"""Certificates that exist: the published ones, the roots of certifi, and one that says everything."""

from __future__ import annotations

import base64
import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ceremony.pki.certificate import Holes, assemble, build_certificate
from ceremony.policy.models import CertificateProfile

SHARED = Path(os.environ.get("CEREMONY_SHARED") or Path(__file__).parents[3] / "shared")
FIXTURES = SHARED / "fixtures"
GROUPS = ("letsencrypt", "indonesia", "certifi")


def pem_blocks(path: Path) -> list[bytes]:
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", text, re.DOTALL)
    return [base64.b64decode(block) for block in blocks]


def files_of(group: str) -> list[Path]:
    """The files of a group of published certificates; skips, saying so, where they are not there."""
    if group == "certifi":
        return [Path(certifi.where())]
    files = sorted((FIXTURES / group).rglob("*.pem"))
    if not files:
        pytest.skip(f"the published certificates of {group} are not beside this checkout (CEREMONY_SHARED)")
    return files


@pytest.fixture(params=GROUPS)
def group(request: pytest.FixtureRequest) -> tuple[str, list[Path]]:
    return request.param, files_of(request.param)


DIRECTORY = [{"type": "C", "value": "ID", "string": "printable"}, {"type": "O", "value": "Balai Ünïted"}]
EXTENSIONS: list[dict[str, Any]] = [
    {"type": "key-usage", "critical": True, "usages": ["keyAgreement", "keyCertSign", "decipherOnly"]},
    {"type": "basic-constraints", "critical": False, "ca": True, "path_length": 255},
    {"type": "subject-key-identifier", "critical": True, "method": "literal", "value": "00ff"},
    {
        "type": "authority-key-identifier",
        "key_identifier": "0102",
        "issuer_and_serial": {"issuer": [{"type": "directory", "name": DIRECTORY}], "serial": "00ff"},
    },
    {"type": "extended-key-usage", "critical": False, "purposes": ["serverAuth", "1.2.3.4", "anyExtendedKeyUsage"]},
    {
        "type": "certificate-policies",
        "critical": True,
        "policies": [
            {"oid": "2.5.29.32.0"},
            {
                "oid": "1.2.3",
                "qualifiers": [
                    {"type": "cps", "uri": "http://a/ b"},
                    {"type": "user-notice", "text": "notice", "string": "bmp"},
                    {
                        "type": "user-notice",
                        "organization": "Org",
                        "organization_string": "visible",
                        "numbers": [0, 300],
                        "text": "té",
                    },
                    {"type": "user-notice"},
                ],
            },
        ],
    },
    {"type": "policy-mappings", "critical": True, "mappings": [{"issuer": "1.2.3", "subject": "2.999.1"}]},
    {"type": "policy-constraints", "critical": True, "require_explicit_policy": 0, "inhibit_policy_mapping": 128},
    {"type": "inhibit-any-policy", "critical": True, "skip_certs": 5},
    {
        "type": "name-constraints",
        "critical": True,
        "permitted": [
            {"type": "dns", "value": "example.org"},
            {"type": "ip", "value": "10.0.0.0/8"},
            {"type": "ip", "value": "10.1.2.3/255.0.255.0"},
            {"type": "ip", "value": "2001:db8::/32"},
            {"type": "email", "value": ".example.org"},
            {"type": "directory", "name": DIRECTORY},
        ],
        "excluded": [
            {"type": "dns", "value": ""},
            {"type": "ip", "value": "0.0.0.0/0"},
            {"type": "uri", "value": ".example.org"},
        ],
    },
    {
        "type": "crl-distribution-points",
        "points": [
            {"full_name": [{"type": "uri", "value": "http://b/"}, {"type": "uri", "value": "ldap:///c?d"}]},
            {
                "relative_name": [{"type": "CN", "value": "crl"}],
                "reasons": ["keyCompromise", "aACompromise"],
                "crl_issuer": [{"type": "directory", "name": DIRECTORY}],
            },
        ],
    },
    {"type": "freshest-crl", "urls": ["http://delta/"]},
    {
        "type": "authority-information-access",
        "access": [
            {"method": "ocsp", "url": "http://c/"},
            {"method": "1.2.3", "location": {"type": "registered-id", "value": "1.2.3.4"}},
        ],
    },
    {"type": "subject-information-access", "access": [{"method": "ca-repository", "url": "rsync://d/"}]},
    {
        "type": "subject-alternative-name",
        "critical": False,
        "names": [
            {"type": "ip", "value": "192.0.2.1"},
            {"type": "ip", "value": "2001:db8::1"},
            {"type": "other", "oid": "1.3.6.1.4.1.311.20.2.3", "der": "0c03613a62"},
        ],
    },
    {"type": "issuer-alternative-name", "names": [{"type": "email", "value": "a@example.org"}]},
    {"type": "private-key-usage-period", "not_before": "2026-01-01T00:00:00Z", "not_after": "2051-01-01T00:00:00Z"},
    {"type": "ocsp-no-check"},
    {"type": "qc-statements", "statements": [{"oid": "0.4.0.1862.1.1"}, {"oid": "0.4.0.1862.1.3", "der": "020107"}]},
    {"type": "raw", "oid": "1.2.3.4.5", "critical": False, "der": "0500"},
]
SUBJECT: list[dict[str, Any]] = [
    {"type": "CN", "value": "1: no, \"yes\" # 'x' \\ Ümläut", "string": "t61"},
    {"all_of": [{"type": "OU", "value": "二", "string": "bmp"}, {"type": "O", "value": "one", "string": "printable"}]},
    {"type": "description", "value": "510121_Sertifikat TLS"},
    {"type": "organizationIdentifier", "value": "VATID-1", "string": "universal"},
    {"type": "1.2.3.4", "der": "3003020105"},
    {"type": "DC", "value": "example", "string": "ia5"},
    {"type": "UID", "value": "0123 4", "string": "numeric"},
]


@dataclass(frozen=True)
class Maker:
    """Certificates over one software key, signed in earnest where the profile is its own issuer."""

    key: Any
    extensions = EXTENSIONS
    subject = SUBJECT

    @property
    def spki(self) -> bytes:
        octets: bytes = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return octets

    def profile(self, **changes: Any) -> CertificateProfile:
        data: dict[str, Any] = {
            "lint_as": "pkix",
            "subject": SUBJECT,
            "issuer": "own",
            "key": "p-256",
            "signature": "ecdsa-sha256",
            "validity": {"not_before": "2026-01-01T00:00:00Z", "not_after": "2026-12-31T23:59:59Z"},
            "extensions": EXTENSIONS,
        }
        return CertificateProfile.model_validate_json(json.dumps(data | changes))

    def certificate(
        self,
        profile: CertificateProfile | None = None,
        issuer: CertificateProfile | None = None,
        *,
        spki: bytes | None = None,
        serial: int = 2**120 + 1,
        place: tuple[bytes, int] | None = None,
    ) -> bytes:
        profile = profile or self.profile()
        not_before = datetime.fromisoformat(profile.validity.not_before or "2026-01-01T00:00:00Z").astimezone(UTC)
        not_after = datetime.fromisoformat(profile.validity.not_after or "2027-01-01T00:00:00Z").astimezone(UTC)
        holes = Holes(spki or self.spki, self.spki, serial, not_before, not_after, issuer_issuer_and_serial=place)
        built = build_certificate(profile, issuer or profile, holes, practice=False)
        return assemble(built, self.key.sign(built.octets, ec.ECDSA(hashes.SHA256())))


@pytest.fixture(scope="session")
def maker() -> Maker:
    return Maker(ec.derive_private_key(0x5EED, ec.SECP256R1()))
