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
