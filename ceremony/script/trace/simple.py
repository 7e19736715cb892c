"""The traces of the steps about people, the clock, evidence, the inventory, incidents and copies on media."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ceremony.room.clock import iso, parse_iso
from ceremony.script.sentences import clock_statement, inventory_statement, late_statement, present_statement
from ceremony.script.trace.grammar import (
    NOTHING,
    Each,
    Here,
    Line,
    Many,
    Once,
    Part,
    Stop,
    When,
    Who,
    alt,
    maybe,
    pair,
    seq,
)
from ceremony.script.trace.parts import AT_A_TOKEN, LEFT, MISLAID, TOLD, WITNESSED, both, say
from ceremony.script.trace.scene import Holder, Scene
from ceremony.transcript import kinds

# ---- the roll ------------------------------------------------------------------------------------------------------


def present(person: str, role: str, for_person: str = "", statement: str | None = None) -> Line:
    """One person says that they are here, as whom."""

    def holds(scene: Scene, data: kinds.PersonPresent) -> bool:
        said = scene.plan.people[person]
        duty = scene.duty(role)
        for_name = scene.plan.people[for_person].name if for_person else ""
        words = statement if statement is not None else present_statement(said, role, duty.duty, for_name)
        return (data.name, data.organisation, data.statement) == (said.name, said.organisation, words)

    of = (("person", person), ("role", role), ("for_person", for_person))
    return Line(kinds.PersonPresent, Who.PERSON, of=of, person=person, holds=holds, faults=("QUORUM-ABSENT", *LEFT))


def _answer(holder: Holder) -> Part:
    """A holder of a role, who may be absent; then the first free deputy who stands in."""
    role, person = holder.role, holder.person

    def asked(scene: Scene) -> Part:
        if person in scene.state.present or scene.deputy_of(person):
            return NOTHING
        deputies = [
            present(deputy, role, person) for deputy in scene.duty(role).deputies if deputy not in scene.state.present
        ]
        return alt(present(person, role), *deputies, NOTHING)

    return Here(f"person-present@person ({person}, or a deputy), where they are there", asked)


ROLL_CALL: Part = seq(
    Each(Many("the holders of each role", lambda scene: scene.holders), _answer),
    alt(NOTHING, Stop(("QUORUM-ABSENT",))),
)

# ---- evidence, clock, inventory ------------------------------------------------------------------------------------


def _the_form(scene: Scene, data: kinds.Evidence) -> bool:
    """Each blank of the form, filled in as the script wants it."""
    blanks = scene.step.step.fields
    return [field.name for field in data.fields] == [blank.name for blank in blanks] and all(
        field.value == field.value.strip() and not blank.complaint(field.value)
        for field, blank in zip(data.fields, blanks, strict=True)
    )


EVIDENCE: Part = Line(kinds.Evidence, Who.ACTOR, holds=_the_form, faults=(*LEFT, *MISLAID, "EVIDENCE-ANSWER"))


def _agreed_as_said(scene: Scene, data: kinds.ClockCompared | kinds.ClockDeparted) -> bool:
    """What was agreed just before, or what departed from another clock then, is what is recorded now."""
    if isinstance(data, kinds.ClockDeparted) and not _somebody_decided(scene, data):
        return False
    try:
        agreed = (
            data.agreed
            if isinstance(data, kinds.ClockDeparted)
            else iso(parse_iso(data.machine) + timedelta(seconds=data.agreed_offset_seconds))
        )
    except (ValueError, OverflowError):
        return False
    match scene.previous:
        case kinds.Confirmed(statement=said):
            return said == clock_statement(agreed)
        case kinds.ClockDeparted(agreed=before):
            return before == agreed
        case _:
            return False


def _somebody_decided(scene: Scene, data: kinds.ClockDeparted) -> bool:
    """Something was decided, by somebody who was in the room: who decides may go before the clock is stated."""
    return bool(data.decided.strip()) and scene.decides(data.decided_by, scene.state.arrived)


CLOCK_FAULTS = ("CLOCK-", "DECISION-FORM", *LEFT, *MISLAID, "QUORUM-ABSENT")


def agreed_clock(who: Who, person: str = "") -> Part:
    """The clock that was agreed on, after what it departs from; whether it must is judged by CLOCK-DEPARTED."""

    def line(kind: type[kinds.ClockCompared | kinds.ClockDeparted], departs_from: str = "") -> Line:
        of = (("departs_from", departs_from),) if departs_from else ()
        return Line(kind, who, of=of, person=person, holds=_agreed_as_said, faults=CLOCK_FAULTS)

    return seq(
        maybe(line(kinds.ClockDeparted, "machine")),
        maybe(line(kinds.ClockDeparted, "earlier-record")),
        line(kinds.ClockCompared),
    )


COMPARE_CLOCK: Part = seq(
    When(WITNESSED, say(Who.WITNESS, "clock", *CLOCK_FAULTS), say(Who.ACTOR, "clock", *CLOCK_FAULTS)),
    agreed_clock(Who.ACTOR),
)


def _counted(scene: Scene) -> str:
    return inventory_statement(scene.objects_on_token)


def _explained(_: Scene, data: Any) -> bool:
    return not data.missing and not data.unexplained


def _the_own_token(scene: Scene, data: Any) -> bool:
    return (data.label, data.serial) == scene.state.ceremony_token


REVIEW_INVENTORY: Part = alt(
    seq(
        Line(
            kinds.InventoryReviewed,
            holds=lambda scene, data: _explained(scene, data) and _the_own_token(scene, data),
            faults=(*LEFT, *MISLAID, *AT_A_TOKEN),
        ),
        say(Who.ACTOR, "inventory", "INVENTORY-DECLINED", *AT_A_TOKEN, sentence=_counted),
    ),
    seq(Line(kinds.InventoryReviewed, holds=lambda scene, data: not _explained(scene, data)), Stop(("INVENTORY",))),
)

# ---- incident ------------------------------------------------------------------------------------------------------


def _late(late: bool) -> Line:
    return Line(kinds.IncidentRecorded, Who.ACTOR, of=(("late", late),), holds=_as_said, faults=LEFT)


def _as_said(scene: Scene, data: kinds.IncidentRecorded) -> bool:
    """Where it is late, that is what people said just before, of this deadline."""
    if not data.late:
        return True
    said = scene.last_statement
    return said is not None and said.statement == late_statement(data.hours, data.deadline)


INCIDENT: Part = seq(
    alt(NOTHING, Stop(("INCIDENT-FORM",))),
    TOLD,
    alt(_late(False), seq(both("late", "INCIDENT-LATE"), _late(True))),
)

# ---- copies on media -----------------------------------------------------------------------------------------------


def _medium(scene: Scene, data: Any) -> bool:
    return bool(data.medium == scene.step.step.medium)


EXPORT: Part = Once(
    kinds.Exported,
    None,
    pair(
        Line(kinds.ExportIntended, Who.ACTOR, holds=_medium, faults=(*LEFT, *MISLAID, "MEDIA-", "RESUME-MEDIUM")),
        Line(kinds.Exported, Who.ACTOR, holds=_medium),
        "MEDIA-",
    ),
)
