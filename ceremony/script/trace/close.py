"""The trace of the close: items accounted for, counts stated, the record attested, receipts, the sealer's consent."""

from __future__ import annotations

from collections.abc import Callable

from ceremony.script.sentences import SEAL, counts_statement
from ceremony.script.trace.grammar import NOTHING, Each, Fact, Here, Line, Many, Once, Part, Stop, When, Who, alt, seq
from ceremony.script.trace.parts import (
    LEFT,
    LOG_OUT,
    MISLAID,
    both,
    files,
    open_own,
    own_word,
    say,
)
from ceremony.script.trace.scene import Scene
from ceremony.transcript import kinds
from ceremony.transcript.archive import SEAL_CERTIFICATE

ITEM_FAULTS = ("ITEM-", *LEFT)


def _counts(scene: Scene) -> str:
    state = scene.state
    return counts_statement(len(state.keys), state.signatures, state.deviations, state.notes)


HAS_ITEMS = Fact("the script follows items", lambda scene: bool(scene.plan.script.items))
STAYS = Many("the items that stay in the room", lambda scene: scene.step.step.stays)
STATED = Fact("the policy wants attestations", lambda scene: scene.plan.policy.custody.attestation)
RECEIPTS = Fact("the policy wants receipts", lambda scene: scene.plan.policy.custody.receipts)


KEPT = Fact("an earlier attempt kept the seal's certificate", lambda scene: SEAL_CERTIFICATE in scene.state.files)


def _stays(item: str) -> Part:
    return Once(kinds.ItemStays, (item,), Line(kinds.ItemStays, Who.ACTOR, of=(("item", item),), faults=ITEM_FAULTS))


def _everybody(scene: Scene) -> Part:
    """Each who is in the room says whether they agree, in the order in which they came; also who comes meanwhile."""
    attempt = scene.state.attempts.get(scene.step.step.id)
    people = dict.fromkeys((*scene.earlier, *scene.state.present))
    ways: list[Part] = []
    for person in (name for name in people if scene.state.attested.get(name) != attempt):
        ways.append(seq(own_word(kinds.Attested, person), EVERYBODY))
        if not scene.may_be_passed(person):
            return alt(*ways)
    return alt(*ways, NOTHING) if ways else NOTHING


EVERYBODY = Here("attested@person, of each who is in the room", _everybody)


def slips(scene: Scene) -> Part:
    """Receipts for those in the room who have none yet."""
    wanting = [name for name in scene.state.present if f"receipts/receipt-{name}.txt" not in scene.state.files]
    return files("receipts", "") if wanting else NOTHING


def sealed_by(scene: Scene, sentence: str, then: Callable[[str], Part]) -> Part:
    """The sealer's own token is opened, and they give their consent; it stays open for the seal. `then` follows."""
    ways: list[Part] = []
    for person in scene.sealers:
        if scene.here(person):
            consent = say(Who.PERSON, "seal", "SEAL-", "CREDENTIAL-", sentence=lambda _: sentence, person=person)
            refused = alt(NOTHING, Stop(("CREDENTIAL-UNFIT", "CLOSE-UNHEARD")))
            kept = When(KEPT, NOTHING, files("seal", person))
            ways.append(seq(open_own(person), consent, refused, kept, then(person)))
        if not scene.may_be_passed(person):
            break
    return alt(*ways) if ways else Stop(LEFT)


CLOSE: Part = seq(
    alt(NOTHING, Stop(("COUNT", "MEDIA-DAMAGED", *MISLAID, *ITEM_FAULTS))),
    When(HAS_ITEMS, seq(both("items", *ITEM_FAULTS), Each(STAYS, _stays))),
    LOG_OUT,
    both("counts", "CLOSE-DECLINED", sentence=_counts),
    When(STATED, EVERYBODY),
    When(RECEIPTS, Here("receipts", slips)),
    Here("the sealer's own token opened, and their consent", lambda scene: sealed_by(scene, SEAL, lambda _: NOTHING)),
)
