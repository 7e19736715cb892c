"""Approvals with keys of people's own: whose key, which certificate, which token; with real tokens.

That fewer than are needed do nothing, whatever they come with, is shown by test_one_too_few.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ceremony.errors import CeremonyError
from ceremony.token.module import Module
from ceremony.verify.archive import verify_path
from tests.custody_rules.house import Signers, swap_tokens
from tests.house.credentials import certificate
from tests.house.people import pin_of


def signs(house: Signers) -> int:
    return len(house.events("signature-intended"))


def test_two_custodians_with_tokens_of_their_own_sign_once(house: Signers, monkeypatch: pytest.MonkeyPatch) -> None:
    from ceremony.engine import signing

    original, again = signing.sign_approved, []

    def twice(*args: Any, **rest: Any) -> bytes:
        signature = original(*args, **rest)
        with pytest.raises(CeremonyError) as caught:
            original(*args, **rest)
        again.append(caught.value.code)
        return signature

    monkeypatch.setattr(signing, "sign_approved", twice)
    assert house.hold("short").closed
    assert again == ["APPROVAL-DIGEST"]
    assert [said.method for said in house.events("approved")] == ["signed", "signed"]
    assert signs(house) == 1
    assert all(verdict.proved for verdict in verify_path(house.archive))


def test_a_key_that_two_people_share_counts_once(bare: Signers) -> None:
    shared = ec.generate_private_key(ec.SECP256R1())
    for person in ("agus", "dewi"):
        bare.copied_token_of(person, shared)
    for person in ("rini", "bambang", "siti"):
        bare.token_of(person)
    assert not bare.hold("short").closed
    assert bare.codes() == ["APPROVAL-DIGEST"]
    assert len(bare.events("approved")) == 2
    assert signs(bare) == 0


def test_who_types_the_word_and_has_not_the_pin_approves_nothing(house: Signers) -> None:
    house.people.answers["secret", "sign-root"] = lambda request: (
        "a guess" if "DEWI" in request.name else pin_of("credential-pin:AGUS")
    )
    assert not house.hold("short").closed
    assert [said.person for said in house.events("approved")] == ["agus"]
    assert len(house.events("pin-refused", step="sign-root")) == 3
    assert signs(house) == 0


def test_who_refuses_stops_it(house: Signers) -> None:
    house.people.answers["approve", "sign-root"] = lambda request: request.person != "Dewi Lestari"
    assert not house.hold("short").closed
    assert house.codes() == ["APPROVAL-REFUSED"]
    assert signs(house) == 0


def test_custodians_who_did_not_come_cannot_be_done_without(house: Signers) -> None:
    house.people.answers["confirm", "roll"] = lambda request: request.person not in ("Dewi Lestari", "Bambang Prakoso")
    assert not house.hold("short").closed
    assert house.codes() == ["QUORUM-ABSENT"]
    assert not house.events("key-made")


def test_an_approval_of_a_first_attempt_does_not_serve_the_second(house: Signers) -> None:
    decisions = iter(["try-again", "abort"])
    tries: list[str] = []

    def once(request: Any) -> bool:
        tries.append(request.person)
        return len(tries) != 2 and len(tries) != 4

    house.people.answers["approve", "sign-root"] = once
    house.people.answers["choose", "sign-root"] = lambda choice: next(decisions)
    assert not house.hold("short").closed
    assert [(said.person, said.attempt) for said in house.events("approved")] == [("agus", 1), ("agus", 2)]
    assert signs(house) == 0


CREDENTIALS: list[tuple[str, dict[str, Any]]] = [
    ("it expired", {"starts": -40, "days": 30}),
    ("it is not valid yet", {"starts": 2, "days": 30}),
    ("its key is for encryption", {"usages": ("key_encipherment",)}),
    ("it is that of a CA", {"usages": ("digital_signature", "key_cert_sign"), "ca": True}),
]


@pytest.mark.usefixtures("unlooked")
@pytest.mark.parametrize("wanted", [wanted for _, wanted in CREDENTIALS], ids=[name for name, _ in CREDENTIALS])
def test_a_certificate_that_cannot_serve_approves_nothing(bare: Signers, wanted: dict[str, Any]) -> None:
    for person in ("rini", "agus", "bambang", "siti"):
        bare.token_of(person)
    bare.token_of("dewi", **wanted)
    assert not bare.hold("short").closed
    assert bare.codes() == ["CREDENTIAL-UNFIT"]
    assert [said.person for said in bare.events("approved")] == ["agus"]
    assert bare.events("token-closed")[-1].label == "SMALL"
    assert signs(bare) == 0


def test_a_certificate_for_content_commitment_alone_serves(bare: Signers) -> None:
    for person in ("rini", "agus", "bambang", "siti"):
        bare.token_of(person)
    bare.token_of("dewi", usages=("content_commitment",))
    assert bare.hold("short").closed


@pytest.mark.usefixtures("unlooked")
def test_tokens_that_were_swapped_approve_nothing(house: Signers) -> None:
    swap_tokens(house)
    assert not house.hold("short").closed
    assert house.codes() == ["CREDENTIAL-CERTIFICATE"]
    assert not house.events("approved")


def test_a_certificate_over_another_key_than_the_tokens_approves_nothing(bare: Signers) -> None:
    for person in ("rini", "agus", "bambang", "siti"):
        bare.token_of(person)
    stranger = certificate(ec.generate_private_key(ec.SECP256R1()), name="Dewi Lestari")
    with bare.opened("DEWI", new=True) as session:
        key_id = session.random(16)
        session.generate_key("dewi", key_id, "p-256")
        session.store_certificate("dewi", key_id, stranger)
    bare.name_credential("dewi", stranger)
    assert not bare.hold("short").closed
    assert bare.codes() == ["CREDENTIAL-KEY"]
    assert signs(bare) == 0


def test_a_token_that_goes_away_stops_its_holder_and_leaves_the_ceremonys_open(
    house: Signers, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ceremony.engine.credentials import OpenCredential
    from ceremony.token.faults import TokenLost

    original, lost = OpenCredential.sign, []

    def once(self: Any, octets: bytes) -> bytes:
        if not lost:
            lost.append(self.session.token.label)
            raise TokenLost(
                "The token is gone.", detail="CKR_DEVICE_REMOVED.", not_done="It signed nothing.", next_step="Look."
            )
        return original(self, octets)

    monkeypatch.setattr(OpenCredential, "sign", once)
    house.people.answers["choose", "sign-root"] = lambda choice: "try-again"
    assert house.hold("short").closed
    assert house.codes() == ["CREDENTIAL-GONE"]
    assert not house.events("token-gone")
    assert [data.label for data in house.events("token-found")].count("SMALL") == 1


def test_practice_makes_credentials_and_goes_the_same_way(house: Signers) -> None:
    from ceremony.engine.performance import perform
    from ceremony.engine.tokens import PracticeTokens
    from ceremony.room.clock import Clock

    plan = house.plan("short", "practice")
    tokens = PracticeTokens(plan, Module.load("softhsm"))
    assert perform(plan, house.people, archive=house.archive, clock=Clock(), tokens=tokens).closed
    assert [said.method for said in house.events("approved")] == ["signed", "signed"]
    assert all(verdict.proved for verdict in verify_path(house.archive))
