"""CRLs of any length with little memory: the entries go to a file, and everything else is done in passes over it."""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, cast

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.crl_entries import Entry, entries_between
from ceremony.pki.crl_frame import CrlFrame, header
from ceremony.policy.algorithms import SignatureAlgorithm

CHUNK = 2**18
"""Octets that are held at once."""

MESSAGE_HASHES = {"sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}
"""The hashes of RSA and ECDSA signatures; Ed25519 and ML-DSA sign the whole message, and take it whole."""

CHANGED = "The octets are not those that were approved: the file of entries was changed."

Sign = Callable[[SignatureAlgorithm, Iterator[bytes]], bytes]
"""Signs octets that come in chunks; the signature as X.509 carries it (`sign_chunks` of an open token)."""


@dataclass(frozen=True, slots=True)
class LargeCrl:
    """A TBSCertList whose entries stand in a file.

    `sha256` is of the whole TBSCertList, 64 hex digits: what people approve. `entries_size` counts the file's octets.
    """

    frame: CrlFrame
    entries: Path
    entries_size: int
    sha256: str

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """What the signature will be made with, and what the bytes say of it."""
        return self.frame.algorithm

    @property
    def size(self) -> int:
        """Octets of the TBSCertList."""
        return sum(map(len, self.frame.around(self.entries_size))) + self.entries_size

    def chunks(self) -> Iterator[bytes]:
        """The octets of the TBSCertList, from its file, as often as they are wanted."""
        head, tail = self.frame.around(self.entries_size)
        return _tbs(head, self.entries, tail)

    def rows(self) -> Iterator[Entry]:
        """The entries, read back from the file by the octets alone. Raises DerError."""
        if not self.entries_size:
            return
        with self.entries.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as octets:
            yield from entries_between(cast("bytes", octets), 0, len(octets))

    def approved_chunks(self) -> Iterator[bytes]:
        """The same for what signs them: CeremonyError SIG-VERIFY at their end where they are not those of `sha256`."""
        digest = hashlib.sha256()
        for chunk in self.chunks():
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != self.sha256:
            raise _unverified(CHANGED)


def build_large_crl(frame: CrlFrame, entries: Iterable[bytes], spool: Path) -> LargeCrl:
    """The TBSCertList that `build_crl` would make of the same, octet for octet; its entries are written to `spool`.

    `entries` may come one by one or many joined. `spool` must not exist; the caller removes it when the CRL is written.
    Raises CeremonyError for an algorithm that must have the message whole, and where the file cannot be written.
    """
    if not _hash_name(frame.algorithm):
        raise CeremonyError(
            "A long CRL cannot be signed with this algorithm.",
            detail=f"{frame.algorithm} takes the whole message at once.",
            not_done="No CRL was made.",
            next_step="Write another signature in the profile, or divide the list.",
            code="BR-A4",
        )
    with _new_file(spool) as file:
        size = sum(map(file.write, entries))
    head, tail = frame.around(size)
    digest = hashlib.sha256()
    for chunk in _tbs(head, spool, tail):
        digest.update(chunk)
    return LargeCrl(frame, spool, size, digest.hexdigest())


def sign_large_crl(large: LargeCrl, sign: Sign, issuer_spki: bytes, path: Path) -> str:
    """Have it signed, check the signature in software over what stands on the disk, and give it its name.

    `path` is the file of the DER CertificateList, which must not exist. Returns its SHA-256, 64 hex digits. Raises
    CeremonyError SIG-VERIFY where the octets are no longer those of `large.sha256` (before a signature is made, if
    `sign` asks for all of them first), or the signature is not the issuer's over them; then there is no such file.
    """
    if path.exists():
        raise _not_writable(path, os.strerror(errno.EEXIST))
    partial = path.with_name(path.name + ".partial")
    with _new_file(partial) as file:
        signature = sign(large.algorithm, large.approved_chunks())
        end = large.frame.identifier + der.encode(der.BIT_STRING, b"\x00", signature)
        begin = header(der.SEQUENCE, large.size + len(end))
        file.writelines(chain((begin,), large.chunks(), (end,)))
        file.flush()
        os.fsync(file.fileno())
        whole = _check(partial, len(begin), large, signature, issuer_spki)
        partial.rename(path)
        _sync_folder(path.parent)
    return whole


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that was not there before, and is not there after a failure. Raises CeremonyError for the system's."""
    try:
        file = path.open("xb")
    except OSError as error:
        raise _not_writable(path, str(error.strerror)) from error
    try:
        with file:
            yield file
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _not_writable(path, str(error.strerror)) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _check(path: Path, offset: int, large: LargeCrl, signature: bytes, issuer_spki: bytes) -> str:
    """Read back what was written, and verify it. Returns the SHA-256 of the whole file."""
    whole = hashlib.sha256()
    name = _hash_name(large.algorithm)
    digests = [hashlib.sha256()] + ([] if name == "sha256" else [hashlib.new(name)])
    with path.open("rb") as file:
        whole.update(file.read(offset))
        for chunk in _chunks(file, large.size):
            whole.update(chunk)
            for digest in digests:
                digest.update(chunk)
        whole.update(file.read())
    if digests[0].hexdigest() != large.sha256:
        raise _unverified(CHANGED)
    _verify(large.algorithm, digests[-1].digest(), signature, issuer_spki)
    return whole.hexdigest()


def _verify(algorithm: SignatureAlgorithm, digest: bytes, signature: bytes, issuer_spki: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    made: hashes.HashAlgorithm = getattr(hashes, MESSAGE_HASHES[_hash_name(algorithm)])()
    try:
        key = load_der_public_key(issuer_spki)
        if isinstance(key, rsa.RSAPublicKey) and "-rsa" in algorithm:
            pss = algorithm.endswith("-pss")
            scheme: Any = padding.PSS(padding.MGF1(made), made.digest_size) if pss else padding.PKCS1v15()
            key.verify(signature, digest, scheme, Prehashed(made))
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm.startswith("ecdsa-"):
            key.verify(signature, digest, ec.ECDSA(Prehashed(made)))
        else:
            raise _unverified(f"The issuer's key is of another kind than {algorithm}.")
    except (InvalidSignature, ValueError) as error:
        raise _unverified("It was not made by the issuer's key over the octets that were approved.") from error


def _hash_name(algorithm: SignatureAlgorithm) -> str:
    """As hashlib names it; empty where the algorithm has none outside."""
    return next((name for name in MESSAGE_HASHES if name in algorithm), "")


def _tbs(head: bytes, entries: Path, tail: bytes) -> Iterator[bytes]:
    yield head
    with entries.open("rb") as file:
        yield from _chunks(file)
    yield tail


def _chunks(file: BinaryIO, size: int | None = None) -> Iterator[bytes]:
    """What the file holds from where it stands, or so many octets of it."""
    left = size
    while left is None or left > 0:
        chunk = file.read(CHUNK if left is None else min(CHUNK, left))
        if not chunk:
            return
        yield chunk
        if left is not None:
            left -= len(chunk)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unverified(detail: str) -> CeremonyError:
    return CeremonyError(
        "The signature does not verify.",
        detail=detail,
        not_done="No CRL was written.",
        next_step="Stop. Keep the record, and find out what the token signed.",
        code="SIG-VERIFY",
    )


def _not_writable(path: Path, reason: str) -> CeremonyError:
    return CeremonyError(
        "The CRL cannot be written.",
        detail=f"{reason}.",
        where=str(path),
        not_done="No CRL was made.",
        next_step="Free some room on the disk, or choose another folder, and begin the step again.",
        code="CRL-FILE",
    )
