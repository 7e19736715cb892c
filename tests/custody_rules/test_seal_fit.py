"""SEAL-FIT: in production the seal's certificate is good for it at the close, and names who seals; the engine asks."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ceremony.pki.credential import why_unfit
from ceremony.verify.archive import verify_path
from ceremony.verify.verdict import Check
from tests.custody_rules.forging import Owner
from tests.custody_rules.house import CUSTODY, Signers
from tests.house.credentials import certificate

KEY = ec.generate_private_key(ec.SECP256R1())
CLIENT, MAIL, DOCUMENTS, ANY = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "2.5.29.37.0"
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("expired", {"starts": -40, "days": 30}, "It expired at"),
    ("not-yet", {"starts": 2, "days": 30}, "It is not valid before"),
    ("ca", {"ca": True, "usages": ("digital_signature", "key_cert_sign")}, "of a CA, not of a person"),
    ("usage", {"usages": ("key_encipherment",)}, "not for signatures but for keyEncipherment"),
    ("purpose", {"purposes": (CLIENT,)}, "not to sign what a person says but for 1.3.6.1.5.5.7.3.2"),
    ("somebody-else", {"name": "Agus Santoso"}, "Its subject is Agus Santoso, and not Rini Wulandari"),
    ("nobody", {"name": "", "organisation": "Small CA"}, "Its subject is without a common name"),
    ("practice", {"name": "Rini Wulandari (PRACTICE)"}, "It is one of practice"),
]
IDS = [item[0] for item in BAD]


def checks(house: Signers, rule: str) -> list[Check]:
    return [check for verdict in verify_path(house.archive) for check in verdict.checks if check.id == rule]


@pytest.mark.parametrize(("wanted", "said"), [item[1:] for item in BAD], ids=IDS)
def test_a_certificate_that_cannot_seal_says_why(wanted: dict[str, Any], said: str) -> None:
    named = {"name": "Rini Wulandari", **wanted}
    assert said in why_unfit(certificate(KEY, **named), datetime.now(UTC), "Rini Wulandari")


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": "RINI  WULANDARI"},
        {"purposes": (MAIL,)},
        {"purposes": (DOCUMENTS, CLIENT)},
        {"purposes": (ANY,)},
        {"usages": ("content_commitment", "key_encipherment")},
    ],
    ids=["in capitals", "mail", "documents", "anything", "non-repudiation"],
)
def test_one_that_can_is_taken(wanted: dict[str, Any]) -> None:
    named = {"name": "Rini Wulandari", **wanted}
    assert why_unfit(certificate(KEY, **named), datetime.now(UTC), "Rini Wulandari") == ""


@pytest.mark.parametrize("wanted", [item[1] for item in BAD], ids=IDS)
def test_a_seal_with_such_a_certificate_fails(held_rules: Path, tmp_path: Path, wanted: dict[str, Any]) -> None:
    """All keys in hand: the people file names the certificate, and everything is signed and sealed with its key."""
    forger = Owner(Path(shutil.copytree(held_rules / "archive/0001-generation", tmp_path / "0001-generation")))
    named = {"name": "Rini Wulandari", **wanted}
    forger.certificates["rini"] = certificate(forger.keys["rini"], **named)
    assert "SEAL-FIT" in forger.failed()


def test_a_good_seal_is_proved(held_rules: Path) -> None:
    found = [check for verdict in verify_path(held_rules / "archive") for check in verdict.checks]
    assert [check.status for check in found if check.id == "SEAL-FIT"] == ["proved", "proved"]
    assert not [check for check in found if check.id == "LIMIT-SEAL-CERTIFICATE"]


@pytest.mark.usefixtures("unlooked")
@pytest.mark.parametrize(("wanted", "said"), [item[1:] for item in BAD], ids=IDS)
def test_the_engine_does_not_seal_with_it(bare: Signers, wanted: dict[str, Any], said: str) -> None:
    """As it would be where it was good in the morning: the record is not closed, and people end the ceremony."""
    bare.edit("policy.yaml", CUSTODY, "custody: {}")
    for person in ("agus", "dewi", "bambang", "siti"):
        bare.token_of(person)
    bare.token_of("rini", **wanted)
    assert not bare.hold("short").closed
    assert bare.codes() == ["CREDENTIAL-UNFIT"]
    (fault,) = [choice.fault for choice in bare.people.of("choose", "close")]
    assert said in fault.detail
    assert not bare.events("ceremony-closed")
    assert not [request for request in bare.people.of("confirm", "close") if request.word == "SEAL"]


def with_tono(bare: Signers) -> None:
    """A deputy of the administrator, who has a token and certificate of his own."""
    bare.edit("policy.yaml", CUSTODY, "custody: {}")
    bare.edit("short.yaml", "administrator: {people: [rini],", "administrator: {people: [rini], deputies: [tono],")
    people = bare.folder / "people.yaml"
    tono = "{id: tono, name: Tono Hartono, organisation: Small CA, roles: [administrator]}"
    people.write_text(f"{people.read_text().rstrip()}\n  - {tono}\n")
    for person in ("agus", "dewi", "bambang", "siti", "tono"):
        bare.token_of(person)


@pytest.mark.usefixtures("unlooked")
def test_a_deputy_seals_where_a_certificate_ended_during_the_day(bare: Signers) -> None:
    """All keys are made and all signatures given: the ceremony still has a way to its close."""
    with_tono(bare)
    bare.token_of("rini", starts=-40, days=30)

    def choose(choice: Any) -> str:
        bare.people.leave("rini", "Her certificate has expired.")
        bare.people.say("entered", {"person": "tono"})
        return "try-again"

    bare.people.answers["choose", "close"] = choose
    assert bare.hold("short").closed
    assert bare.codes() == ["CREDENTIAL-UNFIT"]
    (closed,) = bare.events("ceremony-closed")
    assert closed.sealed_by == "tono"
    assert all(verdict.proved for verdict in verify_path(bare.archive))


def test_one_that_ends_while_its_holder_reads_what_they_seal_is_not_used(
    bare: Signers, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ceremony.engine import sealing
    from ceremony.errors import CeremonyError

    bare.edit("policy.yaml", CUSTODY, "custody: {}")
    for person in ("rini", "agus", "dewi", "bambang", "siti"):
        bare.token_of(person)
    read: list[datetime] = []

    def refuse(person: Any, certificate: bytes, at: datetime, not_done: str) -> None:
        read.append(at)
        if len(read) > 2:
            raise CeremonyError("The person's certificate cannot serve here.", code="CREDENTIAL-UNFIT")

    monkeypatch.setattr(sealing, "refuse_unfit", refuse)
    assert not bare.hold("short").closed
    assert bare.codes() == ["CREDENTIAL-UNFIT"]
    assert (read[1] - read[0]) == sealing.UNTIL_THE_LAST_LINE, "it is judged a moment later, at the last line"
    assert [request.word for request in bare.people.of("confirm", "close")][-1] == "SEAL"


def test_what_the_certificate_calls_somebody_is_declared(bare: Signers) -> None:
    bare.edit("policy.yaml", CUSTODY, "custody: {}")
    for person in ("agus", "dewi", "bambang", "siti"):
        bare.token_of(person)
    bare.token_of("rini", name="WULANDARI RINI 197")
    bare.edit("people.yaml", "token_label: RINI", 'token_label: RINI, common_name: "Wulandari Rini 197"')
    assert bare.hold("short").closed
    assert all(verdict.proved for verdict in verify_path(bare.archive))


def test_another_organisation_is_told_and_refuses_nothing(bare: Signers) -> None:
    bare.edit("policy.yaml", CUSTODY, "custody: {}")
    for person in ("agus", "dewi", "bambang", "siti"):
        bare.token_of(person)
    bare.token_of("rini", organisation="Ministry of Small Affairs")
    assert bare.hold("short").closed
    assert all(verdict.proved for verdict in verify_path(bare.archive))
    (told,) = checks(bare, "LIMIT-SEAL-CERTIFICATE")
    assert told.sentence == "That Rini Wulandari is of Small CA: the seal's certificate says Ministry of Small Affairs."


def test_practice_is_not_judged(bare: Signers) -> None:
    from ceremony.engine.performance import perform
    from ceremony.engine.tokens import PracticeTokens
    from ceremony.room.clock import Clock
    from ceremony.token.module import Module

    plan = bare.plan("short", "practice")
    tokens = PracticeTokens(plan, Module.load("softhsm"))
    assert perform(plan, bare.people, archive=bare.archive, clock=Clock(), tokens=tokens).closed
    (check,) = checks(bare, "SEAL-FIT")
    assert (check.status, check.sentence) == (
        "proved",
        "A practice credential sealed it; its certificate is not judged.",
    )
