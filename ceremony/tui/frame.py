"""The frame of every screen: header, body, status line, keys. The zones never move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from ceremony.tui.bars import Head, Header, KeyBar, Keys, Status, TooSmall
from ceremony.tui.paper import Paper
from ceremony.tui.room import Room

if TYPE_CHECKING:
    from ceremony.tui.app import CeremonyApp


class Frame(Screen[None], inherit_bindings=False):
    """A whole screen. Enter never commits and Esc never leaves the ceremony: F2 and F10 do, each with a typed word."""

    AUTO_FOCUS = ""
    TITLE = None
    COMMIT = ""
    """The label of F2 here; nothing where F2 does nothing."""
    SHOWS_HEAD = True
    """Whether a line above the status line shows the chain head; the runner shows it in its record."""
    SHOWS_STATUS = True
    SECRET = False
    """Whether it shows what no picture of the screen may hold."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", show=False),
        Binding("shift+tab", "app.focus_previous", show=False),
        Binding("f1", "key('help')", show=False),
        Binding("f2", "key('commit')", show=False),
        Binding("f3", "key('evidence')", show=False),
        Binding("f4", "key('record')", show=False),
        Binding("f5", "key('redraw')", show=False),
        Binding("f6", "key('move')", show=False),
        Binding("f7", "key('note')", show=False),
        Binding("f8", "key('deviation')", show=False),
        Binding("f9", "key('aloud')", show=False),
        Binding("f10", "key('leave')", show=False),
        Binding("escape", "key('back')", show=False),
        Binding("enter", "key('enter')", show=False),
        Binding("up", "scroll_paper('by', -1)", show=False),
        Binding("down", "scroll_paper('by', 1)", show=False),
        Binding("pageup", "scroll_paper('page', -1)", show=False),
        Binding("pagedown", "scroll_paper('page', 1)", show=False),
    ]

    @property
    def house(self) -> CeremonyApp:
        """The app."""
        return cast("CeremonyApp", self.app)

    @property
    def room(self) -> Room:
        """What is known of the ceremony."""
        return self.house.room

    # -- zones ----------------------------------------------------------------------------------------------------

    def body(self) -> Iterator[Widget]:
        """The widgets between header and status line."""
        yield Paper(id="paper")

    def compose(self) -> ComposeResult:
        """Called by Textual."""
        self.add_class(f"-{self.room.mode}")
        yield Header(self.room)
        yield from self.body()
        if self.SHOWS_HEAD:
            yield Head(self.room)
        if self.SHOWS_STATUS:
            yield Status()
        yield KeyBar()
        yield TooSmall()

    def on_mount(self) -> None:
        """Show the keys, then what the screen is for."""
        self.show_keys()
        self.start()

    def start(self) -> None:
        """Fill the body; to be overridden."""

    def footer(self) -> Keys:
        """The keys of the last line."""
        commit: Keys = [("F2", self.COMMIT)] if self.COMMIT else []
        return [
            ("F1", "Help"),
            *commit,
            ("F3", "Evid"),
            ("F4", "Log"),
            ("F5", "Redraw"),
            ("F6", "Move"),
            ("F7", "Note"),
            ("F8", "Devn"),
            ("F9", "Read"),
            ("F10", "Abort"),
        ]

    def unread(self) -> bool:
        """Whether the page goes on below what people have seen; says so on the status line."""
        if self.paper.seen < len(self.paper.blocks):
            self.say("Read the text to its end first: PgDn shows more. Then F2.")
            return True
        return False

    def show_keys(self) -> None:
        """Draw the keys again."""
        self.query_one(KeyBar).put(self.footer())

    def say(self, text: str) -> None:
        """Put something on the status line."""
        for status in self.query(Status):
            status.say(text)

    def tick(self) -> None:
        """Once a second, and after each notice."""
        for header in self.query(Header):
            header.tick()
        for head in self.query(Head):
            head.refresh()

    @property
    def paper(self) -> Paper:
        """The page that PgUp and PgDn move when the focus is elsewhere."""
        return self.query_one("#paper", Paper)

    # -- keys -----------------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """A letter that nothing took: the person who types must learn where letters go."""
        fields = self.query(".typing")
        if event.is_printable and fields and not self.house.busy:
            self.say("Nothing was typed: Tab goes to the field.")

    def action_key(self, name: str) -> None:
        """One of the fixed keys."""
        if self.house.busy and name not in {"help", "aloud", "back"}:
            self.say(f"The {self.house.busy} is working. Only F1 and F9 answer until it has finished.")
            return
        getattr(self, f"press_{name}")()

    def action_scroll_paper(self, how: str, amount: int) -> None:
        """Move the page while the focus is in a field."""
        if how == "by":
            self.paper.action_by(amount)
        else:
            self.paper.action_page(amount)

    def press_help(self) -> None:
        """F1."""
        self.house.open_help()

    def press_commit(self) -> None:
        """F2."""
        self.say("There is nothing to confirm here.")

    def press_evidence(self) -> None:
        """F3."""
        self.house.open_evidence()

    def press_record(self) -> None:
        """F4."""
        self.house.open_record()

    def press_redraw(self) -> None:
        """F5."""
        self.house.redraw()

    def press_move(self) -> None:
        """F6."""
        self.focus_next()

    def press_note(self) -> None:
        """F7."""
        self.house.open_note()

    def press_deviation(self) -> None:
        """F8."""
        self.house.open_deviation()

    def press_aloud(self) -> None:
        """F9."""
        self.house.open_aloud()

    def press_leave(self) -> None:
        """F10."""
        self.house.open_abort()

    def press_back(self) -> None:
        """Esc."""
        self.say("Esc does not leave the ceremony. F10 aborts it.")

    def press_enter(self) -> None:
        """Enter."""
        self.say("Enter confirms nothing. F2 does." if self.COMMIT else "Enter does nothing here.")
