"""Sliced read-back: nobody approves who has not read their own words of the digest; with real tokens."""

from __future__ import annotations

import io
from typing import Any

import pytest

from ceremony.engine.answers import load_answers
from ceremony.engine.performance import perform
from ceremony.engine.practice import practice_tokens
from ceremony.engine.secrets_source import DrawnSecrets
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.room.clock import Clock
from ceremony.verify.archive import verify_path
from ceremony.words import words
from tests.custody_rules.house import Signers
from tests.house.people import read_aloud


def test_each_reads_other_words_and_then_approves(house: Signers) -> None:
    assert house.hold("short").closed
    forms = house.people.of("record", "sign-root")
    assert [form.step.actor for form in forms] == ["Agus Santoso", "Dewi Lestari"]
    said = house.events("digest-read-back")
    assert [data.person for data in said] == ["agus", "dewi"]
    assert not set(said[0].positions) & set(said[1].positions)
    digest = house.events("approved")[0].to_be_signed_sha256
    assert all(form.digest_words == words(bytes.fromhex(digest)) for form in forms)
    assert all(len(blank.label.split(", ")) <= 4 for form in forms for blank in form.blanks)
    kinds = [entry.event.kind for entry in house.entries() if entry.event.step == "sign-root"]
    assert kinds.index("digest-read-back") < kinds.index("approved") < kinds.index("signature-intended")


def test_a_blank_says_which_word_is_wrong_and_never_which_is_right(house: Signers) -> None:
    complaints: list[str | None] = []

    def look(form: Any) -> dict[str, str]:
        blank = form.blanks[0]
        right = read_aloud(form, blank)
        answers = ("", "one two", f"x{right}", right.replace(" ", ""), f"{right} more", right.upper())
        complaints.extend(blank.check(answer) for answer in answers)
        return {each.name: read_aloud(form, each) for each in form.blanks}

    house.people.answers["record", "sign-root"] = look
    assert house.hold("short").closed
    assert [complaint is None for complaint in complaints[:6]] == [False] * 5 + [True]
    assert complaints[2] is not None
    assert "Not the word of the digest: number" in complaints[2]


@pytest.mark.parametrize("answer", ["", "other words", "all but one"])
def test_other_words_than_those_of_the_digest_stop_it(house: Signers, answer: str) -> None:
    def typed(form: Any) -> dict[str, str]:
        right = {blank.name: read_aloud(form, blank) for blank in form.blanks}
        last = form.blanks[-1].name
        if answer == "all but one":
            return right | {last: right[last].rpartition(" ")[0] + " aardvark"}
        return dict.fromkeys(right, answer)

    house.people.answers["record", "sign-root"] = typed
    assert not house.hold("short").closed
    assert house.codes() == ["READ-BACK"]
    assert not house.events("approved")
    assert not house.events("signature-intended")


def practise(house: Signers, script: str = "short") -> Any:
    """The script, rehearsed without people."""
    plan = house.plan(script, "practice")
    assert plan.ok, plan.findings
    said = io.StringIO()
    answers = load_answers(house.folder / "answers.yaml")
    with practice_tokens(plan) as tokens, UnattendedOfficiant(answers, DrawnSecrets(), said) as officiant:
        return perform(plan, officiant, archive=house.archive, clock=Clock(), tokens=tokens)


def test_a_rehearsal_without_people_reads_back_what_was_reviewed(bare: Signers) -> None:
    assert practise(bare, "generation").closed
    assert len(bare.events("digest-read-back")) == len(bare.events("approved")) == 10
    assert {data.agrees for data in bare.events("attested")} == {True}
    assert all(verdict.proved for verdict in verify_path(bare.archive))


def test_a_rehearsal_whose_answers_dissent_says_so(bare: Signers) -> None:
    bare.edit(
        "answers.yaml",
        "steps:\n",
        "steps:\n  close:\n    choose: [dissent, agree, agree, agree, agree]\n"
        "    fields: {words: The camera was off.}\n",
    )
    assert practise(bare).closed
    assert [data.words for data in bare.events("attested")] == ["The camera was off.", "", "", "", ""]
