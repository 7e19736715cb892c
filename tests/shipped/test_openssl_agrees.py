"""What `describe` says of each planned certificate is what openssl says of it, field by field and in the same order.

The signature is a dummy: openssl reads it like any other.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ceremony.pki.certificate import assemble, dummy_signature
from ceremony.pki.describe import describe
from ceremony.script.plan import Mode, Plan

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    str(path.relative_to(ROOT))
    for path in ROOT.glob("policies/*/ceremonies/*.yaml")
    if "initialise: true" in path.read_text("utf-8")
)
"""Those that begin on an empty token, and can be planned without an archive."""

SIGNATURES = {
    "sha256WithRSAEncryption": "sha256-rsa",
    "sha384WithRSAEncryption": "sha384-rsa",
    "sha512WithRSAEncryption": "sha512-rsa",
    "ecdsa-with-SHA256": "ecdsa-sha256",
    "ecdsa-with-SHA384": "ecdsa-sha384",
    "ecdsa-with-SHA512": "ecdsa-sha512",
}
STRINGS = {"PRINTABLESTRING": "printable", "UTF8STRING": "utf8", "IA5STRING": "ia5"}
TITLES = {
    "X509v3 Key Usage": "Key usage",
    "X509v3 Extended Key Usage": "Extended key usage",
    "X509v3 Basic Constraints": "Basic constraints",
    "X509v3 Subject Key Identifier": "Subject key identifier",
    "X509v3 Authority Key Identifier": "Authority key identifier",
    "X509v3 CRL Distribution Points": "CRL distribution points",
    "X509v3 Certificate Policies": "Certificate policies",
    "Authority Information Access": "Authority information access",
    "OCSP No Check": "OCSP no check",
}
WORDS = {
    "Digital Signature": "digitalSignature",
    "Certificate Sign": "keyCertSign",
    "CRL Sign": "cRLSign",
    "TLS Web Server Authentication": "serverAuth",
    "TLS Web Client Authentication": "clientAuth",
    "OCSP Signing": "OCSPSigning",
    "Time Stamping": "timeStamping",
    "CA:TRUE": "CA",
    "CA:FALSE": "not a CA",
}
METHODS = {"CA Issuers": "ca-issuers", "OCSP": "ocsp"}


def openssl(certificate: bytes, *options: str) -> str:
    command = ["openssl", "x509", "-inform", "DER", "-noout", *options]
    return subprocess.run(command, input=certificate, capture_output=True, check=True).stdout.decode("utf-8")


def openssl_fields(certificate: bytes) -> list[tuple[str, str]]:
    """openssl's reading of a certificate, in the words of `describe`."""
    names = ("-nameopt", "sep_multiline,sname,show_type,utf8")
    text = openssl(certificate, "-text", "-certopt", "no_issuer,no_subject,no_sigdump")
    dates = openssl(certificate, "-dates", "-dateopt", "iso_8601")
    return [
        ("Version", found(r"Version: (\d)", text)),
        ("Serial number", pairs(found(r"serial=([0-9A-F]+)", openssl(certificate, "-serial")))),
        ("Signature algorithm", SIGNATURES[found(r"Signature Algorithm: (\S+)", text)]),
        *name_fields("Issuer", openssl(certificate, "-issuer", *names)),
        ("Not before", found(r"notBefore=(\S+) \S+", dates) + "T" + found(r"notBefore=\S+ (\S+)", dates)),
        ("Not after", found(r"notAfter=(\S+) \S+", dates) + "T" + found(r"notAfter=\S+ (\S+)", dates)),
        *name_fields("Subject", openssl(certificate, "-subject", *names)),
        ("Public key", public_key(text)),
        ("Public key SHA-256", public_key_digest(openssl(certificate, "-pubkey"))),
        *extension_fields(text),
    ]


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, (pattern, text)
    return match[1]


def pairs(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def name_fields(title: str, text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines()[1:]:
        match = re.fullmatch(r"    (\w+)=(\w+):(.*)", line)
        assert match, line
        yield f"{title} {match[1]}", f"{match[3]} ({STRINGS[match[2]]})"


def public_key(text: str) -> str:
    bits = found(r"Public-Key: \((\d+) bit\)", text)
    if "rsaEncryption" in found(r"Public Key Algorithm: (\S+)", text):
        exponent = found(r"Exponent: (\d+)", text)
        return f"RSA {bits} bits, exponent {exponent}"
    curve = found(r"NIST CURVE: (P-\d+)", text)
    return f"EC {curve}"


def public_key_digest(pem: str) -> str:
    command = ["openssl", "pkey", "-pubin", "-outform", "DER"]
    return (
        hashlib.sha256(subprocess.run(command, input=pem.encode(), capture_output=True, check=True).stdout)
        .hexdigest()
        .upper()
    )


def extension_fields(text: str) -> Iterator[tuple[str, str]]:
    """Each extension with its criticality and every value, in the order in which openssl prints them."""
    blocks = re.findall(
        r"^ {12}(\S[^\n]*?):( critical)? *\n((?: {13,}[^\n]*\n|\n)*)",
        text[text.index("X509v3 extensions:") :],
        re.MULTILINE,
    )
    for title, critical, body in blocks:
        lines = [line.strip() for line in body.splitlines() if line.strip()]
        values = list(extension_values(title, lines))
        yield TITLES[title], "; ".join(["critical" if critical else "not critical", *values])


def extension_values(title: str, lines: list[str]) -> Iterator[str]:
    match title:
        case "OCSP No Check":
            yield "NULL"
        case "X509v3 Certificate Policies":
            policies = " ".join(line.replace("Policy: ", "\n").replace("CPS: ", "cps ") for line in lines)
            yield from (policy.strip() for policy in policies.split("\n")[1:])
        case "X509v3 CRL Distribution Points":
            yield from (line.removeprefix("URI:") for line in lines if line != "Full Name:")
        case "Authority Information Access":
            for line in lines:
                method, _, place = line.partition(" - URI:")
                yield f"{METHODS[method]} {place}"
        case "X509v3 Subject Key Identifier" | "X509v3 Authority Key Identifier":
            yield from (line.removeprefix("keyid:") for line in lines)
        case _:
            for part in ", ".join(lines).split(", "):
                yield WORDS[part] if part in WORDS else part.replace("pathlen:", "path length ")


@pytest.mark.parametrize("script", SCRIPTS)
def test_openssl_and_the_description_agree_on_every_planned_certificate(
    planned: Callable[[str, Mode], Plan], script: str
) -> None:
    plan = planned(script, "production")
    for item in plan.certificates.values():
        signature = dummy_signature(item.to_be_signed.algorithm, item.holes.issuer_spki)
        certificate = assemble(item.to_be_signed, signature)
        described = [field for field in describe(certificate) if field[0] != "Lifetime"]  # openssl counts no days
        assert openssl_fields(certificate) == described, item.name


def test_the_comparison_sees_a_difference(planned: Callable[[str, Mode], Plan]) -> None:
    plan = planned("policies/isrg/ceremonies/root-generation.yaml", "production")
    first, second = plan.certificates.values()
    certificate = assemble(first.to_be_signed, dummy_signature(first.to_be_signed.algorithm, first.holes.issuer_spki))
    other = [field for field in describe(second.to_be_signed.octets) if field[0] != "Lifetime"]
    differing = {name for name, value in openssl_fields(certificate) if (name, value) not in other}
    assert {"Subject CN", "Issuer CN", "Public key", "Signature algorithm", "Subject key identifier"} <= differing
