"""Text for terminals: exact values never look alike, prose reads well, both are printable ASCII."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ceremony.room.ascii import exact, spoken, wrapped


def test_exact_shows_letters_that_only_look_alike() -> None:
    assert exact("Dana") == "Dana"
    assert exact("D\u0430na") == "D\\u0430na"
    assert exact("\U0001f511") == "\\U0001f511"


def test_exact_shows_control_characters_and_never_sends_them() -> None:
    assert exact("a\x1b[2Jb\n") == "a\\u001b[2Jb\\u000a"


def test_spoken_folds_typography_and_accents() -> None:
    assert spoken("“Café” — it’s ready…") == '"Cafe" - it\'s ready...'  # noqa: RUF001 - typography is what is folded


def test_spoken_keeps_lines_and_shows_what_it_cannot_fold() -> None:
    assert spoken("one\ntwo\x07") == "one\ntwo\\u0007"


def test_wrapped_keeps_paragraphs_and_long_words_whole() -> None:
    digest = "ab" * 50
    assert wrapped(f"see {digest}\n\nend", 20, "  ") == ["  see", f"  {digest}", "", "  end"]


@given(st.text())
def test_whatever_the_text_only_printable_ascii_comes_out(text: str) -> None:
    assert all(" " <= character <= "~" for character in exact(text))
    assert all(character == "\n" or " " <= character <= "~" for character in spoken(text))
