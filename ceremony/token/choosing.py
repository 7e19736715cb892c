"""Which of the tokens that are there is meant: by label and serial, never by slot; each refusal lists what is there."""

from __future__ import annotations

from ceremony.errors import CeremonyError
from ceremony.token.cryptoki import LABEL_OCTETS
from ceremony.token.info import TokenInfo, listing


def choose(present: tuple[TokenInfo, ...], label: str, serial: str | None) -> TokenInfo:
    """The one initialised token with this label and, where given, this serial.

    Raises CeremonyError: absent, not initialised, several with the label, or with another serial.
    """
    named = [info for info in present if info.label == label]
    chosen = [info for info in named if serial is None or info.serial == serial]
    if len(chosen) == 1:
        if chosen[0].initialised:
            return chosen[0]
        raise _not_found(f'The token "{label}" is not initialised.', present, "Initialise it first.")
    if len(chosen) > 1:
        raise _not_found(
            f'There are {len(chosen)} tokens labelled "{label}".',
            present,
            "Say which one by its serial, or take one out.",
        )
    if named:
        raise _not_found(
            f'The token "{label}" has another serial.',
            present,
            f"The serial must be {serial}. Put that token in, or correct the script.",
        )
    if present and not any(info.initialised for info in present):
        raise _not_found(f'No token "{label}": none is initialised.', present, "Initialise a token first.")
    raise _not_found(f'There is no token labelled "{label}".', present, "Put the token in and try again.")


def new_token(present: tuple[TokenInfo, ...], label: str) -> TokenInfo:
    """The token to initialise under this label; CeremonyError where that is no label or is taken, or there is none."""
    check_label(label)
    if any(info.initialised and info.label == label for info in present):
        raise CeremonyError(
            f'There is already a token labelled "{label}".',
            detail=listing(present),
            not_done="No token was initialised and nothing was erased.",
            next_step="Choose another label, or use the token that is there.",
            code="TOKEN-LABEL",
        )
    return free_token(present)


def free_token(present: tuple[TokenInfo, ...]) -> TokenInfo:
    """The one token that is not initialised; CeremonyError when there is none or are several."""
    free = [info for info in present if not info.initialised]
    not_done = "No token was initialised and nothing was erased."
    if not free:
        raise CeremonyError(
            "There is no token to initialise.",
            detail=f"Every token here is initialised already, and such a token is never erased. {listing(present)}",
            not_done=not_done,
            next_step="Put in a new token, or reset one with the tools of its maker.",
            code="TOKEN-ABSENT",
        )
    # SoftHSM always shows one empty slot more; several of them are all the same
    if len(free) > 1 and not all(info.is_softhsm for info in free):
        raise CeremonyError(
            f"There are {len(free)} tokens to initialise.",
            detail=f"They cannot be told apart. {listing(present)}",
            not_done=not_done,
            next_step="Leave only the one in that is to be initialised.",
            code="TOKEN-SEVERAL",
        )
    return free[0]


def check_label(label: str) -> None:
    """CeremonyError unless the text can be the label of a token (CK_TOKEN_INFO: 32 octets, padded with spaces)."""
    octets = len(label.encode("utf-8"))
    if label.strip() == label and label.isprintable() and 1 <= octets <= LABEL_OCTETS:
        return
    raise CeremonyError(
        "This cannot be the label of a token.",
        detail=f"A label has 1 to {LABEL_OCTETS} octets, prints, and has no space at its ends; this has {octets}.",
        not_done="No token was initialised and nothing was erased.",
        next_step="Choose another label.",
        code="TOKEN-LABEL",
    )


def _not_found(headline: str, present: tuple[TokenInfo, ...], next_step: str) -> CeremonyError:
    return CeremonyError(
        headline, detail=listing(present), not_done="No token was opened.", next_step=next_step, code="TOKEN-ABSENT"
    )
