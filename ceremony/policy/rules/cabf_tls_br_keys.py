"""CA/Browser Forum TLS Baseline Requirements: keys and algorithms (6.1.5, 6.1.6, 7.1.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.encodings import BR_KEYS, KEY_ENCODINGS, SHA1_SIGNATURES, SIGNATURE_ENCODINGS
from ceremony.policy.rules.key_faults import key_faults
from ceremony.policy.rules.rule import Check, Rule
from ceremony.policy.rules.sources import CABF_TLS_BR
from ceremony.policy.rules.view import Subject

PSS_WITH_SHA1 = bytes.fromhex("300d06092a864886f70d01010a3000")
"""id-RSASSA-PSS with no parameters said: SHA-1 by default (RFC 4055 3.1)."""


def in_scope(*types: str) -> Callable[[Check], Check]:
    """Let a check see only certificates that claim to be one of these; without types, all but `pkix`."""

    def limit(check: Check) -> Check:
        def limited(subject: Subject) -> Iterator[str]:
            if (subject.lint_as in types) if types else (subject.lint_as != "pkix"):
                yield from check(subject)

        return limited

    return limit


@in_scope()
def key_kind(subject: Subject) -> Iterator[str]:
    """BR-A1."""
    key = subject.certificate.key
    if key.kind not in BR_KEYS:
        yield f"the key is {key.kind}; RSA, P-256, P-384 and P-521 are allowed"
    elif key.kind == "rsa" and (key.bits < 2048 or key.bits % 8):
        yield f"the RSA modulus has {key.bits} bits; at least 2048, in whole octets, are required"


@in_scope()
def key_soundness(subject: Subject) -> Iterator[str]:
    """BR-A2."""
    yield from key_faults(subject.certificate.key)


@in_scope()
def exponent_range(subject: Subject) -> Iterator[str]:
    """BR-A2-SHOULD."""
    key = subject.certificate.key
    if key.kind == "rsa" and not 2**16 + 1 <= key.exponent < 2**256:
        yield f"the RSA exponent is {key.exponent}; from 65537 to below 2^256 is recommended"


@in_scope()
def key_encoding(subject: Subject) -> Iterator[str]:
    """BR-A3."""
    found = subject.certificate.key.algorithm_der
    if KEY_ENCODINGS.get(found) not in BR_KEYS:
        yield f"the algorithm of the public key is encoded as {found.hex()}, which is none of those prescribed"


@in_scope()
def signature_encoding(subject: Subject) -> Iterator[str]:
    """BR-A4."""
    found = subject.certificate.signature_algorithm_der
    name, kind = SIGNATURE_ENCODINGS.get(found, ("", ""))
    issuer = facts.issuer_of(subject)
    if kind not in BR_KEYS:
        yield f"the signature algorithm is encoded as {found.hex()}, which is none of those prescribed"
    elif issuer is not None and issuer.key.kind != kind:
        yield f"the issuer's key is {issuer.key.kind}, which does not go with {name}"


@in_scope()
def no_sha1(subject: Subject) -> Iterator[str]:
    """BR-A5."""
    if is_sha1(subject.certificate.signature_algorithm_der):
        yield "the signature algorithm uses SHA-1"
    for known in facts.others(subject):
        view = known.certificate
        same_issuer = view.issuer.der == subject.certificate.issuer.der and not view.self_issued
        alive = view.not_after >= subject.clock and not known.revoked
        if view.ca and same_issuer and alive and is_sha1(view.signature_algorithm_der):
            yield f"{known.name}, of the same issuer, is signed with SHA-1 and neither expired nor revoked"


def is_sha1(algorithm: bytes) -> bool:
    """A signature AlgorithmIdentifier that says SHA-1."""
    return algorithm == PSS_WITH_SHA1 or any(oid in algorithm for oid in SHA1_SIGNATURES)


@in_scope()
def outer_algorithm(subject: Subject) -> Iterator[str]:
    """BR-A6."""
    outer, inner = subject.outer_algorithm_der, subject.certificate.signature_algorithm_der
    if outer and outer != inner:
        yield f"the signature will say {outer.hex()}; inside stands {inner.hex()}"


_rule = partial(Rule, pack="cabf-tls-br", source=CABF_TLS_BR, severity=Severity.ERROR)

RULES: tuple[Rule, ...] = (
    _rule(
        id="BR-A1",
        text="Keys are RSA of at least 2048 bits in whole octets, or P-256, P-384 or P-521.",
        section="BR 6.1.5",
        advice="Write another algorithm in the key profile.",
        check=key_kind,
        part="key",
    ),
    _rule(
        id="BR-A2",
        text="Keys are sound: odd exponent of at least 3, odd modulus that is no power and has no factor below 752, "
        "a point on its curve.",
        section="BR 6.1.6",
        advice="Make another key. This one must not be certified.",
        check=key_soundness,
        part="key",
    ),
    _rule(
        id="BR-A2-SHOULD",
        text="An RSA exponent lies from 2^16+1 to below 2^256.",
        section="BR 6.1.6",
        severity=Severity.WARNING,
        advice="Make the key with the exponent 65537.",
        check=exponent_range,
        part="key",
    ),
    _rule(
        id="BR-A3",
        text="The AlgorithmIdentifier of a public key is one of four, octet for octet.",
        section="BR 7.1.3.1",
        advice="Ask for the key again, encoded as prescribed.",
        check=key_encoding,
        part="key",
    ),
    _rule(
        id="BR-A4",
        text="The AlgorithmIdentifier of a signature is one of nine, octet for octet; the curve fixes the hash.",
        section="BR 7.1.3.2",
        advice="Write a signature that goes with the issuer's key: sha256-rsa and its kin, ecdsa-sha256 for P-256, "
        "ecdsa-sha384 for P-384, ecdsa-sha512 for P-521.",
        check=signature_encoding,
        part="signature",
    ),
    _rule(
        id="BR-A5",
        text="Nothing is signed with SHA-1, and CA certificates that were are expired or revoked.",
        section="BR 7.1.3.2.1",
        advice="Sign with SHA-256 or stronger; revoke what is named.",
        check=no_sha1,
        effective=date(2026, 9, 15),
        part="signature",
    ),
    _rule(
        id="BR-A6",
        text="The algorithm beside the signature is, octet for octet, the one inside.",
        section="BR 7.1.2",
        advice="Let the program put the certificate together.",
        check=outer_algorithm,
        part="signature",
    ),
)
