"""The packs over certificates that were really issued: no rule crashes, and the known verdicts come out."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from ceremony.errors import Finding
from ceremony.pki.der import DerError
from ceremony.pki.view import certificate_view
from ceremony.policy.rules import facts
from ceremony.policy.rules.packs import all_rules, pack
from ceremony.policy.rules.view import CertificateView, Known, Subject

ROOT = Path(__file__).parents[2]
PLACES = [ROOT.parent / "shared", *(Path(place) for place in [os.environ.get("CEREMONY_SHARED")] if place)]
FIXTURES = next((place / "fixtures" for place in PLACES if (place / "fixtures").is_dir()), None)
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)

pytestmark = pytest.mark.skipif(
    FIXTURES is None, reason="the folder shared/fixtures with published certificates is absent"
)


@dataclass(frozen=True)
class Published:
    """A certificate that exists, and the name of its file."""

    name: str
    view: CertificateView


def published() -> list[Published]:
    assert FIXTURES is not None
    found = []
    for file in sorted(FIXTURES.rglob("*")):
        if file.suffix in {".pem", ".crt", ".cer", ".der"}:
            for number, octets in enumerate(_certificates(file.read_bytes())):
                found.append(Published(f"{file.stem}{'-' * bool(number)}{number or ''}", octets))
    return found


def _certificates(octets: bytes) -> list[CertificateView]:
    blocks = [base64.b64decode(block) for block in PEM.findall(octets)] or [octets]
    views = []
    for block in blocks:
        try:
            views.append(certificate_view(block))
        except DerError:  # a CRL, a request, an OCSP response
            continue
    return views


def lint_type(view: CertificateView, everything: list[Published]) -> str:
    """What a certificate evidently is; its profile would say so."""
    if not view.ca:
        return "ocsp-responder" if facts.OCSP_SIGNING in (view.purposes or ()) else "pkix"
    if view.self_issued:
        return "root-ca"
    roots = (other.view for other in everything if other.view.self_issued)
    crossed = any(root.subject.der == view.subject.der for root in roots)
    return "internal-cross-ca" if crossed else "internal-unconstrained-tls-ca"


def subject_of(item: Published, everything: list[Published]) -> Subject:
    """The certificate as it was on the day it began, beside all others."""
    view = item.view
    signers = [other.view for other in everything if other.view.ca and other.view.subject.der == view.issuer.der]
    # A CA may have several certificates: the one that lasts longest is the one to chain to.
    signer = None if view.self_issued else max(signers, key=lambda each: each.not_after, default=None)
    return Subject(
        name=item.name,
        certificate=view,
        lint_as=lint_type(view, everything),
        purpose="tls",
        practice=False,
        clock=view.not_before,
        key_name="own",
        issuer_key_name="own" if view.self_issued else "issuer",
        issuer=signer,
        known=tuple(Known(other.name, other.view) for other in everything if other.view.octets != view.octets),
    )


def judged(item: Published, everything: list[Published], name: str) -> list[Finding]:
    return [finding for rule in pack(name) for finding in rule.judge(subject_of(item, everything))]  # type: ignore[arg-type]


def test_no_rule_of_any_pack_crashes_on_them() -> None:
    everything = published()
    assert len(everything) > 30
    crashed = [
        str(finding)
        for item in everything
        for rule in all_rules()
        for finding in rule.judge(subject_of(item, everything))
        if finding.rule == "CHECK-CRASH"
    ]
    assert crashed == []


def test_what_the_packs_have_against_them(record_property: object) -> None:
    everything = published()
    lines = ["published certificates: errors of rfc5280 and cabf-tls-br, on the day each began"]
    for item in everything:
        found = [
            f.rule for name in ("rfc5280", "cabf-tls-br") for f in judged(item, everything, name) if f.severity.blocks
        ]
        lines.append(
            f"    {item.name:<36} {lint_type(item.view, everything):<30} {', '.join(dict.fromkeys(found)) or 'none'}"
        )
    record_property("table", "\n".join(lines))  # type: ignore[operator]
    assert len(lines) > 30


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("e5", set()),
        ("e5-cross", set()),
        ("r11", set()),
        ("lets-encrypt-r3", set()),
        ("isrgrootx1", set()),
        ("isrg-root-x2-cross-signed", set()),
        ("isrg-root-ocsp-x1", set()),
        # Made before the rules of today: the words of the names, short serial numbers, no URLs.
        ("root-ca-indonesia-2014", {"RF-URI", "BR-N2", "BR-C1", "BR-C3"}),
        ("int-ca-purwarupa-2014", {"BR-N2", "BR-C1", "BR-C13", "BR-C15"}),
        # X1 and X3 are one key under two names; name constraints stood there without being critical.
        ("lets-encrypt-x1-cross-signed", {"RF-3", "CHAIN-KEY", "BR-C13"}),
        ("letsencryptauthorityx3", {"CHAIN-KEY", "BR-C13"}),
        ("trustid-x3-root", {"CHAIN-SIGNATURE", "BR-A4", "BR-N4"}),
    ],
)
def test_what_blocks_a_published_certificate(name: str, verdict: set[str]) -> None:
    everything = published()
    (item,) = [item for item in everything if item.name == name]
    findings = (*judged(item, everything, "rfc5280"), *judged(item, everything, "cabf-tls-br"))
    assert {finding.rule for finding in findings if finding.severity.blocks} == verdict
