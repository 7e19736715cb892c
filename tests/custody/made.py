"""Drawn PINs with their shares, shares as a forger would make them, and what a refusal must say."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from shamir_mnemonic import Share as Member

from ceremony.custody.pins import check_value, draw_pin
from ceremony.custody.share_entry import read_share
from ceremony.custody.shares import Share, split
from ceremony.errors import CeremonyError
from ceremony.secret import Secret


@dataclass(frozen=True)
class SplitPin:
    """A drawn PIN, its check value, and its shares."""

    pin: Secret
    check: str
    shares: tuple[Share, ...]

    def words(self, place: int) -> list[str]:
        """The words of one share, as they stand on its card."""
        return self.shares[place].mnemonic.reveal().split()


def split_pin(threshold: int, count: int) -> SplitPin:
    pin = draw_pin(secrets.token_bytes)
    return SplitPin(pin, check_value(pin), split(pin, threshold, count))


@contextmanager
def refused(code: str, *said: str) -> Iterator[None]:
    with pytest.raises(CeremonyError) as caught:
        yield
    assert caught.value.code == code
    for piece in said:
        assert piece in str(caught.value)


def entered(share: Share) -> Share:
    """The same share, typed by its holder."""
    return read_share(Secret(share.mnemonic.reveal().upper()))


def altered(share: Share) -> Share:
    """A share with a right checksum and a wrong value: of a forger, or of another split with the same number."""
    member = Member.from_mnemonic(share.mnemonic.reveal())
    value = bytes([member.value[0] ^ 1]) + member.value[1:]
    forged = Member(*(getattr(member, name) for name in list(member.__dataclass_fields__)[:-1]), value)
    return read_share(Secret(forged.mnemonic()))
