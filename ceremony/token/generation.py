"""C_GenerateKeyPair with every attribute said out loud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceremony.token.mechanisms import KEY_KINDS

if TYPE_CHECKING:
    import pkcs11


def generate_pair(session: pkcs11.Session, label: str, key_id: bytes, algorithm: str) -> None:
    """Make a key pair that stays in the token and does nothing but sign.

    Some tokens do not know CKA_SIGN_RECOVER, or do not let CKA_MODIFIABLE be chosen, and refuse the whole template
    before anything is made. They are asked once more without these two; what the key may do is read back in any case.
    Raises what python-pkcs11 raises.
    """
    from pkcs11 import Attribute
    from pkcs11.exceptions import AttributeReadOnly, AttributeTypeInvalid, AttributeValueInvalid, TemplateInconsistent

    private: dict[Attribute, Any] = {
        Attribute.PRIVATE: True,
        Attribute.SENSITIVE: True,
        Attribute.EXTRACTABLE: False,
    }
    public: dict[Attribute, Any] = {Attribute.PRIVATE: False}
    strict_private = {**private, Attribute.SIGN_RECOVER: False, Attribute.MODIFIABLE: False}
    strict_public = {**public, Attribute.MODIFIABLE: False}
    try:
        _generate(session, label, key_id, algorithm, strict_public, strict_private)
    except (AttributeReadOnly, AttributeTypeInvalid, AttributeValueInvalid, TemplateInconsistent):
        _generate(session, label, key_id, algorithm, public, private)


def _generate(
    session: pkcs11.Session,
    label: str,
    key_id: bytes,
    algorithm: str,
    public: dict[pkcs11.Attribute, Any],
    private: dict[pkcs11.Attribute, Any],
) -> None:
    from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag

    kind = KEY_KINDS[algorithm]
    common: dict[str, Any] = {
        "id": key_id,
        "label": label,
        "store": True,
        "capabilities": MechanismFlag.SIGN | MechanismFlag.VERIFY,
        "mechanism": Mechanism[kind.generate],
        "public_template": public,
        "private_template": private,
    }
    key_type = KeyType[kind.key_type]
    if kind.parameter_set:
        from pkcs11.mechanisms import MLDSAParameterSet

        common["public_template"] = {**public, Attribute.PARAMETER_SET: MLDSAParameterSet[kind.parameter_set]}
        session.generate_keypair(key_type, **common)
        return
    if kind.bits:
        session.generate_keypair(key_type, kind.bits, **common)
        return
    parameters = session.create_domain_parameters(key_type, {Attribute.EC_PARAMS: kind.parameters[0]}, local=True)
    parameters.generate_keypair(**common)
