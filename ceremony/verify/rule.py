"""One rule of the verifier: an id, the sentence when it holds, and a function that finds where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from ceremony.errors import CeremonyError
from ceremony.verify.evidence import CannotJudge, Evidence, Unreadable
from ceremony.verify.verdict import Check

MOST_FAULTS = 100
"""A rule that is broken more often is not followed further: a record of many faulty lines must not take for ever."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where a rule does not hold; `where` is a file of the archive, with a line where one is known."""

    sentence: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """`faults` yields nothing where the rule holds; then `proved` is the sentence."""

    id: str
    proved: str | Callable[[Evidence], str]
    faults: Callable[[Evidence], Iterable[Fault]]
    gate: bool = False
    """True for a rule that is judged before the others: where it fails, they are not judged (VERIFY-STOPPED)."""
    files_alone: bool = False
    """True for a rule that needs no record: it is judged then, too, as long as the files are plain ones."""


def judge(rule: Rule, evidence: Evidence) -> Iterator[Check]:
    """Apply one rule. A rule that crashes has failed (VERIFY-CRASH); only a file that cannot be read is raised."""
    try:
        faults = list(islice(rule.faults(evidence), MOST_FAULTS + 1))
        proved = rule.proved if isinstance(rule.proved, str) else "" if faults else rule.proved(evidence)
    except Unreadable:
        raise
    except CannotJudge as reason:
        yield Check(rule.id, "failed", f"This could not be judged: {reason}.")
        return
    except CeremonyError as error:
        yield Check(rule.id, "failed", f"{error.headline} {error.detail}".strip(), error.where)
        return
    except Exception as error:  # whatever a doctored archive provokes must end as a failed check
        yield Check(
            "VERIFY-CRASH",
            "failed",
            f"Rule {rule.id} met something that it could not read ({type(error).__name__}); it proves nothing.",
        )
        return
    for fault in faults[:MOST_FAULTS]:
        yield Check(rule.id, "failed", fault.sentence, fault.where)
    if len(faults) > MOST_FAULTS:
        yield Check(rule.id, "failed", f"There are more faults than these {MOST_FAULTS}; the rest was not looked at.")
    if not faults:
        yield Check(rule.id, "proved", proved)
