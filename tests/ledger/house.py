"""A CA that follows its items, and people who read what the record expects unless told otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.house.ca import House
from tests.house.people import People

CA = Path(__file__).parent / "ca"
SCRIPTS = ("first", "second", "third")


@dataclass
class Readers(People):
    """What they read is what the record expects; `reads[(step id, blank)]` is what they read instead."""

    reads: dict[tuple[str, str], str] = field(default_factory=dict)
    bags: int = 0

    def read(self, form: Any, blank: Any) -> str:
        return self.reads.get((form.step.id, blank.name), self._usual(form, blank))

    def _usual(self, form: Any, blank: Any) -> str:
        if blank.recorded:
            return str(blank.recorded)
        match blank.name.rpartition("-")[2]:
            case "serial" | "seal":
                return "none"
            case "condition":
                return "intact"
            case "bag":
                self.bags += 1
        bag = f"BAG-{self.bags:06}"
        usual = {"bag": bag, "bag-again": bag, "to": "Budi Hartono"}
        usual |= {"decided": "We saw it fall from the table.", "decided-by": "rini"}
        return usual.get(blank.name) or super().read(form, blank)


@dataclass
class Ledgers(House):
    """Three ceremonies, each going on from what the one before left. `people` answer."""

    people: Readers = field(default_factory=Readers)

    def again(self) -> Readers:
        self.people = Readers(bags=self.people.bags)
        return self.people

    def upto(self, script: str) -> Ledgers:
        """Hold every ceremony before this one."""
        for name in SCRIPTS[: SCRIPTS.index(script)]:
            assert self.hold(name).closed, self.events("step-failed", SCRIPTS.index(name) + 1)
            self.again()
        return self
