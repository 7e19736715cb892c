"""`ceremony verify`: proof, or the reason why not."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from ceremony.verify.archive import verify_path
from ceremony.verify.verdict import Verdict


def verify(options: argparse.Namespace) -> int:
    """Verify an archive or one ceremony. Exit code 0 proved, 1 not proved; 2 is told by the error."""
    verdicts = verify_path(Path(options.path), production_only=options.production)
    if options.json:
        print(json.dumps([verdict.as_json() for verdict in verdicts], indent=2))
    else:
        print_verdicts(verdicts)
    return max((verdict.exit_code for verdict in verdicts), default=0)


def print_verdicts(verdicts: Sequence[Verdict]) -> None:
    """Each verdict in plain words."""
    for verdict in verdicts:
        for line in verdict.lines():
            print(line)
