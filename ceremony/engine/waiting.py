"""What people asked for that waits until no step is under way: somebody comes in late, a break."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Literal, NamedTuple


class Request(NamedTuple):
    """One of them: who comes in, or why there is a break."""

    kind: Literal["entered", "break"]
    said: str


class Waiting:
    """They are done in the order in which they were asked for, between two steps (`engine.boundary`)."""

    def __init__(self) -> None:
        self._requests: deque[Request] = deque()

    def add(self, request: Request) -> None:
        """Ask for it."""
        self._requests.append(request)

    def each(self) -> Iterator[Request]:
        """Each once, with those that are added meanwhile; what is not taken waits on."""
        while self._requests:
            yield self._requests.popleft()
