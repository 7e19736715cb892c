"""Where PINs and shares come from when no person types them: a file descriptor, or (practice only) what was drawn."""

from __future__ import annotations

import os
import stat
from typing import Protocol

from ceremony.engine.questions import SecretDisplay, SecretRequest, WordsRequest
from ceremony.errors import CeremonyError
from ceremony.secret import Secret
from ceremony.system_random import system_random

LARGEST = 65_536
"""Octets read from the descriptor at most."""

DRAWN_OCTETS = 16
"""Random octets in a PIN that is drawn for practice; it is written as hex, two digits an octet."""


class SecretSource(Protocol):
    """Answers requests for PINs. Each answer is the caller's own to wipe."""

    def __call__(self, request: SecretRequest) -> Secret:
        """The PIN of this name. Raises CeremonyError when there is none."""

    def words(self, request: WordsRequest) -> Secret | None:
        """The words of the share of this name, or None where there are none."""

    def wipe(self) -> None:
        """Overwrite everything that is still held."""


class _Held:
    """Secrets by name, each handed out as a copy; a PIN that the token has refused is not offered again."""

    def __init__(self) -> None:
        self._held: dict[str, Secret] = {}
        self._tried: set[str] = set()

    def wipe(self) -> None:
        """Overwrite everything that is still held."""
        for secret in self._held.values():
            secret.wipe()
        self._held.clear()

    def words(self, request: WordsRequest) -> Secret | None:
        """The words that are held under this name, or None: a share is never drawn."""
        held = self._held.get(request.name)
        return None if held is None else Secret(held.reveal())

    def _hand_out(self, request: SecretRequest) -> Secret:
        if request.warning and request.name in self._tried:
            raise CeremonyError(
                "A PIN was not accepted.",
                detail=f"It is the one named {request.name}. {request.warning}",
                where=f"step {request.step.id}",
                not_done="It was not tried again: a token counts its tries.",
                next_step="Give the right PIN under this name.",
                code="PIN-REFUSED",
            )
        if not request.again:
            self._tried.add(request.name)
        secret = self._held[request.name]
        if not request.minimum <= len(secret) <= request.maximum:
            raise CeremonyError(
                "A PIN has the wrong length.",
                detail=f"The one named {request.name} must have {request.minimum} to {request.maximum} characters.",
                where=f"step {request.step.id}",
                not_done="It was not used.",
                code="PIN-LENGTH",
            )
        return Secret(secret.reveal())


class DrawnSecrets(_Held):
    """Practice PINs: drawn at random when a name is first asked for, and remembered until `wipe`."""

    def __call__(self, request: SecretRequest) -> Secret:
        """The PIN of this name, the same each time."""
        if request.name not in self._held and request.practice_pin:
            self._held[request.name] = Secret(request.practice_pin)
        if request.name not in self._held:
            octets = max(1, min(DRAWN_OCTETS, request.maximum // 2))
            self._held[request.name] = Secret(system_random(octets).hex())
        return self._hand_out(request)


class GivenSecrets(_Held):
    """PINs that were given through a file descriptor before the ceremony began."""

    def __init__(self, held: dict[str, Secret]) -> None:
        super().__init__()
        self._held = held

    def __call__(self, request: SecretRequest) -> Secret:
        """The PIN of this name. Raises CeremonyError (PIN-MISSING) when none was given."""
        if request.name not in self._held and request.practice_pin:
            self._held[request.name] = Secret(request.practice_pin)
        if request.name not in self._held:
            raise CeremonyError(
                "A PIN was asked for that was not given.",
                detail=f"Its name is {request.name}.",
                where=f"step {request.step.id}",
                not_done="The step was not done.",
                next_step=f"Give a line `{request.name}: ...` through --secrets-fd.",
                code="PIN-MISSING",
            )
        return self._hand_out(request)


class ShownShares:
    """Shares that were shown where nobody sits: kept in memory until `wipe`, to be entered again in the same run."""

    def __init__(self, given: SecretSource) -> None:
        """`given` is asked for what was not shown."""
        self._given = given
        self._seen: dict[str, Secret] = {}
        self._of: dict[str, int | None] = {}
        """The set of each, by its name."""

    def see(self, display: SecretDisplay) -> None:
        """Keep a copy; a share that is made anew takes the place of the last one."""
        before = self._seen.pop(display.name, None)
        if before is not None:
            before.wipe()
        self._seen[display.name] = Secret(display.words.reveal())
        self._of[display.name] = display.identifier

    def __call__(self, request: WordsRequest) -> Secret | None:
        """The words of this name. Raises CeremonyError (SHARE-NOT-GIVEN) where they are needed and not there."""
        of_another_set = self._of.get(request.name) not in (None, request.identifier)
        seen = None if of_another_set else self._seen.get(request.name)
        words = Secret(seen.reveal()) if seen is not None else self._given.words(request)
        if words is None and not request.may_pass:
            raise CeremonyError(
                "A share was asked for that was not given.",
                detail=f"Its name is {request.name}.",
                where=f"step {request.step.id}",
                not_done="The step was not done.",
                next_step=f"Give a line `{request.name}: ...` with its words through --secrets-fd.",
                code="SHARE-NOT-GIVEN",
            )
        return words

    def wipe(self) -> None:
        """Overwrite everything that was shown."""
        for words in self._seen.values():
            words.wipe()
        self._seen.clear()


def read_secrets(descriptor: int) -> GivenSecrets:
    """Read `name: value` lines (UTF-8) from an open descriptor to its end, and close it.

    The name ends at the first colon that a blank follows: `token-pin:DEMO-ROOT: 1234` names `token-pin:DEMO-ROOT`.
    Empty lines are skipped. Raises CeremonyError (SECRETS-FD) when it is not open, is a file on a disk, or holds
    anything else; the complaint names the line and never shows it.
    """
    if descriptor in (1, 2):
        raise _unusable("It is where the program speaks.")
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            raise _unusable("It is a file on a disk, and a PIN must not lie on a disk. Use a pipe.")
        with os.fdopen(descriptor, "rb") as stream:
            octets = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it cannot be read"
        raise _unusable(f"The system says: {reason}.") from None
    if len(octets) > LARGEST:
        raise _unusable(f"It gave more than {LARGEST} bytes.")
    held: dict[str, Secret] = {}
    for number, line in enumerate(octets.split(b"\n"), 1):
        name, colon, value = line.removesuffix(b"\r").partition(b": ")
        if not line.strip():
            continue
        try:
            key, text = name.decode("ascii"), value.decode("utf-8")
        except UnicodeDecodeError:
            raise _unusable(f"Line {number} is not text.") from None
        if not colon or not key.strip() or not text:
            raise _unusable(f"Line {number} is not of the form `name: value`.")
        if key in held:
            raise _unusable(f"Line {number} gives a name a second time.")
        held[key] = Secret(text)
    return GivenSecrets(held)


def _unusable(detail: str) -> CeremonyError:
    return CeremonyError(
        "The PINs cannot be read from the file descriptor.",
        detail=detail,
        not_done="Nothing was started.",
        next_step="Open a pipe on that descriptor and write one `name: value` line for each PIN.",
        code="SECRETS-FD",
    )
