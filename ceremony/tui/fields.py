"""Fields to type into: text, and PINs. Enter moves on to the next field and commits nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input

from ceremony.secret import Secret
from ceremony.tui.blocks import Line, Para
from ceremony.tui.paper import Ink, Note

if TYPE_CHECKING:
    from ceremony.tui.frame import Frame

MASK_WIDTH = 12
"""Stars shown for a PIN of any length."""


class TextField(Input):
    """One line of text."""

    ALLOW_SELECT = False

    def __init__(self, value: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(value, select_on_focus=False, compact=True, id=id, classes="typing")
        self.cursor_blink = False

    async def action_submit(self) -> None:
        """Enter: on to the next field."""
        enter_moves_on(self)


def enter_moves_on(field: Widget) -> None:
    """Focus the next field, and say what commits."""
    field.screen.focus_next(".typing")
    cast("Frame", field.screen).say("Enter commits nothing. When every field is right: F2.")


class FieldRow(Vertical):
    """A label, a field in brackets, and a complaint where there is one. `>` marks the field that has the focus."""

    def __init__(self, label: str, field: TextField | PinField, *, hint: str = "") -> None:
        super().__init__()
        self._label = Note([Para(f"{label} ({hint})" if hint else label, "label")])
        self.field = field
        self._mark = Note([Para("  [")], classes="field-mark")
        self._complaint = Note(classes="complaint")

    def compose(self) -> ComposeResult:
        """Called by Textual."""
        self._mark.styles.padding = 0
        end = Note([Para("]")], classes="field-end")
        end.styles.padding = 0
        yield self._label
        with Horizontal(classes="field-line"):
            yield self._mark
            yield self.field
            yield end
        yield self._complaint

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Mark it."""
        self._mark.put([Para("> [", "focus")])

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Unmark it."""
        self._mark.put([Para("  [")])

    def complain(self, text: str) -> None:
        """Say what is wrong with the text, or nothing."""
        self._complaint.put([Para(text, "bad", lead="! ")] if text else [])


class PinField(Ink, can_focus=True):
    """A PIN while it is typed: held here as octets, shown as a mask of one width, in no message and no reactive."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes="typing")
        self.__octets = bytearray()

    def __len__(self) -> int:
        return len(self.__octets)

    def __bool__(self) -> bool:
        return True

    def take(self) -> Secret:
        """What was typed, as a Secret; the field is empty afterwards."""
        secret = Secret(self.__octets.decode("utf-8"))
        self.wipe()
        return secret

    def wipe(self) -> None:
        """Overwrite and empty."""
        for at in range(len(self.__octets)):
            self.__octets[at] = 0
        self.__octets.clear()
        self.refresh()

    def line(self, y: int) -> Line:
        """See Ink."""
        return [("*" * MASK_WIDTH if self.__octets else "", "")]

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Printable keys are this field's."""
        return character is not None and character.isprintable()

    def on_key(self, event: events.Key) -> None:
        """Type, delete, clear, move on."""
        if event.is_printable and event.character is not None:
            self.__octets.extend(event.character.encode("utf-8"))
        elif event.key in {"backspace", "ctrl+h"}:
            self._drop_last()
        elif event.key in {"ctrl+u", "delete"}:
            self.wipe()
        elif event.key == "enter":
            enter_moves_on(self)
        else:
            return
        event.stop()
        event.prevent_default()
        self.refresh()

    def on_paste(self, event: events.Paste) -> None:
        """A PIN is typed by a person, never pasted."""
        event.stop()
        event.prevent_default()

    def _drop_last(self) -> None:
        while self.__octets:
            octet = self.__octets.pop()
            if octet & 0xC0 != 0x80:  # the first octet of the letter is gone
                return
