"""Words that nobody can check: changed by who owns every key, they are not found, and why."""

from __future__ import annotations

from dataclasses import dataclass

ANY = "*"


@dataclass(frozen=True)
class Excuse:
    """One kind of words. `field` is that of a mutant's row; `mutations` are those that it is for, all where it names
    none."""

    kind: str
    field: str
    reason: str
    mutations: tuple[str, ...] = ()

    def covers(self, kind: str, field: str, mutation: str) -> bool:
        """Whether it is for this change."""
        return self.kind in (ANY, kind) and self.field == field and (not self.mutations or mutation in self.mutations)


LATER = ("a second later",)
WORDS = ("word changed", "another seen")
PERSON = ("another person",)
OF_PROGRAM = "What the program says of itself and of its machine is sealed as it was written, and no more (LIMIT-WORD)."
OF_TOKEN = "A token says this of itself, and no record can ask it again (LIMIT-WORD)."
OF_LINTER = "Linters are not run again: another version would say other things (LIMIT-LINT)."
OF_FAULT = "What a program says of what befell it is sealed as it was written, and no more (LIMIT-WORD)."
TYPED = "People typed it; whether it is true, cameras and witnesses must say (LIMIT-PEOPLE)."

EXCUSED: tuple[Excuse, ...] = (
    Excuse(
        ANY, "at", "Between two lines that are further apart, no other clock says when it was (LIMIT-CLOCK).", LATER
    ),
    Excuse(ANY, "mono", "Nor does another monotonic clock (LIMIT-CLOCK).", ("a millisecond later",)),
    Excuse("ceremony-opened", "data.program", OF_PROGRAM),
    Excuse("ceremony-opened", "data.program_sha256", OF_PROGRAM),
    Excuse("ceremony-opened", "data.libraries", OF_PROGRAM),
    Excuse("ceremony-opened", "data.libraries[].name", OF_PROGRAM),
    Excuse("ceremony-opened", "data.libraries[].version", OF_PROGRAM),
    Excuse("ceremony-opened", "data.libraries[].sha256", OF_PROGRAM),
    Excuse("ceremony-opened", "data.machine", OF_PROGRAM),
    Excuse("ceremony-opened", "data.machine[].name", OF_PROGRAM),
    Excuse("ceremony-opened", "data.machine[].value", OF_PROGRAM),
    Excuse("ceremony-opened", "data.overrides", OF_PROGRAM),
    Excuse("ceremony-opened", "data.left_out", OF_PROGRAM),
    Excuse("ceremony-opened", "data.left_out[]", OF_PROGRAM),
    Excuse("ceremony-resumed", "data.program", OF_PROGRAM),
    Excuse("ceremony-resumed", "data.program_sha256", OF_PROGRAM),
    Excuse("ceremony-resumed", "data.libraries", OF_PROGRAM),
    Excuse("ceremony-resumed", "data.libraries[].name", OF_PROGRAM),
    Excuse("ceremony-resumed", "data.libraries[].version", OF_PROGRAM),
    Excuse("ceremony-resumed", "data.libraries[].sha256", OF_PROGRAM),
    Excuse("ceremony-resumed", "data.machine", OF_PROGRAM),
    Excuse("ceremony-resumed", "data.machine[].name", OF_PROGRAM),
    Excuse("ceremony-resumed", "data.machine[].value", OF_PROGRAM),
    Excuse("ceremony-resumed", "data.left_out", OF_PROGRAM),
    Excuse("ceremony-resumed", "data.left_out[]", OF_PROGRAM),
    Excuse("token-found", "data.manufacturer", OF_TOKEN),
    Excuse("token-found", "data.model", OF_TOKEN),
    Excuse("token-found", "data.hardware", OF_TOKEN),
    Excuse("token-found", "data.firmware", OF_TOKEN),
    Excuse("token-found", "data.module", OF_TOKEN),
    Excuse("token-found", "data.module_sha256", OF_TOKEN),
    Excuse("token-found", "data.library", OF_TOKEN),
    Excuse("pin-refused", "data.tries", OF_TOKEN),
    Excuse(
        "shares-made",
        "data.entropy[]",
        "Which tokens lay in the machine and gave random octets beside its own, no other line says (LIMIT-WORD).",
        WORDS,
    ),
    Excuse(
        "shares-made",
        "data.entropy",
        "How many such tokens there were, no other line says (LIMIT-WORD).",
        ("element dropped",),
    ),
    Excuse("linted", "data.findings[].message", OF_LINTER),
    Excuse("linted", "data.findings[].rule", OF_LINTER, WORDS),
    Excuse("linted", "data.findings[].severity", OF_LINTER, ("another seen",)),
    Excuse("linted", "data.findings", OF_LINTER, ("element dropped",)),
    Excuse("ceremony-opened", "at", "No clock was compared yet (LIMIT-CLOCK).", ("an hour earlier",)),
    Excuse("ceremony-resumed", "at", "No clock was compared again yet (LIMIT-CLOCK).", ("an hour earlier",)),
    Excuse("clock-jumped", "data.seconds", "By how much, no other line says (LIMIT-CLOCK)."),
    Excuse("step-failed", "data.detail", OF_FAULT, WORDS),
    Excuse("evidence-recorded", "data.fields[].value", TYPED),
    Excuse("clock-compared", "data.source", TYPED),
    Excuse("note", "data.text", TYPED),
    Excuse("deviation", "data.expected", TYPED),
    Excuse("deviation", "data.happened", TYPED),
    Excuse("deviation", "data.decided", TYPED),
    Excuse("deviation", "data.decided_by", TYPED),
    Excuse("deviation", "data.clauses", TYPED),
    Excuse("deviation", "data.clauses[]", TYPED),
    Excuse("deviation", "data.concurrences[].words", TYPED, WORDS),
    Excuse("deviation", "data.raised_by", "Who of those in the room spoke up, they typed (LIMIT-PEOPLE).", PERSON),
    Excuse("remark-refused", "data.move", "What of it was not so, they typed (LIMIT-PEOPLE).", ("another option",)),
    Excuse("remark-refused", "data.who", "Of whom it was not so, they typed (LIMIT-PEOPLE).", (*WORDS, *PERSON)),
    Excuse("remark-refused", "data.reason", TYPED),
    Excuse("attested", "data.words", TYPED, WORDS),
    Excuse("incident-recorded", "data.what", TYPED, WORDS),
    Excuse(
        ANY,
        "(line)",
        "A remark is made at any moment: which came first, it or the line beside it, nothing else says (LIMIT-PEOPLE).",
        ("a remark swapped",),
    ),
    Excuse("departure", "data.decided", TYPED, WORDS),
    Excuse("departure", "data.decided_by", "Who of those in the room decided, they typed (LIMIT-PEOPLE).", PERSON),
    Excuse("clock-departed", "data.decided", TYPED, WORDS),
    Excuse("clock-departed", "data.decided_by", "Who of those in the room decided, they typed (LIMIT-PEOPLE).", PERSON),
    Excuse("dissent", "data.words", TYPED, WORDS),
    Excuse("preparation-failed", "data.detail", OF_FAULT, WORDS),
    Excuse("interrupted", "data.cause", OF_FAULT, WORDS),
    Excuse("ceremony-aborted", "data.unsealed", OF_FAULT, WORDS),
    Excuse("person-left", "data.reason", TYPED),
    Excuse("break-begun", "data.reason", TYPED),
    Excuse("break-begun", "data.sealed", TYPED),
    Excuse("break-ended", "data.bags", TYPED),
)
"""The rows. A whole run fails where one of them excuses nothing."""


def excuse_for(kind: str, field: str, mutation: str) -> Excuse | None:
    """The one that covers a change, or None."""
    return next((excuse for excuse in EXCUSED if excuse.covers(kind, field, mutation)), None)
