"""The token in a ceremony: PINs, absence, loss, strangers, and the difference between practice and production."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from ceremony.canonical import sha256_hex
from ceremony.custody.people import Person
from ceremony.engine.notices import StepChange
from ceremony.errors import CeremonyError
from ceremony.room.clock import Clock
from ceremony.script.invariants.watch import Watch
from ceremony.secret import Secret
from ceremony.token.generation import generate_pair
from ceremony.token.module import Module
from tests.house.credentials import give


def failure(small: Any) -> Any:
    return next(e.data for e in small.chain().entries if e.event.kind == "step-failed")


OWN_PIN = "31415926"


def of_their_own(request: Any) -> bool:
    """Whether somebody is asked for the PIN of their own token."""
    return bool(request.name.startswith("credential-pin"))


class TestPins:
    def test_a_wrong_pin_is_asked_again_and_recorded(self, small: Any) -> None:
        answers = iter(["31415926", "31415926", "00000000", "31415926"])
        small.officiant.answers["secret", "open"] = lambda request: (
            OWN_PIN if of_their_own(request) else "so-31415926" if "-so-pin" in request.name else next(answers)
        )
        next(answers)
        assert small.perform().closed
        assert small.kinds().count("pin-refused") == 1
        again = small.officiant.of("secret", "open")[-1]
        assert "refused" in again.warning

    def test_three_wrong_pins_fail_the_step(self, small: Any) -> None:
        small.officiant.answers["secret", "open"] = lambda request: (
            OWN_PIN
            if of_their_own(request)
            else "so-31415926"
            if "-so-pin" in request.name
            else "31415926"
            if request.again
            else "00000000"
        )
        assert not small.perform().closed
        assert small.kinds().count("pin-refused") == 3
        assert "PIN" in failure(small).headline

    def test_the_security_officer_pin_must_not_be_the_user_pin(self, small: Any) -> None:
        small.officiant.answers["secret", "open"] = lambda _: "31415926"
        assert not small.perform().closed
        assert failure(small).code == "PIN-SAME"
        assert "PRACTICE SMALL-ROOT" not in small.labels("token-initialising")

    def test_two_custodians_choose_the_two_pins(self, small: Any) -> None:
        small.perform()
        asked = [request for request in small.officiant.of("secret", "open") if not of_their_own(request)]
        chosen = [(request.person, request.name.split(":")[0]) for request in asked]
        assert chosen[:2] == [("Dewi Lestari", "token-so-pin"), ("Agus Santoso", "token-pin")]

    def test_no_pin_reaches_the_record(self, small: Any) -> None:
        small.officiant.pin = "CANARY-77531"
        outcome = small.perform()
        assert outcome.closed
        for path in Path(outcome.folder).rglob("*"):
            if path.is_file():
                assert b"CANARY" not in path.read_bytes(), path


class TestLoss:
    def test_a_token_that_is_pulled_out_can_be_put_back_and_the_step_tried_again(
        self, small: Any, softhsm: Any
    ) -> None:
        away = softhsm.folder / "away"

        def pull(_: object) -> None:
            if not away.exists():
                shutil.copytree(softhsm.tokens, away)
                for item in softhsm.tokens.iterdir():
                    shutil.rmtree(item)

        def put_back(_: object) -> str:
            for item in away.iterdir():
                shutil.copytree(item, softhsm.tokens / item.name)
            return "try-again"

        small.officiant.answers["instruct", "sub-key"] = pull
        small.officiant.answers["choose", "sub-key"] = put_back
        assert small.perform().closed
        assert "token-gone" in small.kinds()
        assert small.verdict().proved, "\n".join(small.verdict().lines())
        assert small.labels("token-opened").count("PRACTICE SMALL-ROOT") == 2, "opened, and opened again"

    def test_a_token_that_stays_away_ends_the_ceremony_in_good_order(self, small: Any, softhsm: Any) -> None:
        def pull(_: object) -> None:
            for item in softhsm.tokens.iterdir():
                shutil.rmtree(item)

        small.officiant.answers["instruct", "root-sign"] = pull
        outcome = small.perform()
        assert not outcome.closed
        assert small.kinds()[-1] == "ceremony-aborted"
        assert "signed" not in small.kinds()


class TestInventory:
    @pytest.mark.parametrize("moment", ["instruct", "review", "approve"])
    def test_a_stranger_that_appears_stops_it_before_the_next_signature(self, small: Any, moment: str) -> None:
        def plant(_: object) -> None:
            module = Module.load("softhsm")
            if module.sessions[0].find_key_label("stranger") is None:
                module.sessions[0].generate_key("stranger", b"\x01\x02", "p-256")

        small.officiant.answers[moment, "sub-sign"] = plant
        assert not small.perform().closed
        assert failure(small).code == "TOKEN-STRANGER"
        assert "private-key stranger (id 0102)" in failure(small).detail
        assert small.kinds().count("signature-intended") == 1, "only that of the root, before"
        assert not small.verdict().failed, "\n".join(small.verdict().lines())

    def test_a_second_key_under_the_identifier_of_the_first_is_a_stranger(self, small: Any) -> None:
        def double(_: object) -> None:
            session = Module.load("softhsm").sessions[0]
            known = session.find_key_label("root")
            generate_pair(session.raw, "root", known.key_id, "p-256", backup=False)

        small.officiant.answers["instruct", "sub-sign"] = double
        assert not small.perform().closed
        assert failure(small).code == "TOKEN-STRANGER"
        assert small.kinds().count("signature-intended") == 1

    def test_a_stranger_that_comes_after_the_last_act_is_found_by_the_inventory(self, small: Any) -> None:
        def plant(notice: Any) -> None:
            if isinstance(notice, StepChange) and notice.step_id == "inventory" and not planted:
                planted.append(Module.load("softhsm").sessions[0].generate_key("stranger", b"\x01\x02", "p-256"))

        planted: list[Any] = []
        small.officiant.notice = plant
        assert not small.perform().closed
        assert planted
        assert failure(small).code == "INVENTORY"
        assert "stranger" in failure(small).detail

    def test_a_key_label_that_is_taken_is_refused_before_anything_is_made(self, small: Any) -> None:
        def plant(_: object) -> None:
            Module.load("softhsm").sessions[0].generate_key("sub", b"\x01\x02", "p-256")

        small.officiant.answers["instruct", "sub-key"] = plant
        assert not small.perform().closed
        assert failure(small).code == "KEY-LABEL"
        intended = [e.data.key for e in small.chain().entries if e.event.kind == "key-intended"]
        assert intended == ["root"]


class TestProduction:
    @pytest.fixture
    def production(self, small: Any) -> Any:
        """The small CA with a real credential of the sealer, in a token of her own, named by the people file."""
        module = Module.load("softhsm")
        module.initialise("RINI", Secret("so-271828"), Secret("27182818"))
        with module.open(module.find("RINI"), Secret("27182818")) as session:
            person = Person(id="rini", name="Rini Wulandari", organisation="Small CA", roles=("administrator",))
            der = give(session, person, Clock().machine_utc())
        credential = f", credential: {{certificate_sha256: '{sha256_hex(der)}', token_label: RINI}}"
        small.edit("people.yaml", "roles: [administrator]", f"roles: [administrator]{credential}")
        small.officiant.answers["secret", "close"] = lambda _: "27182818"
        return small

    def test_it_closes_under_the_credential_that_the_people_file_names(self, production: Any) -> None:
        outcome = production.perform("production")
        assert outcome.closed, outcome.fault
        assert production.verdict().proved, "\n".join(production.verdict().lines())
        certificate = x509.load_der_x509_certificate((Path(outcome.folder) / "certificates/root.der").read_bytes())
        assert "PRACTICE" not in certificate.subject.rfc4514_string()
        assert production.chain().entries[0].data.mode == "production"

    def test_a_credential_that_is_not_the_named_one_cannot_seal(
        self, production: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ceremony.engine.boundary.introduce", lambda room: None)
        monkeypatch.setattr(Watch, "refuses", lambda watch, entry: ())  # it would not let a step begin without it
        people = (production.folder / "people.yaml").read_text()
        digest = people.split("certificate_sha256: '")[1][:64]
        production.edit("people.yaml", digest, "0" * 64)
        assert not production.perform("production").closed
        assert failure(production).code == "CREDENTIAL-CERTIFICATE"

    def test_a_plan_whose_sealer_has_no_credential_is_not_performed_in_production(self, small: Any) -> None:
        with pytest.raises(CeremonyError) as caught:
            small.perform("production")
        assert caught.value.code == "PLAN-ERRORS"
        (finding,) = caught.value.findings
        assert (finding.rule, finding.subject) == ("CUSTODY-CREDENTIAL", "rini")
        assert not any(small.archive.glob("*"))

    def test_a_practice_token_cannot_serve_in_production(self, production: Any) -> None:
        production.edit("script.yaml", "SMALL-ROOT", "PRACTICE SMALL-ROOT")
        assert not production.perform("production").closed
        assert failure(production).code == "TOKEN-PRACTICE"

    def test_a_rehearsal_never_opens_the_token_that_the_script_names(self, small: Any) -> None:
        module = Module.load("softhsm")
        module.initialise("SMALL-ROOT", Secret("so-31415926"), Secret("31415926"))
        assert small.perform().closed
        assert small.labels("token-opened") == ["PRACTICE rini", "PRACTICE SMALL-ROOT", "PRACTICE rini"]
        with module.open(module.find("SMALL-ROOT"), Secret("31415926")) as session:
            assert session.inventory() == ()

    def test_a_token_that_must_be_new_is_refused_when_its_label_is_taken(self, production: Any) -> None:
        Module.load("softhsm").initialise("SMALL-ROOT", Secret("so-31415926"), Secret("31415926"))
        assert not production.perform("production").closed
        assert "already" in failure(production).headline


def test_a_quorum_that_is_not_met_at_the_roll_call_stops_everything(small: Any) -> None:
    small.officiant.answers["confirm", "roll"] = lambda request: request.person in {"Rini Wulandari", "Agus Santoso"}
    assert not small.perform().closed
    assert failure(small).code == "QUORUM-ABSENT"
    assert "token-opened" not in small.kinds("open")


def test_the_deputy_acts_and_approves_where_the_first_custodian_is_absent(small: Any) -> None:
    small.officiant.answers["confirm", "roll"] = lambda request: request.person != "Agus Santoso"
    assert small.perform().closed
    approvers = {e.data.person for e in small.chain().entries if e.event.kind == "approved"}
    assert approvers == {"dewi", "budi"}
    assert small.verdict().proved, "\n".join(small.verdict().lines())


def test_approvals_for_other_bytes_another_step_or_one_person_twice_do_not_sign(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ceremony.engine import signing
    from ceremony.errors import CeremonyError

    original = signing.sign_approved
    refused: list[str] = []

    def attack(room: Any, *args: Any, **rest: Any) -> bytes:
        approvals = list(room.approvals.unspent)
        first = approvals[0]
        for forged in (
            [],
            [first],
            [first, first],
            [first, approvals[1].model_copy(update={"to_be_signed_sha256": "0" * 64})],
            [first, approvals[1].model_copy(update={"step": "other"})],
            [first, approvals[1].model_copy(update={"attempt": 2})],
            [first, approvals[1].model_copy(update={"ceremony_id": "another"})],
            [first, approvals[1].model_copy(update={"plan_sha256": "0" * 64})],
        ):
            room.approvals.unspent = forged
            try:
                original(room, *args, **rest)
            except CeremonyError as error:
                refused.append(error.code)
        room.approvals.unspent = approvals
        return original(room, *args, **rest)

    monkeypatch.setattr(signing, "sign_approved", attack)
    assert small.perform().closed
    assert refused == ["APPROVAL-DIGEST"] * 16
    assert small.kinds().count("signature-intended") == 2


def test_the_practice_credential_says_practice_and_is_short_lived(small: Any) -> None:
    folder = Path(small.perform().folder)
    certificate = x509.load_der_x509_certificate((folder / "inputs/seal-certificate.der").read_bytes())
    assert "(PRACTICE)" in certificate.subject.rfc4514_string()
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc < timedelta(days=31)
    assert certificate.public_bytes(serialization.Encoding.DER) == (folder / "inputs/seal-certificate.der").read_bytes()


def test_a_key_is_not_made_where_the_token_cannot_sign_what_it_is_for(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ceremony.errors import CeremonyError
    from ceremony.token.session import Session

    require = Session.require

    def no_ecdsa(self: Session, algorithm: str) -> None:
        if algorithm == "ecdsa-sha256":
            raise CeremonyError(
                "The token cannot do ecdsa-sha256.", not_done="No key was made.", code="TOKEN-MECHANISM"
            )
        require(self, algorithm)

    monkeypatch.setattr(Session, "require", no_ecdsa)
    assert not small.perform().closed
    assert "cannot do ecdsa-sha256" in failure(small).headline
    assert "key-intended" not in small.kinds()
