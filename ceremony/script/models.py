"""What will be done, by whom, in what order: the ceremony script as a person writes it."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from ceremony.custody.people import Role
from ceremony.policy.primitives import Line, Model, Slug, Text
from ceremony.script.certificate_steps import CrossSign, GenerateKey, Issue, MakeRequest, SelfSign
from ceremony.script.custody_steps import BackupKey, DestroyKey, ParkKey, RestoreTest
from ceremony.script.declaration import STEPS, StepBase, declared
from ceremony.script.ledger_steps import CheckBag, DestroyItem, HandOver, Item, ItemName, OpenBag, ReceiveItems, SealBag
from ceremony.script.status_steps import Revocation, SignCrl, SignOcsp
from ceremony.script.steps import (
    Attest,
    Close,
    CompareClock,
    Export,
    Incident,
    OpenToken,
    PinShares,
    Record,
    RecordField,
    RelativePath,
    RenewPins,
    ReviewInventory,
    RollCall,
    TokenChoice,
)

__all__ = [
    "STEPS",
    "AboutKeys",
    "Attest",
    "BackupKey",
    "CheckBag",
    "Close",
    "CompareClock",
    "CrossSign",
    "DestroyItem",
    "DestroyKey",
    "Export",
    "GenerateKey",
    "HandOver",
    "Incident",
    "Issue",
    "Item",
    "MakeRequest",
    "Material",
    "MovesItems",
    "OpenBag",
    "OpenToken",
    "ParkKey",
    "PinShares",
    "ReceiveItems",
    "Record",
    "RecordField",
    "RelativePath",
    "RenewPins",
    "RestoreTest",
    "ReviewInventory",
    "Revocation",
    "RoleDuty",
    "RollCall",
    "Script",
    "SealBag",
    "Section",
    "SelfSign",
    "SignCrl",
    "SignOcsp",
    "Signs",
    "SplitsPins",
    "Step",
    "StepBase",
    "TokenChoice",
]


SplitsPins = OpenToken | BackupKey | RenewPins
"""Steps that may draw PINs and split them: `shares` says how."""


class RoleDuty(Model):
    """A role of this ceremony and the people (ids of people.yaml) who hold it today."""

    people: Annotated[tuple[Slug, ...], Field(min_length=1)]
    duty: Line
    needed: Annotated[int, Field(ge=1, le=50)] | None = None
    """How many of them must be present; all of them where nothing is said."""
    deputies: tuple[Slug, ...] = ()
    """Who may stand in today for one of them who is absent, in this order."""

    @property
    def quorum(self) -> int:
        """How many must be present, whether they hold the role themselves or stand in for somebody."""
        return self.needed or len(self.people)

    @property
    def eligible(self) -> tuple[str, ...]:
        """Those who may act in this role: its holders first, then their deputies."""
        return (*self.people, *self.deputies)


class Material(Model):
    """Something that must lie on the table."""

    item: Line
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    serial: Line | None = None


Step = Annotated[
    RollCall
    | Attest
    | Record
    | CompareClock
    | OpenToken
    | RenewPins
    | GenerateKey
    | ParkKey
    | SelfSign
    | Issue
    | CrossSign
    | MakeRequest
    | SignCrl
    | SignOcsp
    | BackupKey
    | RestoreTest
    | DestroyKey
    | Incident
    | ReviewInventory
    | ReceiveItems
    | CheckBag
    | OpenBag
    | SealBag
    | HandOver
    | DestroyItem
    | Export
    | Close,
    Field(discriminator="kind"),
]

Signs = SelfSign | Issue | CrossSign | MakeRequest | SignCrl | SignOcsp
"""Kinds of step in which a key of the ceremony's token signs."""

AboutKeys = GenerateKey | ParkKey | BackupKey | RestoreTest | DestroyKey
"""Kinds of step that are about keys themselves."""

MovesItems = ReceiveItems | CheckBag | OpenBag | SealBag | HandOver | DestroyItem
"""Kinds of step of the custody ledger."""


def _require_all() -> None:
    """Raises TypeError where one of the unions above does not hold exactly the kinds that declare it."""
    every = set(STEPS.values())
    for union, wanted in (
        (get_args(Step)[0], every),
        (Signs, set(declared(signs=True))),
        (AboutKeys, {kind for kind in every if kind.keys_named is not StepBase.keys_named}),
        (MovesItems, set(declared(items=True))),
        (SplitsPins, {kind for kind in every if kind.splits is not StepBase.splits}),
    ):
        if set(get_args(union)) != wanted:
            names = ", ".join(sorted(kind.__name__ for kind in set(get_args(union)) ^ wanted))
            raise TypeError(f"a union of kinds of step and what they declare do not agree: {names}")


_require_all()


class Section(Model):
    """A named group of steps."""

    title: Line
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]


class Script(Model):
    """One ceremony script (`policies/<ca>/ceremonies/<name>.yaml`)."""

    format: Literal["ceremony-script/1"]
    id: Slug
    title: Line
    version: Line
    purpose: Text
    location: Line
    policy: RelativePath
    people: RelativePath
    roles: Annotated[dict[Role, RoleDuty], Field(min_length=1)]
    seal_by: Slug
    """The person whose own token key seals the record."""
    token: TokenChoice
    other_tokens: dict[Slug, TokenChoice] = Field(default_factory=dict)
    """Tokens beside the ceremony's own, by the name that steps use: those that hold backups."""
    rehearsed: Literal["must", "may"] = "may"
    """Whether production refuses to begin without a rehearsal of these very bytes in the archive."""
    materials: tuple[Material, ...] = ()
    items: dict[ItemName, Item] = Field(default_factory=dict)
    """What the custody ledger follows, by the name that steps use."""
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
