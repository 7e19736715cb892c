"""Each shipped script, played without people on a real token, leaves a record that verifies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
from cryptography import x509

from ceremony.script.load import load_script
from ceremony.script.models import CrossSign, Issue, SelfSign

ROOT = Path(__file__).parents[2]
ANSWERS = sorted(path for path in ROOT.glob("policies/*/answers/*.yaml") if path.parts[-3] != "demo")
"""The demonstration is played by the tests of scripts/demo, its days in split custody by test_split_custody."""


def script_of(answers: Path) -> Path:
    return answers.parents[1] / "ceremonies" / answers.name


Certified = SelfSign | Issue | CrossSign

FIRST = [path for path in ANSWERS if "initialise: true" in script_of(path).read_text("utf-8")]
"""For those scripts that begin on an empty token; the others go on from them and are not played alone."""


def ceremony(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ceremony", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_each_script_has_its_answers() -> None:
    scripts = {path for path in ROOT.glob("policies/*/ceremonies/*.yaml") if path.parts[-3] != "demo"}
    assert {script_of(path) for path in ANSWERS} == scripts


@pytest.mark.parametrize("answers", FIRST, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_shipped_script_is_played_and_its_record_verifies(answers: Path, tmp_path: Path) -> None:
    script = script_of(answers)
    archive, stick = tmp_path / "archive", tmp_path / "stick"
    archive.mkdir()
    stick.mkdir()
    played = ceremony(
        "rehearse", script, "--unattended", answers, "--archive", archive, "--export", stick, folder=tmp_path
    )
    assert played.returncode == 0, played.stdout + played.stderr
    judged = ceremony("verify", archive, "--json", folder=tmp_path)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert json.loads(judged.stdout)
    (record,) = archive.iterdir()
    folder = record / "certificates"
    steps = [step for section in load_script(script).script.sections for step in section.steps]
    signed = {step.certificate: step for step in steps if isinstance(step, Certified)}
    assert {path.stem for path in folder.glob("*.der")} == set(signed)
    exported = {path.name: path.read_bytes() for path in stick.rglob("*.der")}
    for name, step in signed.items():
        assert exported[f"{name}.der"] == (folder / f"{name}.der").read_bytes()
        openssl_accepts(folder, chain(signed, step))
    for first, second in combinations(signed.values(), 2):
        assert same_key(folder, first.certificate, second.certificate) == (
            key_of(signed, first) == key_of(signed, second)
        )


def key_of(signed: dict[str, Certified], step: Certified) -> str:
    """The name of the key, or of what brought it."""
    if isinstance(step, CrossSign):
        return key_of(signed, signed[step.existing]) if step.existing else f"{step.existing_file or step.request}"
    return step.key or f"{step.request}"


def chain(signed: dict[str, Certified], step: Certified) -> list[str]:
    """The names from a certificate up to its root."""
    return [step.certificate, *([] if isinstance(step, SelfSign) else chain(signed, signed[step.issuer]))]


def openssl_accepts(folder: Path, names: list[str]) -> None:
    subject, *between, root = (folder / f"{name}.pem" for name in (names if len(names) > 1 else names * 2))
    untrusted = [option for path in between for option in ("-untrusted", str(path))]
    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(root), *untrusted, str(subject)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def same_key(folder: Path, one: str, other: str) -> bool:
    """Whether two certificates hold the same key, by their identifiers and by the key itself, which must agree."""
    first, second = (x509.load_der_x509_certificate((folder / f"{name}.der").read_bytes()) for name in (one, other))
    identifiers = [
        item.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest for item in (first, second)
    ]
    same = first.public_key() == second.public_key()
    assert same == (identifiers[0] == identifiers[1])
    return same
