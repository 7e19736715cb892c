"""What an operating system says about a medium, in a sentence that a person can act on."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

from ceremony.errors import CeremonyError


@dataclass(frozen=True, slots=True)
class _Sentence:
    code: str
    headline: str
    next_step: str


_EXISTS = _Sentence(
    "MEDIA-EXISTS",
    "A file of this name is already there.",
    "Choose an empty folder. Nothing is ever overwritten.",
)
_FULL = _Sentence(
    "MEDIA-FULL",
    "There is no room left on the medium.",
    "Use a medium with more free space.",
)
_READ_ONLY = _Sentence(
    "MEDIA-READ-ONLY",
    "The folder cannot be written to.",
    "Mount the medium for writing (or move its lock switch), or choose a folder that you may write to.",
)
_NOT_A_FOLDER = _Sentence(
    "MEDIA-NOT-A-FOLDER",
    "This is not a folder.",
    "Give the path of an existing folder.",
)
_ABSENT = _Sentence(
    "MEDIA-ABSENT",
    "The folder does not exist.",
    "Check that the medium is mounted, or make the folder first.",
)
_NAME = _Sentence(
    "MEDIA-NAME",
    "The medium cannot hold a file of this name.",
    "Choose a folder with a shorter path, or another medium.",
)
_GONE = _Sentence(
    "MEDIA-GONE",
    "The medium failed or was pulled out.",
    "Look at the medium. Do not use what is on it; begin again with a new one.",
)
_OTHER = _Sentence(
    "MEDIA-FAULT",
    "The file could not be written.",
    "Look at the medium, or choose another folder.",
)

_SENTENCES: dict[int | None, _Sentence] = {
    errno.EEXIST: _EXISTS,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.ENOTDIR: _NOT_A_FOLDER,
    errno.ELOOP: _NOT_A_FOLDER,
    errno.ENOENT: _ABSENT,
    errno.ENAMETOOLONG: _NAME,
    errno.EINVAL: _NAME,
    errno.EILSEQ: _NAME,
    errno.EIO: _GONE,
    errno.ENODEV: _GONE,
    errno.ENXIO: _GONE,
    errno.ESTALE: _GONE,
    errno.ESHUTDOWN: _GONE,
    errno.EREMOTEIO: _GONE,
}


def medium_fault(error: OSError, path: Path, not_done: str) -> CeremonyError:
    """The sentence for an OSError met at `path`. `not_done` says what did not happen, as a whole sentence."""
    sentence = _SENTENCES.get(error.errno, _OTHER)
    return CeremonyError(
        sentence.headline,
        detail=f"The system says: {error.strerror or type(error).__name__}.",
        where=str(path),
        not_done=not_done,
        next_step=sentence.next_step,
        code=sentence.code,
    )


def already_there(path: Path, not_done: str) -> CeremonyError:
    """The refusal to overwrite, before anything was tried."""
    return CeremonyError(
        _EXISTS.headline, where=str(path), not_done=not_done, next_step=_EXISTS.next_step, code=_EXISTS.code
    )


def link_in_the_way(path: Path, not_done: str) -> CeremonyError:
    """The refusal to write through a link: nobody sees where it leads."""
    return CeremonyError(
        "A link stands where a folder is wanted.",
        detail="What is written there would come to another place.",
        where=str(path),
        not_done=not_done,
        next_step="Find out who put it there, and put the folder itself in its place.",
        code="MEDIA-LINK",
    )


def damaged(path: Path, said: str, true_one: str) -> CeremonyError:
    """The complaint about a copy on a medium that is no longer what was written: what is wrong with it, and the path of
    the file that it was made of (empty for the list of digests, which is made of the others)."""
    anew = f"copy {true_one} there by hand" if true_one else "make it anew with sha256sum, in the order of the record"
    return CeremonyError(
        "A copy on the medium is not what was exported.",
        detail=said,
        where=str(path),
        not_done="Nothing was changed on the medium. What is on it must not be used.",
        next_step=f"Put in the medium that was written, at the same place. If it damaged the file: take that away, "
        f"{anew}, and try again. Else end the ceremony.",
        code="MEDIA-DAMAGED",
    )
