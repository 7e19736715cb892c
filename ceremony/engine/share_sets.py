"""Which shares a token opens with, as the record of this and earlier ceremonies knows; and one share, asked for."""

from __future__ import annotations

from dataclasses import dataclass

from ceremony.custody.people import Person
from ceremony.custody.share_entry import read_share
from ceremony.custody.shares import Share
from ceremony.engine.questions import Choice, Instruction, Option, WordsRequest
from ceremony.engine.room import Room
from ceremony.engine.statements import state
from ceremony.errors import CeremonyError
from ceremony.room.memory import locked, swap_areas
from ceremony.script.sentences import swap_statement
from ceremony.token.info import TokenInfo
from ceremony.transcript.kinds import ShareEntered, SharePassed, ShareRefused, SharesRefused, SwapLookedAt
from ceremony.transcript.kinds.shares import Purpose
from ceremony.transcript.register_entries import ShareSetEntry, TokenEntry

REQUESTS: dict[Purpose, str] = {"user-pin": "share", "so-pin": "so-share"}
"""How the name of a request begins: `share:TOKEN LABEL:person`."""

WORDS: dict[Purpose, str] = {"user-pin": "user PIN", "so-pin": "SO PIN"}
"""What people call each."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One share of one set, and who holds it."""

    label: str
    """Of the token."""
    set: ShareSetEntry
    other: ShareSetEntry | None
    """The set of the token's other PIN, to say so where its card was taken by mistake."""
    index: int
    person: Person

    @property
    def name(self) -> str:
        """The name of the request."""
        return f"{REQUESTS[self.set.purpose]}:{self.label}:{self.person.id}"

    @property
    def card(self) -> tuple[tuple[str, str], ...]:
        """What stands on the card beside the words."""
        number = f"{self.index} of {self.set.count}; any {self.set.threshold} are enough"
        return (
            ("Token", self.label),
            ("Opens", WORDS[self.set.purpose]),
            ("Share", number),
            ("Set", f"{self.set.identifier:05d}"),
            ("Holder", self.person.name),
        )


class NotTaken(Exception):
    """A share was refused, and that is on record; `fault` says why. Any other fault is none of the holder's."""

    def __init__(self, fault: CeremonyError) -> None:
        super().__init__(fault.code)
        self.fault = fault


def split_token(room: Room, token: TokenInfo) -> TokenEntry | None:
    """The sets of this token's PINs; None for a token whose PINs people chose."""
    return room.state.shares.in_force(room.plan.past.register, token.label, token.serial)


def stand_for_memory(room: Room) -> None:
    """Where the machine moves memory to a disk, somebody says that they know: shares must not get there."""
    found = tuple(swap_areas())
    room.record(SwapLookedAt(areas=found))
    areas = ", ".join(found)
    if not found:
        return
    declined = CeremonyError(
        "This machine can write its memory to a disk.",
        detail=f"Swap is on: {areas}. {_what_could_get_there()}",
        not_done="No share was shown or asked for.",
        next_step="Turn it off (swapoff -a), or end the ceremony and use a machine without swap.",
        code="SHARES-MEMORY",
    )
    state(room, room.actor, "swap", swap_statement(found), declined=declined)


def _what_could_get_there() -> str:
    if locked():
        return "This program keeps its own memory out of it; what the terminal holds of a screen could be left there."
    return "A PIN or a share in memory could be left there."


def alone(room: Room, person: Person) -> None:
    """Everybody else looks away before something is shown to, or typed by, one person."""
    room.officiant.instruct(
        Instruction(
            room.view,
            f"{person.name} comes to the screen alone. Everybody else stays in the room and turns away from the screen "
            "and the keyboard. No camera sees either.",
            acknowledge="Alone",
        )
    )


def ask_for(room: Room, wanted: Wanted, *, tries: int, shown: int = 0, may_pass: bool = False) -> Share | None:
    """One share, typed once by its holder; None where they pass. What came of it is in the record, never a word.
    `tries` counts this one in, `shown` how often it was shown to them before.

    Raises CeremonyError for what is not this share: SHARE-WORD, SHARE-LENGTH, SHARE-CHECKSUM, SHARE-FOREIGN,
    SHARE-PURPOSE (of the token's other PIN), SHARE-SET (of another token or time), SHARE-HOLDER (somebody else's).
    """
    what = WORDS[wanted.set.purpose]
    request = WordsRequest(
        step=room.view,
        person=wanted.person.name,
        name=wanted.name,
        prompt=f"Share {wanted.index} of the {what} of token {wanted.label}",
        identifier=wanted.set.identifier,
        index=wanted.index,
        threshold=wanted.set.threshold,
        details=wanted.card,
        may_pass=may_pass,
    )
    typed = room.officiant.secret_words(request)
    if typed is None and may_pass:
        return None
    try:
        room.require_here(wanted.person.id)
    except CeremonyError:
        if typed is not None:
            typed.wipe()
        raise
    try:
        share = _own(wanted, read_share(typed)) if typed is not None else _nothing(wanted)
    except CeremonyError as refusal:
        _refused(room, wanted, refusal)
        raise NotTaken(refusal) from None
    finally:
        if typed is not None:
            typed.wipe()
    room.record(
        ShareEntered(
            label=wanted.label,
            purpose=wanted.set.purpose,
            index=wanted.index,
            person=wanted.person.id,
            tries=tries,
            shown=shown,
        ),
        actor=wanted.person.id,
    )
    return share


def _refused(room: Room, wanted: Wanted, refusal: CeremonyError) -> None:
    refused = ShareRefused(
        label=wanted.label,
        purpose=wanted.set.purpose,
        index=wanted.index,
        person=wanted.person.id,
        code=refusal.code,
    )
    room.record(refused, actor=wanted.person.id)


def pass_over(room: Room, wanted: Wanted, tries: int) -> None:
    """Another holder enters theirs: the record says who was passed over, after how many `tries`."""
    passed = SharePassed(
        label=wanted.label, purpose=wanted.set.purpose, index=wanted.index, person=wanted.person.id, tries=tries
    )
    room.record(passed)


def refuse_together(
    room: Room, label: str, wanted: ShareSetEntry, people: tuple[Person, ...], refusal: CeremonyError
) -> None:
    """Shares that were each accepted do not belong together: the record says so, with the code of the refusal."""
    room.record(
        SharesRefused(
            label=label,
            purpose=wanted.purpose,
            identifier=wanted.identifier,
            persons=tuple(person.id for person in people),
            code=refusal.code,
        )
    )


def after_refusal(room: Room, refusal: CeremonyError, *ways: Option) -> str:
    """People choose how to go on after a refusal. Raises it again where they do not go on."""
    options = (*ways, Option("stop", "Do not go on with this step"))
    chosen = room.officiant.choose(
        Choice(room.view, "The share was not taken", refusal.headline, options, fault=refusal)
    )
    if chosen == "stop":
        raise refusal
    return chosen


def _own(wanted: Wanted, share: Share) -> Share:
    """The share, where it is the one that was asked for."""
    refusal = None
    if wanted.other is not None and share.identifier == wanted.other.identifier:
        refusal = CeremonyError(
            f"This is a share of the {WORDS[wanted.other.purpose]}.",
            detail=f"Asked for is set {wanted.set.identifier:05d}, the {WORDS[wanted.set.purpose]}; this card is of "
            f"set {share.identifier:05d}.",
            code="SHARE-PURPOSE",
        )
    elif (share.identifier, share.threshold) != (wanted.set.identifier, wanted.set.threshold):
        refusal = CeremonyError(
            "This share is of another set.",
            detail=f"Asked for is set {wanted.set.identifier:05d}; this card is of set {share.identifier:05d}.",
            code="SHARE-SET",
        )
    elif share.index != wanted.index:
        refusal = CeremonyError(
            "This is somebody else's share.",
            detail=f"{wanted.person.name} holds share {wanted.index}; this is share {share.index}.",
            code="SHARE-HOLDER",
        )
    if refusal is None:
        return share
    share.wipe()
    refusal.not_done = "The share was not taken."
    refusal.next_step = "Compare token, set number and holder on the card with what is asked for."
    raise refusal


def _nothing(wanted: Wanted) -> Share:
    raise CeremonyError(
        "No share was entered.",
        detail=f"{wanted.person.name} was asked for share {wanted.index} of set {wanted.set.identifier:05d}.",
        not_done="The share was not taken.",
        next_step="Have its holder enter it from the card.",
        code="SHARE-MISSING",
    )
