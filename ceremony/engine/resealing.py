"""A ceremony that had ended and was broken off before its seal, its checksums or its copies: nothing else is done."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from ceremony.canonical import sha256_hex
from ceremony.custody.people import Person
from ceremony.engine.credentials import OpenCredential, open_credential
from ceremony.engine.leftovers import remove_half_written
from ceremony.engine.media_again import ask_for_media
from ceremony.engine.officiant import Officiant
from ceremony.engine.questions import Confirmation, Instruction
from ceremony.engine.resumption import bring_back, whole_chain
from ceremony.engine.resumption_words import earlier
from ceremony.engine.room import Room
from ceremony.engine.sealing import copy_record, write_seal, write_sums
from ceremony.engine.views import overview_of
from ceremony.errors import CeremonyError
from ceremony.plain_files import NotRead, digest_in, forget_in
from ceremony.room.clock import Clock, iso
from ceremony.script.interrupted import RECORD_COPY, Interruption
from ceremony.script.plan import PlannedStep
from ceremony.script.sentences import SEAL, SEAL_EARLY
from ceremony.transcript import archive as layout
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import Chain
from ceremony.transcript.event import Event
from ceremony.transcript.holding import check_files
from ceremony.transcript.journal import Journal
from ceremony.transcript.kinds import CeremonyAborted, EventData

NOT_DONE = "The record has its last line, and it is not sealed."


class _ClosedJournal(Journal):
    """After its last line nothing is written to a record: what a step would tell is shown, and not kept."""

    def append(
        self, data: EventData | Callable[[str], EventData], *, step: str = "", attempt: int = 1, actor: str = "engine"
    ) -> Event:
        said = data if isinstance(data, EventData) else data(self.head)
        return Event(0, self.head, "", 0, step, attempt, actor, said.kind, said.model_dump(mode="json"))


def reopen_closed(
    make: Callable[[Journal], Room], officiant: Officiant, found: Interruption, clock: Clock
) -> tuple[Room, Chain]:
    """The room of a ceremony that has ended. Raises CeremonyError where its files are not those of its record."""
    journal = _ClosedJournal(found.folder.record, lambda: (iso(clock.utc()), clock.monotonic_ms()), again=True)
    try:
        chain = whole_chain(journal)
        check_files(found.folder, found.opened, chain)
        room = make(journal)
        bring_back(room, chain)
        remove_half_written(room.folder.path)
        officiant.begin(overview_of(room.plan, room.ceremony_id, room.folder))
    except BaseException:
        journal.close()
        raise
    return room, chain


def seal_again(room: Room, chain: Chain) -> tuple[PlannedStep, ...]:
    """Seal, where there is no seal; write the checksums and the copies that are missing. No step is left to do."""
    room.enter(room.plan.steps[-1])
    room.officiant.notice(earlier(chain))
    folder = room.folder
    missing = [
        name
        for name, there in (
            ("the seal", folder.seal.exists()),
            ("the checksums", (folder.path / layout.SUMS).exists()),
            ("copies on the media", False),
        )
        if not there
    ]
    room.officiant.instruct(
        Instruction(
            room.view,
            "THIS CEREMONY WAS INTERRUPTED after its last line. Its record is whole and holds. Missing: "
            f"{', '.join(missing)}. Nothing else is done, and nothing is added to the record.",
            details=(("Head", room.journal.head),),
            acknowledge="Go on",
        )
    )
    if not folder.seal.exists():
        _seal(room)
    elif not (folder.path / layout.SUMS).exists():
        write_sums(room)
    ask_for_media(room, chain)
    _copy_again(room)
    return ()


def _seal(room: Room) -> None:
    ending = room.state.ending
    person = room.plan.people[ending.sealed_by] if ending is not None else room.plan.sealer
    sealer = open_credential(room, person, NOT_DONE)
    try:
        _agree(room, sealer, person)
    except BaseException:
        sealer.session.close()
        raise
    write_seal(room, sealer)


def _agree(room: Room, sealer: OpenCredential, person: Person) -> None:
    ending = room.state.ending
    found = (sha256_hex(sealer.der), sealer.session.token.label)
    if ending is None or found != (ending.seal_certificate_sha256, ending.seal_token):
        raise CeremonyError(
            "The record names another certificate for its seal.",
            detail=f"Token {sealer.session.token.label} of {person.name}.",
            not_done=NOT_DONE,
            next_step="Put in the token with which the record was to be sealed.",
            code="SEAL-CERTIFICATE",
        )
    consent = SEAL_EARLY if isinstance(ending, CeremonyAborted) else SEAL
    if not room.officiant.confirm(Confirmation(room.view, person.name, consent, word="SEAL")):
        raise CeremonyError(
            "The seal was refused.",
            detail=f"{person.name} does not seal the record.",
            not_done=NOT_DONE,
            next_step="Start the same command again to seal it.",
            code="SEAL-DECLINED",
        )


def _copy_again(room: Room) -> None:
    """The copies of the record, from the beginning, on each medium that is known to this program."""
    for _, folder in room.exports:
        target = folder / RECORD_COPY
        if target.is_dir() and not target.is_symlink():
            remove_half_written(target)
            _take_back(room, target)
    copy_record(room)


def _take_back(room: Room, target: Path) -> None:
    """Remove what an interrupted copy left, where it is what is here. Another file stays, and the copy is refused."""
    for name in room.folder.files():
        with contextlib.suppress(NotRead):  # not there, or not ours
            if digest_in(target, name) == room.folder.digest(name):
                forget_in(target.parent, f"{target.name}/{name}")
    for name in reversed(CeremonyFolder(target).folders()):
        with contextlib.suppress(OSError):
            (target / name).rmdir()  # not empty: what is in it is not ours
    with contextlib.suppress(OSError):
        target.rmdir()
