"""A key that was made outside, put into a practice token: for rehearsals that go on from keys of another token.

Such a key says of itself that it was not made here (CKA_LOCAL false), and nothing of production is ever stored so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceremony.errors import CeremonyError
from ceremony.token.mechanisms import KEY_KINDS
from ceremony.token.objects import public_template

if TYPE_CHECKING:
    from ceremony.token.info import TokenInfo
    from ceremony.token.opened import OpenToken

PRACTICE_PREFIX = "PRACTICE "
"""What the label of every practice token begins with (`script.plan` makes them so)."""


def store_pair(token: OpenToken, label: str, key_id: bytes, algorithm: str, private_key: Any, spki: bytes) -> None:
    """Store a private key object of `cryptography` and its public key, for signing alone, never to leave again.

    Raises CeremonyError (STAND-IN) for a token that is not one of practice, a kind of key that is not put into tokens
    here (ML-DSA), or where the token refuses.
    """
    from pkcs11 import Attribute, ObjectClass

    require_practice(token.token)
    doing, not_done = f'the stand-in key "{label}" was stored', "The rehearsal was not begun."
    named = {Attribute.TOKEN: True, Attribute.LABEL: label, Attribute.ID: key_id}
    private = {
        **named,
        **_private_template(algorithm, private_key),
        Attribute.CLASS: ObjectClass.PRIVATE_KEY,
        Attribute.PRIVATE: True,
        Attribute.SENSITIVE: True,
        Attribute.EXTRACTABLE: False,
        Attribute.SIGN: True,
    }
    public = {
        **named,
        **public_template(algorithm, spki),
        Attribute.CLASS: ObjectClass.PUBLIC_KEY,
        Attribute.PRIVATE: False,
        Attribute.VERIFY: True,
    }
    with token.call(doing, not_done, storing="The token could not store it."):
        token.raw.create_object(private)
        token.raw.create_object(public)


def require_practice(token: TokenInfo) -> None:
    """Raises CeremonyError (STAND-IN) unless the token is one of SoftHSM; one with a label must say PRACTICE in it."""
    if not token.is_softhsm or (token.initialised and not token.label.startswith(PRACTICE_PREFIX)):
        raise CeremonyError(
            "Only practice tokens serve in a rehearsal.",
            detail=f"The token is {token.label or 'not initialised'}, made by {token.manufacturer}.",
            not_done="Nothing was stored in it. The rehearsal was not begun.",
            next_step="Rehearse on tokens that are made for it; name a folder of practice with --tokens.",
            code="STAND-IN",
        )


def _private_template(algorithm: str, private_key: Any) -> dict[Any, Any]:
    from pkcs11 import Attribute, KeyType

    kind = KEY_KINDS[algorithm]
    if kind.parameter_set:
        raise CeremonyError(
            f"A stand-in for a key of kind {algorithm} cannot be stored.",
            detail="Such keys are made in their token only.",
            not_done="The rehearsal was not begun.",
            next_step="Rehearse the ceremonies from the first one on, with tokens that are kept (--tokens).",
            code="STAND-IN",
        )
    template: dict[Any, Any] = {Attribute.KEY_TYPE: KeyType[kind.key_type]}
    if kind.key_type == "RSA":
        numbers = private_key.private_numbers()
        values = {
            "MODULUS": numbers.public_numbers.n,
            "PUBLIC_EXPONENT": numbers.public_numbers.e,
            "PRIVATE_EXPONENT": numbers.d,
            "PRIME_1": numbers.p,
            "PRIME_2": numbers.q,
            "EXPONENT_1": numbers.dmp1,
            "EXPONENT_2": numbers.dmq1,
            "COEFFICIENT": numbers.iqmp,
        }
        octets = {name: value.to_bytes((value.bit_length() + 7) // 8, "big") for name, value in values.items()}
        return template | {Attribute[name]: value for name, value in octets.items()}
    if kind.key_type == "EC":
        value = private_key.private_numbers().private_value.to_bytes(kind.coordinate_octets, "big")
    else:
        value = private_key.private_bytes_raw()
    return template | {Attribute.EC_PARAMS: kind.parameters[0], Attribute.VALUE: value}
