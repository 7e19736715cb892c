"""The key pair by which a second token receives a backup: made in that token, and gone when the backup is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ceremony.token.mechanisms import KEY_KINDS
from ceremony.token.objects import public_key
from ceremony.token.wrapping import KEY_WRAPS, OAEP_HASHES, key_wrap, oaep, temporary, wrapping_key

if TYPE_CHECKING:
    from ceremony.token.session import Session

ALGORITHM = "rsa-3072"


@dataclass(frozen=True, slots=True)
class Transport:
    """What the first token must know of the second to wrap keys for it. Nothing in it is secret."""

    label: str
    key_id: bytes
    token: str
    """The second token: its label and serial, in words."""
    spki: bytes
    """DER SubjectPublicKeyInfo of the transport key, RSA-3072."""
    oaep_hashes: tuple[str, ...]
    """Those of `OAEP_HASHES` with which the second token unwrapped a key of its own."""
    key_wraps: tuple[str, ...]
    """Those of `KEY_WRAPS` that the second token offers."""


@contextmanager
def transport_pair(target: Session, label: str, key_id: bytes) -> Iterator[Transport]:
    """Make a transport key pair in the second token, for the block. Its private half is sensitive and not extractable.

    The pair lives in the session alone: after a power cut nothing of it is left. It counts as no key of the ceremony.
    Raises CeremonyError where the label or the id are taken, or the token lacks what a backup needs.
    """
    from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag

    target.refuse_taken("key", label, key_id, ("PRIVATE_KEY", "PUBLIC_KEY"))
    key_wrap(target)
    target.require(ALGORITHM)
    kind = KEY_KINDS[ALGORITHM]
    doing, not_done = "the transport key was made", "No key was wrapped."
    with target.call(doing, not_done), target.stopwatch.generating(counts=False):
        public, private = target.raw.generate_keypair(
            KeyType.RSA,
            kind.bits,
            id=key_id,
            label=label,
            store=False,
            mechanism=Mechanism[kind.generate],
            capabilities=MechanismFlag.WRAP | MechanismFlag.UNWRAP,
            public_template={Attribute.PRIVATE: False},
            private_template={Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )
    with temporary(target, [public, private], "the transport key"):
        with target.call(doing, not_done):
            _, spki = public_key(public)
        lacking = target.lacks(KEY_WRAPS, not_done)
        yield Transport(
            label=label,
            key_id=key_id,
            token=str(target.token),
            spki=spki,
            oaep_hashes=_hashes(target, public, private),
            key_wraps=tuple(name for name in KEY_WRAPS if name not in lacking),
        )


def _hashes(target: Session, public: Any, private: Any) -> tuple[str, ...]:
    """Which hashes of RSA-OAEP the token really takes: it wraps and unwraps a key of its own with each."""
    from pkcs11.exceptions import PKCS11Error

    taken: list[str] = []
    with wrapping_key(target, travels=True) as trial:
        for name in OAEP_HASHES:
            with target.call("RSA-OAEP was tried", "No key was wrapped."):
                try:
                    unwrap_key(private, public.wrap_key(trial, **oaep(name)), name).destroy()
                except PKCS11Error:
                    if name == OAEP_HASHES[-1] and not taken:
                        raise
                    continue
            taken.append(name)
    return tuple(taken)


def unwrap_key(private: Any, wrapped: bytes, hash_name: str) -> Any:
    """The AES key of a backup, unwrapped into the session: it unwraps, and can neither be seen nor wrapped again."""
    from pkcs11 import Attribute, KeyType, MechanismFlag, ObjectClass

    return private.unwrap_key(
        ObjectClass.SECRET_KEY,
        KeyType.AES,
        wrapped,
        store=False,
        capabilities=MechanismFlag.UNWRAP,
        template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        **oaep(hash_name),
    )
