"""RFC 5280: each rule accepts a good certificate, and refuses the same certificate with one thing wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import builder
import pytest
from builder import (
    CLOCK,
    DAY,
    LONG,
    OTHER_KEY,
    OTHER_ROOT,
    ROOT,
    ROOT_KEY,
    ROOT_NAME,
    SECOND,
    SHA1_RSA,
    SPARE_KEY,
    TLS,
    TLS_KEY,
    attribute,
    authority,
    basic,
    constraints,
    general,
    name,
    points,
    policies,
    purposes,
    rdn,
    root_of,
    seq,
    usage,
)
from cases import Case, cert, drop, issuer, key, know, mark, put, scene, subject, table

from ceremony.errors import Severity
from ceremony.pki import der
from ceremony.pki.placeholders import placeholder_spki
from ceremony.policy.rules import facts
from ceremony.policy.rules.packs import pack

C = rdn(attribute(facts.COUNTRY, "ID", "printable"))
ODD = builder.rsa_key(3**1300)
MODULUS = builder.key_bits(placeholder_spki("rsa-2048"))
N = der.integer(der.read_one(MODULUS).children()[0])
OFF_CURVE = TLS_KEY[:-1] + bytes([TLS_KEY[-1] ^ 1])
NC = facts.NAME_CONSTRAINTS
SAN = facts.SUBJECT_ALTERNATIVE_NAME
EKU = facts.EXTENDED_KEY_USAGE
OLD_TLS = replace(TLS, serial=9, spki=SPARE_KEY)


def skid(octets: bytes) -> bytes:
    return der.encode(der.OCTET_STRING, octets)


def under_constraints(*permitted: bytes, excluded: tuple[bytes, ...] = ()) -> object:
    value = constraints(list(permitted), list(excluded))
    return issuer(lambda made: made.put(NC, value, True))


def names(*rows: bytes) -> object:
    return put(SAN, seq(*rows))


REMADE = put(facts.SUBJECT_KEY_IDENTIFIER, skid(builder.identifier(OTHER_KEY, "sha1")))
A, B, D = "1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.2", "1.3.6.1.4.1.99999.3"

CASES = (
    Case("RF-1", "root", (put(facts.BASIC_CONSTRAINTS, b"\x30\x03\x01\x01\x01"),), why="a BOOLEAN that is not FF"),
    Case("RF-1", "root", (cert(version=2),), why="v2 with extensions"),
    Case("RF-1", "root", (cert(serial=0),), (cert(serial=1),), why="serial number zero"),
    Case("RF-1", "root", (cert(serial=-5),), why="serial number negative"),
    Case("RF-1", "root", (cert(serial=2**159),), (cert(serial=2**159 - 1),), why="serial number of 21 octets"),
    Case("RF-1", "root", (cert(extensions=(*ROOT.extensions, ROOT.extensions[0])),), why="an extension twice"),
    Case("RF-1", "root", (cert(unique=der.encode(0x81, b"\0x")),), why="unique identifiers"),
    Case("RF-1-TIME", "root", (cert(forms=("generalized", "rule")),), why="GeneralizedTime before 2050"),
    Case(
        "RF-1-TIME",
        "root",
        (cert(not_after=CLOCK - DAY),),
        (cert(not_after=CLOCK.replace(year=2050)),),
        why="it ends before it begins",
    ),
    Case(
        "RF-1-SERIAL",
        "tls",
        (know("tls-0", replace(TLS, not_before=CLOCK - DAY)),),
        (know("tls-0", replace(TLS, serial=5)),),
        why="the serial number of another",
    ),
    Case(
        "RF-1-SERIAL",
        "tls",
        (know("tls-0", replace(TLS, not_before=CLOCK - DAY)),),
        (know("tls-0", replace(TLS, not_before=CLOCK - DAY)), scene(placeholders=True)),
        why="judged when serial numbers are drawn, not while planning",
    ),
    Case("RF-2", "tls", (mark(facts.BASIC_CONSTRAINTS, False),), why="basicConstraints not critical"),
    Case("RF-2", "tls", (drop(facts.SUBJECT_KEY_IDENTIFIER),), why="a CA without key identifier"),
    Case("RF-2", "tls", (put(facts.KEY_USAGE, usage("cRLSign")),), why="a CA without keyCertSign"),
    Case("RF-2", "leaf", (put(facts.KEY_USAGE, usage("keyCertSign")),), why="keyCertSign without CA"),
    Case("RF-2", "leaf", (put(facts.BASIC_CONSTRAINTS, basic(False, 0), True),), why="path length without CA"),
    Case("RF-2", "leaf", (put(facts.KEY_USAGE, usage()),), why="no key usage bit"),
    Case("RF-2", "tls", (subject(),), why="a CA without subject"),
    Case("RF-2", "tls", (drop(facts.AUTHORITY_KEY_IDENTIFIER),), why="no authority key identifier"),
    Case("RF-2-SHOULD", "tls", (mark(facts.KEY_USAGE, False),), why="key usage not critical"),
    Case("RF-3", "constrained", (mark(NC, False),), why="name constraints not critical"),
    Case("RF-3", "tls", (mark(facts.AUTHORITY_ACCESS, True),), why="information access critical"),
    Case("RF-3-SHOULD", "tls", (mark(facts.CRL_POINTS, True),), why="CRL distribution points critical"),
    Case(
        "RF-3-NOTICE",
        "tls",
        (put(facts.CERTIFICATE_POLICIES, policies(builder.notice(A, "x" * 201))),),
        (put(facts.CERTIFICATE_POLICIES, policies(builder.notice(A, "x" * 200))),),
        why="a notice of 201 characters",
    ),
    Case(
        "RF-3-NOTICE",
        "tls",
        (put(facts.CERTIFICATE_POLICIES, policies(builder.notice(A, "x", 0x1A))),),
        why="a notice in VisibleString",
    ),
    Case("RF-5", "responder", (put(facts.OCSP_NO_CHECK, b"\x04\x00"),), why="nocheck that is not NULL"),
    Case("RF-5", "responder", (put(facts.EXTENDED_KEY_USAGE, purposes(A)),), why="no OCSPSigning"),
    Case(
        "RF-8",
        "tls",
        (put(facts.SUBJECT_KEY_IDENTIFIER, skid(bytes(20))),),
        (put(facts.SUBJECT_KEY_IDENTIFIER, skid(builder.identifier(TLS_KEY, "sha1"))),),
        why="an identifier from nowhere",
    ),
    Case(
        "RF-8",
        "cross",
        (put(facts.SUBJECT_KEY_IDENTIFIER, skid(bytes(20))),),
        (
            put(facts.SUBJECT_KEY_IDENTIFIER, skid(bytes(20))),
            know("old", OTHER_ROOT.put(facts.SUBJECT_KEY_IDENTIFIER, skid(bytes(20)))),
        ),
        why="from nowhere, though others have it",
    ),
    Case("RF-KEY", "tls", (key(OFF_CURVE),), why="a point off its curve"),
    Case("RF-KEY", "tls", (key(builder.rsa_key(N + 1)),), (key(builder.rsa_key(N)),), why="an even modulus"),
    Case("RF-KEY", "tls", (key(ODD),), why="a small factor"),
    Case("RF-KEY", "tls", (key(builder.rsa_key(N, 1)),), (key(builder.rsa_key(N, 3)),), why="the exponent 1"),
    Case("RF-KEY", "tls", (key(builder.rsa_key(N, 65536)),), why="an even exponent"),
    Case("RF-KEY", "tls", (key(builder.rsa_key((2**521 - 1) ** 5)),), why="a modulus that is a power"),
    Case(
        "RF-NAME",
        "tls",
        (subject(rdn(attribute(facts.COUNTRY, "ID", "utf8"))),),
        (subject(C),),
        why="a country in UTF8String",
    ),
    Case("RF-NAME", "tls", (subject(rdn(attribute(facts.COMMON_NAME, ""))),), why="an empty attribute"),
    Case(
        "RF-NAME-SHOULD",
        "tls",
        (subject(C, rdn(attribute(facts.COMMON_NAME, "Uji", "t61"))),),
        (
            subject(C, rdn(attribute(facts.COMMON_NAME, "Uji", "t61"))),
            know("old", replace(OTHER_ROOT, subject=seq(C, rdn(attribute(facts.COMMON_NAME, "Uji", "t61"))))),
        ),
        why="TeletexString in a new name",
    ),
    Case(
        "RF-NAME-BOUNDS",
        "tls",
        (subject(rdn(attribute(facts.COMMON_NAME, "é" * 65))),),
        (subject(rdn(attribute(facts.COMMON_NAME, "é" * 64))),),
        why="a common name of 65 characters",
    ),
    Case("RF-NC", "leaf", (put(NC, constraints([general("dns", "id")]), True),), why="in what is no CA"),
    Case("RF-NC", "constrained", (put(NC, constraints()),), why="empty"),
    Case(
        "RF-NC",
        "constrained",
        (put(NC, constraints([general("dns", "id")], more=der.encode(0x80, b"\1"))),),
        why="with a minimum",
    ),
    Case(
        "RF-NC",
        "constrained",
        (put(NC, constraints([general("ip", b"\x0a\0\0\1\xff\xff\xff\0")])),),
        (put(NC, constraints([general("ip", b"\x0a\0\0\0\xff\xff\xff\0")])),),
        why="an address outside its mask",
    ),
    Case("RF-POLICY", "tls", (put(facts.CERTIFICATE_POLICIES, policies(A, A)),), why="a policy twice"),
    Case(
        "RF-POLICY",
        "tls",
        (put(facts.POLICY_MAPPINGS, seq(seq(builder.oid(A), builder.oid(facts.ANY_POLICY))), True),),
        (put(facts.POLICY_MAPPINGS, seq(seq(builder.oid(A), builder.oid(B))), True),),
        why="a mapping to anyPolicy",
    ),
    Case("RF-POLICY", "tls", (put(facts.POLICY_CONSTRAINTS, seq(), True),), why="empty policy constraints"),
    Case("RF-POLICY", "leaf", (put(facts.INHIBIT_ANY_POLICY, der.encode_integer(0), True),), why="in what is no CA"),
    Case(
        "RF-POLICY-SHOULD",
        "tls",
        (put(facts.POLICY_MAPPINGS, seq(seq(builder.oid(A), builder.oid(B))), True),),
        (
            put(facts.POLICY_MAPPINGS, seq(seq(builder.oid(A), builder.oid(B))), True),
            put(facts.CERTIFICATE_POLICIES, policies(A)),
        ),
        why="a mapped policy that is not asserted",
    ),
    Case(
        "RF-POINT",
        "tls",
        (put(facts.CRL_POINTS, seq(builder.point(more=der.encode(0x81, b"\1\2")))),),
        why="a point of reasons alone",
    ),
    Case("RF-URI", "tls", (put(facts.CRL_POINTS, points("http:///root.crl")),), why="http:///"),
    Case("RF-URI", "tls", (put(facts.CRL_POINTS, points("root.crl")),), why="a relative URI"),
    Case(
        "RF-URI",
        "tls",
        (put(facts.CERTIFICATE_POLICIES, policies(builder.cps(A, "http:///cps"))),),
        (put(facts.CRL_POINTS, points("ldap:///cn=x?certificateRevocationList;binary")),),
        why="a CPS pointer without host",
    ),
    Case(
        "RF-URI-SHOULD",
        "tls",
        (put(facts.CRL_POINTS, points("http://pki/root.crl")),),
        (put(facts.CRL_POINTS, points("http://[2001:db8::1]/root.crl")),),
        why="a host without domain",
    ),
    Case(
        "RF-SAN",
        "leaf",
        (names(general("dns", "-uji.example")),),
        (names(general("dns", "*.uji.example")),),
        why="no DNS name",
    ),
    Case(
        "RF-SAN",
        "leaf",
        (names(general("email", "uji.example")),),
        (names(general("email", "a@uji.example")),),
        why="no mailbox",
    ),
    Case(
        "RF-SAN", "leaf", (names(general("ip", b"\1\2\3")),), (names(general("ip", b"\1\2\3\4")),), why="no IP address"
    ),
    Case("RF-SAN", "leaf", (subject(),), (subject(), mark(SAN, True)), why="no name at all that is critical"),
    Case("CHAIN-ISSUER", "tls", (scene(issuer=None),), why="the issuer was not given"),
    Case("CHAIN-ISSUER", "tls", (scene(issuer_spki=SPARE_KEY),), why="another key is to sign"),
    Case("CHAIN-NAME", "tls", (cert(issuer=name("Uji Root P1", "Balai  Uji")),), why="two spaces in the issuer's name"),
    Case("CHAIN-SIGNATURE", "tls", (cert(signature=SHA1_RSA),), why="SHA-1"),
    Case(
        "CHAIN-SIGNATURE",
        "tls",
        (cert(signature=builder.SHA256_RSA),),
        (cert(signature=bytes.fromhex("300a06082a8648ce3d040302")),),
        why="an RSA signature of a P-384 key",
    ),
    Case(
        "CHAIN-VALIDITY",
        "tls",
        (cert(not_after=LONG + SECOND),),
        (cert(not_after=LONG),),
        why="a second longer than its issuer",
    ),
    Case("CHAIN-VALIDITY", "tls", (cert(not_before=CLOCK - SECOND),), why="a second before its issuer"),
    Case(
        "CHAIN-USAGE",
        "tls",
        (issuer(lambda c: c.put(facts.BASIC_CONSTRAINTS, basic(False))),),
        why="the issuer is no CA",
    ),
    Case(
        "CHAIN-USAGE",
        "tls",
        (issuer(lambda c: c.put(facts.KEY_USAGE, usage("cRLSign"))),),
        why="the issuer signs CRLs only",
    ),
    Case(
        "CHAIN-PATHLEN",
        "tls",
        (issuer(lambda c: c.put(facts.BASIC_CONSTRAINTS, basic(limit=0))),),
        (issuer(lambda c: c.put(facts.BASIC_CONSTRAINTS, basic(limit=1))),),
        why="the issuer may have no CA below it",
    ),
    Case(
        "CHAIN-PATHLEN",
        "tls",
        (
            issuer(lambda c: c.put(facts.BASIC_CONSTRAINTS, basic(limit=1))),
            put(facts.BASIC_CONSTRAINTS, basic(limit=1)),
        ),
        (
            issuer(lambda c: c.put(facts.BASIC_CONSTRAINTS, basic(limit=2))),
            put(facts.BASIC_CONSTRAINTS, basic(limit=1)),
        ),
        why="a path length as long as the issuer's",
    ),
    Case(
        "CHAIN-NAMES",
        "leaf",
        (under_constraints(general("dns", "other.example")),),
        (under_constraints(general("dns", "example.com")),),
        why="a DNS name outside",
    ),
    Case(
        "CHAIN-NAMES",
        "leaf",
        (under_constraints(excluded=(general("dns", ""),)),),
        (under_constraints(excluded=(general("dns", "ww.uji.example.com"),)),),
        why="every DNS name excluded",
    ),
    Case(
        "CHAIN-NAMES",
        "leaf",
        (under_constraints(general("ip", b"\x0a\0\0\0\xff\0\0\0")), names(general("ip", b"\x0b\1\1\1"))),
        (under_constraints(general("ip", b"\x0a\0\0\0\xff\0\0\0")), names(general("ip", b"\x0a\1\1\1"))),
        why="an address outside its network",
    ),
    Case(
        "CHAIN-NAMES",
        "leaf",
        (under_constraints(general("email", "uji.example")), names(general("email", "a@mail.uji.example"))),
        (under_constraints(general("email", ".uji.example")), names(general("email", "a@mail.uji.example"))),
        why="a mailbox on another host",
    ),
    Case(
        "CHAIN-NAMES",
        "leaf",
        (under_constraints(general("uri", ".uji.example")), names(general("uri", "https://10.0.0.1/"))),
        (
            under_constraints(general("uri", ".uji.example")),
            names(general("uri", "https://u:p@www.UJI.example:8443/a")),
        ),
        why="a URI without domain name",
    ),
    Case(
        "CHAIN-NAMES",
        "leaf",
        (under_constraints(general("directory", seq(rdn(attribute(facts.COUNTRY, "SG", "printable"))))),),
        (under_constraints(general("directory", seq(C, rdn(attribute(facts.ORGANIZATION, "BALAI uji"))))),),
        why="a subject of another country",
    ),
    Case(
        "CHAIN-CONSTRAINTS",
        "constrained",
        (under_constraints(general("dns", "example.org")),),
        (under_constraints(general("dns", "example.com")),),
        why="permits what its issuer does not",
    ),
    Case(
        "CHAIN-CONSTRAINTS",
        "constrained",
        (under_constraints(excluded=(general("dns", "com"),)),),
        (under_constraints(excluded=(general("dns", "x.uji.example.com"),)),),
        why="permits what its issuer excludes",
    ),
    Case(
        "CHAIN-EKU",
        "leaf",
        (put(facts.EXTENDED_KEY_USAGE, purposes(facts.EMAIL_PROTECTION)),),
        (put(facts.EXTENDED_KEY_USAGE, purposes(facts.SERVER_AUTH, facts.OCSP_SIGNING)),),
        why="a purpose that its issuer has not",
    ),
    Case(
        "CHAIN-POLICY",
        "leaf",
        (put(facts.CERTIFICATE_POLICIES, policies(A)),),
        (put(facts.CERTIFICATE_POLICIES, policies(facts.DOMAIN_VALIDATED)),),
        why="a policy that its issuer has not",
    ),
    Case(
        "CHAIN-AKI",
        "tls",
        (put(facts.AUTHORITY_KEY_IDENTIFIER, authority(bytes(20))),),
        why="another issuer's identifier",
    ),
    Case("CHAIN-SKI", "cross", (REMADE,), why="remade on a cross-certificate"),
    Case(
        "CHAIN-SKI",
        "cross",
        (REMADE, scene(placeholders=True, known_keys={"root-2": "other"})),
        (scene(placeholders=True, known_keys={"root-2": "other"}),),
        why="remade on a planned cross-certificate",
    ),
    Case(
        "CHAIN-SKI",
        "tls",
        (put(facts.SUBJECT_KEY_IDENTIFIER, skid(builder.identifier(ROOT_KEY))),),
        why="the identifier of another key",
    ),
    Case(
        "CHAIN-SUBJECT",
        "tls",
        (cert(subject=ROOT_NAME),),
        (know("tls-0", replace(TLS, serial=9)),),
        why="the root's subject over another key",
    ),
    Case(
        "CHAIN-SUBJECT",
        "tls",
        (know("tls-0", replace(TLS, serial=9), "tls-old"), scene(placeholders=True)),
        (know("tls-0", replace(TLS, serial=9), "tls"), scene(placeholders=True)),
        why="one subject, two planned keys",
    ),
    Case(
        "CHAIN-KEY",
        "tls",
        (know("old", root_of(name("Old"), TLS_KEY, 77)),),
        (know("old", root_of(name("Old"), SPARE_KEY, 77)),),
        why="one key under two names",
    ),
    Case(
        "CHAIN-SUBJECT",
        "tls",
        (know("tls-0", TLS, "tls-old"), scene(placeholders=True)),
        (know("it", TLS, "tls"), scene(placeholders=True)),
        why="the same planned octets, two planned keys",
    ),
    Case(
        "CHAIN-KEY",
        "tls",
        (know("old", root_of(name("Old"), TLS_KEY, 77), "tls"), scene(placeholders=True)),
        (know("old", root_of(name("Old"), TLS_KEY, 77), "old-key"), scene(placeholders=True)),
        why="one planned key under two names",
    ),
    Case("RF-2", "tls", (put(facts.BASIC_CONSTRAINTS, basic(limit=-1)),), why="a negative path length"),
    Case("RF-2", "tls", (cert(issuer=seq()),), why="no issuer"),
    Case(
        "RF-3-SHOULD",
        "tls",
        (put(facts.POLICY_MAPPINGS, seq(seq(builder.oid(A), builder.oid(B)))),),
        (put(facts.POLICY_MAPPINGS, seq(seq(builder.oid(A), builder.oid(B))), True),),
        why="policy mappings not critical",
    ),
    Case(
        "RF-3-SHOULD",
        "tls",
        (put(facts.EXTENDED_KEY_USAGE, purposes(facts.ANY_PURPOSE), True),),
        (put(facts.EXTENDED_KEY_USAGE, purposes(facts.SERVER_AUTH), True),),
        why="any purpose, critical",
    ),
    Case(
        "RF-3-NOTICE",
        "tls",
        (put(facts.CERTIFICATE_POLICIES, policies(builder.notice(A, "x", 0x16))),),
        why="a notice in IA5String",
    ),
    Case(
        "RF-5",
        "responder",
        (issuer(lambda c: c.put(facts.BASIC_CONSTRAINTS, basic(False))),),
        why="certified by what is no CA",
    ),
    Case("RF-KEY", "tls", (key(builder.rsa_key(-N)),), why="a negative modulus"),
    Case("RF-NAME", "tls", (subject(C, rdn(attribute(facts.COMMON_NAME, "x", "ia5"))),), why="a name in IA5String"),
    Case("RF-NAME-BOUNDS", "tls", (subject(rdn(attribute(facts.COUNTRY, "IDN", "printable"))),), why="C of 3 letters"),
    Case(
        "RF-NC",
        "constrained",
        (put(NC, constraints([general("uri", "https://uji.example/")])),),
        (put(NC, constraints([general("uri", ".uji.example")])),),
        why="a URI as a subtree",
    ),
    Case(
        "RF-SAN",
        "leaf",
        (names(general("directory", seq())),),
        (names(general("directory", seq(C))),),
        why="an empty directory name",
    ),
    Case(
        "CHAIN-NAMES",
        "leaf",
        (
            under_constraints(general("email", "uji.example")),
            subject(C, rdn(attribute(facts.EMAIL_ADDRESS, "a@other.example", "ia5"))),
        ),
        (
            under_constraints(general("email", "uji.example")),
            subject(C, rdn(attribute(facts.EMAIL_ADDRESS, "a@uji.example", "ia5"))),
        ),
        why="a mail address in the subject",
    ),
    Case(
        "CHAIN-SKI",
        "cross",
        (REMADE,),
        (REMADE, scene(known=()), know("old", OTHER_ROOT.drop(facts.SUBJECT_KEY_IDENTIFIER))),
        why="remade, though others have one",
    ),
    Case(
        "CHAIN-CONSTRAINTS",
        "constrained",
        (under_constraints(general("directory", seq(rdn(attribute(facts.COUNTRY, "SG", "printable"))))),),
        (under_constraints(general("directory", seq(C))),),
        why="permits another country",
    ),
    Case(
        "CHAIN-SUBJECT",
        "tls",
        (know("tls-0", OLD_TLS),),
        (know("tls-0", OLD_TLS), scene(rollover=True)),
        why="a new key under the old name, unless the profile says so",
    ),
    Case(
        "CHAIN-VALIDITY",
        "tls",
        (scene(clock=LONG + SECOND),),
        (scene(clock=LONG),),
        why="signed a second after its issuer expired",
    ),
    Case(
        "CHAIN-VALIDITY",
        "tls",
        (scene(clock=CLOCK - SECOND),),
        (scene(clock=CLOCK),),
        why="signed a second before its issuer is valid",
    ),
    Case(
        "CHAIN-VALIDITY",
        "responder",
        (cert(not_after=LONG + SECOND),),
        (cert(not_after=LONG),),
        why="a responder that outlives its CA",
    ),
    Case("RFC3161-EKU", "stamper", (mark(EKU, False),), why="a purpose that is not critical"),
    Case(
        "RFC3161-EKU",
        "stamper",
        (put(EKU, purposes(facts.TIME_STAMPING, facts.EMAIL_PROTECTION)),),
        (put(EKU, purposes(facts.EMAIL_PROTECTION, facts.CLIENT_AUTH)), mark(EKU, False)),
        why="a second purpose",
    ),
    Case(
        "RFC3161-EKU", "stamper", (put(EKU, purposes(facts.TIME_STAMPING, facts.TIME_STAMPING)),), why="the same twice"
    ),
    Case(
        "RFC3161-EKU",
        "stamper",
        (put(facts.KEY_USAGE, usage("digitalSignature", "keyEncipherment")),),
        (put(facts.KEY_USAGE, usage("digitalSignature", "nonRepudiation")),),
        why="a key that enciphers too",
    ),
    Case(
        "RFC3161-EKU",
        "stamper",
        (put(EKU, purposes(facts.TIME_STAMPING, facts.CODE_SIGNING)),),
        (put(EKU, purposes(facts.TIME_STAMPING, facts.CODE_SIGNING)), put(facts.BASIC_CONSTRAINTS, basic())),
        why="two purposes in what is no CA",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_accepts_the_good_one_and_refuses_the_bad_one(case: Case) -> None:
    assert case.accepted() == ()
    refused = case.refused()
    assert {finding.rule for finding in refused} == {case.rule}
    assert all(finding.source == "rfc5280" and finding.subject == "it" for finding in refused)


def test_every_rule_has_a_case() -> None:
    assert [rule.id for rule in pack("rfc5280") if rule.id not in {case.rule for case in CASES}] == []


def test_no_rule_from_memory_alone_blocks() -> None:
    assert [rule.id for rule in pack("rfc5280") if rule.source.read == "memory" and rule.severity.blocks] == []


@pytest.mark.parametrize("base", builder.SCENES)
def test_a_good_certificate_in_its_place_has_no_findings(base: str) -> None:
    view = builder.SCENES[base].subject()
    assert [finding for rule in pack("rfc5280") for finding in rule.judge(view)] == []


class TestPathsUp:
    """Constraints and path lengths bind below every CA above, over the best way up."""

    def grandchild(self, top: builder.Cert, *others: tuple[str, builder.Cert]) -> list[str]:
        made = replace(builder.SCENES["leaf"], known=(("root", top), ("tls", TLS), *others))
        return [finding.rule for rule in pack("rfc5280") for finding in rule.judge(made.subject())]

    def test_the_constraints_of_the_issuers_issuer_bind(self) -> None:
        only = constraints([general("dns", "other.example")])
        assert self.grandchild(ROOT.put(NC, only, True)) == ["CHAIN-NAMES"]
        assert self.grandchild(ROOT.put(NC, constraints([general("dns", "example.com")]), True)) == []

    def test_one_good_way_up_is_enough(self) -> None:
        only = constraints([general("dns", "other.example")])
        assert self.grandchild(ROOT.put(NC, only, True), ("root again", replace(ROOT, serial=5))) == []

    def test_the_path_length_of_the_issuers_issuer_binds(self) -> None:
        short = ROOT.put(facts.BASIC_CONSTRAINTS, basic(limit=1))
        lower = builder.under(TLS, name("Uji TLS CA 2"), SPARE_KEY, 2**126 + 15, *builder.IS_CA, builder.FOR_SERVERS)
        upper = TLS.put(facts.BASIC_CONSTRAINTS, basic())
        for top, found in ((ROOT, []), (short, ["CHAIN-PATHLEN"])):
            made = replace(
                builder.SCENES["leaf"], cert=lower, issuer=upper, known=(("root", top), ("tls", upper)), key_name="low"
            )
            rules = [finding.rule for rule in pack("rfc5280") for finding in rule.judge(made.subject())]
            assert rules == found


def test_a_rule_that_crashes_is_fatal_and_never_a_pass() -> None:
    def broken(_: object) -> object:
        raise ValueError

    rule = replace(pack("rfc5280")[0], check=broken)
    findings = rule.judge(builder.SCENES["root"].subject())
    assert [(finding.rule, finding.severity) for finding in findings] == [("CHECK-CRASH", Severity.FATAL)]


def test_table_of_the_pack(record_property: Callable[[str, object], None]) -> None:
    text, silent = table("rfc5280", CASES)
    record_property("table", text)
    assert silent == []
