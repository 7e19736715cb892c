"""Faults that others' ceremonies were seen to make in revocation lists, each refused by name before it is signed.

Of the ten: 2 (reason codes that are asked for are silently dropped), 3 (a CRL over another issuer's certificate, or
with a number used already) and 7 (a good yearly CRL of a root, refused by its own linter); and a real draft that said
in May 2026 that certificates had been revoked in May 2027. The lists are made by another program's encoder.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from ceremony.errors import Finding
from ceremony.pki.crl_view import crl_view
from ceremony.pki.judge_crl import judge_crl
from ceremony.pki.lint_crl import lint_crl
from ceremony.policy.rules.crl_view import Intended

BORN = datetime(2025, 9, 3, tzinfo=UTC)
NOW = datetime(2026, 5, 13, tzinfo=UTC)
BEFORE = datetime(2025, 9, 3, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
PACKS: tuple[Any, ...] = ("rfc5280", "cabf-tls-br", "mozilla", "chrome", "ccadb")
FLAGS = {2: x509.ReasonFlags.ca_compromise, 4: x509.ReasonFlags.superseded, 1: x509.ReasonFlags.key_compromise}


@dataclass(frozen=True)
class Authority:
    """A root and what it certified."""

    key: ec.EllipticCurvePrivateKey
    name: x509.Name
    root: x509.Certificate
    issued: dict[str, x509.Certificate]


@cache
def authority(common: str, *subjects: str) -> Authority:
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "ID"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Balai Uji"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, common),
        ]
    )

    def certificate(subject: x509.Name, public: Any) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(name)
            .public_key(public)
            .serial_number(x509.random_serial_number() >> 33)
            .not_valid_before(BORN)
            .not_valid_after(BORN + 20 * YEAR)
            .add_extension(x509.BasicConstraints(True, None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .sign(key, hashes.SHA384())
        )

    others = {
        word: certificate(
            x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, word)]),
            ec.generate_private_key(ec.SECP384R1()).public_key(),
        )
        for word in subjects
    }
    return Authority(key, name, certificate(name, key.public_key()), others)


OURS = ("Uji Root X1", "cross-ye", "cross-yr", "cross-x2")
THEIRS = ("Uji Root X9", "foreign")


@dataclass(frozen=True)
class Draft:
    """A CRL as it was drafted: what is asked for, and what an encoder then wrote."""

    number: int = 2
    this_update: datetime = NOW
    next_update: datetime = NOW + YEAR
    revoked: tuple[tuple[str, datetime, int | None], ...] = field(
        default=(("cross-ye", NOW, 4), ("cross-yr", NOW, 4), ("cross-x2", NOW, 4))
    )
    drop_reasons: bool = False
    previous: int | None = 1

    def octets(self) -> bytes:
        return self._made(self.number, self.this_update, self.next_update, self.revoked)

    def _made(self, number: int, start: datetime, end: datetime, rows: tuple[Any, ...]) -> bytes:
        ours = authority(*OURS)
        ski = ours.root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(ours.name)
            .last_update(start)
            .next_update(end)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski), False)
            .add_extension(x509.CRLNumber(number), False)
        )
        for name, moment, reason in rows:
            entry = x509.RevokedCertificateBuilder().serial_number(certificate(name).serial_number)
            entry = entry.revocation_date(moment)
            if reason is not None and not self.drop_reasons:
                entry = entry.add_extension(x509.CRLReason(FLAGS[reason]), False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(ours.key, hashes.SHA384()).public_bytes(Encoding.DER)

    def findings(self, *, signed: bool = False) -> tuple[Finding, ...]:
        """What linter and packs say; of the bytes to be signed alone, or of the whole."""
        octets = self.octets()
        ours, theirs = authority(*OURS), authority(*THEIRS)
        known = [("root", ours.root), *ours.issued.items(), *theirs.issued.items()]
        previous = None if self.previous is None else self._made(self.previous, BEFORE, BEFORE + YEAR, ())
        return (
            *lint_crl(octets, "ca", "crl"),
            *judge_crl(
                octets if signed else crl_view(octets).octets,
                packs=PACKS,
                name="crl",
                clock=self.this_update,
                issuer_certificate=ours.root.public_bytes(Encoding.DER),
                scope="ca",
                previous=previous,
                issued=[(word, each.public_bytes(Encoding.DER)) for word, each in known],
                intended=[Intended(certificate(name).serial_number, reason, day) for name, day, reason in self.revoked],
            ),
        )

    def blocking(self) -> set[str]:
        found = {item.rule for item in self.findings() if item.severity.blocks}
        assert found == {item.rule for item in self.findings(signed=True) if item.severity.blocks}
        return found


def certificate(name: str) -> x509.Certificate:
    return {**authority(*OURS).issued, **authority(*THEIRS).issued}[name]


GOOD = Draft()
LATE = datetime(2027, 5, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Fault:
    name: str
    draft: Draft
    ids: frozenset[str]
    sibling: Draft = GOOD

    def __str__(self) -> str:
        return self.name


FAULTS = (
    Fault(
        "2: reason codes are dropped",
        replace(GOOD, drop_reasons=True),
        frozenset({"CRL-REASON-LOST", "BR-R6", "CC-3"}),
    ),
    Fault(
        "3: a certificate of another issuer",
        replace(GOOD, revoked=(("foreign", NOW, 4),)),
        frozenset({"CRL-FOREIGN"}),
        replace(GOOD, revoked=(("cross-ye", NOW, 4),)),
    ),
    Fault(
        "3: a number used already",
        replace(GOOD, number=1),
        frozenset({"CRL-NUMBER", "BR-R4"}),
        replace(GOOD, number=1, previous=None),
    ),
    Fault(
        "3: a number smaller than the last",
        replace(GOOD, number=4, previous=5),
        frozenset({"CRL-NUMBER", "BR-R4"}),
        replace(GOOD, number=6, previous=5),
    ),
    Fault(
        "the draft of May 2026: revoked in May 2027",
        replace(GOOD, revoked=tuple((name, LATE, 4) for name in ("cross-ye", "cross-yr", "cross-x2"))),
        frozenset({"CRL-FUTURE"}),
    ),
    Fault(
        "revoked one second after the list begins",
        replace(GOOD, revoked=(("cross-ye", NOW + timedelta(seconds=1), 4),)),
        frozenset({"CRL-FUTURE"}),
        replace(GOOD, revoked=(("cross-ye", NOW, 4),)),
    ),
    Fault(
        "revoked before it was valid",
        replace(GOOD, revoked=(("cross-ye", BORN - timedelta(seconds=1), 4),)),
        frozenset({"CRL-BEFORE"}),
        replace(GOOD, revoked=(("cross-ye", BORN, 4),)),
    ),
    Fault(
        "7: more than twelve months",
        replace(GOOD, next_update=NOW + YEAR + timedelta(seconds=1)),
        frozenset({"BR-R3", "cabf.arl_invalid_validity_period"}),
        replace(GOOD, next_update=NOW + YEAR),
    ),
)


@pytest.mark.parametrize("case", FAULTS, ids=str)
def test_is_refused_by_name_and_its_sibling_is_not(case: Fault) -> None:
    assert case.draft.blocking() == case.ids
    assert case.sibling.blocking() == set()


@pytest.mark.parametrize("lasts", [YEAR, YEAR - timedelta(seconds=1), timedelta(days=180)], ids=str)
def test_a_normal_yearly_crl_of_a_root_passes_packs_and_linter(lasts: timedelta) -> None:
    """Fault 7, the other way round: it must not be refused."""
    draft = replace(GOOD, next_update=NOW + lasts)
    assert draft.blocking() == set()
    assert lint_crl(draft.octets(), "ca", "crl") == ()


def test_the_linter_takes_the_type_that_it_is_given() -> None:
    found = {finding.rule for finding in lint_crl(GOOD.octets(), "subscriber", "crl")}
    assert "cabf.crl_invalid_validity_period" in found


def test_bytes_that_are_no_crl_are_fatal_and_never_a_pass() -> None:
    certificate_octets = authority(*OURS).root.public_bytes(Encoding.DER)
    common: Any = {"packs": PACKS, "name": "crl", "clock": NOW, "scope": "ca"}
    (finding,) = judge_crl(certificate_octets, issuer_certificate=certificate_octets, **common)
    assert (finding.rule, finding.severity.value) == ("RF-4", "fatal")
    (finding,) = judge_crl(GOOD.octets(), issuer_certificate=b"\x30\x00", **common)
    assert (finding.rule, finding.severity.value) == ("CHECK-CRASH", "fatal")
    (finding,) = lint_crl(certificate_octets, "ca", "crl")
    assert (finding.rule, finding.severity.value) == ("LINT-CRASH", "fatal")


def test_a_previous_crl_that_cannot_be_read_is_fatal() -> None:
    root = authority(*OURS).root.public_bytes(Encoding.DER)
    (finding,) = judge_crl(
        GOOD.octets(), packs=PACKS, name="crl", clock=NOW, issuer_certificate=root, scope="ca", previous=root
    )
    assert finding.rule == "CHECK-CRASH"
