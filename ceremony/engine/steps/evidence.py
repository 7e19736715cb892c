"""What only people can give: statements, numbers read off bags and screens."""

from __future__ import annotations

from collections.abc import Callable

from ceremony.engine.questions import Blank, Form
from ceremony.engine.room import Room
from ceremony.engine.statements import state
from ceremony.errors import CeremonyError
from ceremony.script import models
from ceremony.transcript.kinds import Evidence, Named


def attest(room: Room, step: models.Attest) -> None:
    """The actor, and the witness where there is one, make the script's statement."""
    for person in filter(None, (room.actor, room.witness)):
        declined = CeremonyError(
            "The statement was not confirmed.",
            detail=f"{person.name} does not state: {' '.join(step.statement.split())}",
            not_done="The step is not done.",
            next_step="Put right what is not so and try again, record a deviation (F8), or end the ceremony.",
            code="STATEMENT-DECLINED",
        )
        state(room, person, "script", step.statement, declined=declined)


def record(room: Room, step: models.Record) -> None:
    """The actor fills in the script's form."""
    blanks = tuple(
        Blank(field.name, field.label, hint=field.hint or "", check=_stripped(field)) for field in step.fields
    )
    answers = room.officiant.record(Form(room.view, room.view.title, step.text, blanks))
    fields = []
    for blank in blanks:
        answer = answers.get(blank.name, "").strip()
        complaint = blank.check(answer) if blank.check else None
        if complaint:
            raise CeremonyError(
                "An answer is not acceptable.",
                detail=f"{blank.label}: {complaint}",
                not_done="Nothing was recorded.",
                next_step="Fill in the form again.",
                code="EVIDENCE-ANSWER",
            )
        fields.append(Named(name=blank.name, value=answer))
    room.record(Evidence(fields=tuple(fields)), actor=room.actor.id)


def _stripped(field: models.RecordField) -> Callable[[str], str | None]:
    return lambda answer: field.complaint(answer.strip())
