"""A rehearsal and its production: what is compared, what may differ, what stops production."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceremony.errors import CeremonyError
from ceremony.transcript.chain import read_chain
from ceremony.transcript.kinds import EventData, RehearsalCompared, SignatureIntended, StepFailed
from ceremony.verify.archive import verify_path
from tests.house.forger import another_at_the_end
from tests.rehearsal.stage import GENERATION, Stage

ONE = GENERATION[:2]


def events(folder: Path) -> list[EventData]:
    return [entry.data for entry in read_chain(folder / "transcript.jsonl").entries]


def rules(stage: Stage, script: Path) -> dict[str, str]:
    """What speaks against production, by rule."""
    findings = stage.plan(script, "production").plan.findings
    return {finding.rule: str(finding) for finding in findings if finding.severity.blocks}


def test_each_object_of_production_is_compared_with_its_rehearsal_and_only_holes_differ(stage: Stage) -> None:
    script = stage.script("generation", GENERATION, initialise=True, rehearsed="must")
    stage.rehearse(script)
    stage.clock.advance(400 * 86_400)  # over a leap day: twenty years are a day less from there
    outcome = stage.run(script)
    assert outcome.closed, stage.said
    folder = stage.archive / "0002-generation"
    compared = {item.name: item for item in events(folder) if isinstance(item, RehearsalCompared)}
    assert list(compared) == ["root", "issuing", "second-root", "root-1"]
    assert all(not item.differences for item in compared.values())
    assert set(compared["root-1"].holes) == {"Issuer CN", "This update", "Next update", "Authority key identifier"}
    assert set(compared["root"].holes) - {"Lifetime"} == {
        "Serial number",
        "Issuer CN",
        "Not before",
        "Not after",
        "Subject CN",
        "Public key SHA-256",
        "Subject key identifier",
        "Authority key identifier",
    }
    files = sorted((folder / "rehearsal").iterdir())
    assert len(files) == len(compared)
    text = next(file for file in files if file.name.startswith("root-1-")).read_text("ascii")
    assert text.startswith("root-1, compared with the rehearsal 0001-generation\n10 fields: 4 differ as they may, 0 ")
    assert "\nIssuer CN: differs, and may\n  rehearsed  Stage Root (PRACTICE) (utf8)\n  produced   Stage Root (" in text
    for verdict in verify_path(stage.archive):
        assert verdict.proved, verdict.failed


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("lifetime: 20y", "lifetime: 21y", "Lifetime"),
        ("lifetime: 20y", "lifetime: 7304d", "Lifetime"),
        ("ca: true}", "ca: true, path_length: 2}", "Basic constraints"),
        ("key-usage, critical: true", "key-usage, critical: false", "Key usage"),
        ("method: sha1", "method: rfc7093-1", "Subject key identifier"),
        ("value: Stage Root}", "value: Another Root}", "Subject CN"),
        ("value: Stage Root}", "value: Stage Root, string: printable}", "Subject CN"),
        ("value: Stage Root}", "value: Stage Root (PRACTICE)}", "Subject CN"),
        (
            "{type: authority-key-identifier}",
            "{type: authority-key-identifier, issuer_and_serial: issuer}",
            "Authority",
        ),
        ("    key: kept\n", "    serial_octets: 20\n    key: kept\n", "Serial number"),
        ("ecdsa-sha256", "ecdsa-sha384", "Signature algorithm"),
        ("algorithm: p-256, backup", "algorithm: p-384, backup", "Public key"),
    ],
)
def test_a_policy_that_was_changed_since_stops_production_before_it_is_opened(
    stage: Stage, old: str, new: str, field: str
) -> None:
    script = stage.script("one", [*ONE, GENERATION[-1]], initialise=True)
    stage.rehearse(script)
    assert not rules(stage, script)
    stage.change_policy(old, new)
    found = rules(stage, script)
    assert field in found["REHEARSAL-DIFFERENT"]
    assert "0001-one rehearsed: there" in found["REHEARSAL-DIFFERENT"]


def test_a_difference_that_only_the_room_finds_stops_before_anybody_approves_and_is_on_record(stage: Stage) -> None:
    script = stage.script("one", [*ONE, GENERATION[-1]], initialise=True)
    stage.rehearse(script)
    stage.change_policy("lifetime: 20y", "lifetime: 21y")
    outcome = stage.run(script, unplanned=True)
    assert not outcome.closed
    folder = stage.archive / "0002-one"
    said = events(folder)
    (failed,) = [item for item in said if isinstance(item, StepFailed)]
    (compared,) = [item for item in said if isinstance(item, RehearsalCompared)]
    assert failed.code == "REHEARSAL-DIFFERENT"
    assert compared.differences == ("Lifetime",)
    assert not any(isinstance(item, SignatureIntended) for item in said)
    (file,) = (folder / "rehearsal").iterdir()
    assert "Lifetime: DIFFERS, AND MUST NOT\n  rehearsed  7305 days\n  produced   7670 days" in file.read_text("ascii")


def test_a_script_whose_bytes_changed_was_not_rehearsed(stage: Stage) -> None:
    script = stage.script("one", [*ONE, GENERATION[-1]], initialise=True, rehearsed="must")
    assert "REHEARSAL-MISSING" in rules(stage, script)
    stage.rehearse(script)
    assert not rules(stage, script)
    script.write_text(script.read_text() + "# One more line.\n")
    assert "REHEARSAL-MISSING" in rules(stage, script)


def test_what_may_be_rehearsed_runs_without_a_rehearsal_and_says_so(stage: Stage) -> None:
    script = stage.script("one", [*ONE, GENERATION[-1]], initialise=True)
    findings = stage.plan(script, "production").plan.findings
    assert [item.severity.value for item in findings if item.rule == "REHEARSAL-MISSING"] == ["notice"]
    assert stage.run(script).closed, stage.said
    (verdict,) = verify_path(stage.archive)
    assert verdict.proved, verdict.failed


def test_a_rehearsal_serves_one_production(stage: Stage) -> None:
    first = stage.script("generation", GENERATION, initialise=True)
    assert stage.run(first).closed, stage.said
    stage.clock.advance(30 * 86_400)
    script = stage.script("answer", [{**GENERATION[-2], "crl": "again", "first": False}], rehearsed="must")
    stage.rehearse(script)
    assert stage.run(script).closed, stage.said
    assert "REHEARSAL-MISSING" in rules(stage, script)


@pytest.mark.parametrize("change", ["octets", "other", "lost"])
def test_a_file_of_the_rehearsal_that_was_changed_stops_the_plan(stage: Stage, change: str) -> None:
    script = stage.script("generation", GENERATION, initialise=True)
    stage.rehearse(script)
    file = stage.archive / "0001-generation" / "certificates" / "root.der"
    if change == "lost":
        file.unlink()
    else:
        # a file that the same rehearsal signed too, or one that nobody signed
        other = file.with_name("second-root.der")
        file.write_bytes(other.read_bytes() if change == "other" else another_at_the_end(file.read_bytes()))
    with pytest.raises(CeremonyError) as caught:
        stage.plan(script, "production")
    assert caught.value.code == "REHEARSAL-CHANGED"
    assert caught.value.where == "0001-generation/certificates/root.der"
