"""PEM, as RFC 7468 asks for it: strict labels, lines of 64."""

from __future__ import annotations

import base64


def pem(der: bytes, label: str) -> bytes:
    """DER bytes under `-----BEGIN label-----` (RFC 7468 section 2, strict form), ending in a newline."""
    text = base64.b64encode(der).decode("ascii")
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode("ascii")
