"""Renewals without people: over two rehearsals whose tokens are kept, and rehearsed over a stand-in for production."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ceremony.cli.planning import compiled
from ceremony.engine.answers import load_answers
from ceremony.engine.performance import perform
from ceremony.engine.practice import practice_tokens
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.room.clock import Clock
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from ceremony.verify.archive import verify_path
from tests.renewal.conftest import CA, OLD, Holders
from tests.shares import test_production as production
from tests.shares.conftest import LABEL

ROOT = Path(__file__).parents[2]


def test_the_command_renews_without_people_what_an_earlier_rehearsal_made(house: Holders) -> None:
    """`rehearse --unattended --tokens`, the old shares given through a descriptor."""
    read_end, write_end = os.pipe()
    cards = {name: words for name, words in house.people.cards.items() if name.startswith("so-share")}
    lines = [f"{name}: {cards[name]}" for name in (f"so-share:{LABEL}:{person}" for person in OLD[:2])]
    lines.append("credential-pin:PRACTICE rini: pin of PRACTICE rini")
    os.write(write_end, "\n".join(lines).encode())
    os.close(write_end)
    Module.load("softhsm").close_sessions()
    command = [
        *(sys.executable, "-m", "ceremony", "rehearse", str(house.folder / "renewal.yaml")),
        *("--unattended", str(house.folder / "answers.yaml"), "--archive", str(house.archive)),
        *("--tokens", str(house.folder.parent / "softhsm"), "--secrets-fd", str(read_end)),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, pass_fds=(read_end,))
    os.close(read_end)
    assert done.returncode == 0, done.stdout + done.stderr
    assert house.failed() == set()
    assert [event.purpose for event in house.events("pin-changed", 2)] == ["user-pin", "so-pin"]
    shown = subprocess.run(
        [sys.executable, "-m", "ceremony", "register", str(house.archive), "--practice", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    (token,) = json.loads(shown.stdout)["register"]["tokens"]
    assert token["ceremony"] == "0002-renewal"
    assert {tuple(item["holders"]) for item in token["shares"]} == {("agus", "dewi", "citra")}
    assert {item["identifier"] for item in token["shares"]} == {
        event.identifier for event in house.events("shares-made", 2)
    }


@pytest.fixture
def site(tmp_path: Path, softhsm: SoftHsmHome, monkeypatch: pytest.MonkeyPatch) -> production.Site:
    """A production ceremony of this CA, on SoftHSM."""
    del softhsm
    monkeypatch.setattr(production, "CA", CA)
    made = production.Site(tmp_path)
    assert made.run("generation").closed, made.said.getvalue()
    return made


def test_production_renews_and_the_next_ceremony_opens_with_the_new_cards(site: production.Site) -> None:
    old = dict(site.cards)
    given = {name: old[name] for name in ("so-share:SMALL:agus", "so-share:SMALL:dewi")}
    assert site.run("renewal", **given).closed, site.said.getvalue()
    new = site.shares("dewi", "citra")
    assert not site.run("look", **{name: old.get(name, new[name]) for name in new}).closed
    assert site.run("look", **new).closed, site.said.getvalue()
    proved = [verdict.proved for verdict in verify_path(site.archive, production_only=True)]
    assert proved == [True, True, False, True]


def test_a_renewal_is_rehearsed_over_a_stand_in_without_anybodys_card(site: production.Site) -> None:
    clock = Clock()
    planned = compiled(site.ca / "renewal.yaml", "practice", clock, str(site.archive))
    assert planned.plan.ok, planned.plan.findings
    assert planned.stand_ins is not None
    Module.load("softhsm").close_sessions()
    out = io.StringIO()
    answers = load_answers(site.ca / "answers.yaml")
    with (
        practice_tokens(planned.plan, planned.stand_ins) as tokens,
        UnattendedOfficiant(answers, out=out, clock=clock) as officiant,
    ):
        outcome = perform(planned.plan, officiant, archive=site.archive, clock=clock, tokens=tokens)
    assert outcome.closed, out.getvalue()
    assert [str(check) for verdict in verify_path(site.archive) for check in verdict.failed] == []
