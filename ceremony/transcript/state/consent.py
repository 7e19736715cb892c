"""What was reviewed last under each name, and by which heads words of its digest may be chosen to be read back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ceremony.transcript import kinds


@dataclass
class Consent:
    """Of the attempt under way."""

    reviewed: dict[str, kinds.Reviewed] = field(default_factory=dict)
    """By name: what people saw last before they were asked."""
    heads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The heads since the last review, each with those who were in the room right after its line."""
    read: set[str] = field(default_factory=set)
    """Who read words back since the last review."""
    chosen_by: str = ""
    """The head that chose what is read back; empty while nobody has read anything back since the review."""

    def pass_head(self, head: str, present: Iterable[str]) -> None:
        """The head before a line; `present` are those in the room then."""
        self.heads[head] = tuple(present)

    def review(self, said: kinds.Reviewed) -> None:
        """A review has ended: what is approved from now on is this."""
        self.reviewed[said.name] = said
        self.heads, self.read, self.chosen_by = {}, set(), ""

    def read_back(self, said: kinds.ReadBack) -> None:
        """Somebody read words back."""
        self.chosen_by = self.chosen_by or said.chain_head
        self.read.add(said.person)

    def forget_reviews(self) -> None:
        """Another attempt, or another step, begins: nothing of before is asked about."""
        self.reviewed, self.heads, self.read, self.chosen_by = {}, {}, set(), ""
