"""Production against its rehearsal: every to-be-signed object, field by field, before anybody approves it."""

from __future__ import annotations

from ceremony.engine.artefacts import write_files
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError, Finding, Severity
from ceremony.script.objects.base import SignedObject
from ceremony.script.rehearsal import compare_rehearsed, comparison_event, comparison_path


def compare_with_rehearsal(room: Room, draft: SignedObject) -> tuple[Finding, ...]:
    """Compare, record, keep the comparison as a file; what to tell people. Nothing where nothing was rehearsed.

    The plan was compared already, with its holes open; this is about the very bytes that people are asked to approve.

    Raises CeremonyError (REHEARSAL-DIFFERENT) where a field differs that must not.
    """
    rehearsed = room.plan.rehearsed
    if rehearsed is None:
        return ()
    comparison = compare_rehearsed(draft, rehearsed)
    room.record(comparison_event(draft, comparison, rehearsed))
    write_files(
        room,
        "comparison",
        draft.name,
        ((comparison_path(draft), comparison.text().encode("ascii")),),
        "The comparison with the rehearsal was not written.",
    )
    if comparison.differences:
        raise CeremonyError(
            "Production is not what was rehearsed.",
            detail=f"{draft.name} differs from {rehearsed.folder} in: {', '.join(comparison.differences)}.",
            not_done=f"{draft.name} was not signed.",
            next_step=f"Look at {comparison_path(draft)}. End the ceremony, mend script or policy, and rehearse again.",
            code="REHEARSAL-DIFFERENT",
        )
    message = (
        f"Compared with the rehearsal {rehearsed.folder}: {len(comparison.pairs)} fields, {len(comparison.holes)} "
        "differ, each of them one that the day brings."
    )
    return (Finding("REHEARSAL", Severity.INFO, message, draft.name),)
