"""A record that tells of its interruptions otherwise than they were is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.house.second_opinion import faults, look


def test_only_the_seal_breaks_when_nothing_is_forged(forger: Any) -> None:
    assert forger.failed() <= {
        "SEAL-CERTIFICATE",
        "FILES-SUMS",
        "APPROVAL-SIGNATURE",
        "APPROVAL-READ-BACK",
        "ATTESTATION",
    }


@pytest.mark.parametrize(
    ("rule", "kind", "change"),
    [
        ("RESUME-TOLD", "ceremony-resumed", {"reason": "Somebody tripped over the cable."}),
        ("RESUME-TOLD", "ceremony-resumed", {"found": []}),
        ("RESUME-TOLD", "ceremony-resumed", {"torn_octets": 7, "torn_sha256": "00" * 32}),
        ("RESUME-TOLD", "ceremony-resumed", {"removed": [{"path": "x.txt", "sha256": "00" * 32, "size": 1}]}),
        ("RESUME-ADOPTED", "key-adopted", {"key_id": "00" * 16}),
        ("RESUME-ADOPTED", "key-adopted", {"spki_sha256": "00" * 32}),
        ("RESUME-ADOPTED", "key-adopted", {"label": "OTHER"}),
    ],
)
def test_what_is_told_of_an_interruption_is_what_the_lines_show(
    forger: Any, rule: str, kind: str, change: dict[str, Any]
) -> None:
    forger.of(kind)[0]["data"] |= change
    assert rule in forger.failed()


def test_an_interruption_cannot_be_left_out(forger: Any) -> None:
    forger.remove_all("ceremony-resumed")
    assert "STEPS-TRACE" in forger.failed()


def test_an_interruption_cannot_be_made_up(forger: Any) -> None:
    """To be rid of an approval, or of an attempt that failed."""
    place = next(n for n, line in enumerate(forger.lines) if line["kind"] == "step-done" and line["step"] == "list")
    before = forger.lines[place - 1]
    data = {**forger.of("ceremony-resumed")[0]["data"], "found": []}
    outside = {"step": "", "attempt": 0, "actor": "engine"}
    forger.lines.insert(place, {**before, **outside, "kind": "ceremony-resumed", "data": data})
    assert {"STEPS-TRACE", "RESUME-TOLD"} <= forger.failed()


@pytest.mark.parametrize(
    "kind",
    ["person-present", "clock-compared", "resumption-agreed"],
)
def test_after_an_interruption_people_clock_and_agreement_are_needed(forger: Any, kind: str) -> None:
    resumed = forger.of("ceremony-resumed")[1]
    after = forger.lines.index(resumed)
    forger.remove(*[line for line in forger.lines[after:] if line["kind"] == kind])
    assert {"RESUME-PEOPLE", "STEPS-TRACE"} <= forger.failed()


def test_an_approval_from_before_the_interruption_does_not_count(forger: Any) -> None:
    """Those of the second attempt taken out; those of the first are there, and for other bytes and another attempt."""
    forger.remove(*[line for line in forger.of("approved", "sign") if line["attempt"] == 2])
    assert "APPROVAL-DIGEST" in forger.failed()


def test_a_key_that_nobody_approved_is_not_adopted(forger: Any) -> None:
    forger.remove_all("approved", "make")
    assert "RESUME-ADOPTED" in forger.failed()


def test_the_second_verifier_comes_to_the_same_result(held: Any, forger: Any) -> None:
    code, said = look(held.folder / "archive")
    assert code == 0, said
    forger.seal()
    assert faults(forger.folder) == []
    forger.remove_all("approved", "make")
    forger.seal()
    assert "0 of 2 needed approvals fit" in " ".join(faults(forger.folder))


def test_a_key_is_not_made_beside_the_adopted_one(forger: Any) -> None:
    made = forger.of("key-made")[0]
    forger.lines.insert(forger.lines.index(made) + 1, {**made, "data": dict(made["data"])})
    assert "KEY-PLANNED" in forger.failed()


def test_the_adopted_key_is_the_one_that_was_announced(forger: Any) -> None:
    forger.of("key-intended")[0]["data"]["key_id"] = "00" * 16
    assert {"RESUME-ADOPTED", "KEY-INTENT"} <= forger.failed()


def test_an_identifier_that_was_discarded_makes_no_key(forger: Any) -> None:
    made = forger.of("key-made")[0]
    said = {name: made["data"][name] for name in ("key", "key_id")} | {"label": "PRACTICE SMALL", "found": []}
    said["serial"] = forger.of("token-opened")[0]["data"]["serial"]
    forger.lines.insert(forger.lines.index(made), {**made, "kind": "key-discarded", "data": said})
    assert "RESUME-DISCARDED" in forger.failed()
