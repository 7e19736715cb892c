"""Before people hear that a ceremony is closed, the verifier has judged its sealed folder."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from ceremony.engine.notices import Proof
from ceremony.verify.ceremony import verify_ceremony


def page_on(small: Any) -> str:
    return str((small.sticks / "0001-small/VERDICT.txt").read_text())


def test_a_ceremony_that_is_proved_is_called_so_and_its_page_is_on_the_medium_beside_the_record(small: Any) -> None:
    outcome = small.perform()
    assert outcome.headline == "PROVED. The ceremony is closed and its record sealed."
    assert outcome.proof.page[0].startswith("PROVED ")
    assert page_on(small).splitlines() == list(outcome.proof.page)
    copy = small.sticks / "0001-small/record"
    done = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=copy, check=False)
    assert done.returncode == 0
    assert verify_ceremony(copy).proved


def test_what_the_verifier_refuses_is_called_not_proved_before_it_is_called_closed(small: Any) -> None:
    def change(request: Any) -> None:
        if request.word == "SEAL":
            (small.archive / "0001-small/certificates/root.txt").write_text("Another certificate.")

    small.officiant.answers["confirm", "close"] = change
    outcome = small.perform()
    assert (outcome.closed, outcome.refused) == (True, True)
    said = "NOT PROVED. The ceremony is closed and its record sealed, and the verifier refuses it."
    assert outcome.headline == small.officiant.outcome.headline == said
    assert page_on(small).startswith("NOT PROVED ")
    assert "certificates/root.txt" in page_on(small)


def test_an_early_end_that_is_sealed_is_judged_too(small: Any) -> None:
    small.officiant.answers["confirm", "clock"] = lambda request: request.word == "SEAL"
    outcome = small.perform()
    assert (outcome.closed, outcome.sealed, outcome.proof.said) == (False, True, "ended early")
    assert outcome.headline == "The ceremony ended early, and its record is sealed."
    assert outcome.proof.page[0].startswith("ENDED EARLY ")


def test_a_verifier_that_fails_proves_nothing(small: Any) -> None:
    def broken(folder: Path) -> Proof:
        raise ZeroDivisionError(folder)

    small.judge = broken
    outcome = small.perform()
    assert outcome.refused
    assert outcome.headline.startswith("NOT PROVED. ")
    assert outcome.proof.page[0] == "NOT PROVED: the verifier could not judge the record (ZeroDivisionError)."
