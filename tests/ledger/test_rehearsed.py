"""A rehearsal over what production left follows stand-ins for its items, and may receive again what lies in a bag."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ceremony.transcript.folding import fold_archive
from ceremony.verify.archive import verify_path

ROOT = Path(__file__).parents[2]
ANSWERS = """\
format: ceremony-answers/1
steps:
  compare:
    fields: {source: Wall clock, reference: "{utc}"}
  back:
    fields: {laptop-serial: "{recorded}", laptop-seal: none, laptop-condition: intact}
  look:
    fields: {bag: "{recorded}", condition: intact}
  token:
    fields: {bag: "{recorded}", condition: intact, token-serial: "{recorded}"}
  seal-all:
    fields: {bag: BAG-000204, bag-again: BAG-000204}
"""


@pytest.fixture
def after_production(three_held: Path, tmp_path: Path) -> Path:
    """A copy of the production archive, with the CA's own folder beside it."""
    shutil.copytree(three_held.parent / "ca", tmp_path / "ca")
    (tmp_path / "answers.yaml").write_text(ANSWERS)
    return Path(shutil.copytree(three_held, tmp_path / "archive"))


def rehearse(archive: Path) -> subprocess.CompletedProcess[str]:
    ca, answers = archive.parent / "ca", archive.parent / "answers.yaml"
    arguments = ("rehearse", str(ca / "third.yaml"), "--archive", str(archive), "--unattended", str(answers))
    return subprocess.run(
        [sys.executable, "-m", "ceremony", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "SOFTHSM2_CONF"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_production_sealed_is_rehearsed_with_the_same_numbers(after_production: Path) -> None:
    before = fold_archive(after_production).register("production")
    done = rehearse(after_production)
    assert done.returncode == 0, done.stdout + done.stderr
    for verdict in verify_path(after_production):
        assert verdict.proved, list(verdict.failed)
    fold = fold_archive(after_production)
    assert (fold.register("production").items, fold.register("production").bags) == (before.items, before.bags)
    assert fold.register("practice").items == ()  # nothing goes on from a rehearsal over stand-ins


def test_a_rehearsal_does_not_read_another_bag_than_the_one_on_record(after_production: Path) -> None:
    answers = after_production.parent / "answers.yaml"
    answers.write_text(ANSWERS.replace('look:\n    fields: {bag: "{recorded}"', "look:\n    fields: {bag: BAG-000203"))
    done = rehearse(after_production)
    assert done.returncode == 1
    assert "This is not the bag that was sealed last. [ITEM-BAG]" in done.stdout + done.stderr
