"""A small encoder of certificates for tests of rules: it writes whatever it is told to, right or wrong."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ceremony.pki import der
from ceremony.pki.view import certificate_view
from ceremony.policy.rules import facts
from ceremony.policy.rules.view import Known, Subject

CLOCK = datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

ECDSA_SHA384 = bytes.fromhex("300a06082a8648ce3d040303")
SHA256_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
SHA1_RSA = bytes.fromhex("300d06092a864886f70d0101050500")

STRINGS = {"utf8": (0x0C, "utf-8"), "printable": (0x13, "ascii"), "ia5": (0x16, "ascii"), "t61": (0x14, "latin-1")}
KINDS = {"email": 0x81, "dns": 0x82, "uri": 0x86, "ip": 0x87}
USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
)


def oid(text: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    arcs = [int(arc) for arc in text.split(".")]
    content = b""
    for arc in (40 * arcs[0] + arcs[1], *arcs[2:]):
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.insert(0, arc & 0x7F | 0x80)
        content += bytes(digits)
    return der.encode(der.OBJECT_IDENTIFIER, content)


def seq(*parts: bytes) -> bytes:
    return der.encode(der.SEQUENCE, *parts)


def attribute(kind: str, text: str, string: str = "utf8") -> bytes:
    tag, encoding = STRINGS[string]
    return seq(oid(kind), der.encode(tag, text.encode(encoding)))


def rdn(*attributes: bytes) -> bytes:
    return der.encode(0x31, *sorted(attributes))


def name(common: str, organization: str = "Balai Uji", country: str = "ID") -> bytes:
    """C, O and CN, as most have them."""
    return seq(
        rdn(attribute(facts.COUNTRY, country, "printable")),
        rdn(attribute(facts.ORGANIZATION, organization)),
        rdn(attribute(facts.COMMON_NAME, common)),
    )


def general(kind: str, value: str | bytes) -> bytes:
    """A GeneralName; `directory` takes a whole Name."""
    octets = value.encode("latin-1") if isinstance(value, str) else value
    return der.encode(0xA4, octets) if kind == "directory" else der.encode(KINDS[kind], octets)


def time(moment: datetime, form: str = "rule") -> bytes:
    if form == "utc" or (form == "rule" and moment.year < 2050):
        return der.encode(der.UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())
    return der.encode(der.GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())


def ec_key(curve: Any = None) -> bytes:
    key = ec.generate_private_key(curve or ec.SECP384R1())
    octets: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return octets


def rsa_key(modulus: int, exponent: int = 65537) -> bytes:
    bits = seq(der.encode_integer(modulus), der.encode_integer(exponent))
    return seq(bytes.fromhex("300d06092a864886f70d0101010500"), der.encode(der.BIT_STRING, b"\0", bits))


def key_bits(spki: bytes) -> bytes:
    return der.read_one(spki).children()[1].content[1:]


def identifier(spki: bytes, method: str = "rfc7093-1") -> bytes:
    digest = hashlib.sha256 if method == "rfc7093-1" else hashlib.sha1
    return digest(key_bits(spki)).digest()[:20]


# Extension values.
def basic(ca: bool = True, limit: int | None = None) -> bytes:
    flag = b"\x01\x01\xff" if ca else b""
    return seq(flag, b"" if limit is None else der.encode_integer(limit))


def usage(*names: str) -> bytes:
    bits = sum(0x80 >> USAGES.index(word) for word in names)
    unused = (bits & -bits).bit_length() - 1 if bits else 0
    return der.encode(der.BIT_STRING, bytes((unused, bits)) if bits else b"\0")


def purposes(*oids: str) -> bytes:
    return seq(*(oid(item) for item in oids))


def authority(key_identifier: bytes, *, with_serial: bool = False) -> bytes:
    more = der.encode(0xA1, general("directory", name("X"))) + der.encode(0x82, b"\1") if with_serial else b""
    return seq(der.encode(0x80, key_identifier), more)


def policies(*rows: bytes | str) -> bytes:
    return seq(*(seq(oid(row)) if isinstance(row, str) else row for row in rows))


def cps(policy: str, uri: str) -> bytes:
    return seq(oid(policy), seq(seq(oid(facts.CPS_QUALIFIER), der.encode(0x16, uri.encode()))))


def notice(policy: str, text: str, tag: int = 0x0C) -> bytes:
    return seq(oid(policy), seq(seq(oid("1.3.6.1.5.5.7.2.2"), seq(der.encode(tag, text.encode())))))


def points(*uris: str) -> bytes:
    return seq(*(point(general("uri", uri)) for uri in uris))


def point(*names: bytes, more: bytes = b"") -> bytes:
    place = der.encode(0xA0, der.encode(0xA0, *names)) if names else b""
    return seq(place, more)


def access(*rows: tuple[str, str]) -> bytes:
    return seq(*(seq(oid(method), general("uri", uri)) for method, uri in rows))


def constraints(permitted: list[bytes] | None = None, excluded: list[bytes] | None = None, more: bytes = b"") -> bytes:
    parts = []
    for tag, bases in ((0xA0, permitted), (0xA1, excluded)):
        if bases:
            parts.append(der.encode(tag, *(seq(base, more) for base in bases)))
    return seq(*parts)


@dataclass(frozen=True)
class Cert:
    """A certificate to be encoded."""

    subject: bytes
    issuer: bytes
    spki: bytes
    serial: int
    not_before: datetime = CLOCK
    not_after: datetime = CLOCK + 1095 * DAY - SECOND
    signature: bytes = ECDSA_SHA384
    version: int = 3
    forms: tuple[str, str] = ("rule", "rule")
    unique: bytes = b""
    extensions: tuple[tuple[str, bool, bytes], ...] = ()

    def tbs(self) -> bytes:
        rows = [
            seq(oid(kind), b"\x01\x01\xff" if critical else b"", der.encode(der.OCTET_STRING, value))
            for kind, critical, value in self.extensions
        ]
        dates = (time(self.not_before, self.forms[0]), time(self.not_after, self.forms[1]))
        return seq(
            der.encode(0xA0, der.encode_integer(self.version - 1)),
            der.encode_integer(self.serial),
            self.signature,
            self.issuer,
            seq(*dates),
            self.subject,
            self.spki,
            self.unique,
            der.encode(0xA3, seq(*rows)) if rows else b"",
        )

    def put(self, kind: str, value: bytes, critical: bool | None = None) -> Cert:
        """With this extension changed, or added."""
        rows = list(self.extensions)
        place = next((place for place, row in enumerate(rows) if row[0] == kind), None)
        if place is None:
            return replace(self, extensions=(*rows, (kind, bool(critical), value)))
        rows[place] = (kind, rows[place][1] if critical is None else critical, value)
        return replace(self, extensions=tuple(rows))

    def drop(self, *kinds: str) -> Cert:
        return replace(self, extensions=tuple(row for row in self.extensions if row[0] not in kinds))

    def mark(self, kind: str, critical: bool) -> Cert:
        """With this extension critical or not."""
        rows = ((row[0], critical if row[0] == kind else row[1], row[2]) for row in self.extensions)
        return replace(self, extensions=tuple(rows))


@dataclass(frozen=True)
class Scene:
    """A certificate and what is around it."""

    cert: Cert
    lint_as: str
    key_name: str
    issuer_key_name: str
    issuer: Cert | None = None
    known: tuple[tuple[str, Cert], ...] = ()
    known_keys: dict[str, str] = field(default_factory=dict)
    revoked: frozenset[str] = frozenset()
    placeholders: bool = False
    clock: datetime = CLOCK
    outer: bytes | None = None
    issuer_spki: bytes | None = None
    purpose: str = "tls"
    rollover: bool = False

    def subject(self) -> Subject:
        issuer = self.issuer
        signer = issuer.spki if issuer else self.cert.spki
        return Subject(
            name="it",
            certificate=certificate_view(self.cert.tbs()),
            lint_as=self.lint_as,
            purpose=self.purpose,
            practice=False,
            clock=self.clock,
            key_name=self.key_name,
            issuer_key_name=self.issuer_key_name,
            issuer=certificate_view(issuer.tbs()) if issuer else None,
            known=tuple(Known(word, certificate_view(c.tbs()), word in self.revoked) for word, c in self.known),
            known_keys=self.known_keys,
            keys_are_placeholders=self.placeholders,
            issuer_spki=signer if self.issuer_spki is None else self.issuer_spki,
            outer_algorithm_der=self.cert.signature if self.outer is None else self.outer,
            rollover=self.rollover,
        )


ROOT_KEY, TLS_KEY, OTHER_KEY, RESPONDER_KEY, MAIL_KEY, SPARE_KEY = (ec_key() for _ in range(6))
CA_USAGE = usage("keyCertSign", "cRLSign")
ROOT_NAME, OTHER_NAME = name("Uji Root P1"), name("Uji Root P2")
LONG = CLOCK + 7305 * DAY - SECOND


def root_of(subject: bytes, spki: bytes, serial: int) -> Cert:
    own = identifier(spki)
    return Cert(
        subject=subject,
        issuer=subject,
        spki=spki,
        serial=serial,
        not_after=LONG,
        extensions=(
            (facts.BASIC_CONSTRAINTS, True, basic()),
            (facts.KEY_USAGE, True, CA_USAGE),
            (facts.SUBJECT_KEY_IDENTIFIER, False, der.encode(der.OCTET_STRING, own)),
            (facts.AUTHORITY_KEY_IDENTIFIER, False, authority(own)),
        ),
    )


ROOT = root_of(ROOT_NAME, ROOT_KEY, 2**126 + 1)
OTHER_ROOT = root_of(OTHER_NAME, OTHER_KEY, 2**126 + 3)
OLDER = replace(OTHER_ROOT, not_before=CLOCK - 400 * DAY)


def under(issuer: Cert, subject: bytes, spki: bytes, serial: int, *rows: tuple[str, bool, bytes]) -> Cert:
    return Cert(
        subject=subject,
        issuer=issuer.subject,
        spki=spki,
        serial=serial,
        extensions=(
            *rows,
            (facts.SUBJECT_KEY_IDENTIFIER, False, der.encode(der.OCTET_STRING, identifier(spki))),
            (facts.AUTHORITY_KEY_IDENTIFIER, False, authority(identifier(issuer.spki))),
        ),
    )


PLACES = (
    (
        facts.AUTHORITY_ACCESS,
        False,
        access(
            (facts.OCSP_ACCESS, "http://ocsp.uji.example.com/"),
            (facts.CA_ISSUERS_ACCESS, "http://pki.uji.example.com/root.crt"),
        ),
    ),
    (facts.CRL_POINTS, False, points("http://pki.uji.example.com/root.crl")),
)
A_POLICY = (facts.CERTIFICATE_POLICIES, False, policies(facts.DOMAIN_VALIDATED))
FOR_SERVERS = (facts.EXTENDED_KEY_USAGE, False, purposes(facts.SERVER_AUTH))
IS_CA = ((facts.BASIC_CONSTRAINTS, True, basic()), (facts.KEY_USAGE, True, CA_USAGE))
IS_LAST_CA = ((facts.BASIC_CONSTRAINTS, True, basic(limit=0)), (facts.KEY_USAGE, True, CA_USAGE))

TLS = under(ROOT, name("Uji TLS CA 1"), TLS_KEY, 2**126 + 5, *IS_LAST_CA, FOR_SERVERS, A_POLICY, *PLACES)
CROSS = under(ROOT, OTHER_NAME, OTHER_KEY, 2**126 + 7, *IS_CA, FOR_SERVERS, A_POLICY, *PLACES)
MAIL = under(
    ROOT,
    name("Uji Mail CA 1"),
    MAIL_KEY,
    2**126 + 9,
    *IS_LAST_CA,
    (facts.EXTENDED_KEY_USAGE, False, purposes(facts.EMAIL_PROTECTION)),
    *PLACES,
)
SOME_NAMES = constraints(
    [general("dns", "uji.example.com"), general("directory", seq(rdn(attribute(facts.COUNTRY, "ID", "printable"))))],
    [general("ip", bytes(8)), general("ip", bytes(32))],
)
CONSTRAINED = TLS.put(facts.NAME_CONSTRAINTS, SOME_NAMES, True)
RESPONDER = under(
    ROOT,
    name("Uji OCSP 1"),
    RESPONDER_KEY,
    2**126 + 11,
    (facts.KEY_USAGE, True, usage("digitalSignature")),
    (facts.EXTENDED_KEY_USAGE, False, purposes(facts.OCSP_SIGNING)),
    (facts.OCSP_NO_CHECK, False, b"\x05\x00"),
)
STAMPER = under(
    ROOT,
    name("Uji TSA 1"),
    SPARE_KEY,
    2**126 + 17,
    (facts.KEY_USAGE, True, usage("digitalSignature")),
    (facts.EXTENDED_KEY_USAGE, True, purposes(facts.TIME_STAMPING)),
)
LEAF = under(
    TLS,
    name("Uji Leaf"),
    SPARE_KEY,
    2**126 + 13,
    (facts.KEY_USAGE, True, usage("digitalSignature")),
    FOR_SERVERS,
    (facts.SUBJECT_ALTERNATIVE_NAME, False, seq(general("dns", "www.uji.example.com"))),
)

SCENES: dict[str, Scene] = {
    "root": Scene(ROOT, "root-ca", "root", "root"),
    "tls": Scene(TLS, "internal-unconstrained-tls-ca", "tls", "root", ROOT, (("root", ROOT),)),
    "constrained": Scene(CONSTRAINED, "internal-constrained-tls-ca", "tls", "root", ROOT, (("root", ROOT),)),
    "cross": Scene(CROSS, "internal-cross-ca", "other", "root", ROOT, (("root", ROOT), ("root-2", OLDER))),
    "external cross": Scene(CROSS, "external-cross-ca", "other", "root", ROOT, (("root", ROOT), ("root-2", OLDER))),
    "mail": Scene(MAIL, "non-tls-ca", "mail", "root", ROOT, (("root", ROOT),)),
    "responder": Scene(RESPONDER, "ocsp-responder", "responder", "root", ROOT, (("root", ROOT),)),
    "leaf": Scene(LEAF, "pkix", "leaf", "tls", TLS, (("root", ROOT), ("tls", TLS))),
    "stamper": Scene(STAMPER, "pkix", "stamper", "root", ROOT, (("root", ROOT),)),
}
"""Good certificates, each in a good place."""
