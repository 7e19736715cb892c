"""Which tokens open only with shares, folded from events: by ceremony and by archive alike."""

from __future__ import annotations

from dataclasses import dataclass, field

from ceremony.transcript.kinds import EventData, SharesMade, SharesProved, TokenInitialised
from ceremony.transcript.kinds.shares import Purpose
from ceremony.transcript.register import ShareSetEntry, TokenEntry

PURPOSES: tuple[Purpose, Purpose] = ("user-pin", "so-pin")

Sets = tuple[SharesMade, SharesMade]
"""Of the user PIN and of the SO PIN."""


@dataclass(slots=True)
class TokenShares:
    """The sets of the tokens that one ceremony has initialised so far; `apply` folds one more event in.

    What was split and not proved before its token was initialised opens nothing.
    """

    of_token: dict[tuple[str, str], Sets] = field(default_factory=dict)
    """By label and serial number."""
    _made: dict[tuple[str, Purpose], SharesMade] = field(default_factory=dict)
    _proved: dict[tuple[str, Purpose], SharesMade] = field(default_factory=dict)

    def apply(self, data: EventData) -> Sets | None:
        """Fold one event in; the sets of a token where this event put them in force."""
        match data:
            case SharesMade():
                self._made[data.label, data.purpose] = data
                self._proved.pop((data.label, data.purpose), None)
            case SharesProved():
                made = self._made.get((data.label, data.purpose))
                if made is not None and made.identifier == data.identifier:
                    self._proved[data.label, data.purpose] = made
            case TokenInitialised():
                user, officer = (self._proved.pop((data.label, purpose), None) for purpose in PURPOSES)
                if user is not None and officer is not None:
                    self.of_token[data.label, data.serial] = user, officer
                    return user, officer
                self.of_token.pop((data.label, data.serial), None)
            case _:
                pass
        return None


def token_entry(label: str, serial: str, sets: Sets, ceremony: str, made_at: str) -> TokenEntry:
    """What the register keeps of a token with split PINs. Raises pydantic's ValidationError for what nobody made."""
    return TokenEntry(
        label=label, serial=serial, ceremony=ceremony, made_at=made_at, shares=tuple(set_entry(item) for item in sets)
    )


def set_entry(made: SharesMade) -> ShareSetEntry:
    """The same set as the register keeps it. Raises pydantic's ValidationError for what nobody made."""
    return ShareSetEntry(
        purpose=made.purpose,
        threshold=made.threshold,
        count=made.count,
        identifier=made.identifier,
        check_value=made.check_value,
        holders=tuple(holder.person for holder in sorted(made.holders, key=lambda holder: holder.index)),
    )
