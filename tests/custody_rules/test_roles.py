"""Nobody has two roles that exclude each other: in the people file, a script, a plan, the room, or a record."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

import pytest

from ceremony.custody.load import load_people
from ceremony.custody.people import Role
from ceremony.custody.roles import WHY, exclusive
from ceremony.engine.performance import perform
from ceremony.engine.tokens import ProductionTokens
from ceremony.errors import CeremonyError, InputError
from ceremony.room.clock import Clock
from ceremony.verify.evidence import CannotJudge, Evidence
from tests.custody_rules.forging import Owner
from tests.custody_rules.house import CA, Signers

PAIRS = list(combinations(get_args(Role), 2))
TOGETHER = [("administrator", "operator")]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def files(tmp_path: Path) -> Signers:
    """The CA's files; everybody has a credential on paper, and there is an operator and an auditor."""
    house = Signers.built(CA, tmp_path)
    with (house.folder / "people.yaml").open("a") as people:
        people.write("  - {id: oki, name: Oki Setiawan, organisation: Small CA, roles: [operator]}\n")
        people.write("  - {id: fitri, name: Fitri Handayani, organisation: Auditors, roles: [auditor]}\n")
    roles = "  witness: {people: [siti], duty: Watches.}\n"
    house.edit("short.yaml", roles, f"{roles}  operator: {{people: [oki], duty: Types.}}\n")
    house.edit("short.yaml", roles, f"{roles}  auditor: {{people: [fitri], duty: Judges.}}\n")
    for number, person in enumerate(("rini", "agus", "dewi", "bambang", "siti", "oki", "fitri")):
        house.name_credential(person, bytes([number]))
    return house


def test_the_table_says_of_each_pair_whether_one_person_may_be_both(record_property: Any) -> None:
    record_property(
        "table", "\n".join(f"{one} and {other}: {exclusive(one, other) or 'may be'}" for one, other in PAIRS)
    )
    assert [pair for pair in PAIRS if not exclusive(*pair)] == TOGETHER
    assert {frozenset(pair) for pair in PAIRS if pair not in TOGETHER} == set(WHY)
    assert all(exclusive(one, other) == exclusive(other, one) for one, other in PAIRS)
    assert not any(exclusive(role, role) for role in get_args(Role))


@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
def test_the_people_file_gives_nobody_two_roles_that_exclude_each_other(tmp_path: Path, pair: tuple[str, str]) -> None:
    path = tmp_path / "people.yaml"
    said = f"{{id: one, name: One, organisation: O, roles: [{', '.join(pair)}]}}"
    path.write_text(f"format: ceremony-people/1\npeople:\n  - {said}\n")
    if pair in TOGETHER:
        assert load_people(path).people.people[0].roles == pair
        return
    with pytest.raises(InputError) as caught:
        load_people(path)
    (finding,) = caught.value.findings
    assert (finding.rule, finding.where and finding.where.line) == ("PEOPLE-EXCLUSIVE", 3)
    assert exclusive(*pair) in finding.message


def test_one_who_stands_in_the_people_file_under_two_ids_is_refused(files: Signers) -> None:
    """Else one person could be custodian and witness, or custodian twice, with two ids."""
    files.edit("people.yaml", "name: Siti Rahmawati", "name: AGUS santoso")
    with pytest.raises(InputError, match="PEOPLE-NAME"):
        files.plan("short", lint=False)


@pytest.mark.parametrize("policy", ["demo", "isrg", "psre-indonesia"])
def test_the_people_of_the_shipped_policies_have_no_two_such_roles(policy: str) -> None:
    assert load_people(ROOT / f"policies/{policy}/people.yaml")


WHO = {"administrator": "rini", "custodian": "agus", "witness": "siti", "auditor": "fitri", "operator": "oki"}


@pytest.mark.parametrize("pair", [(one, other) for one in WHO for other in WHO if one != other], ids=" and ".join)
@pytest.mark.parametrize("how", ["people", "deputies"])
def test_in_one_script_nobody_holds_or_deputises_in_two_roles(files: Signers, pair: tuple[str, str], how: str) -> None:
    """Nor in two that one person may have on different days."""
    first, second = pair
    at = next(
        line for line in (files.folder / "short.yaml").read_text().splitlines() if line.startswith(f"  {second}:")
    )
    held = at.partition("[")[2].partition("]")[0]
    new = f"people: [{held}, {WHO[first]}]" if how == "people" else f"people: [{held}], deputies: [{WHO[first]}]"
    files.edit("short.yaml", at, at.replace(f"people: [{held}]", new))
    with pytest.raises(InputError) as caught:
        files.plan("short", lint=False)
    (found,) = [finding for finding in caught.value.findings if finding.rule == "SCRIPT-EXCLUSIVE"]
    assert (exclusive(first, second) or "one person holds one role") in found.message


def test_roles_of_different_people_are_planned(files: Signers) -> None:
    assert files.plan("short", lint=False).ok


def doctored(plan: Any, role: str, **changes: Any) -> Any:
    """A plan into which somebody wrote other people after it was made."""
    roles = {**plan.script.roles, role: plan.script.roles[role].model_copy(update=changes)}
    return replace(plan, script=plan.script.model_copy(update={"roles": roles}))


@pytest.mark.parametrize(
    ("role", "changes"),
    [
        ("witness", {"people": ("agus",)}),
        ("witness", {"deputies": ("agus",)}),
        ("custodian", {"people": ("agus", "rini")}),
        ("custodian", {"people": ("agus", "agus"), "needed": 2}),
        ("custodian", {"people": ("agus", "siti")}),
        ("custodian", {"people": ("agus", "mallory")}),
    ],
)
def test_a_doctored_plan_that_gives_somebody_two_roles_is_not_begun(
    files: Signers, role: str, changes: dict[str, Any]
) -> None:
    plan = doctored(files.plan("short"), role, **changes)
    with pytest.raises(CeremonyError) as caught:
        perform(plan, files.people, archive=files.archive, clock=Clock(), tokens=ProductionTokens(plan, "softhsm"))
    assert caught.value.code == "ROLE-EXCLUSIVE"
    assert not files.archive.exists()


# A record ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def forger(held_rules: Path, tmp_path: Path) -> Owner:
    folder = held_rules / "archive/0001-generation"
    return Owner(Path(shutil.copytree(folder, tmp_path / folder.name)))


def comes_late_in_a_second_role(forger: Owner) -> None:
    line = next(line for line in forger.of("person-present") if line["data"]["person"] == "siti")
    forger.insert_after(
        forger.of("step-done", "clock")[0], "person-present", {**line["data"], "role": "custodian"}, actor="siti"
    )


def answers_in_another_role(forger: Owner) -> None:
    next(line for line in forger.of("person-present") if line["data"]["person"] == "siti")["data"]["role"] = "auditor"


def comes_in_for_a_custodian(forger: Owner) -> None:
    line = next(line for line in forger.of("person-present") if line["data"]["person"] == "rini")
    data = {**line["data"], "role": "custodian", "for_person": "bambang"}
    forger.insert_after(forger.of("step-done", "clock")[0], "person-present", data, actor="rini")


@pytest.mark.parametrize("lie", [comes_late_in_a_second_role, answers_in_another_role, comes_in_for_a_custodian])
def test_a_record_in_which_somebody_has_a_second_role_is_not_proved(forger: Owner, lie: Any) -> None:
    lie(forger)
    assert "STEPS-PEOPLE" in forger.failed()


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        ("people.yaml", "roles: [witness]", "roles: [witness, custodian]", "PEOPLE-EXCLUSIVE"),
        ("script.yaml", "witness: {people: [siti]", "witness: {people: [agus]", "SCRIPT-EXCLUSIVE"),
        ("script.yaml", "witness: {people: [siti]", "witness: {people: [siti], deputies: [agus]", "SCRIPT-EXCLUSIVE"),
    ],
)
def test_a_folder_whose_files_give_somebody_two_roles_makes_no_plan(
    forger: Owner, name: str, old: str, new: str, rule: str
) -> None:
    path = forger.folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(CannotJudge, match=rule):
        _ = Evidence(forger.folder).plan
