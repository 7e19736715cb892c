"""The answers file of an unattended run: what people would have said, by step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from ceremony.errors import Finding, Severity
from ceremony.policy.primitives import Line, Model, Slug
from ceremony.policy.validate import validate
from ceremony.strict_yaml import Document, examine, refuse

PLACEHOLDERS = ("utc", "archive", "recorded")
"""What may stand in braces: `{utc}` is the machine's time now, `{archive}` the folder that holds the ceremonies,
`{recorded}` what the record makes everybody expect in this blank, in practice alone: the number of a bag, a serial."""

_BRACES = re.compile(r"\{([^{}]*)\}")


class Move(Model):
    """Somebody leaves (with a reason), returns or enters late; or everybody goes out for a break (with a reason)."""

    kind: Literal["left", "returned", "entered", "break"]
    person: Slug | None = None
    reason: Line | None = None

    @model_validator(mode="after")
    def _whole(self) -> Move:
        if (self.person is None) != (self.kind == "break"):
            raise ValueError("a break is everybody's; every other move names its person")
        if (self.reason is None) != (self.kind not in ("left", "break")):
            raise ValueError("give a reason to leave and for a break, and to nothing else")
        return self

    @property
    def fields(self) -> dict[str, str]:
        """The texts of the remark that says so."""
        return {name: text for name, text in (("person", self.person), ("reason", self.reason)) if text}


class StepAnswer(Model):
    """What is said at one step. Confirmations and approvals are given unless `confirm` is false."""

    fields: dict[Slug, Line] = Field(default_factory=dict)
    """The text of each blank, by its name; what stands in braces is filled in."""
    confirm: bool = True
    choose: tuple[Slug, ...] = ()
    """The options chosen, in the order in which the step asks."""
    moves: tuple[Move, ...] = ()
    """Who comes and goes before the step begins."""
    meanwhile: tuple[Move, ...] = ()
    """Who comes while the step waits for people; it is looked again then."""
    absent: tuple[Slug, ...] = ()
    """Those who do not answer the roll in this step."""


class Answers(Model):
    """An answers file (`format: ceremony-answers/1`). Steps that ask for nothing but acknowledgement need no entry."""

    format: Literal["ceremony-answers/1"]
    steps: dict[Slug, StepAnswer] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoadedAnswers:
    """The answers, and where each stands in its file."""

    answers: Answers
    document: Document

    def check_steps(self, known: Iterable[str]) -> None:
        """Refuse answers for steps that the script does not have. Raises InputError (ANSWERS-STEP)."""
        steps = set(known)
        refuse(
            [
                Finding(
                    "ANSWERS-STEP",
                    Severity.ERROR,
                    f"the script has no step `{step}`",
                    where=self.document.where_key(("steps", step)),
                )
                for step in self.answers.steps
                if step not in steps
            ],
            "The answers do not fit the script",
        )


def load_answers(path: Path, *, octets: bytes | None = None) -> LoadedAnswers:
    """Read an answers file. Raises InputError with every complaint, each with file:line:column."""
    document = examine(path, octets=octets)
    answers, findings = validate(Answers, document, "ANSWERS")
    unknown = _unknown_placeholders(answers, document) if answers is not None else ()
    refuse((*document.findings, *findings, *unknown), f"{path.name} cannot be used")
    if answers is None:
        raise AssertionError("an answers file without complaints was not loaded")
    return LoadedAnswers(answers, document)


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """Put the values in the place of their names in braces. Every name in braces must be among `values`."""
    return _BRACES.sub(lambda found: values[found[1]], text)


def _unknown_placeholders(answers: Answers, document: Document) -> Iterator[Finding]:
    for step, answer in answers.steps.items():
        for field, text in answer.fields.items():
            for name in _BRACES.findall(text):
                if name not in PLACEHOLDERS:
                    yield Finding(
                        "ANSWERS-VALUE",
                        Severity.ERROR,
                        f"`{{{name}}}` stands for nothing; known are {{utc}}, {{archive}} and {{recorded}}",
                        where=document.where(("steps", step, "fields", field)),
                    )
