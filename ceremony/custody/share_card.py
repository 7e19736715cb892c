"""The card of one PIN share: plain ASCII of 72 columns, written for a stranger who finds it, and for its holder."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ceremony.custody.shares import Share, ShareLabel
from ceremony.errors import CeremonyError
from ceremony.policy.primitives import IsoDate, Line
from ceremony.room.ascii import spoken, wrapped
from ceremony.secret import Secret

COLUMNS = 72
_WORD_COLUMNS = 3
_LABEL_COLUMN = 14
_RULE = "-" * COLUMNS

_PURPOSES = {
    "user-pin": "the user PIN, which lets the token sign",
    "so-pin": "the SO PIN, which can set a new user PIN: it is as strong",
}


COMPARE = "Compare the printed card with the screen, word by word, down each column."

PRINTER_MEMORY = "A printer remembers: clear or destroy it afterwards."
"""What the holder is told: what was printed stays in many printers (memory, disk, ribbon)."""


def printing_hint(way: str, printed: int) -> str:
    """How the holder has the card printed; `way` is a key or a word, `printed` how often it was done already."""
    return f"{way} prints {'one more' if printed else 'the card'}. {PRINTER_MEMORY}"


def share_card(
    share: Share, label: ShareLabel, *, authority: Line, contact: Line, made_on: IsoDate, practice: bool
) -> Secret:
    """The card, ready for a printer. `contact` is where a finder brings it: an address and a telephone number.

    Everything is ASCII: other signs become their nearest kin or a visible escape. Raises CeremonyError (CARD-LABEL)
    where the label is that of another share.
    """
    if (share.identifier, share.index, share.threshold) != (label.identifier, label.index, label.threshold):
        raise CeremonyError(
            "The label is that of another share.",
            detail=f"The words are share {share.index} of set {share.identifier}; "
            f"the label says share {label.index} of set {label.identifier}.",
            not_done="The card was not made.",
            code="CARD-LABEL",
        )
    return Secret("\n".join(_lines(share, label, authority, contact, made_on, practice)) + "\n")


def _lines(
    share: Share, label: ShareLabel, authority: str, contact: str, made_on: str, practice: bool
) -> Iterator[str]:
    title = f"PIN SHARE {label.index} OF {label.count}"
    yield from (_RULE, f"{title}{'SECRET - KEEP SEALED':>{COLUMNS - len(title)}}", _RULE)
    if practice:
        yield from ("PRACTICE - this share was made for a rehearsal and opens nothing real", _RULE)
    yield from _section(
        "What this is",
        f"This card is one of {label.count} parts of a PIN. The PIN opens a device that holds the secret key of a "
        f"certification authority: {authority}. Any {label.threshold} of the parts give the PIN. This one alone opens "
        "nothing, and is worth nothing to you.",
    )
    yield from _section(
        "If you have found it",
        "Do not copy it, photograph it, read it to anyone, or type it anywhere. Put it into an envelope, close it, and "
        "write your name and the date across the flap. Bring it, or ask to have it fetched:",
    )
    yield from _wrapped(contact, "    ")
    yield from _wrapped("Nobody who rings you up has a right to hear its words.")
    yield ""
    yield "WHERE IT BELONGS"
    for name, value in (
        ("Ceremony", label.ceremony_id),
        ("Token", label.token_label),
        ("Opens", _PURPOSES[label.purpose]),
        ("Share", f"number {label.index} of {label.count}; any {label.threshold} are enough"),
        ("Set", f"{label.identifier:05d} (the same on all {label.count} cards)"),
        ("Holder", label.holder),
        ("Made on", made_on),
    ):
        yield from _pair(name, value)
    yield from ("", "THE WORDS - read down each column")
    yield from _columns(share.mnemonic.reveal().split())
    yield ""
    yield "HOW THEY ARE USED"
    for number, sentence in enumerate(
        (
            "Only in a ceremony, on its offline machine, when it asks for this share. Its holder types the words, and "
            "nobody looks. The first four letters of a word are enough.",
            f"Then the card is sealed again. Whoever has seen the words of {label.threshold} cards has the PIN: a card "
            "that was open anywhere else is reported, and the PIN is changed.",
            "Where the ceremony program is lost: these are the words of a SLIP-0039 share (one group, no passphrase). "
            f"Any program for SLIP-0039 joins {label.threshold} of them to 32 octets. The PIN is these octets, written "
            "as 64 digits 0-9 and a-f in small letters.",
        ),
        start=1,
    ):
        yield from _hanging(f"{number}. ", sentence)
    yield _RULE


def _section(title: str, text: str) -> Iterator[str]:
    yield title.upper()
    yield from _wrapped(text)
    if not text.endswith(":"):
        yield ""


def _wrapped(text: str, indent: str = "") -> Iterator[str]:
    """Lines of at most 72 columns; a word that is longer is broken, for no printer may cut it."""
    for line in wrapped(spoken(text), COLUMNS, indent):
        yield from textwrap.wrap(line, COLUMNS, drop_whitespace=False) or [""]


def _pair(name: str, value: str) -> Iterator[str]:
    yield from _hanging(f"{name:<{_LABEL_COLUMN}}", value)


def _hanging(start: str, text: str) -> Iterator[str]:
    yield from textwrap.wrap(
        spoken(text),
        COLUMNS,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_on_hyphens=False,
    ) or [start.rstrip()]


def _columns(words: list[str]) -> Iterator[str]:
    """The numbered words, down one column after the other."""
    rows = -(-len(words) // _WORD_COLUMNS)
    width = COLUMNS // _WORD_COLUMNS
    for row in range(rows):
        places = range(row, len(words), rows)
        yield "".join(f"{f'{place + 1:>4}. {words[place]}':<{width}}" for place in places).rstrip()
