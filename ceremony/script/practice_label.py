"""What the labels of practice tokens are called: like no production token."""

from __future__ import annotations

PRACTICE_PREFIX = "PRACTICE "
"""What the label of every practice token begins with, and of no production token."""


def practice_label(label: str) -> str:
    """The label of the practice token that stands in for this one; PKCS#11 labels have room for 32 octets."""
    return f"{PRACTICE_PREFIX}{label}"[:32].rstrip()
