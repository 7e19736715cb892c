"""What speaks against certifying the key of a request: no proof that its sender holds it, a weak key, the wrong key.

What the request asks for is no reason to turn it away: the policy decides what is certified, and `request_rows` shows
where that differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ceremony.errors import CeremonyError, Finding, Severity
from ceremony.pki.der import DerError
from ceremony.pki.keys import check_public_key, key_algorithm
from ceremony.pki.request_keys import weaknesses
from ceremony.pki.request_read import CHALLENGE_PASSWORD, EXTENSION_REQUEST, Request
from ceremony.pki.signatures import verify_signature
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.algorithms import SIGNATURES_OF_KEY, KeyAlgorithm
from ceremony.policy.models import LintType

Named = tuple[str, bytes]
"""The name of a certificate or a key, and its DER SubjectPublicKeyInfo."""

PSS = bytes.fromhex("06092a864886f70d01010a")
SHA_2 = bytes.fromhex("6086480165030402")
"""The beginnings of id-RSASSA-PSS, whose hash is SHA-1 where none is named (RFC 4055 3.1), and of the SHA-2 hashes."""


def check_request(
    request: Request,
    *,
    algorithm: KeyAlgorithm,
    lint_as: LintType = "pkix",
    known: Iterable[Named] = (),
    own: Iterable[Named] = (),
    compromised: Iterable[Named] = (),
    existing: Named | None = None,
) -> tuple[Finding, ...]:
    """Everything that speaks against a certificate for the key of this request. Empty for a request in good order.

    `algorithm` and `lint_as` are those of the key profile and the certificate profile. `known` are the keys that the
    record has certificates for, `own` the keys of this CA, `compromised` those of certificates that were revoked for
    keyCompromise. `existing` is the certificate whose key is to be certified again, where the request is the proof that
    its holder wants this: then the key must be that one, and `known` and `own` are not looked at.

    REQUEST-POSSESSION: the contained key did not sign it (RFC 2986 3). REQ-HASH: MD5 or SHA-1. REQ-ALGORITHM: another
    signature that is not checked here. BR-A1, BR-A2, REQ-KEY-WEAK: the key is not sound (BR 6.1.5, 6.1.6, 6.1.1.3).
    REQ-KEY-KIND: not the policy's kind. REQ-KEY-KNOWN (a warning), REQ-KEY-OWN, REQ-KEY-COMPROMISED, REQ-KEY-OTHER:
    whose key it is. REQ-SECRET: it carries a password. REQ-ATTRIBUTE (a notice), REQ-DER (a warning): what is passed
    over, and octets that are not DER. Never raises for what a request holds.
    """
    key_faults = list(_key_faults(request, algorithm, lint_as))
    said = {rule for rule, severity, _ in key_faults if severity.blocks}
    faults = (
        *key_faults,
        *(fault for fault in _signature_faults(request) if fault[0] not in said),
        *_owner_faults(request.spki, tuple(known), tuple(own), tuple(compromised), existing),
        *_content_faults(request),
    )
    return tuple(Finding(rule, severity, message, request.name) for rule, severity, message in faults)


def prove_possession(request: Request) -> None:
    """Check in software that the contained key signed the request: whoever made it held the private key (RFC 2986 3).

    Raises CeremonyError REQUEST-POSSESSION where it did not, REQ-HASH or REQ-ALGORITHM where such a signature is not
    accepted, BR-A1 or BR-A2 for a key that is not certified here.
    """
    for code, message in _unaccepted(request):
        raise _no_proof(message, code)
    kind = key_algorithm(request.spki)
    if request.algorithm is None or request.algorithm not in SIGNATURES_OF_KEY[kind]:
        raise _no_proof(f"A key of the kind {kind} does not make signatures of the kind that it names.")
    try:
        verify_signature(ToBeSigned("request", request.info, request.algorithm), request.signature, request.spki)
    except CeremonyError as error:
        if error.code != "SIG-VERIFY":
            raise
        raise _no_proof("Its signature was not made by the key inside it, or its contents were changed.") from error


def _no_proof(message: str, code: str = "REQUEST-POSSESSION") -> CeremonyError:
    return CeremonyError(
        "This request does not prove that its sender holds the key.",
        detail=message,
        not_done="The key was not certified.",
        next_step="Ask its owner for a new request, signed by the key that it is for.",
        code=code,
    )


def _unaccepted(request: Request) -> Iterator[tuple[str, str]]:
    """Why a signature of this kind is not looked at: a code and a sentence."""
    from ceremony.pki.derive import BROKEN_HASHES

    identifier = request.algorithm_der
    broken = next((word for octets, word in BROKEN_HASHES.items() if bytes.fromhex(octets) in identifier), None)
    if PSS in identifier and SHA_2 not in identifier:
        broken = "SHA-1"
    if broken is not None:
        yield (
            "REQ-HASH",
            f"Its signature rests on {broken}, with which proofs can be forged. SHA-256 or longer is needed.",
        )
    elif request.algorithm is None:
        yield (
            "REQ-ALGORITHM",
            "Its signature algorithm is none of those that are accepted (BR 7.1.3.2): RSA or ECDSA with SHA-256, "
            "SHA-384 or SHA-512 (of RSASSA-PSS with a salt as long as the hash), Ed25519, ML-DSA. "
            f"The AlgorithmIdentifier is {identifier[:80].hex()}.",
        )


def _signature_faults(request: Request) -> Iterator[tuple[str, Severity, str]]:
    try:
        prove_possession(request)
    except CeremonyError as error:
        yield error.code, Severity.ERROR, error.detail


def _key_faults(request: Request, algorithm: KeyAlgorithm, lint_as: LintType) -> Iterator[tuple[str, Severity, str]]:
    for finding in check_public_key(request.spki, request.name, lint_as=lint_as):
        yield finding.rule, finding.severity, finding.message
    try:
        for sentence in weaknesses(request.spki):
            yield "REQ-KEY-WEAK", Severity.ERROR, sentence
        kind = key_algorithm(request.spki)
    except (CeremonyError, DerError):
        return  # prove_possession says why it is not certified
    if kind != algorithm:
        message = f"The key is of the kind {kind}; the key profile of the certificate asks for {algorithm}."
        yield "REQ-KEY-KIND", Severity.ERROR, message


def _owner_faults(
    spki: bytes,
    known: tuple[Named, ...],
    own: tuple[Named, ...],
    compromised: tuple[Named, ...],
    existing: Named | None,
) -> Iterator[tuple[str, Severity, str]]:
    for name in _names(compromised, spki):
        message = f"This key was compromised: {name} was revoked for it (BR 6.1.1.3)."
        yield "REQ-KEY-COMPROMISED", Severity.ERROR, message
    if existing is not None:
        if existing[1] != spki:
            message = f"The key is not that of {existing[0]}: the request proves nothing about that certificate."
            yield "REQ-KEY-OTHER", Severity.ERROR, message
        return
    ours = _names(own, spki)
    for name in ours:
        message = f"This is the key {name} of this CA: a request from outside cannot hold it."
        yield "REQ-KEY-OWN", Severity.ERROR, message
    for name in _names(known, spki):
        if not ours:
            message = f"This key was certified before, in {name}: both certificates stand and fall with it."
            yield "REQ-KEY-KNOWN", Severity.WARNING, message


def _names(keys: tuple[Named, ...], spki: bytes) -> list[str]:
    return [name for name, other in keys if other == spki]


def _content_faults(request: Request) -> Iterator[tuple[str, Severity, str]]:
    for attribute in request.attributes:
        if attribute.oid == CHALLENGE_PASSWORD:
            message = "It carries a challengePassword: a secret, which must not be archived. Ask for a request without."
            yield "REQ-SECRET", Severity.ERROR, message
        elif attribute.oid != EXTENSION_REQUEST:
            yield "REQ-ATTRIBUTE", Severity.NOTICE, f"Its attribute {attribute.word} is passed over."
    for sentence in request.parts.irregularities:
        yield "REQ-DER", Severity.WARNING, f"Not DER, as RFC 2986 4.2 asks: {sentence}."
