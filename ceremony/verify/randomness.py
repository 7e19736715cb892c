"""RANDOM: what was drawn came of two sources, neither of which repeats itself; no two signatures share an r."""

from __future__ import annotations

from ceremony.verify.rule import Rule
from ceremony.verify.watched import held

RULES = (
    Rule(
        "RANDOM-DRAWN",
        "Serial numbers, key identifiers and challenges are made of fresh octets of token and system together.",
        held("RANDOM-DRAWN"),
    ),
    Rule("RANDOM-NONCE", "No ECDSA signature has the r of another one of this archive.", held("RANDOM-NONCE")),
)
