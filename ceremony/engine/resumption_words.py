"""What people are told of a ceremony that was interrupted, and what they are asked then."""

from __future__ import annotations

from ceremony.engine.notices import Earlier, Line, StepView
from ceremony.engine.questions import Choice, Instruction, Option
from ceremony.engine.room import Room
from ceremony.engine.views import before_it
from ceremony.script.plan import PlannedStep
from ceremony.transcript.chain import Chain
from ceremony.transcript.interruption import changed_since
from ceremony.transcript.kinds import CeremonyResumed, InterruptionRecorded, StepDone

EVERYBODY = "everybody"
"""Who acts while nobody has answered the roll."""


def earlier(chain: Chain) -> Earlier:
    """The record as it stood when it was broken off."""
    return Earlier(
        tuple(
            Line(
                entry.event.seq,
                entry.event.at,
                entry.event.step,
                entry.event.kind,
                entry.data.summary(),
                entry.event.head(),
            )
            for entry in chain.entries
        )
    )


def what_stands(room: Room, chain: Chain, resumed: CeremonyResumed, here: PlannedStep) -> Instruction:
    """What is done, what stands half done, what is not done. `chain` is the record as it was broken off."""
    last = chain.entries[-1]
    done, total = len(room.state.steps_done), len(room.plan.steps)
    counts = (_counted(len(room.state.keys), "key"), _counted(room.state.signatures, "signature"))
    details = [
        *(("Cause", cause) for cause in _cause(chain)),
        ("Done", f"{done} of {total} steps, {', '.join(counts)}"),
        *(("Half done", f"{item.name}: {item.value}") for item in resumed.found),
        *(() if resumed.found else (("Half done", "nothing"),)),
        ("Not done", f"{_counted(total - done, 'step')}, from step {here.number} on: {here.title}"),
    ]
    details += changed_since(chain.entries, resumed)
    if resumed.torn_octets:
        details.append(("Torn line", f"{resumed.torn_octets} octets that were not written to their end, set aside"))
    details += [
        ("Taken away", f"{file.path}: written, and not on record; it is written again") for file in resumed.removed
    ]
    at = last.event.at.replace("T", " ")
    text = (
        f"THIS CEREMONY WAS INTERRUPTED at {at}{_in_step(room, chain)}. Its record holds to its last line, number "
        f"{last.event.seq}. Read what stands how. Nothing goes on before you decide."
    )
    return Instruction(_view(room), text, details=tuple(details), acknowledge="Decide", whole_screen=True)


def whether_to_go_on(room: Room, resumed: CeremonyResumed, here: PlannedStep) -> Choice:
    """The decision that follows."""
    key = (
        " A key that was being made is looked for on the token, and people decide over it."
        if any(item.name.startswith("key ") for item in resumed.found)
        else ""
    )
    return Choice(
        _view(room),
        "Shall this ceremony go on?",
        f"It goes on at step {here.number}, {here.title}, attempt {room.attempt}. Everybody is called again, the clock "
        "is compared again, and an exception is recorded. What was approved before the interruption and not signed "
        f"is approved anew.{key}",
        (
            Option("resume", "Go on with this ceremony"),
            Option("abort", "End it for good: nobody can go on with it later", word="ABORT"),
        ),
    )


def _view(room: Room) -> StepView:
    return before_it(room.view, "After the interruption", EVERYBODY)


def _cause(chain: Chain) -> tuple[str, ...]:
    """What the record itself says of why it ends, where the program could still write it."""
    ending = chain.entries[-2:]  # the token is logged out after it, where one was open
    return tuple(entry.data.cause for entry in ending if isinstance(entry.data, InterruptionRecorded))


def _in_step(room: Room, chain: Chain) -> str:
    """The step that was under way, or after which it was; the last lines of an end belong to none."""
    for entry in reversed(chain.entries):
        step = next((item for item in room.plan.steps if item.step.id == entry.event.step), None)
        if step is not None:
            when = "after" if isinstance(entry.data, StepDone) else "in"
            return f", {when} step {step.number}, {step.title}"
    return ", before its first step"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
