"""Holds the ceremonies whose records are changed: `hold.py FOLDER LIFE...` leaves `LIFE/archive/`, `LIFE/softhsm/`.

The own tokens of all people stay: whoever has the folder, and knows the PIN, has the key of everybody.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.mutate.lives import LIVES


def main() -> None:
    """Each in a folder of its name."""
    parser = argparse.ArgumentParser(prog="hold.py", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where they are held")
    parser.add_argument("lives", nargs="+", metavar="LIFE", help=f"of: {', '.join(LIVES)}")
    options = parser.parse_args()
    if unknown := [name for name in options.lives if name not in LIVES]:
        parser.error(f"there is no such life: {', '.join(unknown)}; there are: {', '.join(LIVES)}")
    for name in options.lives:
        LIVES[name].hold(options.folder / name)


if __name__ == "__main__":
    main()
