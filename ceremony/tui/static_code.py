"""A QR code in characters, drawn as light paper on a dark ground so that it scans with and without colours."""

from __future__ import annotations

import os


def draw_code(octets: bytes, columns: int, rows: int) -> list[str] | int:
    """Rows of characters to be drawn bright on black; where the code does not fit, how many modules each side has.

    Full blocks first; half blocks only where the console is not a bare Linux one, whose fonts may lack them.
    Raises CeremonyError (QR-SIZE) where no code can hold the octets.
    """
    from ceremony.transfer.qr import fits, modules, render  # late: start-up does not need it

    matrix = modules(octets)
    style = fits(matrix, columns, rows)
    if style is None or (style == "half" and os.environ.get("TERM", "") == "linux"):
        return len(matrix)
    light = [[not module for module in row] for row in matrix]
    if style == "half" and len(light) % 2:
        light.append([False] * len(light[0]))
    return render(light, style)
