"""Which tokens open only with shares, folded from events: by ceremony and by archive alike."""

from __future__ import annotations

from dataclasses import dataclass, field

from ceremony.transcript.kinds import PinChanged, PinChanging, SharesMade, SharesProved, TokenInitialised
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
    """The sets that one ceremony put in force, or was about to, so far; its events change it (`CeremonyState.apply`).

    What was split and not proved before its token got it opens nothing.
    """

    of_token: dict[tuple[str, str], tuple[SharesMade, SharesMade, str]] = field(default_factory=dict)
    """Of the tokens that it initialised, by label and serial number, with the moment."""
    changes: dict[tuple[str, str], list[tuple[Change, str]]] = field(default_factory=dict)
    """What became of the PINs of a token after that, or after earlier ceremonies, in order, each with its moment."""
    touched: dict[tuple[str, str], None] = field(default_factory=dict)
    """The tokens of both, the last one last."""
    numbers: set[int] = field(default_factory=set)
    """Of every set that it made."""
    _anew: set[str] = field(default_factory=set)
    """Labels of the tokens that it initialised."""
    _made: dict[tuple[str, Purpose], SharesMade] = field(default_factory=dict)
    _proved: dict[tuple[str, Purpose], SharesMade] = field(default_factory=dict)

    def make(self, said: SharesMade) -> None:
        """A PIN was split; its token does not have it yet."""
        self.numbers.add(said.identifier)
        self._made[said.label, said.purpose] = said
        self._proved.pop((said.label, said.purpose), None)

    def prove(self, said: SharesProved) -> None:
        """All its shares were entered again."""
        made = self._made.get((said.label, said.purpose))
        if made is not None and made.identifier == said.identifier:
            self._proved[said.label, said.purpose] = made

    def put_on(self, said: TokenInitialised, at: str) -> None:
        """A token was made: it got the sets that were proved for it, both or none."""
        token = said.label, said.serial
        self._anew.add(said.label)
        self.changes.pop(token, None)
        self.of_token.pop(token, None)
        user, officer = (self._proved.pop((said.label, purpose), None) for purpose in PURPOSES)
        if user is not None and officer is not None:
            self.of_token[token] = user, officer, at
            self._touch(*token)

    def announce(self, said: PinChanging, at: str) -> None:
        """A set that was proved is about to take the place of another."""
        proved = self._proved.get((said.label, said.purpose))
        if proved is not None and proved.identifier == said.identifier:
            self.changes.setdefault((said.label, said.serial), []).append((proved, at))
        self._touch(said.label, said.serial)

    def change(self, said: PinChanged, at: str) -> None:
        """It took it."""
        self.changes.setdefault((said.label, said.serial), []).append((said, at))
        self._touch(said.label, said.serial)

    def _touch(self, label: str, serial: str) -> None:
        self.touched.pop((label, serial), None)
        self.touched[label, serial] = None

    def last_made(self, label: str, purpose: Purpose) -> SharesMade | None:
        """The set of this PIN that was made last, put in force or not."""
        return self._made.get((label, purpose))

    def proved(self, label: str) -> Sets | None:
        """The sets that are proved, of a token of this label that did not get them yet by the record."""
        user, officer = (self._proved.get((label, purpose)) for purpose in PURPOSES)
        return (user, officer) if user is not None and officer is not None else None

    def in_force(self, register: Register, label: str, serial: str, ceremony: str = "") -> TokenEntry | None:
        """What is known of a token with split PINs, after the register and this ceremony; None for any other token.

        `ceremony` is entered where this ceremony changed something. Raises pydantic's ValidationError for
        what nobody made.
        """
        made = self.of_token.get((label, serial))
        known = register.token(label, serial) if label not in self._anew else None
        entry = token_entry(label, serial, made[:2], ceremony, made[2]) if made is not None else known
        changes = self.changes.get((label, serial), ())
        if entry is None and changes:  # of a stand-in, whose PINs were not split
            entry = TokenEntry(label=label, serial=serial, ceremony=ceremony, made_at=changes[0][1], shares=())
        if entry is None:
            return None
        for change, at in changes:
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
