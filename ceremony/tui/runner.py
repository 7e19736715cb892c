"""The ceremony while it runs: steps on the left, the instruction on the right, the record below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from textual import events
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from ceremony.engine.notices import Line as RecordLine
from ceremony.engine.notices import StepView
from ceremony.engine.questions import Progress
from ceremony.tui.asks import Ask, ComplaintError
from ceremony.tui.bars import Keys
from ceremony.tui.blocks import Block, Gap, Line, Pair, Para, clip
from ceremony.tui.frame import Frame
from ceremony.tui.glyphs import prose
from ceremony.tui.paper import Ink, Menu, Note, Paper
from ceremony.tui.room import STATE_MARKS, Room, spoken


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of the list, with the title of its section above where that begins."""

    mark: str
    number: int
    title: str
    section: str = ""

    def lines(self, width: int) -> list[Line]:
        """See Block."""
        head: list[Line] = [[(clip(prose(self.section), width), "label")]] if self.section else []
        style = {"[>]": "focus", "[!]": "warn", "[x]": ""}.get(self.mark, "")
        return [*head, [(clip(f"{self.mark} {self.number:02} {prose(self.title)}", width), style)]]


class Steps(Menu):
    """The list of steps; the step under way is brought onto the screen."""

    def _lines_of(self, number: int, width: int) -> list[Line]:
        if self.has_focus:
            return super()._lines_of(number, width)
        return self._blocks[number].lines(width)

    def on_focus(self, event: events.Focus) -> None:
        """Show the pointer."""
        self._again()

    def on_blur(self, event: events.Blur) -> None:
        """Hide the pointer."""
        self._again()

    def _again(self) -> None:
        self._laid_for = -1
        self._look()


class Log(Ink):
    """The chain head in hex and words, then the last lines of the record."""

    def __init__(self, room: Room) -> None:
        super().__init__(id="log")
        self.styles.padding = (0, 1)
        self._room = room

    def line(self, y: int) -> Line:
        """See Ink."""
        record = self._room.record
        width = self.size.width
        if not record:
            return [("── ", "rule"), ("Record", "title"), (" " + "─" * (width - 10), "rule")] if y == 0 else []
        last = record[-1]
        if y == 0:
            title = f"Record #{last.seq}  head {last.head[:16]}.."
            return [("── ", "rule"), (title, "title"), (" " + "─" * max(0, width - 4 - len(title)), "rule")]
        if y == 1:
            return [(_as_many(spoken(last.head, 8), width), "label")]
        room = self.size.height - 2
        tail = record[-room:]
        return [(_record_text(tail[y - 2], width), "")] if y - 2 < len(tail) else []


def _as_many(words: tuple[str, ...], width: int) -> str:
    """As many words as fit, whole."""
    text = ""
    for word in words:
        if len(text) + len(word) > width:
            break
        text += f"{word} "
    return text.rstrip()


def _record_text(line: RecordLine, width: int) -> str:
    """One line of the record: number, time of day, kind, summary."""
    time = line.at[11:19] + "Z" if len(line.at) >= 20 else line.at
    return clip(prose(f"{line.seq:>4} {time} {line.kind} {line.summary}"), width)


class Working(Ask):
    """A call to a device under way: it lives, how long it has taken, and that it cannot be cancelled."""

    VERB = ""

    def __init__(self, request: Progress, began: datetime) -> None:
        super().__init__(request.step)
        self.TITLE = f"The {request.device} is working"
        self._request = request
        self._began = began
        self._beat = 0
        self._bar = Note()

    @property
    def help(self) -> str:
        """See Ask."""
        return f"{self.TITLE} and cannot be stopped. Wait. Do not remove it and do not switch anything off."

    def page(self) -> list[Block]:
        """See Ask."""
        return [Para(self._request.text, "strong"), Gap(), Para(self._request.warning, "warn", lead="! ")]

    def parts(self) -> Iterator[Widget]:
        """See Ask."""
        yield self._bar

    def waiting(self) -> str:
        """See Ask."""
        return f"{self.TITLE.upper()}. Please wait."

    def beat(self, now: datetime) -> None:
        """Twice a second: the bar moves on."""
        seconds = max(0, int((now - self._began).total_seconds()))
        at = self._beat % 20
        self._beat += 1
        bar = "." * at + "#" + "." * (19 - at)
        self._bar.put([Para(f"[{bar}]  {seconds} seconds so far", "strong")])

    def aloud(self) -> str:
        """See Ask."""
        return f"{self._request.text}\n{self._request.warning}"


class RunnerScreen(Frame):
    """One step at a time."""

    SHOWS_HEAD = False

    def __init__(self) -> None:
        super().__init__()
        self.ask: Ask | None = None
        self._ready = False

    def body(self) -> Iterator[Widget]:
        """See Frame."""
        with Horizontal(id="body"):
            yield Steps("Steps", id="steps")
            with Vertical(id="right"):
                yield Paper("Opening", id="paper")
                yield Note(id="who")
                yield Vertical(id="prompt")
        yield Log(self.room)

    def start(self) -> None:
        """See Frame."""
        overview = self.room.overview
        if overview is not None:
            self.paper.put([Para(overview.title, "strong"), Gap(), Para(overview.purpose)])
        self.refresh_steps()
        self.say("Please wait.")
        self.set_focus(self.paper)

    def footer(self) -> Keys:
        """See Frame."""
        first, *rest = super().footer()
        verb = self.ask.verb if self.ask is not None else ""
        if self.house.busy:
            off = f"All other keys are off while the {self.house.busy} works."
            return [("F1", "Help"), ("F9", "Read aloud"), ("", off)]
        return [first, ("F2", clip(prose(verb), 12)), *rest] if verb else [first, *rest]

    # -- what the officiant changes -------------------------------------------------------------------------------

    def refresh_steps(self) -> None:
        """Draw states again and bring the current step onto the screen."""
        lines: list[Block] = []
        section = ""
        for step in self.room.steps:
            mark = STATE_MARKS[self.room.states.get(step.id, "todo")]
            lines.append(StepLine(mark, step.number, step.title, step.section if step.section != section else ""))
            section = step.section
        steps = self.query_one(Steps)
        done = sum(1 for state in self.room.states.values() if state in {"done", "deviated"})
        steps.put(lines, f"Steps {done}/{len(lines)}", keep=True)
        if self.room.step is not None and not steps.has_focus:
            steps.point(self.room.step.number - 1)

    def tick(self) -> None:
        """See Frame."""
        super().tick()
        for log in self.query(Log):
            log.refresh()

    def show_ask(self, ask: Ask) -> None:
        """Put a question on the screen, and the focus where it begins."""
        self.ask = ask
        self._ready = False
        self.call_later(self._show, ask)

    def clear_ask(self, text: str) -> None:
        """The question is answered or withdrawn."""
        self.ask = None
        self._ready = False
        self.set_focus(self.paper)
        self.query_one("#prompt", Vertical).remove_children()
        self.show_keys()
        self.say(text)

    def beat(self) -> None:
        """Twice a second while the token works."""
        if isinstance(self.ask, Working):
            self.ask.beat(self.room.clock())

    async def _show(self, ask: Ask) -> None:
        """All of it in one picture: nobody sees, or types into, half a question."""
        if self.ask is not ask:
            return
        with self.house.batch_update():
            prompt = self.query_one("#prompt", Vertical)
            await prompt.remove_children()
            await prompt.mount(ask)
            if self.ask is not ask:  # it was withdrawn meanwhile
                await prompt.remove_children()
                return
            step = ask.step or self.room.step
            blocks = ask.page()
            if step is not None and step.clauses:
                blocks += [Gap(), Pair("Clauses", ", ".join(step.clauses), column=10, style="")]
            self.paper.put(blocks, prose(step.heading) if step is not None else "")
            self.query_one("#who", Note).put(_who(step))
            self._ready = True
            self.set_focus(ask.first() or self.paper)
            self.show_keys()
            self.say(ask.waiting())
            self.beat()

    # -- keys -----------------------------------------------------------------------------------------------------

    def press_commit(self) -> None:
        """F2."""
        if self.ask is None or not self._ready:
            self.say("There is nothing to confirm now. Please wait.")
            return
        if self.unread():
            return
        try:
            answer = self.ask.commit()
        except ComplaintError as complaint:
            self.say(str(complaint))
            return
        self.house.questions.answer(answer, self.ask)

    def press_move(self) -> None:
        """F6: between the list of steps and the question."""
        if self.focused is self.query_one(Steps):
            self.set_focus((self.ask.first() if self.ask is not None else None) or self.paper)
        else:
            self.set_focus(self.query_one(Steps))


def _who(step: StepView | None) -> list[Block]:
    if step is None:
        return []
    who: list[Block] = [Pair("WHO ACTS", step.actor, column=10)]
    if step.witness:
        who.append(Pair("WITNESS", step.witness, column=10))
    return who
