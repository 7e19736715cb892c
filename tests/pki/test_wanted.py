"""What the policy wants against what the bytes say: equal for what was built, unequal for every single difference."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony.pki.describe import describe
from ceremony.pki.keys import placeholder_spki
from ceremony.pki.notation import TITLES
from ceremony.pki.wanted import ABSENT, compare, wanted_fields


def unequal(kit: Any, made: Any, **wanted: Any) -> list[str]:
    """The names of the rows that differ between what was built and what is wanted after a change."""
    profile, issuer_profile = wanted.pop("profile", made.profile), wanted.pop("issuer_profile", made.issuer_profile)
    practice = wanted.pop("practice", False)
    fields = wanted_fields(profile, issuer_profile, replace(made.holes, **wanted), practice=practice)
    return [row.name for row in compare(fields, describe(made.tbs.octets)) if not row.equal]


class TestOneDifference:
    """Each difference between profile and bytes is a row of its own."""

    def test_none(self, kit: Any) -> None:
        root = kit.root()
        assert unequal(kit, root) == []
        assert unequal(kit, kit.intermediate(root)) == []

    @pytest.mark.parametrize(
        ("change", "rows"),
        [
            ({"serial_number": 5}, ["Serial number"]),
            ({"not_before": datetime(2026, 11, 22, tzinfo=UTC)}, ["Not before", "Lifetime"]),
            ({"not_after": datetime(2027, 11, 22, tzinfo=UTC)}, ["Not after", "Lifetime"]),
            (
                {"spki": placeholder_spki("p-256")},
                ["Public key", "Public key SHA-256", "Subject key identifier"],
            ),
            ({"spki": placeholder_spki("p-384")}, ["Public key SHA-256", "Subject key identifier"]),
            ({"issuer_spki": placeholder_spki("p-384")}, ["Authority key identifier"]),
            ({"practice": True}, ["Issuer CN", "Subject CN"]),
        ],
    )
    def test_in_a_hole(self, kit: Any, change: dict[str, Any], rows: list[str]) -> None:
        assert unequal(kit, kit.intermediate(kit.root()), **change) == rows

    @pytest.mark.parametrize(
        ("path", "value", "rows"),
        [
            (["signature"], "ecdsa-sha256", ["Signature algorithm"]),
            (["subject", 2, "value"], "Uji TLS CA l", ["Subject CN"]),
            (["subject", 1, "string"], "printable", ["Subject O"]),
            (["subject", 1, "type"], "OU", ["Subject OU", "Subject O"]),
            (["extensions", 0, "critical"], False, ["Key usage"]),
            (["extensions", 0, "usages"], ["keyCertSign"], ["Key usage"]),
            (["extensions", 1, "purposes"], ["clientAuth", "serverAuth"], ["Extended key usage"]),
            (["extensions", 2, "path_length"], 1, ["Basic constraints"]),
            (["extensions", 2, "path_length"], None, ["Basic constraints"]),
            (["extensions", 3, "method"], "rfc7093-1", ["Subject key identifier"]),
            (["extensions", 5, "access", 0, "method"], "ca-issuers", ["Authority information access"]),
            (["extensions", 5, "access", 0, "url"], "http://ocsp.uji.example.com/x", ["Authority information access"]),
            (
                ["extensions", 6, "policies", 0, "qualifiers"],
                [{"type": "cps", "uri": "http://x.example.com/"}],
                ["Certificate policies"],
            ),
            (["extensions", 6, "policies", 0, "oid"], "2.23.140.1.2.2", ["Certificate policies"]),
            (["extensions", 7, "urls"], ["https://pki.uji.example.com/root.crl"], ["CRL distribution points"]),
        ],
    )
    def test_in_the_profile(self, kit: Any, path: list[Any], value: Any, rows: list[str]) -> None:
        data = kit.intermediate_data()
        place = data
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = value
        assert unequal(kit, kit.intermediate(kit.root()), profile=kit.profile_of(data)) == rows

    def test_an_extension_too_few_or_too_many(self, kit: Any) -> None:
        made = kit.intermediate(kit.root())
        data = kit.intermediate_data()
        removed = data["extensions"].pop(1)
        rows = compare(
            wanted_fields(kit.profile_of(data), made.issuer_profile, made.holes, practice=False),
            describe(made.tbs.octets),
        )
        extra = [row for row in rows if not row.equal]
        assert [(row.name, row.wanted) for row in extra] == [("Extended key usage", ABSENT)]
        data["extensions"] += [removed]
        assert set(unequal(kit, made, profile=kit.profile_of(data))) == {"Extended key usage"}

    def test_the_order_of_names_and_extensions(self, kit: Any) -> None:
        data = kit.intermediate_data()
        data["subject"][0], data["subject"][1] = data["subject"][1], data["subject"][0]
        made = kit.intermediate(kit.root())
        assert unequal(kit, made, profile=kit.profile_of(data)) != []
        data = kit.intermediate_data()
        data["extensions"].reverse()
        assert unequal(kit, made, profile=kit.profile_of(data)) != []


POINT = {"full_name": [{"type": "uri", "value": "http://a/"}, {"type": "dns", "value": "a"}]}
NOTICE = {"type": "user-notice", "text": "Hi", "organization": "A", "numbers": [1, 2]}


class TestEachExtension:
    """One change of one value is seen, and in that extension alone."""

    @pytest.mark.parametrize(
        ("kind", "value", "other"),
        [
            ("extended-key-usage", {"purposes": ["1.2.3"]}, {"purposes": ["1.2.4"]}),
            ("subject-key-identifier", {"method": "literal", "value": "01"}, {"method": "literal", "value": "02"}),
            ("authority-key-identifier", {"key_identifier": "01"}, {"key_identifier": "none"}),
            ("authority-key-identifier", {"issuer_and_serial": "issuer"}, {"issuer_and_serial": "none"}),
            (
                "authority-key-identifier",
                {"issuer_and_serial": {"issuer": [{"type": "dns", "value": "a"}], "serial": "01"}},
                {"issuer_and_serial": {"issuer": [{"type": "dns", "value": "a"}], "serial": "02"}},
            ),
            (
                "certificate-policies",
                {"policies": [{"oid": "1.2.3", "qualifiers": [NOTICE]}]},
                {"policies": [{"oid": "1.2.3", "qualifiers": [NOTICE | {"string": "bmp"}]}]},
            ),
            (
                "certificate-policies",
                {"policies": [{"oid": "1.2.3", "qualifiers": [NOTICE]}]},
                {"policies": [{"oid": "1.2.3", "qualifiers": [NOTICE | {"numbers": [12]}]}]},
            ),
            (
                "policy-mappings",
                {"mappings": [{"issuer": "1.2.3", "subject": "1.2.4"}]},
                {"mappings": [{"issuer": "1.2.4", "subject": "1.2.3"}]},
            ),
            ("policy-constraints", {"require_explicit_policy": 0}, {"inhibit_policy_mapping": 0}),
            ("inhibit-any-policy", {"skip_certs": 0}, {"skip_certs": 1}),
            (
                "name-constraints",
                {"permitted": [{"type": "dns", "value": "a"}]},
                {"excluded": [{"type": "dns", "value": "a"}]},
            ),
            (
                "name-constraints",
                {"excluded": [{"type": "ip", "value": "0.0.0.0/0"}]},
                {"excluded": [{"type": "ip", "value": "::/0"}]},
            ),
            (
                "name-constraints",
                {"excluded": [{"type": "dns", "value": ""}]},
                {"excluded": [{"type": "dns", "value": '""'}]},
            ),
            ("crl-distribution-points", {"urls": ["http://a/"]}, {"urls": ["http://b/"]}),
            ("crl-distribution-points", {"points": [POINT]}, {"points": [POINT | {"reasons": ["superseded"]}]}),
            (
                "freshest-crl",
                {"points": [POINT]},
                {"points": [POINT | {"crl_issuer": [{"type": "dns", "value": "a"}]}]},
            ),
            (
                "freshest-crl",
                {"points": [{"relative_name": [{"type": "CN", "value": "a"}]}]},
                {"points": [{"relative_name": [{"type": "CN", "value": "a", "string": "ia5"}]}]},
            ),
            (
                "subject-information-access",
                {"access": [{"method": "ca-repository", "url": "http://a/"}]},
                {"access": [{"method": "time-stamping", "url": "http://a/"}]},
            ),
            (
                "authority-information-access",
                {"access": [{"method": "ocsp", "location": {"type": "dns", "value": "a"}}]},
                {"access": [{"method": "ocsp", "location": {"type": "email", "value": "a"}}]},
            ),
            (
                "subject-alternative-name",
                {"names": [{"type": "directory", "name": [{"type": "O", "value": 'a", CN="b'}]}]},
                {"names": [{"type": "directory", "name": [{"type": "O", "value": "a"}, {"type": "CN", "value": "b"}]}]},
            ),
            (
                "issuer-alternative-name",
                {"names": [{"type": "other", "oid": "1.2.3", "der": "0500"}]},
                {"names": [{"type": "registered-id", "value": "1.2.3"}]},
            ),
            (
                "private-key-usage-period",
                {"not_before": "2026-01-01T00:00:00Z"},
                {"not_after": "2026-01-01T00:00:00Z"},
            ),
            ("ocsp-no-check", {"critical": True}, {"critical": False}),
            (
                "qc-statements",
                {"statements": [{"oid": "1.2.3", "der": "0500"}]},
                {"statements": [{"oid": "1.2.3"}, {"oid": "1.2.4"}]},
            ),
        ],
    )
    def test_one_change(self, kit: Any, kind: str, value: dict[str, Any], other: dict[str, Any]) -> None:
        def profile(values: dict[str, Any]) -> Any:
            data = kit.root_data()
            row = {"type": kind, "critical": False} | values
            kept = [extension for extension in data["extensions"] if extension["type"] != kind]
            return kit.profile_of(data | {"extensions": [row, *kept]})

        made = kit.issue(profile(value))
        assert unequal(kit, made) == []
        changed = profile(other)
        rows = set(unequal(kit, made, profile=changed, issuer_profile=changed))
        # the authority key identifier of a root follows its subject key identifier
        assert rows - {"Authority key identifier"} == {TITLES[kind]} - {"Authority key identifier"}
        assert TITLES[kind] in rows

    def test_the_form_of_a_date(self, kit: Any) -> None:
        data = kit.root_data()
        data["validity"]["not_before_form"] = "generalized"
        made = kit.issue(kit.profile_of(data))
        assert unequal(kit, made) == []
        assert unequal(kit, made, profile=kit.profile_of(kit.root_data())) == ["Not before"]

    def test_an_octet_of_a_raw_extension(self, kit: Any) -> None:
        data = kit.root_data()
        data["extensions"].append({"type": "raw", "oid": "1.2.3", "critical": False, "der": "0500"})
        made = kit.issue(kit.profile_of(data))
        assert unequal(kit, made) == []
        data["extensions"][-1]["der"] = "0501"
        assert unequal(kit, made, profile=kit.profile_of(data)) == ["Extension 1.2.3"]


class TestCompare:
    def test_a_field_that_stands_on_one_side_is_not_equal(self) -> None:
        rows = compare((("A", "1"), ("B", "2")), (("A", "1"), ("C", "2")))
        assert [(row.name, row.wanted, row.found, row.equal) for row in rows] == [
            ("A", "1", "1", True),
            ("B", "2", ABSENT, False),
            ("C", ABSENT, "2", False),
        ]

    def test_an_absent_field_is_not_equal_to_one_that_says_so(self) -> None:
        assert [row.equal for row in compare((("A", ABSENT),), ())] == [False]

    fields = st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("12")), max_size=6).map(tuple)

    @given(fields, fields)
    def test_all_rows_are_equal_exactly_when_the_lists_are(self, wanted: Any, found: Any) -> None:
        rows = compare(wanted, found)
        assert all(row.equal for row in rows) == (wanted == found)
        assert len(rows) >= max(len(wanted), len(found))
