"""Which libraries the program runs with: each that is loaded, its version, one digest over what its package brought."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution, distributions
from pathlib import Path

import pytest

from ceremony.errors import CeremonyError
from ceremony.room.libraries import LATER, NO_PACKAGE, libraries_now, libraries_of

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(str(distribution("qrcode").locate_file("")))


def locked(name: str) -> dict[str, str]:
    """Version by name of what a lock file pins; each with a hash."""
    entries = re.split(r"(?m)^(?=[a-z0-9])", (ROOT / name).read_text("utf-8"))[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    return dict(re.match(r"([a-z0-9.-]+)==([^ ]+)", entry).groups() for entry in entries)  # type: ignore[union-attr,misc]  # each is of this form


def now(code: str = "") -> dict[str, tuple[str, str]]:
    """Version and digest by name, in a process that loaded no more than this."""
    program = (
        f"import sys; sys.path.append({str(ROOT)!r}); {code}\n"
        "import json; from ceremony.room.libraries import libraries_now\n"
        "print(json.dumps({one.name: (one.version, one.sha256) for one in libraries_now()}))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return {name: tuple(value) for name, value in json.loads(done.stdout).items()}


def test_what_is_loaded_is_listed_and_what_is_not_is_not() -> None:
    before, after = now(), now("import pkilint")
    assert set(LATER) <= set(before)
    assert "pkilint" not in before
    assert after["pkilint"][0] == distribution("pkilint").version


def test_the_digest_is_what_sha256sum_says_of_the_files() -> None:
    (found,) = (one for one in libraries_now() if one.name == "qrcode")
    left = "! -path '*__pycache__*' ! -name RECORD ! -name INSTALLER ! -name REQUESTED ! -name direct_url.json"
    command = (
        f"find ./qrcode ./qrcode-{found.version}.dist-info -type f {left} | LC_ALL=C sort | xargs sha256sum | sha256sum"
    )
    done = subprocess.run(["sh", "-c", command], cwd=PACKAGES, capture_output=True, text=True, check=True)
    assert found.sha256 == done.stdout.split()[0]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small package, installed in a folder of packages of this test's own."""
    packages = tmp_path / "site-packages"
    (packages / "small").mkdir(parents=True)
    (packages / "small" / "__init__.py").write_text("A = 1\n")
    info = packages / "small-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: small\nVersion: 1.0\n")
    (info / "RECORD").write_text(
        "small/__init__.py,,\nsmall/__pycache__/x.pyc,,\n../../bin/small,,\n"
        "small-1.0.dist-info/METADATA,,\nsmall-1.0.dist-info/RECORD,,\n"
    )
    monkeypatch.syspath_prepend(str(packages))
    return packages


def test_another_octet_is_another_digest_and_what_the_installer_wrote_is_not(package: Path) -> None:
    loaded = [package / "small" / "__init__.py"]
    (before,) = libraries_of(loaded)
    (package / "small-1.0.dist-info" / "INSTALLER").write_text("other")
    assert libraries_of(loaded) == (before,)
    (package / "small" / "__init__.py").write_text("A = 2\n")
    (after,) = libraries_of(loaded)
    assert (after.name, after.version) == ("small", "1.0")
    assert after.sha256 != before.sha256


def test_a_module_that_no_package_brought_is_named(package: Path) -> None:
    stray = package / "small" / "stray.py"
    stray.write_text("B = 1\n")
    (found,) = libraries_of([stray])
    assert (found.name, found.version) == (str(stray), NO_PACKAGE)


def test_a_file_that_is_gone_begins_nothing(package: Path) -> None:
    shutil.rmtree(package / "small")
    with pytest.raises(CeremonyError) as refused:
        libraries_of([package / "small" / "__init__.py"])
    assert refused.value.code == "PROGRAM-FILES"


def test_everything_in_the_virtual_environment_is_pinned_pip_and_setuptools_too() -> None:
    pins = locked("requirements-dev.lock")
    there = {one.metadata["Name"].lower().replace("_", "-").replace(".", "-"): one.version for one in distributions()}
    assert {"pip", "setuptools"} <= set(there)
    assert {name: version for name, version in there.items() if pins.get(name) != version} == {}
    assert locked("requirements.lock").items() <= pins.items()
