"""Who could have made a record alone: the sets that are found are those that a walk through all subsets finds."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.models import SelfSign
from ceremony.script.plan import Plan
from ceremony.verify.alone import AnyOf, KeySet, Need, needs_of, smallest
from ceremony.verify.archive import verify_path
from ceremony.verify.evidence import CannotJudge
from ceremony.verify.page import page
from tests.custody_rules.house import CUSTODY, EVERYBODY, Signers

PEOPLE = "abcdefg"


def spelled_out(sets: tuple[KeySet, ...]) -> set[frozenset[str]]:
    """Every set of people that the groups stand for."""
    found: set[frozenset[str]] = set()
    for way in sets:
        ways: list[frozenset[str]] = [frozenset()]
        for group in way:
            ways = [mine | frozenset(more) for mine in ways for more in combinations(group.of, group.count)]
        found |= set(ways)
    return found


def by_all_subsets(needs: list[Need]) -> set[frozenset[str]]:
    """The same without any thought: each set of people that meets all needs, and of which no smaller part does."""
    everybody = sorted({person for need in needs for person in need.of})
    enough = [
        frozenset(some)
        for count in range(len(everybody) + 1)
        for some in combinations(everybody, count)
        if all(len(need.of & set(some)) >= need.count for need in needs)
    ]
    return {some for some in enough if not any(other < some for other in enough)}


@st.composite
def needs(draw: st.DrawFn) -> list[Need]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        people = draw(st.frozensets(st.sampled_from(PEOPLE), min_size=1))
        found.append(Need(draw(st.integers(1, len(people))), people))
    return found


@given(needs())
def test_they_are_those_that_a_walk_through_all_subsets_finds(wanted: list[Need]) -> None:
    assert spelled_out(smallest(wanted)) == by_all_subsets(wanted)


def test_where_nothing_needs_a_key_nobodys_is_enough() -> None:
    assert smallest([]) == ((),)


def test_a_script_with_hundreds_of_people_is_no_work() -> None:
    many = frozenset(f"person-{number}" for number in range(500))
    assert smallest([Need(3, many), Need(1, frozenset({"person-7", "seal"}))])


def test_a_script_made_to_be_too_much_work_is_not_worked_out() -> None:
    groups = [Need(9, frozenset(f"{group}-{number}" for number in range(10))) for group in range(20)]
    with pytest.raises(CannotJudge):
        smallest(groups)


# What a policy asks ---------------------------------------------------------------------------------------------------

QUORUM = AnyOf(2, ("agus", "bambang", "dewi"))
RINI, SITI = AnyOf(1, ("rini",)), AnyOf(1, ("siti",))


def plan_of(house: Signers, custody: str) -> Plan:
    house.edit("policy.yaml", CUSTODY, f"custody: {custody}")
    return compile_plan(load_script(house.folder / "short.yaml"), "production", Clock().utc(), lint=False)


def sets_of(plan: Plan, *, sealed: bool = True, closed: bool = True) -> set[KeySet]:
    deeds = {planned.step.id for planned in plan.steps if isinstance(planned.step, SelfSign)}
    return set(smallest(needs_of(plan, deeds, sealed=sealed, closed=closed)))


def given_credentials(house: Signers, *people: str) -> Signers:
    """People whose certificates the people file names; no token is needed to plan."""
    for person in people:
        house.name_credential(person, person.encode())
    return house


@pytest.fixture
def all_have_keys(bare: Signers) -> Signers:
    return given_credentials(bare, *EVERYBODY)


@pytest.mark.parametrize(
    ("custody", "wanted"),
    [
        ("{approvals: signed}", {(QUORUM, RINI)}),
        ("{approvals: signed, quorum: 3}", {(AnyOf(3, QUORUM.of), RINI)}),
        ("{approvals: typed}", {(QUORUM, RINI)}),
    ],
    ids=["signed", "a quorum of three", "typed by people who have keys"],
)
def test_who_seals_and_a_quorum(all_have_keys: Signers, custody: str, wanted: set[KeySet]) -> None:
    assert sets_of(plan_of(all_have_keys, custody)) == wanted


def test_with_custody_off_the_seal_alone(bare: Signers) -> None:
    assert sets_of(plan_of(given_credentials(bare, "rini"), "{}")) == {(RINI,)}


def test_a_word_that_may_be_typed_costs_no_key(bare: Signers) -> None:
    """Two custodians have keys of their own; the third may type, so one of the two is enough."""
    plan = plan_of(given_credentials(bare, "rini", "agus", "dewi"), "{approvals: typed, quorum: 2}")
    assert sets_of(plan) == {(AnyOf(1, ("agus", "dewi")), RINI)}


def test_an_attestation_costs_the_keys_of_those_whom_the_close_needs(all_have_keys: Signers) -> None:
    close = "kind: close, actor: administrator,"
    all_have_keys.edit("short.yaml", close, f"{close} witness: witness,")
    plan = plan_of(all_have_keys, "{approvals: signed, quorum: 2, attestation: true}")
    assert sets_of(plan) == {(QUORUM, RINI, SITI)}
    assert sets_of(plan, closed=False) == {(QUORUM, RINI)}, "of one that ended early nobody attests"


def test_who_may_stand_in_for_the_sealer_may_seal_as_well(all_have_keys: Signers) -> None:
    all_have_keys.edit("short.yaml", "{people: [rini], duty", "{people: [rini], deputies: [tono], duty")
    all_have_keys.edit(
        "people.yaml",
        "  - {id: agus",
        "  - {id: tono, name: Tono Wijaya, organisation: Small CA, roles: [administrator]}\n  - {id: agus",
    )
    given_credentials(all_have_keys, "tono")
    assert (AnyOf(2, QUORUM.of), AnyOf(1, ("rini", "tono"))) in sets_of(plan_of(all_have_keys, "{approvals: signed}"))


def test_without_a_seal_and_with_typed_approvals_nobodys_key_is_needed(bare: Signers) -> None:
    plan = plan_of(given_credentials(bare, "rini"), "{}")
    assert sets_of(plan, sealed=False, closed=False) == {()}


# In words -------------------------------------------------------------------------------------------------------------


def test_the_page_names_them_and_the_token_of_the_ca(held_rules: Path) -> None:
    archive = held_rules / "archive"
    said = " ".join(" ".join(page(archive, verify_path(archive))).split())
    assert "WHO COULD HAVE MADE THIS ALONE" in said
    others = "any 2 of Agus Santoso, Bambang Prakoso, Dewi Lestari"
    assert f"0001: 3 keys: Rini Wulandari; {others} " in said
    assert f"; {others}; with token SMALL" in said, "the second ceremony signs with a key that the first one made"


def test_a_rehearsal_could_have_been_made_by_anybody(ended: Path) -> None:
    assert "anybody: the keys of a rehearsal are made on the spot" in " ".join(page(ended, verify_path(ended)))
