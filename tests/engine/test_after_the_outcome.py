"""A step that is cut between its outcome and `step-done` is finished at the next attempt, and the record is proved.

Whoever acts goes out right before the step can be called done; then they are back, and it is tried again. What is done
already is not done twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ceremony.engine.room import Room
from ceremony.token.softhsm import SoftHsmHome
from tests.house.ca import House
from tests.ledger.conftest import Ledgers

TESTS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Cut:
    """A step of the script of a CA, and the kind of line that is its outcome. `before` is held before the script."""

    step: str
    kind: str
    outcome: str
    ca: str
    script: str
    before: tuple[str, ...] = ()


CUTS = (
    Cut("make-root", "generate-key", "key-made", "custody_steps", "generation"),
    Cut("sign-root", "self-sign", "signed", "custody_steps", "generation"),
    Cut("park", "park-key", "key-parked", "custody_steps", "generation"),
    Cut("backup", "backup-key", "key-backed-up", "custody_steps", "generation"),
    Cut("try", "restore-test", "restore-tested", "custody_steps", "generation"),
    Cut("destroy", "destroy-key", "key-destroyed", "custody_steps", "end", ("generation",)),
    Cut("arrive", "receive-items", "item-received", "ledger", "first"),
    Cut("give", "hand-over", "items-handed-over", "ledger", "first"),
    Cut("seal-token", "seal-bag", "bag-sealed", "ledger", "first"),
    Cut("laptop", "open-bag", "contents-found", "ledger", "second", ("first",)),
    Cut("shred", "destroy-item", "item-destroyed", "ledger", "second", ("first",)),
    Cut("export", "export", "exported", "resume", "small"),
)


def out_before_it_is_done(house: House, cut: Cut, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, nobody who acts in the step is left to say that it is done; they come back before it is tried again."""
    real, out = Room.step_done, list[str]()

    def step_done(room: Room) -> None:
        if room.step.step.id == cut.step and not out:
            assert room.step.step.kind == cut.kind
            out.extend(person.id for person in room.those_present(room.step.actors))
            for person in out:
                house.people.leave(person)
        real(room)

    def choose(choice: Any) -> str | None:
        if choice.fault is None:
            return None
        for person in out:
            house.people.come_back(person)
        decisions.append(choice.fault.code)
        return "try-again" if len(decisions) == 1 else "abort"

    decisions: list[str] = []
    monkeypatch.setattr(Room, "step_done", step_done)
    house.people.answers["choose", cut.step] = choose


@pytest.mark.parametrize("cut", CUTS, ids=[cut.kind for cut in CUTS])
def test_a_step_that_was_cut_after_its_outcome_is_finished(
    cut: Cut, tmp_path: Path, softhsm: SoftHsmHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    del softhsm
    house: House = (Ledgers if cut.ca == "ledger" else House).built(TESTS / cut.ca / "ca", tmp_path)
    for script in cut.before:
        assert house.hold(script).closed
        house.again()
    number, stick = len(cut.before) + 1, tmp_path / "stick"
    stick.mkdir()
    out_before_it_is_done(house, cut, monkeypatch)
    closed = house.hold(cut.script, export_to=stick).closed
    assert house.codes(number) == ["PRESENCE-LEFT"]
    assert closed
    outcomes = [entry.event for entry in house.entries(number) if entry.event.kind == cut.outcome]
    assert {event.attempt for event in outcomes if event.step == cut.step} == {1}
    done = [entry.event for entry in house.entries(number) if entry.event.kind == "step-done"]
    assert [event.attempt for event in done if event.step == cut.step] == [2]
    assert house.failed() == set()


def test_who_left_is_no_reason_for_another_code(
    tmp_path: Path, softhsm: SoftHsmHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end of an attempt only the word of who acts can be missing."""
    from tests.house.forger import Forger

    del softhsm
    house = House.built(TESTS / "custody_steps" / "ca", tmp_path)
    out_before_it_is_done(house, CUTS[2], monkeypatch)
    assert house.hold("generation").closed
    forger = Forger(house.ceremony())
    assert "STEPS-TRACE" not in forger.failed()
    forger.data("step-failed", "park")["code"] = "ITEM-PLACE"
    assert "STEPS-TRACE" in forger.failed()
