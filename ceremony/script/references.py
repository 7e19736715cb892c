"""What can be refused of a script before it is compiled. Each rule's id stands at the function that keeps it.

The policy and the people may be absent (their files had complaints of their own): what needs them is then not asked.
"""

from __future__ import annotations

import re

from ceremony.custody.people import People
from ceremony.custody.roles import exclusive
from ceremony.errors import Finding, Severity
from ceremony.policy.models import Policy
from ceremony.policy.validate import path_in_words
from ceremony.script.custody_simulation import Simulation
from ceremony.script.key_references import Complaints, KeyReferences, Placed
from ceremony.script.models import (
    Close,
    CompareClock,
    OpenToken,
    Record,
    RenewPins,
    RollCall,
    Script,
)
from ceremony.script.share_references import check_shares
from ceremony.strict_yaml import DataPath, Document, names_a_secret
from ceremony.transcript.register import Register


def check_script(
    script: Script,
    document: Document,
    policy: Policy | None,
    people: People | None,
    register: Register,
    *,
    stand_in: bool = False,
) -> tuple[Finding, ...]:
    """Every complaint about how the parts of a script fit together, and to what earlier ceremonies left; `stand_in`
    where that was made again for a rehearsal."""
    steps: list[Placed] = [
        (("sections", section_index, "steps", step_index), step)
        for section_index, section in enumerate(script.sections)
        for step_index, step in enumerate(section.steps)
    ]
    found = [
        *_check_roles(script, people),
        *_check_seal(script, people),
        *_check_steps(script, steps),
        *_check_forms(steps),
        *_check_order(steps),
        *check_shares(script, register, steps, stand_in=stand_in),
        *KeyReferences(script, policy, register).check(steps),
        *Simulation(script, register).check(steps),
    ]
    return tuple(
        Finding(rule, Severity.ERROR, message, path_in_words(path), document.where(path))
        for rule, path, message in found
        if not document.is_suspect(path)
    )


def _check_roles(script: Script, people: People | None) -> Complaints:
    """SCRIPT-PERSON, SCRIPT-PERSON-ROLE, SCRIPT-EXCLUSIVE (see `custody.roles`), SCRIPT-QUORUM.

    In one ceremony nobody has two roles, also not two that do not exclude each other on different days. A deputy is a
    person of the role like its holders, also while nobody is absent.
    """
    known = {person.id: person for person in people.people} if people else None
    role_of: dict[str, str] = {}
    for role, duty in script.roles.items():
        at: DataPath = ("roles", role)
        named = [("people", *item) for item in enumerate(duty.people)]
        named += [("deputies", *item) for item in enumerate(duty.deputies)]
        for key, index, person_id in named:
            place: DataPath = (*at, key, index)
            if person_id in role_of:
                held = role_of[person_id]
                again = f"`{person_id}` stands in this role twice"
                why = exclusive(held, role) or "one person holds one role in a ceremony"
                message = again if held == role else f"`{person_id}` is {held} already; {why}"
                yield "SCRIPT-EXCLUSIVE", place, message
            role_of.setdefault(person_id, role)
            if known is None:
                continue
            person = known.get(person_id)
            if person is None:
                yield "SCRIPT-PERSON", place, f"there is no person `{person_id}` in the people file"
            elif role not in person.roles:
                yield "SCRIPT-PERSON-ROLE", place, f"the people file does not let `{person_id}` be {role}"
        if duty.needed is not None and duty.needed > len(duty.people):
            yield "SCRIPT-QUORUM", (*at, "needed"), f"needs {duty.needed} people, and {len(duty.people)} are named"


def _check_seal(script: Script, people: People | None) -> Complaints:
    """SCRIPT-SEAL: who seals the record is an administrator of this ceremony."""
    administrators = script.roles["administrator"].people if "administrator" in script.roles else ()
    if script.seal_by not in administrators:
        yield "SCRIPT-SEAL", ("seal_by",), f"`{script.seal_by}` is not an administrator of this ceremony"
    elif people and all(person.id != script.seal_by for person in people.people):
        yield "SCRIPT-SEAL", ("seal_by",), f"there is no person `{script.seal_by}` in the people file"


def _check_steps(script: Script, steps: list[Placed]) -> Complaints:
    """SCRIPT-STEP-ID, SCRIPT-ACTOR, SCRIPT-WITNESS: ids are unique; actor and witness are present, and two people."""
    present = {person for duty in script.roles.values() for person in duty.people}
    groups: dict[str, frozenset[str]] = {person: frozenset({person}) for person in present}
    groups |= {role: frozenset(duty.people) for role, duty in script.roles.items()}
    seen: set[str] = set()
    for path, step in steps:
        if step.id in seen:
            yield "SCRIPT-STEP-ID", (*path, "id"), f"`{step.id}` is the id of a step above already"
        seen.add(step.id)
        if step.actor not in groups:
            yield "SCRIPT-ACTOR", (*path, "actor"), f"`{step.actor}` is neither a role nor a person of this ceremony"
        if step.witness is None:
            continue
        if step.witness not in groups:
            message = f"`{step.witness}` is neither a role nor a person of this ceremony"
            yield "SCRIPT-WITNESS", (*path, "witness"), message
        elif step.actor in groups and len(groups[step.actor] | groups[step.witness]) == 1:
            yield "SCRIPT-WITNESS", (*path, "witness"), f"`{step.witness}` also acts here; a witness is another person"


def _check_forms(steps: list[Placed]) -> Complaints:
    """SCRIPT-FIELD, SCRIPT-PATTERN, SCRIPT-SECRET: blanks have names of their own, patterns that work, no secrets."""
    for path, step in steps:
        if not isinstance(step, Record):
            continue
        seen: set[str] = set()
        for index, blank in enumerate(step.fields):
            at: DataPath = (*path, "fields", index)
            if blank.name in seen:
                yield "SCRIPT-FIELD", (*at, "name"), f"`{blank.name}` is the name of another blank of this form"
            seen.add(blank.name)
            if names_a_secret(blank.name) or names_a_secret(blank.label):
                message = "asks for a secret, and what is entered here is written into the record; take it out"
                yield "SCRIPT-SECRET", (*at, "name"), message
            if blank.pattern is not None:
                try:
                    re.compile(blank.pattern)
                except (re.error, OverflowError, RecursionError):
                    yield "SCRIPT-PATTERN", (*at, "pattern"), "is not a pattern (a regular expression)"


def _check_order(steps: list[Placed]) -> Complaints:
    """SCRIPT-TOKEN, SCRIPT-CLOCK, SCRIPT-ROLL, SCRIPT-CLOSE: the token opened once and first; the clock before signing;
    the roll called before anybody must be known to be there; one end."""
    opened = clock = called = needs_token = renews = False
    closes = 0
    for path, step in steps:
        if isinstance(step, OpenToken):
            if opened:
                yield "SCRIPT-TOKEN", path, "the token is opened a second time; a ceremony opens it once"
            opened = True
        renews = renews or isinstance(step, RenewPins)
        if step.demands.session == "needs":
            if not opened and not needs_token:
                yield "SCRIPT-TOKEN", path, "needs the token, and no open-token step stands before it"
            needs_token = True
        clock = clock or isinstance(step, CompareClock)
        if step.demands.signs and not clock:
            yield (
                "SCRIPT-CLOCK",
                path,
                "signs, and no compare-clock step stands before it: the clock dates what is signed",
            )
        called = called or isinstance(step, RollCall)
        if not called and (isinstance(step, Close) or step.splits or step.demands.approves != "never"):
            yield (
                "SCRIPT-ROLL",
                path,
                "needs people in the room, and no roll-call stands before it: it finds out who is there",
            )
            called = True  # once is enough
        if isinstance(step, Close):
            closes += 1
            if closes > 1:
                yield "SCRIPT-CLOSE", path, "closes the ceremony again; only the last step closes it"
    if not isinstance(steps[-1][1], Close):
        yield (
            "SCRIPT-CLOSE",
            steps[-1][0],
            "is the last step, and it does not close the ceremony; end with a close step",
        )
    if not opened and not needs_token and not renews:
        yield "SCRIPT-TOKEN", ("sections",), "no step opens the token (open-token)"
