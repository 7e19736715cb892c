"""What people say, word for word: the program asks for it, and the verifier knows it again."""

from __future__ import annotations

from collections.abc import Iterable

from ceremony.custody.people import Person

AGAIN = "I am here again after the interruption."
SEAL = (
    "This record is complete and true as far as I saw it. I seal it with my own key, in my sole control, "
    "and I agree that the seal binds me to it."
)
"""What the sealer states (UU ITE article 11: identity, consent, sole control)."""

SEAL_EARLY = f"This ceremony ended early. {SEAL}"
"""The same of a record that people ended before its close."""


def present_statement(person: Person, role: str, duty: str, for_name: str = "") -> str:
    """At the roll-call, or coming in late; `for_name` is the name of whom a deputy stands in for."""
    place = f" in the place of {for_name}" if for_name else ""
    return f"I am {person.name} of {person.organisation}. I am present as {role}{place}: {duty.rstrip('.')}."


def again_statement(person: Person) -> str:
    """After an interruption."""
    return f"I am {person.name} of {person.organisation}. {AGAIN}"


def back_statement(person: Person) -> str:
    """After a break."""
    return f"I am {person.name}. I am back in the room, and saw nobody open a bag or touch the token."


def token_statement(purpose: str, label: str, serial: str) -> str:
    """Before the PIN of a token: it is the one that the script names. `purpose` is that of `token-found`."""
    which = "second token" if purpose == "backup" else "token"
    return f"This is the {which} {label} with serial number {serial}."


def environment_statement(names: Iterable[str]) -> str:
    """Where variables of the environment could redirect the token module."""
    return (
        f"These variables are set and could redirect the token module: {', '.join(names)}. "
        "We know why each of them is set."
    )


def module_statement(others: Iterable[tuple[str, str, str]]) -> str:
    """After an interruption, where tokens are reached by other modules: labels, and the SHA-256 before it and now."""
    changed = "; ".join(f"{label} by {now}, before by {was}" for label, was, now in others)
    return (
        f"Another PKCS#11 module than before the interruption is at work (SHA-256): {changed}. "
        "I know why, and I agree to go on with it."
    )


def clock_statement(agreed: str) -> str:
    """The clock that people agree on, at the moment of the comparison."""
    return f"The agreed clock is {agreed}. It dates what is signed today."


def parking_statement(key: str, reason: str) -> str:
    """Before a key is parked."""
    return f"The key {key} stays on the token without a certificate, on purpose: {reason}"


def destruction_statement(key: str, label: str, backups: Iterable[str], certificates: Iterable[str]) -> str:
    """Before a key is destroyed: what cannot be taken back, and what it does not reach."""
    statement = f"Key {key} on token {label} is to be destroyed. Nothing brings it back from there."
    held, valid = "; ".join(backups), ", ".join(certificates)
    if held:
        statement += f" It goes on to exist on: {held}."
    if valid:
        statement += f" Its certificates are still valid: {valid}."
    return statement


def inventory_statement(objects: int) -> str:
    """After the token's inventory."""
    return f"The token holds {objects} objects, each explained by the record, and nothing else."


AFTER_THIS = "it was decided to end the ceremony after this: "


def given_up_after(headline: str) -> str:
    """Why a ceremony ends early, where people decided so after a fault."""
    return f"{AFTER_THIS}{headline.rstrip('.')}"


def counts_statement(keys: int, signatures: int, deviations: int, notes: int) -> str:
    """At the close."""
    return (
        f"{keys} keys were made and {signatures} signatures given. The token is logged out. "
        f"{deviations} deviations and {notes} notes are in the record."
    )


def late_statement(hours: int, deadline: str) -> str:
    """Where an incident is recorded after its deadline."""
    return f"The deadline of {hours} hours passed at {deadline}. We go on late, and say so in the record."


def swap_statement(areas: Iterable[str]) -> str:
    """Where the machine can write its memory to a disk, before a share is shown or asked for."""
    named = ", ".join(areas)
    return f"Swap is on ({named}), and the disk that it lies on is destroyed, or encrypted with a key that is lost."


def random_source(label: str, serial: str) -> str:
    """Where the octets of a serial number came from, as the record says it."""
    return f"C_GenerateRandom of token {label}, serial {serial}, and the system's random source"
