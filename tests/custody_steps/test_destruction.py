"""Destroying a key: refused first, then done, and never quietly undone; with real tokens."""

from __future__ import annotations

import shutil
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import CeremonyError, InputError
from ceremony.script import compile as compile_module
from ceremony.script.compile import compile_plan
from ceremony.script.past import past_of_archive
from ceremony.script.still_needed import certificates_over, still_needed
from ceremony.script.world import KnownRevocation, world_of
from ceremony.token.module import Module
from ceremony.transcript.register_entries import CrlEntry
from tests.house.ca import House

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def key_id_of(house: House, name: str = "root") -> bytes:
    return next(bytes.fromhex(made.key_id) for made in house.events("key-made") if made.key == name)


def halves(house: House, name: str = "root") -> set[str]:
    with house.opened("SMALL") as session:
        return {item.object_class for item in session.inventory() if item.label == name}


def fault_of(house: House, number: int = 2) -> Any:
    return house.events("step-failed", number)[0]


@pytest.fixture
def kept(house: House) -> House:
    """The first ceremony is over; new people are at the door."""
    assert house.hold("generation").closed
    house.again()
    return house


ISSUE = """\
      - {id: make-issuing, kind: generate-key, actor: custodian, key: issuing, profile: plain, text: Make it.}
      - id: sign-issuing
        kind: issue
        actor: custodian
        certificate: issuing
        profile: issuing
        key: issuing
        issuer: root
        text: Issue it.
"""


@pytest.fixture
def issued(house: House) -> House:
    """The same, but the root has issued a certificate that is still valid."""
    before = "      - {id: make-spare"
    house.edit("generation.yaml", before, ISSUE + before)
    assert house.hold("generation").closed
    house.again()
    return house


def test_a_key_that_issued_valid_certificates_is_not_planned_to_be_destroyed(issued: House) -> None:
    found = [
        finding for finding in compile_plan(issued.load("end"), "practice", NOW).findings if finding.severity.blocks
    ]
    assert [finding.rule for finding in found] == ["KEY-NEEDED"]
    assert "issuing" in found[0].message


def test_a_key_that_issued_valid_certificates_is_not_destroyed(issued: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the plan did not see it: the room looks again."""
    monkeypatch.setattr(compile_module, "still_needed", lambda *given: ())
    assert not issued.hold("end").closed
    fault = fault_of(issued)
    assert fault.code == "KEY-NEEDED"
    assert "issuing" in fault.detail
    assert "BR 4.9.7" in fault.detail
    assert issued.events("destruction-intended", 2) == []
    assert halves(issued) == {"private-key", "public-key"}


def test_a_program_that_destroys_a_needed_key_is_found_out(issued: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verifier works out for itself what leaned on the key."""
    from ceremony.engine.steps import destruction

    with monkeypatch.context() as patched:
        patched.setattr(destruction, "still_needed", lambda *given: ())
        patched.setattr(compile_module, "still_needed", lambda *given: ())
        assert issued.hold("end").closed
    assert issued.failed() == {"DESTROY-NEEDED", "HASH-PLAN"}


def test_a_last_crl_or_a_revocation_makes_a_key_dispensable(issued: House) -> None:
    world = world_of(past_of_archive(issued.archive, "practice").register, {})
    certificate = past_of_archive(issued.archive, "practice").register.certificate("issuing")

    def lists(next_update: str, issuer: str = "root", base: str = "") -> list[CrlEntry]:
        said = dict.fromkeys(CrlEntry.model_fields, "x") | {"entries": 0}
        return [CrlEntry.model_validate(said | {"issuer": issuer, "next_update": next_update, "base_number": base})]

    assert still_needed(world, [], "root", NOW) == ("issuing",)
    assert still_needed(world, lists("2027-11-01T00:00:00Z"), "root", NOW) == ("issuing",)
    assert still_needed(world, lists("9999-12-31T23:59:59Z", issuer="issuing"), "root", NOW) == ("issuing",)
    assert still_needed(world, lists("9999-12-31T23:59:59Z", base="1"), "root", NOW) == ("issuing",)
    assert still_needed(world, lists("9999-12-31T23:59:59Z"), "root", NOW) == ()
    assert still_needed(world, [], "issuing", NOW) == ()
    assert still_needed(world, [], "root", NOW.replace(year=2040)) == ()
    assert certificates_over(world, "root", NOW) == ("root",)
    assert certificates_over(world, "root", NOW.replace(year=2040)) == ()
    blank = {item.name: 0 if item.type == "int" else "" for item in fields(KnownRevocation)}
    known: Any = blank | {"issuer": "root", "serial_number": int(certificate.serial, 16)}
    world.revocations.append(KnownRevocation(**known))
    assert still_needed(world, [], "root", NOW) == ()


def test_a_key_is_destroyed_and_the_archive_holds_together(kept: House) -> None:
    assert kept.hold("end").closed
    assert kept.failed() == set()
    assert halves(kept) == set()
    assert halves(kept, "spare") == {"private-key", "public-key"}
    (outcome,) = kept.events("key-destroyed", 2)
    facts = {fact.name: fact.value for fact in outcome.facts}
    assert facts["asked to sign"].startswith("refused: ")
    assert facts["backups"].startswith("PRACTICE VAULT, serial ")
    known = past_of_archive(kept.archive, "practice").register.key("root")
    assert (known.state, known.reason, bool(known.destroyed_at)) == ("destroyed", "The root retires.", True)


def test_people_are_told_what_they_lose_and_what_stays(kept: House) -> None:
    kept.hold("end")
    details = dict(kept.people.of("instruct", "destroy")[0].details)
    made = kept.events("key-made")[0]
    assert details["Public key SHA-256"] == made.spki_sha256
    assert details["Certificates that are still valid"] == "root"
    assert "PRACTICE VAULT" in details["Backups on other tokens"]
    (statement,) = kept.people.of("confirm", "destroy")
    assert statement.danger
    assert "PRACTICE VAULT" in statement.statement
    requests = kept.people.of("approve", "destroy")
    assert [(request.word, request.digest) for request in requests] == [("DESTROY", made.spki_sha256)] * 2


@pytest.mark.parametrize("method", ["confirm", "approve"])
def test_one_who_refuses_is_enough(kept: House, method: str) -> None:
    kept.people.answers[method, "destroy"] = lambda request: request.person not in ("Dewi Lestari", "Agus Santoso")
    assert not kept.hold("end").closed
    assert fault_of(kept).code in {"APPROVAL-REFUSED", "STATEMENT-DECLINED"}
    assert kept.events("destruction-intended", 2) == []
    assert halves(kept) == {"private-key", "public-key"}


def test_the_last_of_those_who_must_approve_is_enough_to_stop_it(kept: House) -> None:
    kept.people.answers["approve", "destroy"] = lambda request: request.person != "Dewi Lestari"
    assert not kept.hold("end").closed
    assert [item.what for item in kept.events("approved", 2)].count("key-destruction") == 1
    assert halves(kept) == {"private-key", "public-key"}


def test_a_destruction_cut_in_half_is_finished(kept: House) -> None:
    cut: list[bool] = []

    def power_cut(request: Any) -> None:
        if not cut:
            cut.append(True)
            Module.load("softhsm").sessions[0].one("PRIVATE_KEY", key_id_of(kept)).destroy()
            raise CeremonyError("The power failed.", code="TOKEN-FAULT")

    kept.people.answers["progress", "destroy"] = power_cut
    kept.people.answers["choose", "destroy"] = lambda request: "try-again"
    assert kept.hold("end").closed
    (outcome,) = kept.events("key-destroyed", 2)
    facts = {fact.name: fact.value for fact in outcome.facts}
    assert (facts["private key"], facts["public key"]) == ("gone after an earlier attempt", "destroyed")
    assert len(kept.events("destruction-intended", 2)) == 2
    assert halves(kept) == set()
    assert kept.failed() == set()


def test_half_a_key_that_nobody_announced_is_not_touched(kept: House) -> None:
    with kept.opened("SMALL") as session:
        session.one("PRIVATE_KEY", key_id_of(kept)).destroy()
    assert not kept.hold("end").closed
    assert fault_of(kept).code == "KEY-HALF"
    assert halves(kept) == {"public-key"}


def test_another_key_under_the_same_id_is_not_destroyed(kept: House) -> None:
    key_id = key_id_of(kept)
    with kept.opened("SMALL") as session:
        for half in ("PRIVATE_KEY", "PUBLIC_KEY"):
            session.one(half, key_id).destroy()
        session.generate_key("root", key_id, "p-256")
    assert not kept.hold("end").closed
    assert fault_of(kept).code == "KEY-DIFFERS"
    assert halves(kept) == {"private-key", "public-key"}


def test_a_script_cannot_use_a_destroyed_key(kept: House) -> None:
    assert kept.hold("end").closed
    with pytest.raises(InputError) as refused:
        kept.load("end")
    assert {finding.rule for finding in refused.value.findings} == {"KEY-DESTROYED"}


def test_a_destroyed_key_that_comes_back_is_found_at_the_next_login(kept: House, tmp_path: Path) -> None:
    """SoftHSM is files: whoever kept a copy can put it back."""
    shutil.copytree(tmp_path / "softhsm", tmp_path / "copy")
    assert kept.hold("end").closed
    shutil.rmtree(tmp_path / "softhsm" / "tokens", ignore_errors=True)
    shutil.copytree(tmp_path / "copy", tmp_path / "softhsm", dirs_exist_ok=True)
    Module.load("softhsm").restart()  # it answers from memory otherwise
    kept.again()
    text = (kept.folder / "end.yaml").read_text()
    before, key_and_end = text.split("  - title: The key")
    (kept.folder / "end.yaml").write_text(before + key_and_end[key_and_end.index("  - title: End") :])
    assert not kept.hold("end").closed
    assert fault_of(kept, 3).code == "KEY-DESTROYED"
    assert "old copy" in fault_of(kept, 3).detail


def test_a_backup_that_was_broken_before_holds_the_key_no_more(kept: House) -> None:
    kept.edit("end.yaml", "sections:\n", "items:\n  vault: {what: Token VAULT, token: VAULT}\nsections:\n")
    kept.edit(
        "end.yaml",
        "      - {id: destroy, kind: destroy-key",
        "      - {id: take, kind: receive-items, actor: custodian, witness: witness, items: [vault], text: Take it.}\n"
        "      - id: break\n        kind: destroy-item\n        actor: custodian\n        witness: witness\n"
        "        item: vault\n        method: drilled\n        text: Break it.\n"
        "      - {id: destroy, kind: destroy-key",
    )
    read = {"vault-serial": "HSM-9", "vault-seal": "none", "vault-condition": "intact"}
    kept.people.answers["record", "take"] = lambda form: read
    outcome = kept.hold("end")
    assert outcome.closed, outcome.fault
    (destroyed,) = kept.events("key-destroyed", 2)
    assert {item.name: item.value for item in destroyed.facts}["backups"] == "none in the record"
    assert not any("goes on to exist" in request.statement for request in kept.people.of("confirm", "destroy"))
    (key,) = (item for item in kept.register.keys if item.name == "root")
    assert (key.copies, {item.how for item in key.lost}) == ((), {"token-destroyed", "key-destroyed"})
    assert kept.failed() == set()
