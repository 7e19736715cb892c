"""The file of a PKCS#11 module: where SoftHSM's is, and whether a file is such a module, before it is loaded here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ceremony.errors import CeremonyError
from ceremony.plain_files import LARGEST_LIST, NotRead, opened_named

_NOT_DONE = "The module was not loaded and no token was looked for."
_NEXT = "Give the path of the PKCS#11 module that came with the token, or the word softhsm."
_PROBE_SECONDS = 30

HEADER = 20
"""Octets of an ELF file that say what it is, and for which processor."""

# Loaded by a process of its own: whatever the file does when it is loaded happens there and not in the ceremony.
_PROBE = """
import ctypes, os, sys
try:
    library = ctypes.CDLL(sys.argv[1])
except OSError as error:
    sys.stdout.write(str(error))
    sys.stdout.flush()
    os._exit(3)
os._exit(0 if hasattr(library, "C_GetFunctionList") else 4)
"""


def softhsm_path() -> Path:
    """Where this system keeps SoftHSM's module; CeremonyError naming the package when it is not installed."""
    folders = [Path("/usr/lib/softhsm"), Path("/usr/lib64/pkcs11"), Path("/usr/lib64/softhsm"), Path("/usr/lib64")]
    folders += sorted(Path("/usr/lib").glob("*-linux-*/softhsm"))
    folders += [Path("/usr/lib/pkcs11"), Path("/usr/local/lib/softhsm"), Path("/usr/local/lib"), Path("/usr/lib")]
    for folder in folders:
        path = folder / "libsofthsm2.so"
        if path.is_file():
            return path
    raise CeremonyError(
        "SoftHSM is not installed.",
        detail="libsofthsm2.so is in none of the folders where systems keep it.",
        not_done=_NOT_DONE,
        next_step="Install the package softhsm2 (apt install softhsm2), or give the path of another PKCS#11 module.",
        code="TOKEN-MODULE",
    )


def found(path: str) -> Path:
    """The file that is meant, through every link: SoftHSM's for the word "softhsm", or a path from the root.

    Raises CeremonyError for any other: the program stands in a folder of its own, and a script is no place to start at.
    """
    if path == "softhsm":
        return softhsm_path().resolve()
    if not Path(path).is_absolute():
        raise _refusal("There is no PKCS#11 module at this path.", Path(path), "It does not begin with a slash.")
    return Path(path).resolve()


def examine(path: Path) -> str:
    """Refuse a file that is no PKCS#11 module of this machine; the SHA-256 (hex) of one that is.

    Raises CeremonyError: no such file, not readable, not a shared library, made for another processor, not loadable,
    or without C_GetFunctionList (PKCS#11 2.40, 5.2).
    """
    if not path.exists():
        raise _refusal("There is no PKCS#11 module at this path.", path, "No such file.")
    if not path.is_file():
        raise _refusal("This is not a PKCS#11 module.", path, "It is a folder or a device, not a file.")
    try:
        with opened_named(path, LARGEST_LIST) as file:
            header = next(file.pieces(), b"")[:HEADER]
            digest = file.digest().sha256
        with opened_named(Path(sys.executable), LARGEST_LIST) as file:
            own = next(file.pieces(), b"")[:HEADER]
    except NotRead as refused:
        raise _refusal("The PKCS#11 module cannot be read.", path, f"{refused}.") from None
    # ELF: magic, then e_type at 16 (3 is a shared object) and e_machine at 18
    if len(header) < HEADER or header[:4] != b"\x7fELF" or int.from_bytes(header[16:18], sys.byteorder) != 3:
        raise _refusal("This is not a PKCS#11 module.", path, "It is not a shared library (ELF) at all.")
    if (header[4:6], header[18:20]) != (own[4:6], own[18:20]):
        raise _refusal("The PKCS#11 module does not fit this machine.", path, "It was made for another processor.")
    _probe(path)
    return digest


def _probe(path: Path) -> None:
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _PROBE, str(path)],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PROBE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise _refusal(
            "The PKCS#11 module does not answer.", path, f"Loading it took more than {_PROBE_SECONDS} seconds."
        ) from None
    except OSError as error:
        raise _refusal("The PKCS#11 module could not be tried.", path, f"{error.strerror}.") from error
    if done.returncode == 3:
        reason = done.stdout.decode("utf-8", errors="replace").strip().rstrip(".")
        raise _refusal("The PKCS#11 module cannot be loaded.", path, f"The system says: {reason}.")
    if done.returncode == 4:
        raise _refusal(
            "This is not a PKCS#11 module.", path, "It is a shared library, but it does not have C_GetFunctionList."
        )
    if done.returncode != 0:
        raise _refusal("The PKCS#11 module crashes when it is loaded.", path, f"It ended with {done.returncode}.")


def _refusal(headline: str, path: Path, detail: str) -> CeremonyError:
    return CeremonyError(
        headline, detail=detail, where=str(path), not_done=_NOT_DONE, next_step=_NEXT, code="TOKEN-MODULE"
    )
