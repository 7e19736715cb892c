"""A token is chosen by label and serial, and one that is initialised is never erased."""

from __future__ import annotations

import pytest

from ceremony.errors import CeremonyError
from ceremony.token.choosing import check_label, choose, free_token
from ceremony.token.info import TokenInfo


def described(
    label: str, serial: str, *, initialised: bool = True, manufacturer: str = "Maker", slot: int = 0
) -> TokenInfo:
    return TokenInfo(
        label=label,
        serial=serial,
        manufacturer=manufacturer,
        model="Model",
        firmware="1.0",
        hardware="1.0",
        initialised=initialised,
        user_pin_set=initialised,
        user_pin_count_low=False,
        user_pin_final_try=False,
        user_pin_locked=False,
        slot_id=slot,
    )


ROOT = described("ROOT", "0001")
OTHER = described("OTHER", "0002")
TWIN = described("ROOT", "0003")
BLANK = described("", "0004", initialised=False)


@pytest.mark.parametrize(
    ("present", "serial", "headline"),
    [
        ((), None, 'There is no token labelled "ROOT".'),
        ((OTHER,), None, 'There is no token labelled "ROOT".'),
        ((ROOT, TWIN), None, 'There are 2 tokens labelled "ROOT".'),
        ((ROOT,), "0009", 'The token "ROOT" has another serial.'),
        ((BLANK,), None, 'No token "ROOT": none is initialised.'),
        ((described("ROOT", "0001", initialised=False),), None, 'The token "ROOT" is not initialised.'),
    ],
)
def test_a_token_that_is_not_plainly_the_one_is_refused_and_those_there_are_listed(
    present: tuple[TokenInfo, ...], serial: str | None, headline: str
) -> None:
    with pytest.raises(CeremonyError) as caught:
        choose(present, "ROOT", serial)
    assert caught.value.headline == headline
    for info in present:
        assert str(info) in caught.value.detail


def test_the_one_token_with_the_label_is_chosen() -> None:
    assert choose((OTHER, ROOT, BLANK), "ROOT", None) is ROOT


def test_the_serial_tells_two_tokens_of_one_label_apart() -> None:
    assert choose((ROOT, TWIN), "ROOT", "0003") is TWIN


def test_no_free_token_is_refused() -> None:
    with pytest.raises(CeremonyError, match=r"There is no token to initialise\."):
        free_token((ROOT, OTHER))


def test_two_free_tokens_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(CeremonyError, match=r"There are 2 tokens to initialise\."):
        free_token((BLANK, described("", "0005", initialised=False)))


def test_the_one_free_token_is_taken() -> None:
    assert free_token((ROOT, BLANK)) is BLANK


def test_several_empty_slots_of_softhsm_are_all_the_same() -> None:
    slots = tuple(
        described("", "", initialised=False, manufacturer="SoftHSM project", slot=number) for number in (1, 2)
    )
    assert free_token(slots) in slots


@pytest.mark.parametrize("label", ["", " ROOT", "ROOT ", "RO\nOT", "x" * 33, "é" * 17])
def test_what_cannot_be_a_token_label_is_refused(label: str) -> None:
    with pytest.raises(CeremonyError):
        check_label(label)


@pytest.mark.parametrize("label", ["R", "DEMO ROOT 1", "x" * 32, "é" * 16])
def test_what_can_be_a_token_label_is_taken(label: str) -> None:
    check_label(label)


@pytest.mark.parametrize(
    ("flags", "tries"),
    [
        ({}, ""),
        ({"user_pin_count_low": True}, "few tries are left"),
        ({"user_pin_count_low": True, "user_pin_final_try": True}, "one try is left"),
        ({"user_pin_locked": True}, "the PIN is locked"),
        ({"user_pin_count_low": True, "manufacturer": "SoftHSM project"}, ""),
    ],
)
def test_tries_left_are_what_the_flags_say_and_softhsm_is_never_said_to_lock(
    flags: dict[str, object], tries: str
) -> None:
    import dataclasses

    assert dataclasses.replace(ROOT, **flags).tries == tries
