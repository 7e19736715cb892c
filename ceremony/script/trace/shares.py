"""Parts of traces about PINs that are split: drawn and handed out, and put together again by their holders."""

from __future__ import annotations

from collections.abc import Callable

from ceremony.custody.roles import HOLDER, exclusive
from ceremony.script.sentences import swap_statement
from ceremony.script.trace.grammar import NOTHING, Alt, Fact, Here, Line, Part, Stop, Subject, When, Who, alt, seq
from ceremony.script.trace.parts import AT_A_TOKEN, LEFT, initialised, say
from ceremony.script.trace.scene import Scene
from ceremony.transcript import kinds
from ceremony.transcript.kinds.shares import Purpose
from ceremony.transcript.register_entries import ShareSetEntry
from ceremony.transcript.token_shares import PURPOSES, set_entry

ASKED = ("SHARE-NOT-GIVEN", "SHARE-TERMINAL", *LEFT)
"""Codes where a holder could not be asked: nobody is there, or no screen or words are."""

NOT_THE_SHARE = (
    "SHARE-CHECKSUM",
    "SHARE-FOREIGN",
    "SHARE-HOLDER",
    "SHARE-LENGTH",
    "SHARE-MISSING",
    "SHARE-PURPOSE",
    "SHARE-SET",
    "SHARE-WORD",
)
"""Why what one holder typed is not the share that was asked for."""

NOT_TOGETHER = (
    "SHARE-CHECK-VALUE",
    "SHARE-INCONSISTENT",
    "SHARE-MISSING",
    "SHARE-SET",
    "SHARE-TOO-FEW",
    "SHARE-TWICE",
    "SHARE-UNREADABLE",
)
"""Why shares that were each accepted do not give the PIN."""

Wanted = tuple[str, Purpose]
"""The label of a token, and which of its PINs."""

Asked = list[tuple[int, str, bool]]
"""The number of the share, its holder, and whether that person certainly was in the room when holders were asked."""

Whole = Callable[[tuple[str, ...]], Part]
"""What follows once as many as are needed have entered theirs, by their ids in that order."""


def _not_gone_on(scene: Scene) -> Part:
    """People do not go on after a refusal: the attempt fails with the code that the refusal has."""
    said = scene.previous
    return Stop((said.code,) if isinstance(said, kinds.ShareRefused | kinds.SharesRefused) else ())


STOPPED: Part = Here("the attempt fails for that", _not_gone_on)


def _together(label: str, purpose: Purpose, identifier: int, persons: tuple[str, ...]) -> Part:
    """Shares that were each accepted do not belong together."""
    of = (("label", label), ("purpose", purpose), ("identifier", identifier), ("persons", persons))
    return seq(Line(kinds.SharesRefused, of=of, holds=lambda _, data: data.code in NOT_TOGETHER), STOPPED)


SWAP: Part = seq(
    Line(kinds.SwapLookedAt, faults=("SHARES-HOLDERS", *LEFT, *AT_A_TOKEN)),
    When(
        Fact("the machine has swap", lambda scene: bool(scene.state.swap)),
        say(Who.ACTOR, "swap", "SHARES-MEMORY", sentence=lambda scene: swap_statement(scene.state.swap)),
    ),
)
"""Before a share is shown or asked for."""


# ---- put together --------------------------------------------------------------------------------------------------


def joined(wanted: ShareSetEntry, label: str) -> Part:
    """As many holders of a set as are needed enter their shares, in the order of the set; one may be passed over."""

    def first(scene: Scene) -> Part:
        asked = [
            (index, name, not scene.may_be_passed(name))
            for index, name in enumerate(wanted.holders, start=1)
            if scene.here(name) and name in scene.plan.people and _holds(scene, name)
        ]
        return _shares((label, wanted.purpose), asked, wanted.threshold, (), whole)

    def whole(persons: tuple[str, ...]) -> Part:
        return alt(NOTHING, Stop(LEFT), _together(label, wanted.purpose, wanted.identifier, persons))

    return seq(SWAP, Here("share-entered@person, of as many as are needed", first))


def _holds(scene: Scene, name: str) -> bool:
    said = scene.state.arrived.get(name)
    return said is not None and not exclusive(said.role, HOLDER)


def _shares(wanted: Wanted, asked: Asked, missing: int, given: tuple[str, ...], whole: Whole) -> Part:
    """`given` are those who have entered theirs."""
    if not missing:
        return whole(given)
    ways: list[Part] = [Stop(LEFT)]
    for place, (index, person, certain) in enumerate(asked):
        rest = asked[place + 1 :]
        taken = _later(wanted, rest, missing - 1, (*given, person), whole)
        passed = _later(wanted, rest, missing, given, whole) if rest else None
        ways.append(_entered(wanted, index, person, 1, taken, passed))
        if certain:
            break
    return Alt(tuple(ways))


def _later(wanted: Wanted, asked: Asked, missing: int, given: tuple[str, ...], whole: Whole) -> Part:
    return Here("the next holder", lambda _: _shares(wanted, asked, missing, given, whole))


def _entered(wanted: Wanted, index: int, person: str, tries: int, taken: Part, passed: Part | None) -> Part:
    """One holder's share, as often as it is typed; `passed` follows where another holder is asked instead."""
    of = _of(wanted, index)
    ways: list[Part] = [
        seq(_line_entered(wanted, index, person, tries, 0), taken),
        seq(
            _refused(of, person),
            alt(STOPPED, Here("again", lambda _: _entered(wanted, index, person, tries + 1, taken, passed))),
        ),
    ]
    if passed is not None:
        over = Line(kinds.SharePassed, of=(*of, ("person", person), ("tries", tries - 1)))
        ways.append(seq(over, passed))
    return Alt(tuple(ways))


def _refused(of: Subject, person: str) -> Line:
    def holds(_: Scene, data: kinds.ShareRefused) -> bool:
        return data.code in NOT_THE_SHARE

    return Line(kinds.ShareRefused, Who.PERSON, of=of, person=person, holds=holds)


def _of(wanted: Wanted, index: int) -> tuple[tuple[str, object], ...]:
    return ("label", wanted[0]), ("purpose", wanted[1]), ("index", index)


def _line_entered(wanted: Wanted, index: int, person: str, tries: int, shown: int) -> Line:
    return Line(
        kinds.ShareEntered,
        Who.PERSON,
        of=(*_of(wanted, index), ("tries", tries), ("shown", shown)),
        person=person,
        faults=ASKED,
    )


# ---- drawn, split and handed out -----------------------------------------------------------------------------------


def handed_out(label: str) -> Part:
    """Both PINs of a token drawn and split, each share shown to its holder and typed back, all of them proved."""
    made = tuple(
        Line(kinds.SharesMade, of=(("label", label), ("purpose", purpose)), faults=(*LEFT, *AT_A_TOKEN))
        for purpose in PURPOSES
    )
    copies = Here("each holder, each PIN: share-shown@person share-entered@person", lambda scene: _copies(scene, label))
    proved = Here("each PIN: shares-proved@engine", lambda scene: _all_proved(scene, label))
    return seq(SWAP, *made, copies, proved)


def _copies(scene: Scene, label: str) -> Part:
    made = _last_made(scene, label)
    return seq(
        *(
            _copied((label, split.purpose), holder.index, holder.person, 1, 1, shown=False)
            for holder in made[0].holders
            for split in made
        )
    )


def _last_made(scene: Scene, label: str) -> tuple[kinds.SharesMade, ...]:
    """The sets that this attempt has just drawn, of the user PIN first."""
    sets = (scene.state.shares.last_made(label, purpose) for purpose in PURPOSES)
    return tuple(item for item in sets if item is not None)


def _copied(wanted: Wanted, index: int, person: str, tries: int, times: int, *, shown: bool) -> Part:
    """A share shown (`times` counts this one in) and typed back, until it is right."""
    of = _of(wanted, index)
    show = Line(kinds.ShareShown, Who.PERSON, of=of, person=person, faults=("CARD-LABEL", *ASKED))
    again = Here("again", lambda _: _copied(wanted, index, person, tries + 1, times, shown=True))
    mended = Here("again", lambda _: _copied(wanted, index, person, tries + 1, times + 1, shown=False))
    refused = _refused(of, person)
    typed = alt(_line_entered(wanted, index, person, tries, times), seq(refused, alt(STOPPED, again, mended)))
    return typed if shown else seq(show, typed)


def _all_proved(scene: Scene, label: str) -> Part:
    return seq(*(_proved(label, made) for made in _last_made(scene, label)), alt(NOTHING, Stop(LEFT)))


def _proved(label: str, made: kinds.SharesMade) -> Part:
    of = (("label", label), ("purpose", made.purpose), ("identifier", made.identifier))
    holders = tuple(holder.person for holder in made.holders)
    return alt(Line(kinds.SharesProved, of=of), _together(label, made.purpose, made.identifier, holders))


# ---- new tokens ----------------------------------------------------------------------------------------------------


def split_anew(label: str) -> Part:
    """A token made with PINs that nobody knows; one that an interruption left half made is finished with its cards."""

    def finished(scene: Scene) -> Part:
        sets = scene.state.shares.proved(label)
        new = seq(handed_out(label), initialised(label))
        if sets is None or label not in scene.state.tokens_cut_short:
            return new
        user, officer = (set_entry(item) for item in sets)
        return alt(seq(joined(officer, label), joined(user, label), initialised(label)), new)

    return Here("the PINs drawn, split and proved, and the token made with them", finished)


def joined_user_pin(scene: Scene) -> ShareSetEntry | None:
    """The set that opens the token that was found; None where people chose its PIN."""
    found = scene.state.found
    if found is None:
        return None
    known = scene.state.shares.in_force(scene.plan.past.register, found.label, found.serial)
    return known.shares_of("user-pin") if known is not None else None
