"""The record: one canonical line at a time, each naming the one before; every fault named by its line."""

from __future__ import annotations

import json
import threading
from itertools import count
from pathlib import Path

import pytest

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.transcript.chain import Chain, Entry, check_chain, read_chain
from ceremony.transcript.event import GENESIS, parse_line
from ceremony.transcript.journal import Journal, RecordNotWritable
from ceremony.transcript.kinds import KINDS, Evidence, Named, Note, parse_data


def make(path: Path, lines: int = 4) -> bytes:
    ticks = count()
    journal = Journal(path, lambda: ("2026-11-22T01:02:03Z", next(ticks)))
    for number in range(lines):
        journal.append(Note(text=f"note {number}"), step="a-step", actor="rini")
    journal.close()
    return path.read_bytes()


def faults(octets: bytes) -> list[int]:
    return [fault.line for fault in check_chain(octets).faults]


class TestJournal:
    def test_each_line_names_the_hash_of_the_line_before(self, tmp_path: Path) -> None:
        lines = make(tmp_path / "t.jsonl").splitlines()
        previous = GENESIS
        for number, line in enumerate(lines, start=1):
            event = parse_line(line)
            assert (event.seq, event.prev) == (number, previous)
            previous = sha256_hex(line)

    def test_a_record_that_exists_is_never_written_to(self, tmp_path: Path) -> None:
        before = make(tmp_path / "t.jsonl")
        with pytest.raises(RecordNotWritable):
            Journal(tmp_path / "t.jsonl", lambda: ("", 0))
        assert (tmp_path / "t.jsonl").read_bytes() == before

    def test_a_line_is_on_disk_before_anyone_hears_of_it(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path / "t.jsonl", lambda: ("2026-11-22T01:02:03Z", 1))
        seen: list[bytes] = []
        journal.listen(lambda event, data, head: seen.append(journal.path.read_bytes()))
        journal.append(Note(text="x"))
        assert seen[0].endswith(b"}\n")

    def test_what_a_guard_refuses_is_not_written_and_what_it_lets_pass_is(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path / "t.jsonl", lambda: ("2026-11-22T01:02:03Z", 1))
        asked: list[tuple[str, str, int]] = []

        def guard(entry: Entry) -> None:
            asked.append((entry.data.summary(), entry.event.step, entry.event.attempt))
            if "not this" in entry.data.summary():
                raise CeremonyError("It may not be written.", code="REFUSED")

        journal.guard(guard)
        journal.append(Note(text="this"), step="a-step", attempt=2)
        for refused in (Note(text="not this"), lambda head: Note(text=f"not this after {head}")):
            with pytest.raises(CeremonyError, match="may not be written"):
                journal.append(refused)
        journal.append(lambda head: Note(text="that"))
        chain = read_chain(journal.path)
        assert [entry.data.text for entry in chain.entries] == ["this", "that"]  # type: ignore[union-attr]  # notes
        assert chain.faults == ()
        assert asked[0][1:] == ("a-step", 2)
        assert len(asked) == 4

    def test_after_a_failed_write_nothing_is_ever_written_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import os

        journal = Journal(tmp_path / "t.jsonl", lambda: ("2026-11-22T01:02:03Z", 1))
        journal.append(Note(text="good"))
        good = journal.path.read_bytes()
        monkeypatch.setattr(os, "write", _full_after_ten_octets(os.write))
        with pytest.raises(RecordNotWritable, match="cannot be written"):
            journal.append(Note(text="lost"))
        monkeypatch.undo()
        assert journal.path.read_bytes() == good, "the torn line is cut off again"
        with pytest.raises(RecordNotWritable):
            journal.append(Note(text="never"))
        assert journal.path.read_bytes() == good

    def test_threads_share_one_order(self, tmp_path: Path) -> None:
        journal = Journal(tmp_path / "t.jsonl", lambda: ("2026-11-22T01:02:03Z", 1))
        threads = [
            threading.Thread(target=lambda: [journal.append(Note(text="x")) for _ in range(20)]) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        chain = read_chain(journal.path)
        assert (len(chain.entries), chain.faults) == (80, ())

    def test_what_it_holds_is_what_stands_on_disk_and_is_read_again_when_it_is_opened_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import os

        make(tmp_path / "t.jsonl")
        journal = Journal(tmp_path / "t.jsonl", lambda: ("2026-11-22T01:02:03Z", 9), again=True)
        journal.append(Note(text="later"))
        monkeypatch.setattr(os, "write", _full_after_ten_octets(os.write))
        with pytest.raises(RecordNotWritable):
            journal.append(Note(text="never on disk"))
        monkeypatch.undo()
        assert tuple(journal.entries) == read_chain(journal.path).entries
        assert [entry.data.text for entry in journal.entries][3:] == ["note 3", "later"]  # type: ignore[attr-defined]  # notes


def _full_after_ten_octets(write):  # type: ignore[no-untyped-def]  # a stand-in for os.write
    import errno

    state = {"written": 0}

    def limited(descriptor: int, octets: bytes) -> int:
        if state["written"] >= 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        state["written"] += 10
        return int(write(descriptor, bytes(octets)[:10]))

    return limited


class TestChain:
    def test_an_untouched_record_has_no_fault(self, tmp_path: Path) -> None:
        chain = check_chain(make(tmp_path / "t.jsonl"))
        assert chain.faults == ()
        assert [entry.data.text for entry in chain.entries] == ["note 0", "note 1", "note 2", "note 3"]  # type: ignore[attr-defined]  # notes

    @pytest.mark.parametrize("line", [1, 2, 3])
    def test_any_flipped_bit_names_its_line(self, tmp_path: Path, line: int) -> None:
        octets = make(tmp_path / "t.jsonl")
        start = sum(len(part) + 1 for part in octets.split(b"\n")[: line - 1])
        end = octets.index(b"\n", start)
        for position in range(start, end + 1):
            changed = bytearray(octets)
            changed[position] ^= 1
            found = check_chain(bytes(changed)).faults
            assert any(fault.line == line or f"line {line} " in fault.reason for fault in found), (position, found)

    def test_a_removed_line_is_found(self, tmp_path: Path) -> None:
        lines = make(tmp_path / "t.jsonl").splitlines(keepends=True)
        assert faults(lines[0] + lines[2] + lines[3])
        assert faults(b"".join(lines[1:]))

    def test_two_lines_in_the_wrong_order_are_found(self, tmp_path: Path) -> None:
        lines = make(tmp_path / "t.jsonl").splitlines(keepends=True)
        assert 2 in faults(lines[0] + lines[2] + lines[1] + lines[3])

    def test_a_torn_last_line_is_named(self, tmp_path: Path) -> None:
        octets = make(tmp_path / "t.jsonl")
        assert 4 in faults(octets[:-5])
        assert faults(octets[:-1]) == [4]

    def test_valid_json_that_is_not_canonical_is_refused(self, tmp_path: Path) -> None:
        octets = make(tmp_path / "t.jsonl", lines=1)
        loose = json.dumps(json.loads(octets)).encode() + b"\n"
        assert "canonical" in check_chain(loose).faults[0].reason

    def test_an_empty_record_is_empty(self) -> None:
        assert check_chain(b"") == Chain((), (), GENESIS)


class TestKinds:
    def test_every_kind_is_named_once_and_reads_back(self) -> None:
        assert all(kind == model.kind for kind, model in KINDS.items())
        data = Evidence(fields=(Named(name="bag", value="7"),))
        assert parse_data(data.kind, data.model_dump(mode="json")) == data

    def test_an_unknown_kind_is_refused(self) -> None:
        with pytest.raises(ValueError, match="unknown kind"):
            parse_data("key-borrowed", {})

    @pytest.mark.parametrize("data", [{}, {"text": 1}, {"text": "x", "more": "y"}])
    def test_data_that_does_not_fit_its_kind_is_refused(self, data: dict[str, object]) -> None:
        with pytest.raises(ValueError, match="note"):
            parse_data("note", data)
