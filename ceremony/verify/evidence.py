"""What a verifier has in hand: the files of one folder, the lines of its record, the plan worked out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar, cast

from ceremony.errors import CeremonyError
from ceremony.plain_files import LARGEST_FILE, LARGEST_LIST, Digest, Listing, NotRead, PlainFile, listed, opened_in
from ceremony.room.clock import parse_iso
from ceremony.transcript import archive, kinds
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import Chain, Entry, chain_of
from ceremony.transcript.kinds import EventData
from ceremony.transcript.ledger import Ledger
from ceremony.transcript.state import CeremonyState, fold, walk
from ceremony.verify.lines import Lines
from ceremony.verify.replan import replan

if TYPE_CHECKING:
    from datetime import datetime

    from ceremony.script.objects.base import Demand
    from ceremony.script.past import Past
    from ceremony.script.plan import Plan, PlannedStep

Data = TypeVar("Data", bound=EventData)
Made = TypeVar("Made")


class CannotJudge(Exception):  # a reason, said in a check
    """A rule lacks what it needs; the text completes "This could not be judged: ..."."""


class Unreadable(CeremonyError):
    """A file is there and cannot be read: nothing can be said of the ceremony (exit code 2)."""


@dataclass(frozen=True, slots=True)
class Signing:
    """One signature of the record with the events that led to it, all of the same step and attempt."""

    signed: Entry
    data: kinds.Signed
    before: tuple[Entry, ...]
    """The events of this step and attempt before the signature that are not about another object, in order."""
    after: tuple[Entry, ...]

    def last(self, kind: type[Data]) -> tuple[Entry, Data]:
        """The last event of a kind, about this object, before the signature. Raises CannotJudge where there is none."""
        for entry in reversed(self.before):
            if isinstance(entry.data, kind):
                return entry, entry.data
        what = (
            kind.kind if kind in kinds.KINDS.values() else "to-be-signed"
        )  # of any kind: an abstract base has no name
        raise CannotJudge(f"no {what} event stands before the signature on {self.data.name}")


UNPLANNED_SIGNATURES = 20
"""How many signatures are looked at where the plan cannot be known."""


class Evidence:
    """One ceremony's folder. Everything is read once, when it is first asked for; nothing is ever written."""

    def __init__(self, path: Path) -> None:
        self.folder = CeremonyFolder(path)
        self._octets: dict[str, bytes | None] = {}
        self._made: dict[Callable[[Evidence], object], object] = {}
        self._digests: dict[str, Digest | None] = {}

    @cached_property
    def listing(self) -> Listing:
        """Every file and folder of the folder. Raises CannotJudge where it holds more than a ceremony does."""
        try:
            return listed(self.folder.path)
        except NotRead as refused:
            if refused.system:
                raise _unreadable(self.folder.path, refused) from None
            raise CannotJudge(f"the folder is not looked through: {refused.reason}") from None

    @property
    def files(self) -> tuple[str, ...]:
        """Every file of the folder, as relative POSIX paths. Raises CannotJudge as `listing`."""
        return self.listing.files

    def octets(self, path: str) -> bytes | None:
        """A file's bytes, or None where there is no such plain file, or one too large to be of a ceremony."""
        if path not in self._octets:
            octets = self._of_file(path, PlainFile.read)
            if octets is not None and len(octets) > LARGEST_FILE:
                return octets  # a long list is not kept beside everything else
            self._octets[path] = octets
        return self._octets[path]

    def digest(self, path: str) -> Digest | None:
        """A file's SHA-256 and size, made in pieces, or None where `octets` has none. The record's, too."""
        if path not in self._digests:
            self._digests[path] = self._of_file(path, PlainFile.digest)
        return self._digests[path]

    def needed(self, path: str) -> bytes:
        """A file's bytes. Raises CannotJudge where it is missing."""
        octets = self.octets(path)
        if octets is None:
            raise CannotJudge(f"{path} is missing, or is not a plain file")
        return octets

    def record_pieces(self) -> Iterator[bytes]:
        """The octets of the record, piece by piece; none where it is missing, no plain file or too large."""
        try:
            with opened_in(self.folder.path, archive.RECORD, LARGEST_LIST) as file:
                yield from file.pieces()
        except NotRead as refused:
            if refused.system:
                raise _unreadable(self.folder.record, refused) from None

    def _of_file(self, path: str, take: Callable[[PlainFile], Made]) -> Made | None:
        """What is taken from a file, or None where it is not read. Raises Unreadable where the system refuses it."""
        try:
            with opened_in(self.folder.path, path, _largest(path)) as file:
                return take(file)
        except NotRead as refused:
            if refused.system:
                raise _unreadable(self.folder.path / path, refused) from None
            return None

    @cached_property
    def chain(self) -> Chain:
        """The record as it was read; an empty one where it is missing."""
        return chain_of(self.record_pieces())

    @property
    def record_holds(self) -> bool:
        """True where every line of the record could be read and fits the next."""
        return bool(self.chain.entries) and not self.chain.faults

    def of(self, kind: type[Data]) -> Iterator[tuple[Entry, Data]]:
        """The events of one kind, in order."""
        for entry in self.chain.entries:
            if isinstance(entry.data, kind):
                yield entry, entry.data

    @property
    def opened(self) -> kinds.CeremonyOpened:
        """The first line's data. Raises CannotJudge where the record does not begin with it."""
        entries = self.chain.entries
        if not entries or not isinstance(entries[0].data, kinds.CeremonyOpened):
            raise CannotJudge("the record does not begin with ceremony-opened")
        return entries[0].data

    @property
    def closed(self) -> kinds.CeremonyClosed:
        """The last line's data. Raises CannotJudge where the record does not end with it."""
        entries = self.chain.entries
        if not entries or not isinstance(entries[-1].data, kinds.CeremonyClosed):
            raise CannotJudge("the record does not end with ceremony-closed")
        return entries[-1].data

    @property
    def ending(self) -> kinds.Ending:
        """The last line's data, of a close or of an early end. Raises CannotJudge where the record has not ended."""
        entries = self.chain.entries
        if not entries or not isinstance(entries[-1].data, kinds.Ending):
            raise CannotJudge("the record does not end with a close or an early end")
        return entries[-1].data

    @property
    def ended_early(self) -> bool:
        """True where people, or a fault of the program, ended the ceremony before its close."""
        entries = self.chain.entries
        return bool(entries) and isinstance(entries[-1].data, kinds.CeremonyAborted)

    @property
    def unsealed(self) -> bool:
        """True for an early end that says that nobody seals it."""
        return self.ended_early and not self.ending.sealed_by

    @cached_property
    def due(self) -> tuple[PlannedStep, ...]:
        """The steps that must have been performed: all where the ceremony was closed, else those that it calls done.

        Raises CannotJudge where there is no plan.
        """
        entries, done = self.chain.entries, self.state.steps_done
        closed = bool(entries) and isinstance(entries[-1].data, kinds.CeremonyClosed)
        return tuple(planned for planned in self.plan.steps if closed or planned.step.id in done)

    @cached_property
    def unlocked(self) -> tuple[str, ...]:
        """The keys that were made for a backup, not locked by one, and not destroyed: they can leave their token.

        Raises CannotJudge where there is no plan.
        """
        profiles = self.plan.policy.keys
        waiting = (
            made.key for made in self.keys.values() if made.profile in profiles and profiles[made.profile].backup
        )
        return tuple(key for key in waiting if key not in {*self.state.backed_up, *self.state.destroyed})

    def left_unwritten(self, signing: Signing) -> bool:
        """True for what a ceremony signed that ended early before it wrote it."""
        step, name = signing.signed.event.step, signing.data.name
        written = (
            PurePosixPath(file.path).name.partition(".")[0]
            for entry, data in self.of(kinds.ArtefactsWritten)
            if entry.event.step == step and entry.event.seq > signing.signed.event.seq
            for file in data.files
        )
        return self.ended_early and step not in self.state.steps_done and name not in written

    @property
    def practice(self) -> bool:
        """True for the record of a rehearsal."""
        return self.opened.mode == "practice"

    @cached_property
    def lines(self) -> Lines:
        """The lines by step and attempt, and the state before each."""
        return Lines(self.chain.entries)

    @cached_property
    def state(self) -> CeremonyState:
        """The state that the record's events add up to, over the items of the register that the folder keeps."""
        try:
            ledger = Ledger.of(self.past.register)
        except CannotJudge:  # told where the register is judged
            ledger = Ledger()
        return fold(self.chain.entries, CeremonyState(ledger=ledger))

    @cached_property
    def keys(self) -> dict[str, kinds.KeyMade]:
        """The keys that were made, by name."""
        return {data.key: data for _, data in self.of(kinds.KeyMade)}

    @property
    def plan(self) -> Plan:
        """The plan worked out again from the archived script, policy and people. Raises CannotJudge."""
        plan = self._plan_or_reason
        if isinstance(plan, CannotJudge):
            raise plan
        return plan

    @cached_property
    def _plan_or_reason(self) -> Plan | CannotJudge:
        try:
            for path in (archive.SCRIPT, archive.POLICY, archive.PEOPLE):
                self.needed(path)  # plain files, and no links out of the folder
            mode, clock, past = self.opened.mode, moment(self.chain.entries[0].event.at), self.past
        except CannotJudge as reason:
            return reason  # worked out once, also where there is none
        try:
            return replan(self.folder.path, mode, clock, past)
        except CeremonyError as error:
            findings = "; ".join(str(finding) for finding in error.findings)
            said = " ".join(part for part in (error.headline, error.detail, findings) if part)
            return CannotJudge(f"the archived files make no plan: {said.rstrip('.')}")

    @cached_property
    def past(self) -> Past:
        """What the ceremony was opened with, as its folder keeps it. Raises CannotJudge."""
        from ceremony.script.past import past_of_folder  # late: it brings the policy's language with it

        try:
            return past_of_folder(self.folder.path, self.opened.stand_in)
        except CeremonyError as error:
            said = " ".join(part for part in (error.headline, error.detail) if part)
            raise CannotJudge(said.rstrip(".")) from None

    def planned_at(self, entry: Entry) -> PlannedStep | None:
        """The step to which a line belongs; between two steps the one that comes next. None for one of no plan."""
        step = entry.event.step or self._next_steps.get(entry.event.seq, "")
        return next((planned for planned in self.plan.steps if planned.step.id == step), None)

    @cached_property
    def _next_steps(self) -> dict[int, str]:
        """Of each line between two steps the step that comes next: the first that is not done."""
        steps = [planned.step.id for planned in self.plan.steps]
        found = {}
        for entry, before in walk(self.chain.entries):
            if not entry.event.step:
                done = set(before.steps_done)
                found[entry.event.seq] = next((step for step in steps if step not in done), steps[-1])
        return found

    def demand(self, step: str, name: str) -> Demand:
        """What the plan asks for in a step under a name. Raises CannotJudge where it asks for nothing of this name."""
        for item in self.plan.objects.get(step, ()):
            if item.name == name:
                return item.demand
        raise CannotJudge(f"step {step or '(none)'} is not one that signs {name}")

    def once(self, make: Callable[[Evidence], Made]) -> Made:
        """What `make` makes of this evidence, worked out once; kept for all who ask. Raises what `make` raises."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast(Made, self._made[make])

    @cached_property
    def signings(self) -> tuple[Signing, ...]:
        """Every signature of the record, in order; of more than were planned only the first surplus one.

        That there are too many is a fault of its own (COUNT-DECLARED); judging thousands would only take time.
        """
        try:
            most = self.plan.signatures + 1
        except CannotJudge:
            most = UNPLANNED_SIGNATURES
        signed = islice(self.of(kinds.Signed), most)
        return tuple(Signing(entry, data, *self.lines.about(entry, data.name)) for entry, data in signed)


def _largest(path: str) -> int:
    if path == archive.REGISTER:
        return archive.LARGEST_REGISTER
    large = path == archive.RECORD or path.startswith(("crls/", f"{archive.INPUTS}/"))
    return LARGEST_LIST if large else LARGEST_FILE


def line_of(entry: Entry) -> str:
    """Where an event stands: `transcript.jsonl:17`."""
    return f"{archive.RECORD}:{entry.event.seq}"


def moment(text: str) -> datetime:
    """A UTC time of the record. Raises CannotJudge for text that is none."""
    try:
        return parse_iso(text)
    except ValueError:
        raise CannotJudge(f"{text!r} is not a UTC time") from None


def octets_of(text: str) -> bytes:
    """Octets that the record writes as lower-case hex. Raises CannotJudge for text that is not."""
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        octets = b""
    if octets.hex() != text:
        raise CannotJudge(f"{text[:40]!r} is not lower-case hex")
    return octets


def number_of(text: str) -> int:
    """A serial number that the record writes as lower-case hex without leading zeros. Raises CannotJudge."""
    try:
        number = int(text, 16)
    except ValueError:
        number = -1
    if f"{number:x}" != text:
        raise CannotJudge(f"{text[:50]!r} is not a serial number in hex")
    return number


def _unreadable(path: Path, refused: NotRead) -> Unreadable:
    return Unreadable(
        "A file of the ceremony cannot be read.",
        where=str(path),
        detail=f"{refused}.",
        not_done="Nothing was verified.",
        next_step="Make every file of the folder readable for you, and verify again.",
        code="VERIFY-READ",
    )
