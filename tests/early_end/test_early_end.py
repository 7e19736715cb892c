"""A ceremony that people end early is sealed, gives receipts, and is told from one that was broken off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ceremony.cli.earlier import prove_earlier
from ceremony.custody.receipts import parse_receipt
from ceremony.engine.performance import perform
from ceremony.engine.tokens import ProductionTokens
from ceremony.errors import BrokenOff, CeremonyError, Interrupted
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.interrupted import interruption_of
from ceremony.script.load import load_script
from ceremony.transcript import archive as layout
from ceremony.transcript.state import fold
from ceremony.verify.archive import verify_path
from ceremony.verify.receipt import check_receipt
from tests.custody_rules.house import Signers

STEPS = (
    "clock",
    "open",
    "make-root",
    "sign-root",
    "make-sub",
    "issue",
    "list",
    "backup",
    "prove",
    "inventory",
    "close",
)
METHODS = ("instruct", "confirm", "record", "approve", "secret")


def once(act: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The first time something happens; afterwards they answer as usual."""
    done: list[bool] = []

    def answer(request: Any) -> Any:
        if done:
            return None
        done.append(True)
        return act(request)

    return answer


def f10(request: Any) -> Any:
    del request
    raise Interrupted("F10: the lamp went out")


def end_at(house: Signers, step: str) -> None:
    """People press F10 at the first question of a step."""
    answer = once(f10)
    for method in METHODS:
        house.people.answers[method, step] = answer


def outcome_of(house: Signers) -> str:
    (verdict,) = verify_path(house.archive)
    assert verdict.failed == ()
    return verdict.outcome


def go_on(house: Signers, script: str = "generation") -> Any:
    """The same command again."""
    found = interruption_of(house.archive)
    assert found is not None
    plan = compile_plan(load_script(house.folder / f"{script}.yaml", past=found.past), "production", Clock().utc())
    tokens, people = ProductionTokens(plan, "softhsm"), house.again()

    def resume(choice: Any) -> str | None:
        return next((option.name for option in choice.options if option.name == "resume"), None)

    people.answers = {("choose", step): resume for step in STEPS}
    return perform(plan, people, archive=house.archive, clock=Clock(), tokens=tokens, resumes=found)


def last_of(house: Signers) -> Any:
    return house.events("ceremony-aborted")[-1]


# Sealed, with receipts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS)
def test_wherever_people_end_it_the_record_is_sealed_and_says_so(house: Signers, step: str) -> None:
    end_at(house, step)
    outcome = house.hold("generation")
    assert (outcome.closed, outcome.sealed) == (False, True)
    assert outcome.headline == "The ceremony ended early, and its record is sealed."
    assert (house.ceremony() / layout.SUMS).exists()
    assert outcome_of(house) == "ended early"
    last = last_of(house)
    assert (last.sealed_by, last.seal_token, last.unsealed) == ("rini", "RINI", "")
    slips = sorted(path.name for path in (house.ceremony() / "receipts").glob("*.txt"))
    assert slips == [f"receipt-{person}.txt" for person in sorted(fold(house.entries()).present)]


def test_a_receipt_of_an_early_end_serves_as_any_other(house: Signers) -> None:
    end_at(house, "issue")
    house.hold("generation")
    slip = (house.ceremony() / "receipts" / "receipt-siti.txt").read_bytes()
    assert check_receipt(house.archive, parse_receipt(slip)).status == "proved"


def test_what_a_step_decided_after_a_fault_is_an_early_end_too(house: Signers) -> None:
    house.people.answers["approve", "issue"] = lambda request: False
    assert house.hold("generation").sealed
    assert house.codes() == ["APPROVAL-REFUSED"]
    assert outcome_of(house) == "ended early"


def test_a_key_that_waits_for_its_backup_is_told_to_be_unlocked(house: Signers) -> None:
    end_at(house, "backup")
    house.hold("generation")
    (verdict,) = verify_path(house.archive)
    assert "key root" in next(check.sentence for check in verdict.checks if check.id == "LIMIT-UNLOCKED")


# Nobody seals ---------------------------------------------------------------------------------------------------------


def nobody_seals(house: Signers, why: str) -> None:
    outcome = house.hold("generation")
    assert not outcome.sealed
    assert outcome.headline == "The ceremony ended early. Nobody sealed its record."
    last = last_of(house)
    assert why in last.unsealed
    assert why in outcome.verdict
    assert (last.sealed_by, last.seal_certificate_sha256, last.seal_token) == ("", "", "")
    assert house.entries()[-1].event.actor == "engine"
    assert not (house.ceremony() / layout.SEAL).exists()
    assert outcome_of(house) == "ended early"
    assert "LIMIT-UNSEALED" in {check.id for check in verify_path(house.archive)[0].checks}


def test_a_sealer_who_declines_does_not_keep_it_from_ending(house: Signers) -> None:
    end_at(house, "issue")
    refuse = house.people.answers["confirm", "issue"]
    house.people.answers["confirm", "issue"] = lambda request: False if request.word == "SEAL" else refuse(request)
    nobody_seals(house, "does not seal the record")
    assert house.kinds("")[-2:] == ["token-closed", "ceremony-aborted"]


def test_a_pin_that_the_sealer_does_not_know_does_not_keep_it_from_ending(house: Signers) -> None:
    end_at(house, "issue")
    usual = house.people.answers["secret", "issue"]
    house.people.answers["secret", "issue"] = lambda request: "wrong-pin" if "RINI" in request.name else usual(request)
    nobody_seals(house, "PIN")
    assert house.kinds("")[-4:] == ["pin-refused", "pin-refused", "pin-refused", "ceremony-aborted"]


def test_a_second_f10_does_not_keep_it_from_ending(house: Signers) -> None:
    for method in METHODS:
        house.people.answers[method, "issue"] = f10
    nobody_seals(house, "F10")


def test_a_fault_of_the_program_does_not_keep_it_from_ending(house: Signers, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a value that is not told")

    monkeypatch.setattr("ceremony.engine.early_end.ready_to_seal", fail)
    end_at(house, "issue")
    nobody_seals(house, "ZeroDivisionError")
    assert "a value that is not told" not in (house.ceremony() / layout.RECORD).read_text()


def test_a_sealer_who_is_not_in_the_room_is_not_asked(house: Signers) -> None:
    house.people.once("instruct", "make-sub", lambda: house.people.leave("rini"))
    end_at(house, "issue")
    nobody_seals(house, "not in the room")


def test_a_fault_of_the_program_ends_it_by_the_engine(house: Signers) -> None:
    def fail(request: Any) -> Any:
        del request
        raise ZeroDivisionError

    house.people.answers["instruct", "issue"] = fail
    outcome = house.hold("generation")
    assert (outcome.sealed, outcome.fault.code) == (False, "PROGRAM-FAULT")
    assert "interrupted" not in house.kinds("")
    assert outcome_of(house) == "ended early"


# Broken off -----------------------------------------------------------------------------------------------------------


def test_what_nobody_decided_has_not_ended_and_is_not_proved(house: Signers) -> None:
    def hang_up(request: Any) -> Any:
        del request
        raise BrokenOff("the terminal was closed (SIGHUP)")

    house.people.answers["instruct", "issue"] = hang_up
    house.hold("generation")
    (verdict,) = verify_path(house.archive)
    assert verdict.outcome == "not proved"
    assert "has not ended" in next(check.sentence for check in verdict.failed if check.id == "CHAIN-LAST")
    assert go_on(house).closed
    assert verify_path(house.archive)[0].outcome == "proved"


def test_a_kill_between_the_last_line_and_the_seal_is_finished_by_the_same_command(house: Signers) -> None:
    end_at(house, "issue")
    house.hold("generation")
    lines = (house.ceremony() / layout.RECORD).read_bytes()
    for name in (layout.SEAL, layout.SUMS):
        (house.ceremony() / name).unlink()
    assert verify_path(house.archive)[0].outcome == "not proved", "its last line says that it is sealed"
    outcome = go_on(house)
    assert outcome.sealed, outcome.fault
    assert (house.ceremony() / layout.RECORD).read_bytes() == lines
    assert outcome_of(house) == "ended early"


def cut(house: Signers, place: int) -> None:
    """What a kill leaves after so many lines: no later line, and no file that a later line announced."""
    folder = house.ceremony()
    gone = house.entries()[place:]
    for entry in gone:
        for path in getattr(entry.data, "paths", ()):
            (folder / path).unlink(missing_ok=True)
    record = folder / layout.RECORD
    record.write_bytes(b"".join(record.read_bytes().splitlines(keepends=True)[:place]))
    for name in (layout.SEAL, layout.SUMS):
        (folder / name).unlink()


def test_a_kill_within_the_end_is_gone_on_with_and_ends_it(house: Signers) -> None:
    end_at(house, "issue")
    house.hold("generation")
    kinds = [entry.event.kind for entry in house.entries()]
    begins = kinds.index("interrupted")
    whole = {path: path.read_bytes() for path in house.ceremony().rglob("*") if path.is_file()}
    for place in (begins + 1, begins + 3, kinds.index("statement-confirmed", begins) + 1, len(kinds) - 1):
        for path, octets in whole.items():
            path.write_bytes(octets)
        cut(house, place)
        assert go_on(house).sealed, f"cut after line {place}: {last_of(house).reason}"
        assert outcome_of(house) == "ended early", f"cut after line {place}"
        assert len(house.events("interrupted")) == 2
        assert "step-begun" not in [e.event.kind for e in house.entries()[begins:]], "it does not go on"


# An archive -----------------------------------------------------------------------------------------------------------


def test_the_next_ceremony_follows_an_early_end_and_the_archive_is_proved(house: Signers) -> None:
    end_at(house, "inventory")
    house.hold("generation")
    house.again()
    assert house.hold("end").closed, house.people.outcome
    verdicts = verify_path(house.archive)
    assert [verdict.outcome for verdict in verdicts] == ["ended early", "proved"], verdicts[1].failed
    assert [verdict.exit_code for verdict in verdicts] == [0, 0]


def test_the_opening_shows_the_head_of_the_last_record_however_it_ended(house: Signers) -> None:
    house.hold("generation")
    closed = prove_earlier(house.archive)
    house.again()
    end_at(house, "revoke")
    house.hold("end")
    earlier = prove_earlier(house.archive)
    assert earlier.last is not None
    assert earlier.last.folder == "0002-end", "whoever takes it away shows another head"
    assert earlier.last.head != (closed.last and closed.last.head)
    assert earlier.receipts is not None
    assert earlier.receipts.folder == "0002-end"
    assert earlier.warnings == ("0002-end ended early: its record holds, and is sealed.",)


def test_an_early_end_whose_seal_is_missing_forbids_the_next_ceremony(house: Signers) -> None:
    end_at(house, "issue")
    house.hold("generation")
    (house.ceremony() / layout.SEAL).unlink()
    with pytest.raises(CeremonyError) as caught:
        prove_earlier(house.archive)
    assert caught.value.code == "ARCHIVE-NOT-PROVED"
