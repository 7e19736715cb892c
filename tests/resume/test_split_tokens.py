"""A token whose PINs are split, cut short in its making: it is finished with the cards that were written before."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.house.forger import Forger
from tests.resume.conftest import Commands, Place

SHARES = Path(__file__).parents[1] / "shares" / "ca"
TOKEN = "PRACTICE SMALL"
INITIALISED = "after C_InitToken #2"
"""Right after that token got its SO PIN; the own token of the person who seals was made before it."""


def split_place(folder: Path, commands: Commands) -> Place:
    (folder / "stick").mkdir()
    return Place(folder, commands, str(SHARES / "generation.yaml"), str(SHARES / "answers.yaml"))


@pytest.fixture
def split(tmp_path: Path, commands: Commands) -> Place:
    """An empty place for a ceremony that makes such a token."""
    return split_place(tmp_path, commands)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Place:
    """Killed right after the token got its SO PIN, and gone on with."""
    place = split_place(tmp_path_factory.mktemp("finished"), commands)
    assert place.run(INITIALISED).returncode < 0
    done = place.run()
    assert done.returncode == 0, done.stdout + done.stderr
    return place


def test_no_pin_is_drawn_anew_and_both_are_put_together_from_cards(finished: Place) -> None:
    assert len(finished.events("shares-made")) == 2
    again = [line["data"] for line in finished.lines() if line["kind"] == "share-entered" and line["attempt"] == 2]
    assert [(item["purpose"], item["person"]) for item in again] == [
        (purpose, person) for purpose in ("so-pin", "user-pin") for person in ("agus", "dewi")
    ]
    assert [item["label"] for item in finished.events("token-initialised")].count(TOKEN) == 1
    assert finished.failed() == set()


@pytest.mark.parametrize("point", ["after C_InitPIN #2", "within the line token-initialised #2"])
def test_also_where_it_has_both_pins(split: Place, point: str) -> None:
    assert split.run(point).returncode < 0
    assert split.run().returncode == 0
    assert len(split.events("shares-made")) == 2


def test_a_token_that_was_not_touched_gets_pins_of_new_cards(split: Place) -> None:
    assert split.run("after the line token-initialising #2").returncode < 0
    assert split.run().returncode == 0
    assert len(split.events("shares-made")) == 4


def test_without_the_cards_it_is_not_opened_and_people_are_told(split: Place) -> None:
    assert split.run(INITIALISED).returncode < 0
    shutil.rmtree(split.folder / "cards")
    done = split.run()
    assert done.returncode == 1
    assert "A share was asked for that was not given." in done.stdout + done.stderr
    assert split.lines()[-1]["kind"] == "ceremony-aborted"


def entered(forger: Forger, purpose: str) -> list[dict[str, Any]]:
    return [line for line in forger.of("share-entered") if line["attempt"] == 2 and line["data"]["purpose"] == purpose]


def so_pin_by_one(forger: Forger) -> None:
    forger.remove(entered(forger, "so-pin")[0])


def user_pin_by_one(forger: Forger) -> None:
    forger.remove(entered(forger, "user-pin")[0])


def one_for_another(forger: Forger) -> None:
    first, second = entered(forger, "so-pin")
    second["actor"] = second["data"]["person"] = first["actor"]


def never_proved(forger: Forger) -> None:
    forger.remove_all("shares-proved")


def never_announced(forger: Forger) -> None:
    forger.remove(*[line for line in forger.of("token-initialising", label=TOKEN) if line["attempt"] == 1])


@pytest.mark.parametrize("lie", [so_pin_by_one, user_pin_by_one, one_for_another, never_proved, never_announced])
def test_a_record_of_a_token_finished_by_too_few_is_found_out(
    finished: Place, tmp_path: Path, lie: Callable[[Forger], None]
) -> None:
    forger = Forger(Path(shutil.copytree(finished.ceremony, tmp_path / finished.ceremony.name)))
    lie(forger)
    assert forger.failed() & {"SHARES", "SHARES-OPEN"}
