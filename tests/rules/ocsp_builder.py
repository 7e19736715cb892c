"""A small encoder of OCSP responses for tests of rules: it writes whatever it is told to, right or wrong."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import builder
from builder import CLOCK, DAY, ECDSA_SHA384, LEAF, RESPONDER, ROOT, TLS, Cert, oid, seq

from ceremony.pki import der
from ceremony.pki.ocsp_view import ocsp_view
from ceremony.pki.view import certificate_view
from ceremony.policy.rules.ocsp_view import BASIC, OcspSubject, Revoked
from ceremony.policy.rules.view import Known

HASHES = {
    "sha1": "1.3.14.3.2.26",
    "md5": "1.2.840.113549.2.5",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
}
YEAR = timedelta(days=364)
HOUR = timedelta(hours=1)


def moment(when: datetime) -> bytes:
    return der.encode(der.GENERALIZED_TIME, when.strftime("%Y%m%d%H%M%SZ").encode())


def certificate(cert: Cert) -> bytes:
    """A Certificate with a signature of nothing."""
    return seq(cert.tbs(), cert.signature, der.encode(der.BIT_STRING, b"\0\1"))


@dataclass(frozen=True)
class Single:
    """What is said of one certificate."""

    serial: int
    status: str = "good"
    when: datetime = CLOCK - HOUR
    reason: int | None = None
    digest: str = "sha1"
    name: bytes = ROOT.subject
    key: bytes = builder.key_bits(ROOT.spki)
    this_update: datetime = CLOCK
    next_update: datetime | None = CLOCK + YEAR
    extensions: tuple[bytes, ...] = ()

    def octets(self) -> bytes:
        algorithm = seq(oid(HASHES[self.digest]), b"\x05\x00")
        hashes = (
            der.encode(der.OCTET_STRING, hashlib.new(self.digest, part).digest()) for part in (self.name, self.key)
        )
        reason = b"" if self.reason is None else der.encode(0xA0, bytes((0x0A, 1, self.reason)))
        status = {
            "good": b"\x80\x00",
            "unknown": b"\x82\x00",
            "revoked": der.encode(0xA1, moment(self.when), reason),
        }
        return seq(
            seq(algorithm, *hashes, der.encode_integer(self.serial)),
            status[self.status],
            moment(self.this_update),
            der.encode(0xA0, moment(self.next_update)) if self.next_update else b"",
            der.encode(0xA1, seq(*self.extensions)) if self.extensions else b"",
        )


def extension(kind: str, value: bytes, critical: bool = False) -> bytes:
    return seq(oid(kind), b"\x01\x01\xff" if critical else b"", der.encode(der.OCTET_STRING, value))


@dataclass(frozen=True)
class Response:
    """A response to be encoded."""

    singles: tuple[Single, ...]
    responder: bytes = der.encode(0xA1, RESPONDER.subject)
    version: bytes = b""
    produced_at: datetime = CLOCK
    extensions: tuple[bytes, ...] = ()
    signature: bytes = ECDSA_SHA384
    certs: tuple[Cert, ...] = (RESPONDER,)
    status: int = 0

    def data(self) -> bytes:
        """The ResponseData."""
        return seq(
            self.version,
            self.responder,
            moment(self.produced_at),
            seq(*(single.octets() for single in self.singles)),
            der.encode(0xA1, seq(*self.extensions)) if self.extensions else b"",
        )

    def basic(self) -> bytes:
        certs = der.encode(0xA0, seq(*map(certificate, self.certs))) if self.certs else b""
        return seq(self.data(), self.signature, der.encode(der.BIT_STRING, b"\0\1"), certs)

    def octets(self) -> bytes:
        """The OCSPResponse."""
        body = der.encode(0xA0, seq(oid(BASIC), der.encode(der.OCTET_STRING, self.basic())))
        return seq(bytes((0x0A, 1, self.status)), b"" if self.status else body)


@dataclass(frozen=True)
class OcspScene:
    """A response and what is around it."""

    response: Response
    issuer: Cert = ROOT
    delegate: Cert | None = RESPONDER
    issued: tuple[Cert, ...] = (TLS, RESPONDER)
    revoked: tuple[Revoked, ...] = field(default=())
    presigned: bool = True
    outer: bytes = ECDSA_SHA384
    clock: datetime = CLOCK
    bare: bool = False
    """Judge the ResponseData alone."""

    def subject(self) -> OcspSubject:
        issued = (Known(str(place), certificate_view(cert.tbs())) for place, cert in enumerate(self.issued))
        return OcspSubject(
            name="it",
            response=ocsp_view(self.response.data() if self.bare else self.response.octets()),
            clock=self.clock,
            issuer=certificate_view(self.issuer.tbs()),
            issuer_key_bits=builder.key_bits(self.issuer.spki),
            delegate=certificate_view(self.delegate.tbs()) if self.delegate else None,
            issued=tuple(issued),
            revoked=self.revoked,
            presigned=self.presigned,
            outer_algorithm_der=self.outer,
        )


OLD_RESPONDER = replace(RESPONDER, serial=2**126 + 21)
GOOD = Response((Single(TLS.serial),))
KEY_USAGE = (builder.facts.KEY_USAGE, builder.usage("digitalSignature", "keyCertSign", "cRLSign"))
SIGNING_ROOT = ROOT.put(*KEY_USAGE)
SIGNING_TLS = TLS.put(*KEY_USAGE)
BY_ROOT = replace(GOOD, responder=der.encode(0xA1, ROOT.subject), certs=())

SCENES: dict[str, OcspScene] = {
    "good": OcspScene(GOOD),
    "bare": OcspScene(GOOD, bare=True),
    "revoked": OcspScene(
        replace(GOOD, singles=(Single(TLS.serial, "revoked", CLOCK, 4),)), revoked=(Revoked(TLS.serial, CLOCK, 4),)
    ),
    "responder revoked": OcspScene(
        replace(GOOD, singles=(Single(OLD_RESPONDER.serial, "revoked", CLOCK, 4),)),
        issued=(TLS, RESPONDER, OLD_RESPONDER),
        revoked=(Revoked(OLD_RESPONDER.serial, CLOCK, 4),),
    ),
    "unknown": OcspScene(replace(GOOD, singles=(Single(2**126 + 99, "unknown"),))),
    "by key": OcspScene(
        replace(
            GOOD,
            responder=der.encode(0xA2, der.encode(der.OCTET_STRING, builder.identifier(RESPONDER.spki, "sha1"))),
        )
    ),
    "by the CA": OcspScene(BY_ROOT, issuer=SIGNING_ROOT, delegate=None),
    "several": OcspScene(
        replace(
            GOOD,
            singles=(
                Single(TLS.serial, digest="sha256"),
                Single(builder.MAIL.serial, "revoked", CLOCK, 5, digest="sha384"),
            ),
        ),
        issued=(TLS, builder.MAIL),
        revoked=(Revoked(builder.MAIL.serial, CLOCK, 5),),
    ),
    "subscriber": OcspScene(
        Response(
            (
                Single(
                    LEAF.serial,
                    name=TLS.subject,
                    key=builder.key_bits(TLS.spki),
                    next_update=CLOCK + 7 * DAY,
                ),
            ),
            responder=der.encode(0xA1, TLS.subject),
            certs=(),
        ),
        issuer=SIGNING_TLS,
        delegate=None,
        issued=(LEAF,),
    ),
}
"""Good responses, each in a good place."""
