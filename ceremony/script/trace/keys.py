"""The traces of the steps about keys: made, parked, backed up, tested, destroyed."""

from __future__ import annotations

from ceremony.script.sentences import parking_statement
from ceremony.script.trace.grammar import NOTHING, Each, Here, Line, Many, Once, Part, Stop, Who, alt, pair, seq
from ceremony.script.trace.parts import AT_A_TOKEN, LEFT, MISLAID, RANDOM, TOLD, approve, deed, review, say
from ceremony.script.trace.scene import Scene
from ceremony.script.trace.tokens import second
from ceremony.transcript import kinds
from ceremony.transcript.kinds.tokens import KEY_ID_OCTETS

MAKE_FAULTS = (*RANDOM, *AT_A_TOKEN, *LEFT)
LEFT_OVER = "(what an interruption left: reviewed, approved, and adopted or discarded)?"
WHOLE = ("private-key", "public-key")
"""What was left is a whole key pair: people saw it before they decided, and again by its identifier."""
HALF = (("private-key",), ("public-key",))
KEYS = Many("keys of the step", lambda scene: scene.step.step.keys_named)


# ---- made ----------------------------------------------------------------------------------------------------------


def _left(scene: Scene) -> Part:
    """Each key that earlier attempts at this step announced, and of which the record does not say what became."""
    key = scene.step.step.key
    return _settled(tuple(scene.state.unsettled_keys(scene.step_id)), key)


def _settled(intents: tuple[kinds.KeyIntended, ...], key: str) -> Part:
    """One after another: discarded, until one is adopted; where none is, another key is made."""
    if not intents:
        return _made(key)
    intent, *others = intents
    of = (("key", key), ("key_id", intent.key_id))
    more = Here("the next one", lambda _: _settled(tuple(others), key))
    adopted = pair(
        Line(kinds.KeyAdopted, of=of, faults=("APPROVAL-DIGEST", *MAKE_FAULTS)),
        Line(kinds.KeyMade, of=of),
        *MAKE_FAULTS,
    )

    def gone(*left: tuple[str, ...]) -> Line:
        return Line(kinds.KeyDiscarded, of=of, holds=lambda _, data: data.found in left, faults=MAKE_FAULTS)

    def destroyed(*left: tuple[str, ...]) -> Part:
        intent = Line(kinds.DiscardIntended, of=of, faults=("APPROVAL-DIGEST", *MAKE_FAULTS))
        return pair(intent, gone(*left), *MAKE_FAULTS)

    return alt(
        review(
            key,
            alt(
                seq(approve(key), alt(adopted, seq(destroyed(*HALF), more))),
                review(key, approve(key), destroyed(WHOLE), more),
            ),
        ),
        seq(gone(()), more),
    )


def _made(key: str) -> Part:
    of = (("key", key),)
    intent = Line(kinds.KeyIntended, of=of, holds=_as_planned, faults=MAKE_FAULTS)
    return pair(intent, Line(kinds.KeyMade, of=of), *MAKE_FAULTS)


def _as_planned(scene: Scene, data: kinds.KeyIntended) -> bool:
    """A key of the profile that the step names, with an identifier of the usual length."""
    profile = scene.step.step.profile
    said = (data.profile, data.algorithm, len(data.key_id))
    return said == (profile, scene.plan.key_profile(profile).algorithm, 2 * KEY_ID_OCTETS)


GENERATE_KEY: Part = seq(
    TOLD,
    Each(
        KEYS,
        lambda key: Once(
            kinds.KeyMade,
            (key,),
            Here(f"{LEFT_OVER} key-intended@engine key-made@engine", _left),
        ),
    ),
    alt(NOTHING, Stop(MAKE_FAULTS)),
)

# ---- parked, backed up, tested, destroyed --------------------------------------------------------------------------

PARK_KEY: Part = Each(
    KEYS,
    lambda key: Once(
        kinds.KeyParked,
        (key,),
        seq(
            say(
                Who.ACTOR,
                "parking",
                "STATEMENT-DECLINED",
                *MISLAID,
                sentence=lambda scene: parking_statement(scene.step.step.key, scene.step.step.reason),
            ),
            Line(kinds.KeyParked, Who.ACTOR, of=(("key", key),), faults=LEFT),
        ),
    ),
)


def _pending(kind: type[kinds.EventData]) -> Many:
    return Many(
        "keys of the step that are still to be done",
        lambda scene: [
            key for key in scene.step.step.keys_named if not scene.state.left_by_step(scene.step_id, kind.kind, (key,))
        ],
    )


BACKUP_FAULTS = ("BACKUP-", *AT_A_TOKEN, *LEFT)
BACK_UP: Part = seq(
    TOLD,
    alt(NOTHING, Stop(BACKUP_FAULTS)),
    Here(
        "the second token open: each key reviewed and approved, each announced, each backed up",
        lambda scene: _backed_up(tuple(_pending(kinds.KeyBackedUp).of(scene))),
    ),
)


def _backed_up(keys: tuple[str, ...]) -> Part:
    """The keys that this attempt brings over, in three rounds."""
    return second(
        *(review(key, approve(key)) for key in keys),
        *(Line(kinds.BackupIntended, of=(("key", key),), faults=("APPROVAL-DIGEST", *BACKUP_FAULTS)) for key in keys),
        *(Line(kinds.KeyBackedUp, of=(("key", key),), faults=BACKUP_FAULTS) for key in keys),
        alt(NOTHING, Stop(BACKUP_FAULTS)),
    )


TEST_FAULTS = ("RESTORE-", "SIG-", *RANDOM, *AT_A_TOKEN, *LEFT)
RESTORE_TEST: Part = seq(
    TOLD,
    second(
        alt(NOTHING, Stop(TEST_FAULTS)),
        Each(
            KEYS,
            lambda key: Once(
                kinds.RestoreTested,
                (key,),
                review(key, approve(key), deed(kinds.RestoreTestIntended, kinds.RestoreTested, key, *TEST_FAULTS)),
            ),
        ),
    ),
)

DESTROY_KEY: Part = seq(
    TOLD,
    Each(
        KEYS,
        lambda key: Once(
            kinds.KeyDestroyed,
            (key,),
            review(
                key,
                say(Who.ACTOR, "destruction", "STATEMENT-DECLINED"),
                approve(key),
                deed(kinds.DestructionIntended, kinds.KeyDestroyed, key),
            ),
        ),
    ),
)
