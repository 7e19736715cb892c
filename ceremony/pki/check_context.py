"""What every check is given: the bytes taken apart, what they should be, and the issuer's certificate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from ceremony.errors import Severity
from ceremony.pki import der
from ceremony.pki.holes import Holes
from ceremony.pki.oids import EXTENSIONS
from ceremony.pki.tbs import RawExtension, TbsParts, split_tbs, tbs_of_certificate, time_of
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.models import CertificateProfile, LintType

Fault = tuple[str, Severity, str]
"""Rule id, severity, one sentence."""

KEY_CERT_SIGN = 5
CRL_SIGN = 6

CROSS_TYPES: frozenset[LintType] = frozenset({"internal-cross-ca", "external-cross-ca"})
TLS_TYPES: frozenset[LintType] = frozenset(
    {
        "internal-unconstrained-tls-ca",
        "internal-constrained-tls-ca",
        "external-unconstrained-tls-ca",
        "external-constrained-tls-ca",
    }
)
SUB_CA_TYPES: frozenset[LintType] = TLS_TYPES | {"non-tls-ca"}
CA_TYPES: frozenset[LintType] = SUB_CA_TYPES | CROSS_TYPES | {"root-ca"}


@dataclass(frozen=True, slots=True)
class Powers:
    """What basicConstraints and keyUsage allow a certificate to do."""

    ca: bool
    path_length: int | None
    usages: frozenset[int] | None
    """Bit numbers; None where there is no keyUsage."""

    @property
    def signs_certificates(self) -> bool:
        """True where keyUsage names keyCertSign."""
        return self.usages is not None and KEY_CERT_SIGN in self.usages


class Case:
    """One certificate under check. Reading raises DerError for bytes that are not one."""

    def __init__(
        self,
        to_be_signed: ToBeSigned,
        profile: CertificateProfile,
        issuer_profile: CertificateProfile,
        holes: Holes,
        clock: datetime,
        issuer_certificate: bytes | None,
    ) -> None:
        self.to_be_signed = to_be_signed
        self.profile = profile
        self.issuer_profile = issuer_profile
        self.holes = holes
        self.clock = clock
        self.issuer_certificate = issuer_certificate
        self.tbs: TbsParts = split_tbs(to_be_signed.octets)

    @property
    def self_signed(self) -> bool:
        """True where the certificate is meant to be signed by its own key."""
        return self.profile == self.issuer_profile and self.holes.spki == self.holes.issuer_spki

    @cached_property
    def issuer(self) -> TbsParts | None:
        """The issuer's certificate taken apart: this one where it is self-signed, None where it was not given."""
        if self.issuer_certificate is not None:
            return split_tbs(tbs_of_certificate(self.issuer_certificate))
        return self.tbs if self.self_signed else None

    @property
    def is_ca(self) -> bool:
        """True where the bytes say that this is a CA."""
        return powers(self.tbs).ca


Check = Callable[[Case], Iterator[Fault]]


def powers(tbs: TbsParts) -> Powers:
    """Read basicConstraints and keyUsage. Raises DerError."""
    ca, path_length = False, None
    constraints = find(tbs, "basic-constraints")
    if constraints is not None:
        for part in der.read_one(constraints.value, der.SEQUENCE).children():
            if part.tag == der.BOOLEAN:
                ca = part.content == b"\xff"
            else:
                path_length = der.integer(part)
    usage = find(tbs, "key-usage")
    bits: frozenset[int] | None = None
    if usage is not None:
        content = der.read_one(usage.value, der.BIT_STRING).content[1:]
        bits = frozenset(
            8 * place + bit for place, octet in enumerate(content) for bit in range(8) if octet & 0x80 >> bit
        )
    return Powers(ca, path_length, bits)


def find(tbs: TbsParts, kind: str) -> RawExtension | None:
    """The extension that a profile calls by this word."""
    return tbs.extension(EXTENSIONS[kind])


def subject_key_identifier(tbs: TbsParts) -> bytes | None:
    """The octets of the subject key identifier, where there is one. Raises DerError."""
    extension = find(tbs, "subject-key-identifier")
    return None if extension is None else der.read_one(extension.value, der.OCTET_STRING).content


def times(tbs: TbsParts) -> tuple[datetime, datetime]:
    """notBefore and notAfter. Raises DerError."""
    return time_of(tbs.times[0]), time_of(tbs.times[1])
