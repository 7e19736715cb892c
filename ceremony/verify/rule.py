"""One rule of the verifier: an id, the sentence when it holds, and a function that finds where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ceremony.errors import CeremonyError
from ceremony.verify.evidence import CannotJudge, Evidence, Unreadable
from ceremony.verify.verdict import Check


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
    from_record: bool = True
    """False for a rule that proves something even where the record's own lines do not hold."""


def judge(rule: Rule, evidence: Evidence) -> Iterator[Check]:
    """Apply one rule. A rule that crashes has failed (VERIFY-CRASH); only a file that cannot be read is raised."""
    try:
        faults = list(rule.faults(evidence))
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
    for fault in faults:
        yield Check(rule.id, "failed", fault.sentence, fault.where)
    if faults:
        return
    if rule.from_record and not evidence.record_holds:
        yield Check(rule.id, "unproved", f"Not proved, because the record does not hold: {proved}")
    else:
        yield Check(rule.id, "proved", proved)
