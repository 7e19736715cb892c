"""The steps about what lies on the table: items are received, bags sealed, looked at and opened, things handed over.

An item is anything that must not be lost or swapped: the token, a share card, a stick, the laptop. The register carries
it from ceremony to ceremony. Each of these steps has a witness, who confirms what is read aloud.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ceremony.policy.models import Policy
from ceremony.policy.primitives import Line, Model, Slug
from ceremony.script.declaration import Demands, StepBase
from ceremony.script.steps import BagNumber, TokenLabel
from ceremony.script.trace.items import CHECK_BAG, DESTROY_ITEM, HAND_OVER, OPEN_BAG, RECEIVE, SEAL_BAG

ItemName = Annotated[Slug, StringConstraints(max_length=40)]
"""What a script calls an item; short enough for the blank of a form to be named after it."""

Items = Annotated[tuple[ItemName, ...], Field(min_length=1)]


class Item(Model):
    """Something that the ledger follows. `serial` is what stands on it, where that is known beforehand."""

    what: Line
    serial: Line | None = None
    token: TokenLabel | None = None
    """The label of the token that it is: what is destroyed with it, the register then knows."""


class LedgerStep(StepBase, abstract=True):
    """A step of the ledger: the actor reads numbers aloud and types them, the witness confirms."""

    witness: Slug


class ReceiveItems(LedgerStep):
    """Items come into the room in their packaging: new ones, or such as were out of the CA's bags."""

    kind: Literal["receive-items"]
    items: Items
    demands = Demands(items=True)
    trace = RECEIVE

    def made_title(self, policy: Policy) -> str:
        return f"Receive {', '.join(self.items)}"

    @property
    def items_named(self) -> tuple[str, ...]:
        return self.items


class CheckBag(LedgerStep):
    """Somebody looks at a bag: its number and its condition. It stays closed."""

    kind: Literal["check-bag"]
    items: Items
    bag: BagNumber | None = None
    """The number that it must have, where the script wants to say so; the register knows it in any case."""
    demands = Demands(items=True)
    trace = CHECK_BAG

    def made_title(self, policy: Policy) -> str:
        return f"Look at the bag of {', '.join(self.items)}"

    @property
    def items_named(self) -> tuple[str, ...]:
        return self.items


class OpenBag(LedgerStep):
    """The bag that holds these items is compared with the register, then opened; each item's serial is read aloud."""

    kind: Literal["open-bag"]
    items: Items
    bag: BagNumber | None = None
    demands = Demands(items=True)
    trace = OPEN_BAG

    def made_title(self, policy: Policy) -> str:
        return f"Open the bag of {', '.join(self.items)}"

    @property
    def items_named(self) -> tuple[str, ...]:
        return self.items


class SealBag(LedgerStep):
    """Items go into one new bag, whose number is typed and read back.

    `after-close` is for what the ceremony still uses, such as the laptop: the bag's number is read now, and it is
    sealed as soon as the record is closed, before anybody leaves the room.
    """

    kind: Literal["seal-bag"]
    items: Items
    safe: Line
    when: Literal["now", "after-close"] = "now"
    demands = Demands(items=True)
    trace = SEAL_BAG

    def made_title(self, policy: Policy) -> str:
        return f"Seal {', '.join(self.items)}"

    @property
    def items_named(self) -> tuple[str, ...]:
        return self.items


class HandOver(LedgerStep):
    """Items leave the room with a person, whose name is typed."""

    kind: Literal["hand-over"]
    items: Items
    to: Line
    """Who is to take them; where it is the id of a person of this ceremony, nobody else can."""
    demands = Demands(items=True)
    trace = HAND_OVER

    def made_title(self, policy: Policy) -> str:
        return f"Hand over {', '.join(self.items)}"

    @property
    def items_named(self) -> tuple[str, ...]:
        return self.items


class DestroyItem(LedgerStep):
    """An item is destroyed before everybody's eyes."""

    kind: Literal["destroy-item"]
    item: ItemName
    method: Line
    demands = Demands(items=True)
    trace = DESTROY_ITEM

    def made_title(self, policy: Policy) -> str:
        return f"Destroy {self.item}"

    @property
    def items_named(self) -> tuple[str, ...]:
        return (self.item,)
