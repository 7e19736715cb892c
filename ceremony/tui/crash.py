"""A fault of the program itself, said for people: a type and a place, never a value and never a traceback."""

from __future__ import annotations

from pathlib import Path

from ceremony.errors import CeremonyError


def place_of(error: BaseException) -> str:
    """The type of an exception and the innermost line of ours that it passed; never its message."""
    place = ""
    trace = error.__traceback__
    here = str(Path(__file__).parent.parent)
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(here):
            place = f" at {Path(file).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"


def as_ceremony_error(error: Exception, *, not_done: str) -> CeremonyError:
    if isinstance(error, CeremonyError):
        return error
    return CeremonyError(
        "The program has a fault of its own.",
        detail=f"It is {place_of(error)}.",
        not_done=not_done,
        next_step="Write this sentence down as a deviation, and run `ceremony verify` on the record.",
        code="PROGRAM-FAULT",
    )
