"""What the first screen must not wait for: it is painted before anything of signing is read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = ("pydantic", "pkcs11", "asn1crypto", "cryptography", "pkilint", "qrcode", "shamir_mnemonic")


def test_the_app_is_read_without_what_signing_shares_and_codes_need() -> None:
    program = f"import sys, ceremony.tui.app; print([name for name in {HEAVY} if name in sys.modules])"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]"
