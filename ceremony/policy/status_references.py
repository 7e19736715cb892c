"""What must fit together where a policy speaks of CRLs, OCSP responses and requests.

- Whom they name exists (POLICY-CRL-ISSUER, POLICY-OCSP-ISSUER, POLICY-OCSP-RESPONDER, POLICY-REQUEST-KEY).
- Who signs a CRL is a CA with cRLSign (POLICY-CRL-ISSUER; RFC 5280 4.2.1.3). Who signs an OCSP response is the CA
  itself, with digitalSignature, or a delegate that this CA issues for OCSPSigning (POLICY-OCSP-RESPONDER; RFC 6960
  4.2.2.2).
- What signs fits the signer's key (POLICY-CRL-SIGNATURE, POLICY-OCSP-SIGNATURE, POLICY-REQUEST-SIGNATURE).
- The next one is due before the last one ends (POLICY-CRL-CYCLE, POLICY-OCSP-CYCLE), and none counts longer than the
  Baseline Requirements allow where they are in force (POLICY-CRL-LONG, POLICY-OCSP-LONG; warnings).
- A delta CRL has a base of the same issuer and scope (POLICY-CRL-DELTA), which says where it is (POLICY-CRL-FRESHEST).
- An extension with a word of its own is written by that word (POLICY-CRL-RAW), and stands in a request once and without
  what only the issuer knows (POLICY-REQUEST-EXTENSION).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

from ceremony.errors import Finding, Severity
from ceremony.policy.algorithms import SIGNATURES_OF_KEY, SignatureAlgorithm
from ceremony.policy.extension_oids import EXTENSION_WORDS
from ceremony.policy.extensions import AuthorityKeyIdentifier, FreshestCrl
from ceremony.policy.models import Policy, lifetime_parts
from ceremony.policy.powers import answers_for_ocsp, has_usage, is_ca
from ceremony.policy.status import (
    CrlProfile,
    IssuingDistributionPoint,
    OcspProfile,
    RequestProfile,
    UpdateCycle,
    same_scope,
)
from ceremony.policy.validate import path_in_words
from ceremony.strict_yaml import DataPath, Document

TWELVE_MONTHS, TEN_DAYS = timedelta(days=365), timedelta(days=10)
"""BR 4.9.7, 4.9.9, 7.2: of CA certificates, and of subscribers'; a year without 29 February."""

CRL_WORDS = {
    "2.5.29.20": "crl-number",
    "2.5.29.27": "delta-crl-indicator",
    "2.5.29.28": "issuing-distribution-point",
    "2.5.29.35": "authority-key-identifier",
    "2.5.29.46": "freshest-crl",
}
"""The extensions of a CRL (RFC 5280 5.2) that a profile says by a word."""

Kind = Literal["CRL", "OCSP", "REQUEST"]


def check_status(policy: Policy, document: Document) -> Iterator[Finding]:
    """Every complaint about how the sections crls, ocsp and requests fit the rest of the policy: see the module."""
    for name, crl in policy.crls.items():
        yield from _crl(policy, crl, _Complaints("CRL", ("crls", name), document))
    for name, ocsp in policy.ocsp.items():
        yield from _ocsp(policy, ocsp, _Complaints("OCSP", ("ocsp", name), document))
    for name, request in policy.requests.items():
        yield from _request(policy, request, _Complaints("REQUEST", ("requests", name), document))


class _Complaints:
    """Makes the findings about one profile, each at its line."""

    def __init__(self, kind: Kind, at: DataPath, document: Document) -> None:
        self.kind, self.at, self.document = kind, at, document

    def __call__(self, rule: str, path: DataPath, message: str, severity: Severity = Severity.ERROR) -> Finding:
        whole = (*self.at, *path)
        return Finding(
            f"POLICY-{self.kind}-{rule}", severity, message, path_in_words(whole), self.document.where(whole)
        )

    def warn(self, rule: str, path: DataPath, message: str) -> Finding:
        """A finding that people should read, and that forbids nothing."""
        return self(rule, path, message, Severity.WARNING)


def _crl(policy: Policy, crl: CrlProfile, complain: _Complaints) -> Iterator[Finding]:
    issuer = policy.certificates.get(crl.issuer)
    if issuer is None:
        yield complain("ISSUER", ("issuer",), f"there is no certificate profile `{crl.issuer}` in this policy")
    else:
        if not (is_ca(issuer) and has_usage(issuer, "cRLSign")):
            message = f"`{crl.issuer}` may not sign CRLs (basic-constraints ca, key-usage cRLSign)"
            yield complain("ISSUER", ("issuer",), message)
        yield from _signature(policy, issuer.key, crl.signature, complain, "the issuer's key")
    yield from _cycle(policy, crl.cycle, TWELVE_MONTHS if crl.scope == "ca" else TEN_DAYS, complain)
    for place, extension in enumerate(crl.extensions):
        if extension.type == "raw" and extension.oid in CRL_WORDS:
            message = f"write it as {CRL_WORDS[extension.oid]}; what is raw is not looked into"
            yield complain("RAW", ("extensions", place), message)
    for name, other in policy.crls.items():
        if other is crl:
            break
        if same_scope(other, crl) and other.issuer == crl.issuer:
            message = f"`{name}` covers the same; lists of one scope have one row of numbers (RFC 5280 5.2.3)"
            yield complain("TWIN", (), message)
    if crl.delta_of is not None:
        yield from _delta(policy, crl, crl.delta_of, complain)


def _delta(policy: Policy, crl: CrlProfile, base_name: str, complain: _Complaints) -> Iterator[Finding]:
    base = policy.crls.get(base_name)
    if base is None:
        yield complain("DELTA", ("delta_of",), f"there is no CRL profile `{base_name}` in this policy")
        return
    if base.delta_of is not None:
        yield complain("DELTA", ("delta_of",), f"`{base_name}` is a delta CRL itself; a base is a complete one")
    if base.issuer != crl.issuer:
        yield complain("DELTA", ("issuer",), f"the base is a CRL of `{base.issuer}`; both have one issuer")
    if base.scope != crl.scope:
        yield complain("DELTA", ("scope",), f"the base covers the scope {base.scope}; both have one scope")
    elif _point(base) != _point(crl):
        message = "the base has another issuing-distribution-point; it is the same in both (RFC 5280 5.2.4)"
        yield complain("DELTA", ("extensions",), message)
    for place, extension in enumerate(crl.extensions):
        if isinstance(extension, FreshestCrl):
            message = "a delta CRL has no freshest-crl (RFC 5280 5.2.6)"
            yield complain("DELTA", ("extensions", place), message)
    below = (item for owner in policy.certificates.values() if owner.issuer == crl.issuer for item in owner.extensions)
    if not any(isinstance(item, FreshestCrl) for item in (*base.extensions, *below)):
        message = f"neither `{base_name}` nor a certificate of its issuer says where this list is (freshest-crl)"
        yield complain.warn("FRESHEST", ("delta_of",), message)


def _point(crl: CrlProfile) -> IssuingDistributionPoint | None:
    return next((item for item in crl.extensions if isinstance(item, IssuingDistributionPoint)), None)


def _ocsp(policy: Policy, ocsp: OcspProfile, complain: _Complaints) -> Iterator[Finding]:
    issuer = policy.certificates.get(ocsp.issuer)
    responder = policy.certificates.get(ocsp.responder)
    if issuer is None:
        yield complain("ISSUER", ("issuer",), f"there is no certificate profile `{ocsp.issuer}` in this policy")
    elif not is_ca(issuer):
        yield complain("ISSUER", ("issuer",), f"`{ocsp.issuer}` is no CA (basic-constraints ca)")
    if responder is None:
        yield complain(
            "RESPONDER", ("responder",), f"there is no certificate profile `{ocsp.responder}` in this policy"
        )
    else:
        if ocsp.responder != ocsp.issuer and (responder.issuer != ocsp.issuer or not answers_for_ocsp(responder)):
            message = f"`{ocsp.responder}` is neither the CA itself nor issued by `{ocsp.issuer}` for OCSPSigning"
            yield complain("RESPONDER", ("responder",), message)
        elif not has_usage(responder, "digitalSignature"):
            message = f"`{ocsp.responder}` may not sign responses (key-usage digitalSignature)"
            yield complain("RESPONDER", ("responder",), message)
        yield from _signature(policy, responder.key, ocsp.signature, complain, "the responder's key")
    yield from _cycle(policy, ocsp.cycle, TWELVE_MONTHS, complain)


def _request(policy: Policy, request: RequestProfile, complain: _Complaints) -> Iterator[Finding]:
    if request.key not in policy.keys:
        yield complain("KEY", ("key",), f"there is no key profile `{request.key}` in this policy")
    yield from _signature(policy, request.key, request.signature, complain, "its key")
    seen: set[str] = set()
    for place, extension in enumerate(request.extensions):
        word = EXTENSION_WORDS.get(extension.oid, extension.oid) if extension.type == "raw" else extension.type
        if word in seen:
            yield complain("EXTENSION", ("extensions", place), f"{word} stands twice (RFC 5280 4.2 forbids it)")
        seen.add(word)
        if isinstance(extension, AuthorityKeyIdentifier):
            message = (
                "who is to issue the certificate is not known yet; leave the authority-key-identifier to the issuer"
            )
            yield complain("EXTENSION", ("extensions", place), message)


def _signature(
    policy: Policy, key: str, signature: SignatureAlgorithm, complain: _Complaints, whose: str
) -> Iterator[Finding]:
    """A key profile that does not exist is complained of where it is named."""
    if key not in policy.keys:
        return
    algorithm = policy.keys[key].algorithm
    fitting = SIGNATURES_OF_KEY[algorithm]
    if signature not in fitting:
        message = f"{whose} is {algorithm}, which signs with {' or '.join(fitting)}"
        yield complain("SIGNATURE", ("signature",), message)


def _cycle(policy: Policy, cycle: UpdateCycle, longest: timedelta, complain: _Complaints) -> Iterator[Finding]:
    lifetime, renew = _span(cycle.lifetime), _span(cycle.renew)
    margin = _span(cycle.margin) if cycle.margin is not None else timedelta()
    counts = lifetime - margin
    if counts <= timedelta():
        yield complain(
            "CYCLE", ("cycle", "margin"), "the margin is no shorter than the lifetime, so that nothing is left"
        )
    elif renew >= counts:
        message = "the next one would be due before this one is made: write less than the lifetime without its margin"
        yield complain("CYCLE", ("cycle", "renew"), message)
    if counts > longest and "cabf-tls-br" in policy.rule_packs:
        from ceremony.policy.rules.facts import length

        rule = "BR-R3" if complain.kind == "CRL" else "BR-R10"
        message = f"counts for {length(counts)}; {longest.days} days are the most that {rule} allows in every year"
        yield complain.warn("LONG", ("cycle", "lifetime"), message)


def _span(text: str) -> timedelta:
    count, unit = lifetime_parts(text)
    return timedelta(days=count) if unit == "d" else timedelta(hours=count)
