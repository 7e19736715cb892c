"""What people see of what is done before a step: what it is, and why now, never the step that has not begun."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from ceremony.engine import credentials
from ceremony.errors import CeremonyError


def before(small: Any) -> list[tuple[str, str, str]]:
    """Of each question that stood before a step: its method, where people were, and who acted."""
    return [
        (name, request.step.heading, request.step.actor)
        for name, _, request in small.officiant.asked
        if request.step.before
    ]


def test_who_seals_chooses_the_pin_of_their_own_token_before_the_step_after_the_clock(small: Any) -> None:
    assert small.perform().closed
    assert before(small) == [("secret", "Before step 5: Own tokens", "Rini Wulandari")]
    asked = [request for request in small.officiant.of("secret") if request.name == "credential-pin:PRACTICE rini"]
    first, last = asked
    assert (first.step.before, first.again, first.person) == (True, True, "Rini Wulandari")
    assert "Rini Wulandari signs today with a token of their own." in first.step.text
    assert "chooses the PIN here" in first.step.text
    assert (last.step.heading, last.again) == ("Step 12: Close and seal", False), "typed again where they sign"
    assert small.officiant.of("confirm", "open")[0].step.heading.startswith("Step 5: ")


def test_an_own_token_that_cannot_be_made_is_told_as_what_it_is_and_tried_again(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, faults = credentials.make_practice_credential, []

    def fails_once(*given: Any) -> None:
        if not faults:
            faults.append(
                CeremonyError("The token did not answer.", not_done="Nothing.", next_step="Look.", code="TOKEN-FAULT")
            )
            raise faults[0]
        made(*given)

    monkeypatch.setattr(credentials, "make_practice_credential", fails_once)
    small.officiant.answers["choose", "open"] = lambda _: "try-again"
    assert small.perform().closed
    (choice,) = small.officiant.of("choose", "open")
    assert (choice.step.heading, choice.title) == ("Before step 5: Own tokens", "The ceremony cannot go on yet")
    assert choice.text == (
        "The own token of Rini Wulandari is opened for the first time. Nothing else goes on until that is done."
    )
    (line,) = [entry for entry in small.chain().entries if entry.event.kind == "preparation-failed"]
    assert (line.event.step, line.data.code, line.data.decision) == ("", "TOKEN-FAULT", "try-again")
    assert small.verdict().proved, "\n".join(small.verdict().lines())


def test_a_token_that_is_opened_again_is_told_as_what_it_is_and_the_step_begins_after_it(
    small: Any, softhsm: Any
) -> None:
    away, chosen = softhsm.folder / "away", []

    def pull(_: object) -> None:
        if not away.exists():
            shutil.copytree(softhsm.tokens, away)
            for item in softhsm.tokens.iterdir():
                shutil.rmtree(item)

    def put_back_late(choice: Any) -> str:
        chosen.append(choice)
        if len(chosen) == 2:
            for item in away.iterdir():
                shutil.copytree(item, softhsm.tokens / item.name)
        return "try-again"

    small.officiant.answers["instruct", "sub-key"] = pull
    small.officiant.answers["choose", "sub-key"] = put_back_late
    assert small.perform().closed
    failed, again = chosen
    assert (failed.step.before, failed.title) == (False, "The step could not be done")
    assert (again.step.heading, again.title) == ("Before step 8: The token again", "The ceremony cannot go on yet")
    assert again.text == "The token is opened again. Nothing else goes on until that is done."
    there = [name for name, heading, _ in before(small) if heading == "Before step 8: The token again"]
    assert there == ["choose", "confirm", "secret"], "recognised, and then its PIN"
    told = small.officiant.of("instruct", "sub-key")
    assert [request.step.heading[:7] for request in told] == ["Step 8:"] * 2, "its instruction is shown again"


def test_who_ends_the_ceremony_before_a_step_ends_it_in_good_order_and_the_step_never_began(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise CeremonyError("The token did not answer.", not_done="Nothing.", next_step="Look.", code="TOKEN-FAULT")

    monkeypatch.setattr(credentials, "make_practice_credential", fails)
    assert not small.perform().closed, "people choose to end it where a fault stays"
    lines = small.chain().entries
    kinds = small.kinds()
    failed = kinds.index("preparation-failed")
    assert (kinds[failed + 1], kinds[-1]) == ("interrupted", "ceremony-aborted")
    assert not [entry for entry in lines if entry.event.kind == "step-begun" and entry.event.step == "open"]
    assert "token-closed" in kinds[:failed], "the own token was logged out"


def test_a_fault_of_the_step_itself_is_asked_about_in_the_step(small: Any) -> None:
    small.officiant.answers["secret", "open"] = lambda request: None if request.step.before else "31415926"
    small.perform()
    choices = small.officiant.of("choose", "open")
    assert [choice.step.heading for choice in choices] == ["Step 5: Initialise the token"]
    assert choices[0].fault.code == "PIN-SAME"
