"""`ceremony plan --of`: the plan that a record names, from the ceremony's folder alone, or a sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.cli import main
from tests.house.forger import Forger

HELD = ("practice/0001-small", "practice/0002-small", "production/0001-small", "later/0001-small", "later/0002-later")


@pytest.fixture
def alone(held: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of one ceremony's folder, where nothing else is: not its archive, not the CA's folder."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(held / name, tmp_path / "taken-home" / Path(name).name))

    return copy


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Exit code and words of `ceremony plan --of`."""

    def plan(folder: Path, *more: str) -> tuple[int, str]:
        code = main(["plan", "--of", str(folder), *more])
        told = capsys.readouterr()
        return code, told.out + told.err

    return plan


def test_there_are_folders_of_every_sort(held: Path) -> None:
    found = sorted(f"{item.parent.name}/{item.name}" for item in held.glob("*/0*"))
    assert found == sorted(HELD)


@pytest.mark.parametrize("name", HELD)
def test_the_plan_is_the_one_that_the_record_names(
    alone: Callable[[str], Path], said: Callable[..., tuple[int, str]], name: str
) -> None:
    folder = alone(name)
    opened: Any = json.loads((folder / "transcript.jsonl").read_text().splitlines()[0])
    code, words = said(folder)
    assert code == 0, words
    assert f"Plan SHA-256:   {opened['data']['plan_sha256']}" in words
    assert f"This is the plan that the record of {folder.name} names, opened on {opened['at']}:" in words
    assert opened["data"]["title"] in words
    assert opened["data"]["mode"].upper() in words
    code, words = said(folder, "--json")
    told = json.loads(words)
    assert (code, told["plan_sha256"], told["planned_at"], told["ceremony"]) == (
        0,
        opened["data"]["plan_sha256"],
        opened["at"],
        folder.name,
    )


def test_nothing_beside_the_folder_is_read(
    alone: Callable[[str], Path], said: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    """Where the script's own paths lead there are other files."""
    folder = alone("later/0002-later")
    assert "policy: ../policy.yaml" in (folder / "script.yaml").read_text()
    for place in (tmp_path, folder.parent):
        for name in ("policy.yaml", "people.yaml", "script.yaml"):
            (place / name).write_text("format: none of ours\n")
    assert said(folder)[0] == 0


# What is no folder of a ceremony, or not the one that was opened ------------------------------------------------------


@pytest.mark.parametrize("what", ["missing", "a-file", "empty", "archive"])
def test_a_folder_that_is_none_of_a_ceremony_is_told(
    alone: Callable[[str], Path], said: Callable[..., tuple[int, str]], tmp_path: Path, what: str
) -> None:
    (tmp_path / "a-file").write_text("{}")
    (tmp_path / "empty").mkdir()
    place = {"archive": alone("later/0002-later").parent}.get(what, tmp_path / what)
    code, words = said(place)
    assert code == 1
    assert words.startswith(f"{place}: This is not the folder of a ceremony.")


def test_every_input_that_is_missing_is_told(
    alone: Callable[[str], Path], said: Callable[..., tuple[int, str]]
) -> None:
    folder = alone("later/0002-later")
    first = json.loads((folder / "transcript.jsonl").read_text().splitlines()[0])["data"]
    inputs = [file["path"] for file in first["inputs"]]
    assert inputs
    for path in ("script.yaml", "policy.yaml", "people.yaml", *inputs):
        octets = (folder / path).read_bytes()
        (folder / path).unlink()
        code, words = said(folder)
        assert code == 1, path
        assert "The inputs are not those of the record." in words
        assert f"{path} is missing, or is not a plain file." in words
        (folder / path).write_bytes(octets)
    assert said(folder)[0] == 0


def test_an_input_that_leads_out_of_the_folder_is_told(
    alone: Callable[[str], Path], said: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    folder = alone("later/0002-later")
    (folder / "policy.yaml").rename(tmp_path / "policy.yaml")
    (folder / "policy.yaml").symlink_to(tmp_path / "policy.yaml")
    assert "policy.yaml is missing, or is not a plain file." in said(folder)[1]


def test_a_changed_policy_is_told(alone: Callable[[str], Path], said: Callable[..., tuple[int, str]]) -> None:
    folder = alone("later/0002-later")
    policy = folder / "policy.yaml"
    policy.write_text(policy.read_text() + "\n# a remark\n")
    code, words = said(folder)
    assert code == 1
    assert "policy.yaml is not the file that the ceremony was opened with" in words


@pytest.mark.parametrize("field", ["plan_sha256", "policy"])
def test_inputs_that_make_another_plan_than_the_record_names_are_told(
    alone: Callable[[str], Path], said: Callable[..., tuple[int, str]], field: str
) -> None:
    """The first line has the hashes of the files that are there, and the plan of others."""
    forger = Forger(alone("later/0002-later"))
    if field == "policy":
        policy = forger.folder / "policy.yaml"
        policy.write_text(policy.read_text() + "\n# a remark\n")
        forger.inputs()
    else:
        forger.lines[0]["data"]["plan_sha256"] = "ab" * 32
    forger.chain()
    code, words = said(forger.folder)
    assert code == 1
    assert "The inputs make another plan." in words
    assert f"the record names {forger.lines[0]['data']['plan_sha256']}" in words


def test_inputs_that_make_no_plan_are_told(alone: Callable[[str], Path], said: Callable[..., tuple[int, str]]) -> None:
    forger = Forger(alone("later/0002-later"))
    (forger.folder / "script.yaml").write_text("format: ceremony-script/1\n")
    forger.inputs()
    forger.chain()
    code, words = said(forger.folder)
    assert code == 1
    assert "The inputs make no plan." in words


@pytest.mark.parametrize("first", ["", "{}\n", "no line of a record\n"])
def test_a_record_without_a_first_line_is_told(
    alone: Callable[[str], Path], said: Callable[..., tuple[int, str]], first: str
) -> None:
    folder = alone("later/0002-later")
    (folder / "transcript.jsonl").write_text(first)
    code, words = said(folder)
    assert code == 1
    assert "The record has no first line that can be read." in words


@pytest.mark.parametrize("more", [("--practice",), ("--archive", "archive")])
def test_what_the_folder_says_itself_is_not_asked_for(
    alone: Callable[[str], Path], said: Callable[..., tuple[int, str]], more: tuple[str, ...]
) -> None:
    code, words = said(alone("later/0002-later"), *more)
    assert code == 1
    assert words.startswith("--of takes neither --practice nor --archive.")


@pytest.mark.parametrize("arguments", [["plan"], ["plan", "script.yaml", "--of", "archive/0001-small"]])
def test_a_script_or_a_folder_is_planned_and_not_both(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
