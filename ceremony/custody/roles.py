"""Which roles one person may not have both: whoever could do it, whoever must agree, and whoever watches, are others.

Sources: RFC 3647 4.5.2 (a CP names the roles that need a separation of duties); X.509 CP for the U.S. Federal Bridge
CA 5.2.4 (one of the officer, administrator and auditor roles each, and any of them may be operator besides);
CA/Browser Forum, Network and Certificate System Security Requirements, 2 (separation of duties for trusted roles).
Stricter than the Federal Bridge: a custodian is no operator, for who works at the machine must not hold a share too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import get_args

from ceremony.custody.people import Role

WHY: dict[frozenset[Role], str] = {
    frozenset(("administrator", "custodian")): "who runs the machine must not approve what it does",
    frozenset(("operator", "custodian")): "who works at the machine must not approve what it does",
    **{
        frozenset((role, "witness")): "who watches has no part in what is watched"
        for role in get_args(Role)
        if role not in ("witness", "auditor")
    },
    **{
        frozenset((role, "auditor")): "who judges has no part in what is judged"
        for role in get_args(Role)
        if role != "auditor"
    },
}
"""The pairs that exclude each other, and why. Administrator and operator alone do not."""

HOLDER: Role = "custodian"
"""What everybody is who holds a share: a part of what opens a token."""


def exclusive(one: str, other: str) -> str:
    """Why nobody may have both of two roles; empty where somebody may."""
    return next((why for pair, why in WHY.items() if pair == {one, other}), "")


def exclusive_pairs(roles: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Of several roles of one person, the pairs that exclude each other, with the reason."""
    for one, other in combinations(dict.fromkeys(roles), 2):
        why = exclusive(one, other)
        if why:
            yield one, other, why
