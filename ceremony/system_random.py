"""The operating system's random source, read here and nowhere else (a test holds that)."""

from __future__ import annotations

import os
import secrets


def system_random(octets: int) -> bytes:
    """So many octets (getrandom): what keeps a drawn value good where every other source is stuck."""
    return os.urandom(octets)


def system_below(bound: int) -> int:
    """A number from 0 up to, and without, this bound; each as likely as another."""
    return secrets.randbelow(bound)
