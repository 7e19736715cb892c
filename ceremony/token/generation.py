"""C_GenerateKeyPair with every attribute said out loud."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ceremony.token.mechanisms import KEY_KINDS

if TYPE_CHECKING:
    import pkcs11

Made = TypeVar("Made")

# CKA_MODIFIABLE last: SoftHSM sets attributes in their order, and after this one none
_OPTIONAL = {"SIGN_RECOVER": False, "DESTROYABLE": True, "COPYABLE": False, "MODIFIABLE": False}
_TRIALS = (tuple(_OPTIONAL), ("SIGN_RECOVER", "MODIFIABLE"), ())
"""Which of them are asked for, one trial after the other; CKA_COPYABLE and CKA_DESTROYABLE are the youngest."""


def generate_pair(
    session: pkcs11.Session, label: str, key_id: bytes, algorithm: str, *, backup: bool = False, store: bool = True
) -> tuple[pkcs11.PublicKey, pkcs11.PrivateKey]:
    """Make a key pair that does nothing but sign and stays in the token; with `backup` it may leave it wrapped.

    Without `store` it is gone with the session. Raises what python-pkcs11 raises.
    """

    def make(chosen: tuple[str, ...]) -> tuple[pkcs11.PublicKey, pkcs11.PrivateKey]:
        private = private_attributes(chosen, extractable=backup)
        return _generate(session, label, key_id, algorithm, public_attributes(chosen), private, store=store)

    return strictly_first(make)


def private_attributes(chosen: tuple[str, ...], *, extractable: bool) -> dict[pkcs11.Attribute, Any]:
    """What every private key of a ceremony is made with, and of the optional attributes those that are chosen.

    A key can be destroyed, not copied, and not changed: a copy would outlive its destruction, or its lock. Only an
    extractable key is modifiable, because C_SetAttributeValue has to lock it (PKCS#11 3.1, 4.4 and 4.9).
    """
    from pkcs11 import Attribute

    wanted: dict[Attribute, Any] = {
        Attribute.PRIVATE: True,
        Attribute.SENSITIVE: True,
        Attribute.EXTRACTABLE: extractable,
    }
    names = [name for name in chosen if not (extractable and name == "MODIFIABLE")]
    return wanted | {Attribute[name]: _OPTIONAL[name] for name in names}


def public_attributes(chosen: tuple[str, ...]) -> dict[pkcs11.Attribute, Any]:
    """The same for its public key."""
    from pkcs11 import Attribute

    names = [name for name in chosen if name in {"DESTROYABLE", "MODIFIABLE"}]
    return {Attribute.PRIVATE: False} | {Attribute[name]: _OPTIONAL[name] for name in names}


def strictly_first(make: Callable[[tuple[str, ...]], Made]) -> Made:
    """Call `make` with every optional attribute, and where the token refuses the template, again with fewer.

    Some tokens do not know one of them, or do not let it be chosen, and refuse the whole template before anything is
    made. What the key may do is read back in any case.
    """
    from pkcs11.exceptions import AttributeReadOnly, AttributeTypeInvalid, AttributeValueInvalid, TemplateInconsistent

    for chosen in _TRIALS[:-1]:
        try:
            return make(chosen)
        except (AttributeReadOnly, AttributeTypeInvalid, AttributeValueInvalid, TemplateInconsistent):
            continue
    return make(_TRIALS[-1])


def _generate(
    session: pkcs11.Session,
    label: str,
    key_id: bytes,
    algorithm: str,
    public: dict[pkcs11.Attribute, Any],
    private: dict[pkcs11.Attribute, Any],
    *,
    store: bool,
) -> tuple[pkcs11.PublicKey, pkcs11.PrivateKey]:
    from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag

    kind = KEY_KINDS[algorithm]
    common: dict[str, Any] = {
        "id": key_id,
        "label": label,
        "store": store,
        "capabilities": MechanismFlag.SIGN | MechanismFlag.VERIFY,
        "mechanism": Mechanism[kind.generate],
        "public_template": public,
        "private_template": private,
    }
    key_type = KeyType[kind.key_type]
    if kind.parameter_set:
        from pkcs11.mechanisms import MLDSAParameterSet

        common["public_template"] = {**public, Attribute.PARAMETER_SET: MLDSAParameterSet[kind.parameter_set]}
        return session.generate_keypair(key_type, **common)
    if kind.bits:
        return session.generate_keypair(key_type, kind.bits, **common)
    parameters = session.create_domain_parameters(key_type, {Attribute.EC_PARAMS: kind.parameters[0]}, local=True)
    return parameters.generate_keypair(**common)
