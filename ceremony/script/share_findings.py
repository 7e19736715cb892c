"""What a plan tells of the holders of shares: those who come may be enough for the script, and too few for a token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ceremony.custody.roles import HOLDER, exclusive
from ceremony.errors import Finding, Severity
from ceremony.script.models import RenewPins, Script, Step, TokenChoice
from ceremony.script.share_references import opened, split_token, token_split
from ceremony.transcript.kinds.shares import Purpose
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import ShareSetEntry


def share_findings(script: Script, register: Register, steps: Sequence[Step]) -> Iterator[Finding]:
    """SHARES-FEW: of the people whom the script needs, too few may hold a share of a token that it opens or renews.

    So it is where a script still names a holder who left. One whose people can never open it is refused before
    (SHARES-HOLDERS).
    """
    for choice, purpose in dict.fromkeys(_wanted(script, steps)):
        split = split_token(register, choice)
        if split is None:
            continue
        shares = split.shares_of(purpose)
        sure, others = _come(script, shares)
        if sure < shares.threshold:
            does = "opens with" if purpose == "user-pin" else "takes new PINs from"
            why = f"{', '.join(others)} may come instead of one of them, and no card of theirs is good; name holders"
            message = (
                f"{does} {shares.threshold} of {', '.join(shares.holders)}; "
                f"{why if others else f'the script can do with {sure} of them in the room; raise `needed`'}"
            )
            yield Finding("SHARES-FEW", Severity.WARNING, message, split.label)


def _wanted(script: Script, steps: Sequence[Step]) -> Iterator[tuple[TokenChoice, Purpose]]:
    """The tokens whose shares are typed, and the PIN that these are shares of."""
    for _, choice in opened(script, [((), step) for step in steps]):
        yield choice, "user-pin"
    for step in steps:
        renewed = token_split(script, step) if isinstance(step, RenewPins) else None
        if renewed is not None:
            yield renewed, "so-pin"


def _come(script: Script, shares: ShareSetEntry) -> tuple[int, tuple[str, ...]]:
    """How many holders come at the least, and who may come in the place of one."""
    sure, others = 0, []
    for role, duty in script.roles.items():
        strangers = [person for person in duty.eligible if person not in shares.holders]
        if exclusive(role, HOLDER) or len(strangers) == len(duty.eligible):
            continue
        sure += max(0, duty.quorum - len(strangers))
        others += strangers
    return sure, tuple(others)
