"""The engine writes no line that the verifier would refuse, and puts no other token in the place of the first."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ceremony.engine.room import Room
from ceremony.transcript.kinds import KeyParked, PersonReturned, Signed

LABEL, PIN = "PRACTICE SMALL-ROOT", "31415926"


def failure(small: Any) -> Any:
    return next(e.data for e in small.chain().entries if e.event.kind == "step-failed")


# A line that has no place --------------------------------------------------------------------------------------------


def parked_for_nothing(room: Room) -> None:
    room.record(KeyParked(key="root", key_id="00", reason="Nobody said so."))


def signed_out_of_thin_air(room: Room) -> None:
    room.record(Signed(what="certificate", name="root", to_be_signed_sha256="", signature="", artefact_sha256=""))


def back_without_having_left(room: Room) -> None:
    room.record(PersonReturned(person="agus"), actor="agus")


LINES = {
    parked_for_nothing: "STEPS-TRACE",
    signed_out_of_thin_air: "STEPS-TRACE",
    back_without_having_left: "PRESENCE-ROLL",
}


@pytest.mark.parametrize("write", LINES, ids=lambda write: write.__name__)
def test_a_line_that_would_not_be_proved_is_not_written(small: Any, monkeypatch: Any, write: Any) -> None:
    rooms: list[Room] = []
    entered = Room.enter
    monkeypatch.setattr(Room, "enter", lambda room, planned: (rooms.append(room), entered(room, planned))[1])
    small.officiant.answers["instruct", "root-key"] = lambda _: write(rooms[-1])
    outcome = small.perform()
    assert not outcome.closed
    assert outcome.fault.code == "RECORD-REFUSED"
    assert LINES[write] in outcome.fault.detail
    assert not {"key-parked", "signed", "person-returned", "key-intended"} & set(small.kinds())
    assert small.kinds()[-1] == "ceremony-aborted"
    verdict = small.verdict()
    assert not verdict.failed, "\n".join(verdict.lines())


def test_what_is_refused_changes_nothing_that_is_asked_next(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever catches the refusal can go on as if nothing had been tried."""
    rooms: list[Room] = []
    entered = Room.enter
    monkeypatch.setattr(Room, "enter", lambda room, planned: (rooms.append(room), entered(room, planned))[1])
    refused: list[str] = []

    def tried(_: object) -> None:
        for write in LINES:
            try:
                write(rooms[-1])
            except Exception as error:
                refused.append(type(error).__name__)

    small.officiant.answers["instruct", "root-key"] = tried
    assert small.perform().closed
    assert refused == ["WouldNotBeProved"] * len(LINES)
    assert small.verdict().proved, "\n".join(small.verdict().lines())


# Another token -------------------------------------------------------------------------------------------------------


def swapped(softhsm: Any) -> None:
    """The token is taken away; another lies there, with the same label and the same PINs."""
    for item in softhsm.tokens.iterdir():
        shutil.rmtree(item)
    script = Path(softhsm.folder / "swap.py")
    script.write_text(
        "from ceremony.secret import Secret\nfrom ceremony.token.module import Module\n"
        f"Module.load('softhsm').initialise({LABEL!r}, Secret('so-' + {PIN!r}), Secret({PIN!r}))\n"
    )
    subprocess.run([sys.executable, script], check=True)


def test_a_token_with_the_same_label_and_pin_does_not_take_the_place_of_the_first(small: Any, softhsm: Any) -> None:
    small.officiant.answers["instruct", "sub-key"] = lambda _: None if swaps else swaps.append(swapped(softhsm))
    swaps: list[None] = []
    decisions = iter(["try-again", "abort"])
    small.officiant.answers["choose", "sub-key"] = lambda _: next(decisions)
    outcome = small.perform()
    assert not outcome.closed
    lines = [entry for entry in small.chain().entries if entry.event.kind in ("step-failed", "preparation-failed")]
    assert [entry.data.code for entry in lines][-1] == "TOKEN-OTHER"
    first = next(e.data for e in small.chain().entries if e.event.kind == "token-found" and e.data.label == LABEL)
    said = lines[-1].data.detail
    assert first.serial in said
    assert said.count("serial") == 2, "both are named"
    assert small.labels("token-opened").count(LABEL) == 1, "nobody gave the other one a PIN"
    assert [e.data.key for e in small.chain().entries if e.event.kind == "key-made"] == ["root"]
    verdict = small.verdict()
    assert not verdict.failed, "\n".join(verdict.lines())


def test_the_same_token_put_back_is_taken(small: Any, softhsm: Any) -> None:
    away = softhsm.folder / "away"

    def pull(_: object) -> None:
        if not away.exists():
            shutil.copytree(softhsm.tokens, away)
            swapped(softhsm)

    def put_back(_: object) -> str:
        for item in softhsm.tokens.iterdir():
            shutil.rmtree(item)
        for item in away.iterdir():
            shutil.copytree(item, softhsm.tokens / item.name)
        return "try-again"

    small.officiant.answers["instruct", "sub-key"] = pull
    small.officiant.answers["choose", "sub-key"] = put_back
    assert small.perform().closed
    assert small.verdict().proved, "\n".join(small.verdict().lines())
