"""PINs that nobody knows, for a new token: drawn in the room, split, copied by hand, proved, and only then put to use.

The token is initialised last. Whatever fails before leaves it as it was, and the cards of that attempt worthless.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ceremony.custody.freed_memory import overwrite_freed_memory
from ceremony.custody.people import Person
from ceremony.custody.pins import PIN_OCTETS, check_value, draw_pin
from ceremony.custody.shares import Share, prove_all, split
from ceremony.engine.questions import Option
from ceremony.engine.room import Room
from ceremony.engine.share_finishing import finish_split
from ceremony.engine.share_sets import (
    NotTaken,
    Wanted,
    after_refusal,
    alone,
    ask_for,
    refuse_together,
    stand_for_memory,
)
from ceremony.engine.share_showing import show
from ceremony.engine.tokens import Place
from ceremony.errors import CeremonyError
from ceremony.script.models import PinShares
from ceremony.secret import Secret
from ceremony.system_random import system_random
from ceremony.token.module import Module
from ceremony.transcript.kinds import (
    ShareHolder,
    SharesMade,
    SharesProved,
    TokenInitialised,
    TokenInitialising,
)
from ceremony.transcript.kinds.shares import Purpose
from ceremony.transcript.register_entries import ShareSetEntry
from ceremony.transcript.token_shares import PURPOSES, set_entry

SYSTEM = "operating system"
"""The random source that is always used; those of tokens are added to it."""

WORTHLESS = "The cards that were written in this attempt are worthless: destroy them."
_KEPT = (
    "Keep the cards of this attempt until it is known whether the token took the PINs: they may be all that opens it."
)


@dataclass(slots=True)
class Split:
    """One PIN on its way: what was drawn, its shares, and those that came back from the cards."""

    pin: Secret
    shares: tuple[Share, ...]
    set: ShareSetEntry
    entered: list[Share] = field(default_factory=list)

    def wipe_shares(self) -> None:
        """Overwrite every word."""
        for share in (*self.shares, *self.entered):
            share.wipe()


def initialise_split(room: Room, place: Place, shares: PinShares) -> Secret:
    """Make a token out of an uninitialised one, with PINs of which nobody has more than shares. Returns the user PIN,
    for one login; the caller wipes it. One that an interruption left half made is finished with the cards of that time.

    Raises CeremonyError: what `Module.initialise` raises, SHARES-HOLDERS where too few holders are in the room,
    SHARES-MEMORY where nobody stands for the machine's swap, and the refusal of a share after which people did not go
    on. The token is as it was then, and cards that were written are worthless.
    """
    finished = finish_split(room, place)
    if finished is not None:
        return finished
    place.module.check_new(place.label, so_octets=2 * PIN_OCTETS, user_octets=2 * PIN_OCTETS)
    made: dict[Purpose, Split] = {}
    announced = done = False
    try:
        make_shares(room, place, shares, made)
        room.record(TokenInitialising(label=place.label))
        announced = True
        token = place.module.initialise(place.label, made["so-pin"].pin, made["user-pin"].pin)
        room.record(TokenInitialised(label=token.label, serial=token.serial))
        done = True
        return made["user-pin"].pin
    except CeremonyError as error:
        if made:
            error.next_step = f"{error.next_step} {_KEPT if announced else WORTHLESS}".strip()
        raise
    finally:
        for purpose, item in made.items():
            item.wipe_shares()
            if not done or purpose == "so-pin":
                item.pin.wipe()
        overwrite_freed_memory()


def make_shares(room: Room, place: Place, shares: PinShares, made: dict[Purpose, Split]) -> None:
    """Draw both PINs and split them, let each holder copy and type back their shares, and prove them. Nothing is done
    to the token. `made` is filled on the way; the caller wipes what is in it, also where this raises.

    Raises CeremonyError as `initialise_split` does.
    """
    holders = _holders(room, shares)
    stand_for_memory(room)
    for purpose in PURPOSES:
        made[purpose] = _drawn(room, place, purpose, shares, holders)
    for index, person in enumerate(holders, start=1):
        alone(room, person)
        for purpose in PURPOSES:
            _hand_over(room, place.label, made, purpose, index, person)
    for purpose in PURPOSES:
        _prove(room, place.label, made[purpose], holders)
    for person in holders:
        room.require_here(person.id)


def _holders(room: Room, shares: PinShares) -> tuple[Person, ...]:
    """The first of those who hold the role and are in the room, as many as shares are made."""
    duty = room.plan.script.roles[shares.holders]
    here = room.those_present(room.plan.people[name] for name in duty.people)
    if len(here) < shares.count:
        raise CeremonyError(
            f"{len(here)} of the role {shares.holders} are here; {shares.count} are needed.",
            detail=f"Each of {shares.count} holders gets a share of their own.",
            not_done="No PIN was drawn, and nothing was done to the token.",
            next_step="Go on when all of them are in the room, or end the ceremony.",
            code="SHARES-HOLDERS",
        )
    return here[: shares.count]


def _drawn(
    room: Room,
    place: Place,
    purpose: Purpose,
    shares: PinShares,
    holders: tuple[Person, ...],
) -> Split:
    """A PIN, drawn and split; the record says so before anybody sees a share."""
    sources: list[str] = []
    pin = draw_pin(_entropy(place.module, sources))
    tokens = room.plan.past.register.tokens
    known = {item.identifier for token in tokens for item in (*token.shares, *token.pending)}
    parts = split(pin, shares.threshold, shares.count, apart_from=known | room.state.shares.numbers)
    event = SharesMade(
        label=place.label,
        purpose=purpose,
        threshold=shares.threshold,
        count=shares.count,
        identifier=parts[0].identifier,
        check_value=check_value(pin),
        entropy=tuple(sources),
        holders=tuple(ShareHolder(index=index, person=person.id) for index, person in enumerate(holders, start=1)),
    )
    made = Split(pin, parts, set_entry(event))
    try:
        room.record(event)
    except BaseException:
        made.wipe_shares()
        pin.wipe()
        raise
    return made


def _entropy(module: Module, sources: list[str]) -> Callable[[int], bytes]:
    """The operating system's octets, and over them (XOR) those of each token that gives some: as good as the best."""

    def draw(octets: int) -> bytes:
        drawn = int.from_bytes(system_random(octets), "big")
        sources.append(SYSTEM)
        for token, given in module.public_random(octets):
            drawn ^= int.from_bytes(given, "big")
            sources.append(f"token {token.label}, serial {token.serial}")
        return drawn.to_bytes(octets, "big")

    return draw


def _hand_over(
    room: Room, label: str, made: dict[Purpose, Split], purpose: Purpose, index: int, person: Person
) -> None:
    """One share to one holder: shown, copied, and typed again from the card, until it is right."""
    item = made[purpose]
    other = made["so-pin" if purpose == "user-pin" else "user-pin"]
    wanted = Wanted(label, item.set, other.set, index, person)
    shown = tries = 0
    again = False
    while True:
        if not again:
            show(room, wanted, item.shares[index - 1])
            shown += 1
        tries += 1
        try:
            share = ask_for(room, wanted, tries=tries, shown=shown)
        except NotTaken as refused:
            once_more = Option("again", f"{person.name} types the card once more")
            mend = Option("show", "Show the words once more, to mend the card")
            again = after_refusal(room, refused.fault, once_more, mend) != "show"
        else:
            if share is not None:
                item.entered.append(share)
                return


def _prove(room: Room, label: str, item: Split, holders: tuple[Person, ...]) -> None:
    """All shares that came back from the cards lead to the PIN that was drawn, in whatever set they are brought."""
    try:
        proof = prove_all(item.entered, count=item.set.count, check=item.set.check_value)
    except CeremonyError as refusal:
        refuse_together(room, label, item.set, holders, refusal)
        raise
    room.record(
        SharesProved(
            label=label,
            purpose=item.set.purpose,
            threshold=proof.threshold,
            count=proof.count,
            identifier=proof.identifier,
            check_value=proof.check_value,
            sets_possible=proof.sets_possible,
            sets_combined=proof.sets_combined,
        )
    )
