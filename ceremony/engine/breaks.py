"""A break: token logged out, what stays sealed, everybody out; then all back, heads counted, bags looked at."""

from __future__ import annotations

from ceremony.engine.notices import StepView
from ceremony.engine.presence import tell
from ceremony.engine.questions import Blank, Choice, Confirmation, Form, Option
from ceremony.engine.room import Room
from ceremony.engine.views import before_it
from ceremony.errors import CeremonyError, Interrupted
from ceremony.script.moves import may_stand
from ceremony.script.sentences import back_statement
from ceremony.transcript.kinds import BreakBegun, BreakEnded, PersonLeft, PersonReturned

LONGEST = 500
"""Characters of one answer."""

REASON = "the break"
"""Why everybody leaves then."""


def hold_break(room: Room, reason: str) -> None:
    """From the last hand on the token to the first one again. Nothing of a step goes on meanwhile.

    The token is logged out; it is opened again before the next step that needs it. Raises Interrupted where people
    end the ceremony instead of coming back.
    """
    room.close_session()
    sealed = _sealed(room, reason)
    out = tuple(room.state.present)
    if not out:
        return  # they went one by one while the form was filled in: the next step waits for them
    room.record(BreakBegun(reason=reason, sealed=sealed))
    for person in out:
        room.record(PersonLeft(person=person, reason=REASON), actor=person)
    tell(room)
    while not room.state.present:
        _wait(room, reason, len(out))
        for person in out:
            _come_back(room, person)
    _end(room, len(out))


def _view(room: Room) -> StepView:
    return before_it(room.view, "A break", "everybody")


def _sealed(room: Room, reason: str) -> str:
    answers = room.officiant.record(
        Form(
            _view(room),
            "A break begins",
            f"{reason} No token is open. Seal what stays here, write down what is in which bag, and go out, all of "
            "you.",
            (Blank("sealed", "What is sealed in which bag", hint="token in B-0017", check=_said),),
        )
    )
    return " ".join(answers["sealed"].split())


def _wait(room: Room, reason: str, out: int) -> None:
    chosen = room.officiant.choose(
        Choice(
            _view(room),
            "BREAK: nobody is in the room",
            f"{reason} {out} people went out. Nothing goes on until they are back and each has answered the roll.",
            (Option("back", "We are back: call the roll"), Option("abort", "End the ceremony", word="ABORT")),
        )
    )
    if chosen == "abort":
        raise Interrupted("it was decided to end the ceremony in the break")


def _come_back(room: Room, person: str) -> None:
    said = room.plan.people[person]
    statement = back_statement(said)
    if may_stand(room.state, person) and room.officiant.confirm(
        Confirmation(_view(room), said.name, statement, word="PRESENT")
    ):
        room.record(PersonReturned(person=person, statement=statement), actor=person)
        tell(room)


def _end(room: Room, out: int) -> None:
    here = len(room.state.present)
    answers = room.officiant.record(
        Form(
            _view(room),
            "The break ends",
            f"{out} people went out, {here} answered the roll. Count heads; look at each bag and read its number.",
            (
                Blank("heads", "People in the room, counted", check=_counted(here)),
                Blank("bags", "The bags as they were found", hint="B-0017 whole, opened by Agus", check=_said),
            ),
        )
    )
    complaint = _counted(here)(answers["heads"]) or _said(answers["bags"])
    if complaint:
        raise CeremonyError(
            "The break could not be ended.",
            detail=complaint,
            not_done="The token was not opened again.",
            next_step="Begin again with the ceremony, in good order.",
            code="BREAK-HEADS",
        )
    room.record(BreakEnded(heads=here, bags=" ".join(answers["bags"].split())))


def _said(answer: str) -> str | None:
    if not answer.strip():
        return "Please fill this in; write 'nothing' where there is nothing."
    return None if len(answer) <= LONGEST and answer.isprintable() else f"At most {LONGEST} printable characters."


class _counted:  # noqa: N801 - it stands where a function would
    """Says what is wrong with a count of heads, or None."""

    def __init__(self, here: int) -> None:
        self._here = here

    def __call__(self, answer: str) -> str | None:
        if answer.strip() == str(self._here):
            return None
        return f"{self._here} answered the roll. Count again, and send out who does not belong here."
