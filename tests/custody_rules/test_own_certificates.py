"""Everybody's own certificate is looked at once the clock is agreed: what is wrong with it is found in the morning."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ceremony.engine.questions import LOOK_AGAIN
from ceremony.room.clock import Clock
from ceremony.token.module import Module
from ceremony.verify.archive import verify_path
from tests.custody_rules.house import CUSTODY, EVERYBODY, Signers, swap_tokens

OTHERS = tuple(person for person in EVERYBODY if person != "dewi")


def with_dewi(bare: Signers, **wanted: Any) -> Signers:
    """Everybody has a token; Dewi Lestari's certificate is as the test wants it."""
    for person in OTHERS:
        bare.token_of(person)
    bare.token_of("dewi", **wanted)
    return bare


def looked_at(house: Signers) -> list[Any]:
    """The choices about own tokens."""
    return [choice for choice in house.people.of("choose") if choice.title.startswith("The own token of")]


def choose(house: Signers, *names: str) -> None:
    """What is chosen before the step that opens the token, one after the other."""
    chosen = iter(names)
    house.people.answers["choose", "open"] = lambda choice: next(chosen)


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("expired", {"starts": -40, "days": 30}, "It expired at"),
    ("not-yet", {"starts": 2, "days": 30}, "It is not valid before"),
    ("encrypts", {"usages": ("key_encipherment",)}, "not for signatures"),
    ("ca", {"usages": ("digital_signature", "key_cert_sign"), "ca": True}, "of a CA, not of a person"),
]


@pytest.mark.parametrize(("wanted", "told"), [item[1:] for item in BAD], ids=[item[0] for item in BAD])
def test_a_certificate_that_cannot_serve_is_told_of_before_the_token_is_opened(
    bare: Signers, wanted: dict[str, Any], told: str
) -> None:
    with_dewi(bare, **wanted)
    assert not bare.hold("short").closed
    (choice,) = looked_at(bare)
    assert choice.title == "The own token of Dewi Lestari"
    assert [option.name for option in choice.options] == [LOOK_AGAIN, "without", "abort"]
    assert choice.fault.code == "CREDENTIAL-UNFIT"
    assert told in choice.fault.detail
    assert not bare.events("token-found", step="open")
    assert not bare.events("step-begun", step="open")
    (ended,) = bare.events("interrupted")
    assert told in ended.cause
    assert not {rule for rule in bare.failed() if rule.startswith("PRESENCE")}


def test_who_has_none_that_serves_goes_out_and_the_others_go_on(bare: Signers) -> None:
    with_dewi(bare, starts=-40, days=30)
    choose(bare, "without")
    assert bare.hold("short").closed
    (left,) = bare.events("person-left")
    assert left.person == "dewi"
    assert left.reason.startswith("No certificate that serves: That of Dewi Lestari")
    assert {said.person for said in bare.events("approved")} == {"agus", "bambang"}
    assert "dewi" not in {said.person for said in bare.events("attested")}
    assert all(verdict.proved for verdict in verify_path(bare.archive))


@pytest.mark.parametrize("chosen", ["without", LOOK_AGAIN])
def test_who_goes_out_while_it_is_decided_goes_out_once(bare: Signers, chosen: str) -> None:
    with_dewi(bare, starts=-40, days=30)
    bare.people.answers["choose", "open"] = lambda choice: (bare.people.leave("dewi"), chosen)[1]
    assert bare.hold("short").closed
    assert [data.reason for data in bare.events("person-left")] == ["Called away."]
    assert len(looked_at(bare)) == 1
    assert all(verdict.proved for verdict in verify_path(bare.archive))


def test_where_too_few_are_left_the_step_waits_for_them(bare: Signers) -> None:
    for person in ("rini", "agus", "siti"):
        bare.token_of(person)
    for person in ("dewi", "bambang"):
        bare.token_of(person, starts=-40, days=30)
    choose(bare, "without", "without", "abort")
    assert not bare.hold("short").closed
    (awaited,) = bare.events("quorum-awaited")
    assert (awaited.role, awaited.present, set(awaited.missing)) == ("custodian", 1, {"dewi", "bambang"})
    assert not bare.events("token-found", step="open")


def test_who_comes_back_is_looked_at_again(bare: Signers) -> None:
    with_dewi(bare, starts=-40, days=30)
    choose(bare, "without")
    bare.people.once("secret", "open", lambda: bare.people.come_back("dewi"))
    bare.people.answers["choose", "make-root"] = lambda choice: "without"
    assert bare.hold("short").closed
    assert [choice.step.id for choice in looked_at(bare)] == ["open", "make-root"]
    assert [data.person for data in bare.events("person-left")] == ["dewi", "dewi"]


def test_a_token_that_is_not_in_yet_is_put_in_and_looked_at_again(
    house: Signers, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, looks = Module.shown_certificates, []

    def late(self: Module, label: str, serial: str | None = None) -> tuple[bytes, ...]:
        looks.append(label)
        return original(self, "NOWHERE" if looks.count("DEWI") == 1 and label == "DEWI" else label, serial)

    monkeypatch.setattr(Module, "shown_certificates", late)
    choose(house, LOOK_AGAIN)
    assert house.hold("short").closed
    (choice,) = looked_at(house)
    assert choice.fault.headline == 'There is no token labelled "NOWHERE".'
    assert looks == ["RINI", "AGUS", "DEWI", "DEWI", "BAMBANG", "SITI"]  # each once, whatever steps follow
    assert not house.events("person-left")


def test_somebody_elses_token_is_not_taken_for_the_own_one(house: Signers) -> None:
    swap_tokens(house)
    choose(house, "abort")
    assert not house.hold("short").closed
    (choice,) = looked_at(house)
    assert choice.title == "The own token of Agus Santoso"
    assert choice.fault.code == "CREDENTIAL-CERTIFICATE"
    assert "holds 1 certificate; 0 of them have the SHA-256" in choice.fault.detail


def test_a_token_that_shows_nothing_without_its_pin_is_left_for_later(
    house: Signers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Module, "shown_certificates", lambda self, label, serial=None: ())
    house.people.answers["choose", "open"] = lambda choice: "unseen" if choice in looked_at(house) else None
    assert house.hold("short").closed
    assert len(looked_at(house)) == 5
    assert {choice.fault.code for choice in looked_at(house)} == {"CREDENTIAL-UNSEEN"}
    assert [data.person for data in house.events("certificate-unseen")] == list(EVERYBODY)
    assert all(verdict.proved for verdict in verify_path(house.archive))


def test_one_that_ends_today_is_told_of_and_serves(bare: Signers) -> None:
    with_dewi(bare, starts=-29, days=29)  # it ended this very second, by a clock that is an hour fast
    bare.people.answers["record", "clock"] = an_hour_behind
    bare.people.answers["choose", "clock"] = lambda choice: "reference"
    assert bare.hold("short").closed
    told = [request for request in bare.people.of("instruct", "open") if "in less than a day" in request.text]
    assert [request.acknowledge for request in told] == ["Seen"]
    (ends,) = bare.events("certificate-ends")
    assert ends.person == "dewi"
    assert f"The certificate of Dewi Lestari expires at {ends.not_after}, in less" in told[0].text
    assert not looked_at(bare)


def test_who_comes_back_while_another_one_is_looked_at_is_looked_at_before_the_step_begins(bare: Signers) -> None:
    with_dewi(bare, starts=-29, days=29)
    bare.people.answers["record", "clock"] = an_hour_behind
    bare.people.answers["choose", "clock"] = lambda choice: "reference"
    bare.people.once("confirm", "clock", lambda: bare.people.leave("agus"))
    bare.people.once("instruct", "open", lambda: bare.people.come_back("agus"))
    assert bare.hold("short").closed
    kept = [entry.data.name for entry in bare.before("open") if entry.event.kind == "artefacts-written"]
    assert kept == ["rini", "dewi", "agus", "bambang", "siti"]


def an_hour_behind(form: Any) -> dict[str, str]:
    """The reference clock says an hour less than the machine's."""
    from ceremony.room.clock import iso

    moment: datetime = Clock().machine_utc() - timedelta(hours=1)
    return {"source": "the wall", "reference": iso(moment)}


def test_where_nobody_attests_only_those_who_approve_or_seal_need_their_tokens(bare: Signers) -> None:
    bare.edit("policy.yaml", CUSTODY, "custody: {approvals: signed, quorum: 2}")
    for person in ("rini", "agus", "dewi", "bambang"):
        bare.token_of(person)
    bare.token_of("siti", starts=-40, days=30)  # the witness signs nothing
    assert bare.hold("short").closed
    assert not looked_at(bare)


def test_who_stands_in_for_the_sealer_and_has_no_key_goes_out_in_the_morning(bare: Signers) -> None:
    bare.edit("policy.yaml", CUSTODY, "custody: {}")
    bare.edit("short.yaml", "administrator: {people: [rini],", "administrator: {people: [rini], deputies: [tono],")
    people = bare.folder / "people.yaml"
    tono = "{id: tono, name: Tono Hartono, organisation: Small CA, roles: [administrator]}"
    people.write_text(f"{people.read_text().rstrip()}\n  - {tono}\n")
    bare.token_of("rini")
    bare.people.absent = {"rini"}
    choose(bare, "without")
    assert not bare.hold("short").closed
    (choice,) = looked_at(bare)
    assert (choice.step.id, choice.fault.code) == ("open", "CREDENTIAL-ABSENT")
    assert [data.person for data in bare.events("person-left")] == ["tono"]
    waited = [entry.data for entry in bare.before("inventory") if entry.event.kind == "quorum-awaited"]
    assert [data.role for data in waited] == ["administrator"]


def test_a_deputy_who_would_attest_and_has_no_key_is_not_taken_for_the_sealer(house: Signers) -> None:
    house.edit("short.yaml", "witness: {people: [siti],", "witness: {people: [siti], deputies: [tono],")
    people = house.folder / "people.yaml"
    tono = "{id: tono, name: Tono Hartono, organisation: Small CA, roles: [witness]}"
    people.write_text(f"{people.read_text().rstrip()}\n  - {tono}\n")
    house.people.absent = {"siti"}
    choose(house, "without")
    assert house.hold("short").closed
    (choice,) = looked_at(house)
    assert choice.fault.headline == "This person has no credential."
    (left,) = house.events("person-left")
    assert left.reason == (
        "No certificate that serves: The people file names no certificate and token of Tono Hartono."
    )
    assert all(verdict.proved for verdict in verify_path(house.archive))


def test_practice_looks_at_nobodys_token(house: Signers, monkeypatch: pytest.MonkeyPatch) -> None:
    from ceremony.engine.performance import perform
    from ceremony.engine.tokens import PracticeTokens

    monkeypatch.delattr(Module, "shown_certificates")
    plan = house.plan("short", "practice")
    tokens = PracticeTokens(plan, Module.load("softhsm"))
    assert perform(plan, house.people, archive=house.archive, clock=Clock(), tokens=tokens).closed
