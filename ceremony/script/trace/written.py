"""Which files are announced, of each purpose exactly those that plan and record make, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from ceremony.canonical import sha256_hex
from ceremony.script.trace.scene import Scene
from ceremony.transcript import archive, kinds
from ceremony.transcript.event import GENESIS
from ceremony.transcript.interruption import torn_path

if TYPE_CHECKING:
    from collections.abc import Iterator

Paths = tuple[str, ...]


def as_they_must_be(scene: Scene, data: kinds.ArtefactIntended) -> bool:
    """All files of what the line is about, and no other; none of them was written before."""
    return data.paths in _wanted(scene, data) and not any(path in scene.state.files for path in data.paths)


def _wanted(scene: Scene, data: kinds.ArtefactIntended) -> tuple[Paths, ...]:
    """What the line may name: one choice, but for the torn lines, of which each interruption may have left one."""
    name = data.name
    match data.what:
        case "artefact":
            return ({item.name: item.paths for item in scene.plan.objects[scene.step_id]}[name],)
        case "comparison":
            return ((archive.comparison_path(name, scene.state.built[name].sha256),),)
        case "credential":
            return ((archive.credential_path(name),),)
        case "seal":
            return ((archive.SEAL_CERTIFICATE,),)
        case "receipts":
            return (tuple(path for path in _receipts(scene) if path not in scene.state.files),)
        case "torn":
            return tuple((torn_path(number),) for number in range(1, scene.state.resumptions + 1))
        case other:
            assert_never(other)


def _receipts(scene: Scene) -> Iterator[str]:
    """Of each who is in the room. Which head a receipt is over, and its day, make no difference to its paths."""
    from ceremony.custody.slips import receipt_of, receipt_paths

    plan, state = scene.plan, scene.state
    for person in state.present:
        receipt = receipt_of(
            plan.people[person],
            head=GENESIS,
            day="2000-01-01",
            ceremony_id=state.opened.ceremony_id if state.opened is not None else "",
            title=plan.script.title,
            mode=plan.mode,
            keys={key.key: sha256_hex(key.spki) for key in state.keys.values()},
            steps=len(state.steps_done),
            exceptions=state.deviations,
        )
        yield from receipt_paths(receipt)
