"""Opening a token whose PIN nobody knows: enough holders enter their shares, one after another, each alone."""

from __future__ import annotations

from ceremony.custody.freed_memory import overwrite_freed_memory
from ceremony.custody.people import Person
from ceremony.custody.roles import HOLDER, exclusive
from ceremony.custody.shares import Share, combine
from ceremony.engine.questions import Option
from ceremony.engine.room import Room
from ceremony.engine.share_sets import (
    WORDS,
    NotTaken,
    Wanted,
    after_refusal,
    alone,
    ask_for,
    pass_over,
    refuse_together,
    stand_for_memory,
)
from ceremony.errors import CeremonyError
from ceremony.secret import Secret
from ceremony.transcript.register_entries import ShareSetEntry, TokenEntry


def joined_pin(room: Room, split: TokenEntry, wanted: ShareSetEntry) -> Secret:
    """The PIN of one of a token's sets, put together from the shares of as many holders as are needed, and proved by
    its check value.

    Raises CeremonyError: SHARES-HOLDERS (too few of them are in the room), SHARES-MEMORY, the refusal of a share after
    which people did not go on, SHARE-INCONSISTENT, SHARE-CHECK-VALUE.
    """
    other = split.shares_of("so-pin" if wanted.purpose == "user-pin" else "user-pin")
    holders = holders_present(room, wanted)
    if len(holders) < wanted.threshold:
        raise _too_few_here(room, split, wanted, holders)
    stand_for_memory(room)
    entered: list[Share] = []
    people: list[Person] = []
    try:
        for place, (index, person) in enumerate(holders):
            missing = wanted.threshold - len(entered)
            if not missing:
                break
            spare = len(holders) - place > missing
            asked = Wanted(split.label, wanted, other, index, person)
            share = _entered(room, asked, spare=spare)
            if share is not None:
                entered.append(share)
                people.append(person)
        for person in people:
            room.require_here(person.id)  # who went out after entering a share has no part in what is opened now
        try:
            return combine(entered, wanted.check_value)
        except CeremonyError as refusal:
            refuse_together(room, split.label, wanted, tuple(people), refusal)
            raise
    finally:
        for share in entered:
            share.wipe()
        overwrite_freed_memory()


def holders_present(room: Room, wanted: ShareSetEntry) -> list[tuple[int, Person]]:
    """The number of the share and the person, for each holder who is in the room as a custodian."""
    return [
        (index, room.plan.people[name])
        for index, name in enumerate(wanted.holders, start=1)
        if name in room.state.present
        and name in room.plan.people
        and not exclusive(room.state.present[name].role, HOLDER)
    ]


def _entered(room: Room, asked: Wanted, *, spare: bool) -> Share | None:
    """One holder's share; None where another holder is asked instead, which `spare` allows."""
    again = Option("again", f"{asked.person.name} enters the share once more")
    ways = (again, Option("other", "Another holder enters theirs")) if spare else (again,)
    alone(room, asked.person)
    tries = 0
    while True:
        try:
            share = ask_for(room, asked, tries=tries + 1, may_pass=spare)
        except NotTaken as refused:
            tries += 1
            if after_refusal(room, refused.fault, *ways) != "other":
                continue
            share = None
        if share is None:
            pass_over(room, asked, tries)
        return share


def _too_few_here(
    room: Room, split: TokenEntry, wanted: ShareSetEntry, here: list[tuple[int, Person]]
) -> CeremonyError:
    names = ", ".join(_named(room, name) for name in wanted.holders)
    are = "1 holder is" if len(here) == 1 else f"{len(here)} holders are"
    return CeremonyError(
        f"{are} in the room; {wanted.threshold} are needed.",
        detail=f"The {WORDS[wanted.purpose]} of token {split.label} is split: {wanted.threshold} of {wanted.count} "
        f"shares are needed. Their holders: {names}.",
        not_done="The token was not opened.",
        next_step="Go on when enough of them have come with their cards, or end the ceremony.",
        code="SHARES-HOLDERS",
    )


def _named(room: Room, name: str) -> str:
    person = room.plan.people.get(name)
    return person.name if person is not None else name
