"""What a forger with the key of the seal makes of an early end is found by its rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.verify.archive import verify_path
from tests.house.forger import Forger, forgers

Lie = Callable[[Forger], object]


@pytest.fixture
def forger(ended: Path, tmp_path: Path) -> Forger:
    """At work on a copy."""
    made: Forger = forgers(ended, tmp_path)("generation")
    return made


def last(forger: Forger) -> Any:
    return forger.data("ceremony-aborted")


def statement(forger: Forger) -> Any:
    (line,) = forger.of("statement-confirmed", word="SEAL")
    return line


def unsealed(forger: Forger, **said: str) -> None:
    """As if the engine had ended it."""
    data = last(forger)
    data |= {"sealed_by": "", "seal_certificate_sha256": "", "seal_token": "", "unsealed": "Nobody was there.", **said}
    forger.one("ceremony-aborted")["actor"] = "engine"


DRAWN = {"token": "ab", "system": "cd"}
SERIAL = {"name": "sub", "octets": "ab" * 20, "serial": "ab" * 20, "source": "token", "drawn": DRAWN}


LIES: list[tuple[str, Lie]] = [
    ("ABORT-MADE", lambda f: last(f).update(made=last(f)["made"][:-1])),
    ("ABORT-MADE", lambda f: last(f).update(reason=" ")),
    ("COUNT-CLOSED", lambda f: last(f).update(keys=[])),
    ("COUNT-CLOSED", lambda f: last(f).update(certificates=["root", "sub"])),
    ("ABORT-SEALER", lambda f: last(f).update(unsealed="Nobody was there.")),
    ("ABORT-SEALER", lambda f: last(f).update(seal_token="")),
    ("STEPS-TRACE", lambda f: f.one("ceremony-aborted").update(actor="engine")),
    ("STEPS-TRACE", lambda f: f.one("ceremony-aborted").update(step="issue")),
    ("STEPS-TRACE", lambda f: f.remove(f.one("interrupted"))),
    ("STEPS-TRACE", lambda f: f.insert_after(f.one("interrupted"), "interrupted", dict(f.data("interrupted")))),
    ("STEPS-TRACE", lambda f: f.insert_after(statement(f), "token-opened", dict(f.data("token-opened")))),
    ("STEPS-TRACE", lambda f: f.insert_after(f.one("interrupted"), "serial-drawn", SERIAL)),
    ("STEPS-TRACE", lambda f: f.remove(statement(f))),
    ("STEPS-TRACE", lambda f: statement(f)["data"].update(statement="I saw nothing.")),
    ("SEAL-PERSON", lambda f: last(f).update(sealed_by="agus") or f.one("ceremony-aborted").update(actor="agus")),
    ("TOKEN-OPEN", lambda f: f.remove(f.of("token-closed")[-1])),
    ("STEPS-TRACE", lambda f: f.remove(*f.of("step-done", "make-sub"))),
    ("KEY-PLANNED", lambda f: f.remove(*f.of("key-made", "make-sub"), *f.of("key-intended", "make-sub"))),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "lie"), LIES, ids=[f"{rule}-{number}" for number, (rule, _) in enumerate(LIES)])
def test_a_consistent_lie_about_an_end_is_found(rule: str, lie: Lie, forger: Forger) -> None:
    lie(forger)
    forger.seal()
    (verdict,) = verify_path(forger.folder)
    assert verdict.outcome == "not proved"
    assert rule in {check.id for check in verdict.failed}


def test_what_the_forger_only_seals_anew_ended_early(forger: Forger) -> None:
    forger.seal()
    (verdict,) = verify_path(forger.folder)
    assert (verdict.outcome, verdict.failed) == ("ended early", ())


def test_an_end_that_says_nobody_sealed_it_has_no_seal(forger: Forger) -> None:
    unsealed(forger)
    assert "FILES-EXTRA" in forger.failed()


def test_an_end_without_a_reason_for_having_no_seal_is_refused(forger: Forger) -> None:
    unsealed(forger, unsealed="")
    assert "ABORT-SEALER" in forger.failed()


def test_a_ceremony_that_goes_on_after_its_end_is_found(forger: Forger) -> None:
    begun = forger.one("step-begun", "issue")
    end = forger.lines[forger.place(forger.one("interrupted")) :]
    forger.lines += [dict(begun), *(dict(line) for line in end)]
    failed = forger.failed()
    assert {"CHAIN-LAST", "STEPS-TRACE"} <= failed


def test_nothing_goes_on_after_it_was_decided_to_end_the_ceremony(forger: Forger) -> None:
    done = forger.one("step-done", "open")
    data = {"code": "X", "headline": "It failed.", "detail": "", "decision": "abort", "after": done["seq"]}
    forger.insert_after(done, "preparation-failed", data, actor="engine", step="", attempt=0)
    forger.seal()
    (verdict,) = verify_path(forger.folder)
    said = [check.sentence for check in verdict.failed if check.id == "STEPS-TRACE"]
    assert any("decided to end the ceremony" in sentence for sentence in said)
