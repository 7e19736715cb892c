"""Text on its way to the screen: nothing is hidden, nothing unsafe is sent, nothing is lost in wrapping."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony.errors import CeremonyError, Finding, Severity
from ceremony.tui.big import Big
from ceremony.tui.blocks import Columns, Pair, Para, Verbatim, clip, cut, fault_blocks, finding_blocks
from ceremony.tui.glyphs import SAFE, exact, prose


@given(st.text(max_size=60))
def test_whatever_the_text_only_safe_glyphs_reach_the_screen(text):
    for shown in (prose(text), exact(text)):
        assert all(letter in SAFE or letter == "\n" for letter in shown)


@given(st.text(max_size=8), st.text(max_size=8))
def test_two_values_that_differ_never_look_alike_in_a_comparison(one, other):
    marked = "<U+"
    if one != other and marked not in one and marked not in other:
        assert exact(one) != exact(other)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("caf\u00e9 \u2014 \u201cyes\u201d\u2026", 'cafe - "yes"...'),
        ("\u0430dmin", "<U+0430>dmin"),
        ("\x1b[31m", "<U+001B>[31m"),
        ("\u202egnp", "<U+202E>gnp"),
    ],
)
def test_prose_folds_what_is_harmless_and_shows_what_is_not(text, shown):
    assert prose(text) == shown


def test_a_compared_value_shows_accents_look_alikes_and_outer_blanks():
    assert exact(" caf\u00e9 ") == "<U+0020>caf<U+00E9><U+0020>"
    assert exact("   ") == "<U+0020>" * 3


@given(st.text(alphabet="ab c", min_size=1, max_size=80), st.integers(20, 90))
def test_no_letter_of_a_compared_value_is_lost_in_its_column(text, width):
    row = Columns((text, text), (1, 1), "=")
    shown = "".join(span for line in row.lines(width) for span, _ in line)
    assert shown.replace(" ", "").count("b") == 2 * text.count("b")
    assert all(sum(len(span) for span, _ in line) <= width for line in row.lines(width))


@given(st.text(alphabet="ab \n", max_size=80), st.integers(1, 20))
def test_cutting_loses_nothing(text, width):
    assert "".join(cut(text, width)) == text.replace("\n", "")
    assert all(len(piece) <= width for piece in cut(text, width))


@given(st.text(alphabet="ab ", max_size=80), st.integers(24, 90))
def test_blocks_keep_to_the_width(text, width):
    for block in (Para(text, indent=2, lead="- "), Pair(text[:30], text, column=18), Verbatim(text)):
        assert all(sum(len(span) for span, _ in line) <= width for line in block.lines(width))


def test_clipping_says_that_something_was_left_out():
    assert clip("abcdef", 6) == "abcdef"
    assert clip("abcdefg", 6) == "abcd.."
    assert clip("abc", 1) == "."


def test_a_fault_is_shown_with_every_paragraph_and_grave_findings_come_first():
    error = CeremonyError("Headline.", detail="Detail.", not_done="Nothing.", next_step="Do this.", code="X-1")
    shown = "\n".join("".join(span for span, _ in line) for block in fault_blocks(error) for line in block.lines(70))
    assert "Headline. [X-1]" in shown
    assert "Not done: Nothing." in shown
    assert "What to do: Do this." in shown
    findings = [
        Finding("A", Severity.INFO, "a"),
        Finding("B", Severity.FATAL, "b"),
        Finding("C", Severity.WARNING, "c"),
    ]
    first = [block.lines(70)[0][1][0] for block in finding_blocks(findings)]
    assert [text.split()[0] for text in first] == ["FATAL", "WARNING", "INFO"]


def test_large_letters_fall_back_to_plain_text_where_they_do_not_fit():
    assert len(Big("PRODUCTION").lines(78)) == 5
    assert Big("PRODUCTION").lines(20) == [[("PRODUCTION", "strong")]]
