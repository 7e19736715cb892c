"""An open token: make keys, sign, read back, keep certificates. Each refusal is a sentence, and comes before the deed.

Every method raises TokenLost when the token went away, TokenFault when it refuses, WrongThread when another thread
than the module's owner calls. The token is asked whether it is still there before each call: SoftHSM answers some
calls from memory after its files are gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ceremony.errors import CeremonyError
from ceremony.token.faults import lost, sentences
from ceremony.token.generation import generate_pair
from ceremony.token.info import TokenInfo, token_info
from ceremony.token.mechanisms import KEY_KINDS, SIGNATURE_MECHANISMS, mechanisms_for
from ceremony.token.objects import ReadBack, TokenKey, TokenObject, attribute, public_key, read_back, token_object
from ceremony.token.signing import from_token, mechanism_of, to_token, unknown_algorithm
from ceremony.token.storage import check_room, storage_fault

if TYPE_CHECKING:
    import pkcs11

    from ceremony.token.module import Module

__all__ = ["ReadBack", "Session", "TokenKey", "TokenObject"]


class Session:
    """A token with its user logged in, for reading and writing. Made by `Module.open`; a context manager."""

    def __init__(self, module: Module, token: TokenInfo, session: pkcs11.Session, handle: int) -> None:
        self.token = token
        self._module = module
        self._session = session
        self._handle = handle
        self._open = True
        self._algorithms: dict[bytes, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def require(self, algorithm: str) -> None:
        """CeremonyError naming the mechanisms that the token lacks for a key or a signature algorithm."""
        from pkcs11 import Mechanism

        with self._call(f"its mechanisms for {algorithm} were looked up", "Nothing was made or signed."):
            offered = self._session.token.slot.get_mechanisms()
        try:
            missing = [name for name in mechanisms_for(algorithm) if Mechanism[name] not in offered]
        except KeyError:
            raise unknown_algorithm(algorithm) from None
        if missing:
            raise CeremonyError(
                f"The token cannot do {algorithm}.",
                detail=f"{self.token} does not offer {', '.join(f'CKM_{name}' for name in missing)}.",
                not_done="Nothing was made or signed.",
                next_step="Choose another algorithm in the policy, or another token.",
            )

    def generate_key(self, label: str, key_id: bytes, algorithm: str) -> TokenKey:
        """Make a key pair in the token: sensitive, never extractable, for signing alone, never to be changed.

        Raises CeremonyError, before anything is made, where the label or the id stands on a key already, or the token
        lacks the mechanism or the room.
        """
        if algorithm not in KEY_KINDS:
            raise unknown_algorithm(algorithm)
        if not label or not label.isprintable() or not key_id:
            raise CeremonyError(
                "A key needs a label that prints, and an id.",
                not_done="No key was made.",
                next_step="Correct the script.",
            )
        self.require(algorithm)
        self._refuse_taken("key", label, key_id, ("PRIVATE_KEY", "PUBLIC_KEY"))
        doing = f'the {algorithm} key "{label}" was made'
        if self.token.is_softhsm:
            check_room("key", "No key was made.")
        try:
            with self._call(doing, "No key was made.", storing=True), self._module.stopwatch.generating():
                generate_pair(self._session, label, key_id, algorithm)
        except CeremonyError as error:
            error.not_done = self._remove_half(label, key_id)
            raise
        key = self.key(key_id)
        if key.algorithm != algorithm:
            raise CeremonyError(
                "The token made another key than was asked for.",
                detail=f"It was asked for {algorithm} and made {key.algorithm}.",
                not_done="The key is on the token, and was not used.",
                next_step="Use another token; this one does not do what it is told.",
            )
        return key

    def key(self, key_id: bytes) -> TokenKey:
        """The key pair with this id, read back from the token; CeremonyError when it is not there, or not once."""
        with self._call(f"the key {key_id.hex()} was read back", "The key was not used."):
            private = self._one("PRIVATE_KEY", {"ID": key_id})
            public = self._one("PUBLIC_KEY", {"ID": key_id})
            algorithm, spki = public_key(public)
            label = str(attribute(private, "LABEL") or "")
            self._algorithms[key_id] = algorithm
            return TokenKey(label, key_id, algorithm, spki, read_back(private))

    def find_key_label(self, label: str) -> TokenKey | None:
        """The key pair whose private key has this label, or None; CeremonyError when several have it."""
        with self._call(f'the key "{label}" was looked for', "The key was not used."):
            found = self._objects("PRIVATE_KEY", {"LABEL": label})
            if not found:
                return None
            if len(found) > 1:
                raise self._not_one("PRIVATE_KEY", f'labelled "{label}"', len(found))
            key_id = bytes(attribute(found[0], "ID") or b"")
        return self.key(key_id)

    def sign(self, key_id: bytes, algorithm: str, octets: bytes) -> bytes:
        """Sign octets with the key of this id; the signature as X.509 carries it (RFC 3279, 4055, 5758, 8410, 9881).

        RSA: PKCS #1 v1.5 or PSS, raw. ECDSA: DER Ecdsa-Sig-Value over a hash made in software. Ed25519 and ML-DSA: as
        the token gives it.
        CeremonyError when the algorithm does not fit the key. The signature is not checked here.
        """
        if algorithm not in SIGNATURE_MECHANISMS:
            raise unknown_algorithm(algorithm)
        kind_name = self._algorithms.get(key_id) or self.key(key_id).algorithm
        kind = KEY_KINDS[kind_name]
        if algorithm not in kind.signatures:
            raise CeremonyError(
                f"{algorithm} does not fit the key.",
                detail=f"The key {key_id.hex()} is {kind_name}; it signs with {', '.join(kind.signatures)}.",
                not_done="Nothing was signed.",
                next_step="Correct the signature algorithm in the policy.",
            )
        message = to_token(algorithm, octets)
        asked = mechanism_of(algorithm)
        doing = f"the key {key_id.hex()} signed with {algorithm}"
        with self._call(doing, "Nothing was signed, as far as the token said."):
            private: Any = self._one("PRIVATE_KEY", {"ID": key_id})
            with self._module.stopwatch.signing():
                signature = bytes(private.sign(message, **asked))
        return from_token(algorithm, signature, kind.coordinate_octets)

    def random(self, octets: int) -> bytes:
        """So many octets from the token's random source (C_GenerateRandom)."""
        if octets < 1:
            raise ValueError("at least one octet")
        with self._call("random octets were drawn", "No random octets were used."):
            drawn = bytes(self._session.generate_random(8 * octets))
        if len(drawn) != octets:
            raise CeremonyError("The token gave too few random octets.", not_done="They were not used.")
        return drawn

    def inventory(self) -> tuple[TokenObject, ...]:
        """Every object on the token that its user may see, in an order that does not change."""
        with self._call("its objects were listed", "The inventory was not taken."):
            found = [token_object(item) for item in self._session.get_objects()]
        return tuple(sorted(found, key=lambda item: (item.object_class, item.label, item.key_id)))

    def store_certificate(self, label: str, key_id: bytes, der: bytes) -> None:
        """Put a certificate (DER) beside its key, not to be changed; CeremonyError where label or id are taken."""
        from pkcs11 import Attribute
        from pkcs11.util.x509 import decode_x509_certificate

        try:
            template = decode_x509_certificate(der)
        except (ValueError, TypeError, KeyError) as error:
            raise CeremonyError(
                "This is not a certificate.",
                detail=f'What was to be stored as "{label}" cannot be read as DER X.509.',
                not_done="Nothing was stored on the token.",
                next_step="Look at the file.",
            ) from error
        self._refuse_taken("certificate", label, key_id, ("CERTIFICATE",))
        template |= {Attribute.TOKEN: True, Attribute.PRIVATE: False, Attribute.MODIFIABLE: False}
        template |= {Attribute.LABEL: label, Attribute.ID: key_id, Attribute.VALUE: der}
        if self.token.is_softhsm:
            check_room("certificate", "The certificate was not stored.")
        with self._call(f'the certificate "{label}" was stored', "The certificate was not stored.", storing=True):
            self._session.create_object(template)

    def certificate(self, key_id: bytes) -> bytes | None:
        """The certificate (DER) with this id, or None."""
        with self._call(f"the certificate {key_id.hex()} was read", "The certificate was not used."):
            found = self._objects("CERTIFICATE", {"ID": key_id})
            if len(found) > 1:
                raise self._not_one("CERTIFICATE", f"with id {key_id.hex()}", len(found))
            return bytes(attribute(found[0], "VALUE")) if found else None

    def certificates(self) -> tuple[tuple[str, bytes, bytes], ...]:
        """Every certificate: label, id, DER."""
        with self._call("its certificates were read", "No certificate was used."):
            found = [
                (str(attribute(item, "LABEL") or ""), bytes(attribute(item, "ID") or b""), attribute(item, "VALUE"))
                for item in self._objects("CERTIFICATE", {})
            ]
        return tuple(sorted((label, key_id, bytes(der or b"")) for label, key_id, der in found))

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
    def _call(self, doing: str, not_done: str, *, storing: bool = False) -> Iterator[None]:
        """Around every use of the token: right thread, still open, still there before and after a failure."""
        self._module.check_thread()
        if not self._open:
            raise CeremonyError(
                "The token is closed.",
                detail=f"{self.token} was logged out before {doing}.",
                not_done=not_done,
                next_step="Open the token again.",
            )
        if not self._there():
            raise lost(doing=doing, not_done=not_done)
        reason = ""
        if storing:
            reason = "The token could not store it."
        try:
            with sentences(doing=doing, not_done=not_done, storage=reason):
                yield
        except CeremonyError as error:
            if not self._there():
                raise lost(doing=doing, not_done=not_done) from None
            if storing and error.headline == reason and self.token.is_softhsm:
                error.headline = storage_fault()
            raise

    def _there(self) -> bool:
        from pkcs11.exceptions import PKCS11Error

        try:
            now = token_info(self._session.token.slot.get_token())
        except PKCS11Error:
            return False
        return (now.label, now.serial) == (self.token.label, self.token.serial)

    def _objects(self, object_class: str, wanted: dict[str, object]) -> list[pkcs11.Object]:
        from pkcs11 import Attribute, ObjectClass

        template: dict[Attribute, object] = {Attribute.CLASS: ObjectClass[object_class]}
        template |= {Attribute[name]: value for name, value in wanted.items()}
        return list(self._session.get_objects(template))

    def _one(self, object_class: str, wanted: dict[str, bytes]) -> pkcs11.Object:
        found = self._objects(object_class, dict(wanted))
        if len(found) != 1:
            raise self._not_one(object_class, f"with id {wanted['ID'].hex()}", len(found))
        return found[0]

    def _not_one(self, object_class: str, which: str, count: int) -> CeremonyError:
        what = object_class.lower().replace("_", " ")
        many = "no" if count == 0 else str(count)
        return CeremonyError(
            f"The key is not on the token{'' if count == 0 else ' just once'}.".replace("key", what),
            detail=f"{self.token} holds {many} {what}{'s' if count != 1 else ''} {which}.",
            not_done="Nothing was read or signed.",
            next_step="Check that this is the right token, and compare its inventory with the register.",
        )

    def _refuse_taken(self, what: str, label: str, key_id: bytes, classes: tuple[str, ...]) -> None:
        not_done = f"No {what} was made or stored."
        with self._call(f'it was looked up whether "{label}" is free', not_done):
            for object_class in classes:
                for name, value, shown in (("LABEL", label, f'label "{label}"'), ("ID", key_id, f"id {key_id.hex()}")):
                    found = self._objects(object_class, {name: value})
                    if found:
                        holder = token_object(found[0])
                        raise CeremonyError(
                            f"The token already has a {what} with this {name.lower()}.",
                            detail=f'The {holder.object_class.replace("-", " ")} "{holder.label}" '
                            f"(id {holder.key_id.hex()}) on {self.token} has the {shown}.",
                            not_done=not_done,
                            next_step="Take an empty token, or choose another label and id in the script.",
                        )

    def _remove_half(self, label: str, key_id: bytes) -> str:
        """After a failed generation: delete what it left behind. None of it was there before it. Says what is true."""
        from pkcs11.exceptions import PKCS11Error

        try:
            for object_class in ("PRIVATE_KEY", "PUBLIC_KEY"):
                for half in self._objects(object_class, {"LABEL": label, "ID": key_id}):
                    half.destroy()
        except PKCS11Error:
            return "No key can be used; half a key pair may be left on the token."
        if not self._there():
            return "No key can be used; it is not known whether the token kept one."
        return "No key was made, and nothing is left of it on the token."
