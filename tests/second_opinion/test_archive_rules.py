"""What the second verifier holds each ceremony of an archive against: those before it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ceremony.canonical import canonical_json
from ceremony.room.clock import iso, parse_iso
from ceremony.transcript.chain import read_chain
from ceremony.verify.evidence import Evidence
from tests.house.second_opinion import faults, look
from tests.second_opinion.conftest import Sealer

Copy = Callable[[str], Path]


def head_of(folder: Path) -> str:
    return read_chain(folder / "transcript.jsonl").head


def copied_as_third(archive: Path) -> Sealer:
    """The second rehearsal once more, under the next number, linked to the archive as a stand-in."""
    forger = Sealer(Path(shutil.copytree(archive / "0002-small", archive / "0003-small")))
    forger.lines[0]["data"] |= {
        "previous_ceremony": "0002-small",
        "previous_head": head_of(archive / "0002-small"),
        "stand_in": True,
    }
    return forger


def renamed(forger: Sealer, name: str) -> None:
    """Another id, wherever it stands."""
    old = forger.lines[0]["data"]["ceremony_id"]
    forger.lines = json.loads(json.dumps(forger.lines).replace(old, name))


def test_a_rehearsal_that_was_copied_is_no_second_one(copy_of: Copy) -> None:
    archive = copy_of("small")
    forger = copied_as_third(archive)
    forger.failed()
    code, said = look(archive)
    assert code == 1
    assert "was not made for this folder" in said
    assert faults(forger.folder) == [], "alone it is without a fault"


@pytest.mark.parametrize("kept", ["keys", "objects"])
def test_nor_is_it_under_an_id_of_its_own(copy_of: Copy, kept: str) -> None:
    """Keys and what was signed are the same."""
    archive = copy_of("small")
    forger = copied_as_third(archive)
    day = forger.lines[0]["at"][:10].replace("-", "")
    renamed(forger, f"0003-small-{day}-00000000")
    if kept == "objects":
        first = Sealer(archive / "0002-small")
        first.data("key-made", "make-root")["spki"] += "00"  # so that only what was signed is alike
        first.data("key-made", "make-issuing")["spki"] += "00"
        first.failed()
        forger.lines[0]["data"]["previous_head"] = head_of(archive / "0002-small")
    forger.failed()
    code, said = look(archive)
    assert code == 1
    assert f"the {'public key' if kept == 'keys' else 'SHA-256'} " in said
    assert "stands in 0002-small already" in said


@pytest.mark.parametrize(
    "name", ["0002-small-{day}-0000000G", "0002-small-20160101-00000000", "0002-other-{day}-00000000", "x"]
)
def test_an_id_is_made_of_the_folder_and_of_the_day(copy_of: Copy, name: str) -> None:
    archive = copy_of("small")
    forger = Sealer(archive / "0002-small")
    renamed(forger, name.format(day=forger.lines[0]["at"][:10].replace("-", "")))
    forger.failed()
    code, said = look(archive)
    assert code == 1
    assert "was not made for this folder" in said


def later(at: str, by: timedelta) -> str:
    return iso(parse_iso(at) + by)


def moved(forger: Sealer, by: timedelta) -> None:
    """Every line, and the clocks that people compared, at another time."""
    for line in forger.lines:
        line["at"] = later(line["at"], by)
    for line in forger.of("clock-compared"):
        for name in ("machine", "reference"):
            line["data"][name] = later(line["data"][name], by)
    renamed(forger, f"{forger.folder.name}-{forger.lines[0]['at'][:10].replace('-', '')}-00000000")


def departed(forger: Sealer, **changes: str) -> None:
    """People decide, right before they agree on the clock, that the one before was wrong."""
    agreed = forger.one("clock-compared")
    before = json.loads((forger.folder.parent / "0001-small/transcript.jsonl").read_text().splitlines()[-1])
    said = {"departs_from": "earlier-record", "ceremony": "0001-small", "said": before["at"]}
    said |= {"agreed": agreed["data"]["machine"], "decided": "That year was typed wrong.", "decided_by": "rini"}
    forger.lines.insert(forger.place(agreed), {**agreed, "kind": "clock-departed", "data": {**said, **changes}})


def test_a_ceremony_is_not_before_the_end_of_the_last(copy_of: Copy) -> None:
    archive = copy_of("small")
    forger = Sealer(archive / "0002-small")
    moved(forger, timedelta(days=-3650))
    forger.failed()
    code, said = look(archive)
    assert code == 1
    assert "nobody decided that its clock" in said
    assert faults(forger.folder) == [], "alone it is without a fault"


def test_unless_a_recorded_decision_says_so(copy_of: Copy) -> None:
    archive = copy_of("small")
    forger = Sealer(archive / "0002-small")
    moved(forger, timedelta(days=-3650))
    departed(forger)
    forger.failed()
    code, said = look(archive)
    assert code == 0, said


@pytest.mark.parametrize(
    "changes",
    [{"said": "2020-01-01T00:00:00Z"}, {"ceremony": "0009-small"}, {"agreed": "2020-01-01T00:00:00Z"}],
    ids=lambda changes: next(iter(changes)),
)
def test_that_is_about_these_two_clocks(copy_of: Copy, changes: dict[str, str]) -> None:
    archive = copy_of("small")
    forger = Sealer(archive / "0002-small")
    moved(forger, timedelta(days=-3650))
    departed(forger, **changes)
    forger.failed()
    assert look(archive)[0] == 1


def test_a_remark_excuses_no_clock(copy_of: Copy) -> None:
    archive = copy_of("small")
    forger = Sealer(archive / "0002-small")
    moved(forger, timedelta(days=-3650))
    told = {"expected": "a clock", "happened": "another", "decided": "go on", "decided_by": "rini"}
    forger.insert_after(forger.one("step-begun", "clock"), "deviation", told)
    forger.failed()
    assert look(archive)[0] == 1


def test_a_clock_a_day_ahead_of_the_machine_is_decided_by_people(copy_of: Copy) -> None:
    archive = copy_of("small")
    forger = Sealer(archive / "0002-small")
    ahead = timedelta(days=2)
    agreed = forger.one("clock-compared")["data"]
    machine = later(agreed["machine"], -ahead)
    agreed |= {"machine": machine, "agreed_offset_seconds": int(ahead.total_seconds()), "adopted": "reference"}
    forger.failed()
    assert look(archive)[0] == 1
    departed(forger, departs_from="machine", ceremony="", said=machine, agreed=later(machine, ahead))
    forger.failed()
    code, said = look(archive)
    assert code == 0, said


def test_a_ceremony_that_is_missing_or_out_of_its_place_is_found(copy_of: Copy) -> None:
    archive = copy_of("small")
    (archive / "0001-small").rename(archive / "0003-small")
    assert look(archive)[0] == 1
    (archive / "0003-small").rename(archive / "0001-small")
    assert look(archive)[0] == 0
    shutil.rmtree(archive / "0001-small")
    assert look(archive)[0] == 1


# CRL numbers ---------------------------------------------------------------------------------------------------------


def with_list(forger: Any, number: str) -> None:
    """The register knows a list of this number; the people file and the plan are made to fit it."""
    path = forger.folder / "inputs/register.json"
    told = json.loads(path.read_bytes())
    built = forger.data("crl-built")
    entry = {"name": "old", "profile": built["profile"], "issuer": built["issuer"], "number": number}
    told["crls"] = [{**entry, "base_number": "", "this_update": built["this_update"], "path": "x", "entries": 0}]
    path.write_bytes(canonical_json(told))
    forger.inputs()


@pytest.mark.parametrize(("number", "fits"), [("0", True), ("1", False), ("7", False)])
def test_a_crl_number_is_above_those_of_the_register(forger_at: Callable[..., Any], number: str, fits: bool) -> None:
    forger = forger_at("rules")
    assert forger.data("crl-built")["number"] == "1"
    forger.failed()  # so that everything is the forger's
    plan = Evidence(forger.folder).plan
    with_list(forger, number)
    forger.heads = {forger.head(line): line for line in forger.lines}
    forger._chain(plan)
    forger.seal_record()
    forger.sums()
    found = faults(forger.folder)
    assert (found == []) is fits, found
    assert all("was used before or is too low" in fault for fault in found)


def test_a_crl_has_the_number_that_the_record_says(forger_at: Callable[..., Any]) -> None:
    forger = forger_at("rules")
    forger.data("crl-built")["number"] = "2"
    forger.failed()
    assert any("its CRL number is not 2" in fault for fault in faults(forger.folder))


# Production and practice ---------------------------------------------------------------------------------------------


def test_production_alone_is_judged_where_it_is_asked_for(copy_of: Copy) -> None:
    archive = copy_of("small")
    code, said = look(archive, "--production")
    assert code == 1, "there is none"
    assert "no production ceremony is here" in said
    assert "LEFT ASIDE" in said
    assert look(archive / "0001-small", "--production")[0] == 1
    code, said = look(copy_of("later"), "--production")
    assert code == 0, said
