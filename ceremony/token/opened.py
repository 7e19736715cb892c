"""A token with its user logged in, as every deed on it needs it: the right thread, still there, found once, closed.

Every use raises TokenLost when the token went away, TokenFault when it refuses, WrongThread when another thread than
the module's owner calls. The token is asked whether it is still there before each call: SoftHSM answers some calls
from memory after its files are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ceremony.errors import CeremonyError
from ceremony.token.faults import lost, sentences
from ceremony.token.info import TokenInfo, token_info
from ceremony.token.objects import token_object
from ceremony.token.storage import NO_REASON, storage_fault

if TYPE_CHECKING:
    import pkcs11

    from ceremony.token.module import Module
    from ceremony.token.stopwatch import Stopwatch


class OpenToken:
    """What the modules of this folder share of an open token; everybody else uses `Session`."""

    def __init__(self, module: Module, token: TokenInfo, session: pkcs11.Session, handle: int) -> None:
        self.token = token
        self._module = module
        self._session = session
        self._handle = handle
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def raw(self) -> pkcs11.Session:
        """The library's own session. Use it inside `call` only."""
        return self._session

    @property
    def stopwatch(self) -> Stopwatch:
        """That of the module."""
        return self._module.stopwatch

    def close(self) -> None:
        """Log out and close. May be called again; says nothing when the token is gone."""
        from pkcs11.exceptions import PKCS11Error

        self._module.check_thread()
        if not self._open:
            return
        self._open = False
        self._module.forget(self)
        self._module.logout(self._handle)
        with suppress(PKCS11Error):
            self._session.close()

    @contextmanager
    def call(self, doing: str, not_done: str, *, storing: str = "") -> Iterator[None]:
        """Around every use of the token: right thread, still open, still there before and after a failure.

        `doing` completes "while ..."; `storing` is the headline where something to be stored fails without a reason.
        """
        self._module.check_thread()
        if not self._open:
            raise CeremonyError(
                "The token is closed.",
                detail=f"{self.token} was logged out before {doing}.",
                not_done=not_done,
                next_step="Open the token again.",
                code="TOKEN-CLOSED",
            )
        if not self.there():
            raise lost(doing=doing, not_done=not_done)
        try:
            with sentences(doing=doing, not_done=not_done, storage=storing):
                yield
        except CeremonyError as error:
            if not self.there():
                raise lost(doing=doing, not_done=not_done) from None
            if storing and error.headline == storing and self.token.is_softhsm:
                found = storage_fault()
                error.headline = storing if found == NO_REASON else found
            raise

    def there(self) -> bool:
        """Whether the token still answers, and is still the same one."""
        from pkcs11.exceptions import PKCS11Error

        try:
            now = token_info(self._session.token.slot.get_token())
        except PKCS11Error:
            return False
        return (now.label, now.serial) == (self.token.label, self.token.serial)

    def lacks(self, names: Iterable[str], not_done: str) -> list[str]:
        """Those of the mechanisms (named without CKM_) that the token does not offer."""
        from pkcs11 import Mechanism

        wanted = [(name, Mechanism[name]) for name in names]
        with self.call(f"its mechanisms for {', '.join(name for name, _ in wanted)} were looked up", not_done):
            offered = self._session.token.slot.get_mechanisms()
        return [name for name, mechanism in wanted if mechanism not in offered]

    def objects(self, object_class: str, wanted: Mapping[str, object]) -> list[pkcs11.Object]:
        """The objects of a class (CKO_ without its prefix) with these attributes (CKA_ likewise). Inside `call`."""
        from pkcs11 import Attribute, ObjectClass

        template: dict[Attribute, object] = {Attribute.CLASS: ObjectClass[object_class]}
        template |= {Attribute[name]: value for name, value in wanted.items()}
        return list(self._session.get_objects(template))

    def one(self, object_class: str, key_id: bytes) -> pkcs11.Object:
        """The one object of the class with this id; CeremonyError when there is none or are several. Inside `call`."""
        found = self.objects(object_class, {"ID": key_id})
        if len(found) != 1:
            raise self.not_one(object_class, f"with id {key_id.hex()}", len(found))
        return found[0]

    def not_one(self, object_class: str, which: str, count: int) -> CeremonyError:
        """The refusal of what is not on the token, or not just once."""
        what = object_class.lower().replace("_", " ")
        many = "no" if count == 0 else str(count)
        return CeremonyError(
            f"The key is not on the token{'' if count == 0 else ' just once'}.".replace("key", what),
            detail=f"{self.token} holds {many} {what}{'s' if count != 1 else ''} {which}.",
            not_done="Nothing was read or signed.",
            next_step="Check that this is the right token, and compare its inventory with the register.",
            code="KEY-ABSENT",
        )

    def refuse_taken(self, what: str, label: str, key_id: bytes, classes: tuple[str, ...]) -> None:
        """CeremonyError where an object of these classes has the label or the id already."""
        not_done = f"No {what} was made or stored."
        with self.call(f'it was looked up whether "{label}" is free', not_done):
            for object_class in classes:
                for name, value, shown in (("LABEL", label, f'label "{label}"'), ("ID", key_id, f"id {key_id.hex()}")):
                    found = self.objects(object_class, {name: value})
                    if found:
                        holder = token_object(found[0])
                        raise CeremonyError(
                            f"The token already has a {what} with this {name.lower()}.",
                            detail=f'The {holder.object_class.replace("-", " ")} "{holder.label}" '
                            f"(id {holder.key_id.hex()}) on {self.token} has the {shown}.",
                            not_done=not_done,
                            next_step="Take an empty token, or choose another label and id in the script.",
                            code="KEY-LABEL",
                        )

    def remove_half(self, label: str, key_id: bytes) -> str:
        """After a failure to make or store a key: delete what it left behind. Nothing of it was there before. Says
        what is true."""
        from pkcs11.exceptions import PKCS11Error

        try:
            for object_class in ("PRIVATE_KEY", "PUBLIC_KEY"):
                for half in self.objects(object_class, {"LABEL": label, "ID": key_id}):
                    half.destroy()
        except PKCS11Error:
            return "No key can be used; half a key pair may be left on the token."
        if not self.there():
            return "No key can be used; it is not known whether the token kept one."
        return "No key was made, and nothing is left of it on the token."
