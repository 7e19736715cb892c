"""Each shipped script plans cleanly, and its plan is the text that was reviewed.

After a change that is meant: CEREMONY_GOLDEN=write pytest tests/shipped, then read the difference of golden/.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony.cli import main, planning
from ceremony.errors import Severity
from ceremony.room.clock import FixedClock
from ceremony.script.plan import Mode, Plan

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
SCRIPTS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("policies/*/ceremonies/*.yaml"))


def test_scripts_are_shipped_for_each_policy() -> None:
    assert {Path(script).parts[1] for script in SCRIPTS} == {
        path.parent.name for path in ROOT.glob("policies/*/policy.yaml")
    }
    assert len(SCRIPTS) >= 5


@pytest.mark.parametrize("mode", ["practice", "production"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_shipped_script_plans_without_errors(planned: Callable[[str, Mode], Plan], script: str, mode: Mode) -> None:
    plan = planned(script, mode)
    grave = [str(finding) for finding in plan.findings if finding.severity in {Severity.ERROR, Severity.FATAL}]
    assert grave == []
    assert plan.ok
    assert plan.certificates


@pytest.mark.parametrize("script", SCRIPTS)
def test_practice_differs_from_production_in_its_subjects_and_nothing_else(
    planned: Callable[[str, Mode], Plan], script: str
) -> None:
    practice, production = planned(script, "practice"), planned(script, "production")
    assert practice.key_generations == production.key_generations
    assert practice.signatures == production.signatures
    assert [item.name for item in practice.certificates.values()] == [
        item.name for item in production.certificates.values()
    ]
    for name, item in practice.certificates.items():
        assert b"(PRACTICE)" in item.to_be_signed.octets
        assert b"(PRACTICE)" not in production.certificates[name].to_be_signed.octets


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_plan_of_a_shipped_script_is_the_text_that_was_reviewed(
    script: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(planning, "Clock", lambda: FixedClock(clock.utc()))
    assert main(["plan", str(ROOT / script)]) == 0
    text = capsys.readouterr().out.replace(str(ROOT) + os.sep, "")
    _, policy, _, file = Path(script).parts
    golden = GOLDEN / f"{policy}-{Path(file).stem}.txt"
    if os.environ.get("CEREMONY_GOLDEN") == "write":
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def test_no_golden_text_is_left_over() -> None:
    wanted = {f"{Path(script).parts[1]}-{Path(script).stem}.txt" for script in SCRIPTS}
    assert {path.name for path in GOLDEN.iterdir()} == wanted
