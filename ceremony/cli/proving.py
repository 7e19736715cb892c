"""`ceremony verify`: proof, or the reason why not."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ceremony.cli.machine import print_json
from ceremony.errors import CeremonyError
from ceremony.plain_files import NotRead, read_named
from ceremony.room.speaking import say
from ceremony.verify.archive import verify_path
from ceremony.verify.page import exit_code, outcome_of, page
from ceremony.verify.verdict import Check, Verdict
from ceremony.verify.verdict_json import verdict_json

if TYPE_CHECKING:  # `verify` alone needs no engine
    from ceremony.engine.notices import Proof

LARGEST_RECEIPT = 65_536
"""Octets of a file that can be a receipt."""


def verify(options: argparse.Namespace) -> int:
    """Verify an archive or one ceremony, and receipts against it: one page, and rule by rule with --all.

    Exit code 0 proved or ended early, 1 not proved; 2 is told by the error.
    """
    path = Path(options.path)
    receipts = [_receipt(path, Path(name)) for name in options.receipt or ()]
    verdicts = verify_path(path, production_only=options.production)
    if options.json:
        print_json(verdict_json(path, verdicts, receipts))
    else:
        print_page(path, verdicts, receipts, everything=options.all)
    return exit_code(verdicts, receipts)


def judge(folder: Path) -> Proof:
    """The verdict over one ceremony's folder, as the last screen of a ceremony shows it."""
    from ceremony.engine.notices import Proof

    try:
        verdicts = verify_path(folder)
    except CeremonyError as error:
        return Proof("not proved", ("NOT PROVED: the record could not be judged.", *error.paragraphs()))
    return Proof(outcome_of(folder, verdicts), tuple(page(folder, verdicts)))


def print_page(path: Path, verdicts: Sequence[Verdict], receipts: Sequence[Check] = (), *, everything: bool) -> None:
    """The page, and with `everything` each ceremony rule by rule after it."""
    lines = page(path, verdicts, receipts)
    if everything:
        lines = [*lines[:-2], *(line for verdict in verdicts for line in ("", *verdict.lines()))]
    say(*lines)


def _receipt(path: Path, file: Path) -> Check:
    from ceremony.custody.receipts import parse_receipt
    from ceremony.verify.receipt import check_receipt

    try:
        octets = read_named(file, LARGEST_RECEIPT)
    except NotRead as refused:
        raise CeremonyError(
            "The receipt cannot be read.",
            where=str(file),
            detail=f"{refused}.",
            not_done="Nothing was verified.",
            next_step="Name the file with the text of the slip, or with the content of its QR code.",
            code="RECEIPT-FORM",
        ) from None
    return check_receipt(path, parse_receipt(octets))
