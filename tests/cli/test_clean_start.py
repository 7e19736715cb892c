"""A maker's module finds nothing of the environment and the folder in which somebody started the program."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ceremony.cli import _parser
from ceremony.cli.places import NO_PLACES, PLACES
from ceremony.errors import CeremonyError
from ceremony.room.clean_start import ALLOWED, Started, left_outside
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome

ROOT = Path(__file__).resolve().parents[2]

SPY = """
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <dirent.h>
extern char **environ;
__attribute__((constructor)) static void loaded(void) {
    FILE *out = fopen(SEEN, "a");
    if (!out) return;
    for (char **each = environ; *each; each++) fprintf(out, "%s\\n", *each);
    DIR *here = opendir(".");
    struct dirent *entry;
    while (here && (entry = readdir(here))) if (entry->d_name[0] != '.') fprintf(out, "FILE %s\\n", entry->d_name);
    fclose(out);
}
int C_GetFunctionList(void **list) { return 5; }
"""


def ceremony(*arguments: str, cwd: Path = ROOT, **settings: str) -> subprocess.CompletedProcess[str]:
    """One command, as people start it."""
    return subprocess.run(
        [ROOT / ".venv/bin/ceremony", *arguments],
        cwd=cwd,
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def spy(tmp_path: Path) -> tuple[Path, Path]:
    """A module that writes down what it finds when it is loaded, and the file with what it saw."""
    seen, module = tmp_path / "seen", tmp_path / "libspy.so"
    (tmp_path / "spy.c").write_text(f'#define SEEN "{seen}"\n{SPY}')
    subprocess.run(["cc", "-shared", "-fPIC", "-o", module, tmp_path / "spy.c"], check=True)
    return module, seen


def test_a_module_sees_no_variable_and_no_file_of_where_it_was_started(spy: tuple[Path, Path], tmp_path: Path) -> None:
    module, seen = spy
    here = tmp_path / "here"
    here.mkdir()
    (here / "yubihsm_pkcs11.conf").write_text("connector = http://elsewhere\n")
    hostile = {
        "YUBIHSM_PKCS11_CONF": "x",
        "OF_NO_MAKER_WE_KNOW": "x",
        "LC_OF_NO_LANGUAGE": "x",
        "HOME": str(here),
        "PATH": f"{here}:/usr/bin:/bin",
    }
    done = ceremony("token", "list", "--module", str(module), cwd=here, **hostile, SOFTHSM2_CONF="x")
    assert "TOKEN-MODULE" in done.stderr
    found = seen.read_text().splitlines()
    names = {line.partition("=")[0] for line in found}
    assert names <= {"PATH", *ALLOWED}
    assert "PATH=/usr/bin:/bin" in found
    assert not [line for line in found if line.startswith("FILE")]


def test_a_variable_that_was_named_is_let_in(spy: tuple[Path, Path]) -> None:
    module, seen = spy
    ceremony("token", "list", "--module", str(module), "--environment", "MAKER_CONF", MAKER_CONF="/etc/maker")
    assert "MAKER_CONF=/etc/maker" in seen.read_text().splitlines()


@pytest.mark.parametrize("name", ["LD_PRELOAD", "PYTHONPATH", "OPENSSL_CONF", "GLIBC_TUNABLES", "A=B", "", "A\x1b"])
def test_what_changes_the_program_itself_is_not_let_in(spy: tuple[Path, Path], name: str) -> None:
    done = ceremony("token", "list", "--module", str(spy[0]), "--environment", name)
    assert done.returncode == 1
    assert "ENVIRONMENT-NAME" in done.stderr
    assert not spy[1].exists()


def test_softhsm_is_told_of_its_configuration_and_another_module_is_not(softhsm: SoftHsmHome) -> None:
    make = ["softhsm2-util", "--init-token", "--free", "--label", "HERE", "--pin", "1234", "--so-pin", "12345678"]
    subprocess.run(make, check=True, capture_output=True)
    shown = ceremony("token", "list", cwd=softhsm.folder, SOFTHSM2_CONF="softhsm2.conf")
    assert "HERE: initialised" in shown.stdout


def test_nothing_stays_in_the_temporary_folder(tmp_path: Path, softhsm: SoftHsmHome) -> None:
    (tmp_path / "tmp").mkdir()
    ceremony("token", "list", TMPDIR=str(tmp_path / "tmp"), SOFTHSM2_CONF=str(softhsm.configuration))
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_module_named_from_nowhere_is_refused() -> None:
    with pytest.raises(CeremonyError) as refused:
        Module.load("libsofthsm2.so")
    assert refused.value.code == "TOKEN-MODULE"
    assert "slash" in refused.value.detail


def test_without_a_folder_to_stand_in_nothing_is_begun(tmp_path: Path) -> None:
    gone = f"mkdir gone && cd gone && rmdir ../gone && '{ROOT}/.venv/bin/ceremony' token list"
    done = subprocess.run(["sh", "-c", gone], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ENVIRONMENT-CLEAN" in done.stderr


def test_the_second_start_looks_whether_it_is_clean() -> None:
    code = "import sys; from ceremony.cli import restarted; sys.exit(restarted())"
    said = json.dumps({"folder": "/", "left_out": []})
    for isolated, settings in (("-I", {"STRAY": "1"}), ("-s", {})):
        done = subprocess.run(
            [ROOT / ".venv/bin/python", isolated, "-c", code, "", said, "token", "list"],
            env={"LANG": "C.UTF-8", **settings},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "ENVIRONMENT-CLEAN" in done.stderr


def test_a_rehearsal_tells_and_records_what_was_left_outside_and_keeps_relative_paths(tmp_path: Path) -> None:
    policies = os.path.relpath(ROOT / "policies/demo", tmp_path)
    done = ceremony(
        *("rehearse", f"{policies}/ceremonies/root-generation.yaml", "--archive", "held", "--export", "stick"),
        *("--unattended", f"{policies}/answers/root-generation.yaml"),
        cwd=(tmp_path / "stick").mkdir() or tmp_path,
        YUBIHSM_PKCS11_CONF="s3cret",
        SOFTHSM2_CONF="/nowhere",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left outside, among them SOFTHSM2_CONF, YUBIHSM_PKCS11_CONF." in done.stdout
    record = next((tmp_path / "held").glob("*/transcript.jsonl")).read_text()
    opened = json.loads(record.splitlines()[0])["data"]
    assert {"SOFTHSM2_CONF", "YUBIHSM_PKCS11_CONF", "PATH"} <= set(opened["left_out"])
    assert opened["overrides"] == []
    assert "s3cret" not in record
    assert list((tmp_path / "stick").iterdir())


def test_nothing_left_outside_is_nothing_to_tell() -> None:
    assert left_outside(Started(), ()) == []
    assert left_outside(Started(left_out=("SHELL",)), ()) == [
        "ENVIRONMENT: 1 variable of the environment left outside."
    ]


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """It and those below it that open a module."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                if name in {"run", "rehearse", "token", "list", "inspect", "init"}:
                    yield from (inner, *parsers(inner))


def test_each_argument_of_these_commands_is_a_place_or_is_said_to_be_none() -> None:
    named = {
        action.dest
        for parser in parsers(_parser())
        for action in parser._actions
        if not isinstance(action, argparse._SubParsersAction)
    }
    assert named <= {*PLACES, *NO_PLACES}
    assert not {*PLACES} & {*NO_PLACES}
