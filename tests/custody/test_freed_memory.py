"""After a PIN was drawn, split, carded, entered, combined and wiped, the memory of the process does not hold it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HIDE = 0x5A

PROGRAM = f"""
import secrets, sys
from ceremony.custody.freed_memory import overwrite_freed_memory
from ceremony.custody.pins import check_value, draw_pin
from ceremony.custody.share_card import share_card
from ceremony.custody.share_entry import read_share
from ceremony.custody.shares import combine, prove_all, split

def hand_over(octets):
    print(bytes(octet ^ {HIDE} for octet in octets).hex(), flush=True)

pin = draw_pin(secrets.token_bytes)
check, shares = check_value(pin), split(pin, 3, 5)
labels = [share.label("0001", "ROOT", "so-pin", count=5, holder="Siti") for share in shares]
sheet = dict(authority="A", contact="B", made_on="2026-11-22", practice=False)
cards = [share_card(share, label, **sheet) for share, label in zip(shares, labels)]
typed = [read_share(share.mnemonic) for share in shares]
prove_all(typed, count=5, check=check)
again = combine(typed[1:4], check)
hand_over(pin._octets)
hand_over(bytearray(bytes.fromhex(pin.reveal())))
hand_over(shares[1].mnemonic._octets[40:120])
hand_over(cards[1]._octets[-1400:-1300])
if sys.stdin.readline() == "wipe\\n":
    for secret in (pin, again, *cards, *shares, *typed):
        secret.wipe()
    secret = None
    overwrite_freed_memory()
print("ready", flush=True)
sys.stdin.readline()
"""


def memory(process: int) -> Iterator[bytes]:
    """Every readable region of another process."""
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as octets:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            places, access, *_ = line.split()
            first, last = (int(place, 16) for place in places.split("-"))
            if access.startswith("rw"):
                octets.seek(first)
                yield octets.read(last - first)


def copies(order: str) -> list[int]:
    """How often the PIN in hex, in octets, a share and a card are found in the memory of the program at its end."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        sought = [bytes(octet ^ HIDE for octet in bytes.fromhex(child.stdout.readline())) for _ in range(4)]
        child.stdin.write(f"{order}\n")
        child.stdin.flush()
        assert child.stdout.readline() == "ready\n"
        try:
            regions = list(memory(child.pid))
        except PermissionError:
            pytest.skip("this machine does not let a process read the memory of its child")
        finally:
            child.stdin.write("\n")
            child.stdin.close()
        return [sum(region.count(octets) for region in regions) for octets in sought]


def test_what_was_wiped_is_gone() -> None:
    assert copies("wipe") == [0, 0, 0, 0]


def test_what_was_not_wiped_is_found() -> None:
    """The search itself works."""
    in_hex, _, share, card = copies("keep")
    assert in_hex
    assert share
    assert card
