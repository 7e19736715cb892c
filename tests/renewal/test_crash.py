"""Killed between the changes: somebody can open the token at each moment, people know who, and the ceremony goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ceremony.custody.share_entry import read_share
from ceremony.room.clock import Clock
from ceremony.script.register_words import register_lines
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.transcript.folding import fold_archive
from ceremony.transcript.register import parse_register
from ceremony.verify.archive import verify_path
from tests.renewal.conftest import NEW, OLD, Holders
from tests.shares.conftest import LABEL

PROGRAM = Path(__file__).parent / "killed_renewal.py"


class Site:
    """The house, and the cards that exist in the world, of whatever set."""

    def __init__(self, house: Holders) -> None:
        self.house = house
        self.cards = list(house.people.cards.items())
        self.told: list[str] = []

    def run(self, point: str = "") -> int:
        done = subprocess.run(
            [sys.executable, str(PROGRAM), str(self.house.folder.parent), point],
            input=json.dumps(self.cards),
            capture_output=True,
            text=True,
            check=False,
        )
        said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
        self.cards += [(name, words) for name, words in said if name]
        self.told = [words for name, words in said if not name]
        return done.returncode

    def card(self, name: str, identifier: int) -> str:
        return next(
            words for card, words in self.cards if card == name and read_share(Secret(words)).identifier == identifier
        )

    def takes(self, purpose: str, identifier: int, names: tuple[str, ...], check: str) -> bool:
        """Whether the token takes the PIN that these people's cards of this set give."""
        kind = "share" if purpose == "user-pin" else "so-share"
        cards = {f"{kind}:{LABEL}:{name}": self.card(f"{kind}:{LABEL}:{name}", identifier) for name in names}
        pin = self.house.pin(kind, names, check, cards)
        return self.house.opens(pin) if purpose == "user-pin" else self.house.officer(pin)


@pytest.fixture
def site(house: Holders) -> Site:
    """Without the steps that sign something: here the PINs alone matter."""
    script = house.folder / "renewal.yaml"
    text = script.read_text()
    script.write_text(text[: text.index("      - {id: make-sub")] + text[text.index("      - {id: inventory") :])
    return Site(house)


POINTS: dict[str, tuple[str, str, str, str]] = {
    # where it is killed: the user PIN and the SO PIN that the token has then, and what people are told of the PINs
    "after C_InitPIN": ("new", "old", "may be the old one or that of set", "its old cards open the way"),
    "after the line pin-changed": ("new", "old", "its new cards are good", "The SO PIN is still the old one"),
    "before C_SetPIN": ("new", "old", "its new cards are good", "The SO PIN may be the old one or that of set"),
    "after C_SetPIN": ("new", "new", "its new cards are good", "The SO PIN may be the old one or that of set"),
}


@pytest.mark.parametrize("point", POINTS)
def test_cards_open_the_way_at_each_moment_and_it_is_gone_on_with(site: Site, point: str) -> None:
    user, officer, *told = POINTS[point]
    old = site.house.entry
    assert site.run(point) < 0, "killed"
    made = {event.purpose: event for event in site.house.events("shares-made", 2)}
    for purpose, which in (("user-pin", user), ("so-pin", officer)):
        before = old.shares_of(purpose)
        now, names = (made[purpose], NEW) if which == "new" else (before, OLD)
        assert site.takes(purpose, now.identifier, names[:2], now.check_value), f"the {which} {purpose} is the token's"
    now = site.house.entry
    possible = (*now.shares, *now.pending)
    for purpose, which in (("user-pin", user), ("so-pin", officer)):
        right = (made if which == "new" else {purpose: old.shares_of(purpose)})[purpose].identifier
        assert right in {item.identifier for item in possible if item.purpose == purpose}, "the register has it"
    assert site.run() == 0
    said = " ".join(site.told)
    assert all(piece in said for piece in told)
    assert not now.pending or "PINs of token" in said
    assert site.house.failed() == set()
    new = site.house.entry
    assert new.pending == ()
    for item in new.shares:
        assert item.holders == NEW
        assert site.takes(item.purpose, item.identifier, NEW[1:], item.check_value)
    attempts = 1 if point == "after C_SetPIN" else 2
    assert len(site.house.events("shares-made", 2)) == 2 * attempts, "what was done is not done twice"


def test_what_was_cut_short_is_in_the_register_and_renewed_by_another_ceremony(site: Site) -> None:
    """After the SO PIN was set, and the record does not say so; another script is held then."""
    assert site.run("after C_SetPIN") < 0
    Module.load("softhsm").restart()
    assert [item.purpose for item in site.house.entry.pending] == ["so-pin"]
    register = fold_archive(site.house.archive).register("practice")
    assert parse_register(register.octets) == register
    lines = " ".join("\n".join(register_lines(register, Clock().utc())).split())
    assert f"it may instead be that of set {site.house.entry.pending[0].identifier:05d}" in lines
    assert "a change was cut short" in lines
    site.house.edit("renewal.yaml", "New PINs, and new holders", "Once more")
    people = site.house.again()
    known = {(name, read_share(Secret(words)).identifier): words for name, words in site.cards}
    people.typed = lambda request: known.get((request.name, request.identifier)) or people.cards[request.name]
    assert site.house.hold("renewal").closed, people.outcome
    assert [event.purpose for event in site.house.events("pin-changed", 3)] == ["so-pin", "user-pin", "so-pin"]
    assert len(site.house.events("pin-refused", 3)) == 1, "the old SO PIN"
    assert site.house.entry.pending == ()
    assert [str(check) for check in verify_path(site.house.archive)[-1].failed] == []
