"""The line-by-line runner: the same ceremony on any terminal, for screen readers, braille and serial consoles."""

from __future__ import annotations

from ceremony.plain.officiant import PlainOfficiant

__all__ = ["PlainOfficiant"]
