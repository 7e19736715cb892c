"""Which tokens a ceremony uses: the one that the script names, those for backups, and the one that seals the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from ceremony.custody.people import Person
from ceremony.errors import CeremonyError
from ceremony.script.other_tokens import other_token
from ceremony.script.plan import Plan
from ceremony.script.practice_label import PRACTICE_PREFIX, practice_label
from ceremony.token.module import Module, TokenInfo
from ceremony.token.stopwatch import Stopwatch


@dataclass(frozen=True, slots=True)
class Place:
    """A token as it is looked for: the module that reaches it, its label, and its serial number where known."""

    module: Module
    label: str
    serial: str | None
    practice_pin: str = ""
    """Of a practice token that stands in for another."""


class Tokens(Protocol):
    """Finds the tokens. Practice and production differ here and nowhere else in the engine."""

    @property
    def stopwatch(self) -> Stopwatch:
        """Time inside C_GenerateKeyPair and C_Sign of the ceremony's token, by its module; none before it was looked
        for."""

    def ceremony(self) -> Place:
        """Where the token of the ceremony is."""

    def other(self, name: str) -> Place:
        """Where the token is that the script calls so among its `other_tokens`."""

    def credential(self, person: Person) -> Place:
        """Where the own token of a person is."""

    def has_credential(self, person: Person) -> bool:
        """False where the token must first be made (practice)."""


class ProductionTokens:
    """The tokens that script and people file name. A practice token is refused."""

    def __init__(self, plan: Plan, module: str | None = None) -> None:
        self._plan = plan
        self._choice = plan.script.token
        self._module = module or plan.script.token.module
        self._stopwatch = Stopwatch()

    @property
    def stopwatch(self) -> Stopwatch:
        """That of the module that was loaded."""
        return self._stopwatch

    def ceremony(self) -> Place:
        """The token that the script names by label and serial number."""
        _refuse_practice(self._choice.label)
        module = Module.load(self._module)
        self._stopwatch = module.stopwatch
        return Place(module, self._choice.label, self._choice.serial)

    def other(self, name: str) -> Place:
        """The token that the script names; reached as the ceremony's own where the script gives both one module."""
        choice = other_token(self._plan, name)
        _refuse_practice(choice.label)
        module = self._module if choice.module == self._choice.module else choice.module
        return Place(Module.load(module), choice.label, choice.serial)

    def credential(self, person: Person) -> Place:
        """The token that the people file names for this person."""
        if person.credential is None:
            raise CeremonyError(
                "This person has no credential.",
                detail=f"The people file names no certificate and token of {person.name}.",
                not_done="They signed nothing, and cannot.",
                next_step="Enter their certificate's SHA-256 and their token's label in people.yaml, and plan again.",
                code="CREDENTIAL-ABSENT",
            )
        credential = person.credential
        return Place(Module.load(credential.module), credential.token_label, credential.token_serial)

    def has_credential(self, person: Person) -> bool:
        """Production never makes credentials."""
        return True


class PracticeTokens:
    """SoftHSM tokens made for one rehearsal; their labels say so."""

    def __init__(self, plan: Plan, module: Module, pins: Mapping[str, str] = MappingProxyType({})) -> None:
        """`pins` are those of tokens that were made to stand in for others, by label."""
        self._plan = plan
        self._module = module
        self._pins = pins

    @property
    def stopwatch(self) -> Stopwatch:
        """That of the one module."""
        return self._module.stopwatch

    def ceremony(self) -> Place:
        """The practice stand-in for the script's token."""
        return self._place(self._plan.token_label)

    def other(self, name: str) -> Place:
        """The practice stand-in for one of the script's other tokens."""
        return self._place(other_token(self._plan, name).label)

    def credential(self, person: Person) -> Place:
        """The practice stand-in for the person's token."""
        return Place(self._module, practice_label(person.id), None)

    def has_credential(self, person: Person) -> bool:
        """Whether the stand-in was made already."""
        label = self.credential(person).label
        return any(token.label == label and token.initialised for token in self._module.tokens())

    def _place(self, label: str) -> Place:
        return Place(self._module, label, None, self._pins.get(label, ""))


def _refuse_practice(label: str) -> None:
    if label.startswith(PRACTICE_PREFIX):
        raise CeremonyError(
            "A practice token cannot serve in production.",
            detail=f"The script names the token {label}.",
            not_done="The token was not opened.",
            next_step="Name the production token in the script, or rehearse.",
            code="TOKEN-PRACTICE",
        )


def describe_token(token: TokenInfo) -> tuple[tuple[str, str], ...]:
    """What people compare with the label on the device."""
    warning = (("Warning", "SoftHSM keeps keys in files: whoever copies the files has the keys."),)
    return (
        *(warning if token.is_softhsm else ()),
        ("Label", token.label),
        ("Serial number", token.serial),
        ("Manufacturer", token.manufacturer),
        ("Model", token.model),
        ("Hardware / firmware", f"{token.hardware} / {token.firmware}"),
    )
