"""Performing a plan from its first line to its seal, whatever happens in between."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from ceremony.engine.approval_ledger import ApprovalLedger
from ceremony.engine.boundary import prepare
from ceremony.engine.early_end import end_early
from ceremony.engine.host import Host
from ceremony.engine.judgement import Judge, copy_page, judged
from ceremony.engine.notices import Artefact, Outcome, Proof, StepChange
from ceremony.engine.officiant import Officiant
from ceremony.engine.opening import open_room
from ceremony.engine.presence import require_one_role_each
from ceremony.engine.remarks import remark
from ceremony.engine.resealing import reopen_closed, seal_again
from ceremony.engine.resumption import go_on, reopen_room
from ceremony.engine.room import Room, WouldNotBeProved
from ceremony.engine.sealing import close_and_seal, copy_record
from ceremony.engine.share_showing import check_cards
from ceremony.engine.steps import perform as perform_step
from ceremony.engine.tokens import Tokens
from ceremony.engine.trying import decide, give_up_where_decided
from ceremony.engine.waiting import Waiting
from ceremony.errors import BrokenOff, CeremonyError, Interrupted
from ceremony.room.clock import Clock
from ceremony.room.memory import forbid_core_dumps, keep_out_of_swap
from ceremony.room.printer import CardPrinter
from ceremony.script.interrupted import Interruption
from ceremony.script.models import Close
from ceremony.script.plan import Plan, PlannedStep
from ceremony.token.faults import TokenLost
from ceremony.transcript import archive as layout
from ceremony.transcript.journal import Journal, RecordNotWritable
from ceremony.transcript.kinds import (
    CeremonyClosed,
    CrlBuilt,
    InterruptionRecorded,
    ResponseBuilt,
    StepBegun,
    StepFailed,
)
from ceremony.transcript.locking import ArchiveLock
from ceremony.transcript.made import made_so_far

THIS_HOST = Host()
"""Nothing redirects a module, and nothing was left outside."""


def perform(
    plan: Plan,
    officiant: Officiant,
    *,
    archive: Path,
    clock: Clock,
    tokens: Tokens,
    host: Host = THIS_HOST,
    export_to: Path | None = None,
    resumes: Interruption | None = None,
    lock: ArchiveLock | None = None,
    verdict: Judge | None = None,
    card_printer: CardPrinter | None = None,
) -> Outcome:
    """Perform a plan. Blocks in one thread, which makes every token call; returns how it ended, after people saw it.

    `resumes` is the ceremony of this very plan that was broken off: it is gone on with, and no other is opened.
    `host` says how the program was started.
    `lock` is the one on the archive, held since it was planned; without it one is taken here, until the end.
    `verdict` judges the sealed folder before people are told that the ceremony is closed, and they see what it says.
    `card_printer` prints the cards of shares where their holders want it.
    Raises CeremonyError only before the record is open (nothing has happened then). Afterwards every fault, every
    interruption and every surprise ends in good order: token logged out, reason in the record. After one that nobody
    decided (a signal, a terminal that went away) the record stays open, and the ceremony can be gone on with.
    """
    if not plan.ok:
        raise CeremonyError(
            "The plan has errors; it cannot be run.",
            findings=[finding for finding in plan.findings if finding.severity.blocks],
            not_done="The ceremony was not opened; no key was made.",
            next_step="Mend what the findings name, and plan again.",
            code="PLAN-ERRORS",
        )
    check_cards(plan, card_printer)
    require_one_role_each(plan)
    forbid_core_dumps()
    keep_out_of_swap()
    with ArchiveLock(archive) if lock is None else contextlib.nullcontext():
        return _performed(plan, officiant, archive, clock, tokens, host, export_to, resumes, verdict, card_printer)


def _performed(
    plan: Plan,
    officiant: Officiant,
    archive: Path,
    clock: Clock,
    tokens: Tokens,
    host: Host,
    export_to: Path | None,
    resumes: Interruption | None,
    verdict: Judge | None,
    card_printer: CardPrinter | None,
) -> Outcome:
    if resumes is None:
        room = open_room(plan, officiant, archive, clock, tokens, host, export_to)
        steps = _all_steps(plan)
    else:
        room, steps = _resumed(plan, officiant, clock, tokens, host, export_to, resumes)
    room.card_printer = card_printer
    waiting = Waiting()
    bind = getattr(officiant, "bind_remarks", None)
    if bind is not None:
        bind(lambda kind, fields: remark(room, waiting, kind, fields))
    fault: CeremonyError | None = None
    try:
        for planned in steps():
            _step(room, waiting, planned)
    except CeremonyError as error:
        fault = error
    except KeyboardInterrupt:
        fault = Interrupted("Ctrl-C")
    except Exception as error:
        fault = _surprise(error)
    if fault is not None:
        fault = _end_in_good_order(room, fault)
    proof = judged(room, verdict) if verdict is not None and _sealed(room) else None
    if proof is not None:
        try:
            copy_page(room, proof)
        except CeremonyError as error:
            fault = fault or error
    outcome = _outcome(room, fault, proof)
    officiant.finish(outcome)
    return outcome


def _all_steps(plan: Plan) -> Callable[[], tuple[PlannedStep, ...]]:
    return lambda: plan.steps


def _resumed(
    plan: Plan,
    officiant: Officiant,
    clock: Clock,
    tokens: Tokens,
    host: Host,
    export_to: Path | None,
    resumes: Interruption,
) -> tuple[Room, Callable[[], tuple[PlannedStep, ...]]]:
    """The room of the ceremony that was broken off, and the way to the steps that are still to be done."""

    def make(journal: Journal) -> Room:
        ceremony_id = resumes.opened.ceremony_id
        ledger = ApprovalLedger(plan, ceremony_id)
        return Room(plan, ceremony_id, officiant, journal, clock, resumes.folder, tokens, ledger, export_to)

    if resumes.stage == "open":
        reopened = reopen_room(make, officiant, resumes, clock, host)
        return reopened.room, lambda: go_on(reopened)
    room, chain = reopen_closed(make, officiant, resumes, clock)
    return room, lambda: seal_again(room, chain)


def _step(room: Room, waiting: Waiting, planned: PlannedStep) -> None:
    """One step, as often as people want to try it."""
    room.enter(planned)
    deviations, redoes = room.state.deviations, 0
    while True:
        room.officiant.notice(StepChange(planned.step.id, "doing"))
        prepare(room, waiting)
        begun = StepBegun(
            number=planned.number,
            step_kind=planned.step.kind,
            title=planned.title,
            redoes=redoes,
            awaited=room.state.awaited,
        )
        room.under_way = True
        room.record(begun, actor=room.actor.id)
        try:
            room.look_at_clock()
            perform_step(room, planned.step)
            if isinstance(planned.step, Close):
                close_and_seal(room)
                copy_record(room)
            else:
                room.step_done()
        except (Interrupted, RecordNotWritable, WouldNotBeProved):
            raise
        except CeremonyError as error:
            room.officiant.notice(StepChange(planned.step.id, "failed"))
            after = room.journal.last
            if isinstance(error, TokenLost):
                room.lose_session()
            redoes = _decide(room, planned, error, after)
            room.attempt += 1
        except Exception as error:
            raise _surprise(error) from None
        else:
            state = "deviated" if room.state.deviations > deviations else "done"
            room.officiant.notice(StepChange(planned.step.id, state))  # type: ignore[arg-type]  # both are step states
            return


def _decide(room: Room, planned: PlannedStep, error: CeremonyError, after: int) -> int:
    """Show the fault; people choose to try again or to abort. The line of the record that holds the decision."""
    if room.journal_closed:
        raise error
    said = decide(room, error, after, "The step could not be done", error.headline, "Try this step again")
    failed = room.record(StepFailed.model_validate({"number": planned.number, **said}))
    room.under_way = False
    give_up_where_decided(error, said["decision"])
    return failed.seq


def _end_in_good_order(room: Room, fault: CeremonyError) -> CeremonyError:
    """The reason in the record, the token logged out, and the last line unless it can go on. Returns what to tell."""
    try:
        if room.journal_closed:
            return fault  # the record is closed; only its seal or its sums are missing
        if isinstance(fault, BrokenOff):  # nobody decided to end it: the record stays open, and can be gone on with
            room.under_way = False
            room.record(InterruptionRecorded(cause=fault.cause, after=room.journal.last, decided=False))
            room.close_session()
        else:
            end_early(room, fault)
    except CeremonyError as error:
        if isinstance(fault, RecordNotWritable) or not (isinstance(error, RecordNotWritable) or room.journal_closed):
            return fault
        return error
    finally:
        if room.session is not None:
            room.session.close()
            room.session = None
        room.journal.close()
    return fault


def _surprise(error: Exception) -> CeremonyError:
    """A fault of the program itself. Its type and place are told; its variables and message never are."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "an unknown place"
    return CeremonyError(
        "The program failed; this is a fault in it.",
        detail=f"{type(error).__name__} at {place}.",
        not_done="The step was not done. The token was logged out and the record says so.",
        next_step="Keep the folder of this ceremony, report the fault, and do not go on with this program.",
        code="PROGRAM-FAULT",
    )


def _sealed(room: Room) -> bool:
    return room.journal_closed and room.folder.seal.exists() and (room.folder.path / layout.SUMS).exists()


def _outcome(room: Room, fault: CeremonyError | None, proof: Proof | None) -> Outcome:
    stopwatch = room.tokens.stopwatch
    sealed = _sealed(room)
    ending = room.state.ending
    closed = sealed and isinstance(ending, CeremonyClosed)
    if sealed and proof is not None and proof.said == "not proved":
        how = "closed" if closed else "ended early"
        headline = f"NOT PROVED. The ceremony is {how} and its record sealed, and the verifier refuses it."
    elif closed and proof is not None:
        headline = "PROVED. The ceremony is closed and its record sealed."
    elif closed:
        headline = "The ceremony is closed and its record sealed."
    elif sealed:
        headline = "The ceremony ended early, and its record is sealed."
    elif ending is not None and ending.sealed_by:
        headline = "The record has its last line, but it is not sealed."
    elif ending is not None:
        headline = "The ceremony ended early. Nobody sealed its record."
    elif isinstance(fault, BrokenOff):
        headline = "The ceremony was broken off before its close."
    else:
        headline = "The ceremony did not reach its close."
    made = made_so_far(room.state, room.plan.token_label)
    artefacts = tuple(
        Artefact(name=Path(path).name, path=str(room.folder.path / path), sha256=written.sha256, size=written.size)
        for path, written in room.state.files.items()
    )
    return Outcome(
        closed=closed,
        sealed=sealed,
        headline=headline,
        folder=str(room.folder.path),
        head=room.journal.head,
        artefacts=artefacts,
        fault=fault,
        signatures=room.state.signatures,
        key_generations=len(room.state.keys),
        seconds_generating=stopwatch.seconds_generating,
        seconds_signing=stopwatch.seconds_signing,
        copies=tuple(str(folder) for _, folder in room.exports),
        verdict=" ".join(filter(None, (getattr(ending, "unsealed", ""), _due(room)))),
        made=() if closed else tuple((item.name, item.value) for item in made),
        proof=proof,
    )


def _due(room: Room) -> str:
    """Until when what was signed today must be followed by the next of its kind."""
    built = [artefact.item.built() for artefact in room.artefacts.values()]
    lists = [
        f"The CRL after number {item.number} of {item.profile} must be signed before {item.renew_by}."
        for item in built
        if isinstance(item, CrlBuilt)
    ]
    answers = sorted(item.renew_by for item in built if isinstance(item, ResponseBuilt))
    return " ".join([*lists, *(f"The OCSP responses must be signed anew before {first}." for first in answers[:1])])
