"""What every kind of event has: typed data, and the sentence that people read."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class EventData(BaseModel):
    """Base of every kind of event."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    kind: ClassVar[str] = ""

    def summary(self) -> str:
        """One line for people; no secret, no line break."""
        raise NotImplementedError


class Named(EventData):
    """A name and what was found under it."""

    name: str
    value: str

    def summary(self) -> str:
        return f"{self.name}: {self.value}"


class RecordedFinding(EventData):
    """A finding as the record keeps it."""

    rule: str
    severity: str
    message: str
    source: str

    def summary(self) -> str:
        return f"{self.severity.upper()} {self.rule}: {self.message}"


class WrittenFile(EventData):
    """One file: its path below the folder, hash and size."""

    path: str
    sha256: str
    size: int

    def summary(self) -> str:
        return f"{self.path} ({self.size} octets)"
