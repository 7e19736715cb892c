"""New PINs for a token whose PINs are split: enough holders of its SO PIN let the security officer set both.

New cards are made and proved first. Then the user PIN is changed, with the old SO PIN still good; then the SO PIN. So
at each moment there are cards that open the way, and the record says which.
"""

from __future__ import annotations

from ceremony.custody.freed_memory import overwrite_freed_memory
from ceremony.custody.pins import PIN_OCTETS
from ceremony.engine.questions import Instruction, SecretRequest
from ceremony.engine.room import Room
from ceremony.engine.share_making import WORTHLESS, Split, make_shares
from ceremony.engine.share_opening import holders_present, joined_pin
from ceremony.engine.tokens import Place
from ceremony.errors import CeremonyError
from ceremony.script.models import PinShares
from ceremony.secret import Secret
from ceremony.token.faults import WrongPin
from ceremony.token.info import TokenInfo
from ceremony.transcript.kinds import PinChanged, PinChanging, PinRefused
from ceremony.transcript.kinds.shares import Purpose
from ceremony.transcript.register_entries import ShareSetEntry, TokenEntry


def renew_split(
    room: Room, place: Place, token: TokenInfo, split: TokenEntry | None, shares: PinShares, so_pin: Secret
) -> Secret:
    """Give the token new PINs of which nobody has more than shares. Returns the user PIN, for one login; the caller
    wipes it. `split` are the sets that open it now, None for a stand-in; `so_pin` is the SO PIN that it takes now.

    Raises CeremonyError: what `make_shares` raises, TokenFault, TokenLost. What it says to do next says which cards are
    good.
    """
    made: dict[Purpose, Split] = {}
    last: PinChanging | PinChanged | None = None
    try:
        make_shares(room, place, shares, made)
        for purpose in ("user-pin", "so-pin"):
            new = made[purpose]
            before = split.shares_of(purpose).identifier if split is not None else None
            last = PinChanging(label=token.label, serial=token.serial, purpose=purpose, identifier=new.set.identifier)
            room.record(last)
            with place.module.officer(token, so_pin) as officer:
                if purpose == "user-pin":
                    officer.set_user_pin(new.pin, "It is not known which user PIN the token has now.")
                else:
                    officer.set_so_pin(so_pin, new.pin, "It is not known which SO PIN the token has now.")
            last = PinChanged(**last.model_dump(), replaced=before)
            room.record(last)
        return Secret(made["user-pin"].pin.reveal())
    except CeremonyError as error:
        if made:
            error.next_step = f"{error.next_step} {last.cards if last is not None else WORTHLESS}".strip()
        raise
    finally:
        for item in made.values():
            item.wipe_shares()
            item.pin.wipe()
        overwrite_freed_memory()


def officer_pin(room: Room, place: Place, token: TokenInfo, split: TokenEntry | None) -> Secret:
    """The SO PIN that the token takes, put together by its holders; the caller wipes it. Nothing is changed yet.

    Where a change of it was cut short, either of two sets is the right one: the token says which, and so does the
    record then. Of a stand-in (`split` is None) it is typed. Raises CeremonyError: what `joined_pin` raises, WrongPin
    where the token does not take it, and where the token takes no PINs of the length that will be drawn.
    """
    place.module.check_renewable(token, 2 * PIN_OCTETS)
    if split is None:
        return _typed(room, place, token)
    known = split.shares_of("so-pin")
    sets = (known, *split.pending_of("so-pin"))
    asked = [item for item in sets if len(holders_present(room, item)) >= item.threshold] or [known]
    for wanted in asked:
        pin = joined_pin(room, split, wanted)
        try:
            _try(room, place, token, pin)
        except WrongPin as refusal:
            if wanted is asked[-1]:
                refusal.detail += " The shares give the PIN of the record: somebody has set another one since."
                raise
            _ask_the_others(room, wanted)
            continue
        if wanted is not known:
            room.record(
                PinChanged(
                    label=token.label,
                    serial=token.serial,
                    purpose="so-pin",
                    identifier=wanted.identifier,
                    replaced=known.identifier,
                )
            )
        return pin
    raise AssertionError  # the loop returns or raises


def _try(room: Room, place: Place, token: TokenInfo, pin: Secret) -> None:
    """The security officer logs in and out again. The PIN is wiped where that fails."""
    try:
        with place.module.officer(token, pin):
            pass
    except WrongPin as refusal:
        pin.wipe()
        refused = PinRefused(label=token.label, person=room.actor.id, tries=refusal.tries)
        room.record(refused, actor=room.actor.id)
        raise
    except BaseException:
        pin.wipe()
        raise


def _ask_the_others(room: Room, wanted: ShareSetEntry) -> None:
    text = (
        f"The token did not take the SO PIN of set {wanted.identifier:05d}. A change of it was cut short, and may have "
        "been done: the holders of the newer cards enter theirs."
    )
    room.officiant.instruct(Instruction(room.view, text))


def _typed(room: Room, place: Place, token: TokenInfo) -> Secret:
    """Of a stand-in in a rehearsal: nobody has cards of it."""
    known = f"so-{place.practice_pin}" if place.practice_pin else ""
    pin = room.officiant.secret(
        SecretRequest(
            step=room.view,
            person=room.actor.name,
            name=f"token-so-pin:{place.label}",
            prompt=f"SO PIN of the stand-in {token.label}, for its holders' cards" + f" ({known})" * bool(known),
            practice_pin=known,
        )
    )
    _try(room, place, token, pin)
    return pin
