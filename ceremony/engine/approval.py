"""Who must approve, and their approval of exactly these bytes."""

from __future__ import annotations

from dataclasses import replace

from ceremony.custody.consent import approval_statement
from ceremony.custody.people import Person
from ceremony.custody.read_back import slices, words_asked, wrong_positions
from ceremony.engine.own_words import record_own
from ceremony.engine.questions import ApprovalRequest, Blank, FieldRow, Form, Review
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError, Finding
from ceremony.script.objects.base import SignedObject
from ceremony.script.plain_words import WORDS
from ceremony.script.quorum import needed_approvals, who_may_approve
from ceremony.transcript.kinds import ApprovalRefused, Approved, ApprovedKind, ReadBack, Reviewed
from ceremony.words import words

WORDS_OF_A_BLANK = 4
"""Words of a digest that are typed into one blank."""


def approvers(room: Room) -> tuple[Person, ...]:
    """Who must approve in this step: those of the acting role who are present, as many as the script needs.

    Those who hold the role come before those who stand in for somebody.
    """
    planned = room.step
    needed = needed_approvals(room.plan, planned)
    present = room.those_present(dict.fromkeys(who_may_approve(room.plan, planned)))
    if len(present) < needed:
        missing = ", ".join(person.name for person in planned.actors if person not in present)
        raise CeremonyError(
            "Those who must approve are not all present.",
            detail=f"{needed} of the role {planned.actor_role} must approve; {len(present)} are in the room. "
            f"Not present: {missing}.",
            not_done="Nothing was signed.",
            next_step="Wait for them and call the roll again, or end the ceremony in good order (F10).",
            code="QUORUM-ABSENT",
        )
    return present[:needed]


def review(room: Room, draft: SignedObject, findings: tuple[Finding, ...]) -> None:
    """Show every field as the policy wants it and as a second parser reads it from the bytes. Refuses a difference."""
    to_be_signed = draft.to_be_signed
    rows = tuple(FieldRow(row.name, row.wanted, row.found, row.equal) for row in draft.rows())
    room.officiant.review(
        Review(
            step=room.view,
            title=f"{WORDS[draft.what]} {draft.name}",
            rows=rows,
            findings=findings,
            dump=draft.dump(),
            digest=to_be_signed.sha256,
            digest_words=words(bytes.fromhex(to_be_signed.sha256)),
            size=len(to_be_signed.octets),
        )
    )
    unequal = [row.name for row in rows if not row.equal]
    room.record(
        Reviewed(
            name=draft.name,
            sha256=to_be_signed.sha256,
            unequal=len(unequal),
            person=room.actor.id,
        ),
        actor=room.actor.id,
    )
    if unequal:
        raise CeremonyError(
            "The bytes are not what the policy wants.",
            detail=f"They differ in: {', '.join(unequal)}.",
            not_done=f"{draft.name} was not signed.",
            next_step="End the ceremony in good order (F10) and report the difference.",
            code="REVIEW-UNEQUAL",
        )


def approve(room: Room, draft: SignedObject) -> None:
    """Ask each approver for these bytes. Raises CeremonyError when anyone refuses."""
    what = f"Sign {WORDS[draft.what]} {draft.name} with key {draft.demand.signer_key}"
    approve_digest(room, draft.what, draft.name, draft.to_be_signed.sha256, what, f"{draft.name} was not signed.")


def approve_digest(
    room: Room, kind: ApprovedKind, name: str, digest: str, what: str, not_done: str, *, word: str = "SIGN"
) -> None:
    """Ask each approver for `what`, bound to a digest; the statements are on record. Raises when anyone refuses."""
    people = approvers(room)
    head = room.journal.head
    for person in people:
        if room.plan.policy.custody.read_back:
            read_back(room, name, digest, head, [each.id for each in people], person, not_done)
        statement = approval_statement(person, kind, name, digest)
        agreed = room.officiant.approve(
            ApprovalRequest(
                step=room.view,
                person=person.name,
                what=what,
                statement=statement,
                digest=digest,
                digest_words=words(bytes.fromhex(digest)),
                word=word,
            )
        )
        if not agreed:
            refusal = ApprovalRefused(name=name, to_be_signed_sha256=digest, person=person.id)
            room.record(refusal, actor=person.id)
            raise CeremonyError(
                "The approval was refused.",
                detail=f"{person.name} does not approve {name}.",
                not_done=not_done,
                next_step="Find out why. Try again to build and review it anew, or end the ceremony.",
                code="APPROVAL-REFUSED",
            )
        _approval(room, kind, name, digest, person, statement, not_done)


def read_back(room: Room, name: str, digest: str, head: str, people: list[str], person: Person, not_done: str) -> None:
    """The person types the words of the digest that the program chose. Raises CeremonyError (READ-BACK) for others."""
    asked = next(item for item in slices(digest, head, people) if item.person == person.id)
    expected = dict(zip(asked.positions, words_asked(digest, asked), strict=True))
    blanks = tuple(_blank(group, expected) for group in _groups(asked.positions))
    answers = room.officiant.record(
        Form(
            replace(room.view, actor=person.name),
            f"{person.name} reads back",
            f"Find these words among those of the digest of {name}, read them aloud, and type them.",
            blanks,
            digest_words=words(bytes.fromhex(digest)),
        )
    )
    typed = [word for blank in blanks for word in answers.get(blank.name, "").split()]
    wrong = wrong_positions(digest, asked, typed)
    if wrong:
        raise CeremonyError(
            "The words are not those of the digest.",
            detail=f"{person.name} typed others for number {', '.join(map(str, wrong))} of {name}.",
            not_done=not_done,
            next_step="Compare the digest once more, and try again.",
            code="READ-BACK",
        )
    room.record(
        ReadBack(name=name, digest=digest, chain_head=head, person=person.id, positions=asked.positions),
        actor=person.id,
    )


def _groups(positions: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Four words for one blank: what fits into a line of a small terminal."""
    return [positions[at : at + WORDS_OF_A_BLANK] for at in range(0, len(positions), WORDS_OF_A_BLANK)]


def _blank(group: tuple[int, ...], expected: dict[int, str]) -> Blank:
    def check(answer: str) -> str | None:
        given = [word.casefold() for word in answer.split()]
        if len(given) != len(group):
            return f"These are {len(given)} words; {len(group)} are asked for, with blanks between."
        wrong = [place for place, word in zip(group, given, strict=True) if word != expected[place].casefold()]
        return f"Not the word of the digest: number {', '.join(map(str, wrong))}. Look at it again." if wrong else None

    numbers = ", ".join(map(str, group))
    return Blank(f"words-{'-'.join(map(str, group))}", f"Words {numbers}", check=check)


def _approval(
    room: Room, kind: ApprovedKind, name: str, digest: str, person: Person, statement: str, not_done: str
) -> None:
    def typed(head: str) -> Approved:
        return Approved(
            ceremony_id=room.ceremony_id,
            step=room.view.id,
            attempt=room.attempt,
            what=kind,
            name=name,
            to_be_signed_sha256=digest,
            plan_sha256=room.plan.sha256,
            chain_head=head,
            person=person.id,
            statement=statement,
            method="typed",
        )

    record_own(room, person, typed, not_done)
