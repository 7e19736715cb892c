"""The steps about the life of a key after it was made: parked, backed up, restored for a test, destroyed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ceremony.policy.primitives import Line, Slug
from ceremony.script.steps import PinShares, StepBase, refuse_shares_of_old_pins


class ParkKey(StepBase):
    """A key that is made today and certified another day, on purpose."""

    kind: Literal["park-key"]
    key: Slug
    reason: Line


class BackupKey(StepBase):
    """Keys of the open token, wrapped for a second token and locked afterwards: they never leave in clear."""

    kind: Literal["backup-key"]
    keys: Annotated[tuple[Slug, ...], Field(min_length=1)]
    token: Slug
    """A token of the script's `other_tokens`."""
    initialise: bool = False
    shares: PinShares | None = None
    """How its new PINs are split, as those of `open-token`; where nothing is said, people choose and type them."""

    @model_validator(mode="after")
    def _of_a_new_token(self) -> BackupKey:
        refuse_shares_of_old_pins(self.shares, initialise=self.initialise)
        return self


class RestoreTest(StepBase):
    """The second token signs a challenge with each key, and the original public key verifies it."""

    kind: Literal["restore-test"]
    keys: Annotated[tuple[Slug, ...], Field(min_length=1)]
    token: Slug


class DestroyKey(StepBase):
    """A key pair is destroyed in the open token, and looked for afterwards. Nothing brings it back."""

    kind: Literal["destroy-key"]
    key: Slug
    reason: Line
