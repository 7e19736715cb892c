"""The steps of a script: what every step says, and those about people, the clock, the token and the end."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from ceremony.custody.people import Role
from ceremony.policy.models import Policy
from ceremony.policy.primitives import Line, Model, Sha256, Slug, Text
from ceremony.script.declaration import Demands, StepBase
from ceremony.script.trace.close import CLOSE
from ceremony.script.trace.parts import both
from ceremony.script.trace.simple import COMPARE_CLOCK, EVIDENCE, EXPORT, INCIDENT, REVIEW_INVENTORY, ROLL_CALL
from ceremony.script.trace.tokens import OPEN_TOKEN, RENEW_PINS

RelativePath = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\\/][^\x00-\x1f\\]*$", max_length=300)]
"""A path relative to the file that names it."""

TokenLabel = Annotated[str, StringConstraints(pattern=r"^[ -~]{1,32}$")]
"""PKCS#11 token labels have room for 32 octets."""

BagNumber = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{1,29}$")]
"""The number of a tamper-evident bag, in capital letters."""


class TokenChoice(Model):
    """Which token: by label, and by serial number where it is known. `module` is `softhsm` or a path; where its SHA-256
    is given, another file in its place is refused."""

    label: TokenLabel
    serial: Annotated[str, StringConstraints(pattern=r"^[ -~]{1,16}$")] | None = None
    module: Line = "softhsm"
    module_sha256: Sha256 | None = None


class RollCall(StepBase):
    """Each person named is present, is who the papers say, and says so."""

    kind: Literal["roll-call"]
    demands = Demands()
    trace = ROLL_CALL

    def made_title(self, policy: Policy) -> str:
        return "Roll-call"


class Attest(StepBase):
    """A person states that something is so; the statement is read aloud and confirmed."""

    kind: Literal["attest"]
    statement: Text
    demands = Demands()
    trace = both("script", "STATEMENT-DECLINED", sentence=lambda scene: scene.step.step.statement)

    def made_title(self, policy: Policy) -> str:
        return "Attest"


LONGEST_ANSWER = 500
"""Characters of one blank; the record is read by people."""


class RecordField(Model):
    """One blank of a form."""

    name: Slug
    label: Line
    pattern: Line | None = None
    hint: Line | None = None

    def complaint(self, answer: str) -> str | None:
        """What is wrong with an answer, without the spaces around it; None where it is as the script wants it."""
        if not answer:
            return "Please fill this in; write 'none' where there is none."
        if len(answer) > LONGEST_ANSWER:
            return f"At most {LONGEST_ANSWER} characters."
        if not answer.isprintable():
            return "Only characters that can be printed."
        if self.pattern and not re.fullmatch(self.pattern, answer):
            return f"It does not have the form that the script asks for{f': {self.hint}' if self.hint else '.'}"
        return None


class Record(StepBase):
    """Evidence that only people can give: serial and bag numbers, media ids, names."""

    kind: Literal["record"]
    fields: Annotated[tuple[RecordField, ...], Field(min_length=1)]
    demands = Demands()
    trace = EVIDENCE

    def made_title(self, policy: Policy) -> str:
        return "Record"


class CompareClock(StepBase):
    """The machine's clock against a reference that people can see. The agreed clock dates what is signed."""

    kind: Literal["compare-clock"]
    tolerance_seconds: Annotated[int, Field(ge=1, le=600)] = 60
    source: Line | None = None
    """The reference clock that is expected; it stands in the form already, to be changed where it is another."""
    demands = Demands()
    trace = COMPARE_CLOCK

    def made_title(self, policy: Policy) -> str:
        return "Compare the clock"


class PinShares(Model):
    """The PINs of a new token are drawn in the room, and split: any `threshold` of `count` holders open it together.

    The holders are those who hold the role and are present, the first `count` of them; each gets one share of the user
    PIN and one of the SO PIN, which is as strong.
    """

    threshold: Annotated[int, Field(ge=2, le=16)]
    count: Annotated[int, Field(ge=2, le=16)]
    holders: Role

    @model_validator(mode="after")
    def _possible(self) -> PinShares:
        if self.threshold > self.count:
            raise ValueError(f"{self.threshold} shares could never be brought together: only {self.count} are made")
        return self

    @property
    def in_words(self) -> str:
        """As titles say it."""
        return f"split {self.threshold} of {self.count}"


def refuse_shares_of_old_pins(shares: PinShares | None, *, initialise: bool) -> None:
    """Raises ValueError where PINs are to be split that are not made in the same step."""
    if shares is not None and not initialise:
        raise ValueError("shares are made of new PINs: say initialise: true, or leave them out")


class OpenToken(StepBase):
    """Find the script's token, initialise it where `initialise` says so, log in.

    A token that was initialised with `shares` is opened by its holders, in every later ceremony: the record knows.
    """

    kind: Literal["open-token"]
    initialise: bool = False
    shares: PinShares | None = None
    """How the new PINs are split; where nothing is said, people choose and type them."""
    demands = Demands(session="opens")
    trace = OPEN_TOKEN

    @model_validator(mode="after")
    def _of_a_new_token(self) -> OpenToken:
        refuse_shares_of_old_pins(self.shares, initialise=self.initialise)
        return self

    def made_title(self, policy: Policy) -> str:
        if self.shares is not None:
            return f"Initialise the token, its PINs {self.shares.in_words}"
        return "Initialise the token" if self.initialise else "Open the token"

    @property
    def initialises(self) -> bool:
        return self.initialise

    @property
    def splits(self) -> bool:
        return self.shares is not None


class RenewPins(StepBase):
    """New PINs for a token whose PINs are split: nobody's old card opens it any more. Its keys stay.

    As many holders of the SO PIN's shares as are needed enter theirs. The new PINs are drawn, split and proved as those
    of a new token, among whoever holds the role now; then the security officer sets the user PIN, and the SO PIN.
    """

    kind: Literal["renew-pins"]
    token: Slug | None = None
    """One of the script's `other_tokens`; its own token where nothing is said."""
    shares: PinShares
    demands = Demands()
    trace = RENEW_PINS

    def made_title(self, policy: Policy) -> str:
        whose = f"the PINs of token {self.token}" if self.token else "the token's PINs"
        return f"Renew {whose}, {self.shares.in_words}"

    @property
    def other_token_named(self) -> str | None:
        return self.token

    @property
    def splits(self) -> bool:
        return True


class ReviewInventory(StepBase):
    """What the token holds, against what the record says it must hold."""

    kind: Literal["review-inventory"]
    demands = Demands(session="needs")
    trace = REVIEW_INVENTORY

    def made_title(self, policy: Policy) -> str:
        return "Review the token's inventory"


class Export(StepBase):
    """Copies of the certificates to a medium that leaves the room; asked for on screen where no folder is given."""

    kind: Literal["export"]
    medium: Line
    demands = Demands()
    trace = EXPORT

    def made_title(self, policy: Policy) -> str:
        return "Export"


class Close(StepBase):
    """Log the token out, say what was made, and seal the record."""

    kind: Literal["close"]
    stays: tuple[Slug, ...] = ()
    """Items that stay in the room, outside any bag."""
    demands = Demands()
    trace = CLOSE

    def made_title(self, policy: Policy) -> str:
        return "Close and seal"


class Incident(StepBase):
    """When the CA learned of what makes a revocation necessary; from then the hours count (BR 4.9.1.2, 4.9.7)."""

    kind: Literal["incident"]
    hours: Annotated[int, Field(ge=1, le=720)] = 24
    demands = Demands()
    trace = INCIDENT

    def made_title(self, policy: Policy) -> str:
        return "Record the incident"
