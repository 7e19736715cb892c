"""STEPS: what was planned was done, in that order, by the people of the script, and nothing else was."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.script import models
from ceremony.script.compile import people_of
from ceremony.script.plan import PlannedStep
from ceremony.script.references import SIGNING_STEPS
from ceremony.transcript import archive, kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds import EventData
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.resumed_lines import outside_a_step, spans
from ceremony.verify.rule import Fault, Rule

APPROVED_STEPS = (*SIGNING_STEPS, models.DestroyKey, models.BackupKey, models.RestoreTest, models.GenerateKey)
"""Where people approve something; a key only where one was found after an interruption."""

SPLITS_PINS = (models.OpenToken, models.BackupKey, models.RenewPins)
"""Where PINs are drawn and split."""

PLACES: dict[type[EventData], tuple[type[models.StepBase], ...]] = {
    kinds.ClockCompared: (models.CompareClock,),
    kinds.SharesMade: SPLITS_PINS,
    kinds.ShareShown: SPLITS_PINS,
    kinds.SharesProved: SPLITS_PINS,
    kinds.PinChanging: (models.RenewPins,),
    kinds.PinChanged: (models.RenewPins,),
    kinds.KeyIntended: (models.GenerateKey,),
    kinds.KeyMade: (models.GenerateKey,),
    kinds.SerialDrawn: SIGNING_STEPS,
    kinds.CertificateBuilt: (models.SelfSign, models.Issue, models.CrossSign),
    kinds.CrlBuilt: (models.SignCrl,),
    kinds.RequestBuilt: (models.MakeRequest,),
    kinds.ResponseBuilt: (models.SignOcsp,),
    kinds.RequestRead: (models.Issue, models.CrossSign),
    kinds.RehearsalCompared: SIGNING_STEPS,
    kinds.IncidentRecorded: (models.Incident,),
    kinds.KeyParked: (models.ParkKey,),
    kinds.BackupIntended: (models.BackupKey,),
    kinds.KeyBackedUp: (models.BackupKey,),
    kinds.RestoreTestIntended: (models.RestoreTest,),
    kinds.RestoreTested: (models.RestoreTest,),
    kinds.DestructionIntended: (models.DestroyKey,),
    kinds.KeyDestroyed: (models.DestroyKey,),
    kinds.KeyAdopted: (models.GenerateKey,),
    kinds.DiscardIntended: (models.GenerateKey,),
    kinds.KeyDiscarded: (models.GenerateKey,),
    kinds.Linted: SIGNING_STEPS,
    kinds.WaiverUsed: SIGNING_STEPS,
    kinds.Reviewed: APPROVED_STEPS,
    kinds.Attested: (models.Close,),
    kinds.ReadBack: APPROVED_STEPS,
    kinds.Approved: APPROVED_STEPS,
    kinds.ApprovalRefused: APPROVED_STEPS,
    kinds.SignatureIntended: SIGNING_STEPS,
    kinds.Signed: SIGNING_STEPS,
    kinds.ArtefactIntended: (*APPROVED_STEPS, models.Close),
    kinds.ArtefactsWritten: (*APPROVED_STEPS, models.Close),
    kinds.InventoryReviewed: (models.ReviewInventory,),
    kinds.ItemReceived: (models.ReceiveItems,),
    kinds.BagChecked: (models.CheckBag,),
    kinds.BagOpened: (models.OpenBag,),
    kinds.ContentsFound: (models.OpenBag,),
    kinds.ItemMissing: (models.OpenBag,),
    kinds.BagSealed: (models.SealBag,),
    kinds.ItemsHandedOver: (models.HandOver,),
    kinds.ItemDestroyed: (models.DestroyItem,),
    kinds.ItemStays: (models.Close,),
    kinds.ExportIntended: (models.Export,),
    kinds.Exported: (models.Export,),
}
"""What may happen only in steps of certain kinds."""

ANYWHERE = (
    kinds.CeremonyOpened,
    kinds.Note,
    kinds.Deviation,
    kinds.ClockJumped,
    kinds.InterruptionRecorded,
    kinds.CeremonyAborted,
    kinds.TokenClosed,
    kinds.PersonPresent,
    kinds.PersonLeft,
    kinds.PersonReturned,
    kinds.QuorumAwaited,
    kinds.BreakBegun,
    kinds.BreakEnded,
)
"""What needs no step: the first and last lines, and what people and the machine may do at any moment."""

NAMES = ("name", "key")
"""The field in which an event of such a step says what it is about; the first that it has."""

OUTCOMES: dict[type[models.StepBase], type[EventData]] = {
    models.RollCall: kinds.PersonPresent,
    models.Attest: kinds.Confirmed,
    models.Record: kinds.Evidence,
    models.CompareClock: kinds.ClockCompared,
    models.OpenToken: kinds.TokenOpened,
    models.RenewPins: kinds.PinChanged,
    models.GenerateKey: kinds.KeyMade,
    **dict.fromkeys(SIGNING_STEPS, kinds.ArtefactsWritten),
    models.ParkKey: kinds.KeyParked,
    models.BackupKey: kinds.KeyBackedUp,
    models.RestoreTest: kinds.RestoreTested,
    models.DestroyKey: kinds.KeyDestroyed,
    models.Incident: kinds.IncidentRecorded,
    models.ReviewInventory: kinds.InventoryReviewed,
    models.ReceiveItems: kinds.ItemReceived,
    models.CheckBag: kinds.BagChecked,
    models.OpenBag: kinds.ContentsFound,
    models.SealBag: kinds.BagSealed,
    models.HandOver: kinds.ItemsHandedOver,
    models.DestroyItem: kinds.ItemDestroyed,
    models.Export: kinds.Exported,
}
"""Without this event a step of the kind was not followed, whatever its last line says."""


def _order(evidence: Evidence) -> Iterator[Fault]:
    steps = evidence.plan.steps
    known = {"", *(planned.step.id for planned in steps)}
    place, attempt, last_attempt, under_way = 0, 1, 1, False
    resuming = False
    for entry in evidence.chain.entries:
        expected = steps[place] if place < len(steps) else None
        data, where = entry.data, line_of(entry)
        if isinstance(data, kinds.CeremonyResumed):
            if place == len(steps) and place:
                place, under_way = place - 1, True  # all was done, and not closed: the last step is done again
                attempt = last_attempt
            attempt, under_way, resuming = attempt + under_way, False, True
            step_id = steps[place].step.id if place < len(steps) else ""
            if (entry.event.step, entry.event.attempt) != (step_id, attempt):
                yield Fault(f"The ceremony is resumed elsewhere than at step {step_id}, attempt {attempt}.", where)
            continue
        if resuming and not isinstance(data, kinds.StepBegun):
            yield from outside_a_step(evidence, entry, place, attempt)
            continue
        resuming = False
        if isinstance(data, kinds.StepBegun):
            if under_way:
                yield Fault("A step begins while another one is under way.", where)
            if expected is None or not _same(expected, entry, data):
                wanted = f"step {expected.number} ({expected.step.id})" if expected else "no further step"
                yield Fault(f"Step {data.number} ({entry.event.step}) begins; the plan has {wanted} here.", where)
                return
            if entry.event.attempt != attempt:
                yield Fault(f"This is attempt {attempt} at step {data.number}, not {entry.event.attempt}.", where)
            if entry.event.actor not in {person.id for person in expected.actors}:
                yield Fault(f"Step {data.number} is begun by {entry.event.actor}, whose step it is not.", where)
            under_way = True
        elif isinstance(data, kinds.StepDone | kinds.StepFailed):
            here = (expected.number, expected.step.id, attempt) if expected and under_way else None
            if (data.number, entry.event.step, entry.event.attempt) != here:
                yield Fault(f"Step {data.number} ({entry.event.step}) ends without having begun.", where)
                return
            under_way = False
            if isinstance(data, kinds.StepDone):
                place, attempt, last_attempt = place + 1, 1, attempt
            else:
                attempt += 1
                if data.decision == "abort":
                    yield Fault(f"Step {data.number} failed and the ceremony was given up: {data.headline}", where)
        elif isinstance(data, ANYWHERE):
            if entry.event.step not in known:
                yield Fault(f"{entry.event.kind} names a step that is not in the plan, {entry.event.step}.", where)
        elif isinstance(data, kinds.CeremonyClosed):
            if place < len(steps) or entry.event.step != steps[-1].step.id:
                yield Fault("The ceremony is closed outside its last step.", where)
        elif (
            not under_way
            or expected is None
            or (entry.event.step, entry.event.attempt)
            != (
                expected.step.id,
                attempt,
            )
        ):
            step = entry.event.step or "none"
            yield Fault(f"{entry.event.kind} stands outside the step to which it says it belongs ({step}).", where)
    missing = steps[place:]
    if missing:
        first = f"Step {missing[0].number} ({missing[0].title})"
        others = f" and the {len(missing) - 1} after it were" if len(missing) > 1 else " was"
        yield Fault(f"{first}{others} not done.", archive.RECORD)


def _places(evidence: Evidence) -> Iterator[Fault]:
    steps = {planned.step.id: planned.step for planned in evidence.plan.steps}
    between = {entry.event.seq for span in spans(evidence) for entry in span.entries}
    for entry in evidence.chain.entries:
        allowed = PLACES.get(type(entry.data))
        step = steps.get(entry.event.step)
        if allowed is None or entry.event.seq in between:  # RESUME-PLACE says what may stand there
            continue
        if not isinstance(step, allowed):
            kind = step.kind if step is not None else "no step"
            yield Fault(f"{entry.event.kind} does not belong in a step of kind {kind}.", line_of(entry))
            continue
        own = _own(evidence, step)
        named = next((str(getattr(entry.data, field)) for field in NAMES if hasattr(entry.data, field)), None)
        if own and named is not None and named not in own:
            yield Fault(f"{entry.event.kind} is about {named}; this step is about {', '.join(own)}.", line_of(entry))


def _own(evidence: Evidence, step: models.Step) -> tuple[str, ...]:
    """What a step may be about: the objects that it signs, or its keys."""
    if isinstance(step, SIGNING_STEPS):
        return tuple(item.name for item in evidence.plan.objects.get(step.id, ()))
    if isinstance(step, models.BackupKey | models.RestoreTest):
        return step.keys
    if isinstance(step, models.GenerateKey | models.ParkKey | models.DestroyKey):
        return (step.key,)
    return ()


def _followed(evidence: Evidence) -> Iterator[Fault]:
    happened: dict[str, set[type[EventData]]] = {}  # in any attempt: what is done stays done
    steps = {planned.step.id: planned for planned in evidence.plan.steps}
    for entry in evidence.chain.entries:
        group = happened.setdefault(entry.event.step, set())
        group.add(type(entry.data))
        planned = steps.get(entry.event.step)
        if isinstance(entry.data, kinds.StepDone) and planned is not None:
            wanted = OUTCOMES.get(type(planned.step))
            if wanted is not None and wanted not in group:
                said = f"Step {planned.number} ({planned.title}) is called done without {wanted.kind}."
                yield Fault(said, line_of(entry))
    for planned in evidence.plan.steps:
        if kinds.StepDone in happened.get(planned.step.id, set()):
            yield from _as_written(evidence, planned)


def _as_written(evidence: Evidence, planned: PlannedStep) -> Iterator[Fault]:
    """Instructions, the statement that was confirmed and the form that was filled in are the script's."""
    step = planned.step
    mine = [entry for entry in evidence.chain.entries if entry.event.step == step.id]
    for entry in mine:
        if isinstance(entry.data, kinds.Instructed) and entry.data.text != step.text:
            yield Fault(f"The instruction of step {planned.number} is not the script's.", line_of(entry))
    if isinstance(step, models.Attest):
        stated = set()
        for entry in mine:
            if isinstance(entry.data, kinds.Confirmed):
                stated.add(entry.data.person)
                if entry.data.statement != step.statement:
                    yield Fault(f"The statement of step {planned.number} is not the script's.", line_of(entry))
        for people in (planned.actors, planned.witnesses):
            if people and not stated & {person.id for person in people}:
                names = " or ".join(person.name for person in people)
                yield Fault(f"The statement of step {planned.number} was not made by {names}.", archive.RECORD)
    if isinstance(step, models.Record):
        for entry in mine:
            filled = [field.name for field in entry.data.fields] if isinstance(entry.data, kinds.Evidence) else None
            if filled is not None and filled != [field.name for field in step.fields]:
                yield Fault(f"The form of step {planned.number} is not the script's.", line_of(entry))


def _people(evidence: Evidence) -> Iterator[Fault]:
    plan = evidence.plan
    for entry in evidence.chain.entries:
        actor = entry.event.actor
        if actor != "engine" and actor not in plan.people:
            yield Fault(f"{actor} acts, who is not one of the people of the script.", line_of(entry))
        named = getattr(entry.data, "person", None)
        if isinstance(entry.data, kinds.Confirmed) and named != actor:
            yield Fault(f"{actor} confirms in the name of {named}.", line_of(entry))
        if named is not None and named not in plan.people:
            yield Fault(f"{named} is named, who is not one of the people of the script.", line_of(entry))
        if isinstance(entry.data, kinds.PersonPresent):
            yield from _presence(evidence, entry, entry.data)
    present = evidence.state.arrived
    for role, duty in plan.script.roles.items():
        people = people_of(plan.script, plan.people, role)
        count = sum(person.id in present for person in people)
        if count < duty.quorum:
            yield Fault(f"{count} of the role {role} were present; the script needs {duty.quorum}.", archive.RECORD)


def _presence(evidence: Evidence, entry: Entry, data: kinds.PersonPresent) -> Iterator[Fault]:
    plan = evidence.plan
    person = plan.people.get(data.person)
    duty = next((duty for role, duty in plan.script.roles.items() if role == data.role), None)
    if person is not None and (person.name, person.organisation) != (data.name, data.organisation):
        yield Fault(f"The record describes {data.person} otherwise than the people file does.", line_of(entry))
    if duty is None or data.person not in (duty.deputies if data.for_person else duty.people):
        yield Fault(f"{data.person} does not hold the role {data.role} in this script.", line_of(entry))


def _same(planned: PlannedStep, entry: Entry, data: kinds.StepBegun) -> bool:
    return (data.number, entry.event.step, data.step_kind, data.title) == (
        planned.number,
        planned.step.id,
        planned.step.kind,
        planned.title,
    )


RULES = (
    Rule(
        "STEPS-ORDER",
        lambda e: f"Each of the {len(e.plan.steps)} planned steps was begun and done, in the plan's order.",
        _order,
    ),
    Rule("STEPS-PLACE", "Keys, signatures and checks stand in the steps that were planned for them.", _places),
    Rule("STEPS-FOLLOWED", "Each step left the trace that its kind must leave, in the script's own words.", _followed),
    Rule(
        "STEPS-PEOPLE",
        "Everyone who acts is one of the script's people, and as many answered the roll as it needs.",
        _people,
    ),
)
