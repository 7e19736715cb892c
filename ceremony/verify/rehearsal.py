"""REHEARSAL: production was compared with its rehearsal, and only what may differ does."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.canonical import sha256_hex
from ceremony.plain_files import digest_of
from ceremony.script.rehearsal import compare_rehearsed, comparison_event, comparison_path, object_path
from ceremony.transcript import kinds
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.objects import each_object
from ceremony.verify.replay import Replayed
from ceremony.verify.rule import Fault, Rule


def _compared(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    """The comparison once more, from the kept copy of what was rehearsed; people saw it before they approved."""
    rehearsed, item = evidence.plan.rehearsed, made.item
    if rehearsed is None:
        return
    entry, said = made.signing.last(kinds.RehearsalCompared)
    comparison = compare_rehearsed(item, rehearsed)
    if said != comparison_event(item, comparison, rehearsed):
        yield Fault(f"{item.name}: the comparison with {rehearsed.folder} comes out otherwise.", line_of(entry))
    for name in comparison.differences:
        yield Fault(f"{item.name} was signed although {name} is not what was rehearsed.", line_of(entry))
    built, _ = made.signing.last(kinds.ObjectBuilt)
    reviewed, _ = made.signing.last(kinds.Reviewed)
    if not built.event.seq < entry.event.seq < reviewed.event.seq:
        yield Fault(f"{item.name} was compared with its rehearsal before building or after review.", line_of(entry))
    path = comparison_path(item)
    if evidence.digest(path) != digest_of(comparison.text().encode("ascii")):
        yield Fault(f"{path} is not the comparison.", path)


def _said(evidence: Evidence) -> Iterator[Fault]:
    """Every comparison of the record, also of what was not signed in the end, is one with the known rehearsal."""
    rehearsed = evidence.plan.rehearsed
    paths = {item.name: object_path(item) for item in evidence.plan.all_objects}
    seen: set[tuple[str, int, str]] = set()
    for entry, data in evidence.of(kinds.RehearsalCompared):
        at = (entry.event.step, entry.event.attempt, data.name)
        if rehearsed is None:
            yield Fault(f"{data.name} is compared with a rehearsal that is not known.", line_of(entry))
            continue
        octets = rehearsed.objects.get(paths.get(data.name, ""), b"")
        known = (rehearsed.folder, rehearsed.head, sha256_hex(octets))
        if (data.rehearsal, data.rehearsal_head, data.rehearsal_sha256) != known:
            yield Fault(f"{data.name} is compared with something else than {rehearsed.folder} made.", line_of(entry))
        if at in seen:
            yield Fault(f"{data.name} is compared twice in one attempt.", line_of(entry))
        seen.add(at)


RULES = (
    Rule(
        "REHEARSAL",
        lambda e: (
            f"Each object is what was rehearsed in {e.plan.rehearsed.folder}, but for what the day brings."
            if e.plan.rehearsed
            else "No rehearsal of these script bytes was known; none was claimed."
        ),
        each_object(_compared),
    ),
    Rule("REHEARSAL-RECORD", "Every comparison of the record is with the rehearsal that is known.", _said),
)
