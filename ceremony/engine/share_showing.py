"""One share before its holder's eyes: copied by hand, or printed on the device that was named at the start."""

from __future__ import annotations

from ceremony.custody.share_card import share_card
from ceremony.custody.shares import Share
from ceremony.engine.questions import Choice, Option, Progress, SecretDisplay
from ceremony.engine.room import Room
from ceremony.engine.share_sets import WORDS, Wanted
from ceremony.errors import CeremonyError
from ceremony.room.printer import CardPrinter
from ceremony.script.plan import Plan
from ceremony.transcript.kinds import ShareShown

_DAY = 10
"""Characters of a date: 2026-11-22."""


def check_cards(plan: Plan, printer: CardPrinter | None) -> None:
    """Raises CeremonyError (CARD-CONTACT) where cards are to be printed and the policy names nobody to call."""
    if printer is None or plan.policy.custody.card_contact is not None:
        return
    raise CeremonyError(
        "The policy does not say whom a finder of a card calls.",
        where=printer.path,
        detail="A printed card is written for a stranger who finds it. Its address and telephone number come from the "
        "policy.",
        not_done="The ceremony was not opened.",
        next_step='Add to the custody of the policy: card_contact: "Example CA, Street 1, Town, telephone +62 21 000". '
        "Or leave out --card-printer: the cards are written by hand then.",
        code="CARD-CONTACT",
    )


def show(room: Room, wanted: Wanted, share: Share) -> None:
    """Show one share to its holder until they have it on a card; the record says so, and how often it was printed."""
    printed = 0
    printer = room.card_printer
    while room.officiant.show_secret(_display(room, wanted, share, printed)) and printer is not None:
        printed += _printed(room, printer, wanted, share)
    room.record(
        ShareShown(
            label=wanted.label,
            purpose=wanted.set.purpose,
            index=wanted.index,
            person=wanted.person.id,
            printed=printed,
        ),
        actor=wanted.person.id,
    )


def _display(room: Room, wanted: Wanted, share: Share, printed: int) -> SecretDisplay:
    return SecretDisplay(
        step=room.view,
        person=wanted.person.name,
        name=wanted.name,
        title=f"Share {wanted.index} of {wanted.set.count} of the {WORDS[wanted.set.purpose]}",
        words=share.mnemonic,
        details=(("Ceremony", room.ceremony_id), *wanted.card),
        printer=room.card_printer.path if room.card_printer is not None else "",
        printed=printed,
        identifier=wanted.set.identifier,
    )


def _printed(room: Room, printer: CardPrinter, wanted: Wanted, share: Share) -> int:
    """Print the card; how often it was sent to the printer until it was printed, or people went on by hand."""
    label = share.label(
        room.ceremony_id, wanted.label, wanted.set.purpose, count=wanted.set.count, holder=wanted.person.name
    )
    card = share_card(
        share,
        label,
        authority=room.plan.policy.ca.name,
        contact=room.plan.policy.custody.card_contact or "",
        made_on=room.clock.utc().isoformat()[:_DAY],
        practice=room.plan.mode == "practice",
    )
    sent = 0
    try:
        while True:
            sent += 1
            try:
                with room.officiant.progress(_progress(room, printer, wanted)):
                    printer.print(card)
                return sent
            except CeremonyError as fault:
                if fault.code != "CARD-NOT-PRINTED":
                    raise
                if not _once_more(room, wanted, fault):
                    return sent
    finally:
        card.wipe()


def _progress(room: Room, printer: CardPrinter, wanted: Wanted) -> Progress:
    return Progress(
        room.view,
        f"{printer.path} prints the card of {wanted.person.name}.",
        warning="It ends by itself. Nobody but the holder takes the sheet.",
        device="printer",
    )


def _once_more(room: Room, wanted: Wanted, fault: CeremonyError) -> bool:
    """What went wrong reaches the holder, who can always go on by hand."""
    options = (
        Option("by-hand", f"{wanted.person.name} copies the words by hand"),
        Option("print", "Print the card once more"),
    )
    return (
        room.officiant.choose(Choice(room.view, "The card was not printed", fault.headline, options, fault=fault))
        == "print"
    )
