"""Profiles of a small CA, software keys to sign with, and outside judges."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ceremony.pki.certificate import Holes, assemble, build_certificate, validity_period
from ceremony.pki.keys import placeholder_spki
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.algorithms import KeyAlgorithm
from ceremony.policy.models import CertificateProfile

CLOCK = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
SHARED = Path(os.environ.get("CEREMONY_SHARED") or Path(__file__).parents[3] / "shared")
FIXTURES = SHARED / "fixtures"


def name(common: str) -> list[dict[str, str]]:
    return [
        {"type": "C", "value": "ID", "string": "printable"},
        {"type": "O", "value": "Balai Uji", "string": "utf8"},
        {"type": "CN", "value": common, "string": "utf8"},
    ]


def root_data() -> dict[str, Any]:
    return {
        "lint_as": "root-ca",
        "subject": name("Uji Root P1"),
        "issuer": "root",
        "key": "root-key",
        "signature": "ecdsa-sha384",
        "validity": {"lifetime": "20y", "starts": "hour"},
        "extensions": [
            {"type": "basic-constraints", "critical": True, "ca": True},
            {"type": "key-usage", "critical": True, "usages": ["keyCertSign", "cRLSign"]},
            {"type": "subject-key-identifier", "method": "rfc7093-1"},
            {"type": "authority-key-identifier"},
        ],
    }


def intermediate_data() -> dict[str, Any]:
    return {
        "lint_as": "internal-unconstrained-tls-ca",
        "subject": name("Uji TLS CA 1"),
        "issuer": "root",
        "key": "tls-key",
        "signature": "ecdsa-sha384",
        "validity": {"lifetime": "5y"},
        "extensions": [
            {"type": "key-usage", "critical": True, "usages": ["digitalSignature", "cRLSign", "keyCertSign"]},
            {"type": "extended-key-usage", "critical": False, "purposes": ["serverAuth", "clientAuth"]},
            {"type": "basic-constraints", "critical": True, "ca": True, "path_length": 0},
            {"type": "subject-key-identifier", "method": "sha1"},
            {"type": "authority-key-identifier"},
            {
                "type": "authority-information-access",
                "access": [
                    {"method": "ocsp", "url": "http://ocsp.uji.example.com/"},
                    {"method": "ca-issuers", "url": "http://pki.uji.example.com/root.crt"},
                ],
            },
            {"type": "certificate-policies", "policies": [{"oid": "2.23.140.1.2.1"}]},
            {"type": "crl-distribution-points", "urls": ["http://pki.uji.example.com/root.crl"]},
        ],
    }


def profile_of(data: dict[str, Any]) -> CertificateProfile:
    return CertificateProfile.model_validate_json(json.dumps(data))


def spki_of(key: Any) -> bytes:
    octets: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return octets


HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def sign(key: Any, to_be_signed: ToBeSigned) -> bytes:
    """What a token would do."""
    algorithm = to_be_signed.algorithm
    digest: Any = HASHES.get(algorithm.partition("sha")[2][:3])
    if isinstance(key, rsa.RSAPrivateKey):
        pss = algorithm.endswith("-pss")
        scheme: Any = padding.PSS(padding.MGF1(digest), digest.digest_size) if pss else padding.PKCS1v15()
        return key.sign(to_be_signed.octets, scheme, digest)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(to_be_signed.octets, ec.ECDSA(digest))
    signature: bytes = key.sign(to_be_signed.octets)
    return signature


@dataclass(frozen=True)
class Issued:
    """A certificate with everything it was made from."""

    profile: CertificateProfile
    issuer_profile: CertificateProfile
    holes: Holes
    tbs: ToBeSigned
    der: bytes


class Kit:
    """Makes keys, holes and certificates for tests."""

    clock = CLOCK
    fixtures = FIXTURES
    root_data = staticmethod(root_data)
    intermediate_data = staticmethod(intermediate_data)
    profile_of = staticmethod(profile_of)
    spki_of = staticmethod(spki_of)
    sign = staticmethod(sign)
    key: Any = ec.generate_private_key(ec.SECP384R1())
    other_key: Any = ec.generate_private_key(ec.SECP384R1())

    def new_key(self, algorithm: KeyAlgorithm) -> Any:
        if algorithm.startswith("rsa-"):
            return rsa.generate_private_key(65537, int(algorithm[4:]))
        curves = {"p-256": ec.SECP256R1(), "p-384": ec.SECP384R1(), "p-521": ec.SECP521R1()}
        if algorithm == "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        if algorithm.startswith("ml-dsa-"):
            kinds: dict[str, Any] = {
                "ml-dsa-44": mldsa.MLDSA44PrivateKey,
                "ml-dsa-65": mldsa.MLDSA65PrivateKey,
                "ml-dsa-87": mldsa.MLDSA87PrivateKey,
            }
            return kinds[algorithm].generate()
        return ec.generate_private_key(curves[algorithm])

    def holes(self, profile: CertificateProfile, key: Any, issuer_key: Any, **changes: Any) -> Holes:
        not_before, not_after = validity_period(profile.validity, CLOCK)
        holes = Holes(
            spki_of(key), spki_of(issuer_key), 0x5A5A_0102_0304_0506_0708_090A_0B0C_0D0E, not_before, not_after
        )
        return replace(holes, **changes)

    def issue(
        self,
        profile: CertificateProfile,
        issuer_profile: CertificateProfile | None = None,
        *,
        key: Any = None,
        issuer_key: Any = None,
        practice: bool = False,
        **changes: Any,
    ) -> Issued:
        issuer_profile = issuer_profile or profile
        key = key or self.key
        issuer_key = issuer_key or key
        holes = self.holes(profile, key, issuer_key, **changes)
        tbs = build_certificate(profile, issuer_profile, holes, practice=practice)
        return Issued(profile, issuer_profile, holes, tbs, assemble(tbs, sign(issuer_key, tbs)))

    def root(self, **changes: Any) -> Issued:
        return self.issue(profile_of(root_data()), **changes)

    def intermediate(self, root: Issued, **changes: Any) -> Issued:
        profile = profile_of(intermediate_data())
        return self.issue(profile, root.profile, key=self.other_key, issuer_key=self.key, **changes)

    def planned(self, algorithm: KeyAlgorithm) -> Holes:
        spki = placeholder_spki(algorithm)
        return Holes(spki, spki, 2**126 + 5, CLOCK, CLOCK + timedelta(days=3651))


@pytest.fixture
def kit() -> Kit:
    return Kit()


@pytest.fixture
def openssl() -> Any:
    def run(*arguments: str, given: bytes = b"") -> str:
        done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
        return done.stdout.decode() + done.stderr.decode()

    return run
