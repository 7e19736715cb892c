"""What may stand between two steps: breaks, people who come late, own tokens introduced, the token opened again; and
how a ceremony goes on after an interruption, and ends."""

from __future__ import annotations

from ceremony.script.sentences import (
    SEAL_EARLY,
    again_statement,
    back_statement,
    environment_statement,
    module_statement,
)
from ceremony.script.trace.close import RECEIPTS, sealed_by, slips
from ceremony.script.trace.grammar import NOTHING, Fact, Here, Line, Part, Repeat, Stop, When, Who, alt, maybe, seq
from ceremony.script.trace.parts import (
    LEFT,
    LOG_OUT,
    closed,
    files,
    keep_own,
    open_own,
    own_closed,
    own_label,
    say,
)
from ceremony.script.trace.scene import Scene
from ceremony.script.trace.simple import CLOCK_FAULTS, agreed_clock, present
from ceremony.script.trace.tokens import REOPEN
from ceremony.transcript import kinds

THE_BREAK = "the break"
"""Why everybody leaves in a break."""

# ---- breaks and people -----------------------------------------------------------------------------------------------


def _all_out(scene: Scene) -> Part:
    reason = (("reason", THE_BREAK),)
    return seq(*(Line(kinds.PersonLeft, Who.PERSON, of=reason, person=name) for name in scene.state.present))


def _back(scene: Scene) -> Part:
    return _returns(scene.state.sent_out)


def _returns(out: tuple[str, ...]) -> Part:
    """Some of those who went out come back, in the order in which they went."""
    ways: list[Part] = [NOTHING]
    for place, person in enumerate(out):
        back = Line(
            kinds.PersonReturned,
            Who.PERSON,
            person=person,
            holds=lambda scene, data: data.statement == back_statement(scene.plan.people[data.person]),
        )
        ways.append(seq(back, _later(out[place + 1 :])))
    return alt(*ways)


def _later(out: tuple[str, ...]) -> Part:
    return Here("others", lambda _: _returns(out))


NOBODY = Fact("everybody went out by themselves", lambda scene: not scene.state.present)
BREAK: Part = alt(
    seq(
        LOG_OUT,
        Line(kinds.BreakBegun),
        Here("person-left@person, of each in the room", _all_out),
        Here("person-returned@person, of those who come back", _back),
        Line(kinds.BreakEnded, holds=lambda scene, data: data.heads == len(scene.state.present)),
    ),
    seq(closed(own_label), When(NOBODY, NOTHING, Stop(()))),
)


def _late_comers(scene: Scene) -> Part:
    ways = [
        present(person, role, for_person)
        for person, (role, for_person) in scene.places.items()
        if person not in scene.state.arrived
    ]
    return alt(*ways) if ways else Stop(())


ENTER: Part = When(
    Fact("the roll was called", lambda scene: bool(scene.state.arrived)),
    Here("person-present@person, coming late", _late_comers, leaves=True),
    Stop(()),
)

# ---- own tokens ------------------------------------------------------------------------------------------------------


def _introductions(scene: Scene) -> Part:
    wanting = [
        name
        for name in dict.fromkeys((*scene.earlier, *scene.state.present))
        if name not in scene.state.introduced and name in scene.plan.people
    ]
    return alt(*(_introduced(name) for name in wanting)) if wanting else Stop(())


def _introduced(person: str) -> Part:
    """In practice a person's own token is made, in production its certificate is looked at; it is kept."""
    in_practice = Fact("practice", lambda scene: scene.plan.mode == "practice")
    ends = Line(kinds.CertificateEnds, of=(("person", person),))
    unseen = Line(kinds.CertificateUnseen, of=(("person", person),))
    return When(
        in_practice,
        seq(open_own(person), keep_own(person), own_closed(person)),
        alt(seq(files("credential", person), maybe(ends)), unseen),
    )


INTRODUCE: Part = Here("own tokens introduced", _introductions, leaves=True)

NEEDED = Fact(
    "the step needs the token, which was opened before and is not open",
    lambda scene: (
        scene.in_use
        and scene.step.step.demands.session == "needs"
        and scene.plan.token_label not in scene.state.open_tokens
    ),
)

GAP: Part = Repeat(alt(BREAK, ENTER, INTRODUCE, Line(kinds.QuorumAwaited), When(NEEDED, REOPEN, Stop(()))))
"""Between two steps."""

# ---- after an interruption -------------------------------------------------------------------------------------------


def _roll(scene: Scene) -> Part:
    if not any(item.step.kind == "roll-call" for item in scene.plan.steps):
        return NOTHING
    asked = (
        maybe(present(name, said.role, said.for_person, again_statement(scene.plan.people[name])))
        for name, said in scene.state.away.items()
        if name in scene.plan.people
    )
    return seq(*asked, alt(NOTHING, Stop(("QUORUM-ABSENT", *LEFT))))


def _clock(scene: Scene) -> Part:
    """The clock compared again, by those whose step it was."""
    if scene.state.clock_stands:
        return NOTHING
    compared = [item for item in scene.plan.steps if item.step.kind == "compare-clock"]
    step = next((item for item in compared if item.step.id in scene.state.attempts), None)
    if step is None:
        return NOTHING
    actors, witnesses = scene.first_of(step.actors), scene.first_of(step.witnesses)
    agreed = alt(*(say(Who.PERSON, "clock", *CLOCK_FAULTS, person=name) for name in witnesses or actors))
    recorded = (agreed_clock(Who.NAMED, name) for name in actors)
    return seq(alt(agreed, Stop(CLOCK_FAULTS)), alt(*recorded))


def _agreeing(scene: Scene) -> tuple[str, ...]:
    """Everybody who is here again; where no roll was called, who acts."""
    return tuple(scene.state.present) or scene.actors[:1]


def _host(scene: Scene) -> Part:
    """What could redirect the module is explained anew; to another module each who is here agrees."""
    people = _agreeing(scene)
    asked: list[Part] = []
    if scene.state.overrides:
        asked += [
            say(
                Who.PERSON,
                "environment",
                "TOKEN-ENVIRONMENT",
                sentence=lambda scene: environment_statement(scene.state.overrides),
                person=name,
            )
            for name in people[:1]
        ]
    if scene.state.other_modules:
        asked += [
            say(
                Who.PERSON,
                "module",
                "TOKEN-OTHER",
                sentence=lambda scene: module_statement(scene.state.modules_changed),
                person=name,
            )
            for name in people
        ]
    return seq(*asked)


def _agreement(scene: Scene) -> Part:
    """Everybody who is here again agrees; the first of them says so."""
    here = scene.step.step.id
    attempt = scene.state.attempts.get(here, 0) + 1
    people = _agreeing(scene)
    return alt(
        *(
            Line(
                kinds.ResumptionAgreed,
                Who.NAMED,
                of=(("step", here), ("attempt", attempt), ("people", people)),
                person=name,
            )
            for name in people[:1]
        )
    )


RESUMPTION: Part = seq(
    Repeat(files("torn", "")),
    Here("person-present@person, of each who was there", _roll),
    Here("the clock compared again", _clock),
    Here("what could redirect the module explained, and another module agreed to", _host),
    Here("resumption-agreed@person", _agreement),
    GAP,
)
"""After `ceremony-resumed`, up to the next step."""

# ---- the end ---------------------------------------------------------------------------------------------------------


def _sealed_early(scene: Scene) -> Part:
    """Who seals a close seals an early end, too, with other words; then the last line is theirs."""
    return sealed_by(scene, SEAL_EARLY, _last_line)


def _last_line(person: str) -> Part:
    return Line(kinds.CeremonyAborted, Who.NAMED, of=(("sealed_by", person),), person=person)


BROKEN_OFF: Part = LOG_OUT
"""After something befell the ceremony: its record stays open."""

ENDING: Part = seq(
    LOG_OUT,
    When(RECEIPTS, Here("receipts", slips)),
    Here("the sealer's own token opened, their consent, and the last line", _sealed_early),
)
"""After people ended the ceremony before its close. Wherever this cannot go on, the engine's own last line may follow:
nothing keeps a ceremony from ending."""
