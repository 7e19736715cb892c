"""The sentences of consent: what a person says who approves a deed or attests a record, and signs where they can."""

from __future__ import annotations

from typing import assert_never

from ceremony.custody.people import Person
from ceremony.transcript.kinds import ApprovedKind

OF_MY_OWN_WILL = (
    "I say so of my own will; where I sign it, I do so with a key that is in my sole control, and I agree that my "
    "signature binds me to it."
)
"""Consent and sole control (UU ITE article 11); who it is that speaks stands before it."""


def approval_statement(person: Person, what: ApprovedKind, name: str, digest: str) -> str:
    """What the person reads, and says, who approves a deed; `digest` is SHA-256 in hex, as `Approved` has it."""
    deed, of = _deed(what, name)
    return f"{_identity(person)} I approve that {deed}. The SHA-256 of {of} is {digest}. {OF_MY_OWN_WILL}"


def attestation_statement(person: Person) -> str:
    """What the person is asked to agree with at the close."""
    return (
        f"{_identity(person)} I was here, and this record up to its present head is complete and true as far as I saw "
        f"it. {OF_MY_OWN_WILL}"
    )


def _identity(person: Person) -> str:
    return f"I am {person.name} of {person.organisation}."


def _deed(what: ApprovedKind, name: str) -> tuple[str, str]:
    """What is done to the thing of this name, and what the digest is of."""
    match what:
        case "certificate":
            return f"certificate {name} is signed", "the bytes to be signed"
        case "crl":
            return f"CRL {name} is signed", "the bytes to be signed"
        case "request":
            return f"certification request {name} is signed", "the bytes to be signed"
        case "ocsp-response":
            return f"OCSP response {name} is signed", "the bytes to be signed"
        case "key-backup":
            return f"key {name} is copied to a backup token", "its public key"
        case "key-destruction":
            return f"key {name} is destroyed", "its public key"
        case "key-adoption":
            return f"key {name}, made before an interruption, is adopted", "its public key"
        case "key-discard":
            return f"what an interruption left of key {name} is destroyed", "its identifier"
        case "restore-test":
            return f"the backup of key {name} signs a challenge", "the challenge"
        case _:
            assert_never(what)
