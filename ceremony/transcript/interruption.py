"""A record that was broken off: how it ended, what stood half done, and how often each step was begun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds import Named

TORN_FOLDER = "interruptions"
"""Where the torn last lines of a record are kept, below the ceremony's folder."""


PINS = "pins"
"""What a change of a token's PINs is called among half-done things."""


def torn_path(number: int) -> str:
    """Where the torn line of this interruption, counted from 1, is kept."""
    return f"{TORN_FOLDER}/torn-line-{number}.bin"


def how_it_ended(entries: Sequence[Entry]) -> str:
    """In one sentence."""
    last = entries[-1].event
    step = f" in step {last.step}, attempt {last.attempt}" if last.step else ""
    return f"The record ended at line {last.seq} ({last.kind}){step}, at {last.at}."


def attempts_begun(entries: Iterable[Entry]) -> dict[str, int]:
    """The last attempt at each step that was begun."""
    return {entry.event.step: entry.event.attempt for entry in entries if isinstance(entry.data, kinds.StepBegun)}


def resumptions(entries: Iterable[Entry]) -> int:
    """How often the ceremony was resumed."""
    return sum(isinstance(entry.data, kinds.CeremonyResumed) for entry in entries)


def given_up(entries: Iterable[Entry]) -> str:
    """Why people had decided to end the ceremony, where the record was broken off before it said so; else empty."""
    said = ""
    for entry in entries:
        match entry.data:
            case kinds.StepFailed(decision="abort", headline=headline):
                said = headline
            case kinds.StepBegun():
                said = ""
            case _:
                pass
    return said


def open_tokens(entries: Iterable[Entry]) -> frozenset[str]:
    """The labels of the tokens that somebody was logged in to when the record was broken off."""
    labels: set[str] = set()
    for entry in entries:
        match entry.data:
            case kinds.TokenOpened(label=label):
                labels.add(label)
            case kinds.TokenClosed(label=label) | kinds.TokenGone(label=label):
                labels.discard(label)
            case kinds.CeremonyResumed():
                labels.clear()
            case _:
                pass
    return frozenset(labels)


def cut_short_tokens(entries: Iterable[Entry]) -> frozenset[str]:
    """The labels of the tokens of which the record says that they would be initialised, and not that they were."""
    labels: set[str] = set()
    for entry in entries:
        match entry.data:
            case kinds.TokenInitialising(label=label):
                labels.add(label)
            case kinds.TokenInitialised(label=label):
                labels.discard(label)
            case _:
                pass
    return frozenset(labels)


def unfinished(entries: Iterable[Entry]) -> tuple[Named, ...]:
    """What the last attempt announced, and the record does not say that it was done; in the order of the intents.

    Of PINs that are being changed also what earlier attempts did: people must know which cards are good.
    """
    pending: dict[tuple[str, str], Named] = {}
    for entry in entries:
        if isinstance(entry.data, kinds.StepBegun):
            pending = {name: said for name, said in pending.items() if name[0] == PINS}
        intent = _intent(entry.data)
        if intent is not None:
            name, what, value = intent
            pending.pop(name, None)
            pending[name] = Named(name=what, value=f"announced in line {entry.event.seq}. {value}")
        for name in _outcomes(entry.data):
            pending.pop(name, None)
    return tuple(pending.values())


def _intent(data: kinds.EventData) -> tuple[tuple[str, str], str, str] | None:
    """What an intent is about, what people call it, and what is not known."""
    match data:
        case kinds.TokenInitialising():
            return ("token", data.label), f"token {data.label}", "It may be initialised, wholly or in part."
        case kinds.PinChanging() | kinds.PinChanged(purpose="user-pin"):
            return (PINS, data.label), f"PINs of token {data.label}", data.cards
        case kinds.KeyIntended():
            said = f"It may be on the token, with id {data.key_id}."
            return ("key", data.key_id), f"key {data.key}", said
        case kinds.DiscardIntended():
            return ("discard", data.key_id), f"what was left of key {data.key}", "It may be destroyed."
        case kinds.SignatureIntended():
            said = "The token may have signed; the signature is lost. It is approved and signed anew."
            return ("signature", data.name), f"signature on {data.name}", said
        case kinds.BackupIntended():
            said = f"It may be on token {data.label}, and may be locked in its own."
            return ("backup", data.key), f"backup of key {data.key}", said
        case kinds.RestoreTestIntended():
            said = "Its signature is lost. Another challenge is drawn, approved and signed."
            return ("test", data.key), f"test of the backup of key {data.key}", said
        case kinds.DestructionIntended():
            return ("destruction", data.key), f"destruction of key {data.key}", "It may be destroyed, or half of it."
        case kinds.ArtefactIntended():
            paths = ", ".join(data.paths)
            return ("files", paths), f"files {paths}", "They may be written; they are written again."
        case kinds.ExportIntended():
            said = "The medium may hold some of the copies; they are made again."
            return ("export", data.folder), f"export to {data.medium}", said
        case _:
            return None


def _outcomes(data: kinds.EventData) -> tuple[tuple[str, str], ...]:
    match data:
        case kinds.TokenInitialised():
            return (("token", data.label),)
        case kinds.PinChanged(purpose="so-pin"):
            return ((PINS, data.label),)
        case kinds.KeyMade():
            return (("key", data.key_id),)
        case kinds.KeyDiscarded():
            return ("key", data.key_id), ("discard", data.key_id)
        case kinds.Signed():
            return (("signature", data.name),)
        case kinds.KeyBackedUp():
            return (("backup", data.key),)
        case kinds.RestoreTested():
            return (("test", data.key),)
        case kinds.KeyDestroyed():
            return (("destruction", data.key),)
        case kinds.ArtefactsWritten():
            return (("files", ", ".join(file.path for file in data.files)),)
        case kinds.Exported():
            return (("export", data.folder),)
        case _:
            return ()
