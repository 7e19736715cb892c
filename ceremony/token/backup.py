"""Keys of one token wrapped for a second one, and restored there: they never leave a token in clear.

The first token makes an AES-256 key, wraps it for the second token's transport key (RSA-OAEP), and wraps the private
keys with it (RFC 5649). The second token unwraps both. Both wrapping keys live in their sessions alone; what is wrapped
lives in memory alone. Two tokens may be open together, each with its one session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ceremony.errors import CeremonyError
from ceremony.token.generation import private_attributes, public_attributes, strictly_first
from ceremony.token.mechanisms import KEY_KINDS
from ceremony.token.objects import TokenKey, attribute, public_template
from ceremony.token.storage import check_room
from ceremony.token.transport import ALGORITHM, Transport, unwrap_key
from ceremony.token.wrapping import key_wrap, oaep, temporary, wrapping_key

if TYPE_CHECKING:
    from ceremony.token.session import Session

CHALLENGE_OCTETS = 32
"""Of what a restored key signs to show that it works, which is no certificate, list or response."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key as it was on the first token, and its private half as only the second token can open it."""

    key: TokenKey
    blob: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Backup:
    """Wrapped keys on their way from one open token to another."""

    keys: tuple[WrappedKey, ...]
    from_token: str
    to_token: str
    oaep_hash: str
    """SHA256 or SHA_1: with what RSA-OAEP the AES key was wrapped."""
    key_wrap: str
    """AES_KEY_WRAP_KWP or AES_KEY_WRAP_PAD: with what the private keys were wrapped."""
    transport_spki: bytes
    wrapped_key: bytes = field(repr=False)
    """The AES key, wrapped for the transport key."""

    def as_dict(self) -> dict[str, str | list[str]]:
        """For the record: what was done, and nothing of what was wrapped."""
        return {
            "from_token": self.from_token,
            "to_token": self.to_token,
            "keys": [wrapped.key.label for wrapped in self.keys],
            "transport_key": ALGORITHM,
            "transport_spki": self.transport_spki.hex(),
            "wrapping_key": "aes-256",
            "wrapping_key_wrapped_with": f"CKM_RSA_PKCS_OAEP, {self.oaep_hash.replace('_', '')}",
            "keys_wrapped_with": f"CKM_{self.key_wrap}",
        }


def wrap_for(source: Session, transport: Transport, key_ids: Sequence[bytes]) -> Backup:
    """Wrap private keys of the first token for the second. Nothing on the first token changes: lock the keys next.

    Raises CeremonyError before anything is wrapped: the second token is the first, a key is not there or cannot leave
    its token, or the token lacks a mechanism.
    """
    from pkcs11 import Mechanism

    not_done = "No key was wrapped."
    if str(source.token) == transport.token:
        raise CeremonyError(
            "A backup goes to another token.",
            detail=f"{transport.token} holds the keys already.",
            not_done=not_done,
            next_step="Open the second token, and begin the backup again.",
            code="BACKUP-SAME-TOKEN",
        )
    if not key_ids or len(set(key_ids)) != len(key_ids):
        raise ValueError("at least one key, and each key once")
    mechanism_name = key_wrap(source, transport.key_wraps)
    keys = [source.key(key_id) for key_id in key_ids]
    for key in keys:
        if key.read_back.extractable is False:
            raise CeremonyError(
                "The key cannot leave its token.",
                detail=f'The key "{key.label}" on {source.token} is not extractable: it was made without a backup, or '
                "locked after one.",
                not_done=not_done,
                next_step="Only a key whose policy gives it a backup has one, and only until it is locked.",
                code="BACKUP-LOCKED",
            )
    with wrapping_key(source, travels=True) as secret:
        oaep_hash, wrapped_key = _wrap_secret(source, transport, secret)
        wrapped = []
        for key in keys:
            with source.call(f'the key "{key.label}" was wrapped', not_done):
                private = source.one("PRIVATE_KEY", key.key_id)
                wrapped.append(WrappedKey(key, secret.wrap_key(private, mechanism=Mechanism[mechanism_name])))
    return Backup(
        keys=tuple(wrapped),
        from_token=str(source.token),
        to_token=transport.token,
        oaep_hash=oaep_hash,
        key_wrap=mechanism_name,
        transport_spki=transport.spki,
        wrapped_key=wrapped_key,
    )


def restore(target: Session, transport: Transport, backup: Backup) -> tuple[TokenKey, ...]:
    """Unwrap the keys in the second token, with their labels and ids: sensitive, never again extractable, signing
    alone. The keys as that token reads them back; it says truly that they were not made in it (CKA_LOCAL false).

    All or none: a failure removes what was restored before it. Raises CeremonyError: the backup is for another token
    or another transport key, a label or an id is taken, or the token does not accept a wrapped key.
    """
    not_done = "No key was restored."
    if (str(target.token), transport.spki) != (backup.to_token, backup.transport_spki):
        raise CeremonyError(
            "The backup was made for another token.",
            detail=f"It was wrapped for {backup.to_token} and its transport key of that time.",
            not_done=not_done,
            next_step="Open that token, or make the backup again.",
            code="BACKUP-OTHER-TOKEN",
        )
    for wrapped in backup.keys:
        target.refuse_taken("key", wrapped.key.label, wrapped.key.key_id, ("PRIVATE_KEY", "PUBLIC_KEY"))
    if target.token.is_softhsm:
        check_room("key", not_done)
    with target.call("the wrapping key was unwrapped", not_done):
        found = target.objects("PRIVATE_KEY", {"ID": transport.key_id, "TOKEN": False})
        if len(found) != 1:
            raise CeremonyError(
                "The transport key is gone.",
                detail=f"{target.token} was closed, or the backup ended, after the keys were wrapped for it.",
                not_done=not_done,
                next_step="Make the backup again.",
                code="BACKUP-TRANSPORT",
            )
        secret = unwrap_key(found[0], backup.wrapped_key, backup.oaep_hash)
    with temporary(target, [secret], "the wrapping key"):
        begun: list[TokenKey] = []
        try:
            for wrapped in backup.keys:
                begun.append(wrapped.key)
                _restore_one(target, secret, wrapped, backup.key_wrap)
            return tuple(_same(target, wrapped.key) for wrapped in backup.keys)
        except CeremonyError as error:
            left = {target.remove_half(key.label, key.key_id) for key in begun}
            error.not_done = " ".join((not_done, *sorted(left)))
            raise


def _wrap_secret(source: Session, transport: Transport, secret: Any) -> tuple[str, bytes]:
    """The AES key wrapped for the second token, with the best hash that both tokens take."""
    from pkcs11 import Attribute, ObjectClass
    from pkcs11.exceptions import ArgumentsBad, MechanismInvalid, MechanismParamInvalid

    doing, not_done = "the wrapping key was wrapped", "No key was wrapped."
    template: dict[Attribute, Any] = {
        **public_template(ALGORITHM, transport.spki),
        Attribute.CLASS: ObjectClass.PUBLIC_KEY,
        Attribute.TOKEN: False,
        Attribute.PRIVATE: False,
        Attribute.WRAP: True,
    }
    with source.call("the transport key was taken over", not_done):
        public: Any = source.raw.create_object(template)
    with temporary(source, [public], "the transport key"):
        for name in transport.oaep_hashes:
            with source.call(doing, not_done):
                try:
                    return name, public.wrap_key(secret, **oaep(name))
                except (ArgumentsBad, MechanismInvalid, MechanismParamInvalid):
                    continue
    raise CeremonyError(
        "The two tokens have no wrapping in common.",
        detail=f"{transport.token} takes RSA-OAEP with {', '.join(transport.oaep_hashes)}; {source.token} with none of "
        "these.",
        not_done=not_done,
        next_step="Use another second token.",
        code="BACKUP-WRAPPING",
    )


def _restore_one(target: Session, secret: Any, wrapped: WrappedKey, mechanism_name: str) -> None:
    from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass
    from pkcs11.constants import DEFAULT

    key = wrapped.key
    public: dict[Attribute, Any] = {
        **public_template(key.algorithm, key.spki),
        Attribute.CLASS: ObjectClass.PUBLIC_KEY,
        Attribute.TOKEN: True,
        Attribute.LABEL: key.label,
        Attribute.ID: key.key_id,
        Attribute.VERIFY: True,
    }
    # python-pkcs11 would put these three in, and a private key has none of them
    not_of_a_private_key = dict.fromkeys((Attribute.ENCRYPT, Attribute.WRAP, Attribute.VERIFY), DEFAULT)

    def create(chosen: tuple[str, ...]) -> None:
        target.raw.create_object({**public, **public_attributes(chosen)})

    def unwrap(chosen: tuple[str, ...]) -> None:
        secret.unwrap_key(
            ObjectClass.PRIVATE_KEY,
            KeyType[KEY_KINDS[key.algorithm].key_type],
            wrapped.blob,
            id=key.key_id,
            label=key.label,
            store=True,
            mechanism=Mechanism[mechanism_name],
            capabilities=MechanismFlag.SIGN,
            template={**not_of_a_private_key, **private_attributes(chosen, extractable=False)},
        )

    # the public half first: the private one is what makes a key, and comes last
    headline = "The token could not unwrap and store the key."
    with target.call(f'the key "{key.label}" was restored', "No key was restored.", storing=headline):
        strictly_first(create)
        strictly_first(unwrap)


def _same(target: Session, original: TokenKey) -> TokenKey:
    """The restored key; CeremonyError unless it is the original one, and as it was asked for."""
    restored = target.key(original.key_id)
    with target.call(f'the key "{original.label}" was compared', "No key was restored."):
        modulus = attribute(target.one("PRIVATE_KEY", original.key_id), "MODULUS")
        public_modulus = attribute(target.one("PUBLIC_KEY", original.key_id), "MODULUS")
    wrong = []
    if restored.spki != original.spki or restored.label != original.label:
        wrong.append("its public key or its label is another")
    if modulus is not None and int.from_bytes(modulus, "big") != int.from_bytes(public_modulus or b"", "big"):
        wrong.append("the private key does not belong to the public key")
    read = restored.read_back
    if (read.sensitive, read.extractable, read.sign, read.other_uses) != (True, False, True, ()):
        wrong.append("it can be seen, can leave the token, or does more than sign")
    if wrong:
        raise CeremonyError(
            "The restored key is not the one that was wrapped.",
            detail=f'"{original.label}" on {target.token}: {"; ".join(wrong)}.',
            next_step="Use another second token; this one does not do what it is told.",
            code="BACKUP-KEY",
        )
    return restored
