"""Lies about who was in the room, breaks, deviations and further attempts: each is found by the rule for it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony.verify.archive import verify_path
from tests.house.forger import Forger

Lie = Callable[[Forger], None]

WITHOUT_A_LIE = {"SEAL-CERTIFICATE", "FILES-SUMS", "RECEIPT"}
"""What fails whenever the record was touched before its receipts: nobody but the sealer can mend it."""


def deputy_for_somebody_present(forger: Forger) -> None:
    forger.of("person-present", "roll")[2]["data"]["for_person"] = "agus"


def deputy_for_nobody(forger: Forger) -> None:
    forger.of("person-present", "roll")[2]["data"]["for_person"] = ""


def deputy_for_another_role(forger: Forger) -> None:
    forger.of("person-present", "roll")[2]["data"]["for_person"] = "rini"


def present_without_a_word(forger: Forger) -> None:
    forger.of("person-present", "roll")[1]["data"]["statement"] = ""


def present_by_another_hand(forger: Forger) -> None:
    forger.of("person-present", "roll")[1]["actor"] = "tono"


def left_twice(forger: Forger) -> None:
    line = forger.before("make", "person-left")[0]
    forger.insert_after(line, "person-left", copy.deepcopy(line["data"]))


def left_without_a_reason(forger: Forger) -> None:
    forger.before("make", "person-left")[0]["data"]["reason"] = " "


def back_without_leaving(forger: Forger) -> None:
    forger.remove(*forger.before("make", "person-left"))


def back_by_another_hand(forger: Forger) -> None:
    forger.before("make", "person-returned")[0]["actor"] = "agus"


def principal_beside_the_deputy(forger: Forger) -> None:
    forger.remove(*[line for line in forger.before("inventory", "person-left") if line["data"]["person"] == "tono"])


def approved_from_outside(forger: Forger) -> None:
    line = forger.of("reviewed", "sign")[0]
    forger.insert_after(line, "person-left", {"person": "wati", "reason": "A call."}, actor="wati")


def opened_from_outside(forger: Forger) -> None:
    line = forger.of("instruction-done", "open")[0]
    forger.insert_after(line, "person-left", {"person": "agus", "reason": "A call."}, actor="agus")


def attested_from_outside(forger: Forger) -> None:
    line = forger.of("statement-confirmed", "close")[1]
    forger.insert_after(line, "person-left", {"person": "siti", "reason": "A call."}, actor="siti")


def witnessed_from_outside(forger: Forger) -> None:
    line = forger.of("step-begun", "state")[1]
    forger.insert_after(line, "person-left", {"person": "siti", "reason": "A call."}, actor="siti")


def raised_from_outside(forger: Forger) -> None:
    line = forger.of("step-begun", "state")[0]
    forger.insert_after(line, "person-left", {"person": "siti", "reason": "A call."}, actor="siti")


def nobody_came_back(forger: Forger) -> None:
    forger.remove(*forger.before("make", "person-returned"))


def began_without_its_witness(forger: Forger) -> None:
    line = forger.of("step-done", "roll")[0]
    envelope = {"step": "", "attempt": 0}
    forger.insert_after(line, "person-left", {"person": "siti", "reason": "A call."}, actor="siti", **envelope)


def waited_for_others(forger: Forger) -> None:
    forger.data("quorum-awaited")["missing"] = ["dewi"]


def waited_for_fewer(forger: Forger) -> None:
    forger.data("quorum-awaited")["needed"] = 1


def break_with_an_open_token(forger: Forger) -> None:
    closed = forger.before("sign", "token-closed")[0]
    forger.remove(closed)
    forger.insert_after(forger.of("break-begun")[0], "token-closed", closed["data"], actor="engine")


def break_with_somebody_inside(forger: Forger) -> None:
    forger.remove(forger.before("sign", "person-left")[3])
    forger.remove(forger.before("sign", "person-returned")[3])


def break_without_bags(forger: Forger) -> None:
    forger.data("break-ended")["bags"] = ""


def break_without_seals(forger: Forger) -> None:
    forger.data("break-begun")["sealed"] = ""


def heads_miscounted(forger: Forger) -> None:
    forger.data("break-ended")["heads"] = 5


def break_without_an_end(forger: Forger) -> None:
    forger.remove(*forger.of("break-ended"))


def break_without_a_beginning(forger: Forger) -> None:
    forger.remove(*forger.of("break-begun"))


def work_in_a_break(forger: Forger) -> None:
    end = forger.of("break-ended")[0]
    forger.remove(end)
    forger.insert_after(forger.before("sign", "token-found")[0], "break-ended", end["data"], actor="engine")


def break_in_a_step(forger: Forger) -> None:
    start = forger.place(forger.before("sign", "token-closed")[0])
    stop = forger.place(forger.of("break-ended")[0])
    lines, forger.lines[start : stop + 1] = forger.lines[start : stop + 1], []
    at = forger.place(forger.of("instruction-done", "make")[0])
    forger.lines[at + 1 : at + 1] = [{**line, "step": "make", "attempt": 1} for line in lines]


def concurs_from_outside(forger: Forger) -> None:
    forger.data("deviation")["concurrences"][0]["person"] = "rini"


def dissents_without_words(forger: Forger) -> None:
    forger.data("deviation")["concurrences"][3]["words"] = ""


def dissent_turned_round(forger: Forger) -> None:
    forger.data("deviation")["concurrences"][3]["concurs"] = True


def somebody_left_out(forger: Forger) -> None:
    del forger.data("deviation")["concurrences"][3]


def says_twice(forger: Forger) -> None:
    said = forger.data("deviation")["concurrences"]
    said.append(copy.deepcopy(said[0]))


def nothing_decided(forger: Forger) -> None:
    forger.data("deviation")["decided"] = ""


def attestation_left_out(forger: Forger) -> None:
    forger.remove(forger.of("attested")[-1])


def redo_without_lineage(forger: Forger) -> None:
    forger.of("step-begun", "state")[1]["data"]["redoes"] = 0


def lineage_out_of_nothing(forger: Forger) -> None:
    forger.of("step-begun", "make")[0]["data"]["redoes"] = 3


LIES: dict[Lie, str] = {
    deputy_for_somebody_present: "PRESENCE-ROLL",
    deputy_for_nobody: "STEPS-PEOPLE",
    deputy_for_another_role: "PRESENCE-ROLL",
    present_without_a_word: "STEPS-TRACE",
    present_by_another_hand: "PRESENCE-ROLL",
    left_twice: "PRESENCE-ROLL",
    left_without_a_reason: "PRESENCE-ROLL",
    back_without_leaving: "PRESENCE-ROLL",
    back_by_another_hand: "PRESENCE-ROLL",
    principal_beside_the_deputy: "PRESENCE-ROLL",
    approved_from_outside: "PRESENCE-ACT",
    opened_from_outside: "PRESENCE-ACT",
    attested_from_outside: "PRESENCE-ACT",
    witnessed_from_outside: "PRESENCE-ACT",
    raised_from_outside: "DEVIATION",
    nobody_came_back: "PRESENCE-QUORUM",
    began_without_its_witness: "PRESENCE-QUORUM",
    waited_for_others: "PRESENCE-QUORUM",
    waited_for_fewer: "PRESENCE-QUORUM",
    break_with_an_open_token: "BREAK",
    break_with_somebody_inside: "BREAK",
    break_without_bags: "BREAK",
    break_without_seals: "BREAK",
    heads_miscounted: "BREAK",
    break_without_an_end: "BREAK",
    break_without_a_beginning: "BREAK",
    work_in_a_break: "BREAK",
    break_in_a_step: "BREAK",
    concurs_from_outside: "DEVIATION",
    dissents_without_words: "DEVIATION",
    dissent_turned_round: "DEVIATION",
    somebody_left_out: "DEVIATION",
    says_twice: "DEVIATION",
    nothing_decided: "DEVIATION",
    attestation_left_out: "ATTESTATION",
    redo_without_lineage: "STEPS-REDO",
    lineage_out_of_nothing: "STEPS-REDO",
}


def test_the_true_record_is_proved_with_everything_in_it(held_presence: Path) -> None:
    (verdict,) = verify_path(held_presence)
    assert verdict.proved, list(verdict.failed)
    said = {check.id: check.sentence for check in verdict.checks}
    assert "5 people answered the roll, 2 of them as deputies" in said["PRESENCE-ROLL"]
    assert "Breaks: 1" in said["BREAK"]
    assert "says against them: 1" in said["DEVIATION"]


def test_a_record_chained_anew_without_a_lie_lacks_only_its_seal(forger: Forger) -> None:
    forger.lines[0]["data"]["program"] += " "
    assert forger.failed() == WITHOUT_A_LIE


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_lie_is_found_by_its_rule(forger: Forger, lie: Lie) -> None:
    lie(forger)
    assert LIES[lie] in forger.failed()
