"""COUNT and INVENTORY: declared is performed, and the token held exactly what the record explains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ceremony.script import models
from ceremony.transcript import archive, kinds
from ceremony.transcript.chain import Entry
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.lines import place_of
from ceremony.verify.resumed_lines import resumed_after
from ceremony.verify.rule import Fault, Rule
from ceremony.verify.watched import held


def _declared(evidence: Evidence) -> Iterator[Fault]:
    opened, plan = evidence.opened, evidence.plan
    keys = sum(1 for _ in evidence.of(kinds.KeyMade))
    signatures = sum(1 for _ in evidence.of(kinds.Signed))
    for what, declared, planned, performed in (
        ("key generations", opened.key_generations, plan.key_generations, keys),
        ("signatures", opened.signatures, plan.signatures, signatures),
        ("challenges", opened.challenges, plan.challenges, sum(1 for _ in evidence.of(kinds.RestoreTested))),
    ):
        enough = performed <= planned if evidence.ended_early else performed == planned
        if declared != planned or not enough:
            yield Fault(f"{what}: {declared} declared, {planned} in the plan, {performed} performed.", archive.RECORD)


def _closed(evidence: Evidence) -> Iterator[Fault]:
    """The last line, which there is."""
    _ = evidence.ending  # raises CannotJudge where there is none
    yield from held("COUNT-CLOSED")(evidence)


def _outcomes(evidence: Evidence) -> Iterator[Fault]:
    """An intent whose step says nothing more of it: what the token did then is not known."""
    failed = {place_of(entry) for entry, _ in evidence.of(kinds.StepFailed)}
    last_begun = max((entry.event.seq for entry, _ in evidence.of(kinds.StepBegun)), default=0)
    for entry in unresolved(evidence):
        if evidence.ended_early and entry.event.seq > last_begun:
            continue  # LIMIT-ATTEMPT tells of it
        if place_of(entry) not in failed and resumed_after(evidence, entry) is None:
            yield Fault(f"{entry.data.summary()}: the record does not say what became of it.", line_of(entry))


def unresolved(evidence: Evidence) -> list[Entry]:
    """Intents on the CA token that no outcome followed in the same step and attempt."""
    pending: dict[tuple[str, int, str], Entry] = {}
    intended: dict[str, list[tuple[str, int, str]]] = {}
    """Where each identifier of a key was announced."""
    lost: list[Entry] = []
    for entry in evidence.chain.entries:
        place = (entry.event.step, entry.event.attempt)
        match entry.data:
            case (
                kinds.KeyIntended(key=name)
                | kinds.SignatureIntended(name=name)
                | kinds.BackupIntended(key=name)
                | kinds.RestoreTestIntended(key=name)
                | kinds.DestructionIntended(key=name)
            ):
                before = pending.pop((*place, name), None)
                if before is not None:
                    lost.append(before)
                pending[*place, name] = entry
                if isinstance(entry.data, kinds.KeyIntended):
                    intended.setdefault(entry.data.key_id, []).append((*place, name))
            case kinds.KeyDiscarded(key_id=key_id) | kinds.KeyAdopted(key_id=key_id):
                for at in intended.pop(key_id, ()):
                    if at in pending and getattr(pending[at].data, "key_id", "") == key_id:
                        del pending[at]
            case (
                kinds.KeyMade(key=name)
                | kinds.Signed(name=name)
                | kinds.KeyBackedUp(key=name)
                | kinds.RestoreTested(key=name)
                | kinds.KeyDestroyed(key=name)
            ):
                pending.pop((*place, name), None)
            case _:
                pass
    return lost + list(pending.values())


def _inventory(evidence: Evidence) -> Iterator[Fault]:
    yield from held("INVENTORY")(evidence)
    for planned in evidence.due:
        if not isinstance(planned.step, models.ReviewInventory):
            continue
        step = planned.step.id
        reviews = [(entry, data) for entry, data in evidence.of(kinds.InventoryReviewed) if entry.event.step == step]
        if not reviews:
            yield Fault(f"The inventory of step {planned.number} was not reviewed.", archive.RECORD)
            continue
        entry, data = reviews[-1]  # earlier ones failed and were decided upon
        where = line_of(entry)
        if data.missing or data.unexplained:
            parts = ", ".join((*data.missing, *data.unexplained))
            yield Fault(f"The token did not hold what the record says: {parts}.", where)
        found = Counter((item.object_class, item.label, item.key_id) for item in data.objects)
        wanted = Counter(
            (object_class, name, key_id)
            for name, key_id in _on_the_token(evidence, entry.event.seq)
            for object_class in ("private-key", "public-key")
        )
        for object_class, label, _ in ((found - wanted) + (wanted - found)).elements():
            yield Fault(f"The inventory does not fit the keys of the record: {object_class} {label}.", where)


def _on_the_token(evidence: Evidence, before: int) -> Iterator[tuple[str, str]]:
    """Name and identifier of each key that the token must hold at a line of the record."""
    held = {
        key.name: key.key_id
        for key in evidence.plan.world.keys.values()
        if key.token_label == evidence.plan.token_label and not key.destroyed
    }
    for entry in evidence.chain.entries:
        if entry.event.seq >= before:
            break
        match entry.data:
            case kinds.KeyMade(key=name, key_id=key_id):
                held[name] = key_id
            case kinds.KeyDestroyed(key=name):
                held.pop(name, None)
            case _:
                pass
    yield from held.items()


RULES = (
    Rule(
        "COUNT-DECLARED",
        lambda e: (
            f"It ended early: {len(e.keys)} of {e.opened.key_generations} declared keys were made, "
            f"{e.state.signatures} of {e.opened.signatures} signatures given."
            if e.ended_early
            else f"Declared, planned and performed agree: {e.opened.key_generations} keys, "
            f"{e.opened.signatures} signatures."
        ),
        _declared,
    ),
    Rule("COUNT-CLOSED", "The counts of the last line are those of the record.", _closed),
    Rule("COUNT-OUTCOME", "The record says what became of all that was about to be done on the token.", _outcomes),
    Rule("INVENTORY", "The token was seen to hold each key pair of the record, and nothing else.", _inventory),
)
