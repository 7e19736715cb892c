"""Parts that the traces of many steps share: statements, files, tokens opened, what people say with their own key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ceremony.script.sentences import token_statement
from ceremony.script.trace.grammar import (
    NOTHING,
    Alt,
    Fact,
    Here,
    Line,
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
from ceremony.script.trace.scene import Scene
from ceremony.script.trace.written import as_they_must_be
from ceremony.transcript import kinds
from ceremony.transcript.archive import credential_path
from ceremony.transcript.kinds import About, EventData, FilesOf

LEFT = ("PRESENCE-LEFT",)
"""Somebody who is to do something is not in the room."""

AT_A_TOKEN = ("TOKEN-", "PIN-", "KEY-")
"""What a token refuses, or what is found on it."""

RANDOM = ("RANDOM-",)
"""A random source that repeats itself."""

MISLAID = ("ITEM-PLACE",)
"""An item that a step needs is not on the table."""

WORDS: dict[About, str] = {
    "bag": "YES",
    "clock": "YES",
    "contents": "YES",
    "counts": "YES",
    "destruction": "YES",
    "environment": "YES",
    "handed-over": "YES",
    "inventory": "YES",
    "item-destroyed": "DESTROYED",
    "items": "YES",
    "late": "LATE",
    "module": "YES",
    "parking": "YES",
    "received": "YES",
    "script": "YES",
    "seal": "SEAL",
    "sealed": "YES",
    "swap": "YES",
    "taken": "TAKEN",
    "token": "YES",
}
"""What is typed to make each statement."""

Sentence = Callable[[Scene], str]

TOLD: Part = Line(
    kinds.Instructed,
    Who.ACTOR,
    holds=lambda scene, data: data.text == scene.step.step.text,
    faults=(*LEFT, *MISLAID, *AT_A_TOKEN, "QUORUM-ABSENT"),
)
"""The script's instruction, acknowledged."""


def say(who: Who, about: About, *declined: str, sentence: Sentence | None = None, person: str = "") -> Line:
    """A statement; `declined` are the codes where it is not made, `sentence` its words where they are known here."""
    return Line(
        kinds.Confirmed,
        who,
        of=(("about", about), ("word", WORDS[about])),
        person=person,
        holds=(lambda scene, data: data.statement == sentence(scene)) if sentence is not None else None,
        faults=(*LEFT, *declined),
    )


def both(about: About, *declined: str, sentence: Sentence | None = None) -> Part:
    """A statement of the actor, and of the witness where the step has one."""
    return seq(
        say(Who.ACTOR, about, *declined, sentence=sentence),
        When(WITNESSED, say(Who.WITNESS, about, *declined, sentence=sentence)),
    )


WITNESSED = Fact("the step has a witness", lambda scene: bool(scene.step.witnesses))


def files(what: FilesOf, name: str) -> Part:
    """Files, announced and then written."""
    of = (("what", what), ("name", name))
    intent = Line(kinds.ArtefactIntended, of=of, holds=as_they_must_be)
    return pair(intent, Line(kinds.ArtefactsWritten, of=of, holds=_those_files), "MEDIA-", *LEFT)


def _those_files(scene: Scene, data: kinds.ArtefactsWritten) -> bool:
    """All that were announced, in that order."""
    said = scene.previous
    return isinstance(said, kinds.ArtefactIntended) and said.paths == tuple(file.path for file in data.files)


def files_once(what: FilesOf, name: str) -> Part:
    """Files that an earlier attempt may have written."""
    return Once(kinds.ArtefactsWritten, (what, name), files(what, name))


def initialised(label: str) -> Part:
    """A token is made out of an uninitialised one."""
    of = (("label", label),)
    intent = Line(kinds.TokenInitialising, of=of, faults=(*LEFT, *AT_A_TOKEN, "QUORUM-ABSENT"))
    return pair(intent, Line(kinds.TokenInitialised, of=of), *AT_A_TOKEN)


# ---- tokens --------------------------------------------------------------------------------------------------------


def _the_token_found(scene: Scene, data: Any) -> bool:
    found = scene.state.found
    return found is not None and (data.label, data.serial) == (found.label, found.serial)


def login(who: Who, person: str = "", *, joined: bool = False) -> Part:
    """The PIN, until the token takes it: three times where it is typed, once where it was put together."""
    return _login(who, person, 1, 1 if joined else 3)


def _login(who: Who, person: str, tries: int, most: int) -> Part:
    opened = Line(
        kinds.TokenOpened,
        who,
        of=(("tries", tries),),
        person=person,
        holds=_the_token_found,
        faults=(*LEFT, *AT_A_TOKEN),
    )
    refused = Line(
        kinds.PinRefused,
        who,
        person=person,
        holds=lambda scene, data: scene.state.found is not None and data.label == scene.state.found.label,
    )
    again = _login(who, person, tries + 1, most) if tries < most else Stop(("PIN-REFUSED",))
    return alt(opened, seq(refused, again))


def found(purpose: str, label: Callable[[Scene], str]) -> Line:
    """A token was looked for, and says what it is."""
    return Line(
        kinds.TokenFound,
        of=(("purpose", purpose),),
        holds=lambda scene, data: data.label == label(scene),
        faults=(*LEFT, *AT_A_TOKEN),
    )


def recognised(purpose: str) -> Line:
    """The actor compares the token that was found with the device."""

    def sentence(scene: Scene) -> str:
        token = scene.state.found
        return token_statement(purpose, token.label, token.serial) if token is not None else ""

    return say(Who.ACTOR, "token", "TOKEN-DECLINED", sentence=sentence)


def own_label(scene: Scene) -> str:
    """The label of the ceremony's own token."""
    return scene.plan.token_label


def closed(label: Callable[[Scene], str]) -> Line:
    """A token is logged out."""
    return Line(
        kinds.TokenClosed,
        holds=lambda scene, data: data.label == label(scene) and data.label in scene.state.open_tokens,
    )


OWN_TOKEN_OPEN = Fact("the ceremony's token is open", lambda scene: scene.plan.token_label in scene.state.open_tokens)
LOG_OUT: Part = When(OWN_TOKEN_OPEN, closed(own_label))
"""The ceremony's token is logged out, where it is open."""


# ---- what people say with a key of their own -----------------------------------------------------------------------


def open_own(person: str) -> Part:
    """A person's own token is opened: made first where it was not introduced, in practice; its certificate is kept
    where that could not be done before."""

    def label(scene: Scene) -> str:
        return scene.plan.own_label(person)

    introduced = Fact("it was introduced", lambda scene: person in scene.state.introduced)
    practice = Fact("practice", lambda scene: scene.plan.mode == "practice")
    make = Here("made", lambda scene: maybe(initialised(label(scene))))
    return seq(
        When(introduced, NOTHING, When(practice, make)),
        found("credential", label),
        login(Who.PERSON, person),
    )


def own_closed(person: str) -> Line:
    """A person's own token is logged out."""
    return closed(lambda scene: scene.plan.own_label(person))


def keep_own(person: str) -> Part:
    """The person's certificate, where it is not kept yet; it may be found then that it cannot serve."""
    kept = Fact("its certificate is kept", lambda scene: credential_path(person) in scene.state.files)
    return When(kept, NOTHING, alt(files("credential", person), Stop(("CREDENTIAL-", *AT_A_TOKEN, *LEFT))))


def own_word(kind: type[EventData], person: str, *of: tuple[str, object], faults: tuple[str, ...] = ()) -> Part:
    """A person says something: signed with their own key where it must be, else typed."""
    told = (*LEFT, "CREDENTIAL-", *AT_A_TOKEN, *faults)
    typed = Line(kind, Who.PERSON, of=(*of, ("method", "typed")), person=person, faults=told)
    signed = Line(kind, Who.PERSON, of=(*of, ("method", "signed")), person=person, faults=told)
    must_sign = Fact("with a key of their own", lambda scene: scene.must_sign(person))
    by_key = seq(open_own(person), keep_own(person), signed, own_closed(person))
    return When(must_sign, by_key, typed)


def approve(name: str) -> Part:
    """As many as are needed approve, one after another, in the order in which they hold the role."""
    return Here(
        f"each of the approvers: (digest-read-back@person)? approved@person ({name})", lambda s: _first(s, name)
    )


def _first(scene: Scene, name: str) -> Part:
    asked = [(person.id, not scene.may_be_passed(person.id)) for person in scene.approvers if scene.here(person.id)]
    return _approvals(name, asked, scene.needed)


def _approvals(name: str, asked: list[tuple[str, bool]], needed: int) -> Part:
    """`asked` are those who may have been in the room at first, and whether they certainly were."""
    if not needed:
        return NOTHING
    ways: list[Part] = [Stop(("QUORUM-ABSENT",))]
    for place, (person, certain) in enumerate(asked):
        rest = asked[place + 1 :]
        ways.append(seq(_approval(name, person), _later(name, rest, needed - 1)))
        if certain:
            break
    return Alt(tuple(ways))


def _later(name: str, asked: list[tuple[str, bool]], needed: int) -> Part:
    return Here("the others", lambda _: _approvals(name, asked, needed))


def _approval(name: str, person: str) -> Part:
    of = ("name", name)
    read_back = Fact("words of the digest are read back", lambda scene: scene.plan.policy.custody.read_back)
    refused = Line(kinds.ApprovalRefused, Who.PERSON, of=(of,), person=person)
    return seq(
        When(read_back, Line(kinds.ReadBack, Who.PERSON, of=(of,), person=person, faults=(*LEFT, "READ-BACK"))),
        alt(own_word(kinds.Approved, person, of), seq(refused, Stop(("APPROVAL-REFUSED",)))),
    )


def reviewed(name: str) -> Line:
    """The actor saw each row of a review to its end, and none differed."""
    return Line(
        kinds.Reviewed,
        Who.ACTOR,
        of=(("name", name), ("unequal", 0)),
        faults=(*LEFT, *AT_A_TOKEN, "QUORUM-ABSENT", "DESCRIBE"),
    )


def reviewed_unequal(name: str) -> Part:
    """A row differed: nothing may follow."""
    line = Line(kinds.Reviewed, Who.ACTOR, of=(("name", name),), holds=lambda _, data: data.unequal > 0, faults=LEFT)
    return seq(line, Stop(("REVIEW-UNEQUAL", "KEY-DIFFERS")))


def review(name: str, *then: Part) -> Part:
    """A review, and what follows where nothing differed."""
    return alt(seq(reviewed(name), *then), reviewed_unequal(name))


def deed(
    intent: type[EventData],
    outcome: type[EventData],
    name: str,
    *faults: str,
    field: str = "key",
    holds: Callable[[Scene, Any], bool] | None = None,
) -> Part:
    """What was approved is announced, and done right after it."""
    of = ((field, name),)
    announced = Line(intent, of=of, faults=(*LEFT, *AT_A_TOKEN, "APPROVAL-DIGEST"), holds=holds)
    return pair(announced, Line(outcome, of=of), *AT_A_TOKEN, *faults)
