"""What comes to a signing from outside: a request, or a certificate that exists already; and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError, Finding, Severity, Where
from ceremony.pki.der import DerError
from ceremony.pki.view import certificate_view
from ceremony.policy.models import CertificateProfile
from ceremony.policy.names import Name
from ceremony.policy.rules.view import CertificateView
from ceremony.script.objects.base import Setting
from ceremony.script.world import World
from ceremony.transcript.kinds import Named, RequestRead

if TYPE_CHECKING:
    from ceremony.pki.request_read import Request
    from ceremony.pki.request_rows import RequestRow

COMPROMISED = frozenset({"keyCompromise", "cACompromise"})
"""Reasons of a revocation after which nobody may certify the key again (BR 6.1.1.3)."""

CERTIFICATE_LABEL = b"-----BEGIN CERTIFICATE-----"
CERTIFICATE_END = b"-----END CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class Asked:
    """A certification request as a step names it: its file, the file's place in the record, what it says."""

    path: str
    """As the script writes it."""
    kept_as: str
    """Below the ceremony's folder."""
    file_sha256: str
    request: Request


@dataclass(frozen=True, slots=True)
class Existing:
    """The certificate whose name, key and key identifier a cross-certificate must have."""

    name: str
    """Its name in the record, or the file of somebody else as the script writes it."""
    file: bytes | None = None
    """DER of a certificate of somebody else; None for one of the record, which is looked up when it is needed."""

    def octets(self, setting: Setting) -> bytes:
        """DER of a Certificate, in a plan perhaps of a TBSCertificate. Raises CeremonyError (PLAN-ISSUER)."""
        return self.file if self.file is not None else setting.certificate(self.name).octets


def read_asked(octets: bytes, path: str, kept_as: str) -> Asked:
    """A request, PEM or DER. Raises CeremonyError REQUEST-READ, REQUEST-SIZE or REQ-SECRET, and says where."""
    from ceremony.pki.request_read import read_request

    try:
        request = read_request(octets, name=path)
    except CeremonyError as error:
        raise CeremonyError(
            error.headline,
            detail=f"{error.where}: {error.detail}",
            not_done="Nothing was planned from it.",
            next_step=error.next_step,
            code=error.code,
        ) from error
    return Asked(path, kept_as, sha256_hex(octets), request)


def read_existing(octets: bytes, path: str) -> bytes:
    """The DER of one certificate in a file, PEM or DER, and nothing else in it. Raises CeremonyError CROSS-EXISTING."""
    import base64
    import binascii

    text = octets.strip()
    if text.startswith(CERTIFICATE_LABEL):
        body = text[len(CERTIFICATE_LABEL) :].removesuffix(CERTIFICATE_END)
        if text.count(b"-----BEGIN ") != 1 or not text.endswith(CERTIFICATE_END):
            raise _unreadable(path, "It holds more than one PEM block, or one without an end.")
        try:
            octets = base64.b64decode(b"".join(body.split()), validate=True)
        except binascii.Error as error:
            raise _unreadable(path, "Its base64 text is damaged.") from error
    try:
        view = certificate_view(octets)
    except DerError as error:
        raise _unreadable(path, f"Read as DER: {error}.") from error
    if view.octets == octets:
        raise _unreadable(path, "It is not a whole certificate: it carries no signature.")
    if view.irregularities:
        raise _unreadable(path, f"Not DER: {view.irregularities[0]}.")
    return octets


def key_word(key: str, spki: bytes) -> str:
    """By what judges tell keys apart: a key's name, or for a key of somebody else its digest."""
    return key or f"key {sha256_hex(spki)[:16]}"


def compromised_keys(world: World) -> Iterator[tuple[str, bytes]]:
    """The certificates of the record that were revoked because their keys are in wrong hands, and those keys."""
    for item in world.neighbours():
        if item.issuer not in world.certificates:
            continue
        view = certificate_view(item.octets)
        revocation = world.revocation(item.issuer, view.serial_number)
        if revocation is not None and revocation.reason in COMPROMISED:
            yield item.name, view.key.spki


def request_findings(
    asked: Asked, rows: tuple[RequestRow, ...], setting: Setting, profile: CertificateProfile, existing: Existing | None
) -> Iterator[Finding]:
    """What speaks against certifying the key of a request, and a name that is not the one asked for (REQ-SUBJECT)."""
    from ceremony.pki.request_check import check_request

    world = setting.world
    found = check_request(
        asked.request,
        algorithm=setting.policy.keys[profile.key].algorithm,
        lint_as=profile.lint_as,
        known=[(item.name, certificate_view(item.octets).key.spki) for item in world.neighbours()],
        own=[(key.name, key.spki) for key in world.keys.values()],
        compromised=list(compromised_keys(world)),
        existing=None if existing is None else (existing.name, _key_of(existing, setting)),
    )
    yield from (replace(finding, where=Where(asked.path)) for finding in found)
    other = [row for row in rows if row.severity is Severity.WARNING]
    if other:
        names = "; ".join(f"{row.name}: {row.asked} asked, {row.given} given" for row in other)
        message = f"The request asks for another name, perhaps for somebody else: {names}."
        yield Finding("REQ-SUBJECT", Severity.WARNING, message, asked.path, Where(asked.path))


def request_read(name: str, asked: Asked, rows: tuple[RequestRow, ...]) -> RequestRead:
    """The event that records what a request asks for, and what the policy gives."""
    return RequestRead(
        name=name,
        path=asked.kept_as,
        sha256=asked.file_sha256,
        subject=plain_name(asked.request.subject),
        spki_sha256=sha256_hex(asked.request.spki),
        asked=tuple(Named(name=row.name, value=wish_words(row)) for row in rows),
    )


def plain_name(name: bytes | Name) -> str:
    """A name in one line, for people who do not ask for its string types."""
    from ceremony.pki.wanted_names import name_words

    return ", ".join(f"{kind}={text}" for kind, text in name_words(name))


def wish_words(row: RequestRow) -> str:
    """What was asked for, and what is given where that is another thing."""
    return row.asked if row.verdict == "same" else f"{row.asked}; {row.verdict}: {row.given}"


def require_same_subject(
    made: CertificateView, name: str, existing: Existing, setting: Setting, unmarked: bytes
) -> None:
    """CROSS-SUBJECT, CROSS-KEY, CROSS-SKI: a cross-certificate has subject, key and identifier of what exists.

    `unmarked` is the DER of the subject without the mark of practice, which no certificate of somebody else carries.
    """
    there = certificate_view(existing.octets(setting))
    names = {made.subject.der}
    if setting.practice and existing.file is not None:
        names.add(unmarked)
    identifier = there.subject_key_identifier
    for code, what, equal in (
        ("CROSS-SUBJECT", "subject", there.subject.der in names),
        ("CROSS-KEY", "public key", there.key.spki == made.key.spki),
        ("CROSS-SKI", "subject key identifier", identifier in {None, made.subject_key_identifier}),
    ):
        if not equal:
            raise CeremonyError(
                "This is not a cross-certificate of what exists.",
                detail=f"{name}: its {what} is not, byte for byte, that of {existing.name}.",
                not_done=f"{name} cannot be signed.",
                next_step="Take subject and key from the certificate that exists; let its profile say method copy.",
                code=code,
            )


def _key_of(existing: Existing, setting: Setting) -> bytes:
    return certificate_view(existing.octets(setting)).key.spki


def _unreadable(path: str, detail: str) -> CeremonyError:
    return CeremonyError(
        "The certificate of somebody else cannot be read.",
        detail=f"{path}: {detail}",
        not_done="Nothing was planned over its key.",
        next_step="Put one whole certificate, DER or PEM and nothing else, into that file.",
        code="CROSS-EXISTING",
    )
