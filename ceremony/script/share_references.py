"""What can be refused of a script about the shares of its tokens' PINs, before anybody is called into a room."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.custody.roles import HOLDER, exclusive
from ceremony.script.key_references import Complaints, Placed
from ceremony.script.models import BackupKey, OpenToken, PinShares, RestoreTest, RollCall, Script, TokenChoice
from ceremony.script.plan import practice_label
from ceremony.strict_yaml import DataPath
from ceremony.transcript.register import Register, TokenEntry


def check_shares(script: Script, register: Register, steps: list[Placed]) -> Complaints:
    """SCRIPT-SHARES: a new PIN is split among as many as are sure to be there. SHARES-HOLDERS: of the holders of a
    token that this script opens, enough are people of this ceremony."""
    called = False
    for path, step in steps:
        called = called or isinstance(step, RollCall)
        if isinstance(step, OpenToken) and step.shares is not None:
            yield from _new(script, (*path, "shares"), step.shares, called=called)
    people = {
        person for role, duty in script.roles.items() if not exclusive(role, HOLDER) for person in duty.people
    }  # who holds a share is a custodian, also where a script calls them something else today
    for path, choice in _opened(script, steps):
        split = _split(register, choice)
        if split is None:
            continue
        shares = split.shares_of("user-pin")
        here = [person for person in shares.holders if person in people]
        if len(here) < shares.threshold:
            message = (
                f"the token {split.label} opens with {shares.threshold} of {shares.count} shares, and of their "
                f"holders ({', '.join(shares.holders)}) this script has {len(here)}"
            )
            yield "SHARES-HOLDERS", path, message


def _new(script: Script, path: DataPath, shares: PinShares, *, called: bool) -> Complaints:
    duty = script.roles.get(shares.holders)
    if duty is None:
        yield "SCRIPT-SHARES", (*path, "holders"), f"nobody holds the role {shares.holders} in this script"
        return
    why = exclusive(shares.holders, HOLDER)
    if why:
        yield "SCRIPT-SHARES", (*path, "holders"), f"who holds a share is a {HOLDER}, and no {shares.holders}: {why}"
    sure = duty.needed or len(duty.people)
    if shares.count > sure:
        message = f"{shares.count} holders must be there, and only {sure} of the role {shares.holders} are sure to be"
        yield "SCRIPT-SHARES", (*path, "count"), message
    if not called:
        message = "holders must be known to be in the room, and no roll-call step stands before this one"
        yield "SCRIPT-SHARES", (*path, "holders"), message


def _opened(script: Script, steps: list[Placed]) -> Iterator[tuple[DataPath, TokenChoice]]:
    """The tokens that are opened as they are, each with the place that says so."""
    for path, step in steps:
        if isinstance(step, OpenToken) and not step.initialise:
            yield path, script.token
        elif isinstance(step, RestoreTest) or (isinstance(step, BackupKey) and not step.initialise):
            choice = script.other_tokens.get(step.token)
            if choice is not None:
                yield (*path, "token"), choice


def _split(register: Register, choice: TokenChoice) -> TokenEntry | None:
    """What the record knows of this token's shares; in practice, of its stand-in's."""
    practice = register.mode == "practice"
    label = practice_label(choice.label) if practice else choice.label
    serial = None if practice else choice.serial
    named = [item for item in register.tokens if item.label == label and serial in (None, item.serial)]
    return named[-1] if named else None
