"""A sample of what scripts/mutate does, and that it would tell of what is missed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ceremony.transcript import kinds
from ceremony.verify import record
from ceremony.verify.rule import Rule
from tests.mutate.conftest import SAMPLE
from tests.mutate.excused import ANY, EXCUSED
from tests.mutate.mutations import ENVELOPE, WHOLE, Mutant, Room, mutants
from tests.mutate.sweep import Ceremony, Ground, chosen, ground

EVERY = 40


@pytest.fixture(params=range(len(SAMPLE)), ids=SAMPLE)
def here(request: pytest.FixtureRequest, ceremonies: list[Ceremony], tmp_path: Path) -> Iterator[Ground]:
    """One of them, to be changed. That it is proved as it is, and made whole unchanged, is tried first."""
    with ground(ceremonies[request.param], tmp_path / "ground") as made:
        yield made


def everything(ceremony: Ceremony) -> list[Mutant]:
    lines = ceremony.lines()
    return list(mutants(lines, Room.of(lines)))


def test_no_change_of_the_sample_is_missed(here: Ground, ceremonies: list[Ceremony]) -> None:
    places = chosen(ceremonies, few=True, every=EVERY)[here.ceremony]
    tried = [here.tried(mutant) for mutant in here.mutants(places)]
    assert len(tried) == len(places) > 5
    assert [(one.number, *one.row, one.mutation) for one in tried if one.outcome == "missed"] == []


BY_RULE = (
    ("troubled/0001-root-generation", "certificate-built", "data.signer_key", "TBS-GIVEN-UP"),
    ("split/0002-split-custody", "linted", "data.findings", "TBS-LINTED"),
    ("split/0002-split-custody", "linted", "data.findings[].message", "TBS-LINTED"),
    ("split/0002-split-custody", "linted", "data.linters", "TBS-LINTED"),
    ("split/0002-split-custody", "reviewed", "data.rows", "TBS-REVIEW"),
)
"""Of each of these fields, one line is changed in such a way that this rule finds it, and none before it."""


@pytest.mark.parametrize(("name", "kind", "field", "rule"), BY_RULE)
def test_a_rule_finds_what_it_is_for(
    name: str, kind: str, field: str, rule: str, ceremonies: list[Ceremony], tmp_path: Path
) -> None:
    ceremony = ceremonies[SAMPLE.index(name)]
    places = [mutant.place for mutant in everything(ceremony) if mutant.row == (kind, field)]
    with ground(ceremony, tmp_path / "ground") as here:
        found = (here.tried(mutant).found for mutant in here.mutants(places))
        assert any(one == rule for one in found)


def test_what_no_rule_finds_is_told(
    ceremonies: list[Ceremony], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one rule taken away, what only that rule finds is missed; with it, it is found."""
    (wanted,) = [
        mutant.place
        for mutant in everything(ceremonies[0])
        if (mutant.number, mutant.field, mutant.mutation) == (20, "at", "an hour earlier")
    ]
    with ground(ceremonies[0], tmp_path / "ground") as here:
        (mutant,) = here.mutants([wanted])
        assert here.tried(mutant).found == "CHAIN-TIME"
        without = [rule for rule in record.RULES if rule.id != "CHAIN-TIME"]
        monkeypatch.setattr(record, "RULES", without)
        assert here.tried(mutant).outcome == "missed"


def test_a_rule_that_falls_over_has_found_it(
    ceremonies: list[Ceremony], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(_: object) -> Iterator[object]:
        raise RuntimeError

    with ground(ceremonies[0], tmp_path / "ground") as here:
        monkeypatch.setattr(record, "RULES", [Rule("FALLS", "", fall)])
        here.owner.write(here.owner.lines)
        fault = here.judge.first_fault()
        assert fault is not None
        assert fault.id == "VERIFY-CRASH"


def test_each_line_and_each_field_of_it_is_changed(ceremonies: list[Ceremony]) -> None:
    lines = ceremonies[1].lines()
    of_line: dict[int, set[str]] = {}
    for mutant in everything(ceremonies[1]):
        of_line.setdefault(mutant.number, set()).add(mutant.field)
    for number, line in enumerate(lines, start=1):
        wanted = {WHOLE, *ENVELOPE, *(f"data.{name}" for name in line["data"])}
        reached = {field for field in wanted if any(other.startswith(field) for other in of_line[number])}
        assert reached == wanted, line["kind"]


def test_each_change_makes_another_record(ceremonies: list[Ceremony]) -> None:
    lines = ceremonies[0].lines()
    before = json.dumps(lines, sort_keys=True)
    for mutant in everything(ceremonies[0]):
        assert json.dumps(mutant.lines, sort_keys=True) != before, mutant.field


def test_the_same_changes_come_in_the_same_order(ceremonies: list[Ceremony]) -> None:
    first, second = (
        [(each.place, each.number, each.field, each.mutation) for each in everything(ceremonies[0])] for _ in range(2)
    )
    assert first == second
    assert [place for place, *_ in first] == list(range(len(first)))


@pytest.mark.parametrize("excuse", EXCUSED, ids=lambda excuse: f"{excuse.kind} {excuse.field}")
def test_each_excuse_is_for_a_field_that_there_is(excuse: object) -> None:
    kind, field, reason = excuse.kind, excuse.field, excuse.reason  # type: ignore[attr-defined]
    assert reason.endswith(".")
    if field in (*ENVELOPE, WHOLE):
        assert kind == ANY or kind in kinds.KINDS
        return
    model = kinds.KINDS[kind]
    assert field.removeprefix("data.").partition(".")[0].removesuffix("[]") in model.model_fields
