"""`ceremony verify`: proof, or the reason why not."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ceremony.cli.machine import print_json
from ceremony.errors import CeremonyError
from ceremony.plain_files import NotRead, read_named
from ceremony.verify.archive import verify_path
from ceremony.verify.verdict import Check, Verdict

LARGEST_RECEIPT = 65_536
"""Octets of a file that can be a receipt."""


def verify(options: argparse.Namespace) -> int:
    """Verify an archive or one ceremony, and receipts against it.

    Exit code 0 proved, 1 not proved; 2 is told by the error.
    """
    path = Path(options.path)
    receipts = [_receipt(path, Path(name)) for name in options.receipt or ()]
    verdicts = _with_receipts(verify_path(path, production_only=options.production), receipts)
    if options.json:
        print_json([verdict.as_json() for verdict in verdicts])
    else:
        print_verdicts(verdicts)
    return max((verdict.exit_code for verdict in verdicts if not verdict.aside), default=1)


def _with_receipts(verdicts: Sequence[Verdict], receipts: Sequence[Check]) -> list[Verdict]:
    """What each receipt says, in the verdict on its ceremony; in the last one where its ceremony is not here."""
    names = [Path(verdict.path).name for verdict in verdicts]
    places = [names.index(check.where) if check.where in names else len(names) - 1 for check in receipts]
    return [
        replace(
            verdict,
            checks=(*verdict.checks, *(check for check, at in zip(receipts, places, strict=True) if at == place)),
        )
        for place, verdict in enumerate(verdicts)
    ]


def print_verdicts(verdicts: Sequence[Verdict]) -> None:
    """Each verdict in plain words."""
    for verdict in verdicts:
        for line in verdict.lines():
            print(line)
    aside = [verdict.proved for verdict in verdicts if verdict.aside]
    judged = [verdict.proved for verdict in verdicts if not verdict.aside]
    if aside:
        print(f"\nOf production: {sum(judged)} of {len(judged)} ceremonies proved.")
        print(f"Rehearsals, counted aside: {len(aside)}, of which {sum(aside)} proved.")


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
