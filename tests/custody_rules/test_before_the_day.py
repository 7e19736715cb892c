"""What is refused before anybody is in the room: scripts that need too few, people without credentials or with one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from ceremony.custody.load import load_people
from ceremony.errors import InputError
from ceremony.pki.credential import why_unfit
from tests.custody_rules.house import CA, Signers
from tests.house.credentials import certificate

NOW = datetime.now(UTC)


@pytest.fixture
def house(tmp_path: Path) -> Signers:
    """The files of the CA; everybody has a credential on paper."""
    house = Signers.built(CA, tmp_path)
    for number, person in enumerate(("rini", "agus", "dewi", "bambang", "siti")):
        house.name_credential(person, bytes([number]))
    return house


def blocked(house: Signers, script: str = "short", mode: Any = "production") -> list[tuple[str, str]]:
    plan = house.plan(script, mode, lint=False)
    return [(finding.rule, finding.subject) for finding in plan.findings if finding.severity.blocks]


def without_credential(house: Signers, person: str) -> None:
    path = house.folder / "people.yaml"
    lines = [
        line.partition(", credential:")[0] + "}" if f"id: {person}," in line else line
        for line in path.read_text().splitlines()
    ]
    path.write_text("\n".join(lines) + "\n")


def test_a_script_whose_people_have_their_credentials_is_planned(house: Signers) -> None:
    assert blocked(house) == []
    assert blocked(house, "generation") == []


@pytest.mark.parametrize("person", ["agus", "bambang", "siti", "rini"])
def test_who_can_approve_or_must_attest_needs_a_credential(house: Signers, person: str) -> None:
    without_credential(house, person)
    assert blocked(house) == [("CUSTODY-CREDENTIAL", person)]
    assert blocked(house, mode="practice") == []


def test_who_only_watches_needs_none_where_nobody_attests(house: Signers) -> None:
    without_credential(house, "siti")
    house.edit("policy.yaml", "attestation: true", "attestation: false")
    assert blocked(house) == []
    without_credential(house, "dewi")
    assert blocked(house) == [("CUSTODY-CREDENTIAL", "dewi")]


@pytest.mark.parametrize(
    ("role", "attestation", "told"),
    [
        ("witness: {people: [siti]", "true", ["tono"]),
        ("witness: {people: [siti]", "false", []),
        ("administrator: {people: [rini]", "false", ["tono"]),
    ],
    ids=["who would attest", "who would only watch", "who would seal"],
)
def test_a_deputy_who_could_not_sign_is_told_of_and_blocks_nothing(
    house: Signers, role: str, attestation: str, told: list[str]
) -> None:
    house.edit("policy.yaml", "attestation: true", f"attestation: {attestation}")
    house.edit("short.yaml", role, f"{role}, deputies: [tono]")
    kind, _, _ = role.partition(":")
    path = house.folder / "people.yaml"
    tono = f"{{id: tono, name: Tono Hartono, organisation: Small CA, roles: [{kind}]}}"
    path.write_text(f"{path.read_text().rstrip()}\n  - {tono}\n")
    found = house.plan("short").findings
    assert [finding.subject for finding in found if finding.rule == "CUSTODY-CREDENTIAL"] == told
    assert blocked(house) == []


def test_where_approvals_may_be_typed_nobody_needs_a_credential(house: Signers) -> None:
    for person in ("agus", "dewi", "siti"):
        without_credential(house, person)
    house.edit("policy.yaml", "approvals: signed", "approvals: typed")
    assert blocked(house) == []


@pytest.mark.parametrize("label", ["SMALL", "VAULT"])
def test_a_token_of_the_ceremony_is_nobodys_own(house: Signers, label: str) -> None:
    house.name_credential("dewi", b"\x02", label=label)
    assert blocked(house, "generation") == [("CUSTODY-CREDENTIAL", "dewi")]


def test_without_a_quorum_in_the_policy_the_script_decides(house: Signers) -> None:
    house.edit("policy.yaml", "quorum: 2, ", "")
    house.edit("short.yaml", "needed: 2", "needed: 1")
    assert blocked(house) == []


def people(tmp_path: Path, *credentials: str) -> Path:
    lines = ["format: ceremony-people/1", "people:"]
    for number, credential in enumerate(credentials):
        who = f"id: p{number}, name: P{number}, organisation: O, roles: [custodian], credential: {{{credential}}}"
        lines.append(f"  - {{{who}}}")
    path = tmp_path / "people.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


ONE, OTHER = f'certificate_sha256: "{"a" * 64}"', f'certificate_sha256: "{"b" * 64}"'


@pytest.mark.parametrize(
    "credentials",
    [
        (f"{ONE}, token_label: A", f"{ONE}, token_label: B"),
        (f"{ONE}, token_label: A", f"{OTHER}, token_label: A"),
        (f'{ONE}, token_label: A, token_serial: "1"', f"{OTHER}, token_label: A"),
        (f"{ONE}, token_label: A, module: one", f"{OTHER}, token_label: A, module: two"),
    ],
    ids=["certificate", "token", "token-perhaps", "token-through-two-modules"],
)
def test_two_people_with_one_credential_are_refused(tmp_path: Path, credentials: tuple[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        load_people(people(tmp_path, *credentials))
    assert [finding.rule for finding in caught.value.findings] == ["PEOPLE-CREDENTIAL"]


def test_two_tokens_of_one_label_are_told_apart_by_their_serials(tmp_path: Path) -> None:
    one, other = (f'token_label: A, token_serial: "{serial}"' for serial in ("1", "2"))
    assert len(load_people(people(tmp_path, f"{ONE}, {one}", f"{OTHER}, {other}")).people.people) == 2


WEAK = rsa.generate_private_key(65537, 1024)  # noqa: S505 - it is refused
P256 = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    ("der", "said"),
    [
        (certificate(P256, starts=-40, days=30), "expired"),
        (certificate(P256, starts=2), "not valid before"),
        (certificate(P256, usages=("key_encipherment",)), "keyEncipherment"),
        (certificate(P256, ca=True), "of a CA"),
        (certificate(P256, public=ed25519.Ed25519PrivateKey.generate().public_key()), "ed25519"),
        (certificate(P256, public=WEAK.public_key()), "1024 bits"),
        (certificate(P256, public=ec.generate_private_key(ec.SECP256K1()).public_key()), "not"),
        (b"\x30\x00", "not a certificate"),
        (b"", "not a certificate"),
    ],
    ids=["expired", "not-yet", "encryption", "ca", "ed25519", "rsa-1024", "other-curve", "empty", "nothing"],
)
def test_a_certificate_that_is_no_credential_says_why(der: bytes, said: str) -> None:
    assert said in why_unfit(der, NOW, "Somebody")


@pytest.mark.parametrize("usages", [("digital_signature",), ("content_commitment",), None])
def test_a_certificate_to_sign_with_is_a_credential(usages: Any) -> None:
    der = certificate(P256, usages=usages)
    assert why_unfit(der, NOW, "Somebody") == ""
    assert "expired" in why_unfit(der, NOW + timedelta(days=31), "Somebody")
