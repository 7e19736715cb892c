"""SoftHSM's home: a folder of its own for practice tokens and tests."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ceremony.errors import CeremonyError
from ceremony.plain_files import LARGEST_FILE, NotRead, read_named
from ceremony.token.module import loaded_softhsm
from ceremony.token.storage import CONFIGURATION

_MECHANISMS = "slots.mechanisms"


class SoftHsmHome:
    """A folder (0700) with softhsm2.conf and tokens/. Anyone who can copy it can use its keys: practice only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.configuration = folder / "softhsm2.conf"
        self.tokens = folder / "tokens"
        self._before: str | None = None
        self._active = False

    @classmethod
    def create(cls, folder: Path, *, mechanisms: str = "ALL") -> SoftHsmHome:
        """Make the folder and write its configuration; a folder that holds anything already is refused.

        `mechanisms` is SoftHSM's own setting: ALL, or the CKM_ names it shall offer, to try what a poorer token does.
        """
        folder = folder.resolve()
        home = cls(folder)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise _refusal("The folder for the practice token is in use.", folder, "It holds files already.")
            folder.chmod(0o700)
            home._configure(mechanisms)
            home.tokens.mkdir(mode=0o700)
        except OSError as error:
            raise _refusal("The folder for the practice token cannot be made.", folder, f"{error.strerror}.") from error
        return home

    @classmethod
    def reopen(cls, folder: Path) -> SoftHsmHome:
        """The home that was made there, or elsewhere and moved; a new one where the folder is empty or missing."""
        home = cls(folder.resolve())
        if not home.configuration.is_file():
            return cls.create(folder)
        try:
            settings = read_named(home.configuration, LARGEST_FILE).decode("utf-8").splitlines()
            before = dict(line.split(" = ", 1) for line in settings if " = " in line)
            home._configure(before.get(_MECHANISMS, "ALL"))
            home.tokens.mkdir(mode=0o700, exist_ok=True)
        except (OSError, NotRead, UnicodeDecodeError) as error:
            reason = str(error) if isinstance(error, NotRead) else getattr(error, "strerror", None)
            reason = reason or "Its softhsm2.conf is no text"
            raise _refusal("The folder for the practice token cannot be used.", home.folder, f"{reason}.") from error
        return home

    def _configure(self, mechanisms: str) -> None:
        # SoftHSM's configuration has no way to quote these
        if set(str(self.folder)) & set("#=\r\n"):
            raise _refusal("SoftHSM cannot use this folder.", self.folder, "Its path has a #, a = or a line break.")
        self.configuration.write_text(
            f"directories.tokendir = {self.tokens}\n"
            "objectstore.backend = file\n"
            "log.level = ERROR\n"
            "slots.removable = false\n"
            f"{_MECHANISMS} = {mechanisms}\n",
            encoding="utf-8",
        )
        self.configuration.chmod(0o600)

    def activate(self) -> None:
        """Point SoftHSM in this process at this home; a module that is loaded already starts again and looks here.

        CeremonyError while a token of SoftHSM is open.
        """
        modules = loaded_softhsm()
        for module in modules:
            if not module.sessions:
                continue
            raise _refusal("A SoftHSM token is still open.", self.folder, f"{module.sessions[0].token} is in use.")
        if not self._active:
            self._before = os.environ.get(CONFIGURATION)
            self._active = True
        os.environ[CONFIGURATION] = str(self.configuration)
        for module in modules:
            module.adopt_thread()
            module.restart()

    def discard(self, serial: str) -> None:
        """Delete one token for good. SoftHSM calls its folder a UUID, whose last 16 digits are the serial number.

        CeremonyError while a token of SoftHSM is open, or where the folder cannot be deleted.
        """
        for folder in self.tokens.iterdir():
            if folder.name.replace("-", "").endswith(serial):
                try:
                    shutil.rmtree(folder)
                except OSError as error:
                    raise _refusal("A practice token cannot be deleted.", folder, f"{error.strerror}.") from None
        for module in loaded_softhsm():
            module.restart()

    def remove(self) -> None:
        """Delete the configuration and the tokens for good, and give the environment back. Never raises OSError."""
        if self._active:
            self._active = False
            if self._before is None:
                os.environ.pop(CONFIGURATION, None)
            else:
                os.environ[CONFIGURATION] = self._before
        shutil.rmtree(self.tokens, ignore_errors=True)
        self.configuration.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()


def _refusal(headline: str, folder: Path, detail: str) -> CeremonyError:
    return CeremonyError(
        headline,
        detail=detail,
        where=str(folder),
        not_done="SoftHSM was left as it was.",
        next_step="Choose a new folder, or close what is open, and begin again.",
        code="TOKEN-STORE",
    )
