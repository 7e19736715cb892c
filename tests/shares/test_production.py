"""Production: the shares of one ceremony open the token in the next, given without people; and its rehearsal."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import pytest

from ceremony.cli.planning import compiled
from ceremony.engine.answers import load_answers
from ceremony.engine.performance import perform
from ceremony.engine.practice import practice_tokens
from ceremony.engine.tokens import ProductionTokens
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.room.clock import Clock
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from ceremony.transcript.chain import read_chain
from ceremony.transcript.kinds import TokenOpened
from ceremony.verify.archive import verify_path
from tests.house.held import PIN, give_credential, given, planned
from tests.shares.conftest import CA


class Copying(UnattendedOfficiant):
    """As people do: what is shown is copied, and outlives the run."""

    cards: dict[str, str]

    def show_secret(self, display: Any) -> None:
        self.cards[display.name] = display.words.reveal()
        super().show_secret(display)


class Site:
    """The files of the CA, an archive, one SoftHSM with the sealer's token in it, and the cards."""

    def __init__(self, folder: Path) -> None:
        self.ca = Path(shutil.copytree(CA, folder / "ca"))
        self.archive = folder / "archive"
        self.cards: dict[str, str] = {}
        self.said = io.StringIO()
        give_credential(self.ca / "people.yaml", self.ca / "generation.yaml")

    def run(self, script: str, **more: str) -> Any:
        clock = Clock()
        plan = planned(self.ca / f"{script}.yaml", "production", self.archive, clock)
        self.said = io.StringIO()
        source = given({"credential-pin:RINI": PIN, **more})
        with Copying(load_answers(self.ca / "answers.yaml"), source, self.said, clock=clock) as officiant:
            officiant.cards = self.cards
            return perform(plan, officiant, archive=self.archive, clock=clock, tokens=ProductionTokens(plan))

    def shares(self, *names: str) -> dict[str, str]:
        return {f"share:SMALL:{name}": self.cards[f"share:SMALL:{name}"] for name in names}


@pytest.fixture
def site(tmp_path: Path, softhsm: SoftHsmHome) -> Site:
    del softhsm
    made = Site(tmp_path)
    assert made.run("generation").closed, made.said.getvalue()
    return made


def test_two_given_shares_open_the_token_of_an_earlier_production_ceremony(site: Site) -> None:
    assert site.run("look", **site.shares("dewi", "bambang")).closed, site.said.getvalue()
    verdicts = verify_path(site.archive, production_only=True)
    assert [verdict.proved for verdict in verdicts] == [True, True]
    said = site.said.getvalue() + "".join(line for verdict in verdicts for line in verdict.lines())
    assert not any(card in said for card in site.cards.values())


@pytest.mark.parametrize("names", [("dewi",), ()])
def test_with_fewer_it_stays_closed(site: Site, names: tuple[str, ...]) -> None:
    outcome = site.run("look", **site.shares(*names))
    assert not outcome.closed
    assert "A share was asked for that was not given." in site.said.getvalue()
    entries = read_chain(next(site.archive.glob("0002-*/transcript.jsonl"))).entries
    opened = {entry.data.label for entry in entries if isinstance(entry.data, TokenOpened)}
    assert opened == {"RINI"}, "who seals how far it came"


def test_a_typed_pin_is_not_asked_for_and_opens_nothing(site: Site) -> None:
    assert not site.run("look", **{"token-pin:SMALL": "0" * 64}).closed


def test_the_next_ceremony_is_rehearsed_over_a_stand_in_without_anybodys_share(site: Site) -> None:
    clock = Clock()
    look = compiled(site.ca / "look.yaml", "practice", clock, str(site.archive))
    assert look.plan.ok, look.plan.findings
    assert look.stand_ins is not None
    assert look.plan.past.register.tokens == ()
    Module.load("softhsm").close_sessions()
    with practice_tokens(look.plan, look.stand_ins) as tokens:
        answers = load_answers(site.ca / "answers.yaml")
        with Copying(answers, out=site.said, clock=clock) as officiant:
            officiant.cards = {}
            outcome = perform(look.plan, officiant, archive=site.archive, clock=clock, tokens=tokens)
    assert outcome.closed, site.said.getvalue()
    assert all(verdict.proved for verdict in verify_path(site.archive))
