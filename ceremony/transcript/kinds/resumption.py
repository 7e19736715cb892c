"""Going on after a crash, a power cut or a full disk: what the record says of the gap, and of what stood half done."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ceremony.transcript.event import Event
from ceremony.transcript.kinds.base import NONE, EventData, Named, NoEffect, Place, WrittenFile
from ceremony.transcript.kinds.course import Library

if TYPE_CHECKING:
    from ceremony.transcript.state import CeremonyState


class CeremonyResumed(EventData):
    """The ceremony goes on after its program was stopped. From here on nobody is present and no token is open until
    the record says so again."""

    kind: ClassVar[str] = "ceremony-resumed"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.FRAME
    reason: str
    """How the record ended."""
    program: str
    """What goes on with it, as `CeremonyOpened` has it; it need not be what began. So with the next five."""
    program_sha256: str
    libraries: tuple[Library, ...]
    machine: tuple[Named, ...]
    overrides: tuple[str, ...]
    left_out: tuple[str, ...]
    modules: tuple[Named, ...]
    """Labels of tokens that were found before, each with the SHA-256 of the module that reaches it now, where that is
    another one than before."""
    torn_octets: int
    """Of a last line that was not written to its end; it is kept in a file of its own. 0 where there was none."""
    torn_sha256: str
    found: tuple[Named, ...]
    """What was announced and is not known to have been done, by the lines before."""
    removed: tuple[WrittenFile, ...]
    """Files that were written and not recorded: taken away, to be written again."""

    def summary(self) -> str:
        match len(self.found):
            case 0:
                stands = "Nothing stands"
            case 1:
                stands = "One thing stands"
            case number:
                stands = f"{number} things stand"
        return f"resumed: {self.reason} {stands} half done"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.resume()
        state.overrides = self.overrides
        state.other_modules = {item.name: item.value for item in self.modules}


class ResumptionAgreed(EventData):
    """After an interruption: people are here again, the clock is compared, and they agree to go on at this step."""

    kind: ClassVar[str] = "resumption-agreed"
    SUBJECT = NONE
    PERSON = ("people",)
    PLACE = Place.FRAME
    step: str
    attempt: int
    people: tuple[str, ...]
    """Who agreed: everybody in the room."""

    def summary(self) -> str:
        return f"agreed to go on at step {self.step or 'none'}, attempt {self.attempt}: {', '.join(self.people)}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.resuming = False
        state.deviations += 1
        state.bind_modules(line)


class KeyAdopted(NoEffect):
    """People decided that a key pair on the token, made by an attempt that was cut short, is the ceremony's key."""

    kind: ClassVar[str] = "key-adopted"
    SUBJECT = ("key", "key_id")
    PERSON = NONE
    PLACE = Place.STEP
    key: str
    key_id: str
    """The one of the intent."""
    spki_sha256: str
    label: str
    serial: str

    def summary(self) -> str:
        return f"key {self.key} on token {self.label} is adopted, public key SHA-256 {self.spki_sha256[:16]}..."


class DiscardIntended(EventData):
    """Intent: what an attempt that was cut short left of a key is about to be destroyed."""

    kind: ClassVar[str] = "discard-intended"
    SUBJECT = ("key", "key_id")
    PERSON = NONE
    PLACE = Place.STEP
    key: str
    key_id: str

    def summary(self) -> str:
        return f"about to discard what was left of key {self.key}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        said = "It may be destroyed."
        state.announce(("discard", self.key_id), f"what was left of key {self.key}", said, line)


class KeyDiscarded(EventData):
    """Outcome of an announced key that the ceremony does not use: nothing of it is on the token."""

    kind: ClassVar[str] = "key-discarded"
    SUBJECT = ("key", "key_id")
    PERSON = NONE
    PLACE = Place.STEP
    key: str
    key_id: str
    label: str
    serial: str
    found: tuple[str, ...]
    """What was there before, in this order; nothing where the key was never made, or is gone already."""

    def summary(self) -> str:
        said = f"{' and '.join(self.found)} destroyed" if self.found else "nothing of it was made"
        return f"key {self.key} announced with id {self.key_id[:8]}...: {said}; nothing of it is on token {self.label}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.settle("key", self.key_id)
        state.settle("discard", self.key_id)
        state.keys_settled.add(self.key_id)
