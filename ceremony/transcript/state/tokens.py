"""Which tokens were found, made and opened, which of them are open now, and what an interruption cut short of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ceremony.transcript import kinds
from ceremony.transcript.event import Event


@dataclass
class Tokens:
    """By their labels."""

    found: kinds.TokenFound | None = None
    """The one that was looked for last."""
    pins_changed: dict[str, list[str]] = field(default_factory=dict)
    """By step: which PINs were changed in it, in order."""
    swap: tuple[str, ...] = ()
    """Where the machine may write its memory to a disk, as it was last looked at."""
    ceremony_token: tuple[str, str] = ("", "")
    """Label and serial number of the ceremony's own token, as it was last found; empty before that."""
    tokens_bound: dict[str, tuple[Event, kinds.TokenFound]] = field(default_factory=dict)
    """By label, as each token was seen first, with the line: from then on it is that one, until it is made anew."""
    other_modules: dict[str, str] = field(default_factory=dict)
    """By label, the SHA-256 of the module that reaches a token after an interruption, until people agree to it."""
    tokens_found: set[tuple[str, str]] = field(default_factory=set)
    """Label and serial number of every token that was found."""
    tokens_initialised: dict[str, Event] = field(default_factory=dict)
    """Each token that was made here, with the line that says so last."""
    tokens_begun: set[str] = field(default_factory=set)
    """Those of which the record says that they would be initialised, and not that they were."""
    tokens_cut_short: set[str] = field(default_factory=set)
    """Those of them of which an interruption is the reason. A refusal is none: after it the token is as it was."""
    tokens_destroyed: dict[str, tuple[Event, str]] = field(default_factory=dict)
    """Those that were destroyed as things, with the line and the method."""
    open_tokens: dict[str, kinds.TokenOpened] = field(default_factory=dict)
    """Those to which somebody is logged in."""

    def find_token(self, said: kinds.TokenFound, line: Event) -> None:
        """A token is there."""
        self.found = said
        self.tokens_bound.setdefault(said.label, (line, said))
        self.tokens_found.add((said.label, said.serial))
        if said.purpose == "ceremony":
            self.ceremony_token = said.label, said.serial

    def bind_modules(self, line: Event) -> None:
        """People agreed to go on with other modules than before the interruption."""
        for label, digest in self.other_modules.items():
            if label in self.tokens_bound:
                _, said = self.tokens_bound[label]
                self.tokens_bound[label] = line, said.model_copy(update={"module_sha256": digest})
        self.other_modules = {}

    @property
    def modules_changed(self) -> tuple[tuple[str, str, str], ...]:
        """Of each token that another module reaches now: its label, the SHA-256 of the one before, and of this one."""
        known = ((label, self.tokens_bound[label][1].module_sha256) for label in self.other_modules)
        return tuple((label, was, self.other_modules[label]) for label, was in known)

    def begin_token(self, label: str) -> None:
        """A token is about to be made."""
        self.tokens_bound.pop(label, None)
        self.tokens_begun.add(label)
        self.tokens_cut_short.discard(label)

    def make_token(self, label: str, line: Event) -> None:
        """A token was made, or finished."""
        self.tokens_begun.discard(label)
        self.tokens_cut_short.discard(label)
        self.tokens_initialised.pop(label, None)
        self.tokens_initialised[label] = line

    def destroy_token(self, label: str, method: str, line: Event) -> None:
        """A token was destroyed before everybody's eyes."""
        self.tokens_destroyed[label] = line, method

    def token_gone(self, label: str, before: int | None = None) -> bool:
        """Whether the last token of this label was destroyed, and none was made since: now, or before this line."""
        destroyed, made = self.tokens_destroyed.get(label), self.tokens_initialised.get(label)
        if destroyed is None or (before is not None and destroyed[0].seq >= before):
            return False
        again = made is not None and made.seq > destroyed[0].seq and (before is None or made.seq < before)
        return not again

    def open_token(self, said: kinds.TokenOpened) -> None:
        """Somebody logged in."""
        self.open_tokens[said.label] = said

    def close_token(self, label: str) -> None:
        """A token was logged out, or is gone."""
        self.open_tokens.pop(label, None)
