"""What people see before a step and after an interruption: asked by the engine's own words, as stored."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ceremony.custody.people import Person
from ceremony.engine import boundary, breaks, introduction, login, presence, resumption, resumption_words, trying
from ceremony.engine.notices import Earlier, InRoom, Line, People
from ceremony.engine.questions import SecretRequest
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.room.program import PROGRAM
from ceremony.script.models import RoleDuty
from ceremony.token.info import TokenInfo
from ceremony.transcript.kinds import (
    CeremonyOpened,
    CeremonyResumed,
    InterruptionRecorded,
    Named,
    PersonPresent,
    StepBegun,
    TokenClosed,
)
from ceremony.tui.glyphs import SAFE
from tests.transcript.samples import SAMPLES

SIZES = [(80, 24), (120, 40)]
LAST = "2026-11-22T11:58:07Z"
DEWI = Person.model_validate(
    {"id": "dewi", "name": "Dewi Lestari", "organisation": "Small CA", "roles": ("custodian",)}
)
DUTY = RoleDuty.model_validate({"people": ("dewi",), "duty": "Hold the token."})
RESUMED = CeremonyResumed(
    reason="The record ended.",
    program=PROGRAM,
    program_sha256="cd" * 32,
    torn_octets=312,
    torn_sha256="ab" * 32,
    found=(
        Named(
            name="signature on root-r1",
            value="announced in line 71. The token may have signed; the signature is lost. It is approved and signed "
            "anew.",
        ),
    ),
    removed=(),
    libraries=(),
    machine=(Named(name="python", value="3.11.9"),),
    overrides=(),
    left_out=(),
    modules=(),
)
HERE = (
    InRoom("rini", "Rini Wulandari", "administrator", "out"),
    InRoom("dewi", "Dewi Lestari", "custodian", "out"),
)


class FewThings(SimpleNamespace):
    """As much of the engine's room as these questions need."""

    before_step = Room.before_step

    @property
    def view(self):
        return self.frame or self.seen


def room_of(officiant, view):
    """At the seventh step of ten."""
    actors = "Agus Santoso, Dewi Lestari, Bambang Prakoso (custodian)"
    steps = [
        SimpleNamespace(step=SimpleNamespace(id=f"s{at}"), number=at, title="Root certificate") for at in range(10)
    ]
    return FewThings(
        officiant=officiant,
        frame=None,
        seen=replace(view, actor=actors, text="Put the token in."),
        actor=DEWI,
        record=lambda *_, **__: None,
        journal=SimpleNamespace(last=70),
        plan=SimpleNamespace(steps=steps, people={"dewi": DEWI}, mode="practice"),
        state=SimpleNamespace(
            steps_done=range(6), keys=["root-r1"], signatures=0, present=["dewi"], arrived={"dewi": None}
        ),
        attempt=2,
    )


def record_of_before():
    """Its last lines: nothing was written after the third. Those of its end belong to no step."""
    lines = (
        next(one for one in SAMPLES if isinstance(one, CeremonyOpened)).model_copy(
            update={"program": PROGRAM, "program_sha256": RESUMED.program_sha256}
        ),
        StepBegun(number=7, step_kind="self-sign", title="Root certificate"),
        InterruptionRecorded(cause="the terminal was closed (SIGHUP)", after=70, decided=False),
        TokenClosed(label="SMALL"),
    )
    events = [SimpleNamespace(seq=70 + at, at=LAST, step=step) for at, step in enumerate(("", "s7", "", ""), -1)]
    return SimpleNamespace(
        entries=[SimpleNamespace(event=event, data=data) for event, data in zip(events, lines, strict=True)]
    )


def returning(room):
    """Dewi comes back from a break."""
    room.state.present = {}
    room.state.arrived = {"dewi": SimpleNamespace(for_person="")}
    breaks._come_back(room, "dewi")


def here_again(room):
    """Dewi answers after an interruption."""
    said = PersonPresent(
        person="dewi", name=DEWI.name, organisation=DEWI.organisation, role="custodian", statement="", for_person=""
    )
    resumption._here_again(room, said)


def stands(room):
    """What is done, half done and not done."""
    here = room.plan.steps[7]
    room.officiant.instruct(resumption_words.what_stands(room, record_of_before(), RESUMED, here))


def decision(room):
    """Whether to go on."""
    return room.officiant.choose(resumption_words.whether_to_go_on(room, RESUMED, room.plan.steps[7]))


def own_pin(room):
    """What a custodian types to sign an approval."""
    prompt = "PIN of token DEWI, serial 3f09ab11"
    request = SecretRequest(room.view, DEWI.name, "credential-pin:DEWI", prompt, warning="3 tries are left.")
    room.officiant.secret(request)


def own_token_new(room):
    """Dewi chooses the PIN of the practice token that is hers from then on."""
    with introduction.of(room, DEWI):
        login.initialise_own(room, SimpleNamespace(label="PRACTICE DEWI"), DEWI)


def own_token_refused(room):
    """It could not be made."""

    def fails(_):
        raise CeremonyError(
            "The token did not answer.", not_done="Nothing was made.", next_step="Look at it.", code="GONE"
        )

    with introduction.of(room, DEWI):
        trying.until_done(room, fails, introduction.opening(DEWI))


def own_token_away(room):
    """In production her token is not in its place."""
    room.plan.mode = "production"
    fault = CeremonyError(
        "There is no token DEWI.", not_done=introduction.NOT_DONE, next_step="Put it in.", code="TOKEN"
    )
    with introduction.of(room, DEWI):
        room.officiant.choose(introduction._what_now(room, DEWI, fault))


def token_again(room):
    """The ceremony's token was logged out for a break; it is recognised before its PIN is asked for."""
    token = TokenInfo("SMALL", "3f09ab11", "Utimaco", "CryptoServer", "2.6", "5.0", True, True, False, False, False, 7)
    with boundary.reopening(room):
        login.recognise(room, token, "ceremony")


def token_again_pin(room):
    """And then opened."""
    with boundary.reopening(room):
        own_pin(room)


def late(room):
    """Dewi did not answer when the roll was called."""
    with presence.coming_in(room, DEWI):
        presence.answer(room, "custodian", DUTY, DEWI)


SCREENS = {
    "own-token-new": (
        own_token_new,
        (
            "Before step 7: Own tokens",
            "Dewi Lestari types",
            "Choose a PIN for your own practice token, PRACTICE DEWI",
            "Dewi Lestari signs today with a token of their own",
            "nobody finds out at the first signature",
            "its owner chooses the PIN here",
        ),
    ),
    "own-token-refused": (
        own_token_refused,
        (
            "FAULT before step 7: The ceremony cannot go on yet",
            "[GONE]",
            "The own token of Dewi Lestari is opened for the first time. Nothing else goes on until that is done.",
            "> Try this again",
        ),
    ),
    "own-token-away": (
        own_token_away,
        (
            "FAULT before step 7: The own token of Dewi Lestari",
            "Its certificate is looked at now, without a PIN",
            "> Look again",
        ),
    ),
    "token-again": (
        token_again,
        (
            "Before step 7: The token again",
            "It is opened again first: the next step needs it.",
            "This is the token SMALL with serial number 3f09ab11.",
        ),
    ),
    "token-again-pin": (
        token_again_pin,
        ("Before step 7: The token again", "It is opened again first: the next step needs it.", "3 tries are"),
    ),
    "late": (late, ("Before step 7: Somebody comes in", "did not answer when the roll was called", "I am present as")),
    "present": (lambda room: presence.answer(room, "custodian", DUTY, DEWI), ("I am present as",)),
    "own-pin": (own_pin, ("Dewi Lestari types", "3 tries are left")),
    "break-begins": (lambda room: breaks._sealed(room, "Lunch."), ("A break begins", "go out, all of you")),
    "break-waits": (
        lambda room: breaks._wait(room, "Lunch.", 4),
        ("BREAK: nobody is in the room", "4 people went out", "> We are back: call the roll"),
    ),
    "break-back": (returning, ("I am Dewi Lestari. I am back in the room", "nobody open a bag or touch the token")),
    "break-ends": (lambda room: breaks._end(room, 4), ("The break ends", "Count heads; look at each bag")),
    "resume-stands": (
        stands,
        (
            "THIS CEREMONY WAS INTERRUPTED",
            "Nothing goes on before you decide",
            "Cause the terminal was closed",
            "Torn line",
        ),
    ),
    "resume-decision": (decision, ("Shall this ceremony go on?", "> Go on with this ceremony", "needs the word ABORT")),
    "resume-roll": (here_again, ("I am Dewi Lestari of Small CA. I am here again after the interruption",)),
}
"""Each question, and the sentences that must be in sight without a key being pressed."""

NOT_BY_A_KEY = (
    "break-begins",
    "break-back",
    "break-ends",
    "present",
    "late",
    "own-pin",
    "own-token-new",
    "token-again",
    "token-again-pin",
    "resume-roll",
)
"""Where F2 and Enter alone must say nothing."""


@pytest.fixture
def asked(launcher):
    """Makes the ceremony ask one thing alone."""

    def ask(name):
        def step(officiant, view):
            officiant.notice(People(HERE))
            launcher.answers.append(SCREENS[name][0](room_of(officiant, view)))

        launcher._step = step

    return ask


def squeezed(text):
    """The text of the right half of the screen (or of the whole one), without its line breaks."""
    lines = [line.rpartition("│")[2] for line in text.splitlines()]
    return " ".join(" ".join(lines).split())


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", SCREENS)
async def test_what_matters_is_in_sight_at_once_and_as_stored(play, golden, asked, name, size):
    asked(name)
    async with play(size, only=("self-sign",)) as player:
        await player.begin()
        await player.until(lambda: all(text in squeezed(player.text) for text in SCREENS[name][1]), name)
        lines = player.text.splitlines()
        assert {letter for letter in player.text if letter not in SAFE and letter != "\n"} == set()
        assert "PRACTICE" in lines[0]
        assert (len(lines) <= size[1], max(map(len, lines)) <= size[0]) == (True, True)
        assert player.app.screen.paper.at_end, "nothing is below the edge"
        assert not player.status.endswith("..")
        assert "then F2" in player.status
        assert "Put the token in." not in player.text or name in {"present", "resume-roll"}, "not now"
        golden(f"custody-{name}-{size[0]}x{size[1]}", player.text)


@pytest.mark.parametrize("name", NOT_BY_A_KEY)
async def test_f2_and_enter_alone_say_nothing_for_anybody(play, asked, launcher, name):
    asked(name)
    async with play(only=("self-sign",)) as player:
        await player.begin()
        await player.until(lambda: all(text in squeezed(player.text) for text in SCREENS[name][1]), name)
        await player.press("enter", "f2")
        await player.until(lambda: "Type" in player.status or "Nothing was saved" in player.status, "a refusal")
        assert launcher.answers == []


async def test_after_an_interruption_the_log_shows_the_record_of_before_and_tells_it_apart(play, launcher, golden):
    def step(officiant, view):
        lines = [Line(at, LAST, "state", "note", f"line {at} of before", f"{at:064x}") for at in range(1, 4)]
        officiant.notice(Earlier(tuple(lines)))
        officiant.notice(Line(4, "2026-11-22T12:00:00Z", "state", "ceremony-resumed", "resumed", "ab" * 32))
        decision(room_of(officiant, view))

    launcher._step = step
    for size in SIZES:
        async with play(size, only=("self-sign",)) as player:
            await player.begin()
            await player.sees("line 3 of before", "4 12:00:00Z ceremony-resumed")
            await player.press("f4")
            await player.sees("The record so far", "AFTER THE INTERRUPTION")
            text = player.text
            order = [
                text.index(part)
                for part in ("BEFORE THE INTERRUPTION", "line 1 of", "line 3 of", "AFTER THE", "resumed")
            ]
            assert order == sorted(order)
            golden(f"custody-record-{size[0]}x{size[1]}", text)
