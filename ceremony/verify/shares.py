"""SHARES and SHARES-OPEN: PINs that nobody has were made as the script says, and never put together by too few."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ceremony.custody.roles import HOLDER, exclusive
from ceremony.script import models
from ceremony.script.compile import people_of
from ceremony.script.other_tokens import label_of_split
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds.shares import Purpose
from ceremony.transcript.register_entries import ShareSetEntry
from ceremony.transcript.state import CeremonyState, walk
from ceremony.transcript.token_shares import PURPOSES, TokenShares, set_entry
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.lines import Place, place_of
from ceremony.verify.rule import Fault, Rule
from ceremony.verify.share_proofs import enough, in_the_cards

_OF_NEW = (models.OpenToken, models.BackupKey)
"""Steps that split the PINs of a token that they make."""

OPERATING_SYSTEM = "operating system"
_A_TOKEN = re.compile(r"token .+, serial .+")
"""The random source that every drawn PIN has, beside those of tokens."""


def _made(evidence: Evidence) -> Iterator[Fault]:
    """Each set as the script says, among people who were there, proved before the token was initialised with it."""
    steps = {planned.step.id: planned.step for planned in evidence.plan.steps}
    yield from _twice(evidence)
    for entry, made in evidence.of(kinds.SharesMade):
        step = steps.get(entry.event.step)
        if not isinstance(step, models.SplitsPins) or step.shares is None:
            yield Fault("A PIN was split in a step that does not say so.", line_of(entry))
            continue
        label = label_of_split(evidence.plan, step)
        if made.label != label:
            said = f"The {made.purpose} of token {made.label} was split; the script's token is {label}."
            yield Fault(said, line_of(entry))
        yield from _as_the_script_says(evidence, entry, made, step.shares)
    yield from _printed(evidence)
    for entry, token in evidence.of(kinds.TokenInitialised):
        step = steps.get(entry.event.step)
        if isinstance(step, _OF_NEW) and step.shares is not None and token.label == label_of_split(evidence.plan, step):
            yield from in_the_cards(evidence, entry, token.label)
    initialised = {(entry.event.step, token.label) for entry, token in evidence.of(kinds.TokenInitialised)}
    for step in (planned.step for planned in evidence.due):
        if isinstance(step, _OF_NEW) and step.shares is not None:
            label = label_of_split(evidence.plan, step)
            if (step.id, label) not in initialised:
                yield Fault(f"The PINs of step {step.id} were to be split, and no token was made with them.")


def _twice(evidence: Evidence) -> Iterator[Fault]:
    """Each PIN, each number of a set is another one; a PIN is split, and a token made, once in an attempt."""
    pins: set[str] = set()
    split: dict[tuple[Place, Purpose], set[int]] = {}
    for entry, made in evidence.of(kinds.SharesMade):
        what, where, place = f"The {made.purpose} of token {made.label}", line_of(entry), place_of(entry)
        if made.check_value in pins:
            yield Fault(f"{what} is the same as another PIN, by its check value.", where)
        if (place, made.purpose) in split:
            yield Fault(f"{what} was split twice in one attempt.", where)
        elif any(made.identifier in split.get((place, purpose), ()) for purpose in PURPOSES):
            yield Fault(f"{what}: its set has the number of the other PIN's, {made.identifier:05d}.", where)
        pins.add(made.check_value)
        split.setdefault((place, made.purpose), set()).add(made.identifier)
    tokens: set[tuple[Place, str]] = set()
    for entry, token in evidence.of(kinds.TokenInitialised):
        if (place_of(entry), token.label) in tokens:
            yield Fault(f"Token {token.label} was initialised twice in one attempt.", line_of(entry))
        tokens.add((place_of(entry), token.label))


def _printed(evidence: Evidence) -> Iterator[Fault]:
    """A card is printed only where the policy says whom its finder calls."""
    for entry, shown in evidence.of(kinds.ShareShown):
        if shown.printed < 0:
            yield Fault(f"A card of {shown.person} was printed {shown.printed} times.", line_of(entry))
        if shown.printed and evidence.plan.policy.custody.card_contact is None:
            yield Fault(f"A card of {shown.person} was printed, and the policy says nobody to call.", line_of(entry))


def _as_the_script_says(
    evidence: Evidence, entry: Entry, made: kinds.SharesMade, split: models.PinShares
) -> Iterator[Fault]:
    what, where = f"The {made.purpose} of token {made.label}", line_of(entry)
    if (made.threshold, made.count) != (split.threshold, split.count):
        said = f"{made.threshold} of {made.count}; the script says {split.threshold} of {split.count}"
        yield Fault(f"{what} was split {said}.", where)
    people = [holder.person for holder in made.holders]
    if [holder.index for holder in made.holders] != list(range(1, made.count + 1)) or len(set(people)) != len(people):
        yield Fault(f"{what}: its shares have not one holder each.", where)
    role = {person.id for person in people_of(evidence.plan.script, evidence.plan.people, split.holders)}
    here = evidence.lines.state_before(entry.event.seq).present
    for person in people:
        if person not in role or person not in here:
            yield Fault(f"{what}: {person} got a share, and is no {split.holders} who was there.", where)
    if re.fullmatch(r"[0-9a-f]{8}", made.check_value) is None or not 0 <= made.identifier < 1 << 15:
        yield Fault(f"{what}: its set number or its check value is none.", where)
    if made.entropy[:1] != (OPERATING_SYSTEM,):
        yield Fault(f"{what} was not drawn from the operating system's random source first.", where)
    others = made.entropy[1:]
    if len(set(others)) != len(others) or not all(_A_TOKEN.fullmatch(source) for source in others):
        yield Fault(f"{what}: a source of its random octets is no token, or is named twice.", where)


def _opened(evidence: Evidence) -> Iterator[Fault]:
    """Before each login to a token with split PINs: as many of its holders as are needed, each with their own share."""
    register = evidence.plan.past.register
    entered: dict[str, dict[int, str]] = {}
    """By token: who entered which share of the user PIN since it was last opened or closed, in this attempt."""
    attempt: tuple[str, int] = ("", 0)
    made: dict[tuple[str, Purpose], kinds.SharesMade] = {}
    """In this attempt; that a PIN was split in it twice is said by SHARES."""
    for entry, state in walk(evidence.chain.entries):
        shares = state.shares
        if place_of(entry) != attempt and entry.event.step:
            attempt = place_of(entry)
            entered.clear()
            made.clear()
        match entry.data:
            case kinds.SharesMade() as split:
                made[split.label, split.purpose] = split
            case kinds.ShareEntered() as share:
                sets = sets_of(evidence, shares, share.label, share.purpose)
                just_made = made.get((share.label, share.purpose))  # and typed back from the cards
                sets += [set_entry(just_made)] if just_made is not None else []
                sets += [set_entry(item) for item in shares.proved(share.label) or () if item.purpose == share.purpose]
                yield from _entered(entry, share, state, sets)
                if share.purpose == "user-pin":
                    entered.setdefault(share.label, {})[share.index] = share.person
            case kinds.TokenOpened(label=label, serial=serial):
                known = shares.in_force(register, label, serial)
                if known is not None:
                    yield from enough(entry, known.shares_of("user-pin"), label, entered.get(label, {}))
                entered.pop(label, None)
            case kinds.PersonLeft(person=gone):  # a share counts while who entered it is in the room
                entered = {
                    label: {index: person for index, person in said.items() if person != gone}
                    for label, said in entered.items()
                }
            case kinds.TokenClosed(label=label) | kinds.TokenGone(label=label):
                entered.pop(label, None)
            case _:
                pass


def sets_of(evidence: Evidence, shares: TokenShares, label: str, purpose: Purpose) -> list[ShareSetEntry]:
    """The sets of this PIN that open a token of this label at a moment, or may: one whose change was cut short."""
    register = evidence.plan.past.register
    known = {(token.label, token.serial) for token in register.tokens} | set(shares.of_token) | set(shares.changes)
    found = [shares.in_force(register, *token) for token in sorted(known) if token[0] == label]
    return [item for token in found if token for item in (token.shares_of(purpose), *token.pending_of(purpose))]


def _entered(
    entry: Entry, share: kinds.ShareEntered, state: CeremonyState, sets: list[ShareSetEntry]
) -> Iterator[Fault]:
    where, here = line_of(entry), state.present
    if share.person != entry.event.actor:
        yield Fault(f"{entry.event.actor} enters a share in the name of {share.person}.", where)
    if share.person not in here:
        yield Fault(f"{share.person} entered a share, and was not there.", where)
    elif exclusive(here[share.person].role, HOLDER):
        yield Fault(f"{share.person} entered a share, and was there as {here[share.person].role}.", where)
    if not any((share.index, share.person) in enumerate(wanted.holders, start=1) for wanted in sets):
        yield Fault(
            f"{share.person} holds no share {share.index} of the {share.purpose} of token {share.label}.", where
        )


def _sentence_made(evidence: Evidence) -> str:
    made = sum(1 for _ in evidence.of(kinds.SharesMade))
    if not made:
        return "No PIN was split here, and none was to be."
    printed = sum(1 for _, shown in evidence.of(kinds.ShareShown) if shown.printed)
    by_printer = f" A printer printed {printed} of the cards." if printed else ""
    return (
        "Each split PIN was made as the script says, among holders who were there, and every share was proved first."
        + by_printer
    )


def _sentence_opened(evidence: Evidence) -> str:
    register = evidence.plan.past.register
    shares = evidence.state.shares
    known = {(token.label, token.serial) for token in register.tokens} | set(shares.of_token) | set(shares.changes)
    opened = [data for _, data in evidence.of(kinds.TokenOpened) if (data.label, data.serial) in known]
    if not opened:
        return "No token whose PIN is split was opened here."
    times = "once" if len(opened) == 1 else f"{len(opened)} times"
    return f"A token whose PIN is split was opened {times}, each time by as many of its holders as are needed."


RULES = (
    Rule("SHARES", _sentence_made, _made),
    Rule("SHARES-OPEN", _sentence_opened, _opened),
)
