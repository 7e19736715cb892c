"""What the verifier says of an archive as a whole: ARCHIVE-REGISTER, ARCHIVE-ONCE and their limits."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ceremony.canonical import canonical_json
from ceremony.verify.archive import verify_path
from ceremony.verify.verdict import Check, Verdict
from tests.house.forger import another_at_the_end

RULES = ("ARCHIVE-REGISTER", "ARCHIVE-ONCE")


def of(verdict: Verdict, *rules: str) -> list[Check]:
    return [check for check in verdict.checks if check.id in (rules or RULES)]


def statuses(verdicts: list[Verdict]) -> list[list[str]]:
    return [[check.status for check in of(verdict)] for verdict in verdicts]


def change_register(folder: Path, forger_of: Callable[[Path], Any], change: Callable[[Any], None]) -> None:
    """Lie in inputs/register.json, and make everything fit the lie."""
    forger = forger_of(folder)
    path = folder / "inputs/register.json"
    register = json.loads(path.read_bytes())
    change(register)
    path.write_bytes(canonical_json(register))
    forger.inputs()
    forger.seal()


def test_every_ceremony_found_what_those_before_it_left(mixed_held: Path) -> None:
    verdicts = verify_path(mixed_held)
    assert statuses(verdicts) == [["proved", "proved"]] * 5
    assert [verdict.proved for verdict in verdicts] == [True, True, True, False, True], "only the aborted one is not"


def test_an_earlier_key_that_a_register_keeps_silent_about_is_found(
    mixed: Path, forger_of: Callable[[Path], Any]
) -> None:
    change_register(mixed / "0003-later", forger_of, lambda register: register["revocations"].append(REVOKED))
    (check,) = [check for check in of(verify_path(mixed)[2], "ARCHIVE-REGISTER") if check.status == "failed"]
    assert "revocations differ" in check.sentence
    assert check.where == "0003-later/inputs/register.json"


def test_a_rehearsal_that_never_was_is_found(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    def add(register: Any) -> None:
        register["ceremonies"].append({**register["ceremonies"][0], "folder": "0009-drill", "incident": "A drill."})

    change_register(mixed / "0005-small", forger_of, add)
    (check,) = [check for check in of(verify_path(mixed)[4], "ARCHIVE-REGISTER") if check.status == "failed"]
    assert "ceremonies differ (0009-drill)" in check.sentence


def test_a_register_in_another_form_is_found(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    path = mixed / "0005-small/inputs/register.json"
    path.write_bytes(path.read_bytes() + b"\n")
    forger = forger_of(mixed / "0005-small")
    forger.inputs()
    forger.seal()
    (check,) = of(verify_path(mixed)[4], "ARCHIVE-REGISTER")
    assert check.status == "failed"


def test_a_changed_certificate_of_an_earlier_ceremony_is_found_in_what_follows_too(mixed: Path) -> None:
    path = mixed / "0002-small/certificates/root.der"
    path.write_bytes(another_at_the_end(path.read_bytes()))
    first, changed, later, *_ = verify_path(mixed)
    assert first.proved
    assert not changed.proved
    (check,) = of(later, "ARCHIVE-REGISTER")
    assert check.status == "failed"
    assert "certificates differ (root)" in check.sentence


def test_behind_a_broken_link_nothing_is_compared_and_this_is_said(mixed: Path) -> None:
    shutil.rmtree(mixed / "0001-small")
    verdicts = verify_path(mixed)
    assert statuses(verdicts) == [["unproved", "unproved"]] * 4
    assert all("does not hold" in check.sentence for verdict in verdicts for check in of(verdict))


def test_behind_a_record_that_does_not_hold_nothing_is_compared(mixed: Path) -> None:
    record = mixed / "0001-small/transcript.jsonl"
    octets = record.read_bytes().splitlines(keepends=True)
    record.write_bytes(b"".join(octets[:3] + octets[4:]))
    verdicts = verify_path(mixed)
    assert statuses(verdicts) == [["unproved", "unproved"]] * 5


def test_a_serial_number_given_twice_is_found(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    first = forger_of(mixed / "0001-small").data("certificate-built", "sign-issuing")["serial"]
    forger = forger_of(mixed / "0005-small")
    forger.data("certificate-built", "sign-issuing")["serial"] = first
    forger.seal()
    faults = [check.sentence for check in of(verify_path(mixed)[4], "ARCHIVE-ONCE") if check.status == "failed"]
    assert faults == [f"The serial number {first} of issuing was given by root in 0001-small."]


def test_a_key_that_stands_twice_is_found(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    made = forger_of(mixed / "0002-small").data("key-made")
    forger = forger_of(mixed / "0003-later")
    forger.data("key-made").update(key="root", spki_sha256=made["spki_sha256"])
    forger.seal()
    faults = [check.sentence for check in of(verify_path(mixed)[2], "ARCHIVE-ONCE") if check.status == "failed"]
    assert "The key name root stands 2 times in the archive." in faults
    assert f"The public key {made['spki_sha256']} stands 2 times in the archive." in faults


def test_before_the_first_ceremony_there_is_nothing_for_which_anything_stands_in(
    mixed: Path, forger_of: Callable[[Path], Any]
) -> None:
    forger = forger_of(mixed / "0001-small")
    forger.lines[0]["data"]["stand_in"] = True
    forger.seal()
    (check,) = of(verify_path(mixed)[0], "ARCHIVE-REGISTER")
    assert check.status == "failed"
    assert "said to be a stand-in" in check.sentence


def test_of_a_stand_in_this_is_said_and_nothing_is_compared(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = forger_of(mixed / "0005-small")
    forger.lines[0]["data"]["stand_in"] = True
    forger.seal()
    verdict = verify_path(mixed)[4]
    (check,) = of(verdict)
    assert (check.id, check.status) == ("ARCHIVE-ONCE", "proved"), "it is no copy of another, and no more is said"
    (limit,) = of(verdict, "LIMIT-STAND-IN")
    assert limit.status == "unproved"


def test_a_lone_folder_proves_nothing_of_earlier_ceremonies(mixed_held: Path) -> None:
    (verdict,) = verify_path(mixed_held / "0003-later")
    assert of(verdict) == []
    (limit,) = of(verdict, "LIMIT-REGISTER")
    assert limit.status == "unproved"
    assert verdict.proved


REVOKED = {
    "issuer": "root",
    "serial": "1",
    "certificate": "",
    "reason": "superseded",
    "revoked_at": "2026-01-01T00:00:00Z",
    "invalid_from": "",
    "crl_profile": "arl",
    "number": "1",
    "ceremony": "0002-small",
}
