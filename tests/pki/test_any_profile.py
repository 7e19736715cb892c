"""Any profile: the bytes are those of another encoder, and are read back as the profile wants them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.name import _ASN1Type
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.pki import der
from ceremony.pki.certificate import Holes, build_certificate
from ceremony.pki.describe import describe
from ceremony.pki.keys import placeholder_spki
from ceremony.pki.oids import ATTRIBUTES, KEY_USAGES, PURPOSES, REASON_BITS
from ceremony.pki.plain_words import plain_words
from ceremony.pki.wanted import wanted_fields
from ceremony.policy.algorithms import SIGNATURES_OF_KEY
from ceremony.policy.models import CertificateProfile

pytestmark = pytest.mark.filterwarnings("ignore:Attribute's length")  # the other encoder counts octets, and only warns

KEY = ec.generate_private_key(ec.SECP256R1())
SPKI = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
START = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)

# The same certificate twice: as a policy says it, and as cryptography's builder is told it.

OID_TEXT = st.lists(st.integers(0, 2**40), min_size=1, max_size=4).map(
    lambda arcs: ".".join(map(str, (1, 3, 6, *arcs)))
)
ASCII = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="*"), min_size=1, max_size=30)
URL = st.text("abcdefghijklmnop;,%~()0123456789/?=& ", max_size=40).map(lambda path: f"http://h.example/{path}")
LIMIT = st.none() | st.integers(0, 255)
STRINGS = {
    "utf8": (st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40), _ASN1Type.UTF8String),
    "printable": (st.text("ABCxyz019 '()+,-./:=?", min_size=1, max_size=40), _ASN1Type.PrintableString),
    "ia5": (ASCII, _ASN1Type.IA5String),
    "bmp": (
        st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40),
        _ASN1Type.BMPString,
    ),
    "numeric": (st.text("0123456789 ", min_size=1, max_size=20), _ASN1Type.NumericString),
}
Pair = tuple[dict[str, Any], Any]


@st.composite
def attribute_pairs(draw: st.DrawFn) -> Pair:
    kind = draw(st.sampled_from(["O", "OU", "CN", "L", "description", "organizationIdentifier", "DC", "email", "UID"]))
    spelled = draw(st.sampled_from([kind, ATTRIBUTES[kind]]))
    string_type = draw(st.sampled_from(sorted(STRINGS)))
    text = draw(STRINGS[string_type][0])
    other = x509.NameAttribute(
        x509.ObjectIdentifier(ATTRIBUTES[kind]), text, _type=STRINGS[string_type][1], _validate=False
    )
    return {"type": spelled, "value": text, "string": string_type}, other


@st.composite
def name_pairs(draw: st.DrawFn) -> tuple[list[Any], x509.Name]:
    parts, others = [], []
    for _ in range(draw(st.integers(1, 4))):
        row = draw(
            st.lists(attribute_pairs(), min_size=1, max_size=3, unique_by=lambda pair: pair[1].oid.dotted_string)
        )
        parts.append(row[0][0] if len(row) == 1 else {"all_of": [data for data, _ in row]})
        others.append(x509.RelativeDistinguishedName([other for _, other in row]))
    return parts, x509.Name(others)


@st.composite
def general_pairs(draw: st.DrawFn) -> Pair:
    match draw(st.sampled_from(["dns", "email", "uri", "directory", "registered-id", "other"])):
        case "dns":
            text = draw(ASCII)
            return {"type": "dns", "value": text}, x509.DNSName(text)
        case "email":
            text = draw(ASCII)
            return {"type": "email", "value": text}, x509.RFC822Name._init_without_validation(text)
        case "uri":
            text = draw(URL)
            return {"type": "uri", "value": text}, x509.UniformResourceIdentifier(text)
        case "directory":
            name, other = draw(name_pairs())
            return {"type": "directory", "name": name}, x509.DirectoryName(other)
        case "registered-id":
            number = draw(OID_TEXT)
            return {"type": "registered-id", "value": number}, x509.RegisteredID(x509.ObjectIdentifier(number))
        case _:
            number, value = draw(OID_TEXT), der.encode(der.OCTET_STRING, draw(st.binary(max_size=200)))
            other_name = x509.OtherName(x509.ObjectIdentifier(number), value)
            return {"type": "other", "oid": number, "der": value.hex()}, other_name


@st.composite
def address_pairs(draw: st.DrawFn) -> Pair:
    network = draw(
        st.one_of(
            st.tuples(st.ip_addresses(v=4), st.integers(0, 32)), st.tuples(st.ip_addresses(v=6), st.integers(0, 128))
        )
    )
    value = ip_network(f"{network[0]}/{network[1]}", strict=False)
    return {"type": "ip", "value": str(value)}, x509.IPAddress(value)


def split(pairs: list[Pair]) -> tuple[list[Any], list[Any]]:
    return [data for data, _ in pairs], [other for _, other in pairs]


def rows_of(pairs: Any, least: int = 1) -> Any:
    return st.lists(pairs, min_size=least, max_size=3)


@st.composite
def notice_pairs(draw: st.DrawFn) -> Pair:
    if draw(st.booleans()):
        url = draw(URL)
        return {"type": "cps", "uri": url}, url
    text = draw(st.none() | STRINGS["utf8"][0])
    organization = draw(st.none() | STRINGS["utf8"][0])
    numbers = draw(st.lists(st.integers(0, 2**40), max_size=3)) if organization else []
    data = {"type": "user-notice", "text": text, "organization": organization, "numbers": numbers}
    reference = x509.NoticeReference(organization, numbers) if organization else None
    return data, x509.UserNotice(reference, text)


@st.composite
def policy_pairs(draw: st.DrawFn) -> Pair:
    number = draw(OID_TEXT)
    qualifiers, others = split(draw(rows_of(notice_pairs(), 0)))
    return {"oid": number, "qualifiers": qualifiers}, x509.PolicyInformation(
        x509.ObjectIdentifier(number), others or None
    )


@st.composite
def point_pairs(draw: st.DrawFn) -> Pair:
    full, others = split(draw(rows_of(general_pairs(), 0)))
    relative = []
    rdn = None
    if not full and draw(st.booleans()):
        name, other = draw(name_pairs())
        relative, rdn = name[:1], other.rdns[0]
    reasons = draw(st.lists(st.sampled_from(sorted(REASON_BITS)), unique=True, max_size=3))
    issuers, other_issuers = split(draw(rows_of(general_pairs(), 0)))
    flags = {
        "keyCompromise": "key_compromise",
        "cACompromise": "ca_compromise",
        "affiliationChanged": "affiliation_changed",
        "superseded": "superseded",
        "cessationOfOperation": "cessation_of_operation",
        "certificateHold": "certificate_hold",
        "privilegeWithdrawn": "privilege_withdrawn",
        "aACompromise": "aa_compromise",
    }
    if not (full or relative or issuers):
        full, others = [{"type": "dns", "value": "a"}], [x509.DNSName("a")]
    flagged = frozenset(x509.ReasonFlags[flags[reason]] for reason in reasons) if full or relative else None
    data = {"full_name": full, "relative_name": relative, "crl_issuer": issuers}
    data["reasons"] = reasons if flagged else []
    return data, x509.DistributionPoint(others or None, rdn, flagged or None, other_issuers or None)


@st.composite
def access_pairs(draw: st.DrawFn) -> Pair:
    words = {"ocsp": "1.3.6.1.5.5.7.48.1", "ca-issuers": "1.3.6.1.5.5.7.48.2", "ca-repository": "1.3.6.1.5.5.7.48.5"}
    method = draw(st.sampled_from([*words, *words.values()]) | OID_TEXT)
    number = x509.ObjectIdentifier(words.get(method, method))
    if draw(st.booleans()):
        url = draw(URL)
        return {"method": method, "url": url}, x509.AccessDescription(number, x509.UniformResourceIdentifier(url))
    location, other = draw(general_pairs())
    return {"method": method, "location": location}, x509.AccessDescription(number, other)


def basic_constraints(draw: st.DrawFn) -> Pair:
    ca, limit = draw(st.booleans()), draw(LIMIT)
    return {"ca": ca, "path_length": limit if ca else None}, x509.BasicConstraints(ca, limit if ca else None)


def key_usage(draw: st.DrawFn) -> Pair:
    usages = draw(st.sets(st.sampled_from(KEY_USAGES[:7]), min_size=1))
    words = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign"),
    )
    bits = {word: bit in usages for word, bit in zip(words, KEY_USAGES[:7], strict=True)}
    return {"usages": sorted(usages)}, x509.KeyUsage(**bits, encipher_only=False, decipher_only=False)


def extended_key_usage(draw: st.DrawFn) -> Pair:
    purposes = draw(st.lists(st.sampled_from([*PURPOSES, *PURPOSES.values()]) | OID_TEXT, min_size=1, max_size=4))
    others = [x509.ObjectIdentifier(PURPOSES.get(purpose, purpose)) for purpose in purposes]
    return {"purposes": purposes}, x509.ExtendedKeyUsage(others)


def subject_key_identifier(draw: st.DrawFn) -> Pair:
    octets = draw(st.binary(min_size=1, max_size=32))
    return {"method": "literal", "value": octets.hex()}, x509.SubjectKeyIdentifier(octets)


def authority_key_identifier(draw: st.DrawFn) -> Pair:
    octets, serial = draw(st.binary(min_size=1, max_size=32)), draw(st.integers(0, 2**159))
    places, others = split(draw(rows_of(general_pairs())))
    literal = {"issuer": places, "serial": serial.to_bytes(20, "big").hex()}
    data = {"key_identifier": octets.hex(), "issuer_and_serial": literal}
    return data, x509.AuthorityKeyIdentifier(octets, others, serial)


def policy_constraints(draw: st.DrawFn) -> Pair:
    explicit, mapping = draw(LIMIT), draw(st.integers(0, 255))
    data = {"require_explicit_policy": explicit, "inhibit_policy_mapping": mapping}
    return data, x509.PolicyConstraints(explicit, mapping)


def inhibit_any_policy(draw: st.DrawFn) -> Pair:
    skip = draw(st.integers(0, 255))
    return {"skip_certs": skip}, x509.InhibitAnyPolicy(skip)


def name_constraints(draw: st.DrawFn) -> Pair:
    permitted, others_permitted = split(draw(rows_of(general_pairs() | address_pairs())))
    excluded, others_excluded = split(draw(rows_of(general_pairs() | address_pairs(), 0)))
    data = {"permitted": permitted, "excluded": excluded}
    return data, x509.NameConstraints(others_permitted, others_excluded or None)


def private_key_usage_period(draw: st.DrawFn) -> Pair:
    start, end = START + timedelta(seconds=draw(st.integers(0, 2**30))), START + timedelta(days=20000)
    data = {"not_before": f"{start:%Y-%m-%dT%H:%M:%SZ}", "not_after": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
    return data, x509.PrivateKeyUsagePeriod(start.replace(tzinfo=None), end.replace(tzinfo=None))


def raw(draw: st.DrawFn) -> Pair:
    octets = draw(st.binary(min_size=1, max_size=300))
    number = "1.3.6.1.4.1.99.1"
    return {"oid": number, "der": octets.hex()}, x509.UnrecognizedExtension(x509.ObjectIdentifier(number), octets)


def listed(key: str, pairs: Any, kind: Any) -> Callable[[st.DrawFn], Pair]:
    """An extension that is one list."""

    def drawn(draw: st.DrawFn) -> Pair:
        rows, others = split(draw(rows_of(pairs)))
        return {key: rows}, kind(others)

    return drawn


EXTENSIONS: dict[str, Callable[[st.DrawFn], Pair]] = {
    "basic-constraints": basic_constraints,
    "key-usage": key_usage,
    "extended-key-usage": extended_key_usage,
    "subject-key-identifier": subject_key_identifier,
    "authority-key-identifier": authority_key_identifier,
    "certificate-policies": listed("policies", policy_pairs(), x509.CertificatePolicies),
    "policy-constraints": policy_constraints,
    "inhibit-any-policy": inhibit_any_policy,
    "name-constraints": name_constraints,
    "crl-distribution-points": listed("points", point_pairs(), x509.CRLDistributionPoints),
    "freshest-crl": listed("points", point_pairs(), x509.FreshestCRL),
    "authority-information-access": listed("access", access_pairs(), x509.AuthorityInformationAccess),
    "subject-information-access": listed("access", access_pairs(), x509.SubjectInformationAccess),
    "subject-alternative-name": listed("names", general_pairs(), x509.SubjectAlternativeName),
    "issuer-alternative-name": listed("names", general_pairs(), x509.IssuerAlternativeName),
    "private-key-usage-period": private_key_usage_period,
    "ocsp-no-check": lambda _: ({}, x509.OCSPNoCheck()),
    "raw": raw,
}


@st.composite
def extension_pairs(draw: st.DrawFn) -> list[Pair]:
    pairs = []
    for kind in draw(st.lists(st.sampled_from(sorted(EXTENSIONS)), min_size=1, max_size=5, unique=True)):
        data, other = EXTENSIONS[kind](draw)
        pairs.append(({"type": kind, "critical": draw(st.booleans())} | data, other))
    return pairs


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_the_bytes_are_those_of_another_encoder(data: st.DataObject) -> None:
    subject, other_subject = data.draw(name_pairs())
    pairs = data.draw(extension_pairs())
    start = data.draw(st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1))).replace(microsecond=0, tzinfo=UTC)  # noqa: DTZ001 - the strategy wants naive bounds
    end = start + timedelta(seconds=data.draw(st.integers(0, 2**30)))
    serial = data.draw(st.integers(1, 2**159 - 1))
    profile = CertificateProfile.model_validate_json(
        json.dumps(
            {
                "lint_as": "pkix",
                "subject": subject,
                "issuer": "x",
                "key": "k",
                "signature": "ecdsa-sha256",
                "validity": {"lifetime": "1y"},
                "extensions": [extension for extension, _ in pairs],
            }
        )
    )
    tbs = build_certificate(profile, profile, Holes(SPKI, SPKI, serial, start, end), practice=False)
    builder = x509.CertificateBuilder(
        other_subject, other_subject, KEY.public_key(), serial, start.replace(tzinfo=None), end.replace(tzinfo=None)
    )
    for extension_data, other in pairs:
        builder = builder.add_extension(other, critical=extension_data["critical"])
    assert tbs.octets == builder.sign(KEY, hashes.SHA256()).tbs_certificate_bytes


# What no other encoder at hand can say, as a policy says it.

WIDE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
LATIN = st.text(st.characters(max_codepoint=0xFF, exclude_categories=["Cc"]), min_size=1, max_size=20)
BASIC = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
ELEMENTS = st.sampled_from(
    ["0500", "0c0161", "1401e9", "0401ff", "30030101ff", "1e0100", "0c02c328", "1a0161", "130161"]
)
TEXTS = {"utf8": WIDE, "ia5": ASCII, "bmp": BASIC, "visible": ASCII}


@st.composite
def names_of_any_kind(draw: st.DrawFn) -> list[Any]:
    parts, _ = draw(name_pairs())
    if draw(st.booleans()):
        parts.append({"type": "CN", "value": draw(LATIN), "string": "t61"})
    if draw(st.booleans()):
        parts.append({"type": "2.5.4.3", "value": draw(WIDE), "string": "universal"})
    if draw(st.booleans()):
        parts.append({"type": "O", "der": draw(ELEMENTS)})
    return draw(st.permutations(parts))


@st.composite
def notices(draw: st.DrawFn) -> dict[str, Any]:
    string, other = draw(st.sampled_from(sorted(TEXTS))), draw(st.sampled_from(sorted(TEXTS)))
    data: dict[str, Any] = {"type": "user-notice", "string": string, "organization_string": other}
    if draw(st.booleans()):
        data["text"] = draw(TEXTS[string])
    if draw(st.booleans()):
        data["organization"] = draw(TEXTS[other])
        data["numbers"] = draw(st.lists(st.integers(0, 2**40), max_size=3))
    return data


@st.composite
def extensions_of_any_kind(draw: st.DrawFn) -> list[dict[str, Any]]:
    every: list[dict[str, Any]] = [data for data, _ in draw(extension_pairs())]
    every = [data for data in every if data["type"] != "subject-key-identifier"]
    rows: dict[str, Callable[[], dict[str, Any]]] = {
        "policy-mappings": lambda: {"mappings": [{"issuer": draw(OID_TEXT), "subject": draw(OID_TEXT)}]},
        "qc-statements": lambda: {
            "statements": [{"oid": draw(OID_TEXT), "der": draw(st.none() | ELEMENTS)} for _ in range(draw(LEAST))]
        },
        "certificate-policies": lambda: {"policies": [{"oid": draw(OID_TEXT), "qualifiers": [draw(notices())]}]},
        "policy-constraints": dict,
        "private-key-usage-period": lambda: {"not_after": "2030-01-01T00:00:00Z"},
        "name-constraints": lambda: {"excluded": [{"type": "ip", "value": draw(ADDRESSES)}]},
        "subject-alternative-name": lambda: {"names": [{"type": "ip", "value": draw(ADDRESSES)}]},
        "crl-distribution-points": lambda: {"urls": draw(st.lists(URL, min_size=1, max_size=3))},
        "authority-key-identifier": lambda: {"issuer_and_serial": draw(st.sampled_from(["none", "issuer"]))},
    }
    taken = {data["type"] for data in every}
    for kind in draw(st.lists(st.sampled_from(sorted(rows)), max_size=4, unique=True)):
        if kind not in taken:
            every.append({"type": kind, "critical": draw(st.booleans())} | rows[kind]())
    if draw(st.booleans()):
        number = draw(st.sampled_from(["2.5.29.54", "2.5.29.9", "2.5.29.36", "1.3.6.1.5.5.7.1.24"]))
        kinds = {"2.5.29.54": "inhibit-any-policy", "2.5.29.36": "policy-constraints"}
        if kinds.get(number) not in {data["type"] for data in every}:
            octets = draw(st.sampled_from(["020105", "3000", "0200", "ff", "3003800100"]))
            every.append({"type": "raw", "oid": number, "critical": draw(st.booleans()), "der": octets})
    method = draw(st.sampled_from(["sha1", "rfc7093-1", "copy", "literal"]))
    identifier = {
        "type": "subject-key-identifier",
        "method": method,
        "value": "c0ffee" if method == "literal" else None,
    }
    return draw(st.permutations([*every, identifier]))


LEAST = st.integers(1, 3)
ADDRESSES = st.sampled_from(
    ["10.0.0.1", "::1", "10.0.0.0/8", "10.1.2.3/8", "0.0.0.0/0", "::/0", "2001:DB8::/32", "10.0.0.0/255.0.255.0"]
)


@st.composite
def profiles(draw: st.DrawFn, signature: str) -> CertificateProfile:
    data = {
        "lint_as": "pkix",
        "subject": [*draw(names_of_any_kind()), {"type": "CN", "value": "X"}],
        "issuer": "x",
        "key": "k",
        "signature": signature,
        "validity": {
            "lifetime": "1y",
            "not_before_form": draw(st.sampled_from(["rule", "generalized"])),
            "not_after_form": draw(st.sampled_from(["rule", "generalized"])),
        },
        "extensions": draw(extensions_of_any_kind()),
    }
    return CertificateProfile.model_validate_json(json.dumps(data))


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_what_is_built_from_any_profile_is_read_back_as_the_profile_wants_it(data: st.DataObject) -> None:
    key, issuer_key = (data.draw(st.sampled_from(sorted(SIGNATURES_OF_KEY))) for _ in range(2))
    signature = data.draw(st.sampled_from(SIGNATURES_OF_KEY[issuer_key]))
    profile, issuer_profile = (data.draw(profiles(signature)) for _ in range(2))
    start = data.draw(st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1))).replace(microsecond=0, tzinfo=UTC)  # noqa: DTZ001 - the strategy wants naive bounds
    holes = Holes(
        placeholder_spki(key),  # type: ignore[arg-type] # names of the table of key kinds
        placeholder_spki(issuer_key),  # type: ignore[arg-type] # as above
        data.draw(st.integers(1, 2**159 - 1)),
        start,
        start + timedelta(seconds=data.draw(st.integers(0, 2**30))),
        issuer_name=data.draw(st.none() | name_pairs().map(lambda pair: pair[1].public_bytes())),
        issuer_key_identifier=data.draw(st.binary(min_size=1, max_size=20)),
        issuer_issuer_and_serial=(data.draw(name_pairs())[1].public_bytes(), data.draw(st.integers(0, 2**159))),
        subject_key_identifier=data.draw(st.binary(min_size=1, max_size=20)),
    )
    practice = data.draw(st.booleans())
    tbs = build_certificate(profile, issuer_profile, holes, practice=practice)
    wanted = wanted_fields(profile, issuer_profile, holes, practice=practice)
    assert describe(tbs.octets) == wanted
    assert plain_words(profile, issuer_profile, "x", holes.not_before, holes.not_after, practice=practice)
