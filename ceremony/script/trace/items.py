"""The traces of the steps of the custody ledger: what is read aloud is confirmed by a witness, and recorded once."""

from __future__ import annotations

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
    maybe,
    seq,
)
from ceremony.script.trace.parts import LEFT, TOLD, say
from ceremony.script.trace.scene import Scene
from ceremony.transcript import kinds
from ceremony.transcript.kinds import About, EventData

FAULTS = ("ITEM-", *LEFT)
DEPARTURE: Part = maybe(Line(kinds.Departure, Who.ACTOR, faults=FAULTS))
"""A decision to go on although something is not as the record has it; whether it was needed, the ledger says."""


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
        lambda item: Once(
            kinds.ItemReceived, (item,), seq(DEPARTURE, witnessed("received"), _line(kinds.ItemReceived, item))
        ),
    ),
)
CHECK_BAG: Part = seq(TOLD, Once(kinds.BagChecked, None, seq(DEPARTURE, witnessed("bag"), _line(kinds.BagChecked))))
OPEN_BAG: Part = seq(
    TOLD,
    Once(kinds.BagOpened, None, seq(DEPARTURE, witnessed("bag"), _line(kinds.BagOpened))),
    Once(
        kinds.ContentsFound,
        None,
        seq(DEPARTURE, witnessed("contents"), Repeat(_line(kinds.ItemMissing)), _line(kinds.ContentsFound)),
    ),
)
SEAL_BAG: Part = seq(TOLD, Once(kinds.BagSealed, None, seq(witnessed("sealed"), _line(kinds.BagSealed))))


def _taken(scene: Scene) -> Part:
    """Where they go to one of the people of this ceremony, that person says so."""
    to = scene.step.step.to
    named = any(to in duty.people for duty in scene.plan.script.roles.values())
    return say(Who.PERSON, "taken", *FAULTS, person=to) if named else NOTHING


HAND_OVER: Part = seq(
    TOLD,
    Once(
        kinds.ItemsHandedOver,
        None,
        seq(
            Here("statement-confirmed@person, of who takes them", _taken),
            witnessed("handed-over"),
            _line(kinds.ItemsHandedOver),
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
