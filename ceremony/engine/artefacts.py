"""A signed certificate as files in the ceremony's folder."""

from __future__ import annotations

from ceremony.canonical import sha256_hex
from ceremony.engine.room import Room
from ceremony.pki.pem import pem
from ceremony.transcript.kinds import ArtefactIntended, ArtefactsWritten, WrittenFile
from ceremony.transfer.media import folder_for, write_once


def write_certificate(room: Room, name: str, der: bytes) -> None:
    """Intent, files, outcome. A file that an earlier attempt wrote is left as it is."""
    files = certificate_files(name, der)
    room.record(ArtefactIntended(paths=tuple(path for path, _ in files)))
    folder_for(room.folder.path / "certificates", f"The files of {name} were not written.")
    for path, octets in files:
        target = room.folder.path / path
        if not (target.exists() and target.read_bytes() == octets):  # an earlier attempt may have come this far
            write_once(target, octets)
    room.record(
        ArtefactsWritten(
            files=tuple(WrittenFile(path=path, sha256=sha256_hex(octets), size=len(octets)) for path, octets in files)
        )
    )


def certificate_files(name: str, der: bytes) -> tuple[tuple[str, bytes], ...]:
    """The three forms of a certificate, as paths below the ceremony's folder with their bytes."""
    from ceremony.pki.text import certificate_text

    return (
        (f"certificates/{name}.der", der),
        (f"certificates/{name}.pem", pem(der, "CERTIFICATE")),
        (f"certificates/{name}.txt", certificate_text(der).encode("utf-8")),
    )
