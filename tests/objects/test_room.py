"""In the room: what a request asks for is shown, and on record, before anybody is asked to approve it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceremony.engine.performance import perform
from ceremony.engine.tokens import PracticeTokens
from ceremony.room.clock import Clock
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import read_chain
from ceremony.verify.ceremony import verify_ceremony
from tests.engine.conftest import TestOfficiant
from tests.objects.conftest import Twins

STEPS = (
    "kind: generate-key, key: root-a, profile: ec",
    "kind: self-sign, certificate: root-a, profile: root-a, key: root-a",
    "kind: issue, certificate: sub, profile: sub, request: requests/sub.csr, issuer: root-a",
    "kind: cross-sign, certificate: peer-by-a, profile: peer-by-a, issuer: root-a, "
    "existing_file: requests/peer.pem, request: requests/peer.csr",
)


@pytest.fixture
def officiant() -> TestOfficiant:
    return TestOfficiant()


def kinds(ceremony: Path, step: str) -> list[str]:
    chain = read_chain(CeremonyFolder(ceremony).record)
    return [entry.event.kind for entry in chain.entries if entry.event.step == step]


def perform_in_practice(twins: Twins, archive: Path, officiant: TestOfficiant) -> Path:
    script = twins.folder / "script.yaml"
    twins.plan(*STEPS, mode="practice")
    script.write_text(script.read_text().replace("kind: open-token,", "kind: open-token, initialise: true,"))
    plan = twins.compiled("practice")
    tokens = PracticeTokens(plan, Module.load("softhsm"))
    perform(plan, officiant, archive=archive, clock=Clock(), tokens=tokens, export_to=None)
    return archive / "0001-one"


def test_people_see_what_is_asked_and_what_is_given(
    newborn: Twins, softhsm: SoftHsmHome, officiant: TestOfficiant, tmp_path: Path
) -> None:
    ceremony = perform_in_practice(newborn, tmp_path / "archive", officiant)
    (instruction,) = officiant.of("instruct", "s2")
    details = dict(instruction.details)
    assert details["Request"].startswith("inputs/s2.request, SHA-256 ")
    assert details["Asked: Basic constraints"] == "critical; CA; path length 3; changed: critical; CA; path length 0"
    assert details["Asked: Subject CN"] == "Customer CA (utf8); marked: Customer CA (PRACTICE) (utf8)"
    seen = kinds(ceremony, "s2")
    assert seen.index("instruction-done") < seen.index("request-read") < seen.index("reviewed")
    assert verify_ceremony(ceremony).failed == ()


def test_a_second_attempt_reads_the_request_again(
    newborn: Twins, softhsm: SoftHsmHome, officiant: TestOfficiant, tmp_path: Path
) -> None:
    answers = iter([False, True, True])
    officiant.answers["approve", "s3"] = lambda _: next(answers)
    officiant.answers["choose", "s3"] = lambda _: "again"
    ceremony = perform_in_practice(newborn, tmp_path / "archive", officiant)
    assert kinds(ceremony, "s3").count("request-read") == 2
    assert "REQUEST-READ" not in {check.id for check in verify_ceremony(ceremony).failed}
