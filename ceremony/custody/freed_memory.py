"""What Python freed without wiping it: taken once more, filled with zeros, and given back.

A PIN passes through strings on which the PKCS#11 and SLIP-0039 libraries insist. Python frees them as they are; their
octets stay in the process until the place is used again, and a core dump or a swap file would show them.
"""

from __future__ import annotations

import sys

_SMALLEST, _LARGE, _LARGEST = 16, 512, 16_384
"""Octets. CPython keeps objects of up to 512 octets in rows of one size, 16 apart; larger ones come from malloc."""

_SMALL_BLOCKS = 8000
_LARGE_BLOCKS = 64


def overwrite_freed_memory() -> None:
    """Overwrite most of the memory that was freed in this process; some 0.1 s, and 75 MiB for that moment.

    To be called after secrets were wiped. It reaches what is free and of the sizes of PINs, shares and cards. It
    promises nothing: in a process with much more free memory than this takes, something can stay.
    """
    header = sys.getsizeof(b"")
    small = range(_SMALLEST, _LARGE + 1, _SMALLEST)
    large = range(_LARGE, _LARGEST + 1, _LARGE)
    taken = [bytes(max(size - header, 2)) for size in small for _ in range(_SMALL_BLOCKS)]
    taken += [bytes(size) for size in large for _ in range(_LARGE_BLOCKS)]
    taken.clear()
