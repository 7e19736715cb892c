"""Fewer custodians than the script needs cannot sign, destroy or back up, whatever they hand over; with real tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ceremony.canonical import sha256_hex
from ceremony.engine.credentials import credential
from ceremony.errors import CeremonyError
from ceremony.token.module import Module
from ceremony.transcript.kinds import Approved
from ceremony.verify.archive import verify_path
from tests.custody_rules.house import House, certificate, pin_of

Attack = Callable[[Any, list[Approved]], list[list[Approved]]]


def signs(house: House) -> int:
    return len(house.events("signature-intended"))


def said_anew(room: Any, said: Approved, **changes: Any) -> Approved:
    """An approval written into the record by who has the program in hand, with the head of its own line."""

    def written(head: str) -> Approved:
        return said.model_copy(update={"chain_head": head, **changes})

    return Approved.model_validate(room.record(written, actor=str(changes.get("person", said.person))).data)


def signed_with(room: Any, holder: str, said: Approved, **changes: Any) -> Approved:
    """The same with a signature that fits every word of it, made with the holder's own token and PIN."""
    with credential(room, room.plan.people[holder], "") as own:

        def written(head: str) -> Approved:
            new = said.model_copy(update={"chain_head": head, **changes})
            extra = {"credential_sha256": sha256_hex(own.der), "signature": own.sign(new.statement).hex()}
            return new.model_copy(update=extra)

        return Approved.model_validate(room.record(written, actor=str(changes.get("person", said.person))).data)


def copies(room: Any, approvals: list[Approved]) -> list[list[Approved]]:
    """What somebody can make of approvals that were given, without writing into the record."""
    first, second = approvals
    return [
        [],
        [first],
        [first, first],
        *(
            [first, second.model_copy(update=change)]
            for change in (
                {"to_be_signed_sha256": "0" * 64},
                {"name": "another"},
                {"what": "crl"},
                {"step": "another"},
                {"attempt": 2},
                {"ceremony_id": "0001-another"},
                {"plan_sha256": "0" * 64},
                {"chain_head": first.chain_head},
                {"person": "bambang"},
                {"person": "siti"},
                {"method": "typed", "credential_sha256": "", "algorithm": "", "signature": ""},
                {"signature": first.signature},
                {"credential_sha256": first.credential_sha256},
            )
        ),
    ]


def typed(room: Any, approvals: list[Approved]) -> list[list[Approved]]:
    nothing = {"method": "typed", "credential_sha256": "", "algorithm": "", "signature": ""}
    return [[approvals[0], said_anew(room, approvals[1], **nothing)]]


def moved(room: Any, approvals: list[Approved]) -> list[list[Approved]]:
    """A signature that was given at another line."""
    return [[approvals[0], said_anew(room, approvals[1])]]


def by_the_other_token(room: Any, approvals: list[Approved]) -> list[list[Approved]]:
    """Agus signs in the name of Dewi, with his certificate, and with the digest of hers."""
    first = approvals[0]
    own = signed_with(room, "agus", first, person="dewi")
    hers = said_anew(room, own, credential_sha256=approvals[1].credential_sha256)
    return [[first, own], [first, hers]]


def by_the_witness(room: Any, approvals: list[Approved]) -> list[list[Approved]]:
    return [[approvals[0], signed_with(room, "siti", approvals[0], person="siti")]]


def by_the_sealer(room: Any, approvals: list[Approved]) -> list[list[Approved]]:
    return [[approvals[0], signed_with(room, "rini", approvals[0], person="rini")]]


def by_one_alone(room: Any, approvals: list[Approved]) -> list[list[Approved]]:
    """Agus signs it once more; both are in the record and in order."""
    return [[approvals[0], signed_with(room, "agus", approvals[0])]]


def by_somebody_who_left(room: Any, approvals: list[Approved]) -> list[list[Approved]]:
    del room.state.present["dewi"]
    return [approvals]


@pytest.mark.parametrize(
    "attack",
    [copies, typed, moved, by_the_other_token, by_the_witness, by_the_sealer, by_one_alone, by_somebody_who_left],
    ids=lambda attack: attack.__name__,
)
def test_one_custodian_cannot_sign(house: House, monkeypatch: pytest.MonkeyPatch, attack: Attack) -> None:
    from ceremony.engine import signing

    original, refused, tried = signing.sign_approved, [], []

    def attacked(room: Any, session: Any, key_id: bytes, octets: Any, approvals: Any, **rest: Any) -> bytes:
        for forged in attack(room, list(approvals)):
            tried.append(forged)
            with pytest.raises(CeremonyError) as caught:
                original(room, session, key_id, octets, forged, **rest)
            refused.append(caught.value.code)
        raise CeremonyError("That was all.", code="OVER")

    monkeypatch.setattr(signing, "sign_approved", attacked)
    assert not house.hold("short").closed
    assert refused == ["APPROVAL-DIGEST"] * len(tried)
    assert tried
    assert signs(house) == 0
    assert not house.events("signed")


def test_two_custodians_with_tokens_of_their_own_sign_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_key_that_two_people_share_counts_once(bare: House) -> None:
    shared = ec.generate_private_key(ec.SECP256R1())
    for person in ("agus", "dewi"):
        bare.copied_token_of(person, shared)
    for person in ("rini", "bambang", "siti"):
        bare.token_of(person)
    assert not bare.hold("short").closed
    assert bare.codes() == ["APPROVAL-DIGEST"]
    assert len(bare.events("approved")) == 2
    assert signs(bare) == 0


def test_who_types_the_word_and_has_not_the_pin_approves_nothing(house: House) -> None:
    house.people.answers["secret", "sign-root"] = lambda request: (
        "a guess" if "DEWI" in request.name else pin_of("AGUS")
    )
    assert not house.hold("short").closed
    assert [said.person for said in house.events("approved")] == ["agus"]
    assert len(house.events("pin-refused")) == 3
    assert signs(house) == 0


def test_who_refuses_stops_it(house: House) -> None:
    house.people.answers["approve", "sign-root"] = lambda request: request.person != "Dewi Lestari"
    assert not house.hold("short").closed
    assert house.codes() == ["APPROVAL-REFUSED"]
    assert signs(house) == 0


def test_custodians_who_did_not_come_cannot_be_done_without(house: House) -> None:
    house.people.answers["confirm", "roll"] = lambda request: request.person not in ("Dewi Lestari", "Bambang Prakoso")
    assert not house.hold("short").closed
    assert house.codes() == ["QUORUM-ABSENT"]
    assert not house.events("key-made")


def test_an_approval_of_a_first_attempt_does_not_serve_the_second(house: House) -> None:
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


@pytest.mark.parametrize("wanted", [wanted for _, wanted in CREDENTIALS], ids=[name for name, _ in CREDENTIALS])
def test_a_certificate_that_cannot_serve_approves_nothing(bare: House, wanted: dict[str, Any]) -> None:
    for person in ("rini", "agus", "bambang", "siti"):
        bare.token_of(person)
    bare.token_of("dewi", **wanted)
    assert not bare.hold("short").closed
    assert bare.codes() == ["CREDENTIAL-UNFIT"]
    assert [said.person for said in bare.events("approved")] == ["agus"]
    assert bare.events("token-closed")[-1].label == "SMALL"
    assert signs(bare) == 0


def test_a_certificate_for_content_commitment_alone_serves(bare: House) -> None:
    for person in ("rini", "agus", "bambang", "siti"):
        bare.token_of(person)
    bare.token_of("dewi", usages=("content_commitment",))
    assert bare.hold("short").closed


def test_tokens_that_were_swapped_approve_nothing(house: House) -> None:
    path = house.folder / "people.yaml"
    names = {"label: AGUS}": "label: DEWI}", "label: DEWI}": "label: AGUS}"}
    lines = [
        next((line.replace(a, b) for a, b in names.items() if a in line), line) for line in path.read_text().split("\n")
    ]
    path.write_text("\n".join(lines))
    assert not house.hold("short").closed
    assert house.codes() == ["CREDENTIAL-CERTIFICATE"]
    assert not house.events("approved")


def test_a_certificate_over_another_key_than_the_tokens_approves_nothing(bare: House) -> None:
    for person in ("rini", "agus", "bambang", "siti"):
        bare.token_of(person)
    stranger = certificate(ec.generate_private_key(ec.SECP256R1()), name="dewi")
    with bare.opened("DEWI", new=True) as session:
        key_id = session.random(16)
        session.generate_key("dewi", key_id, "p-256")
        session.store_certificate("dewi", key_id, stranger)
    bare.name_credential("dewi", stranger)
    assert not bare.hold("short").closed
    assert bare.codes() == ["CREDENTIAL-KEY"]
    assert signs(bare) == 0


def test_a_token_that_goes_away_stops_its_holder_and_leaves_the_ceremonys_open(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ceremony.engine.credentials import OpenCredential
    from ceremony.token.faults import TokenLost

    original, lost = OpenCredential.sign, []

    def once(self: Any, octets: bytes) -> bytes:
        if not lost:
            lost.append(self.session.token.label)
            raise TokenLost("The token is gone.", detail="CKR_DEVICE_REMOVED.")
        return original(self, octets)

    monkeypatch.setattr(OpenCredential, "sign", once)
    house.people.answers["choose", "sign-root"] = lambda choice: "try-again"
    assert house.hold("short").closed
    assert house.codes() == ["CREDENTIAL-GONE"]
    assert not house.events("token-gone")
    assert [data.label for data in house.events("token-found")].count("SMALL") == 1


@pytest.mark.parametrize("script", ["generation", "end"])
def test_one_custodian_cannot_back_up_or_destroy(house: House, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    from ceremony.engine.steps import known_key

    if script == "end":
        assert house.hold("generation").closed
        house.again()
    original = known_key.approve_digest

    def doctored(room: Any, *args: Any, **rest: Any) -> list[Approved]:
        first, _ = original(room, *args, **rest)
        return [
            first,
            first,
            first.model_copy(update={"person": "dewi"}),
            signed_with(room, "agus", first, person="dewi"),
        ]

    monkeypatch.setattr(known_key, "approve_digest", doctored)
    assert not house.hold(script).closed
    number = 2 if script == "end" else 1
    assert house.codes(number) == ["APPROVAL-DIGEST"]
    for kind in ("backup-intended", "key-backed-up", "destruction-intended", "key-destroyed"):
        assert not house.events(kind, number)
    with house.opened("SMALL") as session:
        assert {item.object_class for item in session.inventory() if item.label == "root"} == {
            "private-key",
            "public-key",
        }


def test_an_approval_of_a_backup_does_not_destroy(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest is the same: that of the public key."""
    from ceremony.engine.approved import require_approvals
    from ceremony.engine.steps import known_key

    refused: list[str] = []

    def also(room: Any, kind: Any, name: str, digest: str, approvals: Any, **rest: Any) -> None:
        with pytest.raises(CeremonyError) as caught:
            require_approvals(room, "key-destruction", name, digest, approvals, **rest)
        refused.append(caught.value.code)
        require_approvals(room, kind, name, digest, approvals, **rest)

    monkeypatch.setattr(known_key, "require_approvals", also)
    assert house.hold("generation").closed
    assert refused == ["APPROVAL-DIGEST"]


def test_practice_makes_credentials_and_goes_the_same_way(house: House) -> None:
    from ceremony.engine.performance import perform
    from ceremony.engine.tokens import PracticeTokens
    from ceremony.room.clock import Clock

    plan = house.plan("short", "practice")
    tokens = PracticeTokens(plan, Module.load("softhsm"))
    assert perform(plan, house.people, archive=house.archive, clock=Clock(), tokens=tokens).closed
    assert [said.method for said in house.events("approved")] == ["signed", "signed"]
    assert all(verdict.proved for verdict in verify_path(house.archive))
