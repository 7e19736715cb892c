"""Keys that wrap other keys: made for one deed, kept in the session alone, and destroyed when the deed is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ceremony.errors import CeremonyError
from ceremony.token.generation import generate_pair
from ceremony.token.mechanisms import KEY_KINDS

if TYPE_CHECKING:
    import pkcs11

    from ceremony.token.opened import OpenToken

KEY_WRAPS = ("AES_KEY_WRAP_KWP", "AES_KEY_WRAP_PAD")
"""AES key wrap with padding (RFC 5649). SoftHSM does it under the second name, which PKCS#11 3.1 deprecates."""

OAEP_HASHES = ("SHA256", "SHA_1")
"""Hashes of RSA-OAEP, and of its mask function, the better first. OAEP does not rest on collision resistance (RFC 8017
7.1), so SHA-1 stands where a token takes nothing else; which one was used is in the record."""


@contextmanager
def temporary(token: OpenToken, objects: list[pkcs11.Object], what: str) -> Iterator[None]:
    """Destroy session objects at the end of the block; after a failure as far as the token still does it."""
    from pkcs11.exceptions import PKCS11Error

    try:
        yield
    except BaseException:
        for item in objects:
            with suppress(PKCS11Error):
                item.destroy()
        raise
    with token.call(f"{what} was destroyed", f"{what[0].upper()}{what[1:]} is gone when the token is closed."):
        for item in objects:
            item.destroy()


@contextmanager
def wrapping_key(token: OpenToken, *, travels: bool = False) -> Iterator[Any]:
    """An AES-256 key made in the token that does nothing but wrap; extractable only where it `travels` itself.

    Its own generation counts as no key of the ceremony.
    """
    from pkcs11 import Attribute, KeyType, MechanismFlag

    with token.call("a wrapping key was made", "No key was wrapped."):
        key = token.raw.generate_key(
            KeyType.AES,
            256,
            store=False,
            capabilities=MechanismFlag.WRAP,
            template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: travels},
        )
    with temporary(token, [key], "the wrapping key"):
        yield key


def oaep(hash_name: str) -> dict[str, Any]:
    """RSA-OAEP with one of `OAEP_HASHES`, as python-pkcs11 takes it."""
    from pkcs11 import MGF, Mechanism

    mask = MGF[hash_name.replace("_", "")]
    return {"mechanism": Mechanism.RSA_PKCS_OAEP, "mechanism_param": (Mechanism[hash_name], mask, None)}


def key_wrap(token: OpenToken, among: tuple[str, ...] = KEY_WRAPS) -> str:
    """The first of these mechanisms that the token offers; CeremonyError where it lacks what a backup needs."""
    not_done = "No key was wrapped."
    missing = token.lacks(("AES_KEY_GEN", "RSA_PKCS_OAEP"), not_done)
    lacking = token.lacks(among, not_done)
    offered = [name for name in among if name not in lacking]
    if missing or not offered:
        names = ", ".join(f"CKM_{name}" for name in (*missing, *(() if offered else among)))
        raise CeremonyError(
            "The token cannot take part in a backup.",
            detail=f"{token.token} does not offer {names}"
            + ("." if offered else "; one key wrap mechanism that both tokens offer is needed."),
            not_done=not_done,
            next_step="Use other tokens, or do without a backup.",
            code="BACKUP-WRAPPING",
        )
    return offered[0]


def check_wrappable(token: OpenToken, algorithm: str) -> None:
    """CeremonyError where the token could not wrap a key of this algorithm; tried on one of the session, but for RSA,
    which takes long to make and which every token wraps."""
    from pkcs11 import Mechanism

    mechanism = Mechanism[key_wrap(token)]
    if KEY_KINDS[algorithm].key_type == "RSA":
        return
    doing, not_done = f"it tried to wrap an {algorithm} key", "No key was made or stored."
    with token.call(doing, not_done), token.stopwatch.generating(counts=False):
        public, private = generate_pair(token.raw, "trial", b"\x00", algorithm, backup=True, store=False)
    with temporary(token, [public, private], "the trial key"), wrapping_key(token) as key, token.call(doing, not_done):
        key.wrap_key(private, mechanism=mechanism)
