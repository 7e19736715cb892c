"""The steps about the life of a key after it was made: parked, backed up, restored for a test, destroyed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ceremony.policy.models import Policy
from ceremony.policy.primitives import Line, Slug
from ceremony.script.declaration import Demands, StepBase
from ceremony.script.steps import PinShares, refuse_shares_of_old_pins
from ceremony.script.trace.keys import BACK_UP, DESTROY_KEY, PARK_KEY, RESTORE_TEST


class ParkKey(StepBase):
    """A key that is made today and certified another day, on purpose."""

    kind: Literal["park-key"]
    key: Slug
    reason: Line
    demands = Demands(session="needs")
    trace = PARK_KEY

    def made_title(self, policy: Policy) -> str:
        return f"Park key {self.key}"

    @property
    def keys_named(self) -> tuple[str, ...]:
        return (self.key,)


class BackupKey(StepBase):
    """Keys of the open token, wrapped for a second token and locked afterwards: they never leave in clear."""

    kind: Literal["backup-key"]
    keys: Annotated[tuple[Slug, ...], Field(min_length=1)]
    token: Slug
    """A token of the script's `other_tokens`."""
    initialise: bool = False
    shares: PinShares | None = None
    """How its new PINs are split, as those of `open-token`; where nothing is said, people choose and type them."""
    demands = Demands(session="needs", approves="always")
    trace = BACK_UP

    @model_validator(mode="after")
    def _of_a_new_token(self) -> BackupKey:
        refuse_shares_of_old_pins(self.shares, initialise=self.initialise)
        return self

    def made_title(self, policy: Policy) -> str:
        split = f", the token's PINs {self.shares.in_words}" if self.shares is not None else ""
        return f"Back up {', '.join(self.keys)}{split}"

    @property
    def keys_named(self) -> tuple[str, ...]:
        return self.keys

    @property
    def other_token_named(self) -> str | None:
        return self.token

    @property
    def initialises(self) -> bool:
        return self.initialise

    @property
    def splits(self) -> bool:
        return self.shares is not None


class RestoreTest(StepBase):
    """The second token signs a challenge with each key, and the original public key verifies it."""

    kind: Literal["restore-test"]
    keys: Annotated[tuple[Slug, ...], Field(min_length=1)]
    token: Slug
    demands = Demands(session="needs", approves="always")
    trace = RESTORE_TEST

    def made_title(self, policy: Policy) -> str:
        return f"Test the backup of {', '.join(self.keys)}"

    @property
    def keys_named(self) -> tuple[str, ...]:
        return self.keys

    @property
    def other_token_named(self) -> str | None:
        return self.token


class DestroyKey(StepBase):
    """A key pair is destroyed in the open token, and looked for afterwards. Nothing brings it back."""

    kind: Literal["destroy-key"]
    key: Slug
    reason: Line
    demands = Demands(session="needs", approves="always")
    trace = DESTROY_KEY

    def made_title(self, policy: Policy) -> str:
        return f"Destroy key {self.key}"

    @property
    def keys_named(self) -> tuple[str, ...]:
        return (self.key,)
