"""Going on with a ceremony that was broken off: its record reopened, its state worked out again, people asked.

Half-done keys and tokens are settled by the steps themselves, at their next attempt; nothing that was approved before
counts after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ceremony.canonical import sha256_hex
from ceremony.custody.people import Person
from ceremony.engine.artefacts import write_files
from ceremony.engine.host import Host, other_modules
from ceremony.engine.leftovers import remove_leftovers, set_torn_line_aside
from ceremony.engine.media_again import ask_for_media
from ceremony.engine.notices import StepChange
from ceremony.engine.officiant import Officiant
from ceremony.engine.presence import tell, too_few
from ceremony.engine.questions import Confirmation
from ceremony.engine.resumption_words import earlier, what_stands, whether_to_go_on
from ceremony.engine.room import Artefact, Room
from ceremony.engine.statements import state
from ceremony.engine.steps.clock import compare_clock
from ceremony.engine.steps.token import explain_overrides
from ceremony.engine.trying import until_done
from ceremony.engine.views import overview_of
from ceremony.errors import CeremonyError, Interrupted, Severity
from ceremony.room.clock import Clock, iso, parse_iso
from ceremony.script import models
from ceremony.script.interrupted import Interruption
from ceremony.script.objects.base import Setting
from ceremony.script.plan import PlannedStep
from ceremony.script.quorum import Lack, lacks
from ceremony.script.sentences import again_statement, module_statement
from ceremony.transcript import interruption as broken_off
from ceremony.transcript import kinds
from ceremony.transcript.chain import Chain, Entry
from ceremony.transcript.holding import broken_at, check_files
from ceremony.transcript.journal import Journal
from ceremony.transcript.kinds import (
    CeremonyResumed,
    Departure,
    Deviation,
    ObjectBuilt,
    PersonPresent,
    RecordedFinding,
    ResumptionAgreed,
    WrittenFile,
)

HARMLESS = {severity.value for severity in Severity if not severity.blocks}


@dataclass(frozen=True, slots=True)
class Reopened:
    """A room over the record that was broken off, and what was found beside it."""

    room: Room
    chain: Chain
    torn: bytes
    removed: tuple[WrittenFile, ...]
    told: dict[str, Any]
    """What it is gone on with: as fields of the line that says so."""


def reopen_room(
    make: Callable[[Journal], Room], officiant: Officiant, found: Interruption, clock: Clock, host: Host
) -> Reopened:
    """Reopen the record, and bring a room to where it was broken off. `make` gives the room over the journal.

    Raises CeremonyError where another program performs it (RECORD-IN-USE), where a file that the record names was
    changed (ARCHIVE-FILE), where what was signed cannot be made again from it, or where the module of the ceremony's
    token cannot be loaded; nothing was written to the record.
    """
    journal = Journal(found.folder.record, lambda: (iso(clock.utc()), clock.monotonic_ms()), again=True)
    try:
        chain = whole_chain(journal)
        check_files(found.folder, found.opened, chain)
        room = make(journal)
        bring_back(room, chain)
        told = {**host.told(), "modules": other_modules(room)}
        torn = set_torn_line_aside(room.folder, journal, room.state)
        removed = remove_leftovers(room, chain)
        clock.jumped()  # planning may have taken long; jumps count from here
        if room.state.agreed_offset_seconds is not None:
            clock.agree(room.state.agreed_offset_seconds)  # until it is compared again
        officiant.begin(overview_of(room.plan, room.ceremony_id, room.folder))
    except BaseException:
        journal.close()
        raise
    return Reopened(room, chain, torn, removed, told)


def whole_chain(journal: Journal) -> Chain:
    """The lines of the record that was reopened. Raises CeremonyError (RESUME-RECORD) where they do not hold."""
    fault = broken_at(journal.chain) if journal.chain is not None else None
    if journal.chain is None or fault is not None:
        raise CeremonyError(
            "The record cannot be gone on with.",
            where=str(journal.path),
            detail=f"Line {fault.line}: {fault.reason}." if fault is not None else "",
            not_done="Nothing was written to it.",
            next_step="Run `ceremony verify` on the folder, and find out who changed what.",
            code="RESUME-RECORD",
        )
    return journal.chain


def bring_back(room: Room, chain: Chain) -> None:
    """Fold the lines into the room: state, world, and everything that was signed, made again and compared."""
    built: dict[str, tuple[Entry, ObjectBuilt]] = {}
    refused: set[str] = set()
    for entry in chain.entries:
        data = entry.data
        room.learn(entry)
        match data:
            case ObjectBuilt():
                built[data.name] = (entry, data)
            case kinds.Signed():
                room.keep(_made_again(room, entry, data, *built[data.name]))
            case kinds.Linted(name=name, stage="signed", findings=findings) if not _harmless(findings):
                refused.add(name)
            case _:
                pass
    for name in refused:
        room.artefacts.pop(name, None)  # it was signed, and then refused: it is not written


def go_on(reopened: Reopened) -> tuple[PlannedStep, ...]:
    """Tell what stands how, ask whether to go on, call the roll and compare the clock again; the steps still to do.

    Raises Interrupted where people end the ceremony instead.
    """
    room, chain, torn = reopened.room, reopened.chain, reopened.torn
    left = [planned for planned in room.plan.steps if planned.step.id not in room.state.steps_done]
    steps = tuple(left or room.plan.steps[-1:])  # all done, and not closed: the last step is done again
    here = steps[0]
    room.enter(here)
    _show_what_was(room, chain, here)
    resumed = CeremonyResumed(
        reason=broken_off.how_it_ended(chain.entries),
        torn_octets=len(torn),
        torn_sha256=sha256_hex(torn) if torn else "",
        found=room.state.unfinished,
        removed=reopened.removed,
        **reopened.told,
    )
    room.record(resumed)
    tell(room)  # nobody is here until they have said so again
    _keep_torn_lines(room)
    given_up = room.state.given_up
    if given_up:
        _ask_who_was_there(room)  # who answers gets a receipt, and may seal
        raise Interrupted(f"before the interruption it was decided to end the ceremony: {given_up.rstrip('.')}")
    _tell(room, chain, resumed, here)
    until_done(room, _call_the_roll, "The roll is called again after the interruption.")
    until_done(room, _compare_again, "The clock is compared again after the interruption.")
    ask_for_media(room, chain)
    room.enter(here)
    until_done(room, _agree_to_the_host, "The environment and the module of the token are looked at again.")
    people = _agreeing(room)
    agreed = ResumptionAgreed(step=here.step.id, attempt=room.attempt, people=tuple(person.id for person in people))
    room.record(agreed, actor=people[0].id)
    return steps


def _show_what_was(room: Room, chain: Chain, here: PlannedStep) -> None:
    """The screen as it would be without the interruption: the record so far, and how each step ended."""
    room.officiant.notice(earlier(chain))
    deviated = {entry.event.step for entry in chain.entries if isinstance(entry.data, Deviation | Departure)}
    for planned in room.plan.steps:
        if planned.number < here.number:
            room.officiant.notice(StepChange(planned.step.id, "deviated" if planned.step.id in deviated else "done"))


def _made_again(room: Room, entry: Entry, signed: kinds.Signed, built_at: Entry, built: ObjectBuilt) -> Artefact:
    """What was signed, from plan and record: its octets are those that the record names."""
    step = entry.event.step
    demand = next((item.demand for item in room.plan.objects.get(step, ()) if item.name == signed.name), None)
    moment = parse_iso(built_at.event.at)
    practice = room.plan.mode == "practice"
    setting = Setting(room.plan.policy, room.world.copy(), moment, practice, placeholders=False)
    try:
        item = demand.again(setting, built) if demand is not None else None
        octets = item.assemble(bytes.fromhex(signed.signature)) if item is not None else b""
    except (ValueError, CeremonyError):
        item, octets = None, b""
    if item is None or sha256_hex(octets) != signed.artefact_sha256:
        raise CeremonyError(
            "What was signed cannot be made again from the record.",
            detail=f"{signed.name}, line {entry.event.seq}.",
            where=str(room.folder.record),
            not_done="The ceremony was not gone on with; nothing was written to its record.",
            next_step="Run `ceremony verify` on the folder, and find out who changed what.",
            code="RESUME-SIGNED",
        )
    return Artefact(item, octets)


def _harmless(findings: tuple[RecordedFinding, ...]) -> bool:
    return all(finding.severity in HARMLESS for finding in findings)


def _keep_torn_lines(room: Room) -> None:
    """The torn line of this interruption, or of one before it that could not say so, is a file on record."""
    for path in room.folder.files():
        if path.startswith(f"{broken_off.TORN_FOLDER}/") and path not in room.state.files:
            not_done = "The torn line is kept, and not on record."
            write_files(room, "torn", "", ((path, room.folder.octets(path)),), not_done)


def _tell(room: Room, chain: Chain, resumed: CeremonyResumed, here: PlannedStep) -> None:
    """What is done, what stands half done, what is not done; then people decide."""
    room.officiant.instruct(what_stands(room, chain, resumed, here))
    if room.officiant.choose(whether_to_go_on(room, resumed, here)) != "resume":
        raise Interrupted("it was decided not to go on after the interruption")


def _call_the_roll(room: Room) -> None:
    """Each who was present says so again; as many of each role as were there, or as are needed, or people wait."""
    roll = _ask_who_was_there(room)
    if roll is None:
        return
    if roll.step.id not in room.state.steps_done:
        return  # the roll-call itself is done again, and asks everybody else
    still_away = {person: said.role for person, said in room.state.away.items()}
    for role, duty in room.plan.script.roles.items():
        here = sum(said.role == role for said in room.state.present.values())
        missing = [person for person, of_role in still_away.items() if of_role == role]
        if here < duty.quorum and missing:
            raise too_few(
                Lack(role, duty.quorum, here, tuple(room.plan.people[person] for person in missing)),
            )


def _ask_who_was_there(room: Room) -> PlannedStep | None:
    """Everybody who was present before the interruption; the roll-call, or None where nobody was."""
    roll = next((item for item in room.plan.steps if isinstance(item.step, models.RollCall)), None)
    away = dict(room.state.away)
    if roll is None or not away:
        return None
    room.enter(roll)
    for before in away.values():
        _here_again(room, before)
    return roll


def _here_again(room: Room, before: PersonPresent) -> None:
    statement = again_statement(room.plan.people[before.person])
    confirmation = Confirmation(room.view, before.name, statement, word="PRESENT", details=(("Role", before.role),))
    if room.officiant.confirm(confirmation):
        room.record(before.model_copy(update={"statement": statement}), actor=before.person)
        tell(room)


def _agreeing(room: Room) -> tuple[Person, ...]:
    """Everybody who is here again; where no roll was called, who acts."""
    return tuple(room.plan.people[name] for name in room.state.present) or (room.actor,)


def _agree_to_the_host(room: Room) -> None:
    """What could redirect the module is explained anew; to another module each who is here agrees."""
    people = _agreeing(room)
    explain_overrides(room, people[0])
    for person in people if room.state.other_modules else ():
        state(
            room,
            person,
            "module",
            module_statement(room.state.modules_changed),
            declined=CeremonyError(
                "Another PKCS#11 module is at work than before.",
                detail=f"{person.name} does not agree to go on with it.",
                not_done="The token was not opened.",
                next_step="End this command, put back the module of before, and go on with that; or find out who "
                "changed it.",
                code="TOKEN-OTHER",
            ),
        )


def _compare_again(room: Room) -> None:
    """A clock that was agreed is compared again: nobody knows what became of it while the machine was off."""
    if room.state.agreed_offset_seconds is None:
        return
    for planned in room.plan.steps:
        if isinstance(planned.step, models.CompareClock) and planned.step.id in room.state.attempts:
            room.enter(planned)
            for lack in (
                lacks(room.plan, planned, room.state.present, room.state.stands_for) if room.state.arrived else ()
            ):
                raise too_few(lack)
            compare_clock(room, planned.step)
            return
