"""ARCHIVE-TIME: no ceremony is dated before the last one, or after today, unless a decision names what it excuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ceremony.cli.earlier import prove_earlier
from ceremony.errors import CeremonyError
from ceremony.room.clock import iso, parse_iso
from ceremony.script.past import past_of_archive
from ceremony.transcript.folding import fold_archive
from ceremony.verify.archive import verify_path

Command = Callable[..., Any]
SCRIPT = Path(__file__).parents[1] / "verify" / "small-ca" / "ceremonies" / "small.yaml"
RULE = "ARCHIVE-TIME"
YEARS = timedelta(days=3650)


def moved(archive: Path, forger_of: Callable[[Path], Any], by: timedelta) -> Any:
    """The last ceremony held at another time, by machine and reference alike; still to be sealed."""
    forger = forger_of(archive / "0005-small")
    for line in forger.lines:
        line["at"] = iso(parse_iso(line["at"]) + by)
    clock = forger.data("clock-compared")
    clock |= {name: iso(parse_iso(clock[name]) + by) for name in ("machine", "reference")}
    first = forger.lines[0]["data"]
    day = forger.lines[0]["at"][:10].replace("-", "")
    first["ceremony_id"] = "-".join([*first["ceremony_id"].split("-")[:-2], day, "0123abcd"])
    return forger


def departed(archive: Path, forger: Any, **changes: Any) -> None:
    """The decision that excuses it, as the engine writes it."""
    before = fold_archive_until(archive, 4)
    compared = forger.one("clock-compared")
    data = {
        "departs_from": "earlier-record",
        "ceremony": before[0],
        "said": before[1],
        "agreed": compared["data"]["machine"],
        "decided": "The radio clock is right.",
        "decided_by": "rini",
        **changes,
    }
    forger.insert_after(forger.lines[forger.place(compared) - 1], "clock-departed", data, actor=compared["actor"])


def fold_archive_until(archive: Path, number: int) -> tuple[str, str]:
    """The last of these ceremonies that was dated by an agreed clock, and until when."""
    dated = [item for item in fold_archive(archive).register("practice").ceremonies[:number] if item.dated_until]
    return dated[-1].folder, dated[-1].dated_until


def failed(archive: Path) -> set[str]:
    return {check.id for check in verify_path(archive)[4].failed} & {RULE, "CLOCK-DEPARTED"}


def test_a_good_archive_runs_forward(mixed_held: Path) -> None:
    checks = [check for verdict in verify_path(mixed_held) for check in verdict.checks if check.id == RULE]
    assert [check.status for check in checks] == ["proved"] * 5


def test_a_ceremony_dated_ten_years_back_is_found(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    moved(mixed, forger_of, -YEARS).seal()
    assert failed(mixed) == {RULE, "CLOCK-DEPARTED"}
    for look in (lambda: past_of_archive(mixed, "production"), lambda: prove_earlier(mixed)):
        with pytest.raises(CeremonyError) as caught:
            look()
        assert caught.value.code == RULE


def test_a_remark_about_it_excuses_nothing(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = moved(mixed, forger_of, -YEARS)
    said = {"expected": "today", "happened": "ten years ago", "decided": "It is right.", "decided_by": "rini"}
    before = forger.lines[forger.place(forger.one("clock-compared")) - 1]
    forger.insert_after(before, "deviation", said | {"raised_by": "", "clauses": [], "concurrences": []})
    for line in forger.of("ceremony-closed"):
        line["data"]["deviations"] += 1
    forger.seal()
    assert failed(mixed) == {RULE, "CLOCK-DEPARTED"}


def test_a_decision_that_names_what_it_departs_from_excuses_it(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = moved(mixed, forger_of, -YEARS)
    departed(mixed, forger)
    forger.seal()
    assert failed(mixed) == set()
    assert past_of_archive(mixed, "practice").register.ceremonies[-1].dated_until < "2020"
    (check,) = [check for check in verify_path(mixed)[4].checks if check.id == "CLOCK-DEPARTED"]
    assert "departs from another one once" in check.sentence


@pytest.mark.parametrize(
    "changes",
    [
        {"departs_from": "machine", "ceremony": ""},
        {"ceremony": "0001-small"},
        {"said": "2026-01-01T00:00:00Z"},
        {"agreed": "2016-01-01T00:00:00Z"},
    ],
    ids=["another kind", "another ceremony", "another end", "another clock"],
)
def test_a_decision_about_something_else_excuses_nothing(
    mixed: Path, forger_of: Callable[[Path], Any], changes: dict[str, Any]
) -> None:
    forger = moved(mixed, forger_of, -YEARS)
    departed(mixed, forger, **changes)
    forger.seal()
    assert failed(mixed) == {RULE, "CLOCK-DEPARTED"}


def test_a_decision_that_stands_elsewhere_excuses_nothing(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = moved(mixed, forger_of, -YEARS)
    departed(mixed, forger)
    forger.move_after(forger.one("clock-departed"), forger.one("clock-compared"))
    forger.seal()
    assert failed(mixed) == {RULE, "CLOCK-DEPARTED"}


@pytest.mark.parametrize("changes", [{"decided": " "}, {"decided_by": "nobody"}])
def test_a_decision_of_nobody_excuses_nothing(
    mixed: Path, forger_of: Callable[[Path], Any], changes: dict[str, Any]
) -> None:
    forger = moved(mixed, forger_of, -YEARS)
    departed(mixed, forger, **changes)
    forger.seal()
    assert "STEPS-TRACE" in {check.id for check in verify_path(mixed)[4].failed}


def test_a_decision_without_need_is_found(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = forger_of(mixed / "0005-small")
    departed(mixed, forger)
    forger.seal()
    assert failed(mixed) == {"CLOCK-DEPARTED"}


def test_a_clock_a_day_ahead_of_the_machine_needs_a_decision_too(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = forger_of(mixed / "0005-small")
    clock = forger.data("clock-compared")
    seconds = round(YEARS.total_seconds())
    agreed = iso(parse_iso(clock["machine"]) + YEARS)
    clock |= {"reference": agreed, "offset_seconds": seconds, "agreed_offset_seconds": seconds, "adopted": "reference"}
    for line in forger.lines[forger.place(forger.one("clock-compared")) + 1 :]:
        line["at"] = iso(parse_iso(line["at"]) + YEARS)
    forger.seal()
    assert failed(mixed) == {"CLOCK-DEPARTED"}
    departed(mixed, forger, departs_from="machine", ceremony="", said=clock["machine"], agreed=agreed)
    forger.seal()
    assert failed(mixed) == set()


class TestAheadOfToday:
    """The last ceremony is dated in ten years: `plan`, `run`, `rehearse` and `register` refuse to go on from it."""

    @pytest.fixture
    def ahead(self, mixed: Path, forger_of: Callable[[Path], Any]) -> Path:
        moved(mixed, forger_of, YEARS).seal()
        return mixed

    def test_it_is_refused(self, ahead: Path, ceremony: Command) -> None:
        where = ("--archive", str(ahead))
        for command in (
            ("register", str(ahead)),
            ("plan", str(SCRIPT), "--practice", *where),
            ("rehearse", str(SCRIPT), "--unattended", str(SCRIPT.parents[1] / "answers.yaml"), *where),
            ("run", str(SCRIPT), "--plain", *where),
        ):
            done = ceremony(*command, check=1)
            assert RULE in done.stderr
            assert "0005-small" in done.stderr
            assert "this machine's clock" in " ".join(done.stderr.split())
        assert len(list(ahead.iterdir())) == 5

    def test_whoever_calls_it_misdated_goes_on(self, ahead: Path, ceremony: Command) -> None:
        ceremony("register", str(ahead), "--misdated", "0005-small", check=0)
        ceremony("plan", str(SCRIPT), "--practice", "--archive", str(ahead), "--misdated", "0005-small", check=0)
        assert RULE in ceremony("register", str(ahead), "--misdated", "0004-small", check=1).stderr

    def test_a_day_ahead_is_not_told_of(self, mixed: Path) -> None:
        _, until = fold_archive_until(mixed, 5)
        now = datetime.strptime(until, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) - timedelta(days=1)
        fold_archive(mixed, now=now)
        with pytest.raises(CeremonyError) as caught:
            fold_archive(mixed, now=now - timedelta(seconds=1))
        assert caught.value.code == RULE

    def test_the_verifier_asks_no_machine_what_day_it_is(self, ahead: Path) -> None:
        assert failed(ahead) == set()
