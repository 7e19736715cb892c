"""Archives of other tests, held once, and forgers at work on copies of them, who seal what they change."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.custody_rules.forging import Owner
from tests.custody_rules.house import certificate
from tests.house.forger import Forger
from tests.house.held import held_by

TESTS = Path(__file__).parents[1]


class Owning(Owner):
    """The owner of every key; the monotonic clock goes on at every line, also at those that were put in."""

    def failed(self, *, heads: bool = True) -> set[str]:
        last = -1
        for line in self.lines:
            line["mono"] = last = max(line["mono"], last + 1)
        return super().failed(heads=heads)


class Sealer(Forger):
    """In production he owns the sealer's key, too: the people file names his certificate as hers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.certificate = x509.load_der_x509_certificate(certificate(self.key, name="Rini Wulandari"))

    def failed(self, *, heads: bool = True, times: bool = True) -> set[str]:
        """Everything is put in order; nobody is asked."""
        if self.lines[0]["data"].get("mode") == "production":
            people = self.folder / "people.yaml"
            sealer = hashlib.sha256((self.folder / "inputs/seal-certificate.der").read_bytes()).hexdigest()
            own = hashlib.sha256(self.certificate.public_bytes(serialization.Encoding.DER)).hexdigest()
            people.write_text(people.read_text().replace(sealer, own))
            self.inputs()
        self.seal(heads=heads, times=times)
        return set()


PLACES = {
    "small": ("verify/hold_ceremonies.py", "practice", Sealer),
    "later": ("verify/hold_ceremonies.py", "later", Sealer),
    "rules": ("custody_rules/hold_rules.py", "archive", Owning),
    "custody": ("custody_steps/hold_custody.py", "both", Sealer),
    "presence": ("presence/hold_presence.py", "archive", Sealer),
    "ledger": ("ledger/hold_ledger.py", "archive", Sealer),
    "ended": ("early_end/hold_ended.py", "archive", Sealer),
}
"""By name: the program that holds the archive, where it leaves it, and who forges there."""


@pytest.fixture(scope="session")
def held_at(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The archive of a name, held when it is first asked for. Nobody writes into it."""
    held: dict[str, Path] = {}

    def archive(name: str) -> Path:
        holds, inside, _ = PLACES[name]
        if holds not in held:
            held[holds] = held_by(TESTS / holds, tmp_path_factory.mktemp("second") / "held")
        return held[holds] / inside

    return archive


@pytest.fixture
def copy_of(held_at: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy of the archive of a name, to be tampered with."""
    return lambda name: Path(shutil.copytree(held_at(name), tmp_path / name))


@pytest.fixture
def forger_at(copy_of: Callable[[str], Path]) -> Callable[..., Forger]:
    """A forger in a copy of an archive, at the ceremony of this number."""

    def forger(name: str, number: int = 1) -> Forger:
        return PLACES[name][2](next(copy_of(name).glob(f"{number:04d}-*")))

    return forger
