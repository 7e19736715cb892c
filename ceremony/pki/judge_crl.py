"""The rule packs over the bytes of a CRL, signed or still to be signed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ceremony.errors import Finding, Severity
from ceremony.pki.crl_view import crl_view
from ceremony.pki.der import DerError
from ceremony.pki.judge import seen
from ceremony.policy.models import PackName
from ceremony.policy.rules.crl_view import CrlSubject, Intended, Scope
from ceremony.policy.rules.packs import pack
from ceremony.policy.rules.view import Known


def judge_crl(
    octets: bytes,
    *,
    packs: Sequence[PackName],
    name: str,
    clock: datetime,
    issuer_certificate: bytes | None,
    scope: Scope,
    previous: bytes | None = None,
    issued: Sequence[tuple[str, bytes]] | None = None,
    intended: Sequence[Intended] | None = None,
    outer_algorithm: bytes = b"",
) -> tuple[Finding, ...]:
    """Everything that the packs in force have against the bytes of a CertificateList or TBSCertList.

    `clock` is the agreed time of signing (aware): the day by which rules are in force. `issuer_certificate` is DER of
    the issuer's certificate (None is itself a finding), `previous` of its last CRL (None for the first), `issued` of
    every certificate that is known, of whichever issuer, by name (None where no record of them is kept).
    `intended` are the revocations that the plan adds to the previous CRL; None where no plan stands behind it.
    `outer_algorithm` is DER of the AlgorithmIdentifier that will stand beside the signature, where it is not there yet.
    Never raises for bad bytes: those that cannot be read are a fatal RF-4; an issuer, a previous CRL or a known
    certificate that cannot be read, and a rule that crashes, a fatal CHECK-CRASH.
    """
    try:
        crl = crl_view(octets)
    except DerError as error:
        return (Finding("RF-4", Severity.FATAL, f"The bytes cannot be read: {error}.", name, source="rfc5280"),)
    try:
        subject = CrlSubject(
            name=name,
            crl=crl,
            clock=clock,
            scope=scope,
            issuer=None if issuer_certificate is None else seen(issuer_certificate),
            previous=None if previous is None else crl_view(previous),
            issued=None if issued is None else tuple(Known(other, seen(each)) for other, each in issued),
            intended=None if intended is None else tuple(intended),
            outer_algorithm_der=outer_algorithm,
        )
    except DerError as error:
        message = f"The issuer's certificate, its previous CRL, or a certificate that is known cannot be read: {error}."
        return (Finding("CHECK-CRASH", Severity.FATAL, message, name),)
    return tuple(
        finding for word in dict.fromkeys(packs) for rule in pack(word, "crl") for finding in rule.judge(subject)
    )
