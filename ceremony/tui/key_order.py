"""One key after another: a key is delivered only when the one before it has been dealt with to the end.

Stock, the keys of a burst (a barcode scanner, a token that types) all go to the field that had the focus when the burst
came in, even where an Enter in the middle of it moved on. And F2 pressed twice in a hurry, or held down, would answer
the next question unread; it counts once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

from textual import events
from textual.message_pump import MessagePump

COMMIT_KEY = "f2"
COMMIT_PAUSE = 0.3
"""Seconds that must lie between two presses of F2, with no other key between them, for the second to count."""


class KeyOrder:
    """Holds keys back until the one under way has passed from the focused widget up to the app."""

    def __init__(self, app: MessagePump, deliver: Callable[[events.Key], Awaitable[MessagePump]]) -> None:
        self.commit_pause = COMMIT_PAUSE
        self._app = app
        self._deliver = deliver
        self._waiting: deque[events.Key] = deque()
        self._number = 0
        self._under_way = False
        self._beats = 0
        self._last_commit: float | None = None

    def too_quick(self, event: events.Key) -> bool:
        """Whether this is F2 straight after F2, before anybody can have read what the first one led to."""
        if event.key != COMMIT_KEY:
            self._last_commit = None  # whoever pressed another key in between means this one
            return False
        last, self._last_commit = self._last_commit, event.time
        return last is not None and event.time - last < self.commit_pause

    async def take(self, event: events.Key) -> None:
        """Deliver a key, or keep it until its turn."""
        if self._under_way:
            self._waiting.append(event)
        else:
            await self._send(event)

    def beat(self) -> None:
        """Twice a second: a key whose widget went away meanwhile holds nothing up."""
        self._beats += 1
        if self._under_way and self._beats > 1:
            self._done(self._number)

    async def _send(self, event: events.Key) -> None:
        self._under_way = True
        self._beats = 0
        self._number += 1
        target = await self._deliver(event)
        self._climb(target, self._number)

    def _climb(self, node: MessagePump, number: int) -> None:
        """Follow the key: it was put into the queue of `node` before this call is."""
        if not node.call_later(self._passed, node, number):
            self._done(number)

    def _passed(self, node: MessagePump, number: int) -> None:
        if node is self._app:
            self._done(number)
        elif number == self._number:
            self._climb(node._parent or self._app, number)  # noqa: SLF001 - the way that Textual bubbles a key

    def _done(self, number: int) -> None:
        if number != self._number or not self._under_way:
            return
        self._under_way = False
        if self._waiting:
            self._under_way = True
            self._app.call_later(self._send, self._waiting.popleft())
