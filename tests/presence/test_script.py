"""Deputies in a script: named beforehand, people of the role, and nobody in two roles."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ceremony.errors import InputError
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.plain_words import plan_lines

CA = Path(__file__).parent / "ca"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CA, tmp_path / "ca")) / "script.yaml"


@pytest.mark.parametrize(
    ("old", "new", "rule", "words"),
    [
        ("deputies: [tono]", "deputies: [nobody]", "SCRIPT-PERSON", "no person `nobody`"),
        ("deputies: [tono]", "deputies: [yusuf]", "SCRIPT-PERSON-ROLE", "does not let `yusuf` be administrator"),
        ("deputies: [yusuf]", "deputies: [wati]", "SCRIPT-EXCLUSIVE", "`wati` is custodian already"),
        ("deputies: [tono]", "deputies: [rini]", "SCRIPT-EXCLUSIVE", "stands in this role twice"),
        ("deputies: [wati]", "deputies: [wati, wati]", "SCRIPT-EXCLUSIVE", "stands in this role twice"),
        ("people: [siti]", "people: [wati]", "SCRIPT-EXCLUSIVE", "`wati` is custodian already"),
        ("[agus, dewi], deputies: [wati]", "[agus, dewi], needed: 3, deputies: [wati]", "SCRIPT-QUORUM", "needs 3"),
        ("actor: administrator, text: Compare.", "actor: tono, text: Compare.", "SCRIPT-ACTOR", "neither a role nor"),
    ],
)
def test_a_deputy_who_cannot_be_is_refused(script: Path, old: str, new: str, rule: str, words: str) -> None:
    text = script.read_text()
    assert old in text
    script.write_text(text.replace(old, new))
    with pytest.raises(InputError) as caught:
        load_script(script)
    found = [finding for finding in caught.value.findings if finding.rule == rule]
    assert found, caught.value
    assert words in found[0].message
    assert found[0].where is not None


def test_deputies_come_after_those_who_hold_the_role_and_stand_in_the_plan(script: Path) -> None:
    plan = compile_plan(load_script(script), "practice", Clock().utc())
    sign = next(planned for planned in plan.steps if planned.step.id == "sign")
    assert [person.id for person in sign.actors] == ["agus", "dewi", "wati"]
    assert "custodian: Agus Santoso, Dewi Lestari; deputies: Wati Susilo. Hold the token." in " ".join(
        line.strip() for line in plan_lines(plan)
    )
