"""A token that does not know two of the attributes is asked once more without them, and never for less than that."""

from __future__ import annotations

from typing import Any

import pytest
from pkcs11 import Attribute
from pkcs11.exceptions import AttributeTypeInvalid, DeviceMemory

from ceremony.token.generation import generate_pair


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


def test_the_second_request_leaves_out_only_what_is_read_back_anyway() -> None:
    token = Picky(AttributeTypeInvalid(), None)
    generate_pair(token, "k", b"\x01", "rsa-2048")  # type: ignore[arg-type]  # a stand-in for a session
    first, second = (asked["private_template"] for asked in token.asked)
    assert set(first) - set(second) == {Attribute.SIGN_RECOVER, Attribute.MODIFIABLE}
    assert (second[Attribute.SENSITIVE], second[Attribute.EXTRACTABLE]) == (True, False)


def test_any_other_refusal_is_final() -> None:
    token = Picky(DeviceMemory())
    with pytest.raises(DeviceMemory):
        generate_pair(token, "k", b"\x01", "rsa-2048")  # type: ignore[arg-type]  # a stand-in for a session
    assert len(token.asked) == 1
