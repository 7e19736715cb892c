"""A module that lies: each lie is refused, in words, with nothing signed by it, or it is survived and all is proved."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house.hostile import Liar, built_in
from tests.house.second_opinion import faults


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built_in(tmp_path_factory.mktemp("hostile"))


@pytest.fixture
def liar(module: Path, small: Any, tmp_path: Path) -> Iterator[Liar]:
    """The small CA's tokens are reached through it; it is honest until it is told to lie."""
    small.module = str(module)
    liar = Liar(module, tmp_path / "lies")
    yield liar
    liar.tell()


def lie_at(small: Any, liar: Liar, step: str, *lies: str) -> None:
    """From the instruction of a step on; people then end the ceremony, and the module is honest again."""

    def begin(_: object) -> None:
        liar.tell(*lies)

    def end(_: object) -> str:
        liar.tell()
        return "abort"

    small.officiant.answers["instruct", step] = begin
    small.officiant.answers["choose", step] = end


def ended_early(small: Any) -> Any:
    """The last fault on record of a ceremony that people ended; both verifiers say that it ended so, and holds."""
    assert not small.perform().closed
    assert small.kinds()[-1] == "ceremony-aborted"
    verdict = small.verdict()
    assert not verdict.failed, "\n".join(verdict.lines())
    assert faults(small.archive / "0001-small") == []
    failures = ("step-failed", "preparation-failed")
    return [entry.data for entry in small.chain().entries if entry.event.kind in failures][-1]


def signed(small: Any) -> list[str]:
    return [entry.data.name for entry in small.chain().entries if entry.event.kind == "signed"]


@pytest.mark.usefixtures("liar")
def test_an_honest_module_in_between_changes_nothing(small: Any) -> None:
    assert small.perform().closed
    assert small.verdict().proved, "\n".join(small.verdict().lines())


REFUSED = {
    "constant octets for an identifier": (
        ("constant-random",),
        "root-key",
        ("RANDOM-TOKEN", "The token's random source repeats itself.", "Of 32 octets only 1 are different: 1111"),
        [],
    ),
    "constant octets for a serial number": (
        ("constant-random",),
        "root-sign",
        ("RANDOM-TOKEN", "The token's random source repeats itself.", "Of 32 octets only 1 are different: 1111"),
        [],
    ),
    "the same octets again": (
        ("repeated-random",),
        "root-key",
        ("RANDOM-TOKEN", "The token's random source repeats itself.", "The same octets were drawn before"),
        [],
    ),
    "a nonce that was used": (
        ("repeated-r",),
        "sub-sign",
        ("SIG-NONCE", "Two signatures were made with one secret number.", "The signature has the r of an earlier one"),
        ["root"],
    ),
    "an old signature again": (
        ("same-signature",),
        "sub-sign",
        ("SIG-VERIFY", "The signature does not verify.", ""),
        ["root"],
    ),
    "another key": (("other-key",), "sub-sign", ("SIG-VERIFY", "The signature does not verify.", ""), ["root"]),
    "a key that can be read": (
        ("not-sensitive",),
        "sub-key",
        ("KEY-POLICY", "The key is not what the policy wants.", ""),
        ["root"],
    ),
    "a key that can leave": (
        ("extractable",),
        "sub-key",
        ("KEY-POLICY", "The key is not what the policy wants.", ""),
        ["root"],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_lie_is_refused_in_words_and_nothing_is_signed_by_it(small: Any, liar: Liar, name: str) -> None:
    lies, step, (code, headline, detail), before = REFUSED[name]
    lie_at(small, liar, step, *lies)
    if name == "the same octets again":  # the first time nobody can know
        lie_at(small, liar, "root-sign", *lies)
    fault = ended_early(small)
    assert (fault.code, headline in fault.headline, detail in fault.detail) == (code, True, True), fault
    assert signed(small) == before


def test_a_key_that_was_unfit_is_destroyed_before_another_is_made(small: Any, liar: Liar) -> None:
    small.officiant.once("instruct", "sub-key", lambda: liar.tell("not-sensitive"))
    decisions = iter(["try-again", "discard"])
    small.officiant.answers["choose", "sub-key"] = lambda request: (liar.tell(), next(decisions))[1]
    assert small.perform().closed
    assert small.kinds("sub-key").count("key-made") == 1
    assert "key-discarded" in small.kinds("sub-key")
    assert small.verdict().proved, "\n".join(small.verdict().lines())


SWAPPED = {
    "other-serial": ("TOKEN-OTHER", "This is another token."),
    "two-alike": ("TOKEN-ABSENT", "tokens labelled"),
}


@pytest.mark.parametrize("lie", SWAPPED)
def test_a_token_that_comes_back_as_another_is_given_no_pin(small: Any, liar: Liar, softhsm: Any, lie: str) -> None:
    away = softhsm.folder / "away"

    def pull(_: object) -> None:
        if not away.exists():
            shutil.copytree(softhsm.tokens, away)
            for item in softhsm.tokens.iterdir():
                shutil.rmtree(item)

    def put_back(_: object) -> str:
        if lie in told:
            liar.tell()
            return "abort"
        for item in away.iterdir():
            shutil.copytree(item, softhsm.tokens / item.name)
        liar.tell(lie)
        told.append(lie)
        return "try-again"

    told: list[str] = []
    small.officiant.answers["instruct", "sub-key"] = pull
    small.officiant.answers["choose", "sub-key"] = put_back
    fault = ended_early(small)
    assert (fault.code, SWAPPED[lie][1] in fault.headline) == (SWAPPED[lie][0], True), fault
    assert small.labels("token-opened").count("PRACTICE SMALL-ROOT") == 1
    assert signed(small) == ["root"]


def test_a_token_that_takes_its_time_is_waited_for(small: Any, liar: Liar) -> None:
    small.officiant.answers["instruct", "sub-sign"] = lambda _: liar.tell("slow")
    small.officiant.answers["instruct", "export"] = lambda _: liar.tell()
    assert small.perform().closed
    assert small.verdict().proved, "\n".join(small.verdict().lines())
