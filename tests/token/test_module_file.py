"""Only a PKCS#11 module of this machine is loaded; everything else is refused with a sentence of its own."""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ceremony.errors import CeremonyError
from ceremony.token import module_file
from ceremony.token.module import Module, softhsm_path
from ceremony.token.softhsm import SoftHsmHome


def refusal(path: Path) -> CeremonyError:
    with pytest.raises(CeremonyError) as caught:
        Module.load(str(path))
    assert caught.value.where == str(path)
    assert "No token was looked for" in caught.value.not_done or "no token was looked for" in caught.value.not_done
    return caught.value


def test_a_path_without_a_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.so").headline == "There is no PKCS#11 module at this path."


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "a folder" in refusal(tmp_path).detail


def test_a_file_that_is_no_shared_library_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "module.so"
    path.write_text("I am no library.\n", encoding="utf-8")
    assert "not a shared library" in refusal(path).detail


def test_a_library_for_another_processor_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "module.so"
    octets = bytearray(softhsm_path().read_bytes())
    octets[18:20] = b"\x16\x00"  # e_machine: S/390
    path.write_bytes(octets)
    assert refusal(path).headline == "The PKCS#11 module does not fit this machine."


def test_a_damaged_library_is_refused_with_the_systems_own_reason(tmp_path: Path) -> None:
    path = tmp_path / "module.so"
    path.write_bytes(softhsm_path().read_bytes()[:100])
    error = refusal(path)
    assert error.headline == "The PKCS#11 module cannot be loaded."
    assert "The system says" in error.detail


def test_a_library_that_crashes_when_it_is_loaded_does_not_take_the_ceremony_with_it(tmp_path: Path) -> None:
    path = tmp_path / "module.so"
    path.write_bytes(softhsm_path().read_bytes()[:4096])  # its later pages are missing: SIGBUS
    assert refusal(path).headline == "The PKCS#11 module crashes when it is loaded."


def test_a_shared_library_that_is_no_pkcs11_module_is_refused() -> None:
    name = ctypes.util.find_library("z") or ctypes.util.find_library("c")
    mapped = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if ".so" in line}
    library = Path(next(path for path in mapped if Path(path).name == name or "/libc.so" in path)).resolve()
    assert "C_GetFunctionList" in refusal(library).detail


def test_a_module_that_does_not_start_is_refused_without_a_traceback(tmp_path: Path) -> None:
    code = (
        "from ceremony.errors import CeremonyError\n"
        "from ceremony.token.module import Module\n"
        "try:\n    Module.load('softhsm')\n"
        "except CeremonyError as error:\n    print(error.headline, error.detail)\n"
    )
    environ = {**os.environ, "SOFTHSM2_CONF": str(tmp_path / "none.conf")}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("The PKCS#11 module does not start. It answered CKR_GENERAL_ERROR")


def test_softhsm_that_is_not_installed_is_missed_by_the_name_of_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module_file.Path, "is_file", lambda self: False)
    with pytest.raises(CeremonyError) as caught:
        softhsm_path()
    assert "softhsm2" in caught.value.next_step


def test_softhsm_is_loaded_by_its_word_and_described(softhsm: SoftHsmHome) -> None:
    module = Module.load("softhsm")
    assert module.path == softhsm_path().resolve()
    assert module.sha256 == hashlib.sha256(module.path.read_bytes()).hexdigest()
    assert (module.manufacturer, module.is_softhsm) == ("SoftHSM", True)
    assert module.library_version.startswith("2.")
    assert module.library_description


def test_the_same_file_loaded_twice_is_the_same_module(softhsm: SoftHsmHome) -> None:
    assert Module.load("softhsm") is Module.load(str(softhsm_path()))
