"""Parking, backing up and trying the backup, with two real tokens: refused first, done after."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import CeremonyError, InputError
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.token.destruction import absent, destroy_key
from ceremony.token.locking import lock
from ceremony.token.module import Module
from tests.house.ca import House


def codes(house: House, script: str = "generation") -> set[str]:
    with pytest.raises(InputError) as refused:
        house.load(script)
    return {finding.rule for finding in refused.value.findings}


def root_key(house: House) -> bytes:
    return next(bytes.fromhex(made.key_id) for made in house.events("key-made") if made.key == "root")


def ceremony_token() -> Any:
    """The session that the ceremony itself has open."""
    return Module.load("softhsm").sessions[0]


def fault_of(house: House, number: int = 1) -> Any:
    return house.events("step-failed", number)[0]


def test_a_key_that_can_leave_must_be_backed_up_in_its_script(house: House) -> None:
    house.edit("generation.yaml", "keys: [root], token: vault, initialise: true", "keys: [spare], token: vault")
    assert codes(house) >= {"KEY-UNLOCKED", "KEY-BACKUP"}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("keys: [root], token: vault, initialise: true", "keys: [root], token: attic", "SCRIPT-OTHER-TOKEN"),
        ("vault: {label: VAULT}", "vault: {label: SMALL}", "SCRIPT-OTHER-TOKEN"),
        ("keys: [root], token: vault, initialise: true", "keys: [root, root], token: vault", "BACKUP-TWICE"),
        ("keys: [root], token: vault, text: Try it.", "keys: [other], token: vault, text: Try it.", "SCRIPT-KEY"),
    ],
)
def test_a_backup_that_cannot_be_is_refused_at_planning(house: House, old: str, new: str, rule: str) -> None:
    house.edit("generation.yaml", old, new)
    assert rule in codes(house)


def test_a_token_with_backups_is_never_erased_and_a_locked_key_never_backed_up_again(
    held_custody: Path, tmp_path: Path
) -> None:
    ca = Path(shutil.copytree(held_custody / "ca", tmp_path / "ca"))
    script = ca / "end.yaml"
    text = script.read_text()
    step = "id: try, kind: restore-test, actor: custodian, keys: [root], token: vault, text: Try it."
    again = "id: try, kind: backup-key, actor: custodian, keys: [root], token: vault, initialise: true, text: Again."
    assert step in text
    script.write_text(text.replace(step, again))
    with pytest.raises(InputError) as refused:
        load_script(script, past=past_of_archive(held_custody / "first", "production"))
    assert {"SCRIPT-TOKEN-IN-USE", "BACKUP-TWICE"} <= {finding.rule for finding in refused.value.findings}


def test_a_key_is_backed_up_locked_and_tried(house: House) -> None:
    assert house.hold("generation").closed
    assert house.failed() == set()
    key_id = root_key(house)
    with house.opened("SMALL") as first, house.opened("VAULT") as second:
        original, copy = first.key(key_id), second.key(key_id)
        assert original.read_back.extractable is False
        assert copy.read_back.extractable is False
        assert copy.spki == original.spki
        assert {item.label for item in second.inventory()} == {"root"}
        assert first.key(first.find_key_label("spare").key_id).read_back.never_extractable is True
    known = past_of_archive(house.archive, "practice").register.key("root")
    assert [(item.label, bool(item.tested_at)) for item in known.backups] == [("PRACTICE VAULT", True)]
    assert known.token_label == "PRACTICE SMALL"
    assert past_of_archive(house.archive, "practice").register.key("spare").reason == "For next year."


def test_a_key_is_not_parked_where_nobody_says_so(house: House) -> None:
    house.people.answers["confirm", "park"] = lambda request: False
    assert not house.hold("generation").closed
    assert house.events("key-parked") == []
    assert fault_of(house).code == "STATEMENT-DECLINED"


def test_one_custodian_less_and_nothing_is_wrapped(house: House) -> None:
    house.people.answers["approve", "backup"] = lambda request: request.person != "Dewi Lestari"
    assert not house.hold("generation").closed
    assert fault_of(house).code == "APPROVAL-REFUSED"
    assert house.events("backup-intended") == []
    assert [data.label for data in house.events("token-closed", step="backup")] == ["PRACTICE VAULT"]
    with house.opened("VAULT") as second:
        assert second.inventory() == ()
    with house.opened("SMALL") as first:
        assert first.key(root_key(house)).read_back.extractable is True


def test_what_is_approved_is_the_very_key(house: House) -> None:
    house.hold("generation")
    made = house.events("key-made")[0]
    requests = house.people.of("approve", "backup")
    assert [request.word for request in requests] == ["BACKUP", "BACKUP"]
    assert {request.digest for request in requests} == {made.spki_sha256}
    assert house.people.of("review", "backup")[0].digest == made.spki_sha256


def test_a_stray_key_that_can_leave_stops_the_backup(house: House) -> None:
    def stray(request: Any) -> None:
        ceremony_token().generate_key("stray", b"\x01" * 16, "p-256", backup=True)

    house.people.answers["instruct", "backup"] = stray
    assert not house.hold("generation").closed
    assert fault_of(house).code == "BACKUP-STRAY"
    assert house.events("backup-intended") == []


def test_a_key_that_was_locked_is_not_backed_up(house: House) -> None:
    house.people.answers["instruct", "backup"] = lambda request: lock(ceremony_token(), root_key(house))
    assert not house.hold("generation").closed
    assert fault_of(house).code == "BACKUP-LOCKED"


def test_a_second_token_that_is_not_recognised_is_never_opened(house: House) -> None:
    house.people.answers["confirm", "backup"] = lambda request: False
    assert not house.hold("generation").closed
    assert fault_of(house).code == "TOKEN-DECLINED"
    assert "PRACTICE VAULT" not in [data.label for data in house.events("token-opened")]
    assert house.events("token-closed", step="backup") == []


def test_a_wrong_pin_of_the_second_token_leaves_the_first_open(house: House) -> None:
    typed: list[str] = []

    def pin(request: Any) -> str:
        typed.append(request.name)
        right = f"pin of {request.name.split(':')[1]}"
        return "wrong-pin" if len(typed) == 1 else right

    house.people.answers["secret", "try"] = pin
    assert house.hold("generation").closed
    assert typed == ["token-pin:PRACTICE VAULT"] * 2
    assert [refused.label for refused in house.events("pin-refused")] == ["PRACTICE VAULT"]
    assert house.failed() == set()


def test_a_backup_cut_short_before_the_lock_is_finished(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power fails once between the two tokens; the second attempt wraps nothing a second time."""
    from ceremony.engine.steps import backup

    tries: list[bytes] = []

    def failing(session: Any, key_id: bytes) -> Any:
        tries.append(key_id)
        if len(tries) == 1:
            raise CeremonyError("The token did not answer.", code="TOKEN-FAULT")
        return lock(session, key_id)

    monkeypatch.setattr(backup, "lock", failing)
    house.people.answers["choose", "backup"] = lambda request: "try-again"
    assert house.hold("generation").closed
    assert len(house.events("backup-intended")) == 2
    (outcome,) = house.events("key-backed-up")
    assert [(fact.name, fact.value) for fact in outcome.facts] == [("wrapped", "in an earlier attempt")]
    assert len(house.people.of("approve", "backup")) == 4
    assert house.failed() == set()


def test_half_a_copy_is_taken_away_before_the_next_attempt(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from ceremony.engine.steps import backup

    tries: list[bytes] = []

    def failing(session: Any, key_id: bytes) -> Any:
        tries.append(key_id)
        if len(tries) > 1:
            return lock(session, key_id)
        second = Module.load("softhsm").sessions[1]
        second.one("PRIVATE_KEY", key_id).destroy()
        raise CeremonyError("The token did not answer.", code="TOKEN-FAULT")

    monkeypatch.setattr(backup, "lock", failing)
    house.people.answers["choose", "backup"] = lambda request: "try-again"
    assert house.hold("generation").closed
    (outcome,) = house.events("key-backed-up")
    assert outcome.facts[0].name == "transport_key"
    assert house.failed() == set()


def test_a_second_token_that_goes_away_can_come_back(house: House, tmp_path: Path) -> None:
    aside = tmp_path / "aside"
    places: list[Path] = []

    def pull(request: Any) -> None:
        for path in list((tmp_path / "softhsm").rglob("token.object")):
            if b"PRACTICE VAULT" in path.read_bytes() and not places:
                places.append(path.parent)
                shutil.move(path.parent, aside)

    def put_back(request: Any) -> str:
        shutil.move(aside, places[0])
        return "try-again"

    house.people.answers["review", "backup"] = pull
    house.people.answers["choose", "backup"] = put_back
    assert house.hold("generation").closed
    assert fault_of(house).code == "TOKEN-SECOND-LOST"
    assert [gone.label for gone in house.events("token-gone")] == ["PRACTICE VAULT"]
    assert house.failed() == set()


def test_a_backup_that_is_gone_is_not_called_tested(house: House) -> None:
    assert house.hold("generation").closed
    with house.opened("VAULT") as second:
        destroy_key(second, root_key(house))
        assert absent(second, root_key(house), "root")
    house.again()
    assert not house.hold("end").closed
    assert house.events("restore-tested", 2) == []
    assert "not on the token" in fault_of(house, 2).headline


def test_another_key_in_the_place_of_the_backup_is_found_out(house: House) -> None:
    assert house.hold("generation").closed
    with house.opened("VAULT") as second:
        destroy_key(second, root_key(house))
        second.generate_key("root", root_key(house), "p-256")
    house.again()
    assert not house.hold("end").closed
    assert fault_of(house, 2).code == "KEY-DIFFERS"
    assert house.events("restore-tested", 2) == []


def test_a_token_that_never_received_the_key_is_not_tested(house: House) -> None:
    assert house.hold("generation").closed
    house.edit("end.yaml", "vault: {label: VAULT}", "vault: {label: ATTIC}")
    attic = "pin of PRACTICE ATTIC"
    from ceremony.secret import Secret

    Module.load("softhsm").initialise("PRACTICE ATTIC", Secret("so-pin-of-attic"), Secret(attic))
    house.again()
    assert not house.hold("end").closed
    assert fault_of(house, 2).code == "RESTORE-UNKNOWN"
