"""Finding, initialising and opening a token, with PINs that people type or put together from shares."""

from __future__ import annotations

from typing import Literal

from ceremony.custody.freed_memory import overwrite_freed_memory
from ceremony.custody.people import Person
from ceremony.custody.pins import draw_pin
from ceremony.engine.questions import SecretRequest
from ceremony.engine.room import Room
from ceremony.engine.share_opening import joined_pin
from ceremony.engine.share_sets import split_token
from ceremony.engine.statements import state
from ceremony.engine.token_making import make_token
from ceremony.engine.tokens import Place, describe_token
from ceremony.errors import CeremonyError
from ceremony.script.invariants.tokens import another_than_bound
from ceremony.script.sentences import token_statement
from ceremony.secret import Secret
from ceremony.system_random import system_random
from ceremony.token.module import TokenInfo, WrongPin
from ceremony.token.session import Session
from ceremony.transcript.kinds import PinRefused, TokenFound, TokenOpened
from ceremony.transcript.register_entries import TokenEntry

TokenPurpose = Literal["ceremony", "credential", "backup"]
"""What a token is looked for as; the record says so."""

TRIES = 3
"""How often a PIN is asked for before the step fails and people decide. The token's own count may be lower."""


def initialise(room: Room, place: Place, person: Person, *, so_person: Person) -> TokenInfo:
    """Make a token out of an uninitialised one, with PINs that people choose. Intent and outcome are recorded."""
    so_pin = _new_pin(
        room, so_person, f"token-so-pin:{place.label}", f"Choose the security officer PIN of {place.label}"
    )
    user_pin = _new_pin(room, person, f"token-pin:{place.label}", f"Choose the user PIN of {place.label}")
    try:
        if so_pin.matches(user_pin):
            raise CeremonyError(
                "The two PINs must differ.",
                detail="The security officer PIN can replace the user PIN, so it must not be the same.",
                not_done="The token was not initialised.",
                next_step="Choose another PIN for one of the two.",
                code="PIN-SAME",
            )
        return make_token(room, place, so_pin, user_pin)
    finally:
        so_pin.wipe()
        user_pin.wipe()


def initialise_own(room: Room, place: Place, person: Person) -> Secret:
    """Make a practice token of a person's own. They choose its user PIN, which is returned for the first login; the
    caller wipes it. Nobody ever needs the security officer PIN: it is drawn at random, and forgotten at once."""
    prompt = f"Choose a PIN for your own practice token, {place.label}"
    user_pin = _new_pin(room, person, f"credential-pin:{place.label}", prompt)
    so_pin = draw_pin(system_random)
    try:
        room.require_here(person.id)
        make_token(room, place, so_pin, user_pin)
    except BaseException:
        user_pin.wipe()
        raise
    finally:
        so_pin.wipe()
    return user_pin


def login(
    room: Room,
    place: Place,
    person: Person,
    *,
    purpose: TokenPurpose,
    stem: str,
    pin: Secret | None = None,
    recognised: bool = False,
) -> Session:
    """Find the token, let the actor compare it with the device (a person's own, or one that was just `recognised`,
    is not compared), and open it: with the PIN that the person types, with one that its holders put
    together from their shares where the record says that it is split, or with `pin`, which is wiped in any case."""
    try:
        token = find(room, place, purpose)
        if purpose != "credential" and not recognised:
            recognise(room, token, purpose)
        split = split_token(room, token)
        if split is not None and pin is None:
            pin = joined_pin(room, split, split.shares_of("user-pin"))
        if pin is not None:
            return _open_with(room, place, token, person, pin, split)
    finally:
        if pin is not None:
            pin.wipe()
    warning = ""
    known = f" (practice; it is {place.practice_pin})" if place.practice_pin else ""
    for attempt in range(1, TRIES + 1):
        pin = room.officiant.secret(
            SecretRequest(
                step=room.view,
                person=person.name,
                name=f"{stem}-pin:{place.label}",
                prompt=f"PIN of token {token.label}, serial {token.serial}{known}",
                warning=warning,
                practice_pin=place.practice_pin,
            )
        )
        try:
            room.require_here(person.id)
            session = place.module.open(token, pin)
        except WrongPin as refusal:
            room.record(PinRefused(label=token.label, person=person.id, tries=refusal.tries), actor=person.id)
            if attempt == TRIES:
                raise
            warning = "The token refused the PIN. " + (
                f"{refusal.tries.capitalize()}." if refusal.tries else "Try again."
            )
        else:
            return _opened(room, session, person, attempt)
        finally:
            pin.wipe()
    raise AssertionError  # the loop returns or raises


def recognise(room: Room, token: TokenInfo, purpose: TokenPurpose) -> None:
    """The actor compares the token with the device. Raises CeremonyError (TOKEN-DECLINED) where it is another one."""
    which = "second token" if purpose == "backup" else "token"
    declined = CeremonyError(
        f"The {which} was not confirmed.",
        detail=f"{room.actor.name} does not recognise the token.",
        not_done="Nobody is logged in to it; nothing was asked of it.",
        next_step="Insert the token that the script names, and try again.",
        code="TOKEN-DECLINED",
    )
    statement = token_statement(purpose, token.label, token.serial)
    state(room, room.actor, "token", statement, details=describe_token(token), declined=declined)


def _opened(room: Room, session: Session, person: Person, tries: int) -> Session:
    """The session, once it is on record. One that cannot be is closed again: nobody would know of it."""
    token = session.token
    try:
        room.record(TokenOpened(label=token.label, serial=token.serial, person=person.id, tries=tries), actor=person.id)
    except BaseException:
        session.close()
        raise
    return session


def find(room: Room, place: Place, purpose: TokenPurpose) -> TokenInfo:
    """The token, as it describes itself; that is on record then.

    Raises CeremonyError (TOKEN-OTHER) where it is not the one that its label stands for; nobody gives it a PIN.
    """
    token = place.module.find(place.label, place.serial)
    found = TokenFound(
        purpose=purpose,
        label=token.label,
        serial=token.serial,
        manufacturer=token.manufacturer,
        model=token.model,
        hardware=token.hardware,
        firmware=token.firmware,
        module=str(place.module.path),
        module_sha256=place.module.sha256,
        library=f"{place.module.library_description} {place.module.library_version}".strip(),
    )
    another = another_than_bound(room.plan, room.state, found)
    if another:
        raise CeremonyError(
            "This is another token.",
            detail=another,
            not_done="No PIN was asked for, and nothing was asked of it.",
            next_step="Put the right token in, and try again. Keep the other one under guard: where does it come from?",
            code="TOKEN-OTHER",
        )
    room.record(found)
    return token


def _open_with(
    room: Room, place: Place, token: TokenInfo, person: Person, pin: Secret, split: TokenEntry | None
) -> Session:
    """Open a token with a PIN that is at hand; it is wiped as soon as the token has seen it. Of one that is `split`
    nothing is to be left in memory: nobody knows it."""
    try:
        room.require_here(person.id)
        session = place.module.open(token, pin)
    except WrongPin as refusal:
        room.record(PinRefused(label=token.label, person=person.id, tries=refusal.tries), actor=person.id)
        if split is not None:
            refusal.detail += " The shares give the PIN of the record: somebody has set another one since."
            refusal.next_step = "Keep the token under guard, and find out who changed its PIN."
            for pending in split.pending_of("user-pin"):
                refusal.next_step = (
                    f"A change to set {pending.identifier:05d} was cut short, and may have been done: hold a ceremony "
                    "with a renew-pins step. The holders of the SO PIN's cards set new PINs in it."
                )
        raise
    finally:
        pin.wipe()
        if split:
            overwrite_freed_memory()
    return _opened(room, session, person, 1)


def _new_pin(room: Room, person: Person, name: str, prompt: str) -> Secret:
    return room.officiant.secret(
        SecretRequest(step=room.view, person=person.name, name=name, prompt=prompt, again=True, minimum=8)
    )
