"""A token that does not know optional attributes is asked again without them, and never for less than the others."""

from __future__ import annotations

from typing import Any

import pytest
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import AttributeTypeInvalid, DeviceMemory, TemplateInconsistent

from ceremony.errors import CeremonyError
from ceremony.token.generation import generate_pair
from ceremony.token.objects import public_key, public_template


class Picky:
    """Stands for a session of a token that refuses templates; SoftHSM refuses none."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def generate_keypair(self, *_: object, **asked: Any) -> None:
        self.asked.append(asked)
        answer = self.answers.pop(0)
        if answer is not None:
            raise answer


def test_each_request_leaves_out_only_what_is_read_back_anyway_or_can_be_told_by_trying() -> None:
    token = Picky(AttributeTypeInvalid(), TemplateInconsistent(), None)
    generate_pair(token, "k", b"\x01", "rsa-2048")  # type: ignore[arg-type]  # a stand-in for a session
    first, second, third = (asked["private_template"] for asked in token.asked)
    assert set(first) - set(second) == {Attribute.COPYABLE, Attribute.DESTROYABLE}
    assert set(second) - set(third) == {Attribute.SIGN_RECOVER, Attribute.MODIFIABLE}
    assert (third[Attribute.SENSITIVE], third[Attribute.EXTRACTABLE]) == (True, False)


def test_a_refusal_without_any_optional_attribute_is_final() -> None:
    token = Picky(AttributeTypeInvalid(), AttributeTypeInvalid(), AttributeTypeInvalid())
    with pytest.raises(AttributeTypeInvalid):
        generate_pair(token, "k", b"\x01", "rsa-2048")  # type: ignore[arg-type]  # a stand-in for a session
    assert len(token.asked) == 3


def test_a_key_with_a_backup_is_not_asked_to_be_unchangeable_but_never_to_be_copied() -> None:
    """CKA_MODIFIABLE false could not be locked later; a copy would still be extractable then."""
    token = Picky(AttributeTypeInvalid(), None)
    generate_pair(token, "k", b"\x01", "rsa-2048", backup=True)  # type: ignore[arg-type]  # a stand-in for a session
    first, second = (asked["private_template"] for asked in token.asked)
    assert first[Attribute.COPYABLE] is False
    for asked in (first, second):
        assert Attribute.MODIFIABLE not in asked
        assert (asked[Attribute.SENSITIVE], asked[Attribute.EXTRACTABLE]) == (True, True)


def test_any_other_refusal_is_final() -> None:
    token = Picky(DeviceMemory())
    with pytest.raises(DeviceMemory):
        generate_pair(token, "k", b"\x01", "rsa-2048")  # type: ignore[arg-type]  # a stand-in for a session
    assert len(token.asked) == 1


@pytest.mark.parametrize(("algorithm", "number"), [("ml-dsa-44", 1), ("ml-dsa-65", 2), ("ml-dsa-87", 3)])
def test_ml_dsa_is_asked_for_by_its_parameter_set(algorithm: str, number: int) -> None:
    """CKP_ML_DSA_44 to CKP_ML_DSA_87 are 1 to 3 (PKCS#11 3.2); no key length is given."""
    token = Picky(None)
    generate_pair(token, "k", b"\x01", algorithm)  # type: ignore[arg-type]  # a stand-in for a session
    asked = token.asked[0]
    assert asked["public_template"][Attribute.PARAMETER_SET] == number
    assert asked["mechanism"] is Mechanism.ML_DSA_KEY_PAIR_GEN
    assert Attribute.PARAMETER_SET not in asked["private_template"]


@pytest.mark.parametrize(("algorithm", "octets"), [("ml-dsa-44", 1312), ("ml-dsa-65", 1952), ("ml-dsa-87", 2592)])
def test_an_ml_dsa_public_key_is_read_from_its_value_and_parameter_set(algorithm: str, octets: int) -> None:
    stored: dict[Attribute, Any] = {
        Attribute.KEY_TYPE: KeyType.ML_DSA,
        Attribute.PARAMETER_SET: {"ml-dsa-44": 1, "ml-dsa-65": 2, "ml-dsa-87": 3}[algorithm],
        Attribute.VALUE: bytes(range(256)) * 12,
        Attribute.CLASS: ObjectClass.PUBLIC_KEY,
        Attribute.LABEL: "k",
        Attribute.ID: b"\x01",
    }
    with pytest.raises(CeremonyError, match="unknown kind"):
        public_key(stored)  # type: ignore[arg-type]  # a stand-in for an object; its value is too long
    stored[Attribute.VALUE] = stored[Attribute.VALUE][:octets]
    name, spki = public_key(stored)  # type: ignore[arg-type]  # a stand-in for an object
    assert name == algorithm
    assert spki.endswith(stored[Attribute.VALUE])
    assert public_template(algorithm, spki) == {
        name: stored[name] for name in (Attribute.KEY_TYPE, Attribute.PARAMETER_SET, Attribute.VALUE)
    }
    stored[Attribute.PARAMETER_SET] = 9
    with pytest.raises(CeremonyError, match="unknown kind"):
        public_key(stored)  # type: ignore[arg-type]  # a stand-in for an object
