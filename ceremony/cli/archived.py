"""`ceremony plan --of`: the plan of an archived ceremony, worked out again from its folder alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ceremony.errors import CeremonyError
from ceremony.script.plan import Plan
from ceremony.transcript.kinds import CeremonyOpened
from ceremony.verify.ceremony import why_no_ceremony
from ceremony.verify.evidence import CannotJudge, Evidence, moment
from ceremony.verify.inputs import other_inputs
from ceremony.verify.replan import replan

OTHER_PROGRAM = (
    "Plan it with the program that the record's first line names. If that makes another plan too, these are not the "
    "files that the ceremony was planned from: look for a true copy of the archive."
)


@dataclass(frozen=True, slots=True)
class ArchivedPlan:
    """The plan of a ceremony that was held, and the first line of its record, which names it."""

    folder: str
    plan: Plan
    opened: CeremonyOpened
    opened_at: str
    """When that line was written, in UTC: what the plan was linted for."""

    def lines(self) -> tuple[str, ...]:
        """What is said of it."""
        return (
            f"This is the plan that the record of {self.folder} names, opened on {self.opened_at}:",
            f"SHA-256 {self.opened.plan_sha256}. It was worked out again from that folder alone.",
        )


def archived_plan(folder: Path) -> ArchivedPlan:
    """The plan whose SHA-256 the first line of a ceremony's record names, linted as of that line.

    Nothing but the folder is read. Raises CeremonyError for what is no folder of a ceremony (FOLDER-FORM), for one
    without a first line (FOLDER-RECORD), for files that are not those that it names (FOLDER-INPUTS), and where they
    make another plan than it names (FOLDER-PLAN).
    """
    none = why_no_ceremony(folder)
    if none:
        next_step = "Name the folder of one ceremony, such as archive/0001-NAME."
        raise _refused(folder, "This is not the folder of a ceremony.", (none,), next_step, "FOLDER-FORM")
    evidence = Evidence(folder)
    try:
        opened, at = evidence.opened, evidence.chain.entries[0].event.at
        clock = moment(at)
    except CannotJudge as reason:
        headline, next_step = "The record has no first line that can be read.", "Look for a true copy of the archive."
        raise _refused(folder, headline, (f"{reason}.",), next_step, "FOLDER-RECORD") from None
    faults = [fault.sentence for fault in other_inputs(evidence)]
    if faults:
        next_step = "Put the true files back, from another copy of the archive."
        raise _refused(folder, "The inputs are not those of the record.", faults, next_step, "FOLDER-INPUTS")
    try:
        plan = replan(evidence.folder.path, opened.mode, clock, evidence.past, lint=True)
    except CannotJudge as reason:
        raise _refused(folder, "The inputs make no plan.", (f"{reason}.",), OTHER_PROGRAM, "FOLDER-PLAN") from None
    except CeremonyError as error:
        said = (error.headline, error.detail, *map(str, error.findings))
        raise _refused(folder, "The inputs make no plan.", said, OTHER_PROGRAM, "FOLDER-PLAN") from None
    if plan.sha256 != opened.plan_sha256:
        other = f"They make the plan with SHA-256 {plan.sha256}; the record names {opened.plan_sha256}."
        raise _refused(folder, "The inputs make another plan.", (other,), OTHER_PROGRAM, "FOLDER-PLAN")
    return ArchivedPlan(evidence.folder.path.resolve().name, plan, opened, at)


def _refused(folder: Path, headline: str, said: Iterable[str], next_step: str, code: str) -> CeremonyError:
    return CeremonyError(
        headline,
        where=str(folder),
        detail=" ".join(said),
        not_done="No plan is shown.",
        next_step=next_step,
        code=code,
    )
