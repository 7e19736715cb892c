"""M-1 custodians cannot sign, revoke, destroy, back up or open, by any path. This file is that sentence, path by path.

    only M-1 in the room              here; tests/presence/test_room.py (who left, who approves from outside)
    a doctored script or plan         here; tests/script/test_script_load.py (SCRIPT-EXCLUSIVE)
    a replayed approval               here; tests/resume (what was approved before an interruption)
    an approval of other bytes        here
    one who is counted as two         here; test_signed_approvals.py (two people share one key), test_before_the_day.py
    who left                          here
    shares                            here; tests/shares/test_opening.py (one card twice, another's, a made-up one)
    another key, an unfit certificate here; test_signed_approvals.py

The engine is asked first, at the last moment before each deed; then the verifier, about records in which it happened.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import ceremony
from ceremony.engine.performance import perform
from ceremony.engine.tokens import ProductionTokens
from ceremony.errors import CeremonyError, InputError
from ceremony.room.clock import Clock
from ceremony.script.invariants.watch import Watch
from tests.custody_rules.attacks import ATTACKS, Attacker
from tests.custody_rules.forging import Owner
from tests.custody_rules.house import CA, EVERYBODY, Signers
from tests.house.tokens import softhsm_in

DEEDS = ("sign-root", "issue", "list", "backup", "prove", "revoke", "destroy")
"""The steps of two ceremonies, one after the other, in which something is done to or with a key."""

# The engine, at the last moment before each deed ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Attacker:
    """Two ceremonies in production with two of three custodians; every attack is tried before each of their deeds."""
    folder = tmp_path_factory.mktemp("one-too-few")
    house = Signers.built(CA, folder, attacked=True)
    with softhsm_in(folder), pytest.MonkeyPatch.context() as patch:
        for person in EVERYBODY:
            house.token_of(person)
        # the gate is to hold by itself, also against who writes lines that the watch would not let pass
        patch.setattr(Watch, "refuses", lambda watch, entry: ())
        attacker = Attacker(patch)
        attacker.begin()
        for script in ("generation", "end"):
            house.again()
            house.people.answers["confirm", "roll"] = lambda request: request.person != "Bambang Prakoso"
            for step in DEEDS:
                house.people.answers["choose", step] = once(["try-again"])
            assert house.hold(script).closed, house.people.outcome.fault
    return attacker


def once(ways: list[str]) -> Any:
    """These decisions, one after the other; then the end."""
    return lambda choice: ways.pop(0) if ways else "abort"


@pytest.mark.parametrize("step", DEEDS)
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_one_custodian_alone_does_nothing(attacked: Attacker, step: str, attack: Any) -> None:
    assert attacked.codes[step, attack.__name__] == "APPROVAL-DIGEST"


@pytest.mark.parametrize("step", DEEDS)
@pytest.mark.parametrize(
    "what",
    [
        "other bytes",
        "other bytes, past the room",
        "other bytes, when its line is due",
        "in another attempt",
        "in another step",
        "between two steps",
        "a second time",
    ],
)
def test_what_two_approved_serves_for_that_alone_and_once(attacked: Attacker, step: str, what: str) -> None:
    assert attacked.codes[step, what] == "APPROVAL-DIGEST"


@pytest.mark.parametrize("step", ["sign-root", "issue", "list", "revoke"])
@pytest.mark.parametrize("how", ["of another kind", "of another name"])
def test_two_together_sign_nothing_that_the_plan_does_not_have(attacked: Attacker, step: str, how: str) -> None:
    assert attacked.codes[step, how] == "APPROVAL-DIGEST"


@pytest.mark.parametrize("kind", ["key-adoption", "key-discard"])
@pytest.mark.parametrize("how", ["by approvals of another deed", "by one alone", "by one for two", "a second time"])
def test_one_alone_adopts_and_discards_nothing_that_an_interruption_left(
    attacked: Attacker, kind: str, how: str
) -> None:
    assert [attacked.codes[step, f"{kind} {how}"] for step in DEEDS] == ["APPROVAL-DIGEST"] * len(DEEDS)


def test_tokens_do_only_what_was_announced_just_before(attacked: Attacker) -> None:
    assert attacked.effects == [
        ("sign", "sign-root", True),
        ("sign", "issue", True),
        ("sign", "list", True),
        ("wrap_for", "backup", True),
        ("lock", "backup", True),
        ("sign", "prove", True),
        ("sign", "revoke", True),
        ("destroy_key", "destroy", True),
        ("sign", "destroy", True),  # it is asked for, and the token refuses: the key is gone
    ]


ROADS = {
    "engine/signing.py: sign_approved: sign",  # after its announcement, as above
    "engine/steps/destruction.py: _destroy: destroy_key",
    "engine/steps/destruction.py: _refused_signature: sign",
    "engine/steps/half_made.py: _discard: destroy_key",
    "engine/steps/backup.py: _wrap: wrap_for",
    "engine/steps/backup.py: _wrap: restore",
    "engine/steps/backup.py: _lock: lock",
    "engine/steps/backup.py: _clear: remove_half",
    "engine/steps/custody.py: _test: sign",
    "engine/credential.py: sign: sign",  # from here on: people's own tokens
    "engine/credential.py: make_practice_credential: sign",
    "engine/credentials.py: sign: sign",
    "engine/own_words.py: signed: sign",
    "engine/sealing.py: cms_signature: sign",
}
"""Every call outside `token` that makes a signature, or takes, copies or locks a key. Who adds one adds its gate."""

CALLS = {"sign", "sign_chunks", "destroy_key", "wrap_for", "restore", "unwrap_key", "lock", "remove_half"}


def roads() -> Iterator[str]:
    root = Path(ceremony.__file__).parent
    for folder in ("engine", "tui", "plain", "cli", "verify", "script", "custody"):
        for path in sorted((root / folder).rglob("*.py")):
            for function in ast.walk(ast.parse(path.read_text())):
                if isinstance(function, ast.FunctionDef):
                    for called in called_in(function):
                        yield f"{path.relative_to(root)}: {function.name}: {called}"


def called_in(function: ast.FunctionDef) -> Iterator[str]:
    """Names of the calls of a function, without those of functions within it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef):
            continue
        waiting.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in CALLS:
                yield name


def test_there_is_no_other_road_to_a_key() -> None:
    assert set(roads()) == ROADS


# A doctored script or plan -------------------------------------------------------------------------------------------


@pytest.fixture
def files(held_rules: Path, tmp_path: Path) -> Signers:
    """The CA's files, to be doctored, before its first ceremony."""
    return Signers.built(held_rules / "ca", tmp_path)


@pytest.fixture
def first_held(held_rules: Path, files: Signers) -> Signers:
    """The same after it."""
    shutil.copytree(held_rules / "archive/0001-generation", files.archive / "0001-generation")
    return files


EVERY_DEED = {"generation": ("sign-root", "issue", "list", "backup", "prove"), "end": ("revoke", "destroy")}
CUSTODIANS = "people: [agus, dewi, bambang], needed: 2"


@pytest.mark.parametrize("script", EVERY_DEED)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("needed: 2", "needed: 1"),
        (CUSTODIANS, "people: [agus]"),
        ("actor: custodian", "actor: agus"),
        ("actor: custodian", "actor: administrator"),
        ("actor: custodian", "actor: siti"),
    ],
)
def test_a_script_that_needs_fewer_is_not_planned(
    request: pytest.FixtureRequest, script: str, old: str, new: str
) -> None:
    house = request.getfixturevalue("files" if script == "generation" else "first_held")
    house.edit(f"{script}.yaml", old, new)
    for mode in ("practice", "production") if script == "generation" else ("production",):
        found = house.plan(script, mode, lint=False).findings
        assert tuple(item.subject for item in found if item.rule == "CUSTODY-QUORUM") == EVERY_DEED[script]


@pytest.mark.parametrize("script", EVERY_DEED)
@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (CUSTODIANS, "people: [agus, agus], needed: 2", "SCRIPT-EXCLUSIVE"),
        (CUSTODIANS, "people: [agus, dewi], needed: 2, deputies: [agus]", "SCRIPT-EXCLUSIVE"),
        (CUSTODIANS, "people: [agus, dewi], needed: 2, deputies: [bambang, bambang]", "SCRIPT-EXCLUSIVE"),
        (CUSTODIANS, "people: [agus, siti], needed: 2", "SCRIPT-EXCLUSIVE"),
        ("people: [rini]", "people: [rini, agus]", "SCRIPT-EXCLUSIVE"),
        (CUSTODIANS, "people: [agus, mallory], needed: 2", "SCRIPT-PERSON"),
        (CUSTODIANS, "people: [agus], needed: 2", "SCRIPT-QUORUM"),
    ],
)
def test_a_script_that_counts_one_as_two_is_not_read(
    first_held: Signers, script: str, old: str, new: str, rule: str
) -> None:
    first_held.edit(f"{script}.yaml", old, new)
    with pytest.raises(InputError, match=rule):
        first_held.plan(script, lint=False)


def test_a_pin_is_not_split_so_that_fewer_than_the_quorum_open_its_token(files: Signers) -> None:
    files.edit("policy.yaml", "quorum: 2", "quorum: 3")
    files.edit("generation.yaml", "needed: 2", "needed: 3")
    for threshold, refused in ((2, ["open"]), (3, [])):
        old = "initialise: true, text: Put" if threshold == 2 else "threshold: 2"
        new = f"initialise: true, shares: {{threshold: {threshold}, count: 3, holders: custodian}}, text: Put"
        files.edit("generation.yaml", old, new if threshold == 2 else "threshold: 3")
        found = files.plan("generation", lint=False).findings
        assert [item.subject for item in found if item.rule == "CUSTODY-QUORUM"] == refused


@pytest.mark.parametrize(
    ("old", "new", "here"),
    [
        ("needed: 2", "needed: 1", ("rini", "agus", "siti")),
        ("sign-root, kind: self-sign, actor: custodian", "sign-root, kind: self-sign, actor: administrator", EVERYBODY),
    ],
    ids=["fewer", "others"],
)
def test_a_plan_whose_findings_were_taken_out_signs_nothing(
    house: Signers, old: str, new: str, here: tuple[str, ...]
) -> None:
    names = {person.id: person.name for person in house.plan("short", lint=False).people.values()}
    house.edit("short.yaml", old, new)
    house.people.answers["confirm", "roll"] = lambda request: request.person in [names[person] for person in here]
    honest = house.plan("short")

    def run(plan: Any) -> Any:
        tokens = ProductionTokens(plan, "softhsm")
        return perform(plan, house.people, archive=house.archive, clock=Clock(), tokens=tokens)

    with pytest.raises(CeremonyError) as refused:
        run(honest)
    assert refused.value.code == "PLAN-ERRORS"
    assert not run(replace(honest, findings=())).closed
    assert house.codes() == ["QUORUM-ABSENT"]
    assert not house.events("signature-intended")


# The verifier, about a record in which it happened -------------------------------------------------------------------


GATES = {
    "sign-root": ("generation", "signature-intended", "APPROVAL-DIGEST"),
    "backup": ("generation", "backup-intended", "BACKUP-APPROVED"),
    "prove": ("generation", "restore-test-intended", "RESTORE-APPROVED"),
    "revoke": ("end", "signature-intended", "APPROVAL-DIGEST"),
    "destroy": ("end", "destruction-intended", "DESTROY-APPROVED"),
}
"""Per step: its ceremony, the line that announces the deed, and the rule for approvals of it."""

STATEMENT = "APPROVAL-STATEMENT"


def taken_out(forger: Owner, second: Any, deed: Any) -> None:
    forger.remove(second)


def one_twice(forger: Owner, second: Any, deed: Any) -> None:
    second["actor"] = second["data"]["person"] = "agus"


def the_witness_instead(forger: Owner, second: Any, deed: Any) -> None:
    second["actor"] = second["data"]["person"] = "siti"


def other_bytes(forger: Owner, second: Any, deed: Any) -> None:
    second["data"]["to_be_signed_sha256"] = "0" * 64


def other_name(forger: Owner, second: Any, deed: Any) -> None:
    second["data"]["name"] = "another"


def other_kind(forger: Owner, second: Any, deed: Any) -> None:
    second["data"]["what"] = "ocsp-response"


def other_step(forger: Owner, second: Any, deed: Any) -> None:
    second["data"]["step"] = "roll"


def other_attempt(forger: Owner, second: Any, deed: Any) -> None:
    second["data"]["attempt"] = 2


def other_ceremony(forger: Owner, second: Any, deed: Any) -> None:
    second["data"]["ceremony_id"] = "0009-another"


def other_plan(forger: Owner, second: Any, deed: Any) -> None:
    forger.change(second, plan_sha256="0" * 64)


def after_the_deed(forger: Owner, second: Any, deed: Any) -> None:
    forger.remove(second)
    place = next(at for at, line in enumerate(forger.lines) if line is deed)
    forger.lines.insert(place + 1, second)


def left_in_between(forger: Owner, second: Any, deed: Any) -> None:
    """Dewi goes out after she approved; she is back right after the deed."""
    forger.insert_after(second, "person-left", {"person": "dewi", "reason": "A call."}, actor="engine")
    forger.insert_after(deed, "person-returned", {"person": "dewi"}, actor="dewi")


def left_and_came_back(forger: Owner, second: Any, deed: Any) -> None:
    gone = forger.insert_after(second, "person-left", {"person": "dewi", "reason": "A call."}, actor="engine")
    forger.insert_after(gone, "person-returned", {"person": "dewi"}, actor="dewi")


FORGED: dict[Any, str] = {
    taken_out: "",
    one_twice: "",
    the_witness_instead: STATEMENT,
    other_bytes: "",
    other_name: "",
    other_kind: "",
    other_step: STATEMENT,
    other_attempt: STATEMENT,
    other_ceremony: "HASH-IDENTITY",
    other_plan: STATEMENT,
    after_the_deed: "",
    left_in_between: "",
    left_and_came_back: "",
}
"""Lies, and the rule that finds each; where none is named, the one for approvals of the deed."""


EVERYWHERE = (taken_out, one_twice, other_bytes, left_in_between)
"""Told of every deed; the others, of which the same lines are the judge, of one signature."""


@pytest.mark.parametrize(
    ("step", "lie"), [(step, lie) for step in GATES for lie in (FORGED if step == "sign-root" else EVERYWHERE)]
)
def test_a_record_of_it_is_not_proved(held_rules: Path, tmp_path: Path, step: str, lie: Any) -> None:
    ceremony, intent, rule = GATES[step]
    folder = next((held_rules / "archive").glob(f"*-{ceremony}"))
    forger = Owner(Path(shutil.copytree(folder, tmp_path / folder.name)))
    lie(forger, forger.of("approved", step)[1], forger.of(intent, step)[0])
    assert (FORGED[lie] or rule) in forger.failed()


def test_a_record_of_a_script_that_needed_fewer_is_not_proved(held_rules: Path, tmp_path: Path) -> None:
    """Everything is made to fit the doctored script; the policy beside it still says two."""
    folder = next((held_rules / "archive").glob("*-generation"))
    forger = Owner(Path(shutil.copytree(folder, tmp_path / folder.name)))
    script = forger.folder / "script.yaml"
    script.write_text(script.read_text().replace("needed: 2", "needed: 1"))
    for step in EVERY_DEED["generation"]:
        forger.remove(forger.of("approved", step)[1], forger.of("digest-read-back", step)[1])
    assert {"HASH-PLAN", "APPROVAL-DIGEST", "BACKUP-APPROVED"} <= forger.failed()
