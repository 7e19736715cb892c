"""A sample of what scripts/mutate does, and that it would tell of what is missed."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ceremony.transcript import kinds
from ceremony.verify import circumstances, record
from ceremony.verify.rule import Rule
from tests.mutate import judging
from tests.mutate.ceremonies import ROOT, held
from tests.mutate.conftest import SAMPLE
from tests.mutate.excused import ANY, EXCUSED
from tests.mutate.lives import CEREMONIES
from tests.mutate.mutations import ENVELOPE, WHOLE, Mutant, Room, mutants
from tests.mutate.sweep import Ceremony, Ground, chosen, ground
from tests.mutate.where import WHERE, astray

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


RARE = {
    "signed/0001-short": (
        ("certificate-unseen", WHOLE, "dropped", "STEPS-TRACE"),
        ("certificate-ends", WHOLE, "dropped", "PRESENCE-CERTIFICATE"),
        ("certificate-ends", "data.not_after", "a second later", "PRESENCE-CERTIFICATE"),
        ("clock-departed", "data.decided", "emptied", "STEPS-TRACE"),
        ("dissent", WHOLE, "dropped", "STEPS-TRACE"),
        ("dissent", "data.words", "emptied", "DEVIATION"),
        ("dissent", "data.deviation", "one more", "DEVIATION"),
        ("preparation-failed", WHOLE, "dropped", "STEPS-TRACE"),
        ("preparation-failed", "data.headline", "word changed", "STEPS-TRACE"),
        ("preparation-failed", "data.detail", "emptied", "STEPS-TRACE"),
    ),
    "ended/0001-short": (
        ("interrupted", "data.cause", "emptied", "STEPS-TRACE"),
        ("ceremony-aborted", "data.reason", "word changed", "ABORT-MADE"),
        ("ceremony-aborted", "data.token", "emptied", "ABORT-MADE"),
    ),
    "items/0001-items": (("departure", "data.decided", "emptied", "STEPS-TRACE"),),
}
"""Of days on which happens what is rare: the change that is made first, and the rule that finds it."""


@pytest.mark.parametrize("name", RARE)
def test_what_is_said_of_a_rare_event_is_held_to_the_rest(name: str, tmp_path: Path) -> None:
    (ceremony,) = held(tmp_path / "held", (name,))
    wanted = {(kind, field, mutation): rule for kind, field, mutation, rule in RARE[name]}
    places = {(*mutant.row, mutant.mutation): mutant.place for mutant in reversed(everything(ceremony))}
    with ground(ceremony, tmp_path / "ground") as here:
        tried = [here.tried(mutant) for mutant in here.mutants([places[what] for what in wanted])]
    assert {(*one.row, one.mutation): one.found for one in tried} == wanted


def test_what_no_rule_finds_is_told(
    ceremonies: list[Ceremony], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the rules about time taken away, what only they find is missed; with them, it is found."""
    (wanted,) = [
        mutant.place
        for mutant in everything(ceremonies[0])
        if (mutant.number, mutant.field, mutant.mutation) == (20, "at", "an hour earlier")
    ]
    with ground(ceremonies[0], tmp_path / "ground") as here:
        (mutant,) = here.mutants([wanted])
        assert here.tried(mutant).found == "CHAIN-TIME"
        for family in (record, circumstances):
            without = [rule for rule in family.RULES if rule.id not in ("CHAIN-TIME", "CLOCK-COUNTED")]
            monkeypatch.setattr(family, "RULES", without)
        assert here.tried(mutant).outcome == "missed"


def test_what_does_not_depend_on_the_record_is_worked_out_once(
    ceremonies: list[Ceremony], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = []
    real = judging.replan
    monkeypatch.setattr(judging, "replan", lambda *given: planned.append(given[0]) or real(*given))
    with ground(ceremonies[0], tmp_path / "ground") as here:
        folders = list(dict.fromkeys(planned))
        assert here.ceremony.folder.name in {folder.name for folder in folders}
        here.owner.write(here.owner.lines)
        assert here.judge.first_fault() is None
        assert planned == folders


@pytest.mark.parametrize(("module", "name"), judging.OF_ARGUMENTS)
def test_an_answer_is_kept_where_it_is_asked_for(module: str, name: str) -> None:
    """Kept where the function is made, it would be asked anew by whoever imported it before."""
    assert getattr(importlib.import_module(module), name).__module__ != module


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


# Which ceremonies are held -------------------------------------------------------------------------------------------


def test_each_kind_of_event_is_counted_on_in_one_ceremony_of_a_whole_run() -> None:
    """That it stands there is looked at by scripts/mutate, in the records that it held."""
    counted = Counter(kind for found in WHERE.values() for kind in found)
    assert counted == Counter(kinds.KINDS.keys())
    assert set(WHERE) <= set(CEREMONIES)


def test_a_kind_that_does_not_stand_where_it_was_counted_on_is_told() -> None:
    (name, found), *_ = WHERE.items()
    assert list(astray({name: found})) == []
    (told,) = astray({name: found[1:]})
    assert found[0] in told
    assert name in told


@pytest.mark.parametrize(
    ("program", "words", "said"),
    [
        ("tests/mutate/hold.py", ["/nowhere"], "the following arguments are required: LIFE"),
        ("tests/mutate/hold.py", ["/nowhere", "demo", "dema"], "there is no such life: dema"),
        ("scripts/mutate.py", ["demo/0001"], "there is no such ceremony: demo/0001"),
    ],
)
def test_what_is_not_there_to_be_held_is_a_wrong_command(program: str, words: list[str], said: str) -> None:
    done = subprocess.run([sys.executable, str(ROOT / program), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"error: {said}" in done.stderr
