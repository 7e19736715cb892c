"""Real archives, held once for a test run on SoftHSM, and a forger who knows how to make lies consistent."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7

from ceremony.canonical import canonical_json

ROOT = Path(__file__).parents[2]
Line = dict[str, Any]


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `practice/` (two ceremonies), `production/` (one), `later/` (one more after that) and `ca/`, the
    CA's own folder. Nobody writes into it."""
    folder = tmp_path_factory.mktemp("held") / "archives"
    program = Path(__file__).parent / "hold_ceremonies.py"
    done = subprocess.run(
        [sys.executable, str(program), str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def practice(held: Path, tmp_path: Path) -> Path:
    """A copy of the practice archive."""
    return Path(shutil.copytree(held / "practice", tmp_path / "practice"))


@pytest.fixture
def folder(practice: Path) -> Path:
    """A copy of one closed practice ceremony."""
    return practice / "0001-small"


@pytest.fixture
def production(held: Path, tmp_path: Path) -> Path:
    """A copy of one closed production ceremony."""
    return Path(shutil.copytree(held / "production", tmp_path / "production")) / "0001-small"


@pytest.fixture
def later(held: Path, tmp_path: Path) -> Path:
    """A copy of a production archive whose second ceremony goes on from what the first one left."""
    return Path(shutil.copytree(held / "later", tmp_path / "later"))


class Forger:
    """Changes a ceremony and then puts everything in order again that does not need another's key.

    What is left for a verifier to find is the lie itself: lines are chained anew, approvals name the new heads, the
    inputs' hashes are recorded anew, the checksums fit, and a key of the forger's own seals the record.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[Line] = [
            json.loads(line) for line in (folder / "transcript.jsonl").read_text("utf-8").splitlines()
        ]
        self.key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Forger")])
        now = datetime.now(UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=1))
            .sign(self.key, hashes.SHA256())
        )

    def of(self, kind: str, step: str | None = None) -> list[Line]:
        """The lines of a kind, those of one step where it is given."""
        return [line for line in self.lines if line["kind"] == kind and step in (None, line["step"])]

    def one(self, kind: str, step: str | None = None) -> Line:
        """The first line of a kind."""
        return self.of(kind, step)[0]

    def data(self, kind: str, step: str | None = None) -> Line:
        """The data of the first line of a kind."""
        data: Line = self.one(kind, step)["data"]
        return data

    def remove(self, kind: str, step: str | None = None) -> None:
        """Take every line of a kind out."""
        gone = self.of(kind, step)
        self.lines = [line for line in self.lines if not any(line is item for item in gone)]

    def insert_after(self, line: Line, kind: str, data: Line, **envelope: Any) -> Line:
        """A new line after another one."""
        new = {**line, "kind": kind, "data": data, **envelope}
        place = next(index for index, item in enumerate(self.lines) if item is line)
        self.lines.insert(place + 1, new)
        return new

    def chain(self, *, heads: bool = True) -> None:
        """Number and chain the lines; with `heads`, let each approval name the line before it."""
        before = "0" * 64
        for number, line in enumerate(self.lines, start=1):
            line |= {"seq": number, "prev": before}
            if heads and line["kind"] == "approved":
                line["data"]["chain_head"] = before
            before = hashlib.sha256(canonical_json(line)).hexdigest()
        octets = b"".join(canonical_json(line) + b"\n" for line in self.lines)
        (self.folder / "transcript.jsonl").write_bytes(octets)

    def inputs(self) -> None:
        """Record the hashes of script, policy, people and inputs as they are now."""
        for file in self.lines[0]["data"]["inputs"]:
            octets = (self.folder / file["path"]).read_bytes()
            file |= {"sha256": hashlib.sha256(octets).hexdigest(), "size": len(octets)}
        for name in ("script", "policy", "people"):
            digest = hashlib.sha256((self.folder / f"{name}.yaml").read_bytes()).hexdigest()
            self.lines[0]["data"][f"{name}_sha256"] = digest

    def artefact(self, path: str, octets: bytes) -> None:
        """Replace a file that the ceremony wrote, and the record of it."""
        (self.folder / path).write_bytes(octets)
        for line in self.of("artefacts-written"):
            for file in line["data"]["files"]:
                if file["path"] == path:
                    file |= {"sha256": hashlib.sha256(octets).hexdigest(), "size": len(octets)}

    def seal(self, *, heads: bool = True) -> None:
        """Everything in order again, under the forger's own seal."""
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        self.artefact("inputs/seal-certificate.der", der)
        for line in self.of("ceremony-closed"):
            line["data"]["seal_certificate_sha256"] = hashlib.sha256(der).hexdigest()
        self.chain(heads=heads)
        self.sign()
        self.sums()

    def sign(self) -> None:
        """The forger's seal over the record as it stands."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data((self.folder / "transcript.jsonl").read_bytes())
        options = [
            pkcs7.PKCS7Options.DetachedSignature,
            pkcs7.PKCS7Options.Binary,
            pkcs7.PKCS7Options.NoCapabilities,
        ]
        seal = builder.add_signer(self.certificate, self.key, hashes.SHA256())
        (self.folder / "transcript.p7s").write_bytes(seal.sign(serialization.Encoding.DER, options))

    def sums(self) -> None:
        """SHA256SUMS over the files as they are."""
        files = sorted(item for item in self.folder.rglob("*") if item.is_file() and item.name != "SHA256SUMS")
        lines = [
            f"{hashlib.sha256(item.read_bytes()).hexdigest()}  {item.relative_to(self.folder).as_posix()}\n"
            for item in files
        ]
        (self.folder / "SHA256SUMS").write_text("".join(lines))


@pytest.fixture
def forger(folder: Path) -> Forger:
    """A forger at work on a practice ceremony."""
    return Forger(folder)


@pytest.fixture
def forger_of() -> Callable[[Path], Forger]:
    """A forger for any folder."""
    return Forger
