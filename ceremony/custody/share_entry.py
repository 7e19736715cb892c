"""A share as its holder typed it: taken, or refused by the positions of its words and never by the words."""

from __future__ import annotations

from ceremony.custody.shares import Share
from ceremony.custody.word_entry import WORDS_IN_SHARE, WordEntry, completed, examine, split_entry
from ceremony.errors import CeremonyError
from ceremony.secret import Secret

_LOOK_AGAIN = "Look at the card again. Nothing is corrected by guessing."


def read_share(typed: Secret) -> Share:
    """The share that a holder typed: whole words or their first four letters and more, in capitals or not.

    `typed` stays the caller's to wipe. Raises CeremonyError: SHARE-WORD (not in the list), SHARE-LENGTH,
    SHARE-CHECKSUM, SHARE-FOREIGN (a SLIP-0039 share that no ceremony made).
    """
    entry = examine(split_entry(typed.reveal()))
    if not entry.good or entry.header is None:
        raise _refusal(entry)
    mnemonic = Secret(" ".join(filter(None, map(completed, split_entry(typed.reveal())))))
    return Share(entry.header.identifier, entry.header.index, entry.header.threshold, mnemonic)


def _refusal(entry: WordEntry) -> CeremonyError:
    suspicion = entry.suspicion.sentence() if entry.suspicion else ""
    next_step = _LOOK_AGAIN
    if entry.unknown:
        headline, code = f"Word {entry.unknown[0]} is not in the word list.", "SHARE-WORD"
        others = ", ".join(str(position) for position in entry.unknown[1:])
        detail = f"The same is true of: {others}." if others else ""
    elif entry.count != WORDS_IN_SHARE:
        headline, code = f"There are {entry.count} words; a share has {WORDS_IN_SHARE}.", "SHARE-LENGTH"
        detail = suspicion
    elif not entry.checksum:
        headline, code = "The words do not fit together.", "SHARE-CHECKSUM"
        detail = suspicion or "More than one word is wrong, or the words are out of order."
    else:
        headline, code = "These words are a share of something else.", "SHARE-FOREIGN"
        detail = "They are a whole SLIP-0039 share, but not of the kind that a ceremony makes for a PIN."
        next_step = "Take the card that was sealed in the ceremony."
    return CeremonyError(headline, detail=detail, not_done="The share was not taken.", next_step=next_step, code=code)
