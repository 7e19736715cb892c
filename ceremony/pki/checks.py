"""Own checks over to-be-signed bytes, beside the linter's: rules that need the key, the clock or the issuer."""

from __future__ import annotations

from datetime import datetime

from ceremony.errors import Finding, Severity
from ceremony.pki.check_context import Case, Check
from ceremony.pki.checks_of_form import CHECKS_OF_FORM
from ceremony.pki.checks_of_place import CHECKS_OF_PLACE
from ceremony.pki.der import DerError
from ceremony.pki.holes import Holes
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.models import CertificateProfile

CRASH = "CHECK-CRASH"
"""The rule of a check that failed instead of judging: fatal, never a pass."""

CHECKS: tuple[Check, ...] = CHECKS_OF_FORM + CHECKS_OF_PLACE


def check_certificate(
    to_be_signed: ToBeSigned,
    profile: CertificateProfile,
    issuer_profile: CertificateProfile,
    holes: Holes,
    *,
    clock: datetime,
    issuer_certificate: bytes | None,
    subject: str = "",
) -> tuple[Finding, ...]:
    """Everything that is wrong with the bytes of a TBSCertificate; empty where nothing is.

    `clock` is the agreed time of signing (aware). `issuer_certificate` is the issuer's DER Certificate; None for a
    self-signed one (for any other, None is itself a finding). `subject` names the certificate in each finding. Never
    raises for bad bytes: those that cannot be read are a fatal RF-1, and a check that crashes is a fatal CHECK-CRASH.
    """
    try:
        case = Case(to_be_signed, profile, issuer_profile, holes, clock, issuer_certificate)
    except DerError as error:
        return (Finding("RF-1", Severity.FATAL, f"The bytes cannot be read: {error}.", subject=subject),)
    return tuple(finding for check in CHECKS for finding in run_check(check, case, subject))


def run_check(check: Check, case: Case, subject: str) -> tuple[Finding, ...]:
    """What one check finds; a check that raises is a fatal CHECK-CRASH."""
    try:
        return tuple(Finding(rule, severity, message, subject=subject) for rule, severity, message in check(case))
    except Exception as error:  # whatever happens inside a check must not look like a pass
        message = f"The check {getattr(check, '__name__', check)} stopped: {type(error).__name__}: {error}"
        return (Finding(CRASH, Severity.FATAL, message, subject=subject),)
