"""Which tokens open only with shares, folded from events: by ceremony and by archive alike."""

from __future__ import annotations

from dataclasses import dataclass, field

from ceremony.transcript.kinds import EventData, PinChanged, PinChanging, SharesMade, SharesProved, TokenInitialised
from ceremony.transcript.kinds.shares import Purpose
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import ShareSetEntry, TokenEntry

PURPOSES: tuple[Purpose, Purpose] = ("user-pin", "so-pin")

Sets = tuple[SharesMade, SharesMade]
"""Of the user PIN and of the SO PIN."""


Change = SharesMade | PinChanged
"""A set that is about to take the place of another, or that took it."""


@dataclass(slots=True)
class TokenShares:
    """The sets that one ceremony put in force, or was about to, so far; `apply` folds one more event in.

    What was split and not proved before its token got it opens nothing.
    """

    of_token: dict[tuple[str, str], Sets] = field(default_factory=dict)
    """Of the tokens that it initialised, by label and serial number."""
    changes: dict[tuple[str, str], list[Change]] = field(default_factory=dict)
    """What became of the PINs of a token after that, or after earlier ceremonies, in order."""
    numbers: set[int] = field(default_factory=set)
    """Of every set that it made."""
    _anew: set[str] = field(default_factory=set)
    """Labels of the tokens that it initialised."""
    _made: dict[tuple[str, Purpose], SharesMade] = field(default_factory=dict)
    _proved: dict[tuple[str, Purpose], SharesMade] = field(default_factory=dict)

    def apply(self, data: EventData) -> Sets | None:
        """Fold one event in; the sets of a token where this event put both in force."""
        match data:
            case SharesMade():
                self.numbers.add(data.identifier)
                self._made[data.label, data.purpose] = data
                self._proved.pop((data.label, data.purpose), None)
            case SharesProved():
                made = self._made.get((data.label, data.purpose))
                if made is not None and made.identifier == data.identifier:
                    self._proved[data.label, data.purpose] = made
            case TokenInitialised():
                self._anew.add(data.label)
                self.changes.pop((data.label, data.serial), None)
                user, officer = (self._proved.pop((data.label, purpose), None) for purpose in PURPOSES)
                if user is not None and officer is not None:
                    self.of_token[data.label, data.serial] = user, officer
                    return user, officer
                self.of_token.pop((data.label, data.serial), None)
            case PinChanging():
                proved = self._proved.get((data.label, data.purpose))
                if proved is not None and proved.identifier == data.identifier:
                    self.changes.setdefault((data.label, data.serial), []).append(proved)
            case PinChanged():
                self.changes.setdefault((data.label, data.serial), []).append(data)
            case _:
                pass
        return None

    def proved(self, label: str) -> Sets | None:
        """The sets that are proved, of a token of this label that did not get them yet by the record."""
        user, officer = (self._proved.get((label, purpose)) for purpose in PURPOSES)
        return (user, officer) if user is not None and officer is not None else None

    def in_force(
        self, register: Register, label: str, serial: str, ceremony: str = "", at: str = ""
    ) -> TokenEntry | None:
        """What is known of a token with split PINs, after the register and this ceremony; None for any other token.

        `ceremony` and `at` are entered where this ceremony changed something. Raises pydantic's ValidationError for
        what nobody made.
        """
        made = self.of_token.get((label, serial))
        known = register.token(label, serial) if label not in self._anew else None
        entry = token_entry(label, serial, made, ceremony, at) if made is not None else known
        changes = self.changes.get((label, serial), ())
        if entry is None and changes:  # of a stand-in, whose PINs were not split
            entry = TokenEntry(label=label, serial=serial, ceremony=ceremony, made_at=at, shares=())
        if entry is None:
            return None
        for change in changes:
            if isinstance(change, SharesMade):
                entry = entry.announced(set_entry(change))
            else:
                entry = entry.changed(change.purpose, change.identifier, ceremony, at)
        return entry if len(entry.shares) == len(PURPOSES) else None


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
