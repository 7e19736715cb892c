"""What README tells an auditor to type, as it stands there, over records of today and of 400 days ago.

The certificates of the old record have all expired, and a CA issued most of them. Commands are run as people type them,
by a shell that does not stop at the first failure: the words are what counts.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from ceremony.room.program import program_sha256
from ceremony.transcript.chain import read_chain
from tests.custody_rules.forging import Owner
from tests.house.forger import Forger
from tests.house.held import held_by

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SECTION = "For an auditor"


def section(title: str) -> str:
    """The text of a section of README."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def blocks(text: str) -> list[str]:
    """The commands that stand in it: each run of indented lines."""
    found = re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", text, re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in found]


COMMANDS = {
    "program": "ceremony verify archive\n",
    "files": "sha256sum --quiet --check",
    "seal": "openssl x509 -inform DER -in inputs/seal",
    "issuer": "closed=$(",
    "signed": "field() {",
    "approved": "for signed in",
    "files-of-program": "find . -type f",
}
"""How each block of commands begins."""


def command(name: str) -> str:
    """The block of this name, as README has it."""
    (block,) = (block for block in blocks(section(SECTION)) if block.startswith(COMMANDS[name]))
    return block


@dataclass
class Auditor:
    """At work on a copy of an archive of one ceremony, with the certificate of whoever issued the seal's."""

    archive: Path
    issuer: Path | None

    @property
    def folder(self) -> Path:
        (folder,) = self.archive.iterdir()
        return folder

    def types(self, name: str, place: Path | None = None) -> str:
        """What the commands of a block print, in the ceremony's folder or another place."""
        return self.runs(command(name), place)[1]

    def runs(self, text: str, place: Path | None = None) -> tuple[int, str]:
        """The exit code of some commands, and what they print."""
        text = text.replace("0001-NAME", self.folder.name).replace("PERSON", "dewi")
        path = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=place or self.folder,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def seals(self) -> None:
        """`seal.pem`, and `issuer.pem` from elsewhere."""
        self.types("seal")
        if self.issuer is None:
            shutil.copy(self.folder / "seal.pem", self.folder / "issuer.pem")
        else:
            certificate = x509.load_der_x509_certificate(self.issuer.read_bytes())
            (self.folder / "issuer.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


@pytest.fixture(scope="session")
def held_past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `archive/`, a production ceremony of 400 days ago, and `issuer.der`. Nobody writes into it."""
    return held_by(Path(__file__).parent / "hold_past.py", tmp_path_factory.mktemp("past") / "held")


@pytest.fixture
def past(held_past: Path, tmp_path: Path) -> Auditor:
    """At work on the old record."""
    shutil.copytree(held_past / "archive", tmp_path / "archive")
    return Auditor(tmp_path / "archive", held_past / "issuer.der")


@pytest.fixture(params=["today", "past"])
def auditor(request: pytest.FixtureRequest, held_rules: Path, tmp_path: Path) -> Auditor:
    """At work on either."""
    if request.param == "past":
        return request.getfixturevalue("past")
    shutil.copytree(held_rules / "archive/0001-generation", tmp_path / "archive/0001-generation")
    return Auditor(tmp_path / "archive", None)


def own_words(folder: Path) -> list[Any]:
    """The approvals and attestations of a record, in order."""
    kinds = ("approved", "attested")
    return [entry.data for entry in read_chain(folder / "transcript.jsonl").entries if entry.event.kind in kinds]


# Every command, as it stands there -----------------------------------------------------------------------------------


def test_every_command_of_the_section_is_run_here_and_there_is_none_outside_it() -> None:
    found = blocks(section(SECTION))
    assert len(found) == len(COMMANDS)
    assert {command(name) for name in COMMANDS} == set(found)
    others = README.replace(section(SECTION), "")
    assert not [
        line for line in others.splitlines() if re.match(r"\s+(openssl|sha256sum|scripts/verify-archive)\b", line)
    ]


def test_the_old_record_is_one_of_certificates_that_have_expired_and_that_a_ca_issued(past: Auditor) -> None:
    ends = [x509.load_der_x509_certificate(path.read_bytes()) for path in past.folder.glob("inputs/credentials/*.der")]
    opened = json.loads((past.folder / "transcript.jsonl").read_text().splitlines()[-1])
    assert len(ends) == 5
    assert all(
        item.not_valid_before_utc.isoformat() < opened["at"] < item.not_valid_after_utc.isoformat() for item in ends
    )
    now = subprocess.run(["date", "-u", "+%Y-%m-%dT%H:%M:%SZ"], capture_output=True, text=True, check=True).stdout
    assert all(item.not_valid_after_utc.isoformat() < now for item in ends)
    assert sum(item.issuer == item.subject for item in ends) == 1


def test_the_program_and_its_second_opinion_prove_it_and_plan_it(auditor: Auditor) -> None:
    (auditor.archive.parent / "scripts").symlink_to(ROOT / "scripts")
    opened = read_chain(auditor.folder / "transcript.jsonl").entries[0].data
    for line in command("program").splitlines():
        code, said = auditor.runs(line, auditor.archive.parent)
        assert code == 0, said
        assert (f"SHA-256 {opened.plan_sha256}. It was worked out" if "plan --of" in line else "PROVED") in said


def test_files_and_head(auditor: Auditor) -> None:
    said = auditor.types("files")
    head = read_chain(auditor.folder / "transcript.jsonl").head
    assert said.splitlines() == ["all files as listed", f"{head}  -"]


def test_the_seal(auditor: Auditor) -> None:
    said = auditor.types("seal").splitlines()
    assert said == ["CMS Verification successful", "named by the last line", "named by the people file"]


def test_who_issued_the_seals_certificate(auditor: Auditor) -> None:
    auditor.seals()
    assert auditor.types("issuer").splitlines() == ["seal.pem: OK"]


def test_what_everybody_signed(auditor: Auditor) -> None:
    words = own_words(auditor.folder)
    kinds = {"approved": "approval", "attested": "attestation"}
    wanted = []
    for said in words:
        wanted += [f"{kinds[said.kind]} by {said.person}: {said.statement}", "Verified OK"]
    assert len(wanted) > 20
    assert auditor.types("signed").splitlines() == wanted
    assert (auditor.folder / "said.json").read_bytes() == words[-1].said


def test_keys_of_every_sort_signed(past: Auditor) -> None:
    assert {said.algorithm for said in own_words(past.folder)} == {"ecdsa-sha256", "ecdsa-sha384", "sha256-rsa"}


def test_what_was_approved(auditor: Auditor) -> None:
    said = auditor.types("approved").splitlines()
    names = ("certificates/root.der", "certificates/sub.der", "crls/list.crl")
    assert said == [f"{name}: 2 approvals" for name in names]


def test_the_files_of_the_program(auditor: Auditor) -> None:
    opened = read_chain(auditor.folder / "transcript.jsonl").entries[0].data
    said = auditor.types("files-of-program", ROOT / "ceremony")
    assert said == f"{program_sha256()}  -\n"
    assert opened.program_sha256 == program_sha256()


# What is not so is seen ----------------------------------------------------------------------------------------------


def test_a_changed_file_and_a_cut_record_are_seen(past: Auditor) -> None:
    record = past.folder / "transcript.jsonl"
    head = read_chain(record).head
    record.write_bytes(b"".join(record.read_bytes().splitlines(keepends=True)[:-1]))
    said = past.types("files")
    assert "transcript.jsonl: FAILED" in said
    assert "all files as listed" not in said
    assert head not in said
    assert "CMS Verification successful" not in past.types("seal")


def test_an_object_that_nobody_approved_is_seen(past: Auditor) -> None:
    past.seals()
    certificate = x509.load_pem_x509_certificate((past.folder / "issuer.pem").read_bytes())
    (past.folder / "certificates/root.der").write_bytes(certificate.public_bytes(serialization.Encoding.DER))
    shutil.rmtree(past.folder / "crls")
    assert past.types("approved").splitlines() == [
        "certificates/root.der: 0 approvals",
        "certificates/sub.der: 2 approvals",
    ]


def test_a_seal_by_another_key_is_seen_though_its_certificate_comes_with_it(past: Auditor) -> None:
    forger = Forger(past.folder)
    forger.seal_record()
    said = past.types("seal")
    assert "successful" not in said
    assert "named by the last line" in said


def test_a_seal_by_another_persons_certificate_is_seen(past: Auditor) -> None:
    forger = Forger(past.folder)
    forger.artefact("inputs/seal-certificate.der", forger.certificate.public_bytes(serialization.Encoding.DER))
    forger.chain()
    forger.seal_record()
    assert past.types("seal").splitlines() == ["CMS Verification successful"]


def test_another_issuer_and_a_certificate_that_came_too_late_are_seen(past: Auditor) -> None:
    past.seals()
    (past.folder / "issuer.pem").write_bytes((past.folder / "seal.pem").read_bytes())
    assert "seal.pem: OK" in past.types("issuer")  # who trusts the very certificate needs no issuer
    stranger = Forger(past.folder).certificate
    (past.folder / "issuer.pem").write_bytes(stranger.public_bytes(serialization.Encoding.PEM))
    assert "seal.pem: OK" not in past.types("issuer")
    (past.folder / "seal.pem").write_bytes(stranger.public_bytes(serialization.Encoding.PEM))  # of today
    said = past.types("issuer")
    assert "certificate is not yet valid" in said
    assert "seal.pem: OK" not in said


Lie = Callable[[Owner, dict[str, Any]], str]


def changed(name: str, value: Any) -> Lie:
    """A field that was changed after it was signed."""

    def lie(forger: Owner, line: dict[str, Any]) -> str:
        line["data"][name] = value
        return "Verification failure"

    return lie


def under_another_certificate(forger: Owner, line: dict[str, Any]) -> str:
    """Signed by the very key, over the digest of another's certificate."""
    forger.sign(line, named="agus")
    return "ANOTHER CERTIFICATE"


LIES: dict[str, Lie] = {
    **{name: changed(name, "other") for name in ("statement", "name", "step", "what", "ceremony_id")},
    "plan": changed("plan_sha256", "ab" * 32),
    "digest": changed("to_be_signed_sha256", "ab" * 32),
    "attempt": changed("attempt", 2),
    "certificate": under_another_certificate,
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_what_somebody_signed_is_seen(held_rules: Path, tmp_path: Path, lie: str) -> None:
    shutil.copytree(held_rules / "archive/0001-generation", tmp_path / "archive/0001-generation")
    forger = Owner(tmp_path / "archive/0001-generation")
    forger.failed()  # everything is the forger's own now, and in order
    auditor = Auditor(tmp_path / "archive", None)
    true = auditor.types("signed").splitlines()
    assert set(true[1::2]) == {"Verified OK"}
    line = forger.of("approved", "sign-root")[1]
    seen = LIES[lie](forger, line)
    forger.write()
    said = auditor.types("signed").splitlines()
    assert seen in said
    assert seen not in true


def test_what_was_said_at_another_line_is_seen(held_rules: Path, tmp_path: Path) -> None:
    shutil.copytree(held_rules / "archive/0001-generation", tmp_path / "archive/0001-generation")
    forger = Owner(tmp_path / "archive/0001-generation")
    line = forger.of("attested")[-1]
    forger.insert_after(line, "attested", dict(line["data"]), prev="ab" * 32)
    forger.write()
    said = Auditor(tmp_path / "archive", None).types("signed").splitlines()
    assert said[-3:] == [said[-3], "Verified OK", "SAID AT ANOTHER LINE"]


def test_a_signature_of_somebody_whom_the_people_file_does_not_name_is_seen(past: Auditor) -> None:
    people = past.folder / "people.yaml"
    people.write_text(re.sub("[0-9a-f]{64}", "ab" * 32, people.read_text()))
    said = past.types("signed").splitlines()
    assert said.count("NOT NAMED BY THE PEOPLE FILE") == len(own_words(past.folder))
    assert "named by the people file" not in past.types("seal")
