"""`ceremony policy derive`: from certificates that exist to a policy that would say them again."""

from __future__ import annotations

import argparse
import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ceremony.errors import CeremonyError
from ceremony.plain_files import NotRead, read_named
from ceremony.room.speaking import complain, say_text

if TYPE_CHECKING:
    from ceremony.pki.derive_policy import Derived, Given, Verdict

LARGEST = 64 * 1024 * 1024
"""Octets of a file of certificates."""
BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s*(.*?)\s*-----END \1-----", re.DOTALL)
LABELS = {b"CERTIFICATE", b"X509 CERTIFICATE"}


def derive(options: argparse.Namespace) -> int:
    """Write the policy to standard output, or to a file; what is refused, and each verdict, to standard error.

    Returns 0 where each certificate has a profile, and with `--check` where each one is built again octet for octet.
    """
    from ceremony.pki.derive_policy import check, derive_policy, policy_text
    from ceremony.policy.load import load_policy

    given = [certificate for path in options.certificates for certificate in read_certificates(Path(path))]
    derived = derive_policy(given, lifetime=options.lifetime)
    for entry in derived:
        if entry.refusal is not None:
            _say_refusal(entry, entry.refusal)
    text = policy_text(derived)
    name = Path(options.output or "derived-policy.yaml")
    loaded = load_policy(name, octets=text.encode("utf-8"))  # what is written can be read
    if options.output:
        _write(name, text)
    else:
        say_text(text)
    if not options.check:
        return int(any(entry.refusal is not None for entry in derived))
    verdicts = check(derived, loaded.policy)
    for verdict in verdicts:
        if verdict.derived.refusal is None:
            complain(verdict_text(verdict))
    complain(_sum(verdicts))
    return int(not all(verdict.equal for verdict in verdicts))


MOST_CERTIFICATES = 2000
"""PEM blocks in one file."""


def read_certificates(path: Path) -> tuple[Given, ...]:
    """Every certificate of a file, PEM or DER. Raises CeremonyError for a file that is neither or cannot be read."""
    from ceremony.pki.derive_policy import Given

    try:
        octets = read_named(path, LARGEST)
    except NotRead as refused:
        raise _unreadable(path, f"{refused}.") from None
    if octets[:1] == b"\x30" and b"-----BEGIN" not in octets:
        return (Given(path.name, path.stem, octets),)
    if octets.count(b"-----BEGIN") > MOST_CERTIFICATES:
        raise _unreadable(path, f"It holds more than {MOST_CERTIFICATES} PEM blocks.")
    blocks = list(_blocks(path, octets))
    if not blocks:
        raise _unreadable(path, "It holds neither a DER certificate nor a PEM block CERTIFICATE.")
    if len(blocks) == 1:
        return (Given(path.name, path.stem, blocks[0]),)
    return tuple(Given(f"{path.name}, certificate {number}", "", block) for number, block in enumerate(blocks, 1))


def verdict_text(verdict: Verdict) -> str:
    """One line: the certificate's profile, and equal, or where the bytes first differ and why."""
    name = verdict.derived.name
    if verdict.equal:
        return f"{name}: equal"
    if verdict.difference is not None:
        return f"{name}: different: {verdict.difference} (the certificate's, then the profile's)"
    refusal = verdict.refusal
    return f"{name}: cannot be built: {refusal.headline} {refusal.detail}" if refusal else f"{name}: not built"


def _blocks(path: Path, octets: bytes) -> Iterator[bytes]:
    for match in BLOCK.finditer(octets):
        if match[1] not in LABELS:
            continue
        try:
            yield base64.b64decode(b"".join(match[2].split()), validate=True)
        except binascii.Error as error:
            raise _unreadable(path, "A PEM block in it is not base64.") from error
    if octets.count(b"-----BEGIN CERTIFICATE-----") > sum(m[1] == b"CERTIFICATE" for m in BLOCK.finditer(octets)):
        raise _unreadable(path, "A PEM block in it has no end.")


def _say_refusal(entry: Derived, refusal: CeremonyError) -> None:
    code = f" [{refusal.code}]" if refusal.code else ""
    complain(f"{entry.name}: refused: {refusal.headline}{code} {refusal.detail}")


def _sum(verdicts: Sequence[Verdict]) -> str:
    equal = sum(verdict.equal for verdict in verdicts)
    refused = sum(verdict.derived.refusal is not None for verdict in verdicts)
    different = len(verdicts) - equal - refused
    return f"Equal: {equal} of {len(verdicts)}; different: {different}; refused: {refused}."


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CeremonyError(
            "The policy cannot be written.",
            detail=f"{error.strerror}.",
            where=str(path),
            not_done="Nothing was written.",
            next_step="Name a file that does not exist yet, in a folder that can be written to.",
            code="DERIVE-WRITE",
        ) from error


def _unreadable(path: Path, detail: str) -> CeremonyError:
    return CeremonyError(
        "This file of certificates cannot be used.",
        detail=detail,
        where=str(path),
        not_done="No policy was written.",
        next_step="Give certificates in PEM or DER.",
        code="DERIVE-FILE",
    )
