"""Random means random: a source that is stuck or says the same twice is refused, and no two signatures share an r."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ceremony.script.invariants.base import Here, Invariant
from ceremony.transcript import kinds
from ceremony.transcript.kinds.draws import DRAWN_OCTETS, stuck
from ceremony.transcript.state import CeremonyState
from ceremony.transcript.state.randomness import r_of

if TYPE_CHECKING:
    from ceremony.script.plan import Plan


def repeats(plan: Plan, before: CeremonyState, octets: bytes) -> str:
    """A sentence where what a source gave cannot be random: it hardly changes from octet to octet, or was drawn before,
    in this ceremony or in an earlier one of this archive. Empty where nothing speaks against it."""
    if stuck(octets):
        return f"Of {DRAWN_OCTETS} octets only {len(set(octets))} are different: {octets.hex()}."
    if octets.hex() in before.draws or octets.hex() in plan.past.register.draws:
        return f"The same octets were drawn before: {octets.hex()}."
    return ""


def shares_r(plan: Plan, before: CeremonyState, signature: str) -> str:
    """A sentence where an ECDSA signature (DER, in hex) has the r of another one of this archive: whoever sees two such
    signatures of one key works the key out. The very same signature again says nothing new: a deterministic nonce (RFC
    6979) gives it for the same octets. Raises ValueError where it is no signature."""
    r = r_of(signature)
    known = before.ecdsa.get(r) or next((item for item in plan.past.register.ecdsa if r_of(item) == r), signature)
    return "" if known == signature else f"The signature has the r of an earlier one: {r:x}."


def _drawn(here: Here) -> Iterator[str]:
    data = here.entry.data
    if not isinstance(data, kinds.DrawnAtRandom):
        return
    name, made = data.made_of_draw
    sources = {"token": data.drawn.token, "system": data.drawn.system}
    for source, said in sources.items():
        octets = bytes.fromhex(said)
        fault = "" if octets.hex() == said else "They are not lower-case hex."
        fault = fault or repeats(here.plan, here.before, octets)
        if fault:
            yield f"The random octets of the {source} for {name} cannot be used. {fault}"
    if len(set(sources.values())) == 1:
        yield f"Token and system gave the same random octets for {name}."
    if data.drawn.octets(data.DRAWING, name, len(made) // 2).hex() != made:
        yield f"What was drawn for {name} is not made of the octets of token and system."


def _nonce(here: Here) -> Iterator[str]:
    data, before = here.entry.data, here.before
    match data:
        case kinds.Signed():
            built = before.built.get(data.name)
            algorithm = built.algorithm if built is not None else ""
        case kinds.RestoreTested() | kinds.Approved() | kinds.Attested():
            algorithm = data.algorithm
        case _:
            return
    if algorithm.startswith("ecdsa-"):
        yield from filter(None, [shares_r(here.plan, before, data.signature)])


RANDOMNESS = (Invariant("RANDOM-DRAWN", _drawn), Invariant("RANDOM-NONCE", _nonce))
