"""A static QR code: read by eye from its modules, drawn in what fits."""

from __future__ import annotations

import pytest

from ceremony.errors import CeremonyError
from ceremony.transfer.qr import LARGEST_BYTES, QUIET_ZONE, Modules, fits, modules, render

FINDER = ["#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"]


def corner(matrix: Modules, top: int, left: int) -> list[str]:
    return ["".join("#" if dark else "." for dark in row[left : left + 7]) for row in matrix[top : top + 7]]


@pytest.mark.parametrize(("data", "side"), [(b"x", 21), (b"x" * 17, 21), (b"x" * 18, 25), (b"x" * 2953, 177)])
def test_the_code_is_of_the_smallest_version_that_holds_the_octets_at_level_l(data: bytes, side: int) -> None:
    matrix = modules(data)
    assert len(matrix) == side + 2 * QUIET_ZONE
    assert all(len(row) == len(matrix) for row in matrix)


def test_the_code_has_its_three_finders_inside_a_quiet_zone_of_four() -> None:
    matrix = modules("https://example.test/" + "a" * 100)
    far = len(matrix) - QUIET_ZONE - 7
    assert corner(matrix, QUIET_ZONE, QUIET_ZONE) == FINDER
    assert corner(matrix, QUIET_ZONE, far) == FINDER
    assert corner(matrix, far, QUIET_ZONE) == FINDER
    edges = matrix[:QUIET_ZONE] + matrix[-QUIET_ZONE:] + [row[:QUIET_ZONE] + row[-QUIET_ZONE:] for row in matrix]
    assert not any(any(row) for row in edges)


def test_text_is_its_utf_8_octets() -> None:
    assert modules("é") == modules("é".encode())


@pytest.mark.parametrize("data", [b"", b"x" * (LARGEST_BYTES + 1)])
def test_what_no_code_can_hold_is_refused(data: bytes) -> None:
    with pytest.raises(CeremonyError) as caught:
        modules(data)
    assert caught.value.code == "QR-SIZE"


@pytest.mark.parametrize(
    ("columns", "rows", "style"),
    [(58, 29, "full"), (57, 29, "half"), (58, 28, "half"), (29, 15, "half"), (28, 15, None), (29, 14, None)],
)
def test_a_code_of_29_modules_fits_where_its_cells_fit(columns: int, rows: int, style: str | None) -> None:
    assert fits(modules(b"x"), columns, rows) == style


def test_full_blocks_give_two_columns_a_module() -> None:
    assert render([[True, False], [False, True]], "full") == ["██  ", "  ██"]


def test_half_blocks_give_two_modules_a_row_and_a_light_last_half() -> None:
    matrix = [[True, False, True, False], [True, False, False, True], [True, False, True, False]]
    assert render(matrix, "half") == ["█ ▀▄", "▀ ▀ "]
