"""After a kill the same command goes on: what is adopted, what is done again, what is refused."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from ceremony.room.program import program_sha256
from ceremony.transcript.chain import read_chain
from ceremony.transcript.state import fold


def test_a_key_that_was_made_and_not_recorded_is_adopted_and_not_made_again(held: Any) -> None:
    (adopted,) = held.events("key-adopted")
    (made,) = held.events("key-made")
    (intent,) = held.events("key-intended")
    assert adopted["key_id"] == made["key_id"] == intent["key_id"]
    assert adopted["spki_sha256"] == made["spki_sha256"]
    assert held.failed() == set()


def test_a_signature_that_was_lost_is_approved_and_made_anew(held: Any) -> None:
    intents = held.events("signature-intended")
    assert [item["name"] for item in intents] == ["root", "root", "root-1"]
    assert [item["name"] for item in held.events("signed")] == ["root", "root-1"]
    approvals = [item for item in held.events("approved") if item["name"] == "root" and item["what"] == "certificate"]
    assert [item["attempt"] for item in approvals] == [1, 1, 2, 2]
    assert len({item["to_be_signed_sha256"] for item in approvals}) == 2


def test_what_was_half_done_is_told_and_the_torn_line_is_kept(held: Any) -> None:
    first, second = held.events("ceremony-resumed")
    (opened,) = held.events("ceremony-opened")
    assert opened["program_sha256"] == first["program_sha256"] == second["program_sha256"] == program_sha256()
    assert [item["name"] for item in first["found"]] == ["key root"]
    assert [item["name"] for item in second["found"]] == ["signature on root"]
    torn = (held.ceremony / "interruptions/torn-line-2.bin").read_bytes()
    assert (first["torn_octets"], second["torn_octets"]) == (0, len(torn))
    assert b'"signature":"3' in torn


def test_everybody_answers_again_the_clock_is_compared_again_and_they_agree_to_go_on(held: Any) -> None:
    assert len(held.events("person-present")) == 3 * 4
    assert len(held.events("clock-compared")) == 3
    agreed = [(item["step"], item["attempt"], len(item["people"])) for item in held.events("resumption-agreed")]
    assert agreed == [("make", 2, 4), ("sign", 2, 4)]
    assert held.events("deviation") == []
    state = fold(read_chain(held.ceremony / "transcript.jsonl").entries)
    assert (state.state, len(state.present), len(set(state.steps_done)), len(state.steps_done)) == ("closed", 4, 9, 9)


def test_before_a_key_was_made_another_is_made(place: Any) -> None:
    assert place.run("after the line key-intended").returncode < 0
    assert place.run().returncode == 0
    (gone,) = place.events("key-discarded")
    assert gone["found"] == []
    assert gone["key_id"] not in {item["key_id"] for item in place.events("key-made")}
    assert len(place.events("key-made")) == 1


def test_a_ceremony_without_a_line_is_taken_away_and_begun_anew(place: Any) -> None:
    assert place.run("within the line ceremony-opened").returncode < 0
    left = place.ceremony
    assert (left / "transcript.jsonl").read_bytes()
    assert place.run().returncode == 0
    assert place.events("ceremony-resumed") == []
    assert place.ceremony == left


def test_a_folder_with_a_strange_file_and_without_a_line_is_left_alone(place: Any) -> None:
    assert place.run("within the line ceremony-opened").returncode < 0
    (place.ceremony / "diary.txt").write_text("mine")
    done = place.run()
    assert done.returncode == 1
    assert "does not hold together" in done.stderr
    assert (place.ceremony / "diary.txt").read_text() == "mine"


def test_a_closed_record_is_only_sealed(place: Any) -> None:
    assert place.run("after the line ceremony-closed").returncode < 0
    before = (place.ceremony / "transcript.jsonl").read_bytes()
    done = place.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "It has its last line, and is not sealed" in done.stdout
    assert (place.ceremony / "transcript.jsonl").read_bytes() == before
    assert (place.folder / "stick" / place.ceremony.name / "record" / "SHA256SUMS").exists()


def test_a_close_that_was_cut_before_its_last_line_is_done_again(place: Any) -> None:
    assert place.run("before the line ceremony-closed").returncode < 0
    assert place.run().returncode == 0
    assert [line["attempt"] for line in place.lines() if line["kind"] == "step-done" and line["step"] == "close"] == [
        1,
        2,
    ]
    assert place.failed() == set()


def test_a_close_that_is_cut_again_and_again_is_done_again_each_time(place: Any) -> None:
    for point in ("before the line attested", "after the line attested", "within the line ceremony-closed"):
        assert place.run(point).returncode < 0, point
    assert place.run().returncode == 0
    begun = [line["attempt"] for line in place.lines() if (line["kind"], line["step"]) == ("step-begun", "close")]
    assert begun == [1, 2, 3, 4]
    assert place.failed() == set()


def test_a_copy_that_is_not_whole_is_made_again(place: Any) -> None:
    assert place.run("after the file SHA256SUMS").returncode < 0  # that of the export
    assert place.run("after the file transcript.p7s").returncode < 0
    assert place.run("after the file transcript.p7s").returncode < 0
    assert place.run().returncode == 0
    copy = place.folder / "stick" / place.ceremony.name / "record"
    assert {item.name for item in copy.iterdir()} == {item.name for item in place.ceremony.iterdir()}


def test_a_changed_line_is_not_gone_on_with(place: Any) -> None:
    assert place.run("after the line key-made").returncode < 0
    record = place.ceremony / "transcript.jsonl"
    record.write_bytes(record.read_bytes().replace(b"Wall clock", b"Fall clock"))
    before = record.read_bytes()
    assert place.run().returncode == 1
    assert record.read_bytes() == before


def test_a_changed_file_is_not_gone_on_with(place: Any) -> None:
    assert place.run("after the line artefacts-written").returncode < 0
    (file,) = [item for data in place.events("artefacts-written") for item in data["files"]][:1]
    before = (place.ceremony / "transcript.jsonl").read_bytes()
    (place.ceremony / file["path"]).write_bytes(b"other")
    done = place.run()
    assert done.returncode == 1
    assert f"Its file {file['path']} was changed" in done.stderr
    assert (place.ceremony / "transcript.jsonl").read_bytes() == before


def test_a_file_that_nothing_explains_is_named_and_nothing_is_written(place: Any) -> None:
    assert place.run("after the line key-made").returncode < 0
    before = (place.ceremony / "transcript.jsonl").read_bytes()
    (place.ceremony / "diary.txt").write_text("mine")
    done = place.run()
    assert done.returncode == 1
    assert "diary.txt" in done.stderr
    assert (place.ceremony / "transcript.jsonl").read_bytes() == before
    (place.ceremony / "diary.txt").unlink()
    assert place.run().returncode == 0


def test_a_ceremony_that_is_being_performed_is_not_taken_over(place: Any) -> None:
    assert place.run("after the line key-made").returncode < 0
    record = place.ceremony / "transcript.jsonl"
    descriptor = os.open(record, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    done = place.run()
    os.close(descriptor)
    assert done.returncode == 1
    assert "performed by another program" in done.stderr
    assert place.run().returncode == 0


def test_a_rehearsal_whose_tokens_were_not_kept_begins_anew_and_says_so(place: Any) -> None:
    assert place.run("after the line key-made").returncode < 0
    shutil.rmtree(place.folder / "tokens")
    done = place.bare("")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "its practice tokens are gone with it" in done.stdout
    assert len(list((place.folder / "archive").iterdir())) == 2


def test_a_token_that_is_not_the_one_of_before_is_not_used(place: Any, tmp_path: Path) -> None:
    assert place.run("after the line key-made").returncode < 0
    shutil.rmtree(place.folder / "tokens")
    assert place.run().returncode == 1
    assert place.lines()[-1]["kind"] == "ceremony-aborted"
    del tmp_path


@pytest.mark.parametrize("label", ["PRACTICE rini", "PRACTICE SMALL"], ids=["own", "ceremony's"])
@pytest.mark.parametrize("point", ["after C_InitToken", "before C_InitPIN", "after C_InitPIN"])
def test_a_token_that_was_initialised_in_part_is_finished(held: Any, place: Any, point: str, label: str) -> None:
    number = 1 + [item["label"] for item in held.events("token-initialised")].index(label)
    assert place.run(f"{point} #{number}").returncode < 0
    assert [item["label"] for item in place.events("token-initialising")][-1] == label
    assert label not in [item["label"] for item in place.events("token-initialised")]
    assert place.run().returncode == 0
    assert [item["label"] for item in place.events("token-initialised")].count(label) == 1
    assert place.failed() == set()


def test_people_may_destroy_what_was_made_and_make_another(place: Any, tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text(Path(place.answers).read_text() + "  make:\n    choose: [discard]\n")
    assert place.run("before the line key-made").returncode < 0
    place.answers = str(answers)
    done = place.run()
    assert done.returncode == 0, done.stdout + done.stderr
    (gone,) = place.events("key-discarded")
    (made,) = place.events("key-made")
    assert gone["found"] == ["private-key", "public-key"]
    assert gone["key_id"] != made["key_id"]
    assert [item["what"] for item in place.events("approved")][:2] == ["key-discard", "key-discard"]


def test_people_may_end_it_instead(place: Any, tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text(Path(place.answers).read_text() + "  sign:\n    choose: [abort]\n")
    assert place.run("before the line signed").returncode < 0
    place.answers = str(answers)
    done = place.run()
    assert done.returncode == 1
    assert place.lines()[-1]["kind"] == "ceremony-aborted"
    assert place.lines()[-1]["data"]["keys"] == ["root"]


def test_another_script_does_not_go_on_with_it(place: Any, tmp_path: Path) -> None:
    assert place.run("after the line key-made").returncode < 0
    ca = Path(shutil.copytree(Path(place.script).parent, tmp_path / "ca"))
    (ca / "small.yaml").write_text((ca / "small.yaml").read_text().replace("Call the roll.", "Call it."))
    before = (place.ceremony / "transcript.jsonl").read_bytes()
    first = place.ceremony
    place.script = str(ca / "small.yaml")
    place.run()
    assert (first / "transcript.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    "again", ["after the line ceremony-resumed", "before the line resumption-agreed", "after C_Login"]
)
def test_a_ceremony_that_is_broken_off_while_it_is_resumed_goes_on(place: Any, again: str) -> None:
    assert place.run("after the line key-made").returncode < 0
    assert place.run(again).returncode < 0
    done = place.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(place.events("ceremony-resumed")) == 2


@pytest.mark.parametrize("point", ["before C_Login", "after the line digest-read-back", "before the line attested"])
def test_who_asks_the_program_to_end_finds_the_record_open_also_within_the_close(place: Any, point: str) -> None:
    first = place.run(f"SIGTERM: {point}")
    assert first.returncode == 1
    assert "the system asked the program to end (SIGTERM)" in first.stdout + first.stderr
    assert place.lines()[-1]["kind"] != "ceremony-aborted"
    second = place.run()
    assert second.returncode == 0, second.stdout + second.stderr
    assert place.failed() == set()


def test_who_asks_it_after_the_last_line_is_too_late_and_gets_a_sealed_record(place: Any) -> None:
    first = place.run("SIGTERM: after the line ceremony-closed")
    assert first.returncode == 0, first.stdout + first.stderr
    assert place.failed() == set()
