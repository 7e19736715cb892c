"""Secrets do not belong in files: keys that ask for one, and text that holds one."""

from __future__ import annotations

import re

_SECRET_WORDS = frozenset(
    {"pin", "pins", "puk", "password", "passwords", "passwd", "passphrase", "passphrases", "secret", "secrets"}
    | {"share", "mnemonic", "mnemonics", "sopin", "userpin", "tokenpin", "newpin", "oldpin"}
)

_WORD_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")

_SECRET_TEXT = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY"
    r"|(?i:\b(?:[a-z]+[_-])?(?:pin|puk|passwd|password|passphrase)(?:-value)?[\"']?\s*"
    r"(?:=\s*[^\s=]|:\s*[\"']?(?=[^\s\"']*[0-9])[^\s\"']{4}))"
)


def names_a_secret(name: str) -> bool:
    """Whether a key is named like a secret: `pin`, `so_pin`, `userPin`, `password`; not `pinned` or `pin-length`."""
    parts = [part.lower() for part in _WORD_BORDER.split(name) if part]
    return bool(parts) and parts[-1] in _SECRET_WORDS


def holds_a_secret(text: str) -> int | None:
    """Where a text holds what looks like a secret (an index), or None: a private key in PEM, `pin=...`, `PIN: 1234`."""
    found = _SECRET_TEXT.search(text)
    return found.start() if found else None
