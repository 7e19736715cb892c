"""A CA whose token has split PINs, in its second ceremony: a holder leaves, another comes, and the PINs are renewed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ceremony.custody.share_entry import read_share
from ceremony.custody.shares import combine
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from ceremony.transcript.folding import fold_archive
from ceremony.transcript.register_entries import TokenEntry
from tests.house.ca import House
from tests.house.tokens import in_force
from tests.shares.conftest import LABEL

CA = Path(__file__).parent / "ca"
OLD = ("agus", "dewi", "bambang")
NEW = ("agus", "dewi", "citra")


class Holders(House):
    """The same house, asked for what its cards give."""

    @property
    def entry(self) -> TokenEntry:
        """What the register knows of the token."""
        (token,) = fold_archive(self.archive).register("practice").tokens
        return token

    def pin(self, kind: str, names: tuple[str, ...], check: str, cards: dict[str, str]) -> Secret:
        """The PIN that these cards give."""
        return combine([read_share(Secret(cards[f"{kind}:{LABEL}:{name}"])) for name in names], check)

    def opens(self, pin: Secret) -> bool:
        """Whether the token takes this user PIN."""
        from ceremony.token.module import WrongPin

        module = Module.load("softhsm")
        module.restart()
        try:
            module.open(module.find(LABEL), pin).close()
        except WrongPin:
            return False
        return True

    def officer(self, pin: Secret) -> bool:
        """Whether the token takes this SO PIN."""
        from ceremony.token.module import WrongPin

        module = Module.load("softhsm")
        module.restart()
        try:
            with module.officer(module.find(LABEL), pin):
                return True
        except WrongPin:
            return False


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The first ceremony, held once: a folder to be copied, and the cards of its holders."""
    folder = tmp_path_factory.mktemp("generated")
    house = Holders.built(CA, folder)
    with in_force(SoftHsmHome.create(folder / "softhsm"), removed=False):
        assert house.hold("generation").closed, house.people.outcome
    return folder, house.people.cards


def copied(folder: Path, cards: dict[str, str], place: Path) -> tuple[Holders, SoftHsmHome]:
    """A copy of a house and of its tokens."""
    shutil.copytree(folder, place)
    (place / "softhsm").rename(place / "copied")
    home = SoftHsmHome.create(place / "softhsm")  # its configuration names its own folder
    home.tokens.rmdir()
    (place / "copied" / "tokens").rename(home.tokens)
    made = Holders(place / "ca", place / "archive")
    made.people.cards.update(cards)
    return made, home


@pytest.fixture
def house(generated: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Holders]:
    """A copy of it all, with its token."""
    made, home = copied(*generated, tmp_path / "house")
    with in_force(home):
        yield made
