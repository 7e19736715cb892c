"""A plan in words that the people in the room can check."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ceremony.script.custody_simulation import item_courses
from ceremony.script.item_words import item_table
from ceremony.script.plan import Plan
from ceremony.transcript.kinds import What

WIDTH = 78
WORDS: dict[What, str] = {
    "certificate": "Certificate",
    "crl": "CRL",
    "request": "Request",
    "ocsp-response": "OCSP response",
}
"""What people call each kind of object."""


def plan_lines(plan: Plan) -> tuple[str, ...]:
    """The whole plan, wrapped at 78 columns: what, who, each step, each certificate, counts."""
    return tuple(line.rstrip() for line in _lines(plan))


def count_lines(plan: Plan) -> tuple[str, ...]:
    """Declared counts and the digests that bind them."""
    return (
        f"Key generations: {plan.key_generations}",
        f"Signatures with CA keys: {plan.signatures}, and one seal by {plan.sealer.name}",
        f"Script SHA-256: {plan.script_sha256}",
        f"Policy SHA-256: {plan.policy_sha256}",
        f"People SHA-256: {plan.people_sha256}",
        f"Plan SHA-256:   {plan.sha256}",
    )


def _lines(plan: Plan) -> Iterator[str]:
    script, policy = plan.script, plan.policy
    yield f"{script.title} (version {script.version}), {plan.mode.upper()}"
    yield from _wrapped(script.purpose)
    yield ""
    document = policy.cp_cps
    yield from _wrapped(
        f"Under {document.title}, version {document.version} of {document.date}"
        + (f" ({document.oid})" if document.oid else "")
        + f", {policy.ca.name}."
    )
    yield f"Place: {script.location}"
    yield f"Token: {plan.token_label}, through {script.token.module}"
    yield ""
    yield "PEOPLE"
    for role, duty in script.roles.items():
        names = ", ".join(plan.people[person].name for person in duty.people)
        needed = f", {duty.needed} of {len(duty.people)} needed" if duty.needed else ""
        if duty.deputies:
            needed += f"; deputies: {', '.join(plan.people[person].name for person in duty.deputies)}"
        yield from _wrapped(f"{role}: {names}{needed}. {duty.duty}", "  ", "    ")
    if script.materials:
        yield ""
        yield "MATERIALS"
        for item in script.materials:
            serial = f", serial {item.serial}" if item.serial else ""
            yield from _wrapped(f"{item.count} x {item.item}{serial}", "  ", "    ")
    if script.items:
        yield ""
        yield from item_table(item_courses(script, plan.past.register))
    yield ""
    yield "STEPS"
    section = ""
    for planned in plan.steps:
        if planned.section != section:
            section = planned.section
            yield f"  {section}"
        who = planned.actor_role or planned.actor.name
        clauses = f" [{'; '.join(planned.step.clauses)}]" if planned.step.clauses else ""
        yield from _wrapped(f"{planned.number:3}. {planned.title} - {who}{clauses}", "  ", "       ")
    for signed in plan.all_objects:
        yield ""
        yield f"{WORDS[signed.what].upper()} {signed.name} (profile {signed.demand.profile_name})"
        for sentence in signed.sentences():
            yield from _wrapped(sentence, "  - ", "    ")
    if plan.waivers:
        yield ""
        yield "WAIVERS"
        for waiver in plan.waivers:
            yield from _wrapped(waiver.sentence(), "  - ", "    ")
    yield ""
    yield "COUNTS"
    for line in count_lines(plan):
        yield f"  {line}"


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    words = " ".join(text.split())
    return textwrap.wrap(
        words, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    ) or [""]
