"""CLOCK and TOKEN: one agreed clock dates everything; one token, open to the right person, makes and uses the keys.

Beside it a step may open a second token, for backups alone: the script's, by those who act, and only for that step.
"""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.script import models
from ceremony.script.other_tokens import other_token
from ceremony.transcript import kinds
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.rule import Fault, Rule
from ceremony.verify.watched import held


def _same(evidence: Evidence) -> Iterator[Fault]:
    """Line by line; and what was made was found, before or after it."""
    yield from held("TOKEN-SAME")(evidence)
    found = evidence.state.tokens_found
    for entry, made in evidence.of(kinds.TokenInitialised):
        if (made.label, made.serial) not in found:
            yield Fault(f"Token {made.label}, serial {made.serial}, was initialised and never found.", line_of(entry))


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


RULES = (
    Rule(
        "CLOCK-AGREED",
        "Everything is dated by a clock that was compared before, and agreed as recorded.",
        held("CLOCK-AGREED"),
    ),
    Rule(
        "CLOCK-COUNTED",
        "Each line is dated as the monotonic clock counted on since a clock was agreed, or jumped before that.",
        held("CLOCK-COUNTED"),
    ),
    Rule(
        "TOKEN-SAME",
        "One token served throughout, beside it the script's second tokens, and only those opened them who were to.",
        _same,
    ),
    Rule("TOKEN-NEW", "Tokens were initialised where the script says so, announced first.", _initialised),
    Rule(
        "TOKEN-OPEN",
        "Keys were made and used only while the token was open; it was closed at the end.",
        held("TOKEN-OPEN"),
    ),
)
