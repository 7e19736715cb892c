"""Both verifiers come to one result: on every archive that other tests hold, and on every lie that they tell.

The tests of the lies show by which rule `ceremony verify` finds each. Where scripts/verify-archive says that it checks
that rule, it must refuse the lie, too; where it says that it does not, nothing is asked of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.transcript.dating import TIME
from ceremony.verify import inherited
from ceremony.verify.archive import RULE, verify_path
from ceremony.verify.ceremony import all_rules
from tests.custody_rules.test_forgeries import LIES as RULES
from tests.custody_steps.test_forgeries import END, GENERATION
from tests.house.second_opinion import faults, look, program
from tests.presence.test_forgeries import LIES as PRESENCE
from tests.second_opinion.conftest import PLACES
from tests.verify.test_forgeries import LIES as SMALL
from tests.verify.test_forgeries import monotonic_backwards

Lie = Callable[[Any], object]

LIES: list[tuple[str, int, str, Lie]] = [
    *(("small", 1, rule, lie) for rule, lie in SMALL),
    *(("rules", 1, rule, lie) for rule, lie in RULES),
    *(("custody", 1, rule, lie) for lie, rule in GENERATION.items()),
    *(("custody", 2, rule, lie) for lie, rule in END.items()),
    *(("presence", 1, rule, lie) for lie, rule in PRESENCE.items()),
]


NOT_ASKED = {
    "HASH-IDENTITY-other_token",
    "COUNT-DECLARED-challenge_declared",
    "RECEIPT-receipt_rewritten",
    "RESTORE-TEST-restore_test_on_another_token",
}
"""Lies about rules of which a part is checked, that are about the other part."""


def both(rule: str, lie: Lie) -> bool:
    """Whether the program says that it checks this."""
    whole = rule in program().CHECKED.split()
    return whole or (rule in program().CHECKED_IN_PART and f"{rule}-{lie.__name__}" not in NOT_ASKED)


ASKED = [case for case in LIES if both(*case[2:])]


@pytest.mark.parametrize("name", PLACES)
def test_both_prove_every_archive_that_is_true(held_at: Callable[[str], Path], name: str) -> None:
    assert all(verdict.holds for verdict in verify_path(held_at(name)))
    code, said = look(held_at(name))
    assert code == 0, said


@pytest.mark.parametrize(("name", "number"), sorted({(name, number) for name, number, _, _ in LIES}))
def test_what_is_only_sealed_anew_is_proved(forger_at: Callable[..., Any], name: str, number: int) -> None:
    """So what a lie is refused for is the lie."""
    forger = forger_at(name, number)
    forger.failed()
    assert faults(forger.folder) == []


@pytest.mark.parametrize(
    ("name", "number", "rule", "lie"),
    ASKED,
    ids=[f"{rule}-{lie.__name__}" for _, _, rule, lie in ASKED],
)
def test_both_refuse_a_lie_about_what_both_check(
    forger_at: Callable[..., Any], name: str, number: int, rule: str, lie: Lie
) -> None:
    forger = forger_at(name, number)
    lie(forger)
    if lie is monotonic_backwards:  # which is all that is wrong then
        forger.failed(times=False)
    else:
        forger.failed()
    assert faults(forger.folder) != [], rule


def test_each_rule_of_the_verifier_is_checked_or_named_as_not_checked() -> None:
    """What it does not name it would seem to check."""
    rules = {rule.id for rule in all_rules()} | {RULE, inherited.REGISTER, inherited.ONCE, inherited.REHEARSED, TIME}
    named = [*program().CHECKED.split(), *program().CHECKED_IN_PART]
    named += [rule for rules in program().NOT_CHECKED.values() for rule in rules.split()]
    assert len(set(named)) == len(named)
    assert rules <= set(named)


def test_it_prints_what_it_does_not_check(held_at: Callable[[str], Path]) -> None:
    _, said = look(held_at("small"))
    for rules in program().NOT_CHECKED.values():
        assert rules in said
    for rule, what in program().CHECKED_IN_PART.items():
        assert f"{rule}: {what}" in said
