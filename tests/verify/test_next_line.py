"""What plan, state or another line determines is asked of the next line: taken as it was, and refused otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ceremony.script.invariants.watch import Watch
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.ledger import Ledger
from ceremony.transcript.state import CeremonyState
from ceremony.verify.evidence import Evidence
from tests.house.forger import Forger

Line = dict[str, Any]
Change = Callable[[Line], Line]
"""What the data of a line becomes."""


class Record:
    """A record up to one of its lines; what may come next is asked."""

    def __init__(self, folder: Path) -> None:
        self._evidence = Evidence(folder)

    def before(self, kind: str, step: str, **said: Any) -> tuple[Watch, Entry]:
        """What stands before the first line of a kind in a step that says this, and the line."""
        plan, name = self._evidence.plan, self._evidence.folder.name
        watch = Watch(plan, CeremonyState(ledger=Ledger.of(plan.past.register, name)))
        for entry in self._evidence.chain.entries:
            line = entry.event
            if (line.kind, line.step) == (kind, step) and said.items() <= line.data.items():
                return watch, entry
            assert not watch.take(entry)
        raise LookupError(kind)


def changed(entry: Entry, change: Change) -> Entry:
    """The same line with other data."""
    data = change(entry.event.data)
    return Entry(replace(entry.event, data=data), kinds.parse_data(entry.event.kind, data))


def told(watch: Watch, entry: Entry) -> set[str]:
    """The invariants that the line would break."""
    return {complaint.invariant for complaint in watch.refuses(entry)}


@pytest.fixture(scope="session")
def small(held: Path) -> Record:
    """A ceremony that makes its keys."""
    return Record(held / "practice" / "0001-small")


@pytest.fixture(scope="session")
def later(held: Path) -> Record:
    """One that signs with a key that an earlier one made."""
    return Record(held / "later" / "0002-later")


def says(**fields: Any) -> Change:
    return lambda data: {**data, **fields}


def other_digit(name: str) -> Change:
    return lambda data: {**data, name: f"{int(data[name][0], 16) ^ 1:x}{data[name][1:]}"}


INTENT = "signature-intended"
SIGNED_LINES: dict[str, tuple[str, str, Change]] = {
    "a signature by another key": (INTENT, "sign-issuing", says(signer_key="issuing")),
    "a signature by a key that nobody knows": (INTENT, "sign-issuing", says(signer_key="spare")),
    "a key with another identifier": (INTENT, "sign-issuing", other_digit("key_id")),
    "a key with no identifier": (INTENT, "sign-issuing", says(key_id="")),
    "another algorithm": (INTENT, "sign-issuing", says(algorithm="ecdsa-sha512")),
    "other bytes": (INTENT, "sign-issuing", other_digit("to_be_signed_sha256")),
    "another kind of object": (INTENT, "sign-issuing", says(what="request")),
    "octets that are one short": ("serial-drawn", "sign-root", lambda data: {**data, "octets": data["octets"][2:]}),
    "octets in capitals": ("serial-drawn", "sign-root", lambda data: {**data, "octets": data["octets"].upper()}),
    "octets that are none": ("serial-drawn", "sign-root", lambda data: {**data, "octets": "x" * len(data["octets"])}),
    "other octets": ("serial-drawn", "sign-root", lambda data: {**data, "octets": "00" * (len(data["octets"]) // 2)}),
    "another serial number": ("serial-drawn", "sign-root", says(serial="1")),
    "another random source": ("serial-drawn", "sign-root", says(source="C_GenerateRandom of token OTHER, serial 1")),
    "another profile of a key": ("key-intended", "make-root", says(profile="rsa")),
    "another algorithm of a key": ("key-intended", "make-root", says(algorithm="p-521")),
    "no file": ("artefacts-intended", "sign-root", says(paths=[])),
    "a file less": ("artefacts-intended", "sign-root", lambda data: {**data, "paths": data["paths"][:-1]}),
    "a file more": ("artefacts-intended", "sign-root", lambda data: {**data, "paths": [*data["paths"], "crls/x.crl"]}),
    "a file twice": ("artefacts-intended", "sign-root", lambda data: {**data, "paths": data["paths"] * 2}),
    "files in another order": ("artefacts-intended", "sign-root", lambda data: {**data, "paths": data["paths"][::-1]}),
    "files of another object": ("artefacts-intended", "sign-root", lambda data: {**data, "name": "issuing"}),
    "fewer files written": ("artefacts-written", "sign-root", lambda data: {**data, "files": data["files"][:-1]}),
    "written in another order": ("artefacts-written", "sign-root", lambda data: {**data, "files": data["files"][::-1]}),
}


@pytest.mark.parametrize(("kind", "step", "change"), SIGNED_LINES.values(), ids=SIGNED_LINES)
def test_a_line_that_says_otherwise_than_what_determines_it_is_refused(
    kind: str, step: str, change: Change, small: Record
) -> None:
    watch, entry = small.before(kind, step)
    assert "STEPS-TRACE" in told(watch, changed(entry, change))
    assert not told(watch, entry)


@pytest.mark.parametrize("change", [other_digit("key_id"), says(key_id=""), says(signer_key="issuing")])
def test_a_key_that_was_not_made_here_has_the_identifier_of_the_register(change: Change, later: Record) -> None:
    watch, entry = later.before(INTENT, "sign-second")
    assert watch.state.keys.keys() == {"second"}
    assert entry.event.data["signer_key"] == "root"
    assert "STEPS-TRACE" in told(watch, changed(entry, change))
    assert not told(watch, entry)


@pytest.mark.parametrize(("statement", "allowed"), [("", True), ("I am back, and saw nothing.", False)])
def test_who_comes_back_makes_a_statement_only_after_a_break(statement: str, allowed: bool, small: Record) -> None:
    watch, entry = small.before("instruction-done", "open")
    left = as_line(entry, "person-left", {"person": "siti", "reason": "A call."})
    assert not watch.take(left)
    back = as_line(entry, "person-returned", {"person": "siti", "statement": statement}, later=1)
    assert told(watch, back) == (set() if allowed else {"STEPS-TRACE"})


def as_line(entry: Entry, kind: str, data: Line, *, later: int = 0) -> Entry:
    """A remark in the place of a line, or so many after it."""
    event = replace(
        entry.event,
        kind=kind,
        data=data,
        actor=data["person"],
        seq=entry.event.seq + later,
        mono=entry.event.mono + later,
    )
    return Entry(event, kinds.parse_data(kind, data))


# What people say and type ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("move", "who", "reason", "allowed"),
    [
        ("left", "siti", "A call.", False),
        ("break", "", "Lunch.", False),
        ("left", "siti", "", True),
        ("left", "nobody", "A call.", True),
        ("returned", "siti", "", True),
        ("entered", "siti", "", True),
    ],
)
def test_what_was_so_by_the_record_is_not_refused_on_it(
    move: str, who: str, reason: str, allowed: bool, small: Record
) -> None:
    watch, entry = small.before("instruction-done", "open")
    data = {"move": move, "who": who, "reason": reason}
    event = replace(entry.event, kind="remark-refused", data=data, actor="engine")
    said = Entry(event, kinds.parse_data("remark-refused", data))
    assert told(watch, said) == (set() if allowed else {"STEPS-TRACE"})


@pytest.mark.parametrize("answer", ["", " 4711", "4711 ", "47\n11", "4" * 501])
def test_an_answer_on_record_has_the_form_that_people_were_held_to(answer: str, small: Record) -> None:
    watch, entry = small.before("evidence-recorded", "bag")
    (field,) = entry.event.data["fields"]
    assert told(watch, changed(entry, says(fields=[{**field, "value": answer}]))) == {"STEPS-TRACE"}
    assert not told(watch, changed(entry, says(fields=[{**field, "value": "4711"}])))


def test_one_token_is_not_found_under_two_labels(small: Record) -> None:
    watch, entry = small.before("token-found", "close", purpose="credential")
    _, serial = watch.state.ceremony_token
    assert told(watch, changed(entry, says(serial=serial))) == {"TOKEN-SAME"}
    assert not told(watch, entry)


def test_each_has_their_say_on_a_deviation_once_in_the_order_of_the_room(forger: Forger) -> None:
    line = forger.one("instruction-done", "open")
    people = [data["data"]["person"] for data in forger.of("person-present")]
    says_of = [{"person": person, "concurs": True, "words": ""} for person in people]
    data = dict.fromkeys(("expected", "happened", "decided", "decided_by"), "x")
    said = forger.insert_after(line, "deviation", {**data, "raised_by": people[0], "clauses": [], "concurrences": []})
    forger.data("ceremony-closed").update(deviations=1)
    forger.counted(deviations=1)
    for wrong in (says_of[::-1], says_of[:-1], [*says_of, says_of[0]]):
        said["data"]["concurrences"] = wrong
        assert "DEVIATION" in forger.failed()
    said["data"]["concurrences"] = says_of
    assert "DEVIATION" not in forger.failed()


def by_another_version(findings: list[Line]) -> list[Line]:
    return [{**item, "source": "pkilint 0"} if item["source"].startswith("pkilint") else item for item in findings]


@pytest.mark.parametrize(
    "change",
    [lambda findings: findings[::-1], lambda findings: [findings[0], *findings], by_another_version],
    ids=["in another order", "twice", "by another version"],
)
def test_what_a_linter_found_stands_once_in_order_and_by_the_version_that_ran(
    change: Callable[[list[Line]], list[Line]], forger: Forger
) -> None:
    lines = forger.of("linted", "sign-issuing")
    assert len(lines) == 2
    assert "TBS-LINTED" not in forger.failed()
    for line in lines:
        assert len(line["data"]["findings"]) > 1
        line["data"]["findings"] = change(line["data"]["findings"])
    assert "TBS-LINTED" in forger.failed()
