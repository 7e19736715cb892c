"""Keys of the record, and whether the right people approved what befell them, by the digest of their public key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ceremony.canonical import sha256_hex
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds import EventData
from ceremony.verify.approvals import approved_as, needed_approvals, step_of, who_approved
from ceremony.verify.evidence import CannotJudge, Evidence, line_of, octets_of
from ceremony.verify.rule import Fault


@dataclass(frozen=True, slots=True)
class RecordedKey:
    """What the record, or that of an earlier ceremony, says of a key that was made."""

    name: str
    key_id: str
    algorithm: str
    profile: str
    spki: bytes
    attributes: dict[str, str]
    """As the token read them back when it was made."""
    token: tuple[str, str]
    """Label and serial of the token in which it was made; the serial is empty for a key of this ceremony."""
    backups: tuple[tuple[str, str], ...]
    """Labels and serials of the tokens that hold a backup of it when the ceremony begins."""
    locked: bool
    """Whether an earlier ceremony backed it up, and so locked it."""

    @property
    def spki_sha256(self) -> str:
        """SHA-256 of its public key."""
        return sha256_hex(self.spki)


def where_any(kind: type[EventData], sentence: str, none: str) -> Callable[[Evidence], str]:
    """What a rule proves: the sentence where the record has such an event, else `none`."""
    return lambda evidence: sentence if any(True for _ in evidence.of(kind)) else none


def key_of(evidence: Evidence, name: str) -> RecordedKey:
    """A key by its name. Raises CannotJudge where neither this ceremony nor an earlier one made it."""
    made = evidence.keys.get(name)
    if made is not None:
        attributes = {item.name: item.value for item in made.attributes}
        token = (evidence.plan.token_label, "")
        spki = octets_of(made.spki)
        return RecordedKey(name, made.key_id, made.algorithm, made.profile, spki, attributes, token, (), locked=False)
    known = evidence.plan.past.register.key(name)
    if known is None:
        raise CannotJudge(f"no key {name} was made in this ceremony or an earlier one")
    return RecordedKey(
        name,
        known.key_id,
        known.algorithm,
        known.profile,
        octets_of(known.spki),
        dict(known.readings[0].attributes) if known.readings else {},
        (known.token_label, known.token_serial),
        tuple((item.label, item.serial) for item in known.backups),
        locked=known.locked,
    )


def backups_before(evidence: Evidence, key: RecordedKey, seq: int) -> tuple[tuple[str, str], ...]:
    """Labels and serials of the other tokens that hold a key before a line of the record."""
    state = evidence.state
    made = [(item.label, item.serial) for item in state.backed_up.get(key.name, ()) if item.line.seq < seq]
    return tuple(held for held in dict.fromkeys((*key.backups, *made)) if not state.token_gone(held[0], before=seq))


def attempt_before(evidence: Evidence, entry: Entry) -> tuple[Entry, ...]:
    """The lines of the same step and attempt that stand before this one."""
    return evidence.lines.before(entry)


def approved(evidence: Evidence, entry: Entry, deed: kinds.Deed, key: RecordedKey) -> Iterator[Fault]:
    """The key was reviewed without a difference, then approved by as many as the script needs, before the deed."""
    before, where, name = evidence.lines.leading_to(entry), line_of(entry), key.name
    wanted = approved_as(deed)
    if (wanted.name, wanted.sha256) != (name, key.spki_sha256):
        yield Fault(f"Another key than {name} was announced.", where)
    reviews = [entry for entry in before if isinstance(entry.data, kinds.Reviewed) and entry.data.name == name]
    if not reviews:
        yield Fault(f"Key {name} was not reviewed before.", where)
        return
    reviewed = reviews[-1].data
    if not isinstance(reviewed, kinds.Reviewed) or reviewed.sha256 != key.spki_sha256:
        yield Fault(f"Another key than {name} was reviewed.", line_of(reviews[-1]))
    elif reviewed.unequal:
        yield Fault(f"Key {name}: {reviewed.unequal} fields differed in review.", line_of(reviews[-1]))
    yield from by_enough(evidence, entry, deed, since=reviews[-1].event.seq)


def by_enough(evidence: Evidence, entry: Entry, deed: kinds.Deed, *, since: int) -> Iterator[Fault]:
    """As many as are needed approved this deed in the same attempt, after the line `since`, and nobody refused."""
    before, name = evidence.lines.leading_to(entry), approved_as(deed).name
    people = who_approved(evidence, entry, deed, before, since=since)
    needed = needed_approvals(evidence, step_of(evidence, entry))
    if len(people) < needed:
        said = f"Key {name}: {len(people)} of {needed} needed approvals fit this key and what was done."
        yield Fault(said, line_of(entry))
    for other in before:
        if isinstance(other.data, kinds.ApprovalRefused) and other.data.name == name:
            yield Fault(f"Key {name}: it was done although {other.data.person} refused.", line_of(other))
