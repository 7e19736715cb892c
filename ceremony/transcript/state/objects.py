"""What a ceremony built, signed and wrote."""

from __future__ import annotations

from dataclasses import dataclass, field

from ceremony.transcript import kinds
from ceremony.transcript.event import Event
from ceremony.transcript.state.keys import Keys


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """An object that the record says was signed."""

    what: kinds.What
    name: str
    to_be_signed_sha256: str
    sha256: str
    built: kinds.ObjectBuilt | None
    """What it was built as, by the last line before that says so."""
    line: Event


@dataclass
class Objects(Keys):
    """By their names, and beside them the keys, which a signed object certifies."""

    serials: list[kinds.SerialDrawn] = field(default_factory=list)
    built: dict[str, kinds.ObjectBuilt] = field(default_factory=dict)
    """The last to-be-signed object built under each name."""
    signings: list[SignedRecord] = field(default_factory=list)
    """Everything that was signed, in order."""
    signed: dict[str, SignedRecord] = field(default_factory=dict)
    """The last object signed under each name."""
    files: dict[str, kinds.WrittenFile] = field(default_factory=dict)
    """By path."""

    @property
    def certificates(self) -> dict[str, SignedRecord]:
        """The certificates among what was signed."""
        return {item.name: item for item in self.signings if item.what == "certificate"}

    @property
    def signatures(self) -> int:
        """How many there are."""
        return len(self.signings)

    def sign(self, said: kinds.Signed, line: Event) -> None:
        """An object was signed; where it names a key of this archive, that key is certified."""
        built = self.built.get(said.name)
        record = SignedRecord(said.what, said.name, said.to_be_signed_sha256, said.artefact_sha256, built, line)
        self.signings.append(record)
        self.signed[said.name] = record
        match built:
            case kinds.CertificateBuilt(key=key):
                self.certify(key, line)
            case kinds.RequestBuilt(signer_key=key):  # another CA certifies it
                self.certify(key, line)
            case _:  # a list or a response, of whatever key
                pass
