"""One token, the same each time it is found; open, to the right person, whenever something is asked of it.

Beside it a step may open a second token, for backups alone: the script's, by those who act, and only for that step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, assert_never

from ceremony.script import models
from ceremony.script.invariants.base import Here, Invariant
from ceremony.script.other_tokens import other_token
from ceremony.transcript import kinds
from ceremony.transcript.state import CeremonyState

if TYPE_CHECKING:
    from ceremony.script.plan import Plan

AT_THE_TOKEN = (
    kinds.KeyIntended,
    kinds.KeyMade,
    kinds.SerialDrawn,
    kinds.SignatureIntended,
    kinds.Signed,
    kinds.InventoryReviewed,
    kinds.BackupIntended,
    kinds.KeyBackedUp,
    kinds.DestructionIntended,
    kinds.KeyDestroyed,
    kinds.KeyAdopted,
    kinds.DiscardIntended,
    kinds.KeyDiscarded,
)
"""What happens only while the ceremony's token is open."""

AT_THE_SECOND = (kinds.BackupIntended, kinds.KeyBackedUp, kinds.RestoreTestIntended, kinds.RestoreTested)
"""What happens only while the second token that it names is open."""


def another_than_bound(plan: Plan, before: CeremonyState, found: kinds.TokenFound) -> str:
    """A sentence where a token is not the one that its label stands for: in this ceremony since it was first found,
    else, for the CA's tokens, since an earlier day in production; where it is that of another label; or where script or
    people file pin another. Both are named. Empty where it is the one."""
    pinned = _pinned(plan, found)
    if pinned is not None and pinned != found.module_sha256:
        return f"Token {found.label} is reached by module {found.module_sha256}; the files pin {pinned}."
    for label, (line, first) in before.tokens_bound.items():
        if label != found.label and first.device == found.device:
            return f"Token {found.label} is {found.describe}; that was token {label} in line {line.seq}."
    if found.label in before.tokens_bound:
        line, first = before.tokens_bound[found.label]
        if first.identity != found.identity:
            was = f"{first.describe}, in line {line.seq}"
            return f"Token {found.label} was {was}; what lies there now is {found.describe}."
        return ""
    known = plan.past.register.seen_as(found.label) if plan.mode == "production" else None
    if known is None or found.purpose == "credential" or found.label in before.tokens_initialised:
        return ""
    if (known.serial, known.manufacturer, known.model) != found.device:
        was = f"serial {known.serial}, {known.manufacturer} {known.model}, in {known.ceremony}"
        return f"Token {found.label} was {was}; what lies there now is {found.describe}."
    return ""


def _pinned(plan: Plan, found: kinds.TokenFound) -> str | None:
    """The digest of the module that the files name for this token; None where they leave it open, and in practice."""
    if plan.mode == "practice":
        return None
    script = plan.script
    match found.purpose:
        case "ceremony":
            return script.token.module_sha256
        case "backup":
            choices = (choice for choice in script.other_tokens.values() if choice.label == found.label)
            return next((choice.module_sha256 for choice in choices), None)
        case "credential":
            own = (person.credential for person in plan.people.values())
            return next((item.module_sha256 for item in own if item and item.token_label == found.label), None)
        case other:
            assert_never(other)


def _same(here: Here) -> Iterator[str]:
    """Every token is found before it is made or opened, and it is one and the same each time."""
    data, before = here.entry.data, here.before
    match data:
        case kinds.TokenFound():
            yield from filter(None, [another_than_bound(here.plan, before, data)])
            if data.purpose == "backup":
                yield from _second(here, data)
        case kinds.TokenOpened():
            if (data.label, data.serial) not in before.tokens_found:
                yield f"Token {data.label}, serial {data.serial}, was opened and never found."
            yield from _opener(here, data)
        case _:
            pass


def _second(here: Here, data: kinds.TokenFound) -> Iterator[str]:
    """The second token is the one that the script names for this step."""
    choice = _choice(here)
    if choice is None:
        yield f"A second token, {data.label}, was looked for in a step that has none."
    elif data.label != choice.label or choice.serial not in (None, data.serial):
        yield f"Token {data.label}, serial {data.serial}, is not the second token of this step."


def _choice(here: Here) -> models.TokenChoice | None:
    """The second token of the step to which the line belongs, as this mode looks for it."""
    planned = here.planned if here.entry.event.step else None
    step = planned.step if planned is not None else None
    if not isinstance(step, models.BackupKey | models.RestoreTest | models.RenewPins) or step.token is None:
        return None
    return other_token(here.plan, step.token)


def _opener(here: Here, data: kinds.TokenOpened) -> Iterator[str]:
    planned, second = here.planned, _choice(here)
    allowed = {person.id for person in planned.actors} if planned else set()
    if data.label != here.plan.token_label and (second is None or data.label != second.label):
        allowed = owners(here.plan, data.label)
    if data.person not in allowed or data.person != here.entry.event.actor:
        yield f"Token {data.label} was opened by {data.person}, whose it was not to open."


def owners(plan: Plan, label: str) -> set[str]:
    """The ids of those whose own token this is."""
    return {name for name in plan.people if plan.own_label(name) == label}


def _open(here: Here) -> Iterator[str]:
    data, opened = here.entry.data, here.before.open_tokens
    label = here.plan.token_label
    if isinstance(data, kinds.Ending) and label in opened:
        yield f"Token {label} was still open when the ceremony ended."
    if isinstance(data, AT_THE_TOKEN) and label not in opened:
        yield f"{data.kind} while token {label} was not open."
    yield from _second_open(here)


def _second_open(here: Here) -> Iterator[str]:
    """Second tokens are open only within one attempt at a step, and hold and sign only then."""
    labels = {other_token(here.plan, name).label for name in here.plan.script.other_tokens}
    opened = {label: said.serial for label, said in here.before.open_tokens.items() if label in labels}
    match here.entry.data:
        case kinds.StepDone() | kinds.StepFailed() | kinds.Ending() if opened:
            yield f"Token {', '.join(opened)} was still open when its step ended."
        case data if isinstance(data, AT_THE_SECOND) and opened.get(data.label) != data.serial:
            yield f"{data.kind} while the second token {data.label}, serial {data.serial}, was not open."
        case _:
            pass


TOKENS = (Invariant("TOKEN-SAME", _same), Invariant("TOKEN-OPEN", _open))
