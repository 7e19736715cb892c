"""The traces of the steps of the custody ledger: what is read aloud is confirmed by a witness, and recorded once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ceremony.script.trace.grammar import (
    NOTHING,
    Each,
    Here,
    Line,
    Many,
    Once,
    Part,
    Repeat,
    Who,
    alt,
    seq,
)
from ceremony.script.trace.parts import LEFT, TOLD, say
from ceremony.script.trace.scene import Scene
from ceremony.transcript import kinds
from ceremony.transcript.kinds import About, EventData

FAULTS = ("ITEM-", *LEFT)
Departs = Callable[[Scene, Any], bool]
"""Whether something is not as the record has it, by the line that says how it is."""


def found(about: About, kind: type[EventData], departs: Departs, item: str = "", *, before: Part = NOTHING) -> Part:
    """What was found, confirmed by the witness; after a decision exactly where it is not as the record has it. What the
    decision says, the ledger's rules look at."""
    decision = Line(kinds.Departure, Who.ACTOR, holds=_decided, faults=(*FAULTS, "DECISION-FORM"))
    line = _line(kind, item)
    other = replace(line, holds=departs)
    same = replace(line, holds=lambda scene, data: not departs(scene, data))
    return alt(seq(decision, witnessed(about), before, other), seq(witnessed(about), same))


def _decided(scene: Scene, data: kinds.Departure) -> bool:
    """Something was decided, by somebody in the room."""
    return bool(data.decided.strip()) and scene.decides(data.decided_by, scene.state.present)


def _damaged(_: Scene, data: kinds.ItemReceived) -> bool:
    return data.condition != "intact"


def _another_bag(_: Scene, data: kinds.BagChecked | kinds.BagOpened) -> bool:
    return (data.number, data.condition) != (data.expected, "intact")


def _other_contents(scene: Scene, data: kinds.ContentsFound) -> bool:
    book = scene.state.ledger
    missing = isinstance(scene.previous, kinds.ItemMissing)
    return missing or any(held.serial != book.serial(held.item) for held in data.items)


def witnessed(about: About) -> Line:
    """The witness confirms what was read aloud."""
    return say(Who.WITNESS, about, *FAULTS)


def _line(kind: type[EventData], item: str = "") -> Line:
    return Line(kind, Who.ACTOR, of=(("item", item),) if item else (), faults=FAULTS)


ITEMS = Many("items of the step", lambda scene: scene.step.step.items_named)
RECEIVE: Part = seq(
    TOLD,
    Each(
        ITEMS,
        lambda item: Once(kinds.ItemReceived, (item,), found("received", kinds.ItemReceived, _damaged, item)),
    ),
)
CHECK_BAG: Part = seq(TOLD, Once(kinds.BagChecked, None, found("bag", kinds.BagChecked, _another_bag)))
OPEN_BAG: Part = seq(
    TOLD,
    Once(kinds.BagOpened, None, found("bag", kinds.BagOpened, _another_bag)),
    Once(
        kinds.ContentsFound,
        None,
        found("contents", kinds.ContentsFound, _other_contents, before=Repeat(_line(kinds.ItemMissing))),
    ),
)
SEAL_BAG: Part = seq(TOLD, Once(kinds.BagSealed, None, seq(witnessed("sealed"), _line(kinds.BagSealed))))


def _taker(scene: Scene) -> str:
    """The one of the people of this ceremony to whom items go; empty where they go to somebody else."""
    to = str(scene.step.step.to)
    return to if any(to in duty.people for duty in scene.plan.script.roles.values()) else ""


def _taken(scene: Scene) -> Part:
    """Where they go to one of the people of this ceremony, that person says so."""
    to = _taker(scene)
    return say(Who.PERSON, "taken", *FAULTS, person=to) if to else NOTHING


def _to_them(scene: Scene, data: kinds.ItemsHandedOver) -> bool:
    return data.to_person == _taker(scene)


HAND_OVER: Part = seq(
    TOLD,
    Once(
        kinds.ItemsHandedOver,
        None,
        seq(
            Here("statement-confirmed@person, of who takes them", _taken),
            witnessed("handed-over"),
            replace(_line(kinds.ItemsHandedOver), holds=_to_them),
        ),
    ),
)
DESTROY_ITEM: Part = seq(
    TOLD,
    Each(
        ITEMS,
        lambda item: Once(
            kinds.ItemDestroyed,
            (item,),
            seq(
                say(Who.ACTOR, "item-destroyed", *FAULTS),
                witnessed("item-destroyed"),
                _line(kinds.ItemDestroyed, item),
            ),
        ),
    ),
)
