"""Lies about parking, backups, tests, destructions and incidents: each is found by the rule that is there for it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ceremony.verify.archive import verify_path

Forger = Any
Lie = Callable[[Forger], None]

WITHOUT_A_LIE = {"SEAL-CERTIFICATE", "FILES-SUMS"}
"""What fails whenever the record was touched at all: nobody but the sealer can mend it."""

OURS = (
    "key-parked",
    "backup-intended",
    "key-backed-up",
    "restore-test-intended",
    "restore-tested",
    "destruction-intended",
    "key-destroyed",
)

WORDS = {
    ("incident-recorded", "what"),
    ("key-destroyed", "facts", "value"),  # of what the token answered; the others are compared
}


def named(facts: list[dict[str, str]], name: str) -> dict[str, str]:
    return next(item for item in facts if item["name"] == name)


def parked_for_another_reason(forger: Forger) -> None:
    forger.data("key-parked")["reason"] = "Nobody knows."


def parked_in_silence(forger: Forger) -> None:
    forger.remove_all("statement-confirmed", "park")


def backup_unannounced(forger: Forger) -> None:
    forger.remove_all("backup-intended")


def backup_of_another_key(forger: Forger) -> None:
    for kind in ("backup-intended", "key-backed-up"):
        forger.data(kind)["spki_sha256"] = "ab" * 32


def backup_to_another_token(forger: Forger) -> None:
    forger.data("key-backed-up")["label"] = "ATTIC"


def backup_by_one_custodian(forger: Forger) -> None:
    approvals = forger.of("approved", "backup")
    forger.lines = [line for line in forger.lines if line is not approvals[-1]]


def backup_approved_as_something_else(forger: Forger) -> None:
    for line in forger.of("approved", "backup"):
        line["data"]["what"] = "key-destruction"


def backup_unseen(forger: Forger) -> None:
    forger.remove_all("reviewed", "backup")


def backup_against_a_refusal(forger: Forger) -> None:
    approval = forger.of("approved", "backup")[-1]
    data = {"name": "root", "to_be_signed_sha256": "ab" * 32, "person": approval["data"]["person"]}
    forger.insert_after(approval, "approval-refused", data)


def never_locked(forger: Forger) -> None:
    named(forger.data("key-backed-up")["locked"], "extractable")["value"] = "true"


def lock_never_tried(forger: Forger) -> None:
    forger.data("key-backed-up")["lock_answer"] = ""


def copy_that_can_leave(forger: Forger) -> None:
    named(forger.data("key-backed-up")["restored"], "extractable")["value"] = "true"


def copy_made_there(forger: Forger) -> None:
    named(forger.data("key-backed-up")["restored"], "local")["value"] = "true"


def travelled_in_clear(forger: Forger) -> None:
    named(forger.data("key-backed-up")["facts"], "keys_wrapped_with")["value"] = "none"


def travelled_in_an_attempt_that_never_was(forger: Forger) -> None:
    forger.data("key-backed-up")["facts"] = [{"name": "wrapped", "value": "in an earlier attempt"}]


def key_left_open(forger: Forger) -> None:
    forger.remove_all("key-backed-up")


def another_challenge(forger: Forger) -> None:
    forger.data("restore-tested")["challenge"] = "ab" * 32


def short_challenge(forger: Forger) -> None:
    forger.data("restore-tested")["challenge"] = "ab"


def weaker_algorithm(forger: Forger) -> None:
    forger.data("restore-tested")["algorithm"] = "ecdsa-sha512"


def challenge_unannounced(forger: Forger) -> None:
    forger.remove_all("restore-test-intended")


def another_challenge_announced(forger: Forger) -> None:
    forger.data("restore-test-intended")["challenge"] = "ab" * 32


def challenge_approved_by_one(forger: Forger) -> None:
    approvals = forger.of("approved", "try")
    forger.lines = [line for line in forger.lines if line is not approvals[0]]


def challenge_unseen(forger: Forger) -> None:
    forger.remove_all("reviewed", "try")


def restore_test_left_out(forger: Forger) -> None:
    forger.remove_all("restore-tested")


def restore_test_on_another_token(forger: Forger) -> None:
    forger.data("restore-tested")["serial"] = "0000000000000000"


def second_token_left_open(forger: Forger) -> None:
    forger.remove_all("token-closed", "backup")


def second_token_opened_by_a_stranger(forger: Forger) -> None:
    line = forger.of("token-opened", "try")[0]
    line["actor"] = line["data"]["person"] = "siti"


def another_second_token(forger: Forger) -> None:
    forger.data("token-found", "try")["label"] = "ATTIC"


def second_token_initialised_unasked(forger: Forger) -> None:
    found = forger.of("token-found", "try")[0]
    serial = found["data"]["serial"]
    forger.insert_after(found, "token-initialised", {"label": "VAULT", "serial": serial})
    forger.insert_after(found, "token-initialising", {"label": "VAULT"})


def signed_without_the_second_token(forger: Forger) -> None:
    forger.remove_all("token-opened", "try")


GENERATION = {
    parked_for_another_reason: "PARK-KEY",
    parked_in_silence: "PARK-KEY",
    backup_unannounced: "BACKUP-INTENT",
    backup_of_another_key: "BACKUP-INTENT",
    backup_to_another_token: "BACKUP-INTENT",
    backup_by_one_custodian: "BACKUP-APPROVED",
    backup_approved_as_something_else: "BACKUP-APPROVED",
    backup_unseen: "BACKUP-APPROVED",
    backup_against_a_refusal: "BACKUP-APPROVED",
    never_locked: "BACKUP-LOCKED",
    lock_never_tried: "BACKUP-LOCKED",
    copy_that_can_leave: "BACKUP-LOCKED",
    copy_made_there: "BACKUP-LOCKED",
    travelled_in_clear: "BACKUP-LOCKED",
    travelled_in_an_attempt_that_never_was: "BACKUP-LOCKED",
    key_left_open: "BACKUP-LOCKED",
    another_challenge: "RESTORE-TEST",
    challenge_unannounced: "RESTORE-TEST",
    another_challenge_announced: "RESTORE-APPROVED",
    challenge_approved_by_one: "RESTORE-APPROVED",
    challenge_unseen: "RESTORE-APPROVED",
    short_challenge: "RESTORE-TEST",
    weaker_algorithm: "RESTORE-TEST",
    restore_test_left_out: "RESTORE-TEST",
    restore_test_on_another_token: "RESTORE-TEST",
    second_token_left_open: "TOKEN-OPEN",
    signed_without_the_second_token: "TOKEN-OPEN",
    second_token_opened_by_a_stranger: "TOKEN-SAME",
    another_second_token: "TOKEN-SAME",
    second_token_initialised_unasked: "TOKEN-NEW",
}


def destroyed_for_another_reason(forger: Forger) -> None:
    forger.data("key-destroyed")["reason"] = "Nobody knows."


def destruction_unannounced(forger: Forger) -> None:
    forger.remove_all("destruction-intended")


def another_key_destroyed(forger: Forger) -> None:
    forger.data("key-destroyed")["spki_sha256"] = "ab" * 32


def destroyed_on_another_token(forger: Forger) -> None:
    forger.data("key-destroyed")["label"] = "VAULT"


def destruction_left_out(forger: Forger) -> None:
    forger.remove_all("key-destroyed")


def destroyed_by_one_custodian(forger: Forger) -> None:
    approvals = forger.of("approved", "destroy")
    forger.lines = [line for line in forger.lines if line is not approvals[0]]


def destroyed_after_a_difference(forger: Forger) -> None:
    forger.data("reviewed", "destroy")["unequal"] = 1


def half_destroyed(forger: Forger) -> None:
    named(forger.data("key-destroyed")["facts"], "public key")["value"] = "still there"


def destroyed_earlier(forger: Forger) -> None:
    named(forger.data("key-destroyed")["facts"], "private key")["value"] = "gone after an earlier attempt"


def something_found(forger: Forger) -> None:
    named(forger.data("key-destroyed")["facts"], "found afterwards")["value"] = "private-key root"


def still_signing(forger: Forger) -> None:
    named(forger.data("key-destroyed")["facts"], "asked to sign")["value"] = "signed"


def backups_forgotten(forger: Forger) -> None:
    named(forger.data("key-destroyed")["facts"], "backups")["value"] = "none in the record"


def used_afterwards(forger: Forger) -> None:
    test = forger.of("restore-tested")[0]
    forger.insert_after(forger.of("key-destroyed")[0], "restore-tested", copy.deepcopy(test["data"]))


def more_hours(forger: Forger) -> None:
    forger.data("incident-recorded")["hours"] = 48


def later_deadline(forger: Forger) -> None:
    forger.data("incident-recorded")["deadline"] = "2099-01-01T00:00:00Z"


def known_in_the_future(forger: Forger) -> None:
    forger.data("incident-recorded").update(aware_at="2098-12-31T00:00:00Z", deadline="2099-01-01T00:00:00Z")


def late_in_silence(forger: Forger) -> None:
    forger.data("incident-recorded").update(aware_at="2020-01-01T00:00:00Z", deadline="2020-01-02T00:00:00Z")


END = {
    destroyed_for_another_reason: "DESTROY-INTENT",
    destruction_unannounced: "DESTROY-INTENT",
    another_key_destroyed: "DESTROY-INTENT",
    destroyed_on_another_token: "DESTROY-INTENT",
    destruction_left_out: "DESTROY-INTENT",
    destroyed_by_one_custodian: "DESTROY-APPROVED",
    destroyed_after_a_difference: "DESTROY-APPROVED",
    half_destroyed: "DESTROY-DONE",
    destroyed_earlier: "DESTROY-DONE",
    something_found: "DESTROY-DONE",
    still_signing: "DESTROY-DONE",
    backups_forgotten: "DESTROY-DONE",
    used_afterwards: "DESTROY-LAST",
    more_hours: "INCIDENT-TIME",
    later_deadline: "INCIDENT-TIME",
    known_in_the_future: "INCIDENT-TIME",
    late_in_silence: "INCIDENT-TIME",
}


def test_the_true_archive_is_proved(held_custody: Path) -> None:
    for verdict in verify_path(held_custody / "both"):
        assert verdict.proved, list(verdict.failed)


@pytest.mark.parametrize("name", ["generation", "end"])
def test_a_record_chained_anew_without_a_lie_lacks_only_its_seal(forger_at: Callable[[str], Forger], name: str) -> None:
    forger = forger_at(name)
    forger.lines[0]["data"]["program"] += " "
    assert forger.failed() == WITHOUT_A_LIE


@pytest.mark.parametrize("lie", GENERATION, ids=lambda lie: lie.__name__)
def test_a_lie_about_a_backup_is_found(forger_at: Callable[[str], Forger], lie: Lie) -> None:
    forger = forger_at("generation")
    lie(forger)
    assert GENERATION[lie] in forger.failed()


@pytest.mark.parametrize("lie", END, ids=lambda lie: lie.__name__)
def test_a_lie_about_an_end_is_found(forger_at: Callable[[str], Forger], lie: Lie) -> None:
    forger = forger_at("end")
    lie(forger)
    assert END[lie] in forger.failed()


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*place, index))
    else:
        yield place


@pytest.mark.parametrize("name", ["generation", "end"])
def test_a_change_of_any_of_their_fields_is_found(forger_at: Callable[[str], Forger], name: str) -> None:
    forger = forger_at(name)
    true_lines = copy.deepcopy(forger.lines)
    believed, seen = set(), 0
    for number, line in enumerate(true_lines):
        if line["kind"] not in (*OURS, "incident-recorded"):
            continue
        for place in leaves(line["data"]):
            forger.lines = copy.deepcopy(true_lines)
            target = forger.lines[number]["data"]
            for part in place[:-1]:
                target = target[part]
            value = target[place[-1]]
            target[place[-1]] = (
                value + 1 if isinstance(value, int) else value[:-1] + ("1" if value[-1:] == "0" else "0")
            )
            seen += 1
            if forger.failed() <= WITHOUT_A_LIE:
                believed.add((line["kind"], *(part for part in place if isinstance(part, str))))
    assert believed <= WORDS
    assert seen > 15
