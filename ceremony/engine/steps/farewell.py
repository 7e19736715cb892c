"""Before the record is sealed: everybody agrees with it or dissents, and gets a slip that fixes it."""

from __future__ import annotations

from dataclasses import replace

from ceremony.canonical import sha256_hex
from ceremony.custody.consent import attestation_statement
from ceremony.custody.people import Person
from ceremony.custody.receipts import Receipt
from ceremony.custody.slips import RECEIPTS, receipt_files, receipt_of, receipt_paths
from ceremony.engine.keeping import keep_all
from ceremony.engine.own_words import record_own
from ceremony.engine.questions import Blank, Choice, Form, Instruction, Option
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.transcript.kinds import ArtefactIntended, ArtefactsWritten, Attested
from ceremony.words import head_words

NOT_HANDED_OUT = "The receipts were not handed out."


def attest(room: Room) -> None:
    """Each person present agrees with the record up to here, or dissents with words; neither stops the close.

    Who comes back meanwhile is asked too.
    """
    while unheard := _unheard(room):
        person = unheard[0]
        statement = attestation_statement(person)
        chosen = room.officiant.choose(
            Choice(
                replace(room.view, actor=person.name),
                f"{person.name}: do you agree with the record?",
                statement,
                (
                    Option("dissent", "I do not agree, and say why", word="DISSENT"),
                    Option("agree", "I agree", word="AGREE"),
                ),
                person=person.name,
            )
        )
        words = "" if chosen == "agree" else _dissent(room, person)
        _record(room, person, statement, agrees=chosen == "agree", words=words)


def hand_out_receipts(room: Room) -> None:
    """A slip for each person present, all about the same moment; they are among the artefacts.

    A slip that an earlier attempt handed out stays what it is: the record has only gone on since.
    """
    held = set(room.state.files)
    now = room.clock.utc().strftime("%Y-%m-%d")
    planned = {
        person: [path for path in receipt_paths(_receipt(room, person, room.journal.head, now)) if path not in held]
        for person in _present(room)
    }
    people = [person for person, paths in planned.items() if paths]
    if not people:
        return
    paths = tuple(path for paths in planned.values() for path in paths)
    announced = room.record(ArtefactIntended(what="receipts", name="", paths=paths))
    slips = (
        (path, octets)
        for person in people
        for path, octets in receipt_files(_receipt(room, person, announced.prev, announced.at[:10]))
        if path in paths
    )
    written = keep_all(room, slips, NOT_HANDED_OUT)
    room.record(ArtefactsWritten(what="receipts", name="", files=written))
    _tell(room, announced.prev, people)


def require_heard(room: Room) -> None:
    """Raises CeremonyError (CLOSE-UNHEARD) where somebody who is here has not been asked, or has no slip."""
    custody, held = room.plan.policy.custody, room.state.files
    without = [person for person in _unheard(room) if custody.attestation]
    if custody.receipts:
        without += [person for person in _present(room) if f"{RECEIPTS}/receipt-{person.id}.txt" not in held]
    if without:
        names = ", ".join(dict.fromkeys(person.name for person in without))
        raise CeremonyError(
            "Somebody came in while the record was closed.",
            detail=f"{names} came in after the others had agreed or dissented, or had their receipts.",
            not_done="The record is not sealed.",
            next_step="Try again: everybody who is in the room is asked once more.",
            code="CLOSE-UNHEARD",
        )


def _unheard(room: Room) -> list[Person]:
    """Of those here, who has said nothing in this attempt at the close."""
    return [person for person in _present(room) if room.state.attested.get(person.id) != room.attempt]


def _receipt(room: Room, person: Person, head: str, day: str) -> Receipt:
    return receipt_of(
        person,
        head=head,
        day=day,
        ceremony_id=room.ceremony_id,
        title=room.plan.script.title,
        mode=room.plan.mode,
        keys={key.key: sha256_hex(key.spki) for key in room.state.keys.values()},
        steps=len(room.state.steps_done),
        exceptions=room.state.deviations,
    )


def _tell(room: Room, head: str, people: list[Person]) -> None:
    """Say where the slips are and what each holder can do with theirs."""
    room.officiant.instruct(
        Instruction(
            room.view,
            "Each person takes their receipt home. Print the slips, or let each photograph the QR code of theirs when "
            "the ceremony is over. Who can do neither writes the words of the head down. With it anybody can find out "
            "later whether the record was cut short or replaced: ceremony verify --receipt.",
            details=(
                ("For", ", ".join(person.name for person in people)),
                ("Files", f"{RECEIPTS}/receipt-*.txt, and .json for the code alone"),
                ("Ceremony", room.ceremony_id),
                ("Head in words", head_words(head)),
            ),
            acknowledge="Taken",
        )
    )


def _present(room: Room) -> list[Person]:
    return [room.plan.people[name] for name in room.state.present]


def _dissent(room: Room, person: Person) -> str:
    answers = room.officiant.record(
        Form(
            replace(room.view, actor=person.name),
            f"{person.name} dissents",
            "Say in a few words what is not as the record says. It stands in the record from then on.",
            (Blank("words", "In your own words", check=_said),),
        )
    )
    return " ".join(answers["words"].split())


def _said(answer: str) -> str | None:
    if not answer.strip():
        return "Please say it in a few words."
    return None if len(answer) <= 500 and answer.isprintable() else "At most 500 characters that can be printed."


def _record(room: Room, person: Person, statement: str, *, agrees: bool, words: str) -> None:
    def typed(head: str) -> Attested:
        return Attested(
            ceremony_id=room.ceremony_id,
            chain_head=head,
            person=person.id,
            statement=statement,
            agrees=agrees,
            words=words,
            method="typed",
        )

    record_own(room, person, typed, "The record is not closed.")
