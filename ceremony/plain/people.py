"""The commands about who is in the room, and who concurs with a deviation, of the plain runner."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ceremony.engine.notices import InRoom
from ceremony.engine.questions import ASKED, DISSENT
from ceremony.plain.console import Console
from ceremony.room.ascii import spoken

WHERE = {"here": "in the room", "out": "left the room", "absent": "has not come", "reserve": "deputy, not needed"}


class PeopleCommands:
    """/who, /left, /back, /in and /break. `known` is kept up to date by the officiant."""

    NAMES = ("/who", "/left", "/back", "/in", "/break")

    def __init__(self, console: Console, send: Callable[[str, dict[str, str]], None]) -> None:
        self.known: Sequence[InRoom] = ()
        self._console = console
        self._send = send

    @property
    def here(self) -> list[InRoom]:
        """Those who are in the room now."""
        return self._those("here")

    def run(self, name: str, rest: str) -> None:
        """Carry out one of the commands."""
        if not self.here and name != "/back":
            self._console.say("Nobody has answered the roll, or nobody is here. Nothing was written.")
        elif name == "/who":
            self._console.say(*(f"  {spoken(each.name)}, {each.role}: {WHERE[each.where]}" for each in self.known))
        elif name == "/left":
            person = self._which("Who leaves?", self.here)
            reason = self._console.ask_in_command("Why? (a single full stop: nobody leaves)") if person else None
            if person is not None and reason is not None:
                self._send("left", {"person": person.id, "reason": reason})
        elif name == "/break":
            if rest:
                self._send("break", {"reason": rest})
            else:
                self._console.say("Type the reason after the word, like this: /break Lunch, until 13:00.")
        elif name == "/back":
            self._moved("returned", "Who is back?", self._those("out"))
        else:
            self._moved("entered", "Who comes in?", self._those("absent"))

    def says(self) -> dict[str, str] | None:
        """Who raises a deviation, and who dissents from it: the fields of the remark. None where it is given up."""
        here = self.here
        if not here:
            return {}
        raiser = self._which("Who raises it?", here)
        if raiser is None:
            return None
        data = {"raised_by": raiser.id, ASKED: " ".join(person.id for person in here)}
        self._console.say("Ask everybody in the room whether they concur.")
        while True:
            answer = self._console.ask_in_command(
                "Type ALL where no more people dissent, or the number of who dissents"
            )
            if answer is None:
                return None
            if answer == "ALL":
                return data
            person = dict(self._numbered(here)).get(answer)
            words = self._console.ask_in_command("In their own words?") if person else None
            if person is not None and words is not None:
                data[f"{DISSENT}{person.id}"] = words

    def _moved(self, kind: str, question: str, people: list[InRoom]) -> None:
        person = self._which(question, people) if people else None
        if person is not None:
            self._send(kind, {"person": person.id})
        elif not people:
            self._console.say("There is nobody of whom this could be said. Nothing was written.")

    def _those(self, where: str) -> list[InRoom]:
        return [person for person in self.known if person.where == where]

    def _numbered(self, people: list[InRoom]) -> list[tuple[str, InRoom]]:
        return [(str(number), person) for number, person in enumerate(people, 1)]

    def _which(self, question: str, people: list[InRoom]) -> InRoom | None:
        numbered = self._numbered(people)
        self._console.say(*(f"  {number}: {spoken(person.name)} ({person.role})" for number, person in numbered))
        answer = self._console.ask_in_command(f"{question} Its number (a single full stop: nobody)")
        chosen = dict(numbered).get(answer or "")
        if chosen is None:
            self._console.say("Nobody was chosen. Nothing was written.")
        return chosen
