"""TLS Baseline Requirements: each rule accepts a good certificate, and refuses the same with one thing wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import builder
import pytest
from builder import (
    CLOCK,
    DAY,
    OLDER,
    OTHER_KEY,
    OTHER_NAME,
    ROOT,
    ROOT_KEY,
    ROOT_NAME,
    SECOND,
    SHA1_RSA,
    SPARE_KEY,
    TLS,
    TLS_KEY,
    access,
    attribute,
    authority,
    basic,
    constraints,
    general,
    name,
    point,
    points,
    policies,
    purposes,
    rdn,
    seq,
    usage,
)
from cases import Case, cert, drop, issuer, key, know, mark, put, scene, self_named, subject, table
from cryptography.hazmat.primitives.asymmetric import ec

from ceremony.pki import der
from ceremony.pki.placeholders import placeholder_spki
from ceremony.policy.rules import facts
from ceremony.policy.rules.packs import pack

MODULUS = builder.key_bits(placeholder_spki("rsa-2048"))
N = der.integer(der.read_one(MODULUS).children()[0])
C = rdn(attribute(facts.COUNTRY, "ID", "printable"))
O = rdn(attribute(facts.ORGANIZATION, "Balai Uji"))  # noqa: E741 - the attribute's own name
OU = rdn(attribute(facts.ORGANIZATIONAL_UNIT, "Unit"))
CN = rdn(attribute(facts.COMMON_NAME, "Uji CA 9"))
A, B = "1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.2"
EKU, CP, NC, AIA, CRLDP = (
    facts.EXTENDED_KEY_USAGE,
    facts.CERTIFICATE_POLICIES,
    facts.NAME_CONSTRAINTS,
    facts.AUTHORITY_ACCESS,
    facts.CRL_POINTS,
)
DIRECTORY = general("directory", seq(C))
NO_IP = [general("ip", bytes(8)), general("ip", bytes(32))]


def skid(octets: bytes) -> bytes:
    return der.encode(der.OCTET_STRING, octets)


def lasting(span: object) -> object:
    return cert(not_after=CLOCK + span - SECOND)


P521 = builder.ec_key(ec.SECP521R1())
ED25519 = placeholder_spki("ed25519")
WITH_NULL = TLS_KEY.replace(
    bytes.fromhex("301006072a8648ce3d020106052b81040022"), bytes.fromhex("300906072a8648ce3d0201")
)
REMADE = put(facts.SUBJECT_KEY_IDENTIFIER, skid(builder.identifier(OTHER_KEY, "sha1")))
BEFORE = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)

CASES = (
    Case("BR-A1", "tls", (key(builder.rsa_key(N >> 8 | 1)),), (key(builder.rsa_key(N)),), why="RSA of 2040 bits"),
    Case("BR-A1", "tls", (key(builder.rsa_key(N << 4 | 1)),), why="RSA of 2052 bits"),
    Case("BR-A1", "tls", (key(ED25519),), (key(P521),), why="Ed25519"),
    Case("BR-A1", "tls", (key(ED25519),), (key(ED25519), scene(lint_as="pkix")), why="Ed25519 outside pkix"),
    Case("BR-A2", "tls", (key(TLS_KEY[:-1] + bytes([TLS_KEY[-1] ^ 1])),), why="a point off its curve"),
    Case("BR-A2", "tls", (key(builder.rsa_key(N + 1)),), (key(builder.rsa_key(N)),), why="an even modulus"),
    Case("BR-A2", "tls", (key(builder.rsa_key(3 * N)),), why="the factor 3"),
    Case("BR-A2", "tls", (key(builder.rsa_key(751 * N)),), why="the factor 751"),
    Case("BR-A2", "tls", (key(builder.rsa_key(N, 1)),), (key(builder.rsa_key(N, 3)),), why="the exponent 1"),
    Case("BR-A2-SHOULD", "tls", (key(builder.rsa_key(N, 3)),), (key(builder.rsa_key(N)),), why="the exponent 3"),
    Case("BR-A3", "tls", (cert(spki=ED25519),), why="the AlgorithmIdentifier of Ed25519"),
    Case(
        "BR-A3",
        "tls",
        (cert(spki=builder.rsa_key(N).replace(b"\x01\x01\x05\x00", b"\x01\x0a\x05\x00")),),
        why="id-RSASSA-PSS",
    ),
    Case("BR-A4", "tls", (cert(signature=bytes.fromhex("300c06082a8648ce3d0403030500")),), why="a NULL after ECDSA"),
    Case("BR-A4", "tls", (cert(signature=bytes.fromhex("300a06082a8648ce3d040302")),), why="SHA-256 with P-384"),
    Case("BR-A5", "tls", (cert(signature=SHA1_RSA),), why="SHA-1"),
    Case(
        "BR-A5",
        "tls",
        (know("tls-0", replace(TLS, signature=SHA1_RSA, serial=9)),),
        (know("tls-0", replace(TLS, signature=SHA1_RSA, serial=9)), scene(revoked=frozenset({"tls-0"}))),
        why="an earlier CA with SHA-1 that lives",
    ),
    Case("BR-A6", "tls", (scene(outer=SHA1_RSA),), why="another algorithm outside"),
    Case("BR-N1", "tls", (cert(issuer=name("Uji Root P1", "BALAI UJI")),), why="the issuer's name in capitals"),
    Case("BR-N1", "cross", (cert(subject=name("Uji Root P2", "BALAI UJI")),), why="a known subject in capitals"),
    Case("BR-N2", "tls", (subject(CN, O, C),), (subject(C, O, CN),), why="CN, O, C"),
    Case("BR-N2", "tls", (subject(C, O, CN, CN),), why="CN twice"),
    Case(
        "BR-N2",
        "tls",
        (subject(rdn(attribute(facts.COUNTRY, "ID", "printable"), attribute(facts.COMMON_NAME, "x"))),),
        why="two attributes in one",
    ),
    Case("BR-N3", "tls", (subject(rdn(attribute(facts.COUNTRY, "ID")), O, CN),), why="C in UTF8String"),
    Case("BR-N3", "tls", (subject(C, rdn(attribute(facts.ORGANIZATION, "x", "t61"))),), why="O in TeletexString"),
    Case(
        "BR-N3",
        "tls",
        (subject(C, rdn(attribute(facts.ORGANIZATION, "é" * 65))),),
        (subject(C, rdn(attribute(facts.ORGANIZATION, "é" * 64))),),
        why="O of 65 characters",
    ),
    Case("BR-N4", "tls", (subject(C, CN),), (subject(C, O, CN),), why="no O"),
    Case("BR-N4", "root", (self_named(C, O, OU, CN),), (self_named(C, O, CN),), why="OU in a root"),
    Case("BR-N4-SHOULD", "mail", (subject(C, O, OU, CN),), why="OU in another CA"),
    Case("BR-N4-SHOULD", "tls", (subject(C, O, CN, rdn(attribute("2.5.4.13", "x"))),), why="a description"),
    Case(
        "BR-N5",
        "responder",
        (know("ocsp-0", replace(builder.RESPONDER, spki=SPARE_KEY, serial=9)),),
        (know("ocsp-0", replace(builder.RESPONDER, spki=SPARE_KEY, serial=9, subject=name("Uji OCSP 0"))),),
        why="the name of another responder",
    ),
    Case("BR-C1", "tls", (cert(serial=2**63 - 1),), (cert(serial=2**63),), why="a serial number of 63 bits"),
    Case("BR-C1", "tls", (cert(serial=2**159),), (cert(serial=2**159 - 1),), why="a serial number of 160 bits"),
    Case("BR-C1", "tls", (cert(version=2),), why="v2"),
    Case("BR-C1", "tls", (know("tls-0", replace(TLS, serial=TLS.serial - 1)),), why="the next serial number"),
    Case("BR-C2", "root", (lasting(9132 * DAY + SECOND),), (lasting(9132 * DAY),), why="a second too long"),
    Case("BR-C2", "root", (lasting(2922 * DAY - SECOND),), (lasting(2922 * DAY),), why="a second too short"),
    Case(
        "BR-C2",
        "root",
        (cert(not_before=CLOCK - DAY - SECOND),),
        (cert(not_before=CLOCK - DAY),),
        why="begun two days ago",
    ),
    Case("BR-C2", "root", (cert(not_before=CLOCK + SECOND),), why="begins after the signing"),
    Case("BR-C2", "root", (cert(issuer=OTHER_NAME),), why="another issuer"),
    Case("BR-C3", "root", (put(EKU, purposes(facts.SERVER_AUTH)),), why="an extended key usage"),
    Case("BR-C3", "root", (mark(facts.BASIC_CONSTRAINTS, False),), why="basicConstraints not critical"),
    Case(
        "BR-C3",
        "root",
        (put(facts.AUTHORITY_KEY_IDENTIFIER, authority(bytes(20))),),
        why="another authority key identifier",
    ),
    Case(
        "BR-C3",
        "root",
        (put(CP, policies(builder.notice(A, "x"))),),
        (put(CP, policies(A)),),
        why="a user notice",
    ),
    Case("BR-C3-SHOULD", "root", (drop(facts.AUTHORITY_KEY_IDENTIFIER),), why="no authority key identifier"),
    Case("BR-C3-SHOULD", "root", (put(facts.BASIC_CONSTRAINTS, basic(limit=3)),), why="a path length"),
    Case("BR-C3-SHOULD", "root", (put(CRLDP, points("http://a.example/b")),), why="CRL distribution points"),
    Case(
        "BR-C4",
        "tls",
        (put(facts.KEY_USAGE, usage("keyCertSign")),),
        (put(facts.KEY_USAGE, usage("digitalSignature", "keyCertSign", "cRLSign")),),
        why="no cRLSign",
    ),
    Case(
        "BR-C4", "tls", (put(facts.KEY_USAGE, usage("keyCertSign", "cRLSign", "nonRepudiation")),), why="nonRepudiation"
    ),
    Case("BR-C5", "cross", (cert(spki=SPARE_KEY),), why="a known subject and identifier over the wrong key"),
    Case("BR-C5", "cross", (scene(known=()),), why="no such CA is known"),
    Case(
        "BR-C5",
        "cross",
        (scene(placeholders=True, known_keys={"root-2": "another"}),),
        (scene(placeholders=True, known_keys={"root-2": "other"}),),
        why="a planned cross over the wrong key",
    ),
    Case(
        "BR-C6",
        "cross",
        (cert(not_before=OLDER.not_before - SECOND),),
        (cert(not_before=OLDER.not_before),),
        why="begins before the existing one",
    ),
    Case("BR-C6", "cross", (cert(not_before=CLOCK + SECOND),), why="begins after the signing"),
    Case("BR-C7", "cross", (drop(CRLDP),), why="no CRL distribution points"),
    Case("BR-C7", "external cross", (drop(EKU),), why="no extended key usage for another owner"),
    Case("BR-C7-SHOULD", "cross", (drop(EKU),), why="no extended key usage"),
    Case(
        "BR-C8",
        "cross",
        (put(EKU, purposes(facts.SERVER_AUTH, facts.EMAIL_PROTECTION)),),
        (put(EKU, purposes(facts.SERVER_AUTH, facts.CLIENT_AUTH)),),
        why="servers and mail",
    ),
    Case("BR-C8", "external cross", (put(EKU, purposes(facts.ANY_PURPOSE)),), why="any, for another owner"),
    Case(
        "BR-C8",
        "cross",
        (put(EKU, purposes(facts.ANY_PURPOSE, A)),),
        (put(EKU, purposes(facts.ANY_PURPOSE)),),
        why="any, not alone",
    ),
    Case(
        "BR-C9",
        "cross",
        (put(CP, policies(facts.ANY_POLICY, A)),),
        (put(CP, policies(facts.ANY_POLICY)),),
        why="anyPolicy, not alone",
    ),
    Case(
        "BR-C9",
        "cross",
        (put(CP, policies(A)),),
        (put(CP, policies(facts.DOMAIN_VALIDATED, facts.EXTENDED_VALIDATION)),),
        why="no reserved policy",
    ),
    Case("BR-C9", "external cross", (put(CP, policies(facts.ANY_POLICY)),), why="anyPolicy, for another owner"),
    Case("BR-C10", "mail", (put(EKU, purposes(facts.SERVER_AUTH)),), why="serverAuth"),
    Case("BR-C10", "mail", (drop(EKU),), why="no extended key usage"),
    Case(
        "BR-C10", "mail", (put(CP, policies(facts.DOMAIN_VALIDATED)),), (put(CP, policies(A)),), why="a policy of TLS"
    ),
    Case("BR-C11", "mail", (put(EKU, purposes(facts.PRECERTIFICATE_SIGNING)),), why="precertificate signing"),
    Case("BR-C12", "constrained", (drop(NC),), why="no name constraints"),
    Case(
        "BR-C12",
        "constrained",
        (put(NC, constraints([DIRECTORY], NO_IP)),),
        (put(NC, constraints([DIRECTORY], [*NO_IP, general("dns", "")])),),
        why="DNS names free",
    ),
    Case(
        "BR-C12", "constrained", (put(NC, constraints([DIRECTORY, general("dns", "id")], NO_IP[:1])),), why="IPv6 free"
    ),
    Case("BR-C13", "tls", (drop(EKU),), why="no extended key usage"),
    Case("BR-C13", "tls", (mark(CP, True),), why="policies critical"),
    Case("BR-C13-SHOULD", "tls", (drop(AIA),), why="no information access"),
    Case(
        "BR-C14",
        "tls",
        (put(EKU, purposes(facts.CLIENT_AUTH)),),
        (put(EKU, purposes(facts.SERVER_AUTH, facts.CLIENT_AUTH)),),
        why="no serverAuth",
    ),
    Case("BR-C14", "tls", (put(EKU, purposes(facts.SERVER_AUTH, facts.OCSP_SIGNING)),), why="OCSPSigning"),
    Case("BR-C14-SHOULD", "tls", (put(EKU, purposes(facts.SERVER_AUTH, A)),), why="a purpose of its own"),
    Case(
        "BR-C15",
        "tls",
        (put(CP, policies(facts.DOMAIN_VALIDATED, facts.ORGANIZATION_VALIDATED)),),
        (put(CP, policies(facts.DOMAIN_VALIDATED, A)),),
        why="two reserved policies",
    ),
    Case(
        "BR-C15",
        "tls",
        (put(CP, policies(builder.notice(facts.DOMAIN_VALIDATED, "x"))),),
        (put(CP, policies(builder.cps(facts.DOMAIN_VALIDATED, "https://cps.example/"))),),
        why="a user notice",
    ),
    Case(
        "BR-C15-SHOULD",
        "tls",
        (put(CP, policies(A, facts.DOMAIN_VALIDATED)),),
        (put(CP, policies(facts.DOMAIN_VALIDATED, A)),),
        why="the reserved policy second",
    ),
    Case(
        "BR-C16",
        "tls",
        (put(AIA, access((facts.OCSP_ACCESS, "https://ocsp.example/"))),),
        (put(AIA, access((facts.OCSP_ACCESS, "http://ocsp.example/"))),),
        why="https",
    ),
    Case("BR-C16", "tls", (put(AIA, access((facts.CA_ISSUERS_ACCESS, "http:///root.crt"))),), why="http:///"),
    Case("BR-C16", "tls", (put(AIA, access((A, "http://ocsp.example/"))),), why="another access method"),
    Case(
        "BR-C16", "tls", (put(AIA, access(*[(facts.OCSP_ACCESS, "http://ocsp.example/")] * 2)),), why="an address twice"
    ),
    Case(
        "BR-C17",
        "tls",
        (cert(not_before=CLOCK - DAY - SECOND),),
        (cert(not_before=CLOCK - DAY),),
        why="begun two days ago",
    ),
    Case("BR-C18", "tls", (put(facts.AUTHORITY_KEY_IDENTIFIER, authority(bytes(20))),), why="another identifier"),
    Case(
        "BR-C18",
        "tls",
        (put(facts.AUTHORITY_KEY_IDENTIFIER, authority(builder.identifier(ROOT_KEY), with_serial=True)),),
        why="issuer and serial number",
    ),
    Case(
        "BR-C19",
        "tls",
        (put(CRLDP, points("ldap://a.example/b")),),
        (put(CRLDP, points("http://a.example/b")),),
        why="ldap",
    ),
    Case("BR-C19", "tls", (put(CRLDP, points("http:///b")),), why="http:///"),
    Case(
        "BR-C19",
        "tls",
        (put(CRLDP, seq(point(general("uri", "http://a.example/b"), more=der.encode(0x81, b"\1\2")))),),
        why="reasons",
    ),
    Case("BR-C19-SHOULD", "tls", (put(CRLDP, points("http://a.example/b", "http://c.example/d")),), why="two points"),
    Case("BR-C20", "cross", (REMADE,), why="remade on a cross-certificate"),
    Case(
        "BR-C20",
        "tls",
        (put(facts.SUBJECT_KEY_IDENTIFIER, skid(builder.identifier(ROOT_KEY))),),
        why="another key's identifier",
    ),
    Case(
        "BR-K11",
        "responder",
        (scene(lint_as="internal-unconstrained-tls-ca"),),
        (scene(lint_as="internal-unconstrained-tls-ca"), issuer(lambda _: TLS)),
        why="a root signs what is no CA and no responder",
    ),
    Case("BR-O1", "responder", (put(EKU, purposes(facts.OCSP_SIGNING, facts.SERVER_AUTH)),), why="another purpose"),
    Case("BR-O1", "responder", (drop(facts.OCSP_NO_CHECK),), why="no nocheck"),
    Case("BR-O1", "responder", (put(facts.KEY_USAGE, usage("digitalSignature", "cRLSign")),), why="another key usage"),
    Case(
        "BR-O2",
        "responder",
        (put(facts.BASIC_CONSTRAINTS, b"\x30\x03\x01\x01\x00", True),),
        (put(facts.BASIC_CONSTRAINTS, basic(False), True),),
        why="basicConstraints other than 3000",
    ),
    Case("BR-O2", "responder", (put(CRLDP, points("http://a.example/b")),), why="CRL distribution points"),
    Case("BR-O2-SHOULD", "responder", (put(CP, policies(A)),), why="policies"),
    Case(
        "BR-O3",
        "responder",
        (cert(not_before=CLOCK + SECOND),),
        (cert(not_before=CLOCK - DAY),),
        why="begins after the signing",
    ),
    Case("BR-C1", "tls", (cert(unique=der.encode(0x81, b"\0x")),), why="unique identifiers"),
    Case(
        "BR-C3",
        "root",
        (put(facts.AUTHORITY_KEY_IDENTIFIER, authority(builder.identifier(ROOT_KEY), with_serial=True)),),
        why="issuer and serial number",
    ),
    Case(
        "BR-C6",
        "cross",
        (cert(not_before=CLOCK - 9 * DAY, not_after=CLOCK - SECOND),),
        (cert(not_before=CLOCK - 9 * DAY, not_after=CLOCK),),
        why="ended before the signing",
    ),
    Case("BR-C7-SHOULD", "cross", (drop(AIA),), why="no information access"),
    Case("BR-C7-SHOULD", "cross", (put("2.5.29.16", seq()),), why="another extension"),
    Case(
        "BR-C9",
        "cross",
        (
            put(facts.BASIC_CONSTRAINTS, basic(limit=0)),
            put(CP, policies(facts.DOMAIN_VALIDATED, facts.ORGANIZATION_VALIDATED)),
        ),
        (put(facts.BASIC_CONSTRAINTS, basic(limit=0)), put(CP, policies(facts.DOMAIN_VALIDATED))),
        why="two reserved policies in the last CA",
    ),
    Case(
        "BR-C9",
        "cross",
        (put(CP, policies(builder.cps(facts.DOMAIN_VALIDATED, "cps.example"))),),
        (put(EKU, purposes(facts.EMAIL_PROTECTION)), put(CP, policies(A))),
        why="a CPS pointer that is no URL",
    ),
    Case(
        "BR-C12",
        "constrained",
        (
            put(
                NC,
                constraints([DIRECTORY, general("dns", "id")], NO_IP, more=der.encode(0x80, b"\1")),
            ),
        ),
        (put(NC, constraints([DIRECTORY, general("dns", "id")], NO_IP)),),
        why="a minimum",
    ),
    Case("BR-C13-SHOULD", "constrained", (mark(NC, False),), why="name constraints not critical"),
    Case(
        "BR-C15-SHOULD",
        "tls",
        (put(CP, policies(builder.cps(facts.DOMAIN_VALIDATED, "https://cps.example/"))),),
        why="a qualifier",
    ),
    Case("BR-C18", "tls", (put(facts.AUTHORITY_KEY_IDENTIFIER, seq()),), why="no key identifier in it"),
    Case("BR-C19", "tls", (put(CRLDP, seq(point(more=der.encode(0xA2, DIRECTORY)))),), why="a CRL issuer alone"),
    Case("BR-N3", "tls", (subject(rdn(attribute(facts.COUNTRY, "IDN", "printable")), O, CN),), why="C of 3 letters"),
    Case(
        "BR-O1",
        "responder",
        (issuer(lambda c: c.put(facts.BASIC_CONSTRAINTS, basic(False))),),
        why="certified by what is no CA",
    ),
    Case("BR-O1", "responder", (drop(facts.AUTHORITY_KEY_IDENTIFIER),), why="no authority key identifier"),
    Case("BR-O2-SHOULD", "responder", (drop(facts.SUBJECT_KEY_IDENTIFIER),), why="no subject key identifier"),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_accepts_the_good_one_and_refuses_the_bad_one(case: Case) -> None:
    assert case.accepted() == ()
    refused = case.refused()
    assert {finding.rule for finding in refused} == {case.rule}
    assert all(finding.source == "cabf-tls-br" and finding.subject == "it" for finding in refused)


def test_every_rule_has_a_case() -> None:
    assert [rule.id for rule in pack("cabf-tls-br") if rule.id not in {case.rule for case in CASES}] == []


@pytest.mark.parametrize("base", builder.SCENES)
def test_a_good_certificate_in_its_place_has_no_findings(base: str) -> None:
    view = builder.SCENES[base].subject()
    assert [finding for rule in pack("cabf-tls-br") for finding in rule.judge(view)] == []


@pytest.mark.parametrize(
    ("rule", "change", "day"),
    [
        ("BR-A5", cert(signature=SHA1_RSA), datetime(2026, 9, 15, tzinfo=UTC)),
        ("BR-C11", put(EKU, purposes(facts.PRECERTIFICATE_SIGNING)), datetime(2026, 3, 15, tzinfo=UTC)),
    ],
)
def test_a_rule_binds_from_its_day_on(rule: str, change: object, day: datetime) -> None:
    mail = builder.SCENES["mail"]
    (found,) = [item for item in pack("cabf-tls-br") if item.id == rule]
    assert found.judge(replace(change(mail), clock=day).subject())
    assert not found.judge(replace(change(mail), clock=day - SECOND).subject())


def test_what_claims_to_be_pkix_alone_is_outside_its_scope() -> None:
    wild = replace(builder.SCENES["leaf"], cert=replace(ROOT, serial=1, subject=ROOT_NAME, version=2))
    assert [finding for rule in pack("cabf-tls-br") for finding in rule.judge(wild.subject())] == []


def test_table_of_the_pack(record_property: Callable[[str, object], None]) -> None:
    text, silent = table("cabf-tls-br", CASES)
    record_property("table", text)
    assert silent == []
