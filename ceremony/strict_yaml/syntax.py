"""What a YAML parser complains of, said in words that help the person who wrote the file."""

from __future__ import annotations

_LINE_UP = "this line does not line up with the lines above it; check its indentation, and the quotes before it"

_SENTENCES = (
    ("mapping values are not allowed", "a `:` stands where none may; quote the text, or check the indentation"),
    (
        "block sequence entries are not allowed",
        "a list entry may not start here; put `- ` on a line of its own, indented",
    ),
    ("block mapping keys are not allowed", "a key may not start here; put it on a line of its own"),
    ("found unexpected end of stream", "a quotation mark is opened here and never closed"),
    ("found unexpected document indicator", "a quotation mark is opened here and never closed"),
    (
        "unknown escape character",
        "a backslash in double quotes starts an escape, and this one is unknown; use single quotes",
    ),
    ("escape code", "this escape names no character; write the character itself"),
    ("hexdecimal number", "this escape is not complete; write the character itself"),
    ("hexadecimal number", "this escape is not complete; write the character itself"),
    ("',' or ']'", "the list in [ ] that is opened here misses a comma or its closing bracket"),
    ("',' or '}'", "the keys in { } that are opened here miss a comma or their closing brace"),
    ("could not find expected ':'", "a `:` is missing after a key, or the line is not indented as it should be"),
    ("tab character", "a tab stands where spaces must; indent with spaces"),
    ("expected '-' indicator", _LINE_UP),
    ("expected <block end>", _LINE_UP),
    ("expected key", _LINE_UP),
    ("node content", "a value is missing, or a bracket stands here without its partner"),
    ("expected comment or line break", "only a line break may stand here, after `|` or `>`"),
    ("indentation indicator", "only a line break may stand here, after `|` or `>`"),
    ("alphabetic or numeric character", "`&` and `*` have a meaning of their own in YAML; quote the text"),
    ("document start", "something stands after the end of the document, or a `---` is missing"),
)

_AT_THE_OPENING = ("found unexpected end of stream", "found unexpected document", "',' or ']'", "',' or '}'")

_STARTERS = {
    "\t": "a tab stands where spaces must; indent with spaces",
    "@": "a text may not start with `@`; quote it",
    "`": "a text may not start with a backquote; quote it",
    "%": "a text may not start with `%`; quote it",
}

FALLBACK = "this cannot be read as YAML; check indentation, colons and quotation marks"


def sentence(problem: str, character: str) -> str:
    """Plain words for a parser's `problem` at `character`, the character at the place that it names."""
    if "cannot start any token" in problem:
        return _STARTERS.get(character, f"{FALLBACK}; a text that starts with a sign must be quoted")
    return next((words for fragment, words in _SENTENCES if fragment in problem), FALLBACK)


def belongs_to_the_opening(problem: str) -> bool:
    """Whether the place to show is where a quotation mark or bracket was opened, not where its partner was missed."""
    return any(fragment in problem for fragment in _AT_THE_OPENING)
