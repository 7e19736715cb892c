"""Every answer of a token becomes a sentence; what has no sentence is named."""

from __future__ import annotations

import pkcs11.exceptions
import pytest

from ceremony.errors import HEADLINE_LIMIT, CeremonyError
from ceremony.token.faults import _SENTENCES, LOST, TokenFault, TokenLost, fault, name_of, sentences

CLASSES = [
    kind
    for kind in vars(pkcs11.exceptions).values()
    if isinstance(kind, type) and issubclass(kind, pkcs11.exceptions.PKCS11Error)
]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_no_exception_of_the_library_reaches_a_person(kind: type[Exception]) -> None:
    with pytest.raises(CeremonyError) as caught, sentences(doing="it was tried", not_done="Nothing was done."):
        raise kind
    error = caught.value
    assert error.headline.endswith(".")
    assert "while it was tried" in error.detail
    assert error.not_done == "Nothing was done."
    assert error.next_step
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (pkcs11.exceptions.DeviceMemory(), "CKR_DEVICE_MEMORY"),
        (pkcs11.exceptions.SlotIDInvalid(), "CKR_SLOT_ID_INVALID"),
        (pkcs11.exceptions.AnotherUserAlreadyLoggedIn(), "CKR_USER_ANOTHER_ALREADY_LOGGED_IN"),
        (pkcs11.exceptions.PKCS11Error("Unmapped error code 0x1b"), "CKR_ACTION_PROHIBITED"),
        (pkcs11.exceptions.PKCS11Error("Unmapped error code 0x80000001"), "CKR_0x80000001"),
        (pkcs11.exceptions.PKCS11Error("Initialisation error (not initialized)."), "CKR_CRYPTOKI_NOT_INITIALIZED"),
    ],
)
def test_an_exception_has_the_name_of_its_return_value(error: Exception, name: str) -> None:
    assert name_of(error) == name


@pytest.mark.parametrize("name", sorted(LOST))
def test_a_token_that_went_away_is_lost(name: str) -> None:
    assert isinstance(fault(name, doing="d", not_done="n"), TokenLost)


def test_a_full_token_is_called_full() -> None:
    error = fault("CKR_DEVICE_MEMORY", doing="d", not_done="n")
    assert isinstance(error, TokenFault)
    assert error.headline == "The token is full."


def test_an_answer_without_a_sentence_is_named() -> None:
    assert "CKR_0x80000001" in fault("CKR_0x80000001", doing="d", not_done="n").headline


@pytest.mark.parametrize("headline", [sentence[0] for sentence in _SENTENCES.values()])
def test_a_headline_fits_its_line(headline: str) -> None:
    assert len(headline) <= HEADLINE_LIMIT
