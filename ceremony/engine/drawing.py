"""What is drawn at random, from a token and the machine together; and no signature by a nonce that was used before."""

from __future__ import annotations

from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.script.invariants.randomness import repeats, shares_r
from ceremony.system_random import system_random
from ceremony.token.session import Session
from ceremony.transcript.kinds.draws import DRAWN_OCTETS, Drawn


def draw(room: Room, session: Session) -> Drawn:
    """Octets of both sources. Raises CeremonyError (RANDOM-TOKEN, RANDOM-SYSTEM) where one of them repeats itself."""
    token = session.random(DRAWN_OCTETS)
    fault = repeats(room.plan, room.state, token)
    if fault:
        raise CeremonyError(
            "The token's random source repeats itself.",
            detail=f"{session.token}: {fault}",
            not_done="The octets were not used, and nothing was made or signed with them.",
            next_step="Do not go on with this token: its keys and its signatures are made of the same source.",
            code="RANDOM-TOKEN",
        )
    system = system_random(DRAWN_OCTETS)
    fault = repeats(room.plan, room.state, system)
    if fault or system == token:
        raise CeremonyError(
            "The machine's random source repeats itself.",
            detail=fault or f"It gave what the token gave: {system.hex()}.",
            not_done="The octets were not used, and nothing was made or signed with them.",
            next_step="Do not go on with this machine, and find out why.",
            code="RANDOM-SYSTEM",
        )
    return Drawn(token=token.hex(), system=system.hex())


def refuse_used_nonce(room: Room, algorithm: str, signature: bytes, code: str) -> None:
    """Raises CeremonyError (`code`) where an ECDSA signature, which is DER, has the r of another one."""
    fault = shares_r(room.plan, room.state, signature.hex()) if algorithm.startswith("ecdsa-") else ""
    if fault:
        raise CeremonyError(
            "Two signatures were made with one secret number.",
            detail=f"{fault} From two such signatures anybody can work out the private key.",
            not_done="The signature is not in the record, and nothing was written with it.",
            next_step="Use this token and its keys no more. End the ceremony in good order, and report it.",
            code=code,
        )
