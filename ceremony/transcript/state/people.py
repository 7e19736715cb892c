"""Who answered the roll, who is in the room now, and who has not answered since an interruption."""

from __future__ import annotations

from dataclasses import dataclass, field

from ceremony.transcript import kinds


@dataclass
class People:
    """By the ids of people."""

    arrived: dict[str, kinds.PersonPresent] = field(default_factory=dict)
    """Everybody who ever answered the roll, as they last did."""
    present: dict[str, kinds.PersonPresent] = field(default_factory=dict)
    """Those of them who are in the room now."""
    attested: dict[str, int] = field(default_factory=dict)
    """Who agreed or dissented at the close, with the last attempt at it in which they did."""
    on_break: bool = False
    sent_out: tuple[str, ...] = ()
    """Who went out for the last break, in order."""
    introduced: set[str] = field(default_factory=set)
    """Whose own token was introduced: its certificate is kept, or it is known that it shows none without its PIN."""
    away: dict[str, kinds.PersonPresent] = field(default_factory=dict)
    """Those who were present before an interruption and have not answered since."""

    @property
    def stands_for(self) -> dict[str, str]:
        """Of everybody who answered the roll, for whom they stand in; empty for those who hold their role."""
        return {person: said.for_person for person, said in self.arrived.items()}

    def arrive(self, said: kinds.PersonPresent) -> None:
        """Somebody answers the roll, or comes in after it."""
        self.arrived[said.person] = self.present[said.person] = said
        self.away.pop(said.person, None)

    def come_back(self, person: str) -> None:
        """Somebody who had gone out is in the room again."""
        if person in self.arrived:
            self.present[person] = self.arrived[person]
        self.away.pop(person, None)

    def nobody_here(self) -> None:
        """After an interruption nobody is here until they have said so again; in a break all are out, to come back."""
        self.away |= self.arrived if self.on_break else self.present
        self.present, self.on_break = {}, False
