"""The steps about the life of a key after it was made: parked, backed up, restored for a test, destroyed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ceremony.policy.primitives import Line, Slug
from ceremony.script.steps import StepBase


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
