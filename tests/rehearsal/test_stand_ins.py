"""Rehearsals of later ceremonies: the past of production, made again with keys that only practice has."""

from __future__ import annotations

import json
import subprocess
import sys

from cryptography.x509 import load_der_x509_certificate

from ceremony.pki.crl_view import crl_view
from ceremony.pki.view import certificate_view
from ceremony.script.past import past_of_archive
from ceremony.transcript.chain import read_chain
from ceremony.transcript.kinds import RehearsalCompared
from ceremony.verify.archive import verify_path
from tests.rehearsal.stage import ANSWERS, GENERATION, INCIDENT, LATER, Stage


def test_a_later_ceremony_is_rehearsed_without_production_keys_and_then_run(stage: Stage) -> None:
    assert stage.run(stage.script("generation", GENERATION, initialise=True)).closed, stage.said
    stage.clock.advance(300 * 86_400)
    script = stage.script("later", LATER, rehearsed="must")
    hidden = stage.home.tokens.rename(stage.folder / "the-safe")
    stage.home.tokens.mkdir()
    stage.rehearse(script)
    stage.home.tokens.rmdir()
    hidden.rename(stage.home.tokens)

    folder, produced = stage.archive / "0002-later", stage.archive / "0001-generation"
    opened = read_chain(folder / "transcript.jsonl").entries[0].data
    assert opened.stand_in
    root = certificate_view((produced / "certificates/root.der").read_bytes())
    issuing = certificate_view((produced / "certificates/issuing.der").read_bytes())
    cross = certificate_view((folder / "certificates/second-by-root.der").read_bytes())
    crl = crl_view((folder / "crls/root-2.crl").read_bytes())
    assert cross.key.spki != certificate_view((produced / "certificates/second-root.der").read_bytes()).key.spki
    assert [entry.serial_number for entry in crl.entries] == [issuing.serial_number]
    assert crl.number == 2
    # what is signed does not verify under the production root, and says what it is
    for octets in (folder / "certificates/second-by-root.pem", folder / "certificates/answers.pem"):
        done = subprocess.run(
            ["openssl", "verify", "-partial_chain", "-CAfile", produced / "certificates/root.pem", octets],
            capture_output=True,
            check=False,
        )
        assert done.returncode != 0
    assert b"(PRACTICE)" in cross.issuer.der
    assert b"(PRACTICE)" in cross.subject.der
    # the practice chain itself holds: the stand-in of the root signed it
    register = json.loads((folder / "inputs/register.json").read_bytes())
    stand_in = bytes.fromhex(next(item["der"] for item in register["certificates"] if item["name"] == "root"))
    load_der_x509_certificate((folder / "certificates/answers.der").read_bytes()).verify_directly_issued_by(
        load_der_x509_certificate(stand_in)
    )
    made_again = certificate_view(stand_in)
    assert (made_again.serial_number, made_again.not_after) == (root.serial_number, root.not_after)
    assert made_again.key.spki != root.key.spki
    # nothing goes on from it
    assert past_of_archive(stage.archive, "practice").register.keys == ()

    stage.clock.advance(86_400)
    outcome = stage.run(script)
    assert outcome.closed, stage.said
    events = [entry.data for entry in read_chain(stage.archive / "0003-later/transcript.jsonl").entries]
    compared = {item.name: item for item in events if isinstance(item, RehearsalCompared)}
    assert list(compared)[:3] == ["root-2", "second-by-root", "answers"]
    assert {"second-root-ocsp", "onward"} & set(compared)
    assert all(item.rehearsal == "0002-later" and not item.differences for item in compared.values())
    assert "CRL number" not in compared["root-2"].holes
    for verdict in verify_path(stage.archive):
        assert verdict.proved, verdict.failed


def test_of_a_rehearsal_with_stand_ins_no_private_key_and_no_token_is_left(stage: Stage) -> None:
    assert stage.run(stage.script("generation", GENERATION, initialise=True)).closed, stage.said
    stage.clock.advance(86_400)
    planned = stage.plan(stage.script("later", LATER), "practice")
    assert planned.stand_ins is not None
    assert planned.stand_ins.labels == ("PRACTICE STAGE", "PRACTICE VAULT")
    assert "EllipticCurve" not in repr(planned)
    assert "private_key" not in repr(planned)
    assert all(key.entry.token_serial == "" for key in planned.stand_ins.keys)


def test_a_first_ceremony_is_rehearsed_again_after_production_on_a_token_of_its_own(stage: Stage) -> None:
    script = stage.script("generation", GENERATION, initialise=True)
    assert stage.run(script).closed, stage.said
    stage.clock.advance(86_400)
    planned = stage.plan(script, "practice")
    assert planned.plan.past.register.keys == ()
    assert planned.stand_ins is not None
    assert "PRACTICE STAGE" not in planned.stand_ins.labels


def test_a_drill_over_a_production_archive_is_the_last_drill_of_the_register(stage: Stage) -> None:
    assert stage.run(stage.script("generation", GENERATION, initialise=True)).closed, stage.said
    stage.clock.advance(30 * 86_400)
    incident = {"id": "incident", "kind": "incident", "actor": "administrator", "witness": "witness", "hours": 24}
    drill = stage.script("emergency", [incident, {**LATER[0]}])
    stage.answers.write_text(ANSWERS + INCIDENT)
    stage.rehearse(drill)
    last = past_of_archive(stage.archive, "production").register.last_drill()
    assert last is not None
    assert (last.folder, last.incident) == ("0002-emergency", "A laptop with root access was stolen.")
    assert any("2027-02-03" in line and "rill" in line for line in _register(stage))


def _register(stage: Stage) -> list[str]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ceremony",
            "register",
            stage.archive,
            "--misdated",
            "0002-emergency",
        ],  # by this machine
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()
