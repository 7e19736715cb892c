"""In production, a certificate has expired and a token is not in: seen and settled in the morning, by keys alone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from ceremony.token.softhsm import SoftHsmHome
from ceremony.transcript.chain import read_chain
from tests.custody_rules import house as custody
from tests.e2e.test_app_in_tmux import SHORT, Custodians, command, steps_of


@pytest.fixture
def ca(tmp_path: Path, softhsm: SoftHsmHome) -> Path:
    """Everybody has a token of their own; the certificate on Dewi Lestari's has expired."""
    del softhsm
    house = custody.Signers.built(custody.CA, tmp_path)
    for person in custody.EVERYBODY:
        house.token_of(person, **({"starts": -40} if person == "dewi" else {}))
    return house.folder


class Early(Custodians):
    """They compare the clock of the morning."""

    def form(self, screen: str) -> None:
        del screen
        self.terminal.fill(["the wall", time.strftime("%H:%M:%SZ", time.gmtime())], clear=False)
        self.commit()


@pytest.mark.parametrize(
    ("terminal", "kind"),
    [((80, 24), "linux"), ((120, 40), "screen-256color")],
    indirect=["terminal"],
    ids=["80x24-linux", "120x40"],
)
def test_who_cannot_sign_today_learns_it_before_the_token_is_opened(
    terminal: Any, kind: str, ca: Path, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    module_of = {"SOFTHSM2_CONF": str(tmp_path / "softhsm/softhsm2.conf"), "TERM": kind}
    tokens = tmp_path / "softhsm/tokens"
    away = hide_token_of("siti", tokens)
    archive = tmp_path / "archive"
    terminal.run(command("run", str(ca / "short.yaml"), "--archive", str(archive)), clean_environment | module_of)
    people = Early(terminal, tmp_path, steps_of(SHORT))
    shown = people.work("The own token of Dewi Lestari|the own token of Dewi")
    told = " ".join(shown.split())
    assert "It expired at" in told
    assert "Look again" in told
    terminal.keys("Down")
    terminal.wait("> Dewi Lestari goes out")
    people.word("OUT", tab=True)
    if "PgDn" in terminal.wait(r"The own token of Siti Rahmawati|PgDn shows more\. Then F2"):
        people.read_on()  # the field for the word hides what was not drawn yet when the key came
        terminal.wait("The own token of Siti Rahmawati")
    away.rename(tokens / away.name)
    people.commit()  # look again: the safe way stands first
    people.work(r"step 3/\d|Step 3 of")
    entries = read_chain(next(archive.glob("*/transcript.jsonl"))).entries
    (left,) = [entry.data for entry in entries if entry.event.kind == "person-left"]
    assert (left.person, "It expired at" in left.reason) == ("dewi", True)
    assert not [entry for entry in entries if entry.event.kind in ("token-found", "step-failed")]


def hide_token_of(person: str, tokens: Path) -> Path:
    """Take somebody's token out of the reader; returns where its folder is now."""
    label = person.upper().encode()
    (folder,) = [each for each in tokens.iterdir() if label in (each / "token.object").read_bytes()]
    return folder.rename(tokens.parent / folder.name)
