"""The program starts itself anew, with an environment that is an allow-list and in an empty folder of its own.

The makers' PKCS#11 modules read what they are to do from variables and from the folder in which a program was started,
and no list of what they read is complete. So none of it is there when one of them is loaded: what is not named here,
or by the person who starts the program, is left outside. What was left outside is told, by name and never by value.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from ceremony.errors import CeremonyError
from ceremony.room.speaking import visible

_LOCALE = ("LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME")

ALLOWED = frozenset({"TERM", "COLORTERM", "NO_COLOR", "LANG", "TMPDIR", *_LOCALE})
"""Variables that come along: what the terminal can do, the language, and where temporary files go."""

_PATH = "/usr/bin:/bin"
"""Where programs of the system are; that of the person who starts it is not taken over."""

SOFTHSM = "SOFTHSM2_CONF"
"""SoftHSM's tokens are files, and this names them. It is kept aside, and comes along where the token is SoftHSM's."""

_LOADERS = ("LD_", "PYTHON", "GLIBC_", "GCONV_", "MALLOC_", "OPENSSL_", "TEXTUAL")
"""They bend the program itself; no module of a token needs them."""

_AGAIN = "import sys; sys.path.append(sys.argv[1]); from ceremony.cli import restarted; sys.exit(restarted())"


@dataclass(frozen=True, slots=True)
class Started:
    """How this process was started: `folder`, where the person stood; `left_out`, the names that were left outside."""

    folder: str = ""
    left_out: tuple[str, ...] = ()
    let_in: tuple[str, ...] = ()
    """The variables that the person who started it named."""
    softhsm: str = ""
    """The configuration that SOFTHSM2_CONF named outside."""

    def with_softhsm(self, modules: Iterable[str]) -> Started:
        """The same, with SOFTHSM2_CONF in force where one of these modules is SoftHSM."""
        if not self.softhsm or not any(_is_softhsm(module) for module in modules):
            return self
        os.environ[SOFTHSM] = self.placed(self.softhsm)
        return replace(self, left_out=tuple(name for name in self.left_out if name != SOFTHSM))

    def placed(self, path: str) -> str:
        """A path as the person meant it, seen from the folder in which they stood."""
        return os.path.join(self.folder, path) if self.folder else path  # noqa: PTH118 - `..` after a link must stay


def start_anew(arguments: Collection[str], let_in: Collection[str]) -> None:
    """Replace this process by one that was started clean. Returns never; raises CeremonyError where it cannot be."""
    _check_names(let_in)
    try:
        folder = os.getcwd()  # noqa: PTH109 - no more is needed of it
        empty = tempfile.mkdtemp(prefix="ceremony-empty-")
        os.chdir(empty)
        os.rmdir(empty)  # noqa: PTH106 - a folder without a name: nothing can be put into it, and nothing stays of it
    except OSError as error:
        raise _refusal("No empty folder can be had.", f"The system says: {error.strerror}.") from None
    clean = {name: value for name, value in os.environ.items() if name in {*ALLOWED, *let_in, SOFTHSM}}
    if "TMPDIR" in clean:
        clean["TMPDIR"] = os.path.join(folder, clean["TMPDIR"])  # noqa: PTH118 - as `placed`
    said = json.dumps({"folder": folder, "left_out": sorted(set(os.environ) - set(clean))})
    code = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120 - short
    try:
        os.execve(  # noqa: S606 - no shell
            sys.executable,
            [sys.executable, "-I", "-c", _AGAIN, code, said, *arguments],
            {**clean, "PATH": _PATH},
        )
    except (OSError, ValueError) as error:
        raise _refusal("The program cannot start itself anew.", f"The system says: {error}.") from None


def settled(said: str, let_in: Collection[str]) -> Started:
    """Look at what is there in the process that `start_anew` started. Raises CeremonyError where it is not clean."""
    told = json.loads(said)
    softhsm = os.environ.pop(SOFTHSM, "")
    strange = sorted({*os.environ} - {*ALLOWED, *let_in, "PATH"})
    if strange or not sys.flags.isolated:
        raise _refusal("The environment is not clean.", f"It holds {', '.join(strange) or 'settings of Python'}.")
    try:
        found = os.listdir(".")  # noqa: PTH208 - the folder has no name
    except FileNotFoundError:
        found = []
    if found:
        raise _refusal("The folder of the program is not empty.", f"It holds {len(found)} files.")
    left_out = [visible(name) for name in (*told["left_out"], *([SOFTHSM] if softhsm else ()))]
    present = tuple(sorted(name for name in let_in if name in os.environ))
    return Started(str(told["folder"]), tuple(sorted(left_out)), present, softhsm)


def left_outside(started: Started, redirecting: Collection[str]) -> list[str]:
    """What people are told of it: how many, and which of them could have redirected the module (`redirecting`)."""
    if not started.left_out:
        return []
    grave = [name for name in started.left_out if name in redirecting]
    many = len(started.left_out)
    said = f"ENVIRONMENT: {many} variable{'s' if many > 1 else ''} of the environment left outside"
    return [f"{said}, among them {', '.join(grave)}." if grave else f"{said}."]


def _check_names(let_in: Collection[str]) -> None:
    for name in let_in:
        if not name.isidentifier() or not name.isascii() or name.startswith(_LOADERS):
            raise CeremonyError(
                "This variable is not let in.",
                detail=f"{name} is no name of a variable, or one that changes the program itself.",
                not_done="Nothing was begun.",
                next_step="Name only what the maker of the token's module asks for.",
                code="ENVIRONMENT-NAME",
            )


def _is_softhsm(module: str) -> bool:
    return module == "softhsm" or os.path.basename(os.path.realpath(module)).startswith("libsofthsm")  # noqa: PTH119 - short


def _refusal(headline: str, detail: str) -> CeremonyError:
    return CeremonyError(
        headline,
        detail=detail,
        not_done="Nothing was begun, and no module was loaded.",
        next_step="Start the command `ceremony` itself, from a folder that exists, with room for temporary files.",
        code="ENVIRONMENT-CLEAN",
    )
