"""Shipped profiles beside the certificates that were published: only the fields that the README lists differ.

A profile is derived from each published certificate and compared, field by field, with the one that is shipped.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ceremony.pki.derive import derive_profile
from ceremony.policy.load import load_policy
from ceremony.policy.models import CertificateProfile, Policy
from ceremony.policy.names import NameAttribute

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "policies" / "isrg"
INDONESIA = ROOT / "policies" / "psre-indonesia"
PUBLISHED = {
    "root-x1": ("isrgrootx1", "isrgrootx1"),
    "root-x2": ("isrg-root-x2", "isrg-root-x2"),
    "root-x2-by-x1": ("isrg-root-x2-cross-signed", "isrgrootx1"),
    "r3": ("lets-encrypt-r3", "isrgrootx1"),
    "r4": ("lets-encrypt-r4", "isrgrootx1"),
    "e1": ("lets-encrypt-e1", "isrg-root-x2"),
    "e2": ("lets-encrypt-e2", "isrg-root-x2"),
    "root-ocsp-x1": ("isrg-root-ocsp-x1", "isrgrootx1"),
    "r3-by-stand-in": ("lets-encrypt-r3-cross-signed", "trustid-x3-root"),
}
"""Each shipped profile: the file of the published certificate, and that of its issuer."""

UNPUBLISHED = ("stand-in-root", "root-x1-by-x2", "e5", "r4-same-key")

ADDED = [
    (
        "root-x1-by-x2",
        "root-x2-by-x1",
        {"subject", "signature", "authority-information-access", "crl-distribution-points"},
    ),
    ("e5", "e1", {"subject"}),
    ("r4-same-key", "r4", {"subject-key-identifier"}),
]
"""Profiles of the years after, the profile that each is made like, and the fields in which the two differ."""

DECLARED = {"lint_as", "purpose", "issuer", "key", "serial_octets"}
"""Keys of a profile that say what no certificate says, or that are made anew in each ceremony."""

_ROW = re.compile(r"^\| `([a-z0-9-]+)` \| `([a-z0-9-]+)` \| `([a-z0-9-]+)` \|", re.MULTILINE)


def der(folder: Path, name: str) -> bytes:
    octets = (folder / "letsencrypt" / f"{name}.pem").read_bytes()
    return x509.load_pem_x509_certificate(octets).public_bytes(Encoding.DER)


def shipped() -> Policy:
    return load_policy(FOLDER / "policy.yaml").policy


def differing(one: CertificateProfile, other: CertificateProfile) -> set[str]:
    """The keys in which two profiles differ; extensions one by one, and `order` where the common ones change places."""
    first, second = one.model_dump(mode="json"), other.model_dump(mode="json")
    fields = {key for key in first if key not in {*DECLARED, "extensions"} and first[key] != second[key]}
    extensions, others = by_type(first), by_type(second)
    fields |= {kind for kind in extensions.keys() | others.keys() if extensions.get(kind) != others.get(kind)}
    common = extensions.keys() & others.keys()
    if [kind for kind in extensions if kind in common] != [kind for kind in others if kind in common]:
        fields.add("order")
    return fields


def by_type(profile: dict[str, Any]) -> dict[str, Any]:
    return {extension["type"]: extension for extension in profile["extensions"]}


def listed() -> dict[str, set[str]]:
    """The fields of each profile that the README says to differ."""
    fields: dict[str, set[str]] = {name: set() for name in PUBLISHED}
    for profile, file, field in _ROW.findall((FOLDER / "README.md").read_text("utf-8")):
        assert PUBLISHED[profile][0] == file
        fields[profile].add(field)
    return fields


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_profile_differs_from_the_published_certificate_only_where_the_readme_says_so(
    name: str, published: Path
) -> None:
    file, issuer = PUBLISHED[name]
    derived = derive_profile(der(published, file), name=name, issuer_der=der(published, issuer))
    profile = CertificateProfile.model_validate_json(json.dumps(derived.profile))
    assert differing(profile, shipped().certificates[name]) == listed()[name]


def test_every_profile_has_a_published_certificate_or_the_readme_says_that_none_was_published() -> None:
    assert set(shipped().certificates) == {*PUBLISHED, *UNPUBLISHED}
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert [name for name in UNPUBLISHED if f"`{name}`" not in readme] == []


@pytest.mark.parametrize(("name", "like", "differs"), ADDED)
def test_a_profile_that_was_added_has_the_shape_of_its_model(name: str, like: str, differs: set[str]) -> None:
    certificates = shipped().certificates
    assert differing(certificates[name], certificates[like]) == differs


@pytest.mark.parametrize(
    ("name", "file", "added"),
    [
        ("root-ca-indonesia", "root-ca-indonesia-2014", set()),
        ("bsre-ca", "int-ca-purwarupa-2014", {"authority-information-access", "crl-distribution-points"}),
    ],
)
def test_the_indonesian_profiles_have_the_shape_of_the_certificates_of_2014(
    name: str, file: str, added: set[str], published: Path
) -> None:
    octets = (published / "indonesia" / f"{file}.pem").read_bytes()
    certificate = x509.load_pem_x509_certificate(octets).public_bytes(Encoding.DER)
    derived = CertificateProfile.model_validate_json(json.dumps(derive_profile(certificate, name=name).profile))
    profile = load_policy(INDONESIA / "policy.yaml").policy.certificates[name]
    assert forms(profile) == forms(derived)
    kept = [extension for extension in profile.extensions if extension.type not in added]
    assert [(item.type, item.critical) for item in kept] == [(item.type, item.critical) for item in derived.extensions]
    usages = [item.usages for made in (profile, derived) for item in made.extensions if item.type == "key-usage"]
    assert usages[0] == usages[1]
    assert added <= {extension.type for extension in profile.extensions}


def forms(profile: CertificateProfile) -> list[tuple[str, str]]:
    """The attributes of the subject and their string types, in order."""
    return [(part.type, part.string) for part in profile.subject if isinstance(part, NameAttribute)]


def test_the_comparison_sees_extensions_that_change_places() -> None:
    profile = shipped().certificates["r3"]
    turned = profile.model_copy(update={"extensions": profile.extensions[::-1]})
    assert differing(profile, turned) == {"order"}
    assert differing(profile, profile) == set()
