"""APPROVAL: who has a key of their own approved with it, and read other words of the digest back than the others."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.transcript import kinds
from ceremony.verify.evidence import Evidence
from ceremony.verify.own_signatures import one_key_each, said_themselves
from ceremony.verify.rule import Fault, Rule
from ceremony.verify.watched import held


def _signed(evidence: Evidence) -> Iterator[Fault]:
    """Every approval of the record, also of attempts that came to nothing."""
    people: set[str] = set()
    for entry, said in evidence.of(kinds.Approved):
        yield from said_themselves(evidence, entry, said, f"The approval of {said.name} by {said.person}")
        if said.method == "signed":
            people.add(said.person)
    yield from one_key_each(evidence, people)


def _how_many(evidence: Evidence) -> str:
    methods = [data.method for _, data in evidence.of(kinds.Approved)]
    typed = methods.count("typed")
    return (
        f"{methods.count('signed')} approvals are signed by a key of the person's own; {typed} were typed, which is "
        "no signature."
    )


RULES = (
    Rule("APPROVAL-SIGNATURE", _how_many, _signed),
    Rule("APPROVAL-READ-BACK", "Who approved had read back what the policy asks for.", held("APPROVAL-READ-BACK")),
)
