"""What will be done, by whom, in what order: the ceremony script as a person writes it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ceremony.custody.people import Role
from ceremony.policy.primitives import Line, Model, Slug, Text

RelativePath = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\\/][^\x00-\x1f\\]*$", max_length=300)]
"""A path relative to the file that names it."""

TokenLabel = Annotated[str, StringConstraints(pattern=r"^[ -~]{1,32}$")]
"""PKCS#11 token labels have room for 32 octets."""


class TokenChoice(Model):
    """Which token: by label, and by serial number where it is known. `module` is `softhsm` or a path."""

    label: TokenLabel
    serial: Annotated[str, StringConstraints(pattern=r"^[ -~]{1,16}$")] | None = None
    module: Line = "softhsm"


class RoleDuty(Model):
    """A role of this ceremony and the people (ids of people.yaml) who hold it today."""

    people: Annotated[tuple[Slug, ...], Field(min_length=1)]
    duty: Line
    needed: Annotated[int, Field(ge=1, le=50)] | None = None
    """How many of them must be present; all of them where nothing is said."""


class Material(Model):
    """Something that must lie on the table."""

    item: Line
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    serial: Line | None = None


class StepBase(Model):
    """What every step says: its id, who acts, what the actor does, and the clauses it serves."""

    id: Slug
    actor: Slug
    """A role of the script, or a person's id."""
    witness: Slug | None = None
    title: Line | None = None
    """What the step is called in lists; made from its kind where nothing is said."""
    text: Text
    clauses: tuple[Line, ...] = ()
    minutes: Annotated[int, Field(ge=1, le=600)] | None = None


class RollCall(StepBase):
    """Each person named is present, is who the papers say, and says so."""

    kind: Literal["roll-call"]


class Attest(StepBase):
    """A person states that something is so; the statement is read aloud and confirmed."""

    kind: Literal["attest"]
    statement: Text


class RecordField(Model):
    """One blank of a form."""

    name: Slug
    label: Line
    pattern: Line | None = None
    hint: Line | None = None


class Record(StepBase):
    """Evidence that only people can give: serial and bag numbers, media ids, names."""

    kind: Literal["record"]
    fields: Annotated[tuple[RecordField, ...], Field(min_length=1)]


class CompareClock(StepBase):
    """The machine's clock against a reference that people can see. The agreed clock dates what is signed."""

    kind: Literal["compare-clock"]
    tolerance_seconds: Annotated[int, Field(ge=1, le=600)] = 60


class OpenToken(StepBase):
    """Find the script's token, initialise it where `initialise` says so, log in."""

    kind: Literal["open-token"]
    initialise: bool = False


class GenerateKey(StepBase):
    """Make a key pair in the token and read its attributes back."""

    kind: Literal["generate-key"]
    key: Slug
    """The key's label on the token and its name in this script."""
    profile: Slug
    """A key profile of the policy."""


class SelfSign(StepBase):
    """A self-signed certificate over a key of this ceremony."""

    kind: Literal["self-sign"]
    certificate: Slug
    """The name of the certificate and of its files."""
    profile: Slug
    key: Slug


class Issue(StepBase):
    """A certificate over a key of this ceremony, signed by a certificate of this ceremony."""

    kind: Literal["issue"]
    certificate: Slug
    profile: Slug
    key: Slug
    issuer: Slug
    """The name of the issuing certificate in this script."""


class ReviewInventory(StepBase):
    """What the token holds, against what the record says it must hold."""

    kind: Literal["review-inventory"]


class Export(StepBase):
    """Copies of the certificates to a medium that leaves the room; asked for on screen where no folder is given."""

    kind: Literal["export"]
    medium: Line


class Close(StepBase):
    """Log the token out, say what was made, and seal the record."""

    kind: Literal["close"]


Step = Annotated[
    RollCall
    | Attest
    | Record
    | CompareClock
    | OpenToken
    | GenerateKey
    | SelfSign
    | Issue
    | ReviewInventory
    | Export
    | Close,
    Field(discriminator="kind"),
]


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
    materials: tuple[Material, ...] = ()
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
