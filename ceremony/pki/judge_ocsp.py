"""The rule packs over an OCSP response: to-be-signed bytes, or a whole response."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ceremony.errors import Finding, Severity
from ceremony.pki import der
from ceremony.pki.der import DerError
from ceremony.pki.judge import seen
from ceremony.pki.ocsp_view import ocsp_view
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS
from ceremony.policy.algorithms import SignatureAlgorithm
from ceremony.policy.models import PackName
from ceremony.policy.rules.ocsp_view import OcspSubject, Revoked
from ceremony.policy.rules.packs import pack
from ceremony.policy.rules.view import Known


def judge_ocsp(
    octets: bytes,
    *,
    packs: Sequence[PackName],
    name: str,
    clock: datetime,
    issuer_certificate: bytes,
    delegate_certificate: bytes | None = None,
    issued: Sequence[tuple[str, bytes]] = (),
    revoked: Sequence[Revoked] = (),
    algorithm: SignatureAlgorithm | None = None,
    presigned: bool = True,
) -> tuple[Finding, ...]:
    """Everything that the packs in force have against an OCSPResponse, a BasicOCSPResponse or a ResponseData.

    `clock` is the agreed time of signing (aware). Certificates are DER, a Certificate or TBSCertificate each:
    `issuer_certificate` is the CA's, `delegate_certificate` that of the responder that signs in its stead, `issued`
    are those of the CA's record by name; `revoked` are its revocations. `algorithm` is the planned one: a
    ResponseData does not say it itself. `presigned` is False only for the answer to a request that exists. Never
    raises for bad bytes: those that cannot be read are a fatal OCSP-FORM; a certificate that cannot be read, and a
    rule that crashes, a fatal CHECK-CRASH.
    """
    try:
        response = ocsp_view(octets)
    except DerError as error:
        message = f"The bytes cannot be read: {error}."
        return (Finding("OCSP-FORM", Severity.FATAL, message, name, source="rfc5280"),)
    try:
        issuer = seen(issuer_certificate)
        subject = OcspSubject(
            name=name,
            response=response,
            clock=clock,
            issuer=issuer,
            issuer_key_bits=der.read_one(issuer.key.spki, der.SEQUENCE).children()[1].content[1:],
            delegate=None if delegate_certificate is None else seen(delegate_certificate),
            issued=tuple(Known(other, seen(certificate)) for other, certificate in issued),
            revoked=tuple(revoked),
            presigned=presigned,
            outer_algorithm_der=b"" if algorithm is None else SIGNATURE_IDENTIFIERS[algorithm],
        )
    except DerError as error:
        message = f"The certificate of the CA or the responder, or one in the record, cannot be read: {error}."
        return (Finding("CHECK-CRASH", Severity.FATAL, message, name),)
    return tuple(
        finding for word in dict.fromkeys(packs) for rule in pack(word, "ocsp") for finding in rule.judge(subject)
    )
