"""Own checks over the bytes: each rule refuses, and accepts the same certificate without the fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ceremony.errors import Severity
from ceremony.pki import der
from ceremony.pki.certificate import build_certificate
from ceremony.pki.check_context import Case
from ceremony.pki.checks import CHECKS, check_certificate, run_check
from ceremony.pki.keys import placeholder_spki
from ceremony.pki.to_be_signed import ToBeSigned

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def found(kit: Any, made: Any, issuer: Any = None, **changes: Any) -> set[str]:
    """The rules that complain, with ERROR or worse, of a certificate or of a changed view of it."""
    findings = check_certificate(
        changes.get("tbs", made.tbs),
        changes.get("profile", made.profile),
        changes.get("issuer_profile", made.issuer_profile),
        replace(made.holes, **changes.get("holes", {})),
        clock=changes.get("clock", kit.clock),
        issuer_certificate=issuer.der if issuer else None,
        subject="it",
    )
    assert all(finding.subject == "it" and finding.source == "ceremony" for finding in findings)
    return {finding.rule for finding in findings if finding.severity.blocks}


def with_part(made: Any, part: int, octets: bytes) -> ToBeSigned:
    """The to-be-signed bytes with one part replaced: 0 version, 1 serial, 2 algorithm, ... 7 extensions."""
    parts = [element.octets for element in der.read_one(made.tbs.octets).children()]
    parts[part] = octets
    return replace(made.tbs, octets=der.encode(der.SEQUENCE, *parts))


def with_extensions(kit: Any, data: dict[str, Any], **extensions: dict[str, Any] | None) -> Any:
    """A profile whose extensions of these kinds are changed, or removed where None is given."""
    rest = []
    for extension in data["extensions"]:
        kind = extension["type"].replace("-", "_")
        change = extensions.get(kind, {})
        if change is not None:
            rest.append(extension | change)
    return kit.profile_of(data | {"extensions": rest})


@pytest.fixture
def root(kit: Any) -> Any:
    return kit.root()


@pytest.fixture
def tls(kit: Any, root: Any) -> Any:
    return kit.intermediate(root)


class TestGoodCertificates:
    def test_a_good_root_and_a_good_intermediate_have_no_findings_at_all(self, kit: Any, root: Any, tls: Any) -> None:
        for made, issuer in ((root, None), (tls, root.der)):
            assert (
                check_certificate(
                    made.tbs, made.profile, made.issuer_profile, made.holes, clock=kit.clock, issuer_certificate=issuer
                )
                == ()
            )

    @pytest.mark.parametrize("algorithm", ["rsa-4096", "p-521"])
    def test_a_plan_over_placeholders_has_no_findings(self, kit: Any, algorithm: Any) -> None:
        signature = "sha512-rsa" if algorithm == "rsa-4096" else "ecdsa-sha512"
        profile = kit.profile_of(kit.root_data() | {"signature": signature})
        spki = placeholder_spki(algorithm)
        holes = replace(kit.holes(profile, kit.key, kit.key), spki=spki, issuer_spki=spki)
        tbs = build_certificate(profile, profile, holes, practice=True)
        assert check_certificate(tbs, profile, profile, holes, clock=kit.clock, issuer_certificate=None) == ()


class TestBytes:
    def test_br_a3_the_key_is_the_one_given(self, kit: Any, root: Any) -> None:
        assert "BR-A3" in found(kit, root, holes={"spki": placeholder_spki("p-384")})

    def test_br_a3_the_algorithm_is_encoded_as_prescribed(self, kit: Any, root: Any) -> None:
        spki = der.read_one(root.holes.spki).children()
        odd = der.encode(der.SEQUENCE, bytes.fromhex("300b06072a8648ce3d02010500"), spki[1].octets)
        assert {"BR-A1", "BR-A3"} <= found(kit, root, tbs=with_part(root, 6, odd), holes={"spki": odd})

    def test_br_a1_ed25519_is_for_pkix_alone(self, kit: Any) -> None:
        key = kit.new_key("ed25519")
        made = kit.issue(kit.profile_of(kit.root_data() | {"signature": "ed25519"}), key=key)
        assert found(kit, made) == {"BR-A1", "BR-A4"}
        made = kit.issue(kit.profile_of(kit.root_data() | {"signature": "ed25519", "lint_as": "pkix"}), key=key)
        assert found(kit, made) == set()

    def test_br_a2_an_unsound_key(self, kit: Any, root: Any) -> None:
        spki = root.holes.spki[:-1] + bytes([root.holes.spki[-1] ^ 1])
        assert "BR-A2" in found(kit, root, tbs=with_part(root, 6, spki), holes={"spki": spki})

    def test_br_a4_the_signature_algorithm_is_exact(self, kit: Any, root: Any) -> None:
        with_null = bytes.fromhex("300c06082a8648ce3d0403030500")
        assert "BR-A4" in found(kit, root, tbs=with_part(root, 2, with_null))
        assert "BR-A4" in found(kit, root, tbs=replace(root.tbs, algorithm="ecdsa-sha256"))

    def test_br_c1_the_serial_number(self, kit: Any, root: Any) -> None:
        assert found(kit, root, holes={"serial_number": 2**127 - 1}) == {"BR-C1"}
        for number in (2**63 - 1, 2**128):
            assert found(kit, kit.root(serial_number=number)) == {"BR-C1"}
        for number in (-1, 0, 2**159):
            tbs = with_part(root, 1, der.encode_integer(number))
            assert "BR-C1" in found(kit, root, tbs=tbs, holes={"serial_number": number})
        for number in (2**63, 2**127 - 1):
            assert found(kit, kit.root(serial_number=number)) == set()

    def test_br_c1_the_version(self, kit: Any, root: Any) -> None:
        assert found(kit, root, tbs=with_part(root, 0, bytes.fromhex("a003020101"))) == {"BR-C1"}

    @pytest.mark.parametrize(
        ("tag", "text"), [(der.GENERALIZED_TIME, b"20261122090000Z"), (der.UTC_TIME, b"261122090000Z")]
    )
    def test_rf_1_the_form_of_time(self, kit: Any, root: Any, tag: int, text: bytes) -> None:
        last = der.encode(der.UTC_TIME, b"461122085959Z")
        tbs = with_part(root, 4, der.encode(der.SEQUENCE, der.encode(tag, text), last))
        assert found(kit, root, tbs=tbs) == ({"RF-1"} if tag == der.GENERALIZED_TIME else set())

    def test_rf_1_an_extension_twice(self, kit: Any, root: Any) -> None:
        row = der.read_one(root.tbs.octets).children()[7].children()[0].children()
        twice = der.encode(0xA3, der.encode(der.SEQUENCE, *(e.octets for e in (*row, row[0]))))
        assert found(kit, root, tbs=with_part(root, 7, twice)) == {"RF-1"}

    def test_rf_1_unique_identifiers(self, kit: Any, root: Any) -> None:
        parts = [element.octets for element in der.read_one(root.tbs.octets).children()]
        octets = der.encode(der.SEQUENCE, *parts[:7], der.encode(0x81, b"\0x"), parts[7])
        assert found(kit, root, tbs=replace(root.tbs, octets=octets)) == {"RF-1"}

    def test_rf_1_der_that_is_not_shortest(self, kit: Any, root: Any) -> None:
        subject = der.encode(der.SEQUENCE, der.encode(0x31, der.encode(der.INTEGER, b"\0\1")))
        assert "RF-1" in found(kit, root, tbs=with_part(root, 5, subject))

    @pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"text", b"\x30\x80\x00\x00"])
    def test_rf_1_bytes_that_cannot_be_read_are_fatal(self, kit: Any, root: Any, octets: bytes) -> None:
        findings = check_certificate(
            replace(root.tbs, octets=octets),
            root.profile,
            root.profile,
            root.holes,
            clock=kit.clock,
            issuer_certificate=None,
        )
        assert [(finding.rule, finding.severity) for finding in findings] == [("RF-1", Severity.FATAL)]


class TestPowers:
    @pytest.mark.parametrize(
        "change",
        [
            {"basic_constraints": {"critical": False}},
            {"key_usage": {"usages": ["cRLSign"]}},
            {"key_usage": None},
        ],
        ids=["basicConstraints not critical", "no keyCertSign", "no keyUsage"],
    )
    def test_rf_2_what_a_ca_needs(self, kit: Any, change: dict[str, Any]) -> None:
        assert found(kit, kit.issue(with_extensions(kit, kit.root_data(), **change))) == {"RF-2"}

    def test_rf_2_a_ca_without_a_key_identifier(self, kit: Any) -> None:
        profile = with_extensions(kit, kit.root_data(), subject_key_identifier=None, authority_key_identifier=None)
        assert found(kit, kit.issue(profile)) == {"RF-2"}

    def test_rf_2_a_path_length_without_key_cert_sign(self, kit: Any) -> None:
        data = kit.root_data()
        change = {"basic_constraints": {"path_length": 1}}
        assert found(kit, kit.issue(with_extensions(kit, data, **change))) == set()
        change["key_usage"] = {"usages": ["cRLSign"]}
        assert found(kit, kit.issue(with_extensions(kit, data, **change))) == {"RF-2"}

    def test_rf_2_key_cert_sign_without_a_ca(self, kit: Any, root: Any) -> None:
        data = kit.intermediate_data() | {"lint_as": "pkix"}
        not_ca = {"basic_constraints": {"ca": False, "path_length": None}}
        leaf = with_extensions(kit, data, **not_ca, key_usage={"usages": ["digitalSignature"]})
        assert found(kit, kit.issue(leaf, root.profile, key=kit.other_key, issuer_key=kit.key), root) == set()
        signing = with_extensions(kit, data, **not_ca)
        made = kit.issue(signing, root.profile, key=kit.other_key, issuer_key=kit.key)
        assert found(kit, made, root) == {"RF-2"}

    def test_rf_2_an_issued_certificate_points_to_its_issuer(self, kit: Any, root: Any) -> None:
        profile = with_extensions(kit, kit.intermediate_data(), authority_key_identifier=None)
        made = kit.issue(profile, root.profile, key=kit.other_key, issuer_key=kit.key)
        assert found(kit, made, root) == {"RF-2"}

    def test_rf_2_key_usage_that_is_not_critical_is_a_warning(self, kit: Any) -> None:
        made = kit.issue(with_extensions(kit, kit.root_data(), key_usage={"critical": False}))
        findings = check_certificate(
            made.tbs, made.profile, made.profile, made.holes, clock=kit.clock, issuer_certificate=None
        )
        assert [(finding.rule, finding.severity) for finding in findings] == [("RF-2", Severity.WARNING)]


class TestType:
    def test_a_ca_type_that_is_no_ca(self, kit: Any) -> None:
        profile = with_extensions(
            kit, kit.root_data(), basic_constraints={"ca": False}, key_usage={"usages": ["cRLSign"]}
        )
        assert found(kit, kit.issue(profile)) == {"LINT-TYPE"}

    def test_a_responder_that_is_a_ca(self, kit: Any, root: Any) -> None:
        profile = kit.profile_of(kit.intermediate_data() | {"lint_as": "ocsp-responder"})
        made = kit.issue(profile, root.profile, key=kit.other_key, issuer_key=kit.key)
        assert found(kit, made, root) == {"LINT-TYPE"}

    def test_a_root_that_another_key_signs(self, kit: Any, root: Any) -> None:
        profile = kit.profile_of(kit.intermediate_data() | {"lint_as": "root-ca"})
        made = kit.issue(profile, root.profile, key=kit.other_key, issuer_key=kit.key)
        assert "LINT-TYPE" in found(kit, made, root)

    def test_an_intermediate_that_signs_itself(self, kit: Any) -> None:
        made = kit.issue(kit.profile_of(kit.root_data() | {"lint_as": "internal-unconstrained-tls-ca"}))
        assert found(kit, made) == {"LINT-TYPE"}


class TestClock:
    @pytest.mark.parametrize(("shift", "ok"), [(-DAY, True), (-DAY - SECOND, False), (SECOND, False), (0 * DAY, True)])
    def test_br_c2_and_br_c17_not_before_lies_within_the_day_before_signing(
        self, kit: Any, shift: timedelta, ok: bool
    ) -> None:
        start = kit.clock + shift
        root = kit.root(not_before=start, not_after=start + 3653 * DAY)
        assert found(kit, root) == (set() if ok else {"BR-C2"})
        old = kit.root(not_before=kit.clock - 5 * DAY, not_after=kit.clock + 3653 * DAY)
        tls = kit.intermediate(old, not_before=start, not_after=start + 365 * DAY)
        assert found(kit, tls, old) == (set() if ok else {"BR-C17"})

    @pytest.mark.parametrize(
        ("span", "ok"),
        [(2922 * DAY, True), (2922 * DAY - SECOND, False), (9132 * DAY, True), (9132 * DAY + SECOND, False)],
    )
    def test_br_c2_a_root_lasts_2922_to_9132_days_with_the_last_second_inside(
        self, kit: Any, span: timedelta, ok: bool
    ) -> None:
        root = kit.root(not_before=kit.clock, not_after=kit.clock + span - SECOND)
        assert found(kit, root) == (set() if ok else {"BR-C2"})

    def test_br_c2_a_root_names_itself(self, kit: Any, root: Any) -> None:
        parts = der.read_one(root.tbs.octets).children()
        other = parts[5].octets.replace(b"P1", b"P2")
        assert found(kit, root, tbs=with_part(root, 3, other)) == {"BR-C2", "BR-N1"}

    def test_the_dates_of_pkix_certificates_are_free(self, kit: Any) -> None:
        start = datetime(2020, 1, 1, tzinfo=UTC)
        profile = kit.profile_of(kit.root_data() | {"lint_as": "pkix"})
        assert found(kit, kit.issue(profile, not_before=start, not_after=start + DAY)) == set()

    def test_br_o3_and_br_c6_responders_and_crosses(self, kit: Any, root: Any) -> None:
        data = kit.intermediate_data()
        for lint_as, rule in (("ocsp-responder", "BR-O3"), ("internal-cross-ca", "BR-C6")):
            profile = kit.profile_of(data | {"lint_as": lint_as})
            made = kit.issue(profile, root.profile, key=kit.other_key, issuer_key=kit.key)
            assert rule in found(kit, made, root, clock=kit.clock - DAY)
            assert rule not in found(kit, made, root)


class TestChain:
    def test_br_c18_the_authority_key_identifier_is_the_issuers(self, kit: Any, root: Any) -> None:
        other_method = with_extensions(kit, kit.root_data(), subject_key_identifier={"method": "sha1"})
        made = kit.issue(kit.profile_of(kit.intermediate_data()), other_method, key=kit.other_key, issuer_key=kit.key)
        assert found(kit, made, root) == {"BR-C18"}
        assert found(kit, made, kit.issue(other_method)) == set()

    def test_br_c18_names_and_serial_numbers_have_no_place_in_it(self, kit: Any, root: Any, tls: Any) -> None:
        octets = tls.tbs.octets
        at = octets.index(b"\x30\x16\x80\x14")
        odd = octets[: at + 2] + b"\x81" + octets[at + 3 :]
        assert "BR-C18" in found(kit, tls, root, tbs=replace(tls.tbs, octets=odd))

    def test_br_c20_the_key_identifier_is_its_own(self, kit: Any, root: Any, tls: Any) -> None:
        changed = with_extensions(kit, kit.intermediate_data(), subject_key_identifier={"method": "rfc7093-1"})
        assert found(kit, tls, root, profile=changed) == {"BR-C20"}

    def test_chain_issuer_is_given_and_holds_the_key(self, kit: Any, root: Any, tls: Any) -> None:
        assert found(kit, tls, None) == {"CHAIN-ISSUER"}
        stranger = kit.issue(root.profile, key=kit.new_key("p-384"))
        assert {"CHAIN-ISSUER", "BR-C18"} == found(kit, tls, stranger)

    def test_br_n1_the_issuers_name_is_exact(self, kit: Any, root: Any, tls: Any) -> None:
        data = kit.root_data()
        data["subject"][2]["string"] = "printable"
        assert found(kit, tls, kit.issue(kit.profile_of(data))) == {"BR-N1"}

    def test_chain_validity(self, kit: Any, root: Any) -> None:
        last, first = root.holes.not_after, root.holes.not_before
        assert found(kit, kit.intermediate(root, not_before=first, not_after=last), root) == set()
        assert found(kit, kit.intermediate(root, not_after=last + SECOND), root) == {"CHAIN-VALIDITY"}
        assert found(kit, kit.intermediate(root, not_before=first - SECOND), root) == {"CHAIN-VALIDITY"}

    @pytest.mark.parametrize(
        ("limit", "own", "ok"),
        [
            (None, None, True),
            (None, 3, True),
            (1, 0, True),
            (1, 1, False),
            (0, 0, False),
            (0, None, False),
            (2, None, True),
        ],
    )
    def test_chain_pathlen(self, kit: Any, limit: int | None, own: int | None, ok: bool) -> None:
        root = kit.issue(with_extensions(kit, kit.root_data(), basic_constraints={"path_length": limit}))
        profile = with_extensions(kit, kit.intermediate_data(), basic_constraints={"path_length": own})
        made = kit.issue(profile, root.profile, key=kit.other_key, issuer_key=kit.key)
        assert found(kit, made, root) == (set() if ok else {"CHAIN-PATHLEN"})

    def test_chain_usage(self, kit: Any) -> None:
        root = kit.issue(with_extensions(kit, kit.root_data(), key_usage={"usages": ["cRLSign"]}))
        assert found(kit, kit.intermediate(root), root) == {"CHAIN-USAGE"}
        root = kit.issue(with_extensions(kit, kit.root_data(), basic_constraints={"ca": False}))
        assert found(kit, kit.intermediate(root), root) == {"CHAIN-USAGE"}

    def test_chain_signature_fits_the_issuers_key(self, kit: Any, root: Any, tls: Any) -> None:
        assert "CHAIN-SIGNATURE" in found(kit, tls, root, holes={"issuer_spki": placeholder_spki("p-256")})


class TestCrash:
    def test_a_check_that_crashes_is_fatal_and_never_a_pass(self, kit: Any, root: Any) -> None:
        def broken(case: Case) -> Iterator[tuple[str, Severity, str]]:
            yield "X", Severity.INFO, str(case.tbs.times[7])

        case = Case(root.tbs, root.profile, root.profile, root.holes, kit.clock, None)
        assert [(f.rule, f.severity) for f in run_check(broken, case, "it")] == [("CHECK-CRASH", Severity.FATAL)]

    def test_an_issuer_that_cannot_be_read_is_fatal(self, kit: Any, tls: Any) -> None:
        findings = check_certificate(
            tls.tbs, tls.profile, tls.issuer_profile, tls.holes, clock=kit.clock, issuer_certificate=b"no certificate"
        )
        assert ("CHECK-CRASH", Severity.FATAL) in {(finding.rule, finding.severity) for finding in findings}

    def test_every_check_says_which_rules_it_keeps(self) -> None:
        assert all(check.__doc__ and check.__doc__.split(":")[0].isascii() for check in CHECKS)
