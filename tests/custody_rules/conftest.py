"""A house for each test, and a real production archive with signed approvals to be tampered with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ceremony.token.softhsm import SoftHsmHome
from ceremony.transcript.kinds import CertificateUnseen
from tests.custody_rules.house import CA, EVERYBODY, Signers
from tests.house.held import held_by


@pytest.fixture
def bare(tmp_path: Path, softhsm: SoftHsmHome) -> Signers:
    """A CA whose people have no tokens yet."""
    del softhsm
    return Signers.built(CA, tmp_path)


@pytest.fixture
def house(bare: Signers) -> Signers:
    """A CA in which everybody has a token and a certificate of their own."""
    for person in EVERYBODY:
        bare.token_of(person)
    return bare


@pytest.fixture
def unlooked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No token shows its certificate in the morning: what is wrong with one is found when it is opened."""

    def unseen(room: Any, person: Any) -> None:
        room.record(CertificateUnseen(person=person.id))

    monkeypatch.setattr("ceremony.engine.introduction._look", unseen)


@pytest.fixture(scope="session")
def held_rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `archive/`, two production ceremonies, and `ca/`. Nobody writes into it."""
    return held_by(Path(__file__).parent / "hold_rules.py", tmp_path_factory.mktemp("rules") / "held")
