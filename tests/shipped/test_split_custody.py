"""The three days of the demonstration's root in split custody, each rehearsed and performed: shares, bags, holders."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import InputError
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.transcript.chain import read_chain
from ceremony.verify.archive import verify_path
from tests.shipped import hold_life

ROOT = Path(__file__).parents[2]
HOLDERS = ("agus", "dewi", "bambang")
AFTERWARDS = ("agus", "dewi", "tono")


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which all days were played, once. Nobody writes into it."""
    folder = tmp_path_factory.mktemp("days") / "demo"
    command = [sys.executable, str(Path(hold_life.__file__)), str(folder), "demo"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def events(days: Path, number: int, kind: str) -> list[Any]:
    """The data of the events of a kind: ceremonies 1, 3 and 5 are the rehearsals."""
    folder = next((days / "archive").glob(f"{number:04d}-*"))
    return [entry.data for entry in read_chain(folder / "transcript.jsonl").entries if entry.event.kind == kind]


def test_the_days_and_their_rehearsals_are_proved(days: Path) -> None:
    verdicts = verify_path(days / "archive")
    assert [verdict.proved for verdict in verdicts] == [True] * 6


def test_three_take_shares_home_and_two_of_them_open_the_token(days: Path) -> None:
    assert [data.person for data in events(days, 2, "share-shown")] == [name for name in HOLDERS for _ in range(2)]
    assert [data.person for data in events(days, 4, "share-entered")] == ["agus", "dewi"]
    assert events(days, 3, "share-entered") == [], "nobody brings a card to a rehearsal over production"


def test_on_the_third_a_newcomer_takes_the_place_of_one_and_the_key_stays(days: Path) -> None:
    entered = [(data.purpose, data.person) for data in events(days, 6, "share-entered")]
    assert entered[:2] == [("so-pin", "agus"), ("so-pin", "dewi")], "their old cards"
    assert {person for _, person in entered[2:-2]} == set(AFTERWARDS), "each new card is typed back"
    assert entered[-2:] == [("user-pin", "agus"), ("user-pin", "dewi")], "the new cards open it"
    register = past_of_archive(days / "archive", "production").register
    (token,) = register.tokens
    assert (token.label, token.ceremony) == ("DEMO-SPLIT", "0006-split-custody-holders")
    assert {token.shares_of(purpose).holders for purpose in ("user-pin", "so-pin")} == {AFTERWARDS}
    (key,) = register.keys
    assert (key.name, key.ceremony) == ("root-s1", "0002-split-custody")


def test_the_next_list_is_planned_with_a_word_about_who_left(days: Path, tmp_path: Path) -> None:
    script = Path(shutil.copytree(days / "demo", tmp_path / "demo")) / "ceremonies/split-custody-next.yaml"
    past = past_of_archive(days / "archive", "production")
    for told, people in ((["DEMO-SPLIT"], "bambang"), ([], "tono")):
        script.write_text(script.read_text().replace("[agus, dewi, bambang]", f"[agus, dewi, {people}]"))
        plan = compile_plan(load_script(script, past=past), "production", datetime(2028, 10, 24, tzinfo=UTC))
        assert plan.ok
        assert [found.subject for found in plan.findings if found.rule == "SHARES-FEW"] == told


def test_whoever_acts_signs_what_they_approve_and_everybody_what_they_attest(days: Path) -> None:
    for number, approvers in ((2, HOLDERS), (4, HOLDERS[:2])):
        approvals = events(days, number, "approved")
        assert {(data.person, data.method) for data in approvals} == {(name, "signed") for name in approvers}
        assert len(events(days, number, "digest-read-back")) == len(approvals)
        attested = {data.person: data.method for data in events(days, number, "attested")}
        assert attested == dict.fromkeys(("rini", *HOLDERS, "siti"), "signed")


def test_the_bag_of_the_first_day_is_opened_on_the_second(days: Path) -> None:
    (sealed,), (opened,) = events(days, 2, "bag-sealed"), events(days, 4, "bag-opened")
    assert (sealed.number, opened.number, opened.expected) == ("BAG-000203",) * 3
    items = {item.name: item for item in past_of_archive(days / "archive", "production").register.items}
    assert (items["split-token"].bag, items["split-token"].serial) == ("BAG-000205", "HSM-22-0452")
    assert [items[name].place for name in ("split-stick", "split-next-stick")] == ["left", "left"]


def test_the_root_and_its_second_list_are_good_to_openssl(days: Path) -> None:
    root = next((days / "archive").glob("0002-*")) / "certificates" / "root-s1.pem"
    crl = next((days / "archive").glob("0004-*")) / "crls" / "crl-s1-next.crl"
    command = ["openssl", "crl", "-inform", "DER", "-in", str(crl), "-noout", "-crlnumber", "-CAfile", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "verify OK" in done.stderr
    assert int(done.stdout.split("=")[1], 16) == 2


def test_the_first_day_does_not_come_twice_and_the_second_does(days: Path) -> None:
    past = past_of_archive(days / "archive", "production")
    with pytest.raises(InputError) as caught:
        load_script(days / "demo/ceremonies/split-custody.yaml", past=past)
    assert {"SCRIPT-KEY-TWICE", "ITEM-PLACE"} <= {found.rule for found in caught.value.findings}
    assert load_script(days / "demo/ceremonies/split-custody-next.yaml", past=past)


@pytest.mark.parametrize("number", [2, 6])
def test_the_verdict_says_who_signed_also_where_nothing_was_approved(days: Path, number: int) -> None:
    verdict = verify_path(days / "archive")[number - 1]
    (limit,) = [check.sentence for check in verdict.checks if check.id == "LIMIT-PEOPLE"]
    assert limit.endswith(
        "whoever signed what they approved or attested had the key of their certificate to themselves."
    )
    assert bool(events(days, number, "approved")) == (number == 2)
