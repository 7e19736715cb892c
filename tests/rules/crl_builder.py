"""A small encoder of CRLs for tests of rules: it writes whatever it is told to, right or wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import builder
from builder import CLOCK, DAY, ECDSA_SHA384, LEAF, MAIL, OTHER_ROOT, RESPONDER, ROOT, TLS, Cert, oid, seq, time

from ceremony.pki import der
from ceremony.pki.crl_view import crl_view
from ceremony.pki.view import certificate_view
from ceremony.policy.rules import crl_facts, facts
from ceremony.policy.rules.crl_view import CrlSubject, Intended
from ceremony.policy.rules.view import Known

HOUR = timedelta(hours=1)
YEAR = 365 * DAY

Row = tuple[str, bool, bytes]
"""An extension: object identifier, critical, value."""


def extension(kind: str, critical: bool, value: bytes) -> bytes:
    return seq(oid(kind), b"\x01\x01\xff" if critical else b"", der.encode(der.OCTET_STRING, value))


@dataclass(frozen=True)
class Entry:
    """An entry to be encoded."""

    serial: int | bytes
    """A number, or the contents of the INTEGER."""
    revoked_at: datetime
    reason: int | None = None
    critical: bool = False
    form: str = "rule"
    more: tuple[Row, ...] = ()

    def octets(self) -> bytes:
        serial = der.encode_integer(self.serial) if isinstance(self.serial, int) else der.encode(2, self.serial)
        rows = [extension(*row) for row in self.more]
        if self.reason is not None:
            rows.append(extension(crl_facts.REASON_CODE, self.critical, der.encode(0x0A, bytes((self.reason,)))))
        return seq(serial, time(self.revoked_at, self.form), seq(*rows) if rows else b"")


@dataclass(frozen=True)
class Crl:
    """A CRL to be encoded."""

    issuer: bytes
    this_update: datetime
    next_update: datetime | None
    entries: tuple[Entry, ...] = ()
    extensions: tuple[Row, ...] = ()
    signature: bytes = ECDSA_SHA384
    version: bytes = b"\x02\x01\x01"
    forms: tuple[str, str] = ("rule", "rule")
    empty_list: bool = False

    def tbs(self) -> bytes:
        rows = seq(*(entry.octets() for entry in self.entries)) if self.entries or self.empty_list else b""
        return seq(
            self.version,
            self.signature,
            self.issuer,
            time(self.this_update, self.forms[0]),
            time(self.next_update, self.forms[1]) if self.next_update else b"",
            rows,
            der.encode(0xA0, seq(*(extension(*row) for row in self.extensions))) if self.extensions else b"",
        )

    def signed(self) -> bytes:
        """With a signature that is none, but looks like one."""
        return seq(self.tbs(), self.signature, der.encode(der.BIT_STRING, b"\0", seq(b"\2\1\1", b"\2\1\1")))

    def put(self, kind: str, value: bytes, critical: bool = False) -> Crl:
        """With this extension changed, or added."""
        return replace(self.drop(kind), extensions=(*self.drop(kind).extensions, (kind, critical, value)))

    def drop(self, kind: str) -> Crl:
        return replace(self, extensions=tuple(row for row in self.extensions if row[0] != kind))


def crl_of(issuer: Cert, number: int, this_update: datetime, *entries: Entry, lasts: timedelta = YEAR) -> Crl:
    """A good one."""
    return Crl(
        issuer.subject,
        this_update,
        this_update + lasts,
        entries,
        (
            (facts.AUTHORITY_KEY_IDENTIFIER, False, builder.authority(builder.identifier(issuer.spki))),
            (crl_facts.CRL_NUMBER, False, der.encode_integer(number)),
        ),
    )


def idp(*uris: str, more: bytes = b"", names: bytes = b"") -> bytes:
    """An issuing distribution point; `more` are its other parts, encoded."""
    full = names + b"".join(builder.general("uri", uri) for uri in uris)
    return seq(der.encode(0xA0, der.encode(0xA0, full)) if full else b"", more)


@dataclass(frozen=True)
class CrlScene:
    """A CRL and what is around it."""

    crl: Crl
    scope: Any = "ca"
    issuer: Cert | None = ROOT
    previous: Crl | None = None
    issued: tuple[tuple[str, Cert], ...] | None = ()
    intended: tuple[Intended, ...] | None = None
    clock: datetime | None = None
    outer: bytes = ECDSA_SHA384

    def subject(self) -> CrlSubject:
        certificates = self.issued
        return CrlSubject(
            name="it",
            crl=crl_view(self.crl.tbs()),
            clock=self.clock or self.crl.this_update,
            scope=self.scope,
            issuer=certificate_view(self.issuer.tbs()) if self.issuer else None,
            previous=crl_view(self.previous.tbs()) if self.previous else None,
            issued=certificates
            if certificates is None
            else tuple(Known(word, certificate_view(cert.tbs())) for word, cert in certificates),
            intended=self.intended,
            outer_algorithm_der=self.outer,
        )


ISSUED = (
    ("root", ROOT),
    ("root-2", OTHER_ROOT),
    ("tls", TLS),
    ("mail", MAIL),
    ("responder", RESPONDER),
    ("leaf", LEAF),
)
FIRST = crl_of(ROOT, 1, CLOCK + HOUR)
SECOND_DAY, THIRD_DAY = CLOCK + 60 * DAY, CLOCK + 120 * DAY
REVOKED = Entry(TLS.serial, SECOND_DAY - HOUR, 4)
SECOND = crl_of(ROOT, 2, SECOND_DAY, REVOKED)
WISH = Intended(TLS.serial, 4, SECOND_DAY - HOUR)

SCENES: dict[str, CrlScene] = {
    "first": CrlScene(FIRST, issued=ISSUED, intended=()),
    "second": CrlScene(SECOND, issued=ISSUED, previous=FIRST, intended=(WISH,)),
    "third": CrlScene(crl_of(ROOT, 3, THIRD_DAY, REVOKED), issued=ISSUED, previous=SECOND, intended=()),
    "subscriber": CrlScene(
        crl_of(TLS, 1, CLOCK + HOUR, Entry(LEAF.serial, CLOCK + HOUR), lasts=7 * DAY),
        scope="subscriber",
        issuer=TLS,
        issued=ISSUED,
    ),
}
"""Good CRLs, each in a good place: a root's first, its second (which revokes the TLS CA), its third; and a TLS CA's."""
