"""CLOCK and TOKEN: one agreed clock dates everything; one token, open to the right person, makes and uses the keys.

Beside it a step may open a second token, for backups alone: the script's, by those who act, and only for that step.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ceremony.room.clock import JUMP_SECONDS
from ceremony.script import models
from ceremony.script.other_tokens import other_token
from ceremony.script.practice_label import practice_label
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.state import walk
from ceremony.verify.evidence import Evidence, line_of, moment
from ceremony.verify.rule import Fault, Rule

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


UNSEEN_SECONDS = 2 * JUMP_SECONDS + 2
"""How far the clocks may be apart between two looks: what the program lets pass when it begins and when it looks, and
that a record counts whole seconds."""

AT_THE_SECOND = (kinds.BackupIntended, kinds.KeyBackedUp, kinds.RestoreTestIntended, kinds.RestoreTested)
"""What happens only while the second token that it names is open."""


def _clock(evidence: Evidence) -> Iterator[Fault]:
    tolerances = {
        planned.step.id: planned.step.tolerance_seconds
        for planned in evidence.plan.steps
        if isinstance(planned.step, models.CompareClock)
    }
    again = next(iter(tolerances.values()), 0)
    """After an interruption, where the first of these steps is done again."""
    agreed = False
    for entry in evidence.chain.entries:
        data, where = entry.data, line_of(entry)
        if isinstance(data, kinds.CeremonyResumed):
            agreed = False
        if isinstance(data, kinds.ObjectBuilt) and not agreed:
            yield Fault(f"{data.name} was dated before a clock was agreed.", where)
        if not isinstance(data, kinds.ClockCompared):
            continue
        agreed = True
        apart = round((moment(data.reference) - moment(data.machine)) / timedelta(seconds=1))
        adopted = 0 if data.adopted == "machine" else apart
        if (data.offset_seconds, data.agreed_offset_seconds) != (apart, adopted):
            yield Fault("The agreed offset of the clock is not the one between the two clocks.", where)
        if data.adopted == "machine" and abs(apart) > (
            tolerances.get(entry.event.step, 0) if entry.event.step else again
        ):
            yield Fault(f"The machine's clock was adopted although it was {abs(apart)} s off.", where)


def _watched(evidence: Evidence) -> Iterator[Fault]:
    """Where the program looked, which is at the beginning of each attempt, the machine's clock had gone on as its
    monotonic clock did; what it jumped by is on record."""
    since = 0.0
    looked: tuple[Entry, float] | None = None
    for entry, state in walk(evidence.chain.entries):
        machine = moment(entry.event.at) - timedelta(seconds=state.agreed_offset_seconds or 0)
        apart = machine.timestamp() - entry.event.mono / 1000
        if isinstance(entry.data, kinds.ClockJumped):
            said = entry.data.seconds
            if abs(said) < JUMP_SECONDS or abs(apart - since - said) > UNSEEN_SECONDS:
                moved = f"by the lines before it moved by {round(apart - since)} s"
                yield Fault(f"The machine's clock is said to have jumped by {said} s; {moved}.", line_of(entry))
        elif looked is not None and abs(looked[1] - since) > UNSEEN_SECONDS:
            moved = f"moved by {round(looked[1] - since)} s against its monotonic clock"
            yield Fault(f"The machine's clock {moved}, and no line says so.", line_of(looked[0]))
        if isinstance(entry.data, kinds.CeremonyOpened | kinds.CeremonyResumed | kinds.ClockJumped):
            since = apart
        looked = (entry, apart) if isinstance(entry.data, kinds.StepBegun) else None


def _same(evidence: Evidence) -> Iterator[Fault]:
    """Every token is found before it is opened, and it is one and the same each time."""
    found: set[tuple[str, str]] = set()
    serials: set[str] = set()
    seconds: dict[str, str] = {}
    for entry in evidence.chain.entries:
        data, where = entry.data, line_of(entry)
        if isinstance(data, kinds.TokenFound):
            found.add((data.label, data.serial))
            if data.purpose == "ceremony":
                serials.add(data.serial)
                if len(serials) > 1:
                    yield Fault(f"Another token, serial {data.serial}, took the place of the first.", where)
            if data.purpose == "backup":
                yield from _second(evidence, entry, data)
                if seconds.setdefault(data.label, data.serial) != data.serial:
                    yield Fault(f"Another second token, serial {data.serial}, stands for {data.label}.", where)
        elif isinstance(data, kinds.TokenOpened):
            if (data.label, data.serial) not in found:
                yield Fault(f"Token {data.label}, serial {data.serial}, was opened and never found.", where)
            yield from _opener(evidence, entry, data)
    for entry, made in evidence.of(kinds.TokenInitialised):
        if (made.label, made.serial) not in found:
            yield Fault(f"Token {made.label}, serial {made.serial}, was initialised and never found.", line_of(entry))


def _second(evidence: Evidence, entry: Entry, data: kinds.TokenFound) -> Iterator[Fault]:
    """The second token is the one that the script names for this step."""
    choice = _choice(evidence, entry)
    if choice is None:
        yield Fault(f"A second token, {data.label}, was looked for in a step that has none.", line_of(entry))
    elif data.label != choice.label or choice.serial not in (None, data.serial):
        yield Fault(f"Token {data.label}, serial {data.serial}, is not the second token of this step.", line_of(entry))


def _choice(evidence: Evidence, entry: Entry) -> models.TokenChoice | None:
    """The second token of the step to which a line belongs, as this mode looks for it."""
    planned = evidence.planned_at(entry)
    step = planned.step if planned is not None and entry.event.step else None
    if not isinstance(step, models.BackupKey | models.RestoreTest | models.RenewPins) or step.token is None:
        return None
    return other_token(evidence.plan, step.token)


def _opener(evidence: Evidence, entry: Entry, data: kinds.TokenOpened) -> Iterator[Fault]:
    planned = evidence.planned_at(entry)
    allowed = {person.id for person in planned.actors} if planned else set()
    second = _choice(evidence, entry)
    if data.label != evidence.plan.token_label and (second is None or data.label != second.label):
        allowed = _owners(evidence, data.label)
    if data.person not in allowed or data.person != entry.event.actor:
        yield Fault(f"Token {data.label} was opened by {data.person}, whose it was not to open.", line_of(entry))


def _owners(evidence: Evidence, label: str) -> set[str]:
    """Whose own token this is."""
    plan = evidence.plan
    if evidence.practice:
        return {name for name in plan.people if practice_label(name) == label}
    return {
        name for name, person in plan.people.items() if person.credential and person.credential.token_label == label
    }


def _initialised(evidence: Evidence) -> Iterator[Fault]:
    label = evidence.plan.token_label
    steps = {planned.step.id: planned.step for planned in evidence.plan.steps}
    wanted = {name for name, step in steps.items() if isinstance(step, models.OpenToken) and step.initialise}
    second = {
        name: other_token(evidence.plan, step.token).label
        for name, step in steps.items()
        if isinstance(step, models.BackupKey) and step.initialise
    }
    others = {other_token(evidence.plan, name).label for name in evidence.plan.script.other_tokens}
    announced: set[tuple[str, int, str]] = set()
    done: set[str] = set()
    for entry in evidence.chain.entries:
        data, place = entry.data, (entry.event.step, entry.event.attempt)
        if isinstance(data, kinds.TokenInitialising):
            announced.add((*place, data.label))
        elif isinstance(data, kinds.TokenInitialised):
            if (*place, data.label) not in announced:
                yield Fault(f"Token {data.label} was initialised without being announced first.", line_of(entry))
            if data.label == label:
                done.add(entry.event.step)
            if data.label == second.get(entry.event.step):
                done.add(entry.event.step)
            elif data.label in others or (data.label == label and entry.event.step not in wanted):
                yield Fault(f"Token {data.label} was initialised where the script does not say so.", line_of(entry))
    made = {data.label for _, data in evidence.of(kinds.TokenInitialised)}
    missing = (wanted - done) | {name for name in second if second[name] not in made}
    for name in sorted(missing & {planned.step.id for planned in evidence.due}):
        yield Fault(f"The script wants a new token in step {name}, and none was initialised.")


def _open(evidence: Evidence) -> Iterator[Fault]:
    label = evidence.plan.token_label
    yield from _second_open(evidence)
    for entry, state in walk(evidence.chain.entries):
        is_open = label in state.open_tokens
        match entry.data:
            case kinds.Ending() if is_open:
                yield Fault(f"Token {label} was still open when the ceremony ended.", line_of(entry))
            case data if isinstance(data, AT_THE_TOKEN) and not is_open:
                yield Fault(f"{data.kind} while token {label} was not open.", line_of(entry))
            case _:
                pass


def _second_open(evidence: Evidence) -> Iterator[Fault]:
    """Second tokens are open only within one attempt at a step, and hold and sign only then."""
    labels = {other_token(evidence.plan, name).label for name in evidence.plan.script.other_tokens}
    for entry, state in walk(evidence.chain.entries):
        is_open = {label: said.serial for label, said in state.open_tokens.items() if label in labels}
        match entry.data:
            case kinds.StepDone() | kinds.StepFailed() | kinds.Ending() if is_open:
                yield Fault(f"Token {', '.join(is_open)} was still open when its step ended.", line_of(entry))
            case data if isinstance(data, AT_THE_SECOND) and is_open.get(data.label) != data.serial:
                named = f"{data.label}, serial {data.serial},"
                yield Fault(f"{data.kind} while the second token {named} was not open.", line_of(entry))
            case _:
                pass


RULES = (
    Rule("CLOCK-AGREED", "Everything is dated by a clock that was compared before, and agreed as recorded.", _clock),
    Rule(
        "CLOCK-WATCHED",
        "The machine's clock went on as its monotonic clock did; each jump of it is on record.",
        _watched,
    ),
    Rule(
        "TOKEN-SAME",
        "One token served throughout, beside it the script's second tokens, and only those opened them who were to.",
        _same,
    ),
    Rule("TOKEN-NEW", "Tokens were initialised where the script says so, announced first.", _initialised),
    Rule("TOKEN-OPEN", "Keys were made and used only while the token was open; it was closed at the end.", _open),
)
