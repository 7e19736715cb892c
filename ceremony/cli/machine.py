"""What commands print for machines: one way for every `--json`."""

from __future__ import annotations

import json

from ceremony.room.speaking import say_text


def print_json(value: object) -> None:
    """Print a value as JSON in printable ASCII: no text in it can steer a terminal, or turn round what it shows."""
    say_text(json.dumps(value, indent=2).replace("\x7f", "\\u007f"))  # everything else json.dumps escapes itself
