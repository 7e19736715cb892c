"""The plan, worked out again from the archived files alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceremony.errors import CeremonyError
from ceremony.transcript import archive
from ceremony.verify.evidence import CannotJudge, Evidence, moment

if TYPE_CHECKING:
    from ceremony.script.plan import Plan


def replan(evidence: Evidence) -> Plan:
    """Compile the archived files as the ceremony was opened. Raises CannotJudge, in words."""
    from ceremony.script.compile import compile_plan
    from ceremony.script.load import load_script

    for path in (archive.SCRIPT, archive.POLICY, archive.PEOPLE):
        evidence.needed(path)  # plain files, and no links out of the folder
    folder = evidence.folder.path
    mode = evidence.opened.mode
    clock = moment(evidence.chain.entries[0].event.at)
    try:
        loaded = load_script(
            folder / archive.SCRIPT,
            policy=folder / archive.POLICY,
            people=folder / archive.PEOPLE,
            past=evidence.past,
            archived=folder,
        )
        return compile_plan(loaded, mode, clock, lint=False)
    except CeremonyError as error:
        findings = "; ".join(str(finding) for finding in error.findings)
        said = " ".join(part for part in (error.headline, error.detail, findings) if part)
        raise CannotJudge(f"the archived files make no plan: {said.rstrip('.')}") from None
