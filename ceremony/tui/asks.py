"""What people are asked, one class for each kind of question: what is shown, what is typed, what F2 then means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.widget import Widget

from ceremony.engine.notices import StepView
from ceremony.engine.questions import Blank, Choice, Confirmation, Form, Instruction
from ceremony.tui.bars import waiting_for
from ceremony.tui.blocks import Block, Gap, Pair, Para, fault_blocks
from ceremony.tui.fields import FieldRow, TextField
from ceremony.tui.paper import Menu, Note

Given = list[tuple[str, str]]
"""Names and values for the page of evidence."""


class ComplaintError(Exception):
    """What was typed is not acceptable; the sentence says why."""


class Ask(Vertical):
    """One question. `page` is what is read, the widgets are what is typed into, `commit` is F2."""

    VERB = "Done"
    TITLE = ""
    HELP = "Do what the text says. When it is done, press F2."

    def __init__(self, step: StepView | None) -> None:
        super().__init__(classes="auto")
        self.step = step

    def compose(self) -> ComposeResult:
        """Called by Textual."""
        yield from self.parts()

    def parts(self) -> Iterator[Widget]:
        """The widgets to type into; to be overridden."""
        yield from ()

    @property
    def verb(self) -> str:
        """The label of F2."""
        return self.VERB

    @property
    def help(self) -> str:
        """What F1 says of it."""
        return self.HELP

    def page(self) -> list[Block]:
        """What is read before an answer is given."""
        return []

    def waiting(self) -> str:
        """The status line."""
        return ""

    def first(self) -> Widget | None:
        """What has the focus at first; None for the page. Never what could do harm."""
        return None

    def commit(self) -> object:
        """The answer. Raises ComplaintError where there is none yet."""
        return None

    def given(self, answer: object) -> Given:
        """What the answer adds to the page of evidence. Never a secret."""
        return []

    def aloud(self) -> str:
        """What is read aloud with F9."""
        return self.step.text if self.step is not None else ""


def _about(step: StepView, text: str) -> list[Block]:
    """The step's own text where the request says something else, then the request's."""
    blocks: list[Block] = []
    if step.text and step.text.strip() != text.strip():
        blocks += [Para(step.text), Gap()]
    if text:
        blocks.append(Para(text, "strong"))
    return blocks


def _details(pairs: tuple[tuple[str, str], ...]) -> list[Block]:
    return [Gap(), *(Pair(name, value, exactly=True) for name, value in pairs)] if pairs else []


class InstructAsk(Ask):
    """Something to do or to hear."""

    def __init__(self, request: Instruction) -> None:
        super().__init__(request.step)
        self._request = request

    @property
    def verb(self) -> str:
        """See Ask."""
        return self._request.acknowledge

    def page(self) -> list[Block]:
        """See Ask."""
        return _about(self._request.step, self._request.text) + _details(self._request.details)

    def parts(self) -> Iterator[Widget]:
        """See Ask."""
        yield Note([Para(f"When this is so: F2 ({self.verb}).", "label")])

    def waiting(self) -> str:
        """See Ask."""
        return waiting_for(self._request.step.actor, "then F2")

    def aloud(self) -> str:
        """See Ask."""
        return self._request.text


class ConfirmAsk(Ask):
    """A statement, made by typing a word."""

    VERB = "Confirm"
    HELP = "Read the statement aloud. Who agrees types the word exactly as shown, in capital letters, and presses F2."

    def __init__(self, request: Confirmation) -> None:
        super().__init__(request.step)
        self._request = request
        self._field = TextField(id="word")
        self._row = FieldRow(f"{request.person} types {request.word}", self._field, hint=f"or {self._no} to decline")

    @property
    def _no(self) -> str:
        return "NO" if self._request.word != "NO" else "DECLINE"

    def page(self) -> list[Block]:
        """See Ask."""
        return _about(self._request.step, self._request.statement) + _details(self._request.details)

    def parts(self) -> Iterator[Widget]:
        """See Ask."""
        yield self._row

    def waiting(self) -> str:
        """See Ask."""
        tab = "Tab, " if self._request.danger else ""
        return waiting_for(self._request.person, f"{tab}type {self._request.word}, then F2")

    def first(self) -> Widget | None:
        """See Ask."""
        return None if self._request.danger else self._field

    def commit(self) -> object:
        """See Ask."""
        if self._field.value == self._request.word:
            return True
        if self._field.value == self._no:
            return False
        raise ComplaintError(not_the_word(self._row, self._field, self._request.word, self._no))

    def given(self, answer: object) -> Given:
        """See Ask."""
        return [(self._request.person, f"{self._request.statement} [{'confirmed' if answer else 'declined'}]")]

    def aloud(self) -> str:
        """See Ask."""
        return self._request.statement


def not_the_word(row: FieldRow, field: TextField, *words: str) -> str:
    """Say at the field, and return for the status line, which words would do."""
    wanted = " or ".join(words)
    text = f"Nothing was done. Type exactly {wanted}, then F2."
    row.complain(f"Type exactly {wanted}.")
    field.screen.set_focus(field)
    return text


class FormAsk(Ask):
    """Evidence to enter."""

    VERB = "Save"
    HELP = "Fill in each field. Tab or Enter goes to the next. Read the entries back aloud, then press F2."

    def __init__(self, request: Form) -> None:
        super().__init__(request.step)
        self._request = request
        self._rows: list[tuple[Blank, FieldRow, TextField]] = []
        for blank in request.blanks:
            field = TextField(blank.default, id=f"field-{len(self._rows)}")
            self._rows.append((blank, FieldRow(blank.label, field, hint=blank.hint), field))

    def page(self) -> list[Block]:
        """See Ask."""
        heading = self._request.title
        title: list[Block] = [Para(heading, "label")] if heading and heading != self._request.step.title else []
        return title + _about(self._request.step, self._request.text)

    def parts(self) -> Iterator[Widget]:
        """See Ask."""
        for _, row, _ in self._rows:
            yield row

    def waiting(self) -> str:
        """See Ask."""
        count = len(self._rows)
        fields = "1 field" if count == 1 else f"{count} fields"
        return waiting_for(self._request.step.actor, f"{fields} to fill in, then F2")

    def first(self) -> Widget | None:
        """See Ask."""
        return self._rows[0][2] if self._rows else None

    def commit(self) -> object:
        """See Ask."""
        answers: dict[str, str] = {}
        wrong: list[TextField] = []
        for blank, row, field in self._rows:
            text = field.value.strip()
            complaint = blank.check(text) if blank.check is not None else None
            row.complain(complaint or "")
            if complaint:
                wrong.append(field)
            answers[blank.name] = text
        if wrong:
            wrong[0].screen.set_focus(wrong[0])
            raise ComplaintError(f"Nothing was saved: {len(wrong)} of {len(self._rows)} fields need attention.")
        return answers

    def given(self, answer: object) -> Given:
        """See Ask."""
        entered = answer if isinstance(answer, dict) else {}
        return [(blank.label, str(entered.get(blank.name, ""))) for blank in self._request.blanks]


class Options(Menu):
    """Ways to go on; takes the height it needs. PgUp and PgDn move the text above, which must be read first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "screen.scroll_paper('page', -1)", show=False),
        Binding("pagedown", "screen.scroll_paper('page', 1)", show=False),
    ]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Called by Textual."""
        return 1 + sum(len(block.lines(max(1, width - 2))) for block in self.blocks)


class ChooseAsk(Ask):
    """A decision. The first way is the safe one and is pointed at; a way that needs a word needs it typed."""

    VERB = "Choose"
    HELP = "Up and Down point at a way to go on; F2 takes it. Where a word is asked for, it must be typed first."

    def __init__(self, request: Choice) -> None:
        super().__init__(request.step)
        self._request = request
        ways = [self._option(at) for at in range(len(request.options))]
        self._menu = Options("Ways to go on", ways, id="options", on_point=self._pointed)
        self._field = TextField(id="word")
        self._row = FieldRow("Type the word that this way asks for", self._field)
        self._row.display = bool(request.options and request.options[0].word)

    def _option(self, at: int) -> Block:
        option = self._request.options[at]
        return Para(option.label + (f"  [needs the word {option.word}]" if option.word else ""))

    def _pointed(self, at: int) -> None:
        """Show the field for the word only where the way that is pointed at needs one."""
        self._row.display = bool(self._request.options[at].word)

    def page(self) -> list[Block]:
        """See Ask."""
        fault = self._request.fault
        blocks: list[Block] = []
        if fault is not None:
            blocks += [*fault_blocks(fault), Gap()]
        if self._request.title and fault is None:
            blocks.append(Para(self._request.title, "strong"))
        if self._request.text and (fault is None or self._request.text not in str(fault)):
            blocks.append(Para(self._request.text))
        return blocks

    def parts(self) -> Iterator[Widget]:
        """See Ask."""
        yield self._menu
        yield self._row

    def waiting(self) -> str:
        """See Ask."""
        if self._request.person:
            return waiting_for(self._request.person, "Up and Down, type the word, then F2")
        return "THE PEOPLE IN THE ROOM DECIDE: Up and Down, then F2"

    def first(self) -> Widget | None:
        """See Ask."""
        return self._menu

    def commit(self) -> object:
        """See Ask."""
        option = self._request.options[self._menu.pointed]
        if option.word and self._field.value != option.word:
            raise ComplaintError(not_the_word(self._row, self._field, option.word))
        return option.name

    def given(self, answer: object) -> Given:
        """See Ask."""
        label = next((option.label for option in self._request.options if option.name == answer), "")
        return [(self._request.title, label)]

    def aloud(self) -> str:
        """See Ask."""
        return f"{self._request.title}\n{self._request.text}"
