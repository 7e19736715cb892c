"""The people of a ceremony, as the engine meets them: willing, unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ceremony.room.clock import Clock, iso
from ceremony.secret import Secret

USUAL = ("agree", "back")
"""What they choose where they may; the next step of a share, or the end of the ceremony, where they may not."""


@dataclass
class People:
    """They answer as willing people would, unless `answers[(method, step id)]`, a function of the request, does.

    One that gives None leaves the answer to them. `cards` is what they wrote down, by the name of the share: cards
    outlive a ceremony. `typed` is what they type instead of it. Those in `absent` (first names, lower case) do not
    answer when the roll is called.
    """

    cards: dict[str, str] = field(default_factory=dict, repr=False)
    answers: dict[tuple[str, str], Callable[[Any], Any]] = field(default_factory=dict)
    typed: Callable[[Any], str | None] | None = None
    absent: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    notices: list[Any] = field(default_factory=list)
    outcome: Any = None
    clock: Clock = field(default_factory=Clock)
    """What they look at when they compare clocks."""
    say: Any = None
    """Speaks up between two answers: `say(kind, data)`."""

    def bind_remarks(self, callback: Any) -> None:
        self.say = callback

    def begin(self, overview: Any) -> None:
        del overview

    def notice(self, notice: Any) -> None:
        self.notices.append(notice)

    def finish(self, outcome: Any) -> None:
        self.outcome = outcome

    def instruct(self, instruction: Any) -> None:
        self.answer("instruct", instruction, None)

    def confirm(self, confirmation: Any) -> bool:
        called = confirmation.word == "PRESENT" and confirmation.person.split()[0].lower() in self.absent
        return bool(self.answer("confirm", confirmation, not called))

    def record(self, form: Any) -> dict[str, str]:
        return dict(self.answer("record", form, None) or {blank.name: self.read(form, blank) for blank in form.blanks})

    def read(self, form: Any, blank: Any) -> str:
        """What they write into a blank: what they see, or have heard."""
        if form.digest_words:
            return read_aloud(form, blank)
        now = iso(self.clock.machine_utc())
        seen = {"source": "the wall", "reference": now, "bag": "BAG-7", "bags": "Whole.", "sealed": "Bag 17."}
        seen |= {"what": "A laptop was stolen.", "aware": now, "words": "It was cold."}
        if blank.name == "heads":
            return next(number for number in map(str, range(1, 9)) if blank.check(number) is None)
        return seen.get(blank.name, "x")

    def review(self, review: Any) -> None:
        self.answer("review", review, None)

    def approve(self, request: Any) -> bool:
        return bool(self.answer("approve", request, True))

    def secret(self, request: Any) -> Secret:
        return Secret(str(self.answer("secret", request, pin_of(request.name))))

    def show_secret(self, display: Any) -> bool:
        printing = bool(self.answer("show_secret", display, False))
        self.cards[display.name] = display.words.reveal()
        return printing

    def secret_words(self, request: Any) -> Secret | None:
        self.asked.append(("secret_words", request.step.id, request))
        words = self.typed(request) if self.typed else self.cards[request.name]
        return None if words is None else Secret(words)

    def choose(self, choice: Any) -> str:
        usual = "stop" if "share" in choice.title.lower() else "abort"
        names = [option.name for option in choice.options]
        return str(self.answer("choose", choice, next((name for name in USUAL if name in names), usual)))

    @contextmanager
    def progress(self, progress: Any) -> Iterator[None]:
        self.answer("progress", progress, None)
        yield

    def answer(self, method: str, request: Any, usual: Any) -> Any:
        """What a test wants answered, or the usual."""
        self.asked.append((method, request.step.id, request))
        special = self.answers.get((method, request.step.id))
        answer = special(request) if special else None
        return usual if answer is None else answer

    def of(self, method: str, step: str = "") -> list[Any]:
        """The requests of one method, in one step where it is named."""
        return [request for name, where, request in self.asked if name == method and step in ("", where)]

    def once(self, method: str, step: str, act: Callable[[], Any]) -> None:
        """At the first such request of a step something happens in the room; then the answer is the usual one."""
        done: list[bool] = []

        def answer(request: Any) -> Any:
            del request
            if not done:
                done.append(True)
                return act()
            return None

        self.answers[method, step] = answer

    def leave(self, person: str, reason: str = "Called away.") -> None:
        """Somebody goes out."""
        self.say("left", {"person": person, "reason": reason})

    def come_back(self, person: str) -> None:
        """And in again."""
        self.say("returned", {"person": person})


def pin_of(name: str) -> str:
    """The PIN that people chose for what is asked for, as `token-so-pin:LABEL`: a token has one of each kind."""
    kind, label = name.split(":")
    return f"so-pin of {label}" if "-so-" in kind else f"pin of {label}"


def read_aloud(form: Any, blank: Any) -> str:
    """The words that a blank asks for by number."""
    numbers = blank.name.removeprefix("words-").split("-")
    return " ".join(form.digest_words[int(number) - 1] for number in numbers)


def slipped(words: str, place: int = 7) -> str:
    """A card with one word typed wrong."""
    typed = words.split()
    typed[place] = "acid" if typed[place] != "acid" else "zero"
    return " ".join(typed)
