"""What can be refused of a script about the shares of its tokens' PINs, before anybody is called into a room."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.custody.roles import HOLDER, exclusive
from ceremony.script.key_references import Complaints, Placed
from ceremony.script.models import (
    BackupKey,
    OpenToken,
    PinShares,
    RenewPins,
    RestoreTest,
    RollCall,
    Script,
    SplitsPins,
    TokenChoice,
)
from ceremony.script.practice_label import practice_label
from ceremony.strict_yaml import DataPath
from ceremony.transcript.kinds.shares import Purpose
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import TokenEntry


def check_shares(script: Script, register: Register, steps: list[Placed], *, stand_in: bool) -> Complaints:
    """SCRIPT-SHARES: new PINs are split among as many as are sure to be there. SHARES-HOLDERS: of the holders of a
    token that this script opens, or whose PINs it renews, enough are people of this ceremony. SHARES-RENEW: only split
    PINs are renewed, once, and not those that this ceremony made.

    In a rehearsal over a `stand_in` nobody has cards, and nobody knows whether the PINs are split.
    """
    called = False
    for path, step in steps:
        called = called or isinstance(step, RollCall)
        if isinstance(step, SplitsPins) and step.shares is not None:
            yield from _new(script, (*path, "shares"), step.shares, called=called)
    for path, choice in opened(script, steps):
        split = split_token(register, choice)
        if split is not None:
            yield from _enough(script, path, split, "user-pin")
    yield from _renewed(script, register, steps, stand_in=stand_in)


def _renewed(script: Script, register: Register, steps: list[Placed], *, stand_in: bool) -> Complaints:
    made = {
        token_split(script, step) for _, step in steps if isinstance(step, OpenToken | BackupKey) and step.initialise
    }
    before: set[TokenChoice | None] = set()
    for path, step in steps:
        if not isinstance(step, RenewPins):
            continue
        choice = token_split(script, step)
        if choice is None or (step.token is not None and choice.label == script.token.label):
            said = "the ceremony's own; leave `token` out" if choice else "not among other_tokens"
            yield "SCRIPT-OTHER-TOKEN", (*path, "token"), f"`{step.token}` is {said}"
            continue
        split = split_token(register, choice)
        if choice in before | made:
            said = "renews them above already" if choice in before else "makes them"
            yield (
                "SHARES-RENEW",
                path,
                f"the PINs of {choice.label} are renewed, and this ceremony {said}; once is enough",
            )
        elif split is not None:
            yield from _enough(script, path, split, "so-pin")
        elif not stand_in:
            message = f"the PINs of {choice.label} are not split, by the record: people chose them, and change them"
            yield "SHARES-RENEW", path, message
        before.add(choice)


def _enough(script: Script, path: DataPath, split: TokenEntry, purpose: Purpose) -> Complaints:
    """The script has enough holders of this PIN, or of a set that may have taken its place."""
    people = {
        person for role, duty in script.roles.items() if not exclusive(role, HOLDER) for person in duty.people
    }  # who holds a share is a custodian, also where a script calls them something else today
    sets = (split.shares_of(purpose), *split.pending_of(purpose))
    if any(sum(holder in people for holder in item.holders) >= item.threshold for item in sets):
        return
    shares = sets[0]
    here = sum(holder in people for holder in shares.holders)
    does = "opens with" if purpose == "user-pin" else "takes new PINs from"
    message = (
        f"the token {split.label} {does} {shares.threshold} of {shares.count} shares"
        f"{'' if purpose == 'user-pin' else ' of its SO PIN'}, and of their holders ({', '.join(shares.holders)}) this "
        f"script has {here}"
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


def opened(script: Script, steps: list[Placed]) -> Iterator[tuple[DataPath, TokenChoice]]:
    """The tokens that are opened with the PINs that they have now, each with the place that says so.

    After its PINs are renewed a token opens with the new holders, of whom enough are sure to be there.
    """
    renewed: set[TokenChoice | None] = set()
    for path, step in steps:
        if isinstance(step, RenewPins):
            renewed.add(token_split(script, step))
        elif isinstance(step, OpenToken | BackupKey | RestoreTest):
            choice = token_split(script, step)
            new = not isinstance(step, RestoreTest) and step.initialise
            if choice is not None and not new and choice not in renewed:
                yield path if isinstance(step, OpenToken) else (*path, "token"), choice


def token_split(script: Script, step: SplitsPins | RestoreTest) -> TokenChoice | None:
    """The token that a step opens, makes or renews; None where it names one that the script does not know."""
    if isinstance(step, OpenToken) or step.token is None:
        return script.token
    return script.other_tokens.get(step.token)


def split_token(register: Register, choice: TokenChoice) -> TokenEntry | None:
    """What the record knows of this token's shares; in practice, of its stand-in's."""
    practice = register.mode == "practice"
    label = practice_label(choice.label) if practice else choice.label
    serial = None if practice else choice.serial
    named = [item for item in register.tokens if item.label == label and serial in (None, item.serial)]
    return named[-1] if named else None
