"""A PKCS#11 module and its tokens: load it, find a token by label and serial, initialise one, open one.

Two rules hold everywhere. One thread makes every call (`adopt_thread` hands the module over). One session for each
token: C_Logout logs out every session that the process has on a token.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ceremony.errors import CeremonyError
from ceremony.secret import Secret
from ceremony.token.choosing import choose, new_token
from ceremony.token.cryptoki import CKU_USER, Cryptoki
from ceremony.token.entropy import random_of
from ceremony.token.faults import TokenFault, TokenLost, WrongPin, WrongThread, fault, lost, name_of, sentences
from ceremony.token.info import TokenInfo, token_info
from ceremony.token.module_file import examine, found, softhsm_path
from ceremony.token.officer import REFUSED, Officer, logged_in
from ceremony.token.opened import OpenToken
from ceremony.token.session import Session
from ceremony.token.shown import shown_certificates
from ceremony.token.stopwatch import Stopwatch
from ceremony.token.storage import check_room, storage_fault

if TYPE_CHECKING:
    import pkcs11
    from pkcs11._pkcs11 import lib

__all__ = ["Module", "TokenFault", "TokenInfo", "TokenLost", "WrongPin", "WrongThread", "softhsm_path"]

_loaded: dict[Path, Module] = {}


class Module:
    """A PKCS#11 module in this process. Make it with `load`; the same file gives the same Module."""

    def __init__(self, path: Path, sha256: str, library: lib) -> None:
        self.path = path
        self.sha256 = sha256
        self.manufacturer: str = library.manufacturer_id
        self.library_description: str = library.library_description
        self.library_version = ".".join(str(part) for part in library.library_version)
        self.stopwatch = Stopwatch()
        self._library = library
        self._cryptoki = Cryptoki(str(path))
        self._owner = threading.current_thread()
        self._sessions: list[Session] = []

    @classmethod
    def load(cls, path: str) -> Module:
        """Load the module at `path`, or SoftHSM's for the word "softhsm"; the calling thread becomes its owner.

        Raises CeremonyError for a file that is no PKCS#11 module or does not start, WrongThread when another thread
        has a token of it open.
        """
        import pkcs11

        real = found(path)
        module = _loaded.get(real)
        if module is not None:
            if module.sessions:
                module.check_thread()
            module.adopt_thread()
            return module
        digest = examine(real)
        try:
            library = pkcs11.lib(str(real))
        except pkcs11.PKCS11Error as error:
            raise CeremonyError(
                "The PKCS#11 module does not start.",
                detail=f"It answered {name_of(error)} when it was asked to begin (C_Initialize).",
                where=str(real),
                not_done="No token was looked for.",
                next_step="Check the module's own configuration; for SoftHSM that is the file SOFTHSM2_CONF names.",
                code="TOKEN-MODULE",
            ) from None
        module = cls(real, digest, library)
        _loaded[real] = module
        return module

    @property
    def is_softhsm(self) -> bool:
        """Whether this is SoftHSM, whose tokens are files."""
        return self.manufacturer.startswith("SoftHSM")

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions that are open."""
        return tuple(self._sessions)

    def adopt_thread(self) -> None:
        """Make the calling thread the owner. Only when the thread that owned it makes no more calls."""
        self._owner = threading.current_thread()

    def check_thread(self) -> None:
        """WrongThread unless the calling thread is the owner."""
        if threading.current_thread() is not self._owner:
            raise WrongThread

    def tokens(self) -> tuple[TokenInfo, ...]:
        """Every token that answers, initialised or not, as it is now."""
        return tuple(info for info, _ in self._present())

    def find(self, label: str, serial: str | None = None) -> TokenInfo:
        """The one token with this label and, where given, this serial; it must be initialised.

        Raises CeremonyError: absent, not initialised, several with the label, or with another serial. Where nothing
        is open and the token is not seen, the module is started again once, to see tokens that came later.
        """
        return self._find(label, serial)[0]

    def present(self, token: TokenInfo) -> bool:
        """Whether exactly this token answers now."""
        return any((info.label, info.serial) == (token.label, token.serial) for info in self.tokens())

    def restart(self) -> None:
        """C_Finalize and C_Initialize, so that the module reads its configuration and looks for tokens again.

        Refused with CeremonyError while a session is open: it would lose it.
        """
        self.check_thread()
        if self._sessions:
            raise CeremonyError(
                "A token is still open.",
                detail=f"{self._sessions[0].token} is in use.",
                not_done="The PKCS#11 module was not started again.",
                next_step="Close the token first.",
                code="TOKEN-OPEN",
            )
        with sentences(doing="the PKCS#11 module was started again", not_done="No token can be used now."):
            self._library.reinitialize()

    def close_sessions(self) -> None:
        """Log out of and close every open session; for the end of a ceremony, however it came."""
        for session in self.sessions:
            session.close()

    def initialise(self, label: str, so_pin: Secret, user_pin: Secret) -> TokenInfo:
        """Initialise the one uninitialised token: label, security officer PIN, user PIN. An initialised one is never
        touched.

        Raises CeremonyError: the label is no label or is taken, there is no uninitialised token or are several, a PIN
        has a length that the token does not take, or the token fails.
        """
        slot, softhsm = self.check_new(label, so_octets=len(so_pin), user_octets=len(user_pin))
        doing = f'the token "{label}" was initialised'
        answer = self._cryptoki.initialise_token(slot, so_pin, label)
        if answer:
            reason = storage_fault() if softhsm else "The token could not store its new label."
            raise fault(answer, doing=doing, not_done="The token was not initialised.", storage=reason)
        self._set_user_pin(slot, label, so_pin, user_pin)
        fresh = [info for info in self.tokens() if info.slot_id == slot and info.label == label]
        if not fresh or not fresh[0].serial:
            raise lost(doing=doing, not_done="It is not known whether the token was initialised.")
        return self.find(label, fresh[0].serial)

    def finish(self, label: str, so_pin: Secret, user_pin: Secret) -> TokenInfo:
        """Finish an initialisation that was cut short: log in with the security officer PIN, set the user PIN.

        Raises CeremonyError: no one token has the label, it refuses the security officer PIN or the user PIN.
        """
        token = self.find(label)
        self._set_user_pin(token.slot_id, label, so_pin, user_pin)
        return self.find(label, token.serial)

    def check_new(self, label: str, *, so_octets: int, user_octets: int) -> tuple[int, bool]:
        """What `initialise` asks before it touches anything, for PINs of these lengths: the slot of the token that it
        would take, and whether that is SoftHSM's. Nothing is changed.

        Raises what `initialise` raises for its label, its token and the lengths of its PINs.
        """
        token = new_token(self.tokens(), label)
        slot = token.slot_id
        self._check_pins(token, "No token was initialised and nothing was erased.", so_octets, user_octets)
        return slot, token.is_softhsm

    def check_renewable(self, token: TokenInfo, octets: int) -> None:
        """Raises CeremonyError where this token does not take PINs of this length, or has no room for what changes."""
        self._check_pins(self.find(token.label, token.serial), "No PIN was changed.", octets, octets)

    @contextmanager
    def officer(self, token: TokenInfo, so_pin: Secret) -> Iterator[Officer]:
        """The security officer, logged in for the length of the block; the token must not be open.

        Raises WrongPin, and CeremonyError where the token is absent, open or refuses.
        """
        info, handle = self._find(token.label, token.serial)
        if any((open_.token.label, open_.token.serial) == (info.label, info.serial) for open_ in self._sessions):
            raise _open_already(info)
        with logged_in(self._cryptoki, handle, str(info), so_pin) as officer:
            yield officer

    def public_random(self, octets: int) -> tuple[tuple[TokenInfo, bytes], ...]:
        """So many octets from each token that gives some without a login (C_GenerateRandom); of the others nothing.

        A token that is open, or not initialised, may refuse: what it would have added is then left out.
        """
        taken = {(session.token.label, session.token.serial) for session in self._sessions}
        return random_of([pair for pair in self._present() if (pair[0].label, pair[0].serial) not in taken], octets)

    def shown_certificates(self, label: str, serial: str | None = None) -> tuple[bytes, ...]:
        """The certificates (DER) that this token shows without its PIN. Raises what `find` raises."""
        return shown_certificates(*self._find(label, serial))

    def open(self, token: TokenInfo, pin: Secret) -> Session:
        """Open the token for reading and writing and log the user in.

        Raises WrongPin (with the tries left where the token tells), CeremonyError when it is absent, has no user PIN,
        is open already or refuses. A login that fails leaves no session behind, and leaves other tokens that are open
        as they are.
        """
        info, handle = self._find(token.label, token.serial)
        if any((open_.token.label, open_.token.serial) == (info.label, info.serial) for open_ in self._sessions):
            raise _open_already(info)
        doing, not_done = f"{info} was opened", "Nobody was logged in."
        if not info.user_pin_set:
            raise fault("CKR_USER_PIN_NOT_INITIALIZED", doing=doing, not_done=not_done)
        if info.user_pin_locked:
            raise _locked(info)
        with sentences(doing=doing, not_done=not_done):
            # python-pkcs11 leaves the session open for good when its own login fails, so it does not do the login
            session: Any = handle.open(rw=True)
        answer = self._cryptoki.login(session.handle, CKU_USER, pin)
        if answer:
            with sentences(doing=doing, not_done=not_done):
                session.close()
            raise self._login_fault(answer, info, doing)
        opened = Session(self, info, session, int(session.handle))
        self._sessions.append(opened)
        return opened

    def forget(self, session: OpenToken) -> None:
        """Called by a session that was closed."""
        self._sessions = [other for other in self._sessions if other is not session]

    def logout(self, handle: int) -> None:
        """C_Logout for a session that is being closed; a token that is gone is logged out already."""
        self._cryptoki.logout(handle)

    def _present(self) -> list[tuple[TokenInfo, pkcs11.Token]]:
        from pkcs11.exceptions import PKCS11Error

        self.check_thread()
        present: list[tuple[TokenInfo, pkcs11.Token]] = []
        with sentences(doing="tokens were looked for", not_done="No token was chosen."):
            slots = self._library.get_slots()
        for slot in slots:
            try:
                token = slot.get_token()
            except PKCS11Error:
                continue  # an empty reader, or a token that went away: it is not there
            present.append((token_info(token), token))
        return present

    def _find(self, label: str, serial: str | None) -> tuple[TokenInfo, pkcs11.Token]:
        present = self._present()
        if not self._sessions and not any(info.initialised and info.label == label for info, _ in present):
            self.restart()
            present = self._present()
        try:
            chosen = choose(tuple(info for info, _ in present), label, serial)
        except CeremonyError as error:
            if self._sessions:
                error.next_step += (
                    f" If it is in and not seen: close {self._sessions[0].token}, put both in, and begin again; some "
                    "modules see a token only when no other is open."
                )
            raise
        return next(pair for pair in present if pair[0] == chosen)

    def _set_user_pin(self, slot: int, label: str, so_pin: Secret, user_pin: Secret) -> None:
        doing = f'the user PIN of the token "{label}" was set'
        not_done = "The token has its label and its security officer PIN, but no user PIN: it cannot be used yet."
        handle = next((token for info, token in self._present() if info.slot_id == slot), None)
        if handle is None:
            raise lost(doing=doing, not_done=not_done)
        with logged_in(self._cryptoki, handle, f'"{label}"', so_pin, not_done) as officer:
            officer.set_user_pin(user_pin, not_done)

    def _check_pins(self, token: TokenInfo, not_done: str, so_octets: int, user_octets: int) -> None:
        """Raises CeremonyError where the token's store is full, or it does not take PINs of these lengths."""
        if token.is_softhsm:
            check_room("token", not_done)
        length = self._cryptoki.pin_length(token.slot_id)
        for name, octets in (("security officer PIN", so_octets), ("user PIN", user_octets)):
            if not length.minimum <= octets <= length.maximum:
                raise CeremonyError(
                    f"The {name} is too short or too long.",
                    detail=f"This token takes {length.minimum} to {length.maximum} characters.",
                    not_done=not_done,
                    next_step="Choose a PIN of another length.",
                    code="PIN-LENGTH",
                )

    def _login_fault(self, answer: str, info: TokenInfo, doing: str) -> CeremonyError:
        if answer == "CKR_PIN_LOCKED":
            return _locked(info)
        if answer not in REFUSED:
            return fault(answer, doing=doing, not_done="Nobody was logged in.")
        after = next((now for now in self.tokens() if (now.label, now.serial) == (info.label, info.serial)), info)
        if after.tries == "the PIN is locked":
            return _locked(info)
        says = f" It says: {after.tries}." if after.tries else ""
        return WrongPin(
            "The PIN was not accepted.",
            tries=after.tries,
            detail=f"The token {info} refused it ({answer}).{says}",
            next_step="Check that it is the PIN of this token, and type it again, slowly.",
        )


def _open_already(info: TokenInfo) -> CeremonyError:
    return CeremonyError(
        "The token is open already.",
        detail=f"This program already uses {info}.",
        not_done="It was not opened a second time: closing one would log out the other.",
        next_step="Go on with the session that is open, or close it first.",
        code="TOKEN-OPEN",
    )


def loaded_softhsm() -> tuple[Module, ...]:
    """The SoftHSM modules that this process has loaded."""
    return tuple(module for module in _loaded.values() if module.is_softhsm)


def _locked(info: TokenInfo) -> WrongPin:
    return WrongPin(
        "The PIN is locked.",
        tries="the PIN is locked",
        detail=f"The token {info} no longer takes its user PIN: too many wrong ones were typed.",
        next_step="The security officer must set a new user PIN; until then use the spare token.",
    )
