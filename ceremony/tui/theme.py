"""One theme, for a bare 16-colour console: four backgrounds, no bright ones, and colour is never the only signal."""

from __future__ import annotations

from rich.color import Color
from rich.style import Style

STYLES: dict[str, Style] = {
    "": Style(),
    "strong": Style(color=Color.from_ansi(15), bold=True),
    "label": Style(color=Color.from_ansi(14)),
    "title": Style(color=Color.from_ansi(15), bold=True),
    "focus": Style(color=Color.from_ansi(11), bold=True),
    "rule": Style(color=Color.from_ansi(7)),
    "good": Style(color=Color.from_ansi(10)),
    "warn": Style(color=Color.from_ansi(11), bold=True),
    "bad": Style(color=Color.from_ansi(9), bold=True),
    "more": Style(color=Color.from_ansi(0), bgcolor=Color.from_ansi(6)),
    "cursor": Style(color=Color.from_ansi(0), bgcolor=Color.from_ansi(7)),
    "key": Style(bold=True),
    "paper": Style(color=Color.from_ansi(15), bgcolor=Color.from_ansi(0)),
    "tag-practice": Style(color=Color.from_ansi(15), bgcolor=Color.from_ansi(0), bold=True),
    "tag-production": Style(color=Color.from_ansi(0), bgcolor=Color.from_ansi(7), bold=True),
}
"""Names of styles that blocks may use. Bright colours are foregrounds only: as backgrounds a console dims them."""

CSS = """
Screen {
    background: ansi_black;
    color: ansi_white;
    layers: below above;
    scrollbar-size: 0 0;
    overflow: hidden hidden;
}
.bar { height: 1; width: 100%; }
#header { height: 2; }
.-practice .bar { background: ansi_white; color: ansi_black; }
.-production .bar { background: ansi_blue; color: ansi_bright_white; }
#status { background: ansi_black; color: ansi_bright_yellow; height: 1; }
#too-small {
    layer: above; dock: top; display: none; width: 100%; height: 100%;
    background: ansi_black; color: ansi_bright_white;
}
.-too-small #too-small { display: block; }
#body { height: 1fr; width: 100%; }
Paper { height: 1fr; width: 100%; padding: 0 1; }
Note { height: auto; width: 100%; padding: 0 1; }
Vertical { height: 1fr; }
Options { height: auto; }
.auto { height: auto; }
#artefacts { height: 45%; }
#steps { width: 27; border-right: solid ansi_white; }
.-wide #steps { width: 40; }
#right { width: 1fr; }
#prompt { height: auto; max-height: 60%; overflow: hidden auto; }
.-roomy #prompt { max-height: 50%; }
#log { height: 4; }
.-roomy #log { height: 9; }
FieldRow { height: auto; }
.field-line { height: 1; width: 100%; padding: 0 1; }
.field-mark { width: 3; height: 1; }
.field-end { width: 2; height: 1; }
TextField, TextField:ansi {
    width: 1fr; height: 1; border: none; padding: 0;
    background: ansi_blue; color: ansi_bright_white;
}
TextField:focus, TextField:ansi:focus { background: ansi_white; color: ansi_black; background-tint: ansi_black 0%; }
TextField > .input--cursor, TextField:ansi > .input--cursor { background: ansi_black; color: ansi_bright_white; }
PinField { width: 16; height: 1; background: ansi_blue; color: ansi_bright_white; }
.words { height: auto; width: 100%; padding: 0 1; }
PinField:focus { background: ansi_white; color: ansi_black; }
"""
