"""People's own tokens, introduced in the morning: who cannot sign today learns it before a key is made.

In practice each token is made then; in production its certificate is looked at. Either way it is kept in the folder.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime

from ceremony.canonical import sha256_hex
from ceremony.custody.people import Person
from ceremony.engine.credentials import credential, keep_certificate, not_on_token, refuse_unfit
from ceremony.engine.presence import tell
from ceremony.engine.questions import LOOK_AGAIN, Choice, Instruction, Option
from ceremony.engine.room import Room
from ceremony.engine.trying import until_done
from ceremony.errors import CeremonyError, Interrupted
from ceremony.pki.credential import ends_soon
from ceremony.pki.view import certificate_view
from ceremony.room.clock import iso
from ceremony.script.quorum import to_introduce
from ceremony.transcript.kinds import CertificateEnds, CertificateUnseen, PersonLeft

NOT_DONE = "The next step has not begun."
UNSEEN = "CREDENTIAL-UNSEEN"

WHY_NOW = "so that nobody finds out at the first signature that they cannot sign."

PRACTICE = (
    f"It is opened once now, {WHY_NOW} Only its owner knows the PIN: where the token is new, its owner chooses the PIN "
    "here, and types it again to sign."
)

PRODUCTION = f"Its certificate is looked at now, without a PIN, {WHY_NOW}"


def introduce(room: Room) -> None:
    """Once the clock is agreed: the own tokens of those here who will sign with a key of their own, each once.

    In production a certificate is read from its token, without a PIN; it must be the one that the people file names,
    and fit at the agreed clock. Who has none that serves goes out, by the record, until they have one. One that the
    token keeps to itself is seen when the token is opened. In practice a token and its certificate are made, with a PIN
    that the person chooses. Raises Interrupted where people end the ceremony instead.
    """
    while wanting := _to_introduce(room):
        person = wanting[0]
        with of(room, person):
            if room.plan.mode == "practice":
                until_done(room, _Maker(person), opening(person))
            else:
                _look(room, person)


def of(room: Room, person: Person) -> AbstractContextManager[None]:
    """The block in which one person is introduced: what people see while it lasts."""
    why = PRACTICE if room.plan.mode == "practice" else PRODUCTION
    return room.before_step("Own tokens", f"{person.name} signs today with a token of their own. {why}", person.name)


def opening(person: Person) -> str:
    """What is being done in a rehearsal, in a sentence."""
    return f"The own token of {person.name} is opened for the first time."


class _Maker:
    """Makes, or finds again, the practice token of one person, where they are still in the room."""

    def __init__(self, person: Person) -> None:
        self._person = person

    def __call__(self, room: Room) -> None:
        if self._person.id in room.state.present:
            with credential(room, self._person, NOT_DONE):
                pass  # made, opened, its certificate kept, and logged out again


def _to_introduce(room: Room) -> tuple[Person, ...]:
    """Those here who are to be introduced; somebody may come back while another one is."""
    state = room.state
    agreed = state.agreed_offset_seconds is not None
    return to_introduce(room.plan, state.present, state.introduced, state.stands_for, agreed=agreed)


def _look(room: Room, person: Person) -> None:
    while person.id in room.state.present:  # they may go out by themselves, while they are asked about
        try:
            certificate = _read(room, person)
            refuse_unfit(person, certificate, room.clock.utc(), NOT_DONE)
        except CeremonyError as fault:
            match room.officiant.choose(_what_now(room, person, fault)):
                case "without" if person.id in room.state.present:
                    left = PersonLeft(person=person.id, reason=f"No certificate that serves: {_why(fault)}")
                    room.record(left, actor=person.id)
                    tell(room)
                case "unseen":
                    room.record(CertificateUnseen(person=person.id))
                    return
                case "abort":
                    raise Interrupted(f"it was decided to end the ceremony: {_why(fault).rstrip('.')}") from None
                case _:
                    continue
        else:
            keep_certificate(room, person, certificate, NOT_DONE)
            _tell_if_it_ends_soon(room, person, certificate_view(certificate).not_after)
            return


def _read(room: Room, person: Person) -> bytes:
    """The certificate that the people file names, as the person's token shows it."""
    place = room.tokens.credential(person)
    shown = place.module.shown_certificates(place.label, place.serial)
    if not shown:
        raise CeremonyError(
            "The person's token shows no certificate.",
            detail=f"Token {place.label} of {person.name} shows none without its PIN.",
            not_done=NOT_DONE,
            next_step="Look whether it is the right token. Some show their certificates only when they are open.",
            code=UNSEEN,
        )
    wanted = person.credential.certificate_sha256 if person.credential else ""
    found = [der for der in shown if sha256_hex(der) == wanted]
    if len(found) != 1:
        raise not_on_token(person, place.label, len(shown), len(found), NOT_DONE)
    return found[0]


def _why(fault: CeremonyError) -> str:
    """In one sentence or two; not the list of every token that is there instead of the one that was looked for."""
    return fault.detail if fault.code.startswith("CREDENTIAL-") else fault.headline


def _what_now(room: Room, person: Person, fault: CeremonyError) -> Choice:
    unseen = (Option("unseen", "Go on: it is seen when the token is opened"),) if fault.code == UNSEEN else ()
    return Choice(
        room.view,
        f"The own token of {person.name}",
        f"{room.view.text} Put the token in, and look again. Who cannot sign goes out, by the record, and may "
        "come back; a deputy may come in for them.",
        (
            Option(LOOK_AGAIN, "Look again"),
            *unseen,
            Option("without", f"{person.name} goes out", word="OUT"),
            Option("abort", "End the ceremony", word="ABORT"),
        ),
        fault=fault,
    )


def _tell_if_it_ends_soon(room: Room, person: Person, ends: datetime) -> None:
    if ends_soon(ends, room.clock.utc()):
        room.record(CertificateEnds(person=person.id, not_after=iso(ends)))
        told = (
            f"The certificate of {person.name} expires at {iso(ends)}, in less than a day. What they sign after that "
            "is refused, and today they sign until the close."
        )
        room.officiant.instruct(Instruction(room.view, told, acknowledge="Seen"))
