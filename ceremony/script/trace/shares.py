"""Parts of traces about PINs that are split: drawn and handed out, and put together again by their holders."""

from __future__ import annotations

from ceremony.custody.roles import HOLDER, exclusive
from ceremony.script.sentences import swap_statement
from ceremony.script.trace.grammar import NOTHING, Alt, Fact, Here, Line, Part, Stop, When, Who, alt, seq
from ceremony.script.trace.parts import AT_A_TOKEN, LEFT, initialised, say
from ceremony.script.trace.scene import Scene
from ceremony.transcript import kinds
from ceremony.transcript.kinds.shares import Purpose
from ceremony.transcript.register_entries import ShareSetEntry
from ceremony.transcript.token_shares import PURPOSES, set_entry

REFUSED = ("SHARE-", "SHARES-", "CARD-", *LEFT)
"""Codes where people do not go on after the refusal of a share."""

Wanted = tuple[str, Purpose]
"""The label of a token, and which of its PINs."""

Asked = list[tuple[int, str, bool]]
"""The number of the share, its holder, and whether that person certainly was in the room when holders were asked."""

SWAP: Part = seq(
    Line(kinds.SwapLookedAt, faults=(*REFUSED, *AT_A_TOKEN)),
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
        return _shares((label, wanted.purpose), asked, wanted.threshold)

    together = Line(kinds.SharesRefused, of=(("label", label), ("purpose", wanted.purpose)))
    whole = alt(NOTHING, seq(together, Stop(REFUSED)))
    return seq(SWAP, Here("share-entered@person, of as many as are needed", first), whole)


def _holds(scene: Scene, name: str) -> bool:
    said = scene.state.arrived.get(name)
    return said is not None and not exclusive(said.role, HOLDER)


def _shares(wanted: Wanted, asked: Asked, missing: int) -> Part:
    if not missing:
        return NOTHING
    ways: list[Part] = [Stop(REFUSED)]
    for place, (index, person, certain) in enumerate(asked):
        rest = asked[place + 1 :]
        taken = _later(wanted, rest, missing - 1)
        passed = _later(wanted, rest, missing) if rest else None
        ways.append(_entered(wanted, index, person, 1, taken, passed))
        if certain:
            break
    return Alt(tuple(ways))


def _later(wanted: Wanted, asked: Asked, missing: int) -> Part:
    return Here("the next holder", lambda _: _shares(wanted, asked, missing))


def _entered(wanted: Wanted, index: int, person: str, tries: int, taken: Part, passed: Part | None) -> Part:
    """One holder's share, as often as it is typed; `passed` follows where another holder is asked instead."""
    of = _of(wanted, index)
    ways: list[Part] = [
        seq(_line_entered(wanted, index, person, tries, 0), taken),
        seq(
            Line(kinds.ShareRefused, Who.PERSON, of=of, person=person),
            Here("again", lambda _: _entered(wanted, index, person, tries + 1, taken, passed)),
        ),
    ]
    if passed is not None:
        over = Line(kinds.SharePassed, of=(*of, ("person", person), ("tries", tries - 1)))
        ways.append(seq(over, passed))
    return Alt(tuple(ways))


def _of(wanted: Wanted, index: int) -> tuple[tuple[str, object], ...]:
    return ("label", wanted[0]), ("purpose", wanted[1]), ("index", index)


def _line_entered(wanted: Wanted, index: int, person: str, tries: int, shown: int) -> Line:
    return Line(
        kinds.ShareEntered,
        Who.PERSON,
        of=(*_of(wanted, index), ("tries", tries), ("shown", shown)),
        person=person,
        faults=REFUSED,
    )


# ---- drawn, split and handed out -----------------------------------------------------------------------------------


def handed_out(label: str) -> Part:
    """Both PINs of a token drawn and split, each share shown to its holder and typed back, all of them proved."""
    made = tuple(
        Line(kinds.SharesMade, of=(("label", label), ("purpose", purpose)), faults=(*REFUSED, *AT_A_TOKEN))
        for purpose in PURPOSES
    )
    copies = Here("each holder, each PIN: share-shown@person share-entered@person", lambda scene: _copies(scene, label))
    return seq(SWAP, *made, copies, *(_proved(label, purpose) for purpose in PURPOSES))


def _copies(scene: Scene, label: str) -> Part:
    user, officer = (scene.state.shares.last_made(label, purpose) for purpose in PURPOSES)
    if user is None or officer is None:
        return Stop(())
    return seq(
        *(
            _copied((label, split.purpose), holder.index, holder.person, 1, 1, shown=False)
            for holder in user.holders
            for split in (user, officer)
        )
    )


def _copied(wanted: Wanted, index: int, person: str, tries: int, times: int, *, shown: bool) -> Part:
    """A share shown (`times` counts this one in) and typed back, until it is right."""
    of = _of(wanted, index)
    show = Line(kinds.ShareShown, Who.PERSON, of=of, person=person, faults=REFUSED)
    again = Here("again", lambda _: _copied(wanted, index, person, tries + 1, times, shown=True))
    mended = Here("again", lambda _: _copied(wanted, index, person, tries + 1, times + 1, shown=False))
    refused = Line(kinds.ShareRefused, Who.PERSON, of=of, person=person)
    typed = alt(_line_entered(wanted, index, person, tries, times), seq(refused, alt(again, mended)))
    return typed if shown else seq(show, typed)


def _proved(label: str, purpose: Purpose) -> Part:
    of = (("label", label), ("purpose", purpose))
    return alt(Line(kinds.SharesProved, of=of, faults=REFUSED), seq(Line(kinds.SharesRefused, of=of), Stop(REFUSED)))


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
