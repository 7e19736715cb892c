"""How long the token itself worked, so that the rest of a ceremony can be told apart from it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Stopwatch:
    """Seconds spent inside C_GenerateKeyPair and C_Sign, and how many of these calls succeeded.

    It measures durations and never dates anything, so it does not read the ceremony's clock.
    """

    seconds_generating: float = 0.0
    seconds_signing: float = 0.0
    key_generations: int = 0
    signatures: int = 0

    @contextmanager
    def generating(self, *, counts: bool = True) -> Iterator[None]:
        """Time one C_GenerateKeyPair; it counts as a generation only when it succeeds and is of a ceremony's key."""
        begun = time.perf_counter()
        try:
            yield
            self.key_generations += counts
        finally:
            self.seconds_generating += time.perf_counter() - begun

    @contextmanager
    def signing(self) -> Iterator[None]:
        """Time one C_Sign; it counts as a signature only when it succeeds."""
        begun = time.perf_counter()
        try:
            yield
            self.signatures += 1
        finally:
            self.seconds_signing += time.perf_counter() - begun
