"""Everything that is signed takes the one road of `engine/signing.py`; what a request asks for is shown before."""

from __future__ import annotations

from ceremony.engine.approval import approvers
from ceremony.engine.questions import Instruction
from ceremony.engine.room import Room
from ceremony.engine.signing import sign_object
from ceremony.engine.steps.incident import deadline_details
from ceremony.engine.steps.known_key import the_same
from ceremony.script import models
from ceremony.script.compile import placeholder_serial
from ceremony.script.objects.base import Demand
from ceremony.script.objects.certificate import CertificateDemand
from ceremony.script.plain_words import WORDS
from ceremony.transcript.kinds import Instructed, RequestRead


def sign(room: Room, step: models.Step) -> None:
    """Each object that the plan holds for this step."""
    objects = room.plan.objects[step.id]
    approvers(room)
    details = [*deadline_details(room)]
    details += [row for item in objects for row in (*_details(item.demand), *_asked(_request(room, item.demand)))]
    room.officiant.instruct(
        Instruction(room.view, step.text, details=tuple(dict.fromkeys(details)), acknowledge="Go to the review")
    )
    room.record(Instructed(text=step.text), actor=room.actor.id)
    for item in objects:
        _require_subject_key(room, item.demand)
        sign_object(room, item.demand, _request(room, item.demand))


def _require_subject_key(room: Room, demand: Demand) -> None:
    """KEY-DIFFERS: a key of an earlier ceremony that is certified now is, on this token, the one that the record knows.

    Nothing else would show it: a subject's key signs nothing here.
    """
    key = room.world.keys.get(demand.key) if isinstance(demand, CertificateDemand) else None
    if key is None or key.earlier is None or key.destroyed:
        return
    session = room.open_session()
    if key.token_label == session.token.label:
        the_same(key, session.key(bytes.fromhex(key.key_id)), f"{demand.name} was not signed.")


def _details(demand: Demand) -> tuple[tuple[str, str], ...]:
    over = (("Over key", demand.key),) if isinstance(demand, CertificateDemand) and demand.key else ()
    return (
        (WORDS[demand.what], demand.name),
        ("Profile", demand.profile_name),
        ("Signed with key", demand.signer_key),
        *over,
    )


def _request(room: Room, demand: Demand) -> RequestRead | None:
    """The request over whose key the object is made, read and checked; None where there is none."""
    if not isinstance(demand, CertificateDemand) or demand.request is None:
        return None
    return demand.draft(room.setting(), placeholder_serial(demand)).request_read()


def _asked(read: RequestRead | None) -> tuple[tuple[str, str], ...]:
    """What the request asks for, beside what will be given."""
    if read is None:
        return ()
    return (
        ("Request", f"{read.path}, SHA-256 {read.sha256}"),
        *((f"Asked: {row.name}", row.value) for row in read.asked),
    )
