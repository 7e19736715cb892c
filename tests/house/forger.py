"""A forger: changes the record of one ceremony, and puts everything in order again that does not need another's key."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7

from ceremony.canonical import canonical_json
from ceremony.verify.archive import verify_path

Line = dict[str, Any]
SEALED = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities]


def another_at_the_end(octets: bytes) -> bytes:
    """The same with another last octet, whatever the last one is: of a signature it may be any."""
    return octets[:-1] + bytes([octets[-1] ^ 1])


POINTERS = {
    "step-begun": ("redoes",),
    "step-failed": ("after",),
    "preparation-failed": ("after",),
    "interrupted": ("after",),
    "dissent": ("deviation",),
}
"""Fields that name another line, by kind."""


class Forger:
    """What is left for a verifier to find is the lie itself.

    `chain` leaves the old seal, which cannot fit then; `failed` puts a seal of the forger's own in its place, with
    another certificate than the record names. `seal` goes further: the record names that certificate, and the checksums
    fit.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        lines = (folder / "transcript.jsonl").read_text("utf-8").splitlines()
        self.lines: list[Line] = [json.loads(line) for line in lines]
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = _certificate(self.key)

    def of(self, kind: str, step: str = "", **data: Any) -> list[Line]:
        """The lines of a kind, those of one step where it is named, those that say this where it is given."""
        return [
            line
            for line in self.lines
            if line["kind"] == kind
            and step in ("", line["step"])
            and all(line["data"][name] == value for name, value in data.items())
        ]

    def one(self, kind: str, step: str = "", **data: Any) -> Line:
        """The first of them."""
        return self.of(kind, step, **data)[0]

    def before(self, step: str, kind: str) -> list[Line]:
        """The lines of a kind that stand outside steps, right before a step begins for the first time."""
        end = self.place(self.one("step-begun", step))
        start = max((place + 1 for place, line in enumerate(self.lines[:end]) if line["step"]), default=0)
        return [line for line in self.lines[start:end] if line["kind"] == kind]

    def data(self, kind: str, step: str = "") -> Line:
        """The data of the first of them."""
        data: Line = self.one(kind, step)["data"]
        return data

    def place(self, line: Line) -> int:
        """How many lines stand before this one."""
        return next(index for index, item in enumerate(self.lines) if item is line)

    def remove(self, *gone: Line) -> None:
        """Take these lines out."""
        self.lines = [line for line in self.lines if not any(line is item for item in gone)]

    def remove_all(self, kind: str, step: str = "") -> None:
        """Take every line of a kind out, or of a kind in one step."""
        self.remove(*self.of(kind, step))

    def insert_after(self, line: Line, kind: str, data: Line, **envelope: Any) -> Line:
        """A new line after another one, said by the same, in the same attempt, unless `envelope` says otherwise."""
        new = {**line, "kind": kind, "data": data, **envelope}
        self.lines.insert(self.place(line) + 1, new)
        return new

    def move_after(self, line: Line, other: Line) -> None:
        """A line stands after another one, and has its time."""
        self.remove(line)
        self.lines.insert(self.place(other) + 1, {**line, "at": other["at"], "mono": other["mono"]})

    def chain(self, *, heads: bool = True, times: bool = True) -> None:
        """Number and chain the lines, with what points to one of them. With `heads`, who approves or attests names the
        line before; with `times`, no line has the moment of the one before, or an earlier one."""
        moved = {line["seq"]: number for number, line in enumerate(self.lines, start=1)}
        before, mono = "0" * 64, -1
        for number, line in enumerate(self.lines, start=1):
            line |= {"seq": number, "prev": before}
            if times:
                line["mono"] = mono = max(line["mono"], mono + 1)
            for name in POINTERS.get(line["kind"], ()):
                line["data"][name] = moved.get(line["data"][name], line["data"][name])
            if heads and line["kind"] in ("approved", "attested"):
                line["data"]["chain_head"] = before
            before = hashlib.sha256(canonical_json(line)).hexdigest()
        self.write()

    def counted(self, *, notes: int = 0, deviations: int = 0) -> None:
        """The statements at the close count so many more notes and deviations."""
        more = {"deviations": deviations, "notes": notes}
        for line in self.of("statement-confirmed", about="counts"):
            line["data"]["statement"] = re.sub(
                r"(\d+) (deviations|notes)\b",
                lambda found: f"{int(found[1]) + more[found[2]]} {found[2]}",
                line["data"]["statement"],
            )

    def write(self) -> None:
        """The lines as they are."""
        octets = b"".join(canonical_json(line) + b"\n" for line in self.lines)
        (self.folder / "transcript.jsonl").write_bytes(octets)

    def failed(self, *, heads: bool = True, times: bool = True) -> set[str]:
        """Chain the lines, seal what was changed where there is a seal, and say which rules of this ceremony fail."""
        before = (self.folder / "transcript.jsonl").read_bytes()
        self.chain(heads=heads, times=times)
        changed = (self.folder / "transcript.jsonl").read_bytes() != before
        if changed and (self.folder / "transcript.p7s").exists():
            self.seal_record()
        return {check.id for verdict in verify_path(self.folder) for check in verdict.failed}

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

    def seal(self, *, heads: bool = True, times: bool = True) -> None:
        """Everything in order again, under the forger's own seal."""
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        self.artefact("inputs/seal-certificate.der", der)
        for line in (*self.of("ceremony-closed"), *self.of("ceremony-aborted")):
            line["data"]["seal_certificate_sha256"] = hashlib.sha256(der).hexdigest()
        self.chain(heads=heads, times=times)
        self.seal_record()
        self.sums()

    def seal_record(self) -> None:
        """The forger's seal over the record as it stands."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data((self.folder / "transcript.jsonl").read_bytes())
        seal = builder.add_signer(self.certificate, self.key, hashes.SHA256())
        (self.folder / "transcript.p7s").write_bytes(seal.sign(serialization.Encoding.DER, SEALED))

    def sums(self) -> None:
        """SHA256SUMS over the files as they are."""
        files = sorted(item for item in self.folder.rglob("*") if item.is_file() and item.name != "SHA256SUMS")
        lines = [
            f"{hashlib.sha256(item.read_bytes()).hexdigest()}  {item.relative_to(self.folder).as_posix()}\n"
            for item in files
        ]
        (self.folder / "SHA256SUMS").write_text("".join(lines))


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Forger")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )


def forgers(archive: Path, place: Path, kind: Callable[[Path], Any] = Forger) -> Callable[[str], Any]:
    """A forger for each ceremony of an archive, by the name after its number: at work on a copy of it."""

    def at_work(name: str) -> Any:
        folder = next(archive.glob(f"*-{name}"))
        return kind(Path(shutil.copytree(folder, place / folder.name)))

    return at_work
