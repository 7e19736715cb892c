"""`python -m ceremony` is the command `ceremony`."""

from __future__ import annotations

import sys

from ceremony.cli import start

if __name__ == "__main__":
    sys.exit(start())
