"""The gate alone, without tokens and files: told lines of a record, asked whether a deed is approved."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from ceremony.custody.consent import approval_statement
from ceremony.engine.approval_ledger import ApprovalLedger
from ceremony.errors import CeremonyError
from ceremony.script.plan import Plan
from ceremony.transcript import kinds
from ceremony.transcript.event import GENESIS, Event

DIGEST = "ab" * 32
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROOT = kinds.SignatureIntended(
    what="certificate",
    name="root",
    to_be_signed_sha256=DIGEST,
    signer_key="root",
    key_id="0a",
    algorithm="ecdsa-sha256",
)
ELSEWHERE = {"key": "root", "key_id": "0a", "label": "SMALL-ROOT", "serial": "1"}


@dataclass
class Record:
    """Lines as a journal tells them, and the ledger that hears them."""

    plan: Plan
    ledger: ApprovalLedger = field(init=False)
    head: str = GENESIS
    present: set[str] = field(default_factory=lambda: {"rini", "agus", "dewi", "budi", "siti"})
    step: str = "root-sign"
    attempt: int = 1

    def __post_init__(self) -> None:
        self.ledger = ApprovalLedger(self.plan, "1")

    def write(self, data: kinds.EventData, actor: str = "engine") -> None:
        event = Event(1, self.head, "", 1, self.step, self.attempt, actor, data.kind, data.model_dump(mode="json"))
        self.ledger.hear(event, data)
        self.head = event.head()

    def approve(self, person: str, **changes: Any) -> None:
        """A typed approval of the root's signature, as the engine would write it; but for the changes."""
        said = {"what": "certificate", "name": "root", "to_be_signed_sha256": DIGEST} | changes
        words = approval_statement(self.plan.people[person], said["what"], said["name"], said["to_be_signed_sha256"])
        place = {"ceremony_id": "1", "step": self.step, "attempt": self.attempt, "plan_sha256": self.plan.sha256}
        rest = {"chain_head": self.head, "person": person, "statement": words, "method": "typed"}
        self.write(kinds.Approved.model_validate({**place, **rest, **said}), actor=person)

    def refused(self, deed: Any = ROOT) -> str:
        """What is said of the deed here and now; empty where it is approved."""
        try:
            self.ledger.require(deed, self.step, self.attempt, self.present, NOW)
        except CeremonyError as error:
            if error.code != "APPROVAL-DIGEST":
                raise
            return error.detail
        return ""


@pytest.fixture
def record(small: Any) -> Record:
    """Nothing is approved in it; two must approve."""
    return Record(small.plan())


def test_two_who_approve_are_enough_and_one_is_not(record: Record) -> None:
    assert record.refused() == f"0 of 2 approvals fit SHA-256 {DIGEST}."
    record.approve("agus")
    record.approve("agus")
    assert record.refused() == f"1 of 2 approvals fit SHA-256 {DIGEST}."
    record.approve("dewi")
    assert not record.refused()


@pytest.mark.parametrize(
    "change",
    [
        {"what": "request"},
        {"name": "sub"},
        {"to_be_signed_sha256": "cd" * 32},
        {"ceremony_id": "2"},
        {"plan_sha256": "0" * 64},
        {"step": "sub-sign"},
        {"attempt": 2},
        {"chain_head": "0" * 63 + "1"},
        {"statement": "I am Dewi Lestari."},
        {"method": "signed"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_approval_that_differs_in_anything_does_not_count(record: Record, change: dict[str, Any]) -> None:
    record.approve("agus")
    record.approve("dewi", **change)
    assert record.refused() == f"1 of 2 approvals fit SHA-256 {DIGEST}."


@pytest.mark.parametrize("person", ["rini", "siti"])
def test_whose_step_it_is_not_approves_nothing(record: Record, person: str) -> None:
    record.approve("agus")
    record.approve(person)
    assert record.refused()


def test_who_is_not_in_the_room_approves_nothing_and_who_goes_out_takes_it_along(record: Record) -> None:
    record.approve("agus")
    record.approve("dewi")
    record.present.remove("dewi")
    assert record.refused()
    record.present.add("dewi")
    assert not record.refused()
    record.write(kinds.PersonLeft(person="dewi", reason="A call."))
    assert record.refused()


def test_what_was_approved_serves_one_deed_in_one_attempt(record: Record) -> None:
    record.approve("agus")
    record.approve("dewi")
    record.write(kinds.Note(text="Something else."))
    assert not record.refused()
    record.write(ROOT)
    assert record.refused() == f"0 of 2 approvals fit SHA-256 {DIGEST}."
    record.approve("agus")
    record.approve("dewi")
    assert not record.refused()
    record.attempt = 2
    assert record.refused()
    record.attempt = 1
    record.write(kinds.StepBegun(number=7, step_kind="self-sign", title="", redoes=0))
    assert record.refused()


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        (kinds.BackupIntended(**ELSEWHERE, spki_sha256=DIGEST), {"what": "key-backup"}),
        (kinds.DestructionIntended(key="root", key_id="0a", spki_sha256=DIGEST), {"what": "key-destruction"}),
        (kinds.KeyAdopted(**ELSEWHERE, spki_sha256=DIGEST), {"what": "key-adoption"}),
    ],
    ids=lambda each: getattr(each, "kind", ""),
)
def test_what_befalls_a_key_is_approved_as_that_alone_and_spends_it(
    record: Record, deed: Any, said: dict[str, str]
) -> None:
    record.approve("agus")
    record.approve("dewi")
    assert record.refused(deed)
    record.approve("agus", **said)
    record.approve("dewi", **said)
    assert not record.refused(deed)
    record.write(deed)
    assert record.refused(deed)


def test_what_the_plan_does_not_have_in_this_step_is_signed_by_nobody(record: Record) -> None:
    other = ROOT.model_copy(update={"what": "request"})
    for person in ("agus", "dewi"):
        record.approve(person, what="request")
        record.approve(person)
    assert record.refused(other) == "The plan has nothing of the kind in step root-sign."
    assert not record.refused()
    for record.step in ("sub-sign", "nowhere", ""):
        assert record.refused().startswith("The plan has nothing of the kind in step")
