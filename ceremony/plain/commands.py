"""What can be said at every prompt of the plain runner: remarks for the record, help, and the way out."""

from __future__ import annotations

from collections.abc import Callable

from ceremony.engine.notices import StepView
from ceremony.errors import CeremonyError, Interrupted
from ceremony.plain.console import Console, prose, word_lines
from ceremony.plain.people import PeopleCommands
from ceremony.room.ascii import exact, spoken

HELP = (
    "/help          this list",
    "/repeat        say again what is asked for now",
    "/step          the text of this step, who acts, and the clauses",
    "/head          the chain head of the record, in hex and in words",
    "/note TEXT     write a remark into the record",
    "/deviation     write down that something is not as the script says, and who concurs",
    "/who           who is in the room",
    "/left          somebody leaves the room",
    "/back          somebody is back in the room",
    "/in            somebody who was absent comes in, before the next step",
    "/break TEXT    a break before the next step, and why",
    "/abort         end the ceremony; it asks for a reason and for the word ABORT",
)

LATER = ("entered", "break")
"""Remarks that wait until no step is under way."""

Remark = Callable[[str, dict[str, str]], None]


class Commands:
    """The slash commands. `step` and `head` are kept up to date by the officiant."""

    def __init__(self, console: Console) -> None:
        self.step: StepView | None = None
        self.head = ""
        self.remark: Remark | None = None
        self.people = PeopleCommands(console, self._send)
        self._console = console
        console.on_command = self.run

    def run(self, line: str) -> None:
        """Carry out one command line. Raises Interrupted for a confirmed /abort."""
        name, _, rest = line.partition(" ")
        say = self._console.say
        if name == "/note":
            self._note(rest.strip())
        elif name == "/deviation":
            self._deviation()
        elif name in self.people.NAMES:
            self.people.run(name, rest.strip())
        elif name == "/abort":
            self._abort()
        elif name == "/repeat":
            say(*self._console.presented)
        elif name == "/step":
            say(*self.step_lines())
        elif name == "/head":
            say(*self.head_lines())
        elif name == "/help":
            say(*HELP)
        else:
            say(f"There is no command {exact(name)}.", *HELP)

    def at(self, step: StepView) -> None:
        """Something is asked there: what is done before a step is told when it begins, and the step again after it."""
        last, self.step = self.step, step
        if last is not None and (last.before, last.heading, last.text) == (step.before, step.heading, step.text):
            return
        if step.before:
            head = ("", f"--- {self._console.mode} {spoken(step.heading)}", *prose(step.text))
            self._console.say(*head, *acting(step))
        elif last is not None and last.before:
            self._console.say("", f"--- {self._console.mode} {spoken(step.heading)}", *acting(step))

    def step_lines(self) -> list[str]:
        """The present step in full."""
        if self.step is None:
            return ["No step has begun yet."]
        return [spoken(self.step.heading), *prose(self.step.text), *acting(self.step)]

    def head_lines(self) -> list[str]:
        """The chain head in hex and in words."""
        if not self.head:
            return ["The record has no head yet."]
        from ceremony.words import words

        return [f"chain head: {self.head}", *word_lines(words(bytes.fromhex(self.head)))]

    def _note(self, text: str) -> None:
        if text:
            self._send("note", {"text": text})
        else:
            self._console.say("Type the remark after the word, like this: /note The camera was moved.")

    def _deviation(self) -> None:
        self._console.say("A deviation goes into the record. A single full stop gives it up.")
        data = self._exception()
        if data is None:
            self._console.say("No deviation was written.")
        else:
            self._send("deviation", data)

    def _exception(self) -> dict[str, str] | None:
        """The texts of a deviation; None where somebody gives it up."""
        data = {}
        for key, question in (
            ("expected", "What does the script say?"),
            ("happened", "What happened?"),
            ("decided", "What was decided?"),
            ("decided_by", "Who decided?"),
        ):
            answer = self._console.ask_in_command(question)
            if answer is None:
                return None
            data[key] = answer
        says = self.people.says()
        if says is None:
            return None
        if not says:
            return data
        touched = self._console.ask_in_command("Which clauses does it touch? (OK: those of the step; - : none)")
        if touched is None:
            return None
        of_step = "; ".join(self.step.clauses) if self.step is not None else ""
        return {**data, **says, "clauses": {"OK": of_step, "-": ""}.get(touched, touched)}

    def _abort(self) -> None:
        ask = self._console.ask_in_command
        self._console.say("This ends the ceremony. What was made stays; the record says why it ended.")
        reason = ask("Why must it end? (a single full stop: go on)")
        if reason is not None and ask("Type ABORT to end the ceremony, anything else to go on") == "ABORT":
            raise Interrupted(f"/abort: {reason}")
        self._console.say("The ceremony goes on.", *self._console.presented)

    def _send(self, kind: str, data: dict[str, str]) -> None:
        if self.remark is None:
            self._console.say("The record is not open yet. Nothing was written.")
            return
        try:
            self.remark(kind, data)
        except CeremonyError as error:
            self._console.say("This could not be written into the record.", *error.paragraphs())
            raise
        self._console.say("It is done before the next step." if kind in LATER else f"The {kind} is in the record.")


def acting(step: StepView) -> list[str]:
    """Who acts, who watches, and which clauses the step serves."""
    lines = [f"  who acts: {spoken(step.actor)}"]
    if step.witness:
        lines.append(f"  witness: {spoken(step.witness)}")
    if step.clauses:
        lines.append(f"  clauses: {spoken(', '.join(step.clauses))}")
    return lines
