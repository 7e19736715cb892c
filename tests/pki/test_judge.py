"""The packs over bytes: what is in force is what is judged, and what a profile promises is in the bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ceremony.errors import Finding, Severity
from ceremony.pki import der
from ceremony.pki.certificate import build_certificate
from ceremony.pki.judge import judge
from ceremony.pki.keys import placeholder_spki
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS, SPKI_IDENTIFIERS
from ceremony.policy.rules.encodings import KEY_ENCODINGS, SIGNATURE_ENCODINGS

BOTH = ("rfc5280", "cabf-tls-br")
SECOND = timedelta(seconds=1)


def judged(kit: Any, made: Any, issuer: bytes | None = None, **changes: Any) -> tuple[Finding, ...]:
    """Judge a certificate; a key has the name of its profile."""
    profile = changes.pop("profile", made.profile)
    arguments: dict[str, Any] = {
        "packs": BOTH,
        "name": "it",
        "clock": kit.clock,
        "issuer_certificate": issuer,
        "key_name": made.profile.key,
        "issuer_key_name": made.issuer_profile.key,
        "placeholders": False,
        "practice": False,
    }
    tbs = changes.pop("tbs", made.tbs)
    holes = replace(made.holes, **changes.pop("holes", {}))
    return judge(tbs, profile, made.issuer_profile, holes, **(arguments | changes))


def blocking(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in findings if finding.severity.blocks}


@pytest.fixture
def root(kit: Any) -> Any:
    return kit.root()


@pytest.fixture
def tls(kit: Any, root: Any) -> Any:
    return kit.intermediate(root, serial_number=2**126 + 77)


class TestGoodCertificates:
    def test_a_good_root_and_a_good_intermediate_have_no_findings(self, kit: Any, root: Any, tls: Any) -> None:
        assert judged(kit, root) == ()
        assert judged(kit, tls, root.der, known=[("root", root.der)], known_keys={"root": root.profile.key}) == ()

    def test_the_issuer_may_be_given_signed_or_not_yet_signed(self, kit: Any, root: Any, tls: Any) -> None:
        assert judged(kit, tls, root.tbs.octets) == judged(kit, tls, root.der) == ()

    @pytest.mark.parametrize("algorithm", ["rsa-4096", "p-521"])
    def test_a_plan_over_placeholders_has_no_findings(self, kit: Any, algorithm: Any) -> None:
        signature = "sha512-rsa" if algorithm == "rsa-4096" else "ecdsa-sha512"
        profile = kit.profile_of(kit.root_data() | {"signature": signature})
        spki = placeholder_spki(algorithm)
        holes = replace(kit.holes(profile, kit.key, kit.key), spki=spki, issuer_spki=spki)
        tbs = build_certificate(profile, profile, holes, practice=True)
        made = replace(kit.root(), profile=profile, issuer_profile=profile, holes=holes, tbs=tbs)
        assert judged(kit, made, placeholders=True, practice=True) == ()

    def test_two_placeholders_of_one_kind_are_two_keys_where_their_names_differ(self, kit: Any, tls: Any) -> None:
        spki = placeholder_spki("p-384")
        method = {"type": "subject-key-identifier", "method": "rfc7093-1"}
        data = kit.intermediate_data()
        data["extensions"][3] = method
        root_profile, profile = kit.profile_of(kit.root_data()), kit.profile_of(data)
        holes = replace(tls.holes, spki=spki, issuer_spki=spki)
        root = build_certificate(
            root_profile, root_profile, replace(kit.root().holes, spki=spki, issuer_spki=spki), practice=False
        )
        tbs = build_certificate(profile, root_profile, holes, practice=False)
        made = replace(tls, profile=profile, holes=holes, tbs=tbs)
        known = {"known": [("root", root.octets)], "known_keys": {"root": "root-key"}, "placeholders": True}
        assert judged(kit, made, root.octets, **known) == ()
        assert "CHAIN-KEY" in blocking(judged(kit, made, root.octets, key_name="root-key", **known))


class TestPacks:
    def test_only_the_packs_in_force_judge(self, kit: Any) -> None:
        key = kit.new_key("ed25519")
        made = kit.issue(kit.profile_of(kit.root_data() | {"signature": "ed25519"}), key=key)
        assert judged(kit, made, packs=("rfc5280",)) == ()
        findings = judged(kit, made)
        assert blocking(findings) == {"BR-A1", "BR-A3", "BR-A4"}
        assert {finding.source for finding in findings} == {"cabf-tls-br"}
        assert judged(kit, made, packs=()) == ()

    def test_a_pack_named_twice_judges_once(self, kit: Any, root: Any) -> None:
        late = kit.clock + 5 * timedelta(days=1)
        once = judged(kit, root, clock=late)
        assert [finding.rule for finding in once] == ["BR-C2"]
        assert judged(kit, root, clock=late, packs=(*BOTH, *BOTH)) == once

    def test_a_known_certificate_that_was_revoked_is_known_to_be(self, kit: Any, root: Any, tls: Any) -> None:
        parts = [part.octets for part in der.read_one(tls.tbs.octets).children()]
        parts[1] = der.encode_integer(99)
        parts[2] = bytes.fromhex("300906072a8648ce3d0401")
        old = der.encode(der.SEQUENCE, *parts)
        known = {"known": [("old", old)], "known_keys": {"old": tls.profile.key}}
        assert blocking(judged(kit, tls, root.der, **known)) == {"BR-A5"}
        assert blocking(judged(kit, tls, root.der, revoked=frozenset({"old"}), **known)) == set()


class TestPromises:
    """TBS-HOLES and LINT-TYPE: no standard's rules, but the profile's own."""

    @pytest.mark.parametrize(
        "change",
        [
            {"spki": placeholder_spki("p-384")},
            {"serial_number": 2**127 - 1},
        ],
        ids=["key", "serial number"],
    )
    def test_the_holes_are_what_was_given(self, kit: Any, root: Any, change: dict[str, Any]) -> None:
        assert blocking(judged(kit, root, holes=change)) >= {"TBS-HOLES"}

    def test_the_dates_are_what_was_given(self, kit: Any, root: Any) -> None:
        assert blocking(judged(kit, root, holes={"not_after": root.holes.not_after + SECOND})) == {"TBS-HOLES"}

    def test_the_serial_number_has_at_most_the_profiles_octets(self, kit: Any) -> None:
        assert blocking(judged(kit, kit.root(serial_number=2**128))) == {"TBS-HOLES"}
        assert blocking(judged(kit, kit.root(serial_number=2**127 - 1))) == set()

    def test_the_signature_algorithm_is_the_profiles(self, kit: Any, root: Any) -> None:
        other = replace(root.tbs, algorithm="ecdsa-sha256")
        assert blocking(judged(kit, root, tbs=other)) == {"TBS-HOLES", "BR-A6"}
        parts = [part.octets for part in der.read_one(root.tbs.octets).children()]
        parts[2] = SIGNATURE_IDENTIFIERS["ecdsa-sha512"]
        inside = replace(root.tbs, octets=der.encode(der.SEQUENCE, *parts))
        assert blocking(judged(kit, root, tbs=inside, packs=())) == {"TBS-HOLES"}

    def test_the_key_identifier_is_made_by_the_profiles_method(self, kit: Any, root: Any, tls: Any) -> None:
        data = kit.intermediate_data()
        data["extensions"][3] = {"type": "subject-key-identifier", "method": "rfc7093-1"}
        assert blocking(judged(kit, tls, root.der, profile=kit.profile_of(data))) == {"TBS-HOLES"}

    @pytest.mark.parametrize("lint_as", ["ocsp-responder", "root-ca"])
    def test_an_intermediate_that_claims_to_be_something_else(
        self, kit: Any, root: Any, tls: Any, lint_as: str
    ) -> None:
        profile = tls.profile.model_copy(update={"lint_as": lint_as})
        assert "LINT-TYPE" in blocking(judged(kit, tls, root.der, profile=profile))

    def test_a_root_that_claims_to_be_an_intermediate(self, kit: Any, root: Any) -> None:
        profile = root.profile.model_copy(update={"lint_as": "non-tls-ca"})
        assert "LINT-TYPE" in blocking(judged(kit, root, profile=profile))

    def test_a_root_that_is_no_ca(self, kit: Any) -> None:
        data = kit.root_data()
        data["extensions"][0]["ca"] = False
        data["extensions"][1]["usages"] = ["cRLSign"]
        assert "LINT-TYPE" in blocking(judged(kit, kit.issue(kit.profile_of(data))))


class TestWhatCannotBeJudged:
    @pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"text", b"\x30\x80\x00\x00"])
    def test_bytes_that_cannot_be_read_are_fatal(self, kit: Any, root: Any, octets: bytes) -> None:
        findings = judged(kit, root, tbs=replace(root.tbs, octets=octets))
        assert [(finding.rule, finding.severity) for finding in findings] == [("RF-1", Severity.FATAL)]

    def test_an_issuer_that_cannot_be_read_is_fatal(self, kit: Any, tls: Any) -> None:
        findings = judged(kit, tls, b"no certificate")
        assert [(finding.rule, finding.severity) for finding in findings] == [("CHECK-CRASH", Severity.FATAL)]

    def test_a_known_certificate_that_cannot_be_read_is_fatal(self, kit: Any, root: Any) -> None:
        findings = judged(kit, root, known=[("old", b"\x30\x00")])
        assert [(finding.rule, finding.severity) for finding in findings] == [("CHECK-CRASH", Severity.FATAL)]


def test_rules_and_encoder_write_the_same_algorithms() -> None:
    """Two tables, because the rules know no encoder: they must say the same."""
    assert {octets: kind for kind, octets in SPKI_IDENTIFIERS.items()} == KEY_ENCODINGS
    assert {octets: word for word, octets in SIGNATURE_IDENTIFIERS.items()} == {
        octets: word for octets, (word, _) in SIGNATURE_ENCODINGS.items()
    }
