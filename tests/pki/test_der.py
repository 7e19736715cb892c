"""Strict DER: what is accepted, and each way in which octets are not DER."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony.pki import der
from ceremony.pki.der import DerError
from ceremony.pki.tbs import split_tbs, time_of


@given(st.integers(min_value=-(2**200), max_value=2**200))
def test_integers_come_back(value: int) -> None:
    octets = der.encode_integer(value)
    assert der.integer(der.read_one(octets)) == value
    assert list(der.irregularities(octets)) == []


@given(st.binary(max_size=70000))
def test_any_content_comes_back(content: bytes) -> None:
    assert der.read_one(der.encode(der.OCTET_STRING, content), der.OCTET_STRING).content == content


@pytest.mark.parametrize(
    "octets",
    ["", "30", "3080", "308100", "30810100", "3082000100", "0401", "1f0100", "30000500", "3001", "30840000"],
)
def test_what_is_not_der_is_refused(octets: str) -> None:
    with pytest.raises(DerError):
        der.read_one(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        ("3003010101", "BOOLEAN"),
        ("3004 0202 0001", "shortest"),
        ("3004 0202 ff80", "shortest"),
        ("3002 0200", "INTEGER"),
        ("3003 030108", "unused bits"),
        ("3004 0602 8001", "OBJECT"),
        ("3004 0602 2a81", "OBJECT"),
        ("3003 300204", "end"),
    ],
)
def test_irregularities_inside_are_found(octets: str, words: str) -> None:
    assert any(words in sentence for sentence in der.irregularities(bytes.fromhex(octets)))


def test_nesting_without_end_is_found_and_harms_nothing() -> None:
    octets = b""
    for _ in range(300):
        octets = der.encode(der.SEQUENCE, octets)
    assert any("deeper" in sentence for sentence in der.irregularities(octets))


@pytest.mark.parametrize("oid", ["2.5.4.3", "1.2.840.113549.1.1.11", "2.999.1", "0.9.2342.19200300.100.1.25"])
def test_object_identifiers_are_read(oid: str) -> None:
    from asn1crypto.core import ObjectIdentifier

    assert der.object_identifier(der.read_one(ObjectIdentifier(oid).dump())) == oid


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (0x17, b"2611220000Z"),
        (0x17, b"261122000000+0700"),
        (0x18, b"20500101000000.5Z"),
        (0x18, b"500101000000Z"),
        (0x17, b"260230000000Z"),
        (0x0C, b"261122000000Z"),
    ],
)
def test_other_forms_of_time_are_refused(tag: int, text: bytes) -> None:
    with pytest.raises(DerError):
        time_of(der.read_one(der.encode(tag, text)))


def test_two_digit_years_turn_at_fifty() -> None:
    years = [time_of(der.read_one(der.encode(0x17, text))).year for text in (b"491231235959Z", b"500101000000Z")]
    assert years == [2049, 1950]


@given(st.binary(max_size=300))
def test_other_bytes_are_refused_and_nothing_else_is_raised(octets: bytes) -> None:
    with pytest.raises(DerError):
        split_tbs(octets)
