"""The proof: each published certificate becomes a profile, the profile the same to-be-signed bytes again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ceremony.cli.deriving import read_certificates, verdict_text
from ceremony.pki.derive_policy import check, derive_policy, policy_text
from ceremony.policy.load import load_policy

SHA_1, ZERO_SERIAL = "BR-A5", "BR-C1"

REFUSED: dict[str, dict[str, str]] = {
    "letsencrypt": {"trustid-x3-root": SHA_1},
    "indonesia": {},
    "certifi": {
        "accvraiz1": SHA_1,
        "certum-trusted-network-ca": SHA_1,
        "twca-root-certification-authority": SHA_1,
        "go-daddy-root-certificate-authority-g2": ZERO_SERIAL,
        "hellenic-academic-and-research-institutions-ecc-ro": ZERO_SERIAL,
        "hellenic-academic-and-research-institutions-rootca": ZERO_SERIAL,
        "security-communication-rootca2": ZERO_SERIAL,
        "starfield-root-certificate-authority-g2": ZERO_SERIAL,
        "starfield-services-root-certificate-authority-g2": ZERO_SERIAL,
    },
}
"""What is refused on purpose, and under which rule. Nothing else may differ."""

COUNTS = {"letsencrypt": 28, "indonesia": 2, "certifi": 100}
"""At least so many certificates are in each group: a proof over none would prove nothing."""


def test_every_published_certificate_is_said_again_to_the_byte(
    group: tuple[str, list[Path]], record_property: Callable[[str, object], None]
) -> None:
    name, files = group
    derived = derive_policy([certificate for path in files for certificate in read_certificates(path)])
    loaded = load_policy(Path("derived.yaml"), octets=policy_text(derived).encode("utf-8"))
    verdicts = check(derived, loaded.policy)
    lines = []
    for verdict in verdicts:
        if verdict.derived.refusal is not None:
            refusal = verdict.derived.refusal
            lines.append(f"{verdict.derived.name}: refused on purpose: {refusal.headline} [{refusal.code}]")
        else:
            lines.append(verdict_text(verdict))
    equal = sum(verdict.equal for verdict in verdicts)
    refused = {v.derived.name: v.derived.refusal.code for v in verdicts if v.derived.refusal is not None}
    head = f"derived and built again: {name}: {equal} of {len(verdicts)} equal, {len(refused)} refused on purpose"
    table = "\n".join([head, *(f"  {line}" for line in lines)])
    print(table)
    record_property("table", table)
    assert len(verdicts) >= COUNTS[name]
    assert refused == REFUSED[name]
    assert [v.derived.name for v in verdicts if not v.equal and v.derived.name not in refused] == []


def test_their_lifetimes_are_said_where_they_are_whole(group: tuple[str, list[Path]]) -> None:
    name, files = group
    given = [certificate for path in files for certificate in read_certificates(path)]
    derived = derive_policy(given, lifetime=True)
    loaded = load_policy(Path("derived.yaml"), octets=policy_text(derived).encode("utf-8"))
    verdicts = check(derived, loaded.policy)
    assert all(verdict.equal or verdict.derived.name in REFUSED[name] for verdict in verdicts)
    if name == "letsencrypt":
        assert loaded.policy.certificates["r10"].validity.lifetime == "3y"
        assert loaded.policy.certificates["lets-encrypt-r3-cross-signed"].validity.lifetime is None


def test_only_the_extension_without_words_is_raw(group: tuple[str, list[Path]]) -> None:
    derived = derive_policy([certificate for path in group[1] for certificate in read_certificates(path)])
    raw = {
        extension["oid"]
        for entry in derived
        if entry.profile is not None
        for extension in entry.profile.profile["extensions"]
        if extension["type"] == "raw"
    }
    assert raw == ({"1.3.6.1.4.1.311.21.1"} if group[0] == "certifi" else set())
