"""DESTROY: a key was destroyed because script and people wanted it, and nothing used or needed it afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.errors import CeremonyError
from ceremony.script import models
from ceremony.script.sentences import destruction_statement
from ceremony.script.still_needed import certificates_over, still_needed
from ceremony.script.world import World
from ceremony.transcript import archive, kinds
from ceremony.transcript.chain import Entry
from ceremony.verify.evidence import CannotJudge, Evidence, line_of, moment
from ceremony.verify.key_approvals import approved, attempt_before, backups_before, key_of, where_any
from ceremony.verify.replay import Replay
from ceremony.verify.rule import Fault, Rule
from ceremony.verify.watched import held

NOW, BEFORE = "destroyed", "gone after an earlier attempt"
HALVES = ("private key", "public key")
REFUSED = "refused: "
"""How the answer begins that a token gave when it was asked to sign with a key that is gone."""


def _announced(evidence: Evidence) -> Iterator[Fault]:
    steps = {planned.step.id: planned.step for planned in evidence.plan.steps}
    done: set[str] = set()
    for entry, intent in evidence.of(kinds.DestructionIntended):
        key = key_of(evidence, intent.key)
        if (intent.key_id, intent.spki_sha256) != (key.key_id, key.spki_sha256):
            yield Fault(f"The destruction of another key was announced under the name {intent.key}.", line_of(entry))
    for entry, data in evidence.of(kinds.KeyDestroyed):
        key, where, step = key_of(evidence, data.key), line_of(entry), steps.get(entry.event.step)
        if data.key in done:
            yield Fault(f"Key {data.key} was destroyed twice.", where)
        done.add(data.key)
        if (data.key_id, data.spki_sha256) != (key.key_id, key.spki_sha256):
            yield Fault(f"Another key was destroyed under the name {data.key}.", where)
        if not any(
            isinstance(other.data, kinds.DestructionIntended) and other.data.key == data.key
            for other in attempt_before(evidence, entry)
        ):
            yield Fault(f"Key {data.key} was destroyed without being announced first.", where)
        if isinstance(step, models.DestroyKey) and data.reason != step.reason:
            yield Fault(f"Key {data.key} was destroyed for another reason than the script's.", where)
        if (data.label, data.serial) not in _open_tokens(evidence, entry, key.token):
            yield Fault(f"Key {data.key} was not destroyed on the token that holds it.", where)
    for planned in evidence.due:
        if isinstance(planned.step, models.DestroyKey) and planned.step.key not in done:
            yield Fault(f"Key {planned.step.key} was to be destroyed, and was not.", archive.RECORD)


def _open_tokens(evidence: Evidence, entry: Entry, token: tuple[str, str]) -> set[tuple[str, str]]:
    """The ceremony's token as it was opened before this line, where it is the one in which the key was made."""
    label, serial = token
    return {
        (data.label, data.serial)
        for other, data in evidence.of(kinds.TokenOpened)
        if other.event.seq < entry.event.seq
        and data.label == label == evidence.plan.token_label
        and serial in ("", data.serial)
    }


def _approved(evidence: Evidence) -> Iterator[Fault]:
    for entry, intent in evidence.of(kinds.DestructionIntended):
        yield from approved(evidence, entry, intent, key_of(evidence, intent.key))


def _proved(evidence: Evidence) -> Iterator[Fault]:
    """Both halves went, in this attempt or an earlier one of the step; nothing was found; nothing would sign."""
    first: dict[str, int] = {}
    for entry, _ in evidence.of(kinds.DestructionIntended):
        first[entry.event.step] = min(entry.event.attempt, first.get(entry.event.step, entry.event.attempt))
    for entry, data in evidence.of(kinds.KeyDestroyed):
        where = line_of(entry)
        facts = {item.name: item.value for item in data.facts}
        held = backups_before(evidence, key_of(evidence, data.key), entry.event.seq)
        kept = ", ".join(f"{label}, serial {serial}" for label, serial in held) or "none in the record"
        names = [*HALVES, "found afterwards", "asked to sign", "backups"]
        if [item.name for item in data.facts] != names:
            yield Fault(f"The record does not say how key {data.key} was destroyed.", where)
            continue
        if facts["found afterwards"] != "nothing":
            yield Fault(f"The token still held something of key {data.key}: {facts['found afterwards']}.", where)
        if not facts["asked to sign"].startswith(REFUSED):
            yield Fault(f"The token did not refuse to sign with key {data.key}.", where)
        if facts["backups"] != kept:
            yield Fault(f"The record knows other backups of key {data.key}: {kept}.", where)
        again = first.get(entry.event.step, entry.event.attempt) < entry.event.attempt
        for half in HALVES:
            if facts[half] != NOW and not (again and facts[half] == BEFORE):
                yield Fault(f"The {half} of {data.key} is said to be {facts[half]}.", where)


def _warned(evidence: Evidence, destroyed: Entry, data: kinds.KeyDestroyed, world: World) -> Iterator[Fault]:
    """Who states that the key is to be destroyed says what else holds it, and what hangs on it."""
    held_by = backups_before(evidence, key_of(evidence, data.key), destroyed.event.seq)
    backups = tuple(f"{label}, serial {serial}" for label, serial in held_by)
    for entry in evidence.lines.before(destroyed):
        if isinstance(entry.data, kinds.Confirmed) and entry.data.about == "destruction":
            over = certificates_over(world, data.key, moment(entry.event.at))
            if entry.data.statement != destruction_statement(data.key, data.label, backups, over):
                yield Fault(f"What was stated of key {data.key} is not what its end means.", line_of(entry))


def _needed_no_more(evidence: Evidence) -> Iterator[Fault]:
    done: set[str] = set()
    for entry, data in evidence.of(kinds.KeyDestroyed):
        if data.key in done:
            continue  # that it was destroyed twice is said by DESTROY-INTENT
        done.add(data.key)
        world = evidence.plan.world.copy()
        lists: list[kinds.CrlBuilt] = []
        for signing in evidence.signings:
            if signing.signed.event.seq > entry.event.seq:
                break
            try:
                made = evidence.once(Replay).of(signing)
            except CeremonyError as reason:
                raise CannotJudge(f"{signing.data.name} cannot be made again: {reason.headline}") from None
            made.item.learn(world, made.octets)
            _, built = signing.last(kinds.ObjectBuilt)
            if isinstance(built, kinds.CrlBuilt):
                lists.append(built)
        register = evidence.plan.past.register
        yield from _warned(evidence, entry, data, world)
        needed = still_needed(world, (*register.crls, *lists), data.key, moment(entry.event.at))
        if needed:
            yield Fault(
                f"Key {data.key} was destroyed while nothing else could revoke what it issued: {', '.join(needed)}.",
                line_of(entry),
            )


NONE = "No key was destroyed here, and none was to be."

RULES = (
    Rule(
        "DESTROY-INTENT",
        where_any(
            kinds.KeyDestroyed,
            "Each destruction was planned, announced, and of the recorded key on its token.",
            NONE,
        ),
        _announced,
    ),
    Rule(
        "DESTROY-APPROVED",
        where_any(
            kinds.KeyDestroyed,
            "Each destruction was reviewed, and approved by the key's digest, by as many as the script needs.",
            "No destruction was begun here without approval.",
        ),
        _approved,
    ),
    Rule(
        "DESTROY-DONE",
        where_any(
            kinds.KeyDestroyed,
            "Of each destroyed key nothing was found on its token afterwards, and the token refused to sign with it.",
            NONE,
        ),
        _proved,
    ),
    Rule(
        "DESTROY-NEEDED",
        where_any(
            kinds.KeyDestroyed, "Each destroyed key left no valid certificate behind that nothing could revoke.", NONE
        ),
        _needed_no_more,
    ),
    Rule("DESTROY-LAST", "No key that was destroyed, here or earlier, was used afterwards.", held("DESTROY-LAST")),
)
