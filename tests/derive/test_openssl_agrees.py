"""openssl's text of each published certificate says what `describe` says, field by field."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from ceremony.cli.deriving import read_certificates
from ceremony.pki.describe import describe
from ceremony.pki.notation import TITLES, utc_text
from ceremony.pki.oids import attribute_name

EXTENSION_NAMES = {
    "X509v3 Basic Constraints": "Basic constraints",
    "X509v3 Key Usage": "Key usage",
    "X509v3 Extended Key Usage": "Extended key usage",
    "X509v3 Subject Key Identifier": "Subject key identifier",
    "X509v3 Authority Key Identifier": "Authority key identifier",
    "X509v3 Certificate Policies": "Certificate policies",
    "X509v3 CRL Distribution Points": "CRL distribution points",
    "X509v3 Name Constraints": "Name constraints",
    "X509v3 Subject Alternative Name": "Subject alternative name",
    "Authority Information Access": "Authority information access",
    "OCSP No Check": "OCSP no check",
}
USAGES = {
    "Digital Signature": "digitalSignature",
    "Non Repudiation": "nonRepudiation",
    "Certificate Sign": "keyCertSign",
    "CRL Sign": "cRLSign",
}
PURPOSES = {
    "TLS Web Server Authentication": "serverAuth",
    "TLS Web Client Authentication": "clientAuth",
    "OCSP Signing": "OCSPSigning",
}
STRINGS = {"UTF8STRING": "utf8", "PRINTABLESTRING": "printable", "IA5STRING": "ia5", "T61STRING": "t61"}

Fields = list[tuple[str, str]]


def openssl_text(certificate: bytes) -> str:
    options = ["-noout", "-text", "-serial", "-startdate", "-enddate", "-certopt", "no_sigdump"]
    names = ["-nameopt", "sep_multiline,show_type,oid,utf8"]
    command = ["openssl", "x509", "-inform", "DER", *options, *names]
    return subprocess.run(command, input=certificate, capture_output=True, check=True).stdout.decode("utf-8")


def one(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    assert match is not None, pattern
    return match[1].strip()


def by_openssl(text: str) -> Iterator[tuple[str, str]]:
    """What openssl says, in the words of `describe`: the fields that both have, in order."""
    yield "Version", one(r"^ {8}Version: (\d+) ", text)
    digits = one(r"^serial=([0-9A-F]+)$", text)
    yield "Serial number", ":".join(re.findall("..", digits))
    yield from names("Issuer", text)
    yield "Not before", moment(one(r"^notBefore=(.*)$", text))
    yield "Not after", moment(one(r"^notAfter=(.*)$", text))
    yield from names("Subject", text)
    size = one(r"Public-Key: \((\d+) bit\)", text)
    if "Public Key Algorithm: rsaEncryption" in text:
        exponent = one(r"Exponent: (\d+) ", text)
        yield "Public key", f"RSA {size} bits, exponent {exponent}"
    else:
        yield "Public key", f"EC {one(r'NIST CURVE: (.*)$', text)}"
    yield from extensions(text)


def names(title: str, text: str) -> Iterator[tuple[str, str]]:
    block = one(rf"^ {{8}}{title}:\n((?: {{12}}.*\n)+)", text)
    for line in block.split("\n"):
        match = re.fullmatch(r"\s*([0-9.]+)=([A-Z0-9]+):(.*)", line)
        assert match is not None, line
        yield f"{title} {attribute_name(match[1])}", f"{match[3]} ({STRINGS[match[2]]})"


def moment(text: str) -> str:
    return utc_text(datetime.strptime(text, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC))


def extensions(text: str) -> Iterator[tuple[str, str]]:
    block = text.partition("X509v3 extensions:\n")[2]
    for match in re.finditer(r"^ {12}(\S[^\n]*?): ?(critical)?\n((?: {16}[^\n]*\n|\n)*)", block, re.MULTILINE):
        name = EXTENSION_NAMES.get(match[1], f"Extension {match[1]}")
        lines = [line.strip() for line in match[3].splitlines() if line.strip()]
        words = ["critical" if match[2] else "not critical"]
        if name == "Basic constraints":
            ca, _, limit = lines[0].partition(", pathlen:")
            words += ["CA" if ca == "CA:TRUE" else "not a CA", *([f"path length {limit}"] if limit else [])]
        elif name == "Key usage":
            words += [USAGES[usage] for usage in lines[0].split(", ")]
        elif name == "Extended key usage":
            words += [PURPOSES[purpose] for purpose in lines[0].split(", ")]
        elif name == "Subject key identifier":
            words += lines
        elif name == "Authority key identifier":
            words += [line.removeprefix("keyid:") for line in lines]
        elif name == "CRL distribution points":
            words += [line.removeprefix("URI:") for line in lines if line.startswith("URI:")]
        elif name == "Authority information access":
            kinds = {"CA Issuers": "ca-issuers", "OCSP": "ocsp"}
            words += [f"{kinds[kind]} {url}" for kind, _, url in (line.partition(" - URI:") for line in lines)]
        else:
            words.append("(values not compared)")
        yield name, "; ".join(words)


def comparable(fields: tuple[tuple[str, str], ...]) -> Fields:
    """The fields of `describe` that openssl has too."""
    left_out = {"Signature algorithm", "Lifetime", "Public key SHA-256", "Outer signature algorithm"}
    compared = {*EXTENSION_NAMES.values()} - {
        "Certificate policies",
        "Name constraints",
        "Subject alternative name",
        "OCSP no check",
    }
    rows = []
    for name, value in fields:
        if name in left_out:
            continue
        if name.startswith("Extension ") or (name in TITLES.values() and name not in compared):
            value = f"{value.partition(';')[0]}; (values not compared)"  # noqa: PLW2901 - shortened for the comparison
        rows.append((name, value.replace(" (GeneralizedTime before 2050)", "")))
    return rows


def test_every_published_certificate(
    group: tuple[str, list[Path]], record_property: Callable[[str, object], None]
) -> None:
    given = [certificate for path in group[1] for certificate in read_certificates(path)]
    count = 0
    for certificate in given:
        fields = comparable(describe(certificate.der))
        assert list(by_openssl(openssl_text(certificate.der))) == fields, certificate.source
        count += len(fields)
    record_property("table", f"openssl agrees: {group[0]}: {len(given)} certificates, {count} fields")
    assert count > 12 * len(given)
