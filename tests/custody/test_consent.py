"""The sentences of consent: who speaks, what they agree to, of their own will and with a key of their own."""

from __future__ import annotations

from typing import get_args

from ceremony.custody.consent import OF_MY_OWN_WILL, approval_statement, attestation_statement
from ceremony.custody.people import Person
from ceremony.transcript.kinds import ApprovedKind, What

DIGEST = "3e1f5d1d5a6c171b5e756be9cf0dad04b9806cbdd4c17543eab91e1af4d1ad48"
DEWI = Person.model_validate(
    {"id": "dewi", "name": "Dewi Lestari", "organisation": "Small CA", "roles": ("custodian",)}
)
KINDS = (*get_args(What), "key-destruction", "key-backup", "key-adoption", "key-discard", "restore-test")


def test_every_kind_of_approval_has_a_sentence_of_its_own() -> None:
    assert set(KINDS) == {kind for part in get_args(ApprovedKind) for kind in (get_args(part) or (part,))}
    said = {approval_statement(DEWI, kind, "root-r1", DIGEST) for kind in KINDS}
    assert len(said) == len(KINDS)
    for sentence in said:
        assert sentence.startswith("I am Dewi Lestari of Small CA. I approve that ")
        assert " root-r1" in sentence
        assert f" is {DIGEST}. " in sentence
        assert sentence.endswith(OF_MY_OWN_WILL)


def test_a_destruction_in_full() -> None:
    assert approval_statement(DEWI, "key-destruction", "root-r1", DIGEST) == (
        "I am Dewi Lestari of Small CA. I approve that key root-r1 is destroyed. The SHA-256 of its public key is "
        f"{DIGEST}. I say so of my own will; where I sign it, I do so with a key that is in my sole control, and I "
        "agree that my signature binds me to it."
    )


def test_an_attestation_in_full() -> None:
    assert attestation_statement(DEWI) == (
        "I am Dewi Lestari of Small CA. I was here, and this record up to its present head is complete and true as far "
        "as I saw it. I say so of my own will; where I sign it, I do so with a key that is in my sole control, and I "
        "agree that my signature binds me to it."
    )
