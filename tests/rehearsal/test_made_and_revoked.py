"""A CA that is made and revoked on one day: in a plan all keys that are yet to be made look alike, and are not."""

from __future__ import annotations

from typing import Any

import pytest

from ceremony.room.clock import FixedClock
from ceremony.verify.archive import verify_path
from tests.rehearsal.stage import GENERATION, LATER, Stage


def revoking(certificate: str) -> list[dict[str, Any]]:
    """The first ceremony, whose list revokes one of the certificates that it makes."""
    revoked = {"revoke": [{"certificate": certificate, "reason": "cessationOfOperation"}]}
    return [{**step, **revoked} if step["id"] == "list" else step for step in GENERATION]


def test_a_ca_that_the_same_ceremony_made_is_revoked_and_the_archive_is_proved(stage: Stage) -> None:
    script = stage.script("generation", revoking("issuing"), initialise=True)
    stage.rehearse(script)
    outcome = stage.run(script)
    assert outcome.closed, stage.said
    assert [verdict.proved for verdict in verify_path(stage.archive)] == [True, True]


@pytest.mark.parametrize(
    ("certificate", "rule"), [("root", "CRL-SELF"), ("second-root", "CRL-OTHER-ISSUER")], ids=["itself", "another root"]
)
def test_a_list_never_revokes_its_own_key_or_what_another_ca_issued(stage: Stage, certificate: str, rule: str) -> None:
    script = stage.script("generation", revoking(certificate), initialise=True)
    findings = stage.plan(script, "practice").plan.findings
    assert {finding.rule for finding in findings if finding.severity.blocks} == {rule}


class Passing(FixedClock):
    """Time passes by itself: a second whenever somebody looks."""

    def _read_wall_seconds(self) -> float:
        self.advance(1)
        return super()._read_wall_seconds()


@pytest.mark.parametrize("rehearsed_at_once", [True, False], ids=["no time in the rehearsal", "time in both"])
def test_what_a_list_revokes_is_answered_for_later_in_the_same_ceremony(stage: Stage, rehearsed_at_once: bool) -> None:
    """The date of the revocation is that of the list, and the answer's own is a later one."""
    assert stage.run(stage.script("generation", GENERATION, initialise=True)).closed, stage.said
    stage.clock.advance(86_400)
    moving = Passing(stage.clock.utc())
    script = stage.script("later", LATER, rehearsed="must")
    if not rehearsed_at_once:
        stage.clock = moving
    stage.rehearse(script)
    stage.clock = moving
    moving.advance(86_400)
    assert stage.run(script).closed, stage.said
    assert [verdict.proved for verdict in verify_path(stage.archive)] == [True] * 3
