"""The close: everybody agrees or dissents, and takes home a receipt that finds a record which was cut or replaced."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.cli import main
from ceremony.custody.receipts import parse_receipt
from ceremony.verify.archive import verify_path
from tests.custody_rules.forging import Owner
from tests.custody_rules.house import CUSTODY, Signers


@pytest.fixture
def archive(held_rules: Path, tmp_path: Path) -> Path:
    """A copy of the held archive."""
    return Path(shutil.copytree(held_rules / "archive", tmp_path / "archive"))


@pytest.fixture
def home(held_rules: Path) -> Callable[..., Path]:
    """What a person took home."""

    def taken(person: str = "siti", ceremony: str = "0001-generation", form: str = "txt") -> Path:
        return held_rules / "archive" / ceremony / "receipts" / f"receipt-{person}.{form}"

    return taken


def held(capsys: pytest.CaptureFixture[str], archive: Path, *receipts: Path) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and what the verifier says of the receipts."""
    code = main(["verify", str(archive), "--json", *(part for path in receipts for part in ("--receipt", str(path)))])
    said = json.loads(capsys.readouterr().out)
    assert said["exit_code"] == code
    return code, said["receipts"]


def lines_of(archive: Path, ceremony: str = "0001-generation") -> list[str]:
    return (archive / ceremony / "transcript.jsonl").read_text().splitlines(keepends=True)


def cut(archive: Path, count: int, ceremony: str = "0001-generation") -> None:
    (archive / ceremony / "transcript.jsonl").write_text("".join(lines_of(archive, ceremony)[:count]))


@pytest.mark.parametrize("form", ["txt", "json"])
@pytest.mark.parametrize("person", ["siti", "agus"])
def test_a_receipt_fits_the_record_that_it_was_given_for(
    archive: Path, home: Any, capsys: pytest.CaptureFixture[str], person: str, form: str
) -> None:
    code, checks = held(capsys, archive, home(person, form=form), home("rini", "0002-end", form))
    assert code == 0
    assert [(check["status"], check["where"]) for check in checks] == [
        ("proved", "0001-generation"),
        ("proved", "0002-end"),
    ]


def test_the_same_is_said_to_people(archive: Path, home: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(archive), "--receipt", str(home())]) == 0
    said = capsys.readouterr().out
    assert "ok 0001-generation: The receipt of Siti Rahmawati (siti)" in said
    assert "fits the record; " in said


def test_a_slip_is_read_with_its_qr_code_behind_it_and_without(home: Any) -> None:
    text = home().read_text("utf-8")
    assert "█" in text or "▀" in text
    alone = text.partition("The same as a QR code")[0]
    assert parse_receipt(text) == parse_receipt(alone) == parse_receipt(home(form="json").read_bytes())


def test_a_record_that_was_cut_short_before_the_receipts_is_found(
    archive: Path, home: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    cut(archive, len(lines_of(archive)) - 25)
    code, checks = held(capsys, archive / "0001-generation", home())
    assert code == 1
    assert [check["status"] for check in checks] == ["failed"]
    assert "cut off, changed or replaced" in checks[0]["sentence"]


def test_a_record_with_a_changed_line_does_not_fit_although_the_receipts_own_line_is_there(
    archive: Path, home: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = archive / "0001-generation" / "transcript.jsonl"
    path.write_text(path.read_text().replace("Wall clock", "Mall clock").replace("the wall", "the mall"))
    code, checks = held(capsys, archive, home())
    assert code == 1
    assert [check["status"] for check in checks] == ["failed"]


def test_a_ceremony_that_was_replaced_by_another_is_found(
    archive: Path, home: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(archive / "0001-generation")
    code, checks = held(capsys, archive, home())
    assert code == 1
    assert "is not here" in checks[0]["sentence"]


def test_a_record_made_anew_by_who_owns_every_key_is_found_by_the_receipt_alone(
    archive: Path, home: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Same id, same keys, same people, everything signed and sealed anew: one line is another."""
    forger = Owner(archive / "0001-generation")
    forger.of("clock-compared")[0]["data"]["source"] = "another wall"
    assert forger.failed() == set()
    code, checks = held(capsys, archive / "0001-generation", home())
    assert code == 1
    assert "changed or replaced" in checks[0]["sentence"]


def test_a_ceremony_that_stands_twice_is_found(archive: Path, home: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(archive / "0001-generation", archive / "0003-generation")
    code, checks = held(capsys, archive, home())
    assert code == 1
    assert "more than once" in checks[0]["sentence"]


def test_a_mistyped_slip_is_told_from_another_record(
    archive: Path, home: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    slip = tmp_path / "slip.txt"
    slip.write_text(home().read_text("utf-8").replace("Steps       11", "Steps       12"))
    assert main(["verify", str(archive), "--receipt", str(slip)]) == 2
    assert "The receipt is damaged or was altered." in capsys.readouterr().err


@pytest.mark.parametrize("octets", [b"", b"\xff\xfe", b"{}", b"x" * 70_000], ids=["empty", "no-text", "json", "large"])
def test_what_is_no_receipt_is_refused(
    archive: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, octets: bytes
) -> None:
    slip = tmp_path / "slip.txt"
    slip.write_bytes(octets)
    assert main(["verify", str(archive), "--receipt", str(slip)]) == 2
    assert main(["verify", str(archive), "--receipt", str(tmp_path / "none.txt")]) == 2


def test_a_dissent_is_recorded_in_its_own_words_and_stops_nothing(house: Signers) -> None:
    def siti(choice: Any) -> str:
        return "dissent" if choice.title.startswith("Siti") else "agree"

    house.people.answers["choose", "close"] = siti
    assert house.hold("short").closed
    said = {data.person: data for data in house.events("attested")}
    assert set(said) == {"rini", "agus", "dewi", "bambang", "siti"}
    assert [name for name, data in said.items() if not data.agrees] == ["siti"]
    assert said["siti"].words == "It was cold."
    assert {data.method for data in said.values()} == {"signed"}
    (verdict,) = verify_path(house.archive)
    assert verdict.proved
    assert any(
        "4 of those present agreed" in check.sentence and "1 dissented" in check.sentence for check in verdict.checks
    )


def test_each_is_asked_by_name_and_neither_answer_comes_by_accident(house: Signers) -> None:
    assert house.hold("short").closed
    asked = house.people.of("choose", "close")
    assert [choice.step.actor for choice in asked] == [choice.title.partition(":")[0] for choice in asked]
    assert all(option.word for choice in asked for option in choice.options)


@pytest.mark.parametrize("what", ["seal", "receipt"])
def test_a_close_that_is_tried_again_keeps_its_receipts_and_asks_everybody_once_more(
    house: Signers, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    tried: list[str] = []
    if what == "seal":

        def sealed(request: Any) -> bool:
            tried.append(request.word)
            return request.word != "SEAL" or tried.count("SEAL") > 1

        house.people.answers["confirm", "close"] = sealed
    else:
        from ceremony.engine import keeping
        from ceremony.errors import CeremonyError

        original = keeping.write_once

        def unreliable(folder: Path, name: str, octets: bytes) -> None:
            tried.append(Path(name).name)
            if tried.count("receipt-dewi.txt") == 1 and tried[-1] == "receipt-dewi.txt":
                raise CeremonyError("The medium gave back other bytes.", code="MEDIA-READBACK")
            original(folder, name, octets)

        monkeypatch.setattr(keeping, "write_once", unreliable)
    decisions = iter(["try-again"])
    house.people.answers["choose", "close"] = lambda choice: next(decisions, "abort") if choice.fault else "agree"
    assert house.hold("short").closed
    assert house.codes() == ["SEAL-DECLINED" if what == "seal" else "MEDIA-READBACK"]
    assert len(house.events("attested")) == 10
    (verdict,) = verify_path(house.archive)
    assert verdict.proved, verdict.lines()
    folder = next(house.archive.iterdir())
    for person in ("agus", "dewi"):
        assert main(["verify", str(folder), "--receipt", str(folder / f"receipts/receipt-{person}.txt")]) == 0


def test_who_was_not_there_attests_nothing_and_takes_nothing_home(house: Signers) -> None:
    house.people.answers["confirm", "roll"] = lambda request: request.person != "Bambang Prakoso"
    assert house.hold("short").closed
    assert {data.person for data in house.events("attested")} == {"rini", "agus", "dewi", "siti"}
    folder = next(house.archive.iterdir())
    assert not (folder / "receipts/receipt-bambang.txt").exists()
    assert all(verdict.proved for verdict in verify_path(house.archive))


def test_without_the_rules_of_custody_none_of_it_happens(house: Signers) -> None:
    house.edit("policy.yaml", CUSTODY, "custody: {}")
    assert house.hold("short").closed
    assert not house.events("attested")
    assert not house.events("digest-read-back")
    assert not (next(house.archive.iterdir()) / "receipts").exists()
    assert [said.method for said in house.events("approved")] == ["signed", "signed"]  # who has a key signs with it
    assert all(verdict.proved for verdict in verify_path(house.archive))


def told(house: Signers) -> list[str]:
    """Of whom the verdict says that they left without a word."""
    checks = [check for verdict in verify_path(house.archive) for check in verdict.checks]
    assert all(check.status != "failed" for check in checks)
    return [check.sentence for check in checks if check.id == "LIMIT-ATTESTATION"]


def test_everybody_who_attested_is_told_of_no_more(house: Signers) -> None:
    house.people.once("secret", "open", lambda: house.people.leave("bambang"))
    house.people.once("instruct", "make-root", lambda: house.people.come_back("bambang"))
    assert house.hold("short").closed
    assert told(house) == []


def test_who_left_before_the_close_is_told_of(house: Signers) -> None:
    house.people.once("secret", "open", lambda: house.people.leave("bambang", "Ill."))
    assert house.hold("short").closed
    (line,) = [entry.event.seq for entry in house.entries() if entry.event.kind == "person-left"]
    assert told(house) == [
        f"That bambang agrees with the record: they left at line {line} (Ill), before the close began, and neither "
        "agreed nor dissented at its end."
    ]


def test_who_left_while_the_others_attested_is_told_of(house: Signers) -> None:
    def leaves(choice: Any) -> str:
        if choice.person == "Rini Wulandari":
            house.people.leave("bambang", "Called away.")
        return "agree"

    house.people.answers["choose", "close"] = leaves
    assert house.hold("short").closed
    (said,) = told(house)
    assert "bambang agrees with the record: they left at line" in said
    assert "(Called away), while the record was being closed" in said


def test_who_dissented_in_an_attempt_that_failed_and_left_is_told_of_with_it(house: Signers) -> None:
    tried: list[str] = []

    def choose(choice: Any) -> str | None:
        if choice.fault is not None:
            house.people.leave("bambang", "Angry.")
            return "try-again"
        return "dissent" if choice.person == "Bambang Prakoso" else "agree"

    def seal(request: Any) -> bool:
        tried.append(request.word)
        return request.word != "SEAL" or tried.count("SEAL") > 1

    house.people.answers["choose", "close"] = choose
    house.people.answers["confirm", "close"] = seal
    assert house.hold("short").closed
    (said,) = told(house)
    assert "(Angry), while the record was being closed" in said
    assert "bambang dissents" in said
    assert "It was cold." in said


def test_a_dissent_replaced_by_a_leaving_is_told_of_wherever_it_is_put(held_rules: Path, tmp_path: Path) -> None:
    """Whoever holds the key of the seal takes the signed dissent out, and lets that person leave."""
    for number, step in enumerate(("close", "inventory")):
        folder = Path(shutil.copytree(held_rules / "archive/0001-generation", tmp_path / str(number)))
        forger = Owner(folder)
        (said,) = forger.of("attested", person="bambang")
        place = forger.lines.index(said)
        ends = next(at for at in range(place, len(forger.lines)) if forger.lines[at]["kind"] == "token-closed")
        begins = next(at for at in range(place, 0, -1) if forger.lines[at]["kind"] == "token-found")
        forger.remove(*forger.lines[begins : ends + 1])
        began = forger.one("step-begun", step)
        forger.insert_after(began, "person-left", {"person": "bambang", "reason": "Called away."}, actor="engine")
        forger.failed()
        found = [check for verdict in verify_path(folder) for check in verdict.checks]
        assert "ATTESTATION" not in {check.id for check in found if check.status == "failed"}
        (limit,) = [check.sentence for check in found if check.id == "LIMIT-ATTESTATION"]
        assert limit.startswith("That bambang agrees with the record: they left at line")


def test_who_comes_back_while_the_others_attest_is_asked_too(house: Signers) -> None:
    house.people.once("secret", "open", lambda: house.people.leave("bambang"))

    def comes_back(choice: Any) -> str:
        if choice.person == "Rini Wulandari":
            house.people.come_back("bambang")
        return "agree"

    house.people.answers["choose", "close"] = comes_back
    assert house.hold("short").closed
    assert "bambang" in {data.person for data in house.events("attested")}
    assert told(house) == []


def test_who_comes_back_before_the_seal_is_heard_in_another_attempt(house: Signers) -> None:
    house.people.once("secret", "open", lambda: house.people.leave("bambang"))

    def seals(request: Any) -> None:
        if request.word == "SEAL":
            house.people.come_back("bambang")

    house.people.answers["confirm", "close"] = seals
    house.people.answers["choose", "close"] = lambda choice: "try-again" if choice.fault else "agree"
    assert house.hold("short").closed
    assert house.codes() == ["CLOSE-UNHEARD"]
    assert "bambang" in {data.person for data in house.events("attested")}
    assert (house.ceremony() / "receipts/receipt-bambang.txt").exists()
    assert told(house) == []
