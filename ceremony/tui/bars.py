"""The lines of the frame: header, chain head, status, keys; and what covers them in a terminal that is too small."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ceremony.tui.blocks import Line, clip
from ceremony.tui.glyphs import prose
from ceremony.tui.paper import Ink
from ceremony.tui.room import Room, spoken

if TYPE_CHECKING:
    from ceremony.tui.app import CeremonyApp

SMALLEST = (80, 24)
"""Columns and rows below which the app asks for a larger terminal instead of cutting something off."""

Keys = list[tuple[str, str]]
"""Key and label."""


def waiting_for(actor: str, what: str) -> str:
    """Who must act, and what they do, which is in sight at the smallest size: the names give way."""
    room = SMALLEST[0] - 2 - len(f"WAITING FOR : {what}")
    names = actor.partition(" (")[0] if len(actor) > room else actor
    return f"WAITING FOR {clip(names, room)}: {what}"


class Header(Ink):
    """Two lines: mode, title, step and clock; then policy and the ceremony's id."""

    def __init__(self, room: Room) -> None:
        super().__init__(id="header", classes="bar")
        self._room = room
        self._shown = ""

    def tick(self) -> None:
        """Draw again when something of it changed."""
        now = "".join(text for y in (0, 1) for text, _ in self.line(y))
        if now != self._shown:
            self._shown = now
            self.refresh()

    def line(self, y: int) -> Line:
        """See Ink."""
        room = self._room
        overview = room.overview
        width = self.size.width
        tag = f" {room.mode.upper()} "
        if y == 0:
            step = f"step {room.step.number}/{len(room.steps)}  " if room.step is not None else ""
            right = f"{step}{room.clock_text()} "
            name = prose(overview.title) if overview is not None else "no ceremony yet"
            name = clip(name, width - len(tag) - len(right) - 4)
            middle = f"  {name}"
            return [
                (tag, f"tag-{room.mode}"),
                (middle.ljust(width - len(tag) - len(right)), "key"),
                (right, "key"),
            ]
        if overview is None:
            words = "Rehearsal: nothing made here may be trusted." if room.mode == "practice" else "The real thing."
            return [(f" {words}", "")]
        agreed = "clock agreed " if room.offset_seconds is not None else "clock not agreed "
        if room.people:
            agreed = f"{len(room.here)} here  {agreed}"
        left = f" policy {overview.policy_sha256[:8]}  {prose(overview.ceremony_id)}"
        return [(clip(left, width - len(agreed) - 1).ljust(width - len(agreed)), ""), (agreed, "")]


class Head(Ink):
    """One line: the number of the last line of the record, the chain head in hex and in words."""

    def __init__(self, room: Room) -> None:
        super().__init__(id="head", classes="bar")
        self._room = room

    def line(self, y: int) -> Line:
        """See Ink."""
        record = self._room.record
        if not record:
            return [(" The record is empty.", "")]
        last = record[-1]
        hexadecimal = f" #{last.seq}  head {last.head[:16]}..  "
        words = ""
        for word in spoken(last.head, 8):
            if len(hexadecimal) + len(words) + len(word) + 1 > self.size.width:
                break
            words += f"{word} "
        return [(hexadecimal, "key"), (words, "")]


class Status(Ink):
    """One line: who must act, or what was just refused."""

    def __init__(self) -> None:
        super().__init__(id="status", classes="bar")
        self._text = ""

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def say(self, text: str) -> None:
        """Say something else."""
        self._text = prose(text)
        self.refresh()

    def line(self, y: int) -> Line:
        """See Ink."""
        return [(f" {clip(self._text, self.size.width - 2)}", "focus")]


class KeyBar(Ink):
    """One line of keys; those that matter least are left out where there is no room (F1 names all)."""

    def __init__(self) -> None:
        super().__init__(id="keys", classes="bar")
        self._keys: Keys = []

    def put(self, keys: Keys) -> None:
        """Show other keys."""
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def line(self, y: int) -> Line:
        """See Ink."""
        keys = list(self._keys)
        for spare in ("F5", "F6", "F7"):
            if sum(len(key) + len(label) + 2 for key, label in keys) < self.size.width:
                break
            keys = [pair for pair in keys if pair[0] != spare]
        gap = "  " if sum(len(key) + len(label) + 3 for key, label in keys) <= self.size.width else " "
        line: Line = [(" ", "")]
        for key, label in keys:
            line += [(key, "key"), (f" {label}{gap}", "")]
        return line


class TooSmall(Ink):
    """Covers the screen while the terminal is too small to show it whole."""

    def __init__(self) -> None:
        super().__init__(id="too-small")

    def line(self, y: int) -> Line:
        """See Ink."""
        width, height = self.size
        text = [
            f"{cast('CeremonyApp', self.app).room.mode.upper()}",
            "The terminal is too small.",
            f"It has {width} columns and {height} rows;",
            f"{SMALLEST[0]} by {SMALLEST[1]} are needed.",
            "Enlarge it: nothing is lost,",
            "and keys do nothing until then.",
        ]
        return [(text[y] if y < len(text) else "", "strong")]
