"""Each shipped script plans cleanly, and its plan is the text that was reviewed.

After a change that is meant: CEREMONY_GOLDEN=write pytest tests/shipped, then read the difference of golden/.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony.cli import main, planning
from ceremony.errors import InputError, Severity
from ceremony.room.clock import FixedClock
from ceremony.script.load import load_script
from ceremony.script.plan import Mode, Plan

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
ALL = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("policies/*/ceremonies/*.yaml"))
SCRIPTS = [script for script in ALL if "initialise: true" in (ROOT / script).read_text("utf-8")]
"""Those that begin on an empty token, and can be planned without an archive."""
LATER = [script for script in ALL if script not in SCRIPTS]
"""Those that go on from what an earlier ceremony left."""


def test_scripts_are_shipped_for_each_policy() -> None:
    assert {Path(script).parts[1] for script in ALL} == {
        path.parent.name for path in ROOT.glob("policies/*/policy.yaml")
    }
    assert len(SCRIPTS) >= 5
    assert {Path(script).parts[1] for script in SCRIPTS} == {Path(script).parts[1] for script in ALL}


@pytest.mark.parametrize("mode", ["practice", "production"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_shipped_script_plans_without_errors(planned: Callable[[str, Mode], Plan], script: str, mode: Mode) -> None:
    plan = planned(script, mode)
    grave = [finding.rule for finding in plan.findings if finding.severity in {Severity.ERROR, Severity.FATAL}]
    assert grave == to_be_rehearsed(plan)
    assert plan.ok == (not grave)
    assert plan.certificates


@pytest.mark.parametrize("script", LATER)
def test_a_script_that_goes_on_from_another_is_refused_without_its_archive(script: str) -> None:
    with pytest.raises(InputError) as caught:
        load_script(ROOT / script)
    rules = {finding.rule for finding in caught.value.findings}
    missing = {"SCRIPT-ISSUER", "SCRIPT-KEY", "SCRIPT-EXISTING", "SCRIPT-REVOKE", "SCRIPT-STATUS", "SHARES-RENEW"}
    assert rules & missing
    assert rules <= missing | {"ITEM-PLACE"}, rules


def to_be_rehearsed(plan: Plan) -> list[str]:
    """What stands against production of a script that must be rehearsed first, where no archive is."""
    must = plan.mode == "production" and plan.script.rehearsed == "must"
    return ["REHEARSAL-MISSING"] if must else []


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
    script: str, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(planning, "Clock", lambda: FixedClock(clock.utc()))
    must = load_script(ROOT / script).script.rehearsed == "must"
    assert main(["plan", str(ROOT / script), "--archive", str(tmp_path / "none")]) == (1 if must else 0)
    text = capsys.readouterr().out.replace(str(ROOT) + os.sep, "")
    _, policy, _, file = Path(script).parts
    golden = GOLDEN / f"{policy}-{Path(file).stem}.txt"
    if os.environ.get("CEREMONY_GOLDEN") == "write":
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def test_no_golden_text_is_left_over() -> None:
    wanted = {f"{Path(script).parts[1]}-{Path(script).stem}.txt" for script in SCRIPTS}
    assert {path.name for path in GOLDEN.iterdir()} == wanted
