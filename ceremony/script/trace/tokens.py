"""Parts of traces about the ceremony's token and the script's other tokens: made, recognised, opened, PINs renewed."""

from __future__ import annotations

from collections.abc import Callable

from ceremony.script.sentences import environment_statement
from ceremony.script.trace.grammar import NOTHING, Fact, Here, Line, Part, Stop, When, Who, alt, pair, seq
from ceremony.script.trace.parts import (
    AT_A_TOKEN,
    LEFT,
    LOG_OUT,
    TOLD,
    closed,
    found,
    initialised,
    login,
    own_label,
    recognised,
    say,
)
from ceremony.script.trace.scene import Scene
from ceremony.script.trace.shares import handed_out, joined, joined_user_pin, split_anew
from ceremony.transcript import kinds
from ceremony.transcript.register_entries import ShareSetEntry
from ceremony.transcript.token_shares import PURPOSES

Label = Callable[[Scene], str]
OPENED = "(the shares joined)? (pin-refused@actor)* token-opened@actor"


def second_label(scene: Scene) -> str:
    """The label of the other token that the step names."""
    return scene.other_label


def opened(purpose: str, label: Label, *, at_hand: bool = False, known: bool = False) -> Part:
    """A token is found, recognised unless it just was (`known`), and opened: with the PIN that people type or put
    together, or with one that is at hand because it was just made."""

    def join(scene: Scene) -> Part:
        wanted = joined_user_pin(scene)
        if wanted is None:
            return login(Who.ACTOR)
        return seq(joined(wanted, label(scene)), login(Who.ACTOR, joined=True))

    return seq(
        found(purpose, label),
        NOTHING if known else recognised(purpose),
        login(Who.ACTOR, joined=True) if at_hand else Here(OPENED, join),
    )


def made_and_opened(purpose: str, label: Label) -> Part:
    """A token that the step initialises, where an attempt did not yet; then it is opened."""
    new = Fact(
        "it is to be initialised",
        lambda scene: scene.initialises and label(scene) not in scene.state.tokens_initialised,
    )
    split = Fact("its PINs are split", lambda scene: scene.splits)
    anew = Here("made with split PINs", lambda scene: split_anew(label(scene)))
    made_split = seq(anew, opened(purpose, label, at_hand=True))
    made_plain = seq(Here("made", lambda scene: initialised(label(scene))), opened(purpose, label))
    return When(new, When(split, made_split, made_plain), opened(purpose, label))


OVERRIDDEN = Fact("variables could redirect the module", lambda scene: bool(scene.state.overrides))

OPEN_TOKEN: Part = seq(
    When(
        OVERRIDDEN,
        say(
            Who.ACTOR,
            "environment",
            "TOKEN-ENVIRONMENT",
            sentence=lambda scene: environment_statement(scene.state.overrides),
        ),
    ),
    TOLD,
    made_and_opened("ceremony", own_label),
    alt(NOTHING, Stop(AT_A_TOKEN)),
)

REOPEN: Part = seq(opened("ceremony", own_label), alt(NOTHING, Stop(AT_A_TOKEN)))
"""Between steps: the ceremony's token again, where it was lost or logged out."""


def second(*body: Part) -> Part:
    """What is done while the step's other token is open beside the ceremony's own; it is closed again."""
    return seq(made_and_opened("backup", second_label), *body, closed(second_label))


# ---- PINs renewed --------------------------------------------------------------------------------------------------


def _renewed(scene: Scene) -> bool:
    changed = scene.state.pins_changed.get(scene.step_id, [])
    return "user-pin" in changed and changed[-1] == "so-pin"


STAND_IN = Fact("the ceremony goes on from a stand-in", lambda scene: scene.plan.past.stand_in)
DONE = Fact("both PINs were changed in this step", _renewed)


def _officer(scene: Scene) -> Part:
    """The SO PIN put together; of two sets that may be the right one the token tells which."""
    token = scene.state.found
    split = None
    if token is not None:
        split = scene.state.shares.in_force(scene.plan.past.register, token.label, token.serial)
    refused = Line(kinds.PinRefused, Who.ACTOR)
    if token is None or split is None:  # a stand-in in a rehearsal, whose PINs are typed
        return alt(When(STAND_IN, NOTHING, Stop(())), seq(refused, Stop(("PIN-REFUSED",))))
    known = split.shares_of("so-pin")
    ways: list[Part] = []
    sets = (known, *split.pending_of("so-pin"))
    for place, wanted in enumerate(sets):
        ways.append(_tried(token.label, wanted, sets[place + 1 :], told=wanted is not known))
    return alt(*ways)


def _tried(label: str, wanted: ShareSetEntry, others: tuple[ShareSetEntry, ...], *, told: bool) -> Part:
    of = (("label", label), ("purpose", "so-pin"), ("identifier", wanted.identifier))
    taken = Line(kinds.PinChanged, of=of) if told else NOTHING
    refused = Line(kinds.PinRefused, Who.ACTOR, of=(("label", label),))
    after = alt(*(_tried(label, item, (), told=True) for item in others), Stop(("PIN-REFUSED",)))
    return seq(joined(wanted, label), alt(taken, seq(refused, after), Stop(AT_A_TOKEN)))


def _new_pins(scene: Scene) -> Part:
    label = scene.token_label
    changes = [
        pair(
            Line(kinds.PinChanging, of=(("label", label), ("purpose", purpose)), faults=(*LEFT, *AT_A_TOKEN)),
            Line(kinds.PinChanged, of=(("label", label), ("purpose", purpose))),
            *AT_A_TOKEN,
        )
        for purpose in PURPOSES
    ]
    return seq(handed_out(label), *changes)


def _renew(purpose: str) -> Part:
    """New PINs for a token whose PINs are split, by the holders of its SO PIN; then it is opened with the new ones."""

    def label(scene: Scene) -> str:
        return scene.token_label

    changed = seq(
        found(purpose, label),
        recognised(purpose),
        alt(NOTHING, Stop((*LEFT, *AT_A_TOKEN, "PINS-NOT-SPLIT"))),
        Here("the SO PIN joined", _officer),
        When(
            DONE,
            opened(purpose, label, known=True),
            seq(
                Here("new PINs split, proved, and changed", _new_pins), opened(purpose, label, at_hand=True, known=True)
            ),
        ),
    )
    return seq(TOLD, LOG_OUT, When(DONE, opened(purpose, label), changed), CLOSE_UNLESS_IN_USE)


STAYS_OPEN = Fact("it is the ceremony's token, which was opened before", lambda scene: scene.stays_open)
CLOSE_UNLESS_IN_USE: Part = When(STAYS_OPEN, NOTHING, closed(lambda scene: scene.token_label))

OF_ANOTHER = Fact("of one of the script's other tokens", lambda scene: scene.step.step.other_token_named is not None)
RENEW_PINS: Part = When(OF_ANOTHER, _renew("backup"), _renew("ceremony"))
