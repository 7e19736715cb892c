"""The end of a key: both its halves are destroyed in the token, and then looked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceremony.errors import CeremonyError
from ceremony.token.faults import TokenFault
from ceremony.token.objects import TokenObject, attribute, public_key, token_object

if TYPE_CHECKING:
    import pkcs11

    from ceremony.token.session import Session

HALVES = ("PRIVATE_KEY", "PUBLIC_KEY")
"""The private half goes first: from then on nothing can be signed, whatever happens to the power."""

_UNKNOWN = (
    "It is not known whether the key is destroyed. Look again when the token is back: destroying it again finishes."
)


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What was destroyed just now. A half that was gone before, after a power cut, is False."""

    label: str
    key_id: bytes
    spki: bytes
    """DER SubjectPublicKeyInfo of the key; empty where its public half was gone before, or is of no kind known here."""
    private_key: bool
    public_key: bool

    def as_dict(self) -> dict[str, str | bool]:
        """For the record."""
        return {
            "label": self.label,
            "key_id": self.key_id.hex(),
            "spki": self.spki.hex(),
            "private_key": self.private_key,
            "public_key": self.public_key,
        }


def remains(session: Session, key_id: bytes, label: str) -> tuple[TokenObject, ...]:
    """What is on the token of a key pair with this id or this label: both halves, one half, or nothing.

    A public key alone is a destruction that was cut short; `destroy_key` finishes it.
    """
    found: set[TokenObject] = set()
    with session.call(f"the key {key_id.hex()} was looked for", "It is not known whether the key is on the token."):
        for object_class in HALVES:
            for wanted in ({"ID": key_id}, {"LABEL": label}):
                found |= {token_object(item) for item in session.objects(object_class, wanted)}
    return tuple(sorted(found, key=lambda item: (item.object_class, item.label, item.key_id)))


def absent(session: Session, key_id: bytes, label: str) -> bool:
    """Whether the token holds no half of a key with this id or this label. Ask once more after a new login: some
    tokens answer from memory."""
    return not remains(session, key_id, label)


def destroy_key(session: Session, key_id: bytes) -> Destroyed:
    """Destroy the private and the public key with this id (C_DestroyObject), and prove that they are gone: neither
    the id nor the label finds a key any more, and so nothing is there to sign with. A certificate with this id stays.

    Where only one half is left, that half is destroyed. Nothing is said of other tokens, nor of copies of SoftHSM's
    files. Raises CeremonyError before anything is destroyed: there is no such key, several keys have the id, another
    key has the label, or the token does not let the key be destroyed.
    """
    not_done = "Nothing was destroyed."
    with session.call(f"the key {key_id.hex()} was looked for", not_done):
        halves = {object_class: session.objects(object_class, {"ID": key_id}) for object_class in HALVES}
        for object_class, found in halves.items():
            if len(found) > 1:
                raise _refused(session, "The token holds more than one such key.", object_class, key_id, len(found))
        there = [half for found in halves.values() for half in found]
        if not there:
            raise _refused(session, "The key is not on the token.", HALVES[0], key_id, 0)
        label = str(attribute(there[0], "LABEL") or "")
        spki = _spki(halves["PUBLIC_KEY"])
    strangers = [item for item in remains(session, key_id, label) if item.key_id != key_id]
    if strangers:
        raise CeremonyError(
            "Another key on the token has the same label.",
            detail=f"The {strangers[0].object_class.replace('-', ' ')} with id {strangers[0].key_id.hex()} on "
            f'{session.token} is also labelled "{label}".',
            not_done=not_done,
            next_step="Compare the token's inventory with the register before anything is destroyed.",
            code="KEY-LABEL",
        )
    for object_class in HALVES:
        what = object_class.lower().replace("_", " ")
        for half in halves[object_class]:
            try:
                with session.call(f'the {what} "{label}" was destroyed', _UNKNOWN):
                    half.destroy()
            except TokenFault as error:
                error.not_done = _what_is_left(session, key_id, label)
                raise
    _prove(session, key_id, label)
    return Destroyed(label, key_id, spki, bool(halves["PRIVATE_KEY"]), bool(halves["PUBLIC_KEY"]))


def _prove(session: Session, key_id: bytes, label: str) -> None:
    left = remains(session, key_id, label)
    if left:
        names = ", ".join(f'{item.object_class.replace("-", " ")} "{item.label}"' for item in left)
        raise CeremonyError(
            "The token still holds the key.",
            detail=f"{session.token} answered that it destroyed the key {key_id.hex()}, and still finds: {names}.",
            not_done="The key is not destroyed.",
            next_step="Destroy it again; if it stays, the token itself must be erased or destroyed.",
            code="KEY-REMAINS",
        )


def _what_is_left(session: Session, key_id: bytes, label: str) -> str:
    left = {item.object_class for item in remains(session, key_id, label)}
    if "private-key" in left:
        return "The key is not destroyed; it can still sign."
    if left:
        return "The private key is destroyed. Its public key is still on the token: destroy the key again to finish."
    return "Both halves of the key are gone all the same."


def _spki(public: list[pkcs11.Object]) -> bytes:
    try:
        return public_key(public[0])[1] if public else b""
    except CeremonyError:
        return b""  # a stray of an unknown kind can be destroyed too


def _refused(session: Session, headline: str, object_class: str, key_id: bytes, count: int) -> CeremonyError:
    error = session.not_one(object_class, f"with id {key_id.hex()}", count)
    error.headline = headline
    error.not_done = "Nothing was destroyed."
    return error
