"""Whoever owns the key of everybody: a record that was changed is made whole again, as if it had always been so."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509

from ceremony.canonical import canonical_json, sha256_hex
from ceremony.custody.load import load_people
from ceremony.custody.people import Person
from ceremony.custody.read_back import slices
from ceremony.custody.slips import RECEIPTS, receipt_files, receipt_of
from ceremony.engine.credential import signing_key
from ceremony.engine.credentials import OpenCredential
from ceremony.engine.sealing import cms_signature
from ceremony.script.plan import practice_label
from ceremony.script.quorum import needed_approvals, who_may_approve
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.transcript import archive, kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.event import GENESIS, Event
from ceremony.transcript.state import CeremonyState, fold, walk
from ceremony.verify.evidence import Evidence

Line = dict[str, Any]
SAID = ("approved", "attested")
"""What people say with a key of their own."""

LINES = {
    "step-begun": "redoes",
    "step-failed": "after",
    "preparation-failed": "after",
    "interrupted": "after",
    "dissent": "deviation",
}
"""The fields that name another line by its number."""

_LINE = re.compile(r"\bline (\d+)\b")
"""The same in the words of a resumption."""


class Keys:
    """The own keys of the people of a ceremony, in their tokens on the SoftHSM in force. `pin` is that of each of
    them; `{label}` in it stands for the token's label."""

    def __init__(self, pin: str, folder: Path) -> None:
        self._module, self._pin = Module.load("softhsm"), pin
        self.people: dict[str, Person] = {
            person.id: person for person in load_people(folder / archive.PEOPLE).people.people
        }
        opened = json.loads((folder / archive.RECORD).read_bytes().split(b"\n", 1)[0])["data"]
        self._practice = opened["mode"] == "practice"
        self._open: dict[str, OpenCredential | None] = {}

    def of(self, person: str) -> OpenCredential | None:
        """The key of a person, in their own token; None of who has none."""
        if person not in self._open:
            self._open[person] = self._opened(person)
        return self._open[person]

    def _opened(self, person: str) -> OpenCredential | None:
        known = self.people.get(person)
        if known is None or not (self._practice or known.credential):
            return None
        label = practice_label(person) if self._practice else known.credential.token_label  # type: ignore[union-attr]  # production: as said above
        token = next((item for item in self._module.tokens() if item.label == label), None)
        if token is None:
            return None
        session = self._module.open(token, Secret(self._pin.format(label=label)))
        ((_, key_id, der),) = session.certificates()
        held = session.key(key_id)
        key = signing_key(session, held)
        return OpenCredential(session, key, key_id, held.algorithm, x509.load_der_x509_certificate(der))


@dataclass(frozen=True)
class Changed:
    """A field that somebody changed and that stays as they left it: of which line, and its name in the data."""

    line: Line | None = None
    field: str = ""

    def keeps(self, line: Line, field: str) -> bool:
        """Whether this field of this line is the one."""
        return line is self.line and field == self.field


NOTHING = Changed()


class Owner:
    """Makes everything again that hangs on where a line stands and what it says: numbers, links, what points at a line
    or a head, the words that were read back, approvals and attestations by the keys of those who say them, receipts,
    the seal, the checksums. Other lines say what they said.

    Only what the outside saw stays: the heads that somebody has at home.
    """

    def __init__(self, folder: Path, keys: Keys) -> None:
        self.folder, self.keys = folder, keys
        octets = (folder / archive.RECORD).read_bytes().splitlines()
        self.lines: list[Line] = [json.loads(line) for line in octets]
        self._octets = octets
        self._typed = {id(line): kinds.parse_data(line["kind"], line["data"]) for line in self.lines}
        self._old = {line["prev"] for line in self.lines}
        self._files = {
            path: (folder / path).read_bytes()
            for path in sorted(
                item.relative_to(folder).as_posix()
                for item in folder.rglob("*")
                if item.is_file() and item.name != archive.SUMS
            )
        }
        self._digests = {path: sha256_hex(file) for path, file in self._files.items()}
        self._written: set[str] = set()
        self._asked = dict(_asked(folder))

    def write(self, lines: Sequence[Line], changed: Changed = NOTHING) -> None:
        """These lines, made whole, in the folder."""
        files = self._made(lines, changed)
        for path in self._written - set(files):
            (self.folder / path).write_bytes(self._files[path])
        for path, octets in files.items():
            (self.folder / path).write_bytes(octets)
        self._written = set(files)
        if archive.SEAL not in self._files:
            return  # nobody sealed it
        digests = self._digests | {path: sha256_hex(octets) for path, octets in files.items()}
        sums = "".join(f"{digest}  {path}\n" for path, digest in digests.items())
        (self.folder / archive.SUMS).write_text(sums, "utf-8")

    def _made(self, lines: Sequence[Line], changed: Changed) -> dict[str, bytes]:
        """The record, its seal, and the receipts that are others now."""
        files: dict[str, bytes] = {}
        octets: list[bytes] = []
        heads, head, passed = dict.fromkeys(self._old, ""), GENESIS, 0
        numbers: dict[int, int] = {}
        whole = True  # as long as nothing differs from what was
        for place, line in enumerate(lines):
            whole = whole and place < len(self.lines) and line is self.lines[place]
            for other in self.lines[passed : line["seq"]]:  # also of a line that is gone now
                heads[other["prev"]] = head
                numbers[other["seq"]] = place
            passed = max(passed, line["seq"])
            heads[line["prev"]] = head
            numbers[line["seq"]] = place + 1
            if whole:
                octets.append(self._octets[place])
            else:
                before = lines[:place]
                data = self._data(line, changed, lines, place, heads, numbers, files)
                new = {**line, "seq": place + 1, "prev": head, "data": data}
                self._receipts(new, line, before, files)
                octets.append(canonical_json(new))
            head = hashlib.sha256(octets[-1]).hexdigest()
        files[archive.RECORD] = b"".join(line + b"\n" for line in octets)
        if archive.SEAL in self._files:
            sealer = self.keys.of(self.lines[-1]["data"]["sealed_by"])
            assert sealer is not None
            files[archive.SEAL] = cms_signature(sealer, files[archive.RECORD])
        return files

    def _data(
        self,
        line: Line,
        changed: Changed,
        lines: Sequence[Line],
        place: int,
        heads: Mapping[str, str],
        numbers: Mapping[int, int],
        files: Mapping[str, bytes],
    ) -> Line:
        """The data of a line, with all that follows from the lines before it."""
        was: Line = line["data"]
        data = {
            name: heads[value]
            if isinstance(value, str) and heads.get(value) and not changed.keeps(line, name)
            else value
            for name, value in was.items()
        }
        new: Line = {}
        match line["kind"]:
            case kind if kind in LINES:
                new = {name: numbers.get(value, value) for name, value in data.items() if name == LINES[kind]}
            case "ceremony-resumed":
                new = {name: _renumbered(data[name], numbers) for name in ("reason", "found")}
            case "digest-read-back":
                new = self._read_back(line, data)
            case "artefacts-written":
                new = {"files": [self._file(file, files) for file in data["files"]]}
            case kind if kind in SAID:
                data = self._said(line, data, changed)
            case _:
                pass
        return data | {name: value for name, value in new.items() if not changed.keeps(line, name)}

    def _said(self, line: Line, data: Line, changed: Changed) -> Line:
        """What a person says, signed by their own key."""
        key = self.keys.of(data.get("person", ""))
        if key is None or data.get("method") != "signed":
            return data
        if line is not changed.line or changed.field == "person":
            data["credential_sha256"] = sha256_hex(key.der)
        try:
            said = kinds.parse_data(line["kind"], data)
        except ValueError:
            return data  # nobody can read it
        assert isinstance(said, kinds.Approved | kinds.Attested)
        return data if changed.keeps(line, "signature") else data | {"signature": key.sign(said.said).hex()}

    def _read_back(self, line: Line, data: Line) -> Line:
        """The words that the head of that moment chooses for those who were asked then."""
        people = self._asked.get(line["seq"], ())
        try:
            chosen = {item.person: list(item.positions) for item in slices(data["digest"], data["chain_head"], people)}
            return {"positions": chosen[data["person"]]}
        except (ValueError, KeyError):
            return {}

    def _file(self, file: Line, files: Mapping[str, bytes]) -> Line:
        octets = files.get(file.get("path", ""))
        return file if octets is None else {**file, "sha256": sha256_hex(octets), "size": len(octets)}

    def _receipts(self, line: Line, was: Line, before: Sequence[Line], files: dict[str, bytes]) -> None:
        """Those that a line announces, as they would have been written then."""
        if line["kind"] != "artefacts-intended":
            return
        announced = [path for path in was["data"]["paths"] if str(path).startswith(f"{RECEIPTS}/")]
        state = self._fold(before) if announced else None
        if state is None or state.opened is None:
            return
        for path in announced:
            person = self.keys.people.get(path.removeprefix(f"{RECEIPTS}/receipt-").rpartition(".")[0])
            if person is None:
                continue
            try:
                receipt = receipt_of(
                    person,
                    head=line["prev"],
                    day=line["at"][:10],
                    ceremony_id=state.opened.ceremony_id,
                    title=state.opened.title,
                    mode=state.opened.mode,
                    keys={key.key: sha256_hex(key.spki) for key in state.keys.values()},
                    steps=len(state.steps_done),
                    exceptions=state.deviations,
                )
            except ValueError:
                return  # there is no receipt of such a ceremony
            files |= {name: octets for name, octets in receipt_files(receipt) if name in self._files}

    def _fold(self, lines: Sequence[Line]) -> CeremonyState | None:
        """The state after these lines; None where one of them cannot be read."""
        try:
            return fold([self._entry(line) for line in lines])
        except ValueError:
            return None

    def _entry(self, line: Line) -> Entry:
        typed = self._typed.get(id(line)) or kinds.parse_data(line["kind"], line["data"])
        fields = {
            name: line[name] for name in ("seq", "prev", "at", "mono", "step", "attempt", "actor", "kind", "data")
        }
        return Entry(Event(**fields), typed)


def _asked(folder: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """By the number of the line, also where it stands elsewhere later: of whom words were asked, in order."""
    evidence = Evidence(folder)
    for entry, before in walk(evidence.chain.entries):
        planned = evidence.planned_at(entry)
        if isinstance(entry.data, kinds.ReadBack) and planned is not None:
            asked = [each.id for each in who_may_approve(evidence.plan, planned) if each.id in before.present]
            yield entry.event.seq, tuple(asked[: needed_approvals(evidence.plan, planned)])


def _renumbered(value: Any, numbers: Mapping[int, int]) -> Any:
    """Words with the lines that they name by number as they are numbered now."""
    match value:
        case str():
            return _LINE.sub(lambda found: f"line {numbers.get(int(found[1]), found[1])}", value)
        case list():
            return [_renumbered(item, numbers) for item in value]
        case dict():
            return {name: _renumbered(item, numbers) for name, item in value.items()}
        case _:
            return value
