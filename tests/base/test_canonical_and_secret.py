"""The two small things that everything rests on."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony.canonical import canonical_json, parse_canonical
from ceremony.errors import HEADLINE_LIMIT, CeremonyError, Finding, Severity, Where
from ceremony.secret import Secret

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


class TestCanonicalJson:
    @given(VALUES)
    def test_it_reads_back_as_what_it_was_and_has_one_form(self, value: object) -> None:
        octets = canonical_json(value)
        assert parse_canonical(octets) == value == json.loads(octets)
        assert canonical_json(parse_canonical(octets)) == octets

    def test_rfc_8785_order_is_by_utf_16_code_units(self) -> None:
        value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
        keys = list(json.loads(canonical_json(value)))
        assert keys == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]

    @pytest.mark.parametrize("value", [1.5, {1: 2}, b"x", {"a": {1, 2}}])
    def test_other_types_are_refused(self, value: object) -> None:
        with pytest.raises(TypeError):
            canonical_json(value)

    @pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800"])
    def test_what_json_cannot_carry_is_refused(self, value: object) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - the two causes have different words
            canonical_json(value)

    @pytest.mark.parametrize("octets", [b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1.0}', b'{"a":1,"a":1}', b'"\\u0041"'])
    def test_bytes_in_another_form_are_refused(self, octets: bytes) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - any wording
            parse_canonical(octets)


class TestSecret:
    def test_no_way_of_printing_shows_it(self) -> None:
        secret = Secret("271828")
        for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", "%s" % secret, repr([secret])):  # noqa: UP031 - every way
            assert "271828" not in shown

    def test_it_is_not_compared_hashed_copied_or_pickled(self) -> None:
        secret = Secret("271828")
        for attempt in (
            lambda: secret == Secret("271828"),
            lambda: {secret: 1},
            lambda: copy.copy(secret),
            lambda: copy.deepcopy(secret),
            lambda: pickle.dumps(secret),
            lambda: json.dumps(secret),
        ):
            with pytest.raises(TypeError) as refusal:
                attempt()
            assert "271828" not in str(refusal.value)

    def test_two_entries_are_told_apart_in_constant_time(self) -> None:
        assert Secret("271828").matches(Secret("271828"))
        assert not Secret("271828").matches(Secret("271829"))

    def test_wiping_leaves_nothing(self) -> None:
        secret = Secret("271828")
        secret.wipe()
        assert (len(secret), secret.reveal()) == (0, "")


class TestErrors:
    def test_a_headline_fits_the_console(self) -> None:
        error = CeremonyError("x" * 100, detail="more", code="X")
        assert len(error.headline) <= HEADLINE_LIMIT
        assert "x" * 100 in error.detail, "nothing of what was said is lost"

    def test_everything_that_a_person_needs_is_said(self) -> None:
        error = CeremonyError(
            "It failed.",
            detail="Because.",
            where=Where("a.yaml", 3, 5),
            not_done="Nothing.",
            next_step="Mend.",
            code="X-1",
        )
        assert str(error).splitlines() == [
            "a.yaml:3:5: It failed. [X-1]",
            "Because.",
            "Not done: Nothing.",
            "What to do: Mend.",
        ]

    def test_only_errors_and_worse_block(self) -> None:
        assert [severity.value for severity in Severity if severity.blocks] == ["error", "fatal"]
        assert "ERROR R-1: root: bad" in str(Finding("R-1", Severity.ERROR, "bad", subject="root"))
