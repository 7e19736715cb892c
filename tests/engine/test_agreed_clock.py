"""The clock that people agree on, against the ceremony before and the machine: only a decision goes past either."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ceremony.engine.performance import perform
from ceremony.errors import BrokenOff, CeremonyError
from ceremony.room.clock import FixedClock, iso
from ceremony.script.compile import compile_plan
from ceremony.script.interrupted import interruption_of
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.transcript.register import Register
from ceremony.verify.archive import verify_path
from tests.engine.conftest import SmallCa

DAY = timedelta(days=1)
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def dated(small: SmallCa) -> SmallCa:
    """One ceremony was held on a day in March; the next one only looks. The clock is moved by hand."""
    small.clock = FixedClock(MORNING)
    show(small)
    assert small.perform().closed
    opening, _, rest = small.script.read_text().replace("initialise: true, ", "").partition("  - title: Keys\n")
    end = [line for line in rest.splitlines() if "kind: review-inventory" in line or "kind: close" in line]
    small.script.write_text("\n".join([opening.rstrip(), "  - title: End", "    steps:", *end]) + "\n")
    return small


def show(small: SmallCa, ahead: timedelta = timedelta()) -> None:
    """What the reference clock shows, beside the machine's."""
    small.officiant.answers["record", "clock"] = lambda form: (
        {"source": "GPS", "reference": iso(small.clock.machine_utc() + ahead)}
        if form.blanks[0].name == "source"
        else {"decided": "The radio clock is right, as all of us see.", "decided-by": "rini"}
    )


def choose(small: SmallCa, *names: str) -> list[CeremonyError]:
    """What is chosen at the clock, one after the other; the faults that are shown."""
    shown: list[CeremonyError] = []
    rest = iter(names)

    def answer(choice: Any) -> str:
        shown.append(choice.fault)
        return next(rest)

    small.officiant.answers["choose", "clock"] = answer
    return shown


@pytest.mark.parametrize("days", [30, -30])
def test_a_clock_set_at_the_instruction_is_found_before_anything_is_done(small: SmallCa, days: int) -> None:
    """The step has begun, and its clock was right then; nothing is built, dated or signed after it was set."""
    clock = small.clock = FixedClock(MORNING)
    show(small)
    small.officiant.answers["instruct", "root-sign"] = lambda _: clock.set_wall(clock.machine_utc() + days * DAY)
    assert not small.perform().closed
    entries = small.chain().entries
    (jumped,) = [entry for entry in entries if entry.event.kind == "clock-jumped"]
    (failed,) = [entry.data for entry in entries if entry.event.kind == "step-failed"]
    assert (jumped.data.seconds, failed.code, jumped.event.step) == (days * 86_400, "CLOCK-JUMP", "root-sign")
    assert not {"serial-drawn", "certificate-built", "signature-intended", "signed"} & set(small.kinds())
    assert {entry.event.at[:10] for entry in entries} == {f"{MORNING:%Y-%m-%d}"}, "dated by the agreed clock alone"
    assert not small.verdict().failed


def test_a_clock_set_between_approval_and_signature_is_found_before_the_signature(small: SmallCa) -> None:
    clock = small.clock = FixedClock(MORNING)
    show(small)
    small.officiant.answers["choose", "root-sign"] = lambda _: "try-again"
    small.officiant.answers["approve", "root-sign"] = once_then_yes(lambda: clock.set_wall(clock.machine_utc() - DAY))
    assert small.perform().closed
    kinds = small.kinds()
    assert kinds.index("clock-jumped") < kinds.index("signature-intended")
    assert kinds.count("clock-jumped") == 1
    assert small.verdict().proved, "\n".join(small.verdict().lines())


def once_then_yes(act: Callable[[], None]) -> Callable[[object], bool]:
    """Approves, always; the first time something else is done, too."""
    left = [act]

    def answer(_: object) -> bool:
        if left:
            left.pop()()
        return True

    return answer


def back_to(small: SmallCa, moment: datetime) -> None:
    """A machine that woke on another day."""
    small.clock = FixedClock(moment)


def departures(small: SmallCa, number: int = 2) -> list[Any]:
    return [entry.data for entry in small.chain(number).entries if entry.event.kind == "clock-departed"]


def failed(small: SmallCa) -> set[str]:
    return {check.id for verdict in verify_path(small.archive) for check in verdict.failed}


def test_a_clock_before_the_last_ceremony_stops_the_step(dated: SmallCa) -> None:
    back_to(dated, MORNING - 3650 * DAY)
    shown = choose(dated, "again", "abort")
    assert not dated.perform().closed
    assert [fault.code for fault in shown] == ["CLOCK-BEFORE", "CLOCK-BEFORE"]
    assert "0001-small ended at 2026-03-02T08:00:00Z" in shown[0].detail
    assert "clock-compared" not in dated.kinds(number=2)
    assert not departures(dated)


def test_a_remark_does_not_let_it_pass(dated: SmallCa) -> None:
    back_to(dated, MORNING - DAY)
    said = {"expected": "a later day", "happened": "an earlier one", "decided": "It is right.", "decided_by": "rini"}
    dated.officiant.once("confirm", "state", lambda: dated.officiant.say("deviation", said))
    shown = choose(dated, "again", "abort")
    assert not dated.perform().closed
    assert {fault.code for fault in shown} == {"CLOCK-BEFORE"}
    assert "deviation" in dated.kinds(number=2)


def test_a_decision_lets_it_pass_and_says_what_it_departs_from(dated: SmallCa) -> None:
    back_to(dated, MORNING - 3650 * DAY)
    choose(dated, "decide")
    assert dated.perform().closed
    (departed,) = departures(dated)
    assert (departed.departs_from, departed.ceremony, departed.said, departed.agreed, departed.decided_by) == (
        "earlier-record",
        "0001-small",
        "2026-03-02T08:00:00Z",
        "2016-03-04T08:00:00Z",
        "rini",
    )
    kinds = dated.kinds(number=2)
    assert kinds[kinds.index("clock-departed") + 1] == "clock-compared"
    assert dated.chain(2).entries[-1].data.deviations == 1  # type: ignore[attr-defined]  # it is the close
    assert not failed(dated)


def test_the_next_one_goes_on_from_the_clock_that_was_decided_for(dated: SmallCa) -> None:
    back_to(dated, MORNING - 3650 * DAY)
    choose(dated, "decide")
    assert dated.perform().closed
    dated.clock.advance(60)  # type: ignore[attr-defined]  # a clock that is moved by hand
    show(dated)
    choose(dated)
    assert dated.perform().closed
    assert not departures(dated, 3)
    assert not failed(dated)


def test_a_machine_that_is_behind_is_no_matter_where_the_reference_is_not(dated: SmallCa) -> None:
    """Twenty hours off, and people adopt the reference: what dates the ceremony is after the last one."""
    back_to(dated, MORNING - timedelta(hours=18))
    show(dated, timedelta(hours=20))
    choose(dated, "reference")
    assert dated.perform().closed
    assert not departures(dated)
    assert not failed(dated)


@pytest.mark.parametrize(("hours", "asked"), [(24, False), (25, True)])
def test_a_reference_more_than_a_day_ahead_of_the_machine_is_decided_on(
    small: SmallCa, hours: int, asked: bool
) -> None:
    small.clock = FixedClock(MORNING)
    show(small, timedelta(hours=hours))
    shown = choose(small, "reference", "decide")
    assert small.perform().closed
    assert [fault.code for fault in shown] == ["CLOCK-TOLERANCE", *["CLOCK-AHEAD"] * asked]
    assert [(data.departs_from, data.said) for data in departures(small, 1)] == [
        ("machine", "2026-03-02T08:00:00Z")
    ] * asked
    assert not failed(small)
    past_of_archive(small.archive, "practice", now=MORNING)  # it says itself that it is ahead of that machine


def test_a_year_mistyped_and_refused_leaves_nothing(small: SmallCa) -> None:
    small.clock = FixedClock(MORNING)
    show(small, 3650 * DAY)
    choose(small, "reference", "again", "abort")
    assert not small.perform().closed
    assert "clock-compared" not in small.kinds()


def test_after_an_interruption_it_is_decided_on_again(dated: SmallCa) -> None:
    """The machine was off, and woke ten years earlier."""

    def cut() -> None:
        raise BrokenOff("a power cut")

    dated.clock.advance(60)  # type: ignore[attr-defined]  # a clock that is moved by hand
    dated.officiant.once("confirm", "inventory", cut)
    assert not dated.perform().closed
    back_to(dated, MORNING - 3650 * DAY)
    shown = choose(dated, "again", "try-again", "decide")
    dated.officiant.answers["choose", "inventory"] = lambda choice: "resume"
    found = interruption_of(dated.archive)
    assert found is not None
    plan = compile_plan(load_script(dated.script, past=found.past), "practice", dated.clock.utc())
    tokens = dated.tokens(plan)
    outcome = perform(
        plan, dated.officiant, archive=dated.archive, clock=dated.clock, tokens=tokens, export_to=None, resumes=found
    )
    assert outcome.closed, outcome.fault
    assert [fault.code for fault in shown] == ["CLOCK-BEFORE"] * 3
    (departed,) = departures(dated)
    assert (departed.ceremony, departed.agreed) == ("0001-small", "2016-03-04T08:00:00Z")
    assert not failed(dated)


class TestWithoutAComparedClock:
    """Where no step compares it, the machine's clock dates the ceremony, and nobody can decide in the room."""

    @pytest.fixture
    def uncompared(self, dated: SmallCa) -> SmallCa:
        lines = [line for line in dated.script.read_text().splitlines() if "kind: compare-clock" not in line]
        dated.script.write_text("\n".join(lines) + "\n")
        return dated

    def test_it_is_held_after_the_last_one(self, uncompared: SmallCa) -> None:
        assert uncompared.perform().closed
        assert past_of_archive(uncompared.archive, "practice").register.ceremonies[-1].dated_until == iso(MORNING)
        assert not failed(uncompared)

    def test_it_is_not_opened_before_that(self, uncompared: SmallCa) -> None:
        back_to(uncompared, MORNING - DAY)
        with pytest.raises(CeremonyError) as caught:
            uncompared.perform()
        assert caught.value.code == "CLOCK-BEFORE"
        assert len(list(uncompared.archive.iterdir())) == 1


def test_a_register_without_a_dated_ceremony_contradicts_nothing() -> None:
    from ceremony.transcript.dating import before_last

    assert before_last(Register(mode="practice"), "1970-01-01T00:00:00Z") is None
