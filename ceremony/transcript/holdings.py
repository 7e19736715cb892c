"""Who holds which share of a token's PINs, from ceremony to ceremony: what came into force, and what ended."""

from __future__ import annotations

from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import HoldingEntry, ShareSetEntry, TokenEntry
from ceremony.transcript.state import CeremonyState

_Set = tuple[str, str, str, int]
"""Label and serial number of the token, which PIN, number of the set."""


def holdings_after(before: Register, after: Register, state: CeremonyState, folder: str) -> tuple[HoldingEntry, ...]:
    """The holdings of the register before, with those that this ceremony ended, and those that it began.

    A set ends when another takes its place, or its token is destroyed or made anew. One that may be in force, because
    its change was cut short, is held like any other.
    """
    was, now = _sets(before), _sets(after)
    kept = tuple(
        item.model_copy(update={"until": _ended(item, after, state), "until_ceremony": folder})
        if not item.until and _set_of(item) in was.keys() - now.keys()
        else item
        for item in before.holdings
    )
    begun = (
        HoldingEntry(
            person=person,
            label=token.label,
            serial=token.serial,
            purpose=item.purpose,
            identifier=item.identifier,
            index=index,
            since=token.made_at,
            ceremony=folder,
        )
        for which, (token, item) in now.items()
        if which not in was
        for index, person in enumerate(item.holders, start=1)
    )
    return (*kept, *begun)


def _sets(register: Register) -> dict[_Set, tuple[TokenEntry, ShareSetEntry]]:
    return {
        (token.label, token.serial, item.purpose, item.identifier): (token, item)
        for token in register.tokens
        for item in (*token.shares, *token.pending)
    }


def _set_of(item: HoldingEntry) -> _Set:
    return item.label, item.serial, item.purpose, item.identifier


def _ended(item: HoldingEntry, after: Register, state: CeremonyState) -> str:
    """The moment: of the change, of the token's destruction, or of its making anew."""
    renewed = after.token(item.label, item.serial)
    if renewed is not None:
        return renewed.made_at
    destroyed = state.tokens_destroyed.get(item.label)
    anew = state.tokens_initialised.get(item.label)
    return destroyed[0].at if destroyed is not None else anew.at if anew is not None else ""
