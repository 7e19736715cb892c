"""Deeds: what people approve before it is done. As what, under which name and by which digest, is declared here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from ceremony.canonical import sha256_hex
from ceremony.transcript.kinds.built import ObjectBuilt
from ceremony.transcript.kinds.custody import BackupIntended, DestructionIntended, RestoreTestIntended
from ceremony.transcript.kinds.files import ArtefactIntended, ExportIntended
from ceremony.transcript.kinds.resumption import DiscardIntended, KeyAdopted
from ceremony.transcript.kinds.signing import Approved, ApprovedKind, SerialDrawn, SignatureIntended
from ceremony.transcript.kinds.tokens import KeyIntended, TokenInitialising

Deed = SignatureIntended | BackupIntended | RestoreTestIntended | DestructionIntended | KeyAdopted | DiscardIntended
"""What people approve. Its line is written only once it is approved, and nothing is done before its line."""

AskedOfTheToken = Deed | KeyIntended | SerialDrawn
"""What a key of the token does or suffers next: right before its line the token is looked through for strangers."""

Act = AskedOfTheToken | ArtefactIntended | ExportIntended | ObjectBuilt | TokenInitialising
"""What is done to a token or a medium, and what dates an object: the clock is looked at right before its line."""


@dataclass(frozen=True, slots=True)
class ApprovedAs:
    """What an approval of a deed says: `what` it is of, its `name`, and the SHA-256 that people compared, in hex."""

    what: ApprovedKind
    name: str
    sha256: str

    def fits(self, said: Approved) -> bool:
        """Whether an approval is of exactly this."""
        return (said.what, said.name, said.to_be_signed_sha256) == (self.what, self.name, self.sha256)


def approved_as(deed: Deed) -> ApprovedAs:
    """As what a deed is approved. Raises ValueError where it holds octets that are not written as lower-case hex."""
    match deed:
        case SignatureIntended():
            return ApprovedAs(deed.what, deed.name, deed.to_be_signed_sha256)
        case BackupIntended():
            return ApprovedAs("key-backup", deed.key, deed.spki_sha256)
        case DestructionIntended():
            return ApprovedAs("key-destruction", deed.key, deed.spki_sha256)
        case KeyAdopted():
            return ApprovedAs("key-adoption", deed.key, deed.spki_sha256)
        case RestoreTestIntended():
            return ApprovedAs("restore-test", deed.key, _digest(deed.challenge))
        case DiscardIntended():
            return ApprovedAs("key-discard", deed.key, _digest(deed.key_id))
        case _:
            assert_never(deed)


def _digest(text: str) -> str:
    octets = bytes.fromhex(text)
    if octets.hex() != text:
        raise ValueError(f"{text[:40]!r} is not lower-case hex")
    return sha256_hex(octets)
