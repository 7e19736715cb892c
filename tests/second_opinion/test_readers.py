"""The second verifier's own readers: YAML, DER and JSON, each of which reads what the product reads, or refuses it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml as judge
from cryptography import x509

from ceremony.canonical import canonical_json
from ceremony.pki.der import irregularities
from ceremony.strict_yaml import examine
from tests.custody_rules.house import certificate
from tests.house.second_opinion import program

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "policies").rglob("*.yaml"), *(ROOT / "tests").rglob("*.yaml")])

# YAML ----------------------------------------------------------------------------------------------------------------


def read(text: str) -> Any:
    return program().Yaml.read("people.yaml", text.encode())


def test_it_reads_every_file_that_is_shipped_or_tested_as_the_product_does() -> None:
    assert len(FILES) > 50
    for path in FILES:
        assert program().Yaml.read(path.name, path.read_bytes()) == examine(path).data, path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: b", {"a": "b"}),
        ("a: it's # a comment", {"a": "it's"}),
        ('a: "x # y" # z', {"a": "x # y"}),
        ('a: "say \\"so\\" \\\\"', {"a": 'say "so" \\'}),
        ("a: 'b ''c'' \\ # d' # e", {"a": "b 'c' \\ # d"}),
        ("a: '1.0'", {"a": "1.0"}),
        ("a: {b: 'c, d'}", {"a": {"b": "c, d"}}),
        ("a:\n- b\n- c", {"a": ["b", "c"]}),
        ("a:\n  - b: 1\n    c: true\n  - d: null", {"a": [{"b": 1, "c": True}, {"d": None}]}),
        ("a: [b, {c: d}, [ ], { }]", {"a": ["b", {"c": "d"}, [], {}]}),
        ("a: >-\n  b\n  c\n\n  d\ne: 0", {"a": "b c\nd", "e": 0}),
        ("a: >\n  b\n  c\n", {"a": "b c\n"}),
        ("a: 1.3.6.1.4.1", {"a": "1.3.6.1.4.1"}),
        ("a: 20y", {"a": "20y"}),
        ("# nothing\n\na: -7\r\n", {"a": -7}),
    ],
)
def test_it_reads_what_means_the_same_to_everybody(text: str, value: Any) -> None:
    assert read(text) == value
    assert judge.safe_load(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        "- a",
        "a",
        "a: &x b",
        "a: *x",
        "a: !!str b",
        "a: b\na: c",
        "a: {b: c, b: d}",
        "? a\n: b",
        "<<: {a: b}",
        "a: no",
        "a: Yes",
        "a: ~",
        "a:",
        "a: b: c",
        "a: b\n  c",
        "a: 'b",
        "a: 'b' c",
        "a: say 'b",
        'a: "b\n  c"',
        'a: "\\x41"',
        'a: "b" c',
        "a: 2026-12-01",
        "a: 1e3",
        "a: 1.5",
        "a: 0x1f",
        "a: 010",
        "a: 1_000",
        "a: 12:30",
        "a: .inf",
        "a: %b",
        "a: [b",
        "a: [b c\n  d: e]",
        "a: [b]]",
        "a: {b: c}}",
        "a: [b: c]",
        "a: >+\n  b",
        "a: >2\n    b",
        "a: >\n  b\n    c",
        "a: |\nb: c",
        "a: >\n  without an end of the line",
        "a: |\n  b\n",
        "a: [b,\n    c]",
        "a:\n   b: c\n  d: e",
        " a: b",
        "a: b\n---\nc: d",
        "---\na: b",
        "%YAML 1.1",
        "a:\tb",
        "a: b\u200bc",
        "a: b\u2028c",
        "a: b\x00",
        "\ufeffa: b",
        "yes: a",
        "1: a",
        "a: " + "[" * 60 + "]" * 60,
    ],
)
def test_it_refuses_what_two_readers_could_read_in_two_ways(text: str) -> None:
    with pytest.raises(program().Unchecked, match=r"people\.yaml:\d+: this program does not read"):
        read(text)


def test_what_is_not_utf_8_is_wrong() -> None:
    with pytest.raises(program().Wrong):
        program().Yaml.read("people.yaml", b"a: \xff")


PIECES = ("  ", "\n", ": ", "- ", " #", '"', "'", "[", "]", "{", "}", ", ", ">-\n", "|\n", "&a", "!", "no", "\\", "---")


@pytest.mark.parametrize("seed", range(8))
def test_what_it_reads_of_a_spoiled_file_the_product_reads_as_it_does(seed: int) -> None:
    """Whatever else a spoiled file is, it is never read as two different things."""
    chance, taken = random.Random(seed), 0  # noqa: S311 - the same files for each run of the test
    for _ in range(150):
        rows = chance.choice(FILES).read_text("utf-8").split("\n")
        text = "\n".join(rows[: chance.randrange(5, 60)])
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(PIECES) + text[at + chance.randrange(3) :]
        try:
            value = read(text)
        except (program().Unchecked, program().Wrong):
            continue
        taken += 1
        document = examine(Path("people.yaml"), octets=text.encode())
        assert [it for it in document.findings if it.rule != "YAML-SECRET"] == [], text
        assert document.findings or document.data == value, text
    assert taken > 5


# DER -----------------------------------------------------------------------------------------------------------------


def strict(octets: bytes) -> None:
    program().strict("it", octets)


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "30",
        "3000ff",
        "3080020101 0000",
        "308100",
        "30820001 00",
        "3003020200",
        "02020001",
        "0202ff80",
        "0200",
        "0101 01",
        "0602 2a80",
        "0600",
        "0300",
        "030108",
        "1f8101 00",
        "30850000000000",
    ],
)
def test_what_is_not_strict_der_is_refused(octets: str) -> None:
    assert list(irregularities(bytes.fromhex(octets))), "the product refuses it, too"
    with pytest.raises(program().Wrong):
        strict(bytes.fromhex(octets))


def test_what_is_nested_too_deep_is_refused() -> None:
    octets = b""
    for _ in range(70):
        size = len(octets)
        octets = b"\x30" + (bytes([size]) if size < 128 else b"\x81" + bytes([size])) + octets
    with pytest.raises(program().Wrong, match="nested deeper"):
        strict(octets)


@pytest.mark.parametrize("octets", ["3000", "020100", "0202 0080", "0101ff", "0603 2a0301", "0302 0780"])
def test_strict_der_is_read(octets: str) -> None:
    strict(bytes.fromhex(octets))


def test_it_reads_a_certificate_as_another_library_does() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP384R1())
    der = certificate(key, name="dewi")
    mine, theirs = program().Certificate("it", der), x509.load_der_x509_certificate(der)
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    assert mine.spki == theirs.public_key().public_bytes(serialization.Encoding.DER, info)
    assert mine.not_before == f"{theirs.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}"
    assert mine.not_after == f"{theirs.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("name", ["RSA", "ELLIPTIC", "KEY_USAGE", "BASIC_CONSTRAINTS", "CRL_NUMBER"])
def test_its_object_identifiers_are_those_of_their_names(name: str) -> None:
    from asn1crypto.core import ObjectIdentifier

    dotted = {"RSA": "1.2.840.113549.1.1.1", "ELLIPTIC": "1.2.840.10045.2.1", "KEY_USAGE": "2.5.29.15"}
    dotted |= {"BASIC_CONSTRAINTS": "2.5.29.19", "CRL_NUMBER": "2.5.29.20"}
    assert getattr(program(), name) == ObjectIdentifier(dotted[name]).dump()


@pytest.mark.parametrize(("size", "arc"), [(44, 17), (65, 18), (87, 19)])
def test_its_ml_dsa_is_that_of_the_standard(size: int, arc: int) -> None:
    from asn1crypto.core import ObjectIdentifier

    assert program().ALGORITHMS[f"ml-dsa-{size}"][0] == ObjectIdentifier(f"2.16.840.1.101.3.4.3.{arc}").dump()


# JSON ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "octets",
    [
        b"{} ",
        b'{"a":1.0}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":1e2}',
        b'{"a":-0}',
        b'{"a":9007199254740992}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a": 1}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        '{"ä":1}'.encode(),
        b"[" * 70 + b"]" * 70,
        b"[" * 100_000,
    ],
    ids=lambda octets: octets[:14].decode("latin-1"),
)
def test_what_is_not_canonical_json_is_refused(octets: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        program().loaded(octets)


@pytest.mark.parametrize("value", [{}, {"a": [1, None, True, "ä\n\x01\U0001f600"]}, {"a": -(2**53) + 1}, "x"])
def test_canonical_json_is_read(value: Any) -> None:
    assert program().loaded(canonical_json(value)) == value
