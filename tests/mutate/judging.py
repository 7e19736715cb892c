"""The verifier, over one ceremony that is changed again and again: what does not depend on the record is kept."""

from __future__ import annotations

import importlib
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

from ceremony.canonical import sha256_hex
from ceremony.custody.slips import RECEIPTS
from ceremony.errors import CeremonyError
from ceremony.script.past import Past
from ceremony.script.plan import Mode, Plan
from ceremony.transcript import archive
from ceremony.transfer import qr
from ceremony.verify import archive as over_archive
from ceremony.verify import ceremony as over_ceremony
from ceremony.verify.evidence import Evidence
from ceremony.verify.inherited import Inheritance
from ceremony.verify.replan import replan
from ceremony.verify.rule import Rule, judge
from ceremony.verify.verdict import Check, Verdict

OF_ARGUMENTS = (
    ("ceremony.verify.keys", "check_public_key"),
    ("ceremony.pki.request_check", "check_public_key"),
    ("ceremony.verify.own_signatures", "verify_octets"),
    ("ceremony.verify.farewell", "receipt_files"),
    ("tests.house.owner", "receipt_files"),
    ("ceremony.script.invariants.consent", "slices"),
)
"""Functions whose answer follows from their arguments and from nothing else, where the verifier calls them."""

MOST_KEPT = 50_000


class Found(BaseException):
    """A rule found something; BaseException, so that no rule takes it for a fault of its own."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.id)
        self.check = check


class Judge:
    """Judges the last ceremony of an archive; those before it are there, and stay as they are."""

    def __init__(self, path: Path) -> None:
        """`path` is the archive, or the folder of one ceremony that is judged alone."""
        self._path = path
        self._plans: dict[tuple[Any, ...], Any] = {}
        self._answers: dict[tuple[Any, ...], Any] = {}
        self._verdicts: dict[str, tuple[Evidence, Verdict]] = {}
        self._inherited: dict[str, list[Check]] = {}
        self._fold = b""
        folders = sorted(item for item in path.iterdir() if (item / archive.RECORD).exists())
        self.folder = folders[-1] if folders else path
        self._codes = {item.read_bytes() for item in path.rglob(f"{RECEIPTS}/*.json")}

    def whole(self) -> list[Verdict]:
        """Every verdict, by every rule, with nothing kept."""
        return over_archive.verify_path(self._path)

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Within it, `first_fault` is fast."""
        with ExitStack() as stack:
            for module, name in OF_ARGUMENTS:
                stack.enter_context(mock.patch.object(importlib.import_module(module), name, self._kept(module, name)))
            self._patch(stack, "ceremony.custody.slips", "modules", self._drawn)
            self._patch(stack, "ceremony.verify.evidence", "replan", self._replanned)
            self._patch(stack, "ceremony.verify.ceremony", "judge", _until_found)
            self._patch(stack, "ceremony.verify.archive", "Evidence", self._evidence)
            self._patch(stack, "ceremony.verify.archive", "judge_evidence", self._judged)
            self._patch(stack, "ceremony.verify.archive", "Inheritance", lambda: _Kept(self))
            yield

    def first_fault(self) -> Check | None:
        """The first thing that any rule finds wrong in the ceremony as it lies there now; None where it is proved, or
        holds and ended early."""
        try:
            verdicts = over_archive.verify_path(self._path)
        except Found as found:
            return found.check
        except CeremonyError as error:
            return Check(error.code, "failed", error.headline)
        if verdicts[-1].failed:
            return verdicts[-1].failed[0]
        return None if verdicts[-1].holds else Check("NOTHING", "failed", "Nothing was proved.")

    def _patch(self, stack: ExitStack, module: str, name: str, by: Callable[..., Any]) -> None:
        stack.enter_context(mock.patch.object(importlib.import_module(module), name, by))

    def _kept(self, module: str, name: str) -> Callable[..., Any]:
        """A function, asked once for the same arguments; what it raises is kept too."""
        real = getattr(importlib.import_module(module), name)

        def answer(*arguments: Any, **named: Any) -> Any:
            key = (name, *map(_hashable, arguments), *sorted(named.items()))
            if key not in self._answers:
                if len(self._answers) > MOST_KEPT:
                    self._answers.clear()
                try:
                    self._answers[key] = real(*arguments, **named), None
                except Exception as error:
                    self._answers[key] = None, error
            value, error = self._answers[key]
            if error is not None:
                raise error
            return value

        return answer

    def _replanned(self, folder: Path, mode: Mode, clock: datetime, past: Past) -> Plan:
        """The plan of the same files, moment and mode is the same."""
        inputs = (folder / archive.INPUTS).rglob("*") if (folder / archive.INPUTS).is_dir() else ()
        files = (folder / archive.SCRIPT, folder / archive.POLICY, folder / archive.PEOPLE, *inputs)
        digests = tuple(sorted((str(file), sha256_hex(file.read_bytes())) for file in files if file.is_file()))
        key = (mode, clock, past.stand_in, digests)
        if key not in self._plans:
            self._plans[key] = replan(folder, mode, clock, past)
        return self._plans[key]

    def _drawn(self, content: bytes) -> qr.Modules:
        """A QR code takes long to draw: new receipts get another picture instead, which is that of no other content."""
        if content in self._codes:
            return qr.modules(content)
        bits = f"{int(sha256_hex(content), 16):0256b}"
        return tuple(tuple(bit == "1" for bit in bits[row : row + 16]) for row in range(0, 256, 16))

    def _evidence(self, path: Path) -> Evidence:
        kept = self._verdicts.get(str(path))
        return kept[0] if kept else Evidence(path)

    def _judged(self, evidence: Evidence, *, production_only: bool) -> Verdict:
        path = str(evidence.folder.path)
        if evidence.folder.path == self.folder:
            return over_ceremony.judge_evidence(evidence, production_only=production_only)
        if path not in self._verdicts:
            verdict = over_ceremony.judge_evidence(evidence, production_only=production_only)
            self._verdicts[path] = (evidence, verdict)
        return self._verdicts[path][1]


class _Kept(Inheritance):
    """The ceremonies before the last are folded once."""

    def __init__(self, judge: Judge) -> None:
        super().__init__()
        self._judge = judge

    def judged(self, evidence: Evidence, **told: Any) -> list[Check]:
        """The checks of the next ceremony."""
        kept, name = self._judge, evidence.folder.name
        if evidence.folder.path != kept.folder:
            if name not in kept._inherited:
                kept._inherited[name] = super().judged(evidence, **told)
                kept._fold = self._state()
            return kept._inherited[name]
        if kept._fold:
            self.__dict__ |= pickle.loads(kept._fold)  # noqa: S301 - these are octets of our own
        return super().judged(evidence, **told)

    def _state(self) -> bytes:
        return pickle.dumps({name: value for name, value in self.__dict__.items() if name != "_judge"})


def _until_found(rule: Rule, evidence: Evidence) -> Iterator[Check]:
    """A rule of a verdict that is over when the first of them finds something."""
    for check in judge(rule, evidence):
        if check.status == "failed":
            raise Found(check)
        yield check


def _hashable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted(value.items()))
    return tuple(value) if isinstance(value, list) else value
