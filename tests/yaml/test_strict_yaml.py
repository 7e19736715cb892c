"""Strict YAML: what is refused, at which line and column, and what is then accepted."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.errors import InputError
from ceremony.strict_yaml import LARGEST_FILE, examine, load, tree

FILE = Path("script.yaml")


def complaints(text: str | bytes) -> list[str]:
    """`line:column RULE` of each complaint about the text."""
    with pytest.raises(InputError) as caught:
        load(FILE, octets=text.encode() if isinstance(text, str) else text)
    return [f"{finding.where.line}:{finding.where.column} {finding.rule}" for finding in caught.value.findings]


def message(text: str | bytes) -> str:
    """The one complaint about the text."""
    (finding,) = examine(FILE, octets=text.encode() if isinstance(text, str) else text).findings
    return finding.message


def data(text: str) -> object:
    return load(FILE, octets=text.encode()).data


@dataclass(frozen=True)
class Case:
    """A text that is refused with exactly these complaints, and the same thing said acceptably."""

    name: str
    refused: str
    complaints: tuple[str, ...]
    accepted: str
    means: object


CASES = [
    Case("a key that stands twice", "a: 1\nb: 2\na: 3\n", ("3:1 YAML-DUPLICATE",), "a: 1\nb: 2\n", {"a": 1, "b": 2}),
    Case(
        "a nested key that stands twice",
        "a:\n  - x: 1\n    x: 2\n",
        ("3:5 YAML-DUPLICATE",),
        "a:\n  - x: 1\n  - x: 2\n",
        {"a": [{"x": 1}, {"x": 2}]},
    ),
    Case(
        "the same key, quoted and unquoted",
        "a: 1\n'a': 2\n",
        ("2:1 YAML-DUPLICATE",),
        "a: 1\n'A': 2\n",
        {"a": 1, "A": 2},
    ),
    Case("an anchor", "a: &x 1\nb: 2\n", ("1:4 YAML-ANCHOR",), "a: '&x 1'\n", {"a": "&x 1"}),
    Case("an anchor and its alias", "a: &x 1\nb: *x\n", ("1:4 YAML-ANCHOR", "2:4 YAML-ANCHOR"), "a: 1\n", {"a": 1}),
    Case(
        "a document that holds itself", "a: &a\n  b: *a\n", ("1:4 YAML-ANCHOR", "2:6 YAML-ANCHOR"), "a: b\n", {"a": "b"}
    ),
    Case("an anchor on a key", "&k a: 1\n", ("1:1 YAML-ANCHOR",), "a: 1\n", {"a": 1}),
    Case("a tag", "a: !!python/object:os.system x\n", ("1:4 YAML-TAG",), "a: x\n", {"a": "x"}),
    Case("a tag that says text", "a: !!str 1\n", ("1:4 YAML-TAG",), "a: '1'\n", {"a": "1"}),
    Case("a tag without a name", "a: ! 1\n", ("1:4 YAML-TAG",), "a: '1'\n", {"a": "1"}),
    Case("a tag on a list", "a: !!set [x]\n", ("1:4 YAML-TAG",), "a: [x]\n", {"a": ["x"]}),
    Case("a tag with an unknown handle", "a: !e!x y\n", ("1:4 YAML-TAG",), "a: x\n", {"a": "x"}),
    Case("a merge key", "a:\n  <<: {b: 1}\n", ("2:3 YAML-MERGE",), "a:\n  '<<': 1\n", {"a": {"<<": 1}}),
    Case("a second document", "a: 1\n---\nb: 2\n", ("2:1 YAML-DOCUMENTS",), "---\na: 1\n", {"a": 1}),
    Case("a YAML directive", "%YAML 1.1\n---\na: 1\n", ("1:1 YAML-DIRECTIVE",), "---\na: 1\n", {"a": 1}),
    Case("a tag directive", "%TAG ! x:\n---\na: 1\n", ("1:1 YAML-DIRECTIVE",), "---\na: 1\n", {"a": 1}),
    Case("a key that is a number", "1: x\n", ("1:1 YAML-KEY",), "'1': x\n", {"1": "x"}),
    Case("a key that is true", "true: x\n", ("1:1 YAML-KEY",), "'true': x\n", {"true": "x"}),
    Case("a key that is a list", "? [a]\n: x\nb: 1\n", ("1:3 YAML-KEY",), "b: 1\n", {"b": 1}),
    Case("a key that is a group of keys", "? {a: 1}\n: x\nb: 1\n", ("1:3 YAML-KEY",), "b: 1\n", {"b": 1}),
    Case("a key that may mean false", "no: x\n", ("1:1 YAML-AMBIGUOUS",), "'no': x\n", {"no": "x"}),
    Case("a value that is missing", "a:\nb: 1\n", ("1:3 YAML-AMBIGUOUS",), 'a: ""\nb: 1\n', {"a": "", "b": 1}),
    Case("a list entry that is missing", "-\n- 1\n", ("1:2 YAML-AMBIGUOUS",), "- null\n- 1\n", [None, 1]),
    Case("an empty file", "", ("1:1 YAML-EMPTY",), "a: 1\n", {"a": 1}),
    Case("a file of comments", "# nothing\n", ("1:1 YAML-EMPTY",), "# one\na: 1\n", {"a": 1}),
    Case(
        "a quotation mark without its partner",
        "a: 1\nb: 'x\n",
        ("2:4 YAML-SYNTAX",),
        "a: 1\nb: 'x'\n",
        {"a": 1, "b": "x"},
    ),
    Case("a bracket without its partner", "a: [1, 2\n", ("1:4 YAML-SYNTAX",), "a: [1, 2]\n", {"a": [1, 2]}),
    Case("a brace without its partner", "a: {b: 1\n", ("1:4 YAML-SYNTAX",), "a: {b: 1}\n", {"a": {"b": 1}}),
    Case("a tab as indentation", "a:\n\tb: 1\n", ("2:1 YAML-SYNTAX",), "a:\n  b: 1\n", {"a": {"b": 1}}),
    Case("two colons in a line", "a: b: c\n", ("1:5 YAML-SYNTAX",), "a: 'b: c'\n", {"a": "b: c"}),
    Case(
        "lines that do not line up",
        "a:\n  - b\n c: 1\n",
        ("3:2 YAML-SYNTAX",),
        "a:\n  - b\nc: 1\n",
        {"a": ["b"], "c": 1},
    ),
    Case("an unknown escape", 'a: "\\q"\n', ("1:5 YAML-SYNTAX",), "a: '\\q'\n", {"a": "\\q"}),
    Case("a text that starts with an at sign", "a: @x\n", ("1:4 YAML-SYNTAX",), "a: '@x'\n", {"a": "@x"}),
    Case("an escaped control character", 'a: "x\\e[2J"\n', ("1:4 YAML-CONTROL",), 'a: "x\\n"\n', {"a": "x\n"}),
    Case("an escaped control character in a key", '"\\0": 1\nb: 1\n', ("1:1 YAML-CONTROL",), "b: 1\n", {"b": 1}),
    Case("a control character", "a: 1\nb: x\x1b[2J\n", ("2:5 YAML-CONTROL",), "a: 1\n", {"a": 1}),
    Case("a NUL", "a: \0\n", ("1:4 YAML-CONTROL",), "a: x\n", {"a": "x"}),
    Case("text that is turned around", "a: x\u202ey\n", ("1:5 YAML-CONTROL",), "a: xy\n", {"a": "xy"}),
    Case("an invisible character", "a: x\u200by\n", ("1:5 YAML-CONTROL",), "a: xéy\n", {"a": "xéy"}),
    Case("a lone carriage return", "a: 1\rb: 2\n", ("1:5 YAML-CONTROL",), "a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
]


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def _each_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML parses in C where it was built with libyaml, else in Python; they must agree."""
    monkeypatch.setattr(tree, "_LOADER", getattr(yaml, request.param))


@pytest.mark.usefixtures("_each_parser")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_refuses_and_says_where(case: Case) -> None:
    assert complaints(case.refused) == list(case.complaints)
    assert data(case.accepted) == case.means


AMBIGUOUS = [
    *("y", "Y", "n", "N", "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"),
    *("True", "TRUE", "False", "FALSE", "~", "Null", "NULL"),
    *("1e3", "1E3", "1.5e3", "-1e-3", "1.0", "0.5", ".5", "5.", "-1.5", "1_000", "1_000.5", "+1", "+1.5", "-0"),
    *("0o17", "017", "00", "08", "-017", "0x1F", "0XFF", "0b101", "-0x1"),
    *("12:30:00", "12:30", "1:1", "190:20:30.15", "-1:30"),
    *("2026-11-22", "2026-1-2", "2026-11-22T10:00:00Z", "2026-11-22 10:00:00", "2026-11-22t10:00:00.5+07:00"),
    *(".inf", "-.inf", "+.INF", ".nan", ".NaN", "=", "<<", "9007199254740992", "1" * 5000),
]


@pytest.mark.parametrize("scalar", AMBIGUOUS, ids=lambda scalar: scalar[:30])
def test_refuses_what_two_readers_read_differently(scalar: str) -> None:
    assert complaints(f"a: 1\nb: {scalar}\n") == ["2:4 YAML-AMBIGUOUS"]
    assert complaints(f"- {scalar}\n") == ["1:3 YAML-AMBIGUOUS"]


@pytest.mark.parametrize("scalar", AMBIGUOUS, ids=lambda scalar: scalar[:30])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_accepts_the_same_in_quotes_as_text(scalar: str, quote: str) -> None:
    assert data(f"b: {quote}{scalar}{quote}\n") == {"b": scalar}


@pytest.mark.parametrize(
    ("scalar", "value"),
    [("true", True), ("false", False), ("null", None), ("0", 0), ("-1", -1), ("9007199254740991", 2**53 - 1)],
)
def test_types_only_true_false_null_and_whole_numbers(scalar: str, value: object) -> None:
    found = data(f"a: {scalar}\n")
    assert found == {"a": value}
    assert type(found["a"]) is type(value)  # type: ignore[index]  # the line above showed that it is a dict


@pytest.mark.parametrize(
    "scalar",
    [
        *("text", "2.23.140.1.2.1", "1.2.3", "20y", "R-3.14", "12:30 WIB", "yes please", "e3", "v1.0", "a-b", "-x"),
        *(
            "http://a.example/b",
            "Jalan 1",
            "1 2",
            "0xZZ",
            "1,5",
            "é",
            "null and void",
            "a::b",
            "x = y",
            "1e",
            "..",
            "0x",
        ),
    ],
)
def test_takes_all_else_as_text(scalar: str) -> None:
    assert data(f"a: {scalar}\n") == {"a": scalar}


def test_gathers_all_complaints_in_the_order_of_the_file() -> None:
    text = "a: yes\nb: &x 1\nc: *x\na: 2\nd: !!str 1\n<<: {}\n1: x\npin: 4711\n"
    assert complaints(text) == [
        "1:4 YAML-AMBIGUOUS",
        "2:4 YAML-ANCHOR",
        "3:4 YAML-ANCHOR",
        "4:1 YAML-DUPLICATE",
        "5:4 YAML-TAG",
        "6:1 YAML-MERGE",
        "7:1 YAML-KEY",
        "8:1 YAML-SECRET",
    ]


def test_keeps_the_complaints_before_a_syntax_fault() -> None:
    assert complaints("a: yes\nb: 'x\n") == ["1:4 YAML-AMBIGUOUS", "2:4 YAML-SYNTAX"]


def test_stops_counting_after_a_hundred_complaints() -> None:
    found = complaints("- yes\n" * 150)
    assert found[99:] == ["100:3 YAML-AMBIGUOUS", "101:3 YAML-MANY"]


def test_the_error_tells_a_person_what_was_not_done_and_what_to_do() -> None:
    with pytest.raises(InputError) as caught:
        load(FILE, octets=b"a: yes\n")
    text = str(caught.value)
    assert text.startswith("script.yaml cannot be used: 1 complaint.")
    assert "script.yaml:1:4: ERROR YAML-AMBIGUOUS: `yes` may mean true or false" in text
    assert "Not done: " in text
    assert "What to do: " in text


PARSER_WORDS = ("token", "scanner", "parser", "block mapping", "flow", "scalar", "stream", "expected <", "node")


@pytest.mark.parametrize(
    "case", [case for case in CASES if "SYNTAX" in case.complaints[-1]], ids=lambda case: case.name
)
def test_a_syntax_fault_is_told_in_plain_words(case: Case) -> None:
    said = message(case.refused).lower()
    assert not [word for word in PARSER_WORDS if word in said]


# Secrets.


@pytest.mark.parametrize(
    "key",
    [
        *("pin", "PIN", "so_pin", "user-pin", "userPin", "soPIN", "token.pin", "pins", "password", "Passphrase"),
        *("secret", "client_secret", "share", "mnemonic", "puk"),
    ],
)
def test_refuses_a_key_that_is_named_like_a_secret(key: str) -> None:
    assert complaints(f"a:\n  - b: 1\n    {key}: 314159\n") == ["3:5 YAML-SECRET"]


@pytest.mark.parametrize(
    "key", ["pinned", "opinion", "pin-length", "shared", "sharing", "spinning", "secretary", "shares"]
)
def test_accepts_a_key_that_only_resembles_one(key: str) -> None:
    assert data(f"{key}: 6\n") == {key: 6}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 'log in with pin=271828 please'\n", "1:4"),
        ("a: 'PIN: 271828'\n", "1:4"),
        ("a: ['token password: hunter271828']\n", "1:5"),
        ("a: pkcs11:token=x;pin-value=271828\n", "1:4"),
        ("a: |\n  -----BEGIN PRIVATE KEY-----\n  271828\n", "1:4"),
        ("a: '-----BEGIN EC PRIVATE KEY-----'\n", "1:4"),
        ("a: 1\n# the user-pin: 271828\n", "2:7"),
        ('a: "p\\x69n=271828"\n', "1:4"),
        ("'pin=271828': 1\n", "1:1"),
    ],
)
def test_refuses_a_text_that_holds_a_secret(text: str, place: str) -> None:
    assert complaints(text)[0] == f"{place} YAML-SECRET"


@pytest.mark.parametrize(
    "text", ["a: The PIN is typed by a person\n", "a: 'Take the PIN: see step 4'\n", "a: -----BEGIN CERTIFICATE-----\n"]
)
def test_accepts_a_text_that_only_speaks_of_one(text: str) -> None:
    data(text)


@pytest.mark.parametrize(
    "text",
    [
        "pin: 0271828\n",
        "pin: '271828'\npin: '0271828'\n",
        "so_pin: [271828, 0271828, &x 271828, !!str 271828]\n",
        "secret:\n  value: 1.271828e5\n  271828: yes\n",
        "'pin=271828': 1\n'pin=271828': 2\n",
        'a: "pin=271828\\0"\n',
        "# pin: 271828\na: 'x\n",
        "pin: 271828\n b: 2\n",
    ],
)
def test_no_complaint_repeats_a_secret(text: str) -> None:
    with pytest.raises(InputError) as caught:
        load(FILE, octets=text.encode())
    assert "YAML-SECRET" in str(caught.value)
    assert "271828" not in str(caught.value)
    assert "271828" not in repr(caught.value.findings)


# Files.


def file_complaint(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load(path)
    (finding,) = caught.value.findings
    place = str(finding.where).removeprefix(str(path))
    return f"{place} {finding.rule}: {finding.message}".strip()


def test_reads_a_file_and_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\n")
    document = load(path)
    assert document.data == {"a": 1}
    assert document.octets == b"a: 1\n"
    assert document.sha256 == hashlib.sha256(b"a: 1\n").hexdigest()
    assert document.path == path


def test_refuses_a_missing_file(tmp_path: Path) -> None:
    assert file_complaint(tmp_path / "a.yaml") == "YAML-FILE: cannot be read: there is no such file"


def test_refuses_a_folder(tmp_path: Path) -> None:
    assert file_complaint(tmp_path) == "YAML-FILE: cannot be read: it is a folder, and a file is wanted"


def test_refuses_a_pipe_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    assert file_complaint(tmp_path / "a.yaml") == "YAML-FILE: cannot be read: it is a pipe, and a file is wanted"


def test_refuses_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the names of sockets are short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("a.yaml")
        assert file_complaint(Path("a.yaml")) == "YAML-FILE: cannot be read: it is a socket, and a file is wanted"


def test_refuses_a_device() -> None:
    assert file_complaint(Path("/dev/zero")) == "YAML-FILE: cannot be read: it is a device, and a file is wanted"


def test_refuses_a_file_whose_medium_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def bad_sector(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    (tmp_path / "a").write_text("x")
    monkeypatch.setattr(os, "pread", bad_sector)
    said = file_complaint(tmp_path / "a")
    assert said == "YAML-FILE: cannot be read: the medium that holds it cannot be read"


@pytest.mark.parametrize("path", ["/proc/self/mem", "/proc/kmsg"])
def test_a_file_that_claims_to_be_empty_is_not_read(path: str) -> None:
    """The kernel's own files do, and to read one may wait for ever, or take away what is in it."""
    assert file_complaint(Path(path)) == ":1:1 YAML-EMPTY: the file is empty"


def test_refuses_a_path_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert file_complaint(tmp_path / "a" / "b") == "YAML-FILE: cannot be read: a part of its path is not a folder"


def test_refuses_symbolic_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert file_complaint(tmp_path / "a") == "YAML-FILE: cannot be read: its symbolic links lead in a circle"


def test_refuses_a_name_with_a_nul() -> None:
    assert file_complaint(Path("a\0b")).endswith("its name is not a file name")


def test_refuses_a_file_of_100_mb_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    assert file_complaint(path) == "YAML-SIZE: is larger than 1 MiB; it was not read. Is it the right file?"


def test_accepts_a_file_of_exactly_the_largest_size(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\n#".ljust(LARGEST_FILE, b"x"))
    assert load(path).data == {"a": 1}
    path.write_bytes(b"a: 1\n#".ljust(LARGEST_FILE + 1, b"x"))
    assert file_complaint(path).startswith("YAML-SIZE")


def test_octets_that_are_given_are_taken_instead_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\n")
    assert load(path, octets=b"a: 2\n").data == {"a": 2}
    assert complaints(b"#" * (LARGEST_FILE + 1)) == ["None:None YAML-SIZE"]


@pytest.mark.parametrize(
    ("octets", "complaint"),
    [
        (b"a: 1\nb: caf\xe9\n", "2:7 YAML-UTF8"),
        (b"a: \xc3\xa9\xff\n", "1:5 YAML-UTF8"),
        (b"\xef\xbb\xbfa: 1\n", "1:1 YAML-UTF8"),
        ("a: 1\n".encode("utf-16"), "1:1 YAML-UTF8"),
        (b"a: \xed\xa0\x80\n", "1:4 YAML-UTF8"),
    ],
)
def test_refuses_what_is_not_utf8(octets: bytes, complaint: str) -> None:
    assert complaints(octets) == [complaint]


@pytest.mark.parametrize(
    ("deep", "place"),
    [
        ("[" * 41 + "]" * 41, "1:41"),
        ("[" * 500_000, "1:41"),
        ("{a: " * 41 + "1" + "}" * 41, "1:161"),
        ("- " * 41 + "x", "1:81"),
    ],
    ids=["lists", "half a million lists", "keys", "list entries"],
)
def test_refuses_what_is_nested_too_deep(deep: str, place: str) -> None:
    assert complaints(deep) == [f"{place} YAML-DEPTH"]


def test_accepts_forty_levels() -> None:
    assert "x" in repr(data("[" * 40 + "x" + "]" * 40))


# Places.

PLACES = """\
title: x
roles:
  witness:
    people: [siti, rini]
steps:
  - id: one
    kind: attest
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), "1:1", "1:1"),
        (("title",), "1:8", "1:1"),
        (("roles", "witness"), "4:5", "3:3"),
        (("roles", "witness", "people", 1), "4:20", "4:20"),
        (("steps", 0), "6:5", "6:5"),
        (("steps", 0, "kind"), "7:11", "7:5"),
        (("steps", 0, "actor"), "6:5", "6:5"),
        (("steps", 9), "6:3", "6:3"),
    ],
)
def test_knows_the_place_of_each_key_and_value(path: tuple[str | int, ...], value: str, key: str) -> None:
    document = load(FILE, octets=PLACES.encode())
    assert str(document.where(path)) == f"script.yaml:{value}"
    assert str(document.where_key(path)) == f"script.yaml:{key}"


# Whatever the bytes: an answer or an InputError.

YAML_PIECES = st.sampled_from(
    [
        *(
            "a",
            ": ",
            "\n",
            "  ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "'",
            '"',
            "&x ",
            "*x",
            "!!str ",
            "!",
            "<<",
            "?",
            "|",
            ">",
        ),
        *(
            "#",
            "---",
            "...",
            "%YAML 1.2\n",
            "\\u12",
            "\t",
            "yes",
            "1e3",
            "pin: 1",
            "0x",
            "~",
            "é",
            "\x85",
            "\ufeff",
            "`",
        ),
        *("@", "=", "-"),
    ]
)


def answers(octets: bytes) -> None:
    """The text is read, or refused with complaints that name a place; any other exception fails the test."""
    document = examine(FILE, octets=octets)
    if document.findings:
        assert all(finding.where for finding in document.findings)
        with pytest.raises(InputError):
            load(FILE, octets=octets)
    else:
        assert load(FILE, octets=octets).data is not None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(octets: bytes) -> None:
    answers(octets)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    answers(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=600, deadline=None)
@given(st.lists(YAML_PIECES, max_size=40).map("".join))
def test_any_pieces_of_yaml_get_an_answer(text: str) -> None:
    answers(text.encode())
