"""One static QR code: from bytes to modules, and from modules to characters that a console can draw."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from ceremony.errors import CeremonyError

QUIET_ZONE = 4
"""Light modules around the code (ISO/IEC 18004, 6.3.8)."""

LARGEST_BYTES = 2953
"""What version 40 at error correction level L holds in byte mode (ISO/IEC 18004, table 7)."""

Style = Literal["full", "half"]
Modules = list[list[bool]]


def modules(data: bytes | str) -> Modules:
    """The code as rows of modules, True for dark, with the quiet zone of four light modules on each side.

    Error correction level L: the code is read from a screen, where density costs more readings than damage does.
    Text is encoded as UTF-8 octets. Raises CeremonyError (QR-SIZE) when there is nothing to show or it is too large.
    """
    octets = data.encode("utf-8") if isinstance(data, str) else data
    if not octets:
        raise CeremonyError("There is nothing to show as a QR code.", code="QR-SIZE", not_done="No code was drawn.")
    if len(octets) > LARGEST_BYTES:
        raise CeremonyError(
            "This is too large for one QR code.",
            detail=f"It has {len(octets)} bytes; one code holds at most {LARGEST_BYTES}.",
            not_done="No code was drawn.",
            next_step="Take the file out on a USB medium, and compare its SHA-256.",
            code="QR-SIZE",
        )
    return [list(row) for row in _drawn(octets)]


@lru_cache(maxsize=32)  # nothing that is shown as a code is secret, and receipts are made more than once
def _drawn(octets: bytes) -> tuple[tuple[bool, ...], ...]:
    from qrcode.constants import ERROR_CORRECT_L  # late: start-up does not need it
    from qrcode.main import QRCode
    from qrcode.util import MODE_8BIT_BYTE, QRData

    code = QRCode(error_correction=ERROR_CORRECT_L, border=QUIET_ZONE)
    code.add_data(QRData(octets, mode=MODE_8BIT_BYTE), optimize=0)
    code.make(fit=True)
    return tuple(tuple(bool(module) for module in row) for row in code.get_matrix())


def fits(matrix: Modules, columns: int, rows: int) -> Style | None:
    """How the code can be drawn in so many character cells: full blocks, half blocks, or not at all.

    Full blocks come first: every console font has them, and two columns a module are square on a screen.
    """
    side = len(matrix)
    if 2 * side <= columns and side <= rows:
        return "full"
    if side <= columns and (side + 1) // 2 <= rows:
        return "half"
    return None


def render(matrix: Modules, style: Style) -> list[str]:
    """Lines to print in dark ink on light paper: the caller sets a light background and a dark foreground.

    `full`: two columns and one row a module, of full blocks and blanks. `half`: one column a module, two modules a row,
    of half blocks (a font may lack them: Debian's console fonts do).
    """
    if style == "full":
        return ["".join("██" if dark else "  " for dark in row) for row in matrix]
    glyphs = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    lines = []
    for top in range(0, len(matrix), 2):
        upper: Sequence[bool] = matrix[top]
        lower: Sequence[bool] = matrix[top + 1] if top + 1 < len(matrix) else [False] * len(upper)
        lines.append("".join(glyphs[pair] for pair in zip(upper, lower, strict=True)))
    return lines
