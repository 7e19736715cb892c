"""What the policy wants against what the bytes say: equal for what was built, unequal for every single difference."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.pki.certificate import Holes, build_certificate
from ceremony.pki.describe import describe
from ceremony.pki.keys import placeholder_spki
from ceremony.pki.oids import KEY_USAGES, PURPOSES
from ceremony.pki.wanted import ABSENT, compare, wanted_fields
from ceremony.policy.models import SIGNATURES_OF_KEY, CertificateProfile


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
            (["extensions", 6, "policies", 0, "cps"], ["http://x.example.com/"], ["Certificate policies"]),
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


OIDS = st.lists(st.integers(0, 2**40), min_size=1, max_size=4).map(lambda arcs: ".".join(map(str, (1, 3, 6, *arcs))))
URLS = st.text("abcdefghijklmnop;,%~()0123456789/?=&", max_size=40).map(lambda path: f"http://h.example/{path}")
VALUES = {
    "utf8": st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40),
    "printable": st.text("ABCxyz019 '()+,-./:=?", min_size=1, max_size=40),
    "ia5": st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40),
}


@st.composite
def names(draw: st.DrawFn) -> list[dict[str, str]]:
    attributes = [{"type": "C", "value": draw(st.sampled_from(["ID", "SG"])), "string": "printable"}]
    for kind in draw(st.lists(st.sampled_from(["O", "OU", "L", "ST", "CN", "2.5.4.97", "2.5.4.3"]), max_size=4)):
        string = draw(st.sampled_from(sorted(VALUES)))
        attributes.append({"type": kind, "value": draw(VALUES[string]), "string": string})
    attributes.append({"type": "CN", "value": draw(VALUES["utf8"]), "string": "utf8"})
    return draw(st.permutations(attributes))


@st.composite
def extensions(draw: st.DrawFn) -> list[dict[str, Any]]:
    critical = st.booleans()
    ca = draw(st.booleans())
    usages = draw(st.sets(st.sampled_from(KEY_USAGES[:7]), min_size=1))
    every: list[dict[str, Any]] = [
        {
            "type": "basic-constraints",
            "critical": draw(critical),
            "ca": ca,
            "path_length": draw(st.none() | st.integers(0, 255)) if ca else None,
        },
        {"type": "key-usage", "critical": draw(critical), "usages": draw(st.permutations(sorted(usages)))},
        {
            "type": "extended-key-usage",
            "critical": draw(critical),
            "purposes": draw(st.lists(st.sampled_from([*PURPOSES, *PURPOSES.values()]) | OIDS, min_size=1, max_size=4)),
        },
        {"type": "authority-key-identifier", "critical": draw(critical)},
        {
            "type": "certificate-policies",
            "critical": draw(critical),
            "policies": draw(
                st.lists(
                    st.fixed_dictionaries({"oid": OIDS, "cps": st.lists(URLS, max_size=2)}),
                    min_size=1,
                    max_size=3,
                    unique_by=lambda policy: policy["oid"],
                )
            ),
        },
        {
            "type": "crl-distribution-points",
            "critical": draw(critical),
            "urls": draw(st.lists(URLS, min_size=1, max_size=3)),
        },
        {
            "type": "authority-information-access",
            "critical": draw(critical),
            "access": draw(
                st.lists(
                    st.fixed_dictionaries({"method": st.sampled_from(["ocsp", "ca-issuers"]), "url": URLS}),
                    min_size=1,
                    max_size=3,
                )
            ),
        },
    ]
    chosen = [extension for extension in every if draw(st.booleans())]
    method = draw(st.sampled_from(["sha1", "rfc7093-1"]))
    return draw(
        st.permutations([*chosen, {"type": "subject-key-identifier", "critical": draw(critical), "method": method}])
    )


@st.composite
def profiles(draw: st.DrawFn, signature: str) -> CertificateProfile:
    data = {
        "lint_as": "pkix",
        "subject": draw(names()),
        "issuer": "x",
        "key": "k",
        "signature": signature,
        "validity": {"lifetime": "1y"},
        "extensions": draw(extensions()),
    }
    return CertificateProfile.model_validate_json(json.dumps(data))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_what_is_built_from_any_profile_is_read_back_as_the_profile_wants_it(data: st.DataObject) -> None:
    key, issuer_key = (data.draw(st.sampled_from(sorted(SIGNATURES_OF_KEY))) for _ in range(2))
    signature = data.draw(st.sampled_from(SIGNATURES_OF_KEY[issuer_key]))
    profile, issuer_profile = (data.draw(profiles(signature)) for _ in range(2))
    start = data.draw(st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1))).replace(microsecond=0, tzinfo=UTC)  # noqa: DTZ001 - the strategy wants naive bounds
    span = data.draw(st.timedeltas(timedelta(0), timedelta(days=20000)))
    holes = Holes(
        placeholder_spki(key),  # type: ignore[arg-type] # names of the table of key kinds
        placeholder_spki(issuer_key),  # type: ignore[arg-type] # as above
        data.draw(st.integers(1, 2**159 - 1)),
        start,
        start + timedelta(seconds=int(span.total_seconds())),
    )
    practice = data.draw(st.booleans())
    tbs = build_certificate(profile, issuer_profile, holes, practice=practice)
    assert describe(tbs.octets) == wanted_fields(profile, issuer_profile, holes, practice=practice)
