"""What a certificate profile allows the key that it certifies, as its extensions say it."""

from __future__ import annotations

from ceremony.policy.extensions import BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsageBit
from ceremony.policy.models import CertificateProfile

OCSP_SIGNING = frozenset({"OCSPSigning", "1.3.6.1.5.5.7.3.9"})
"""id-kp-OCSPSigning (RFC 6960 4.2.2.2), as a profile may write it."""


def is_ca(profile: CertificateProfile) -> bool:
    """Its basic constraints say CA (RFC 5280 4.2.1.9)."""
    return any(isinstance(extension, BasicConstraints) and extension.ca for extension in profile.extensions)


def has_usage(profile: CertificateProfile, bit: KeyUsageBit) -> bool:
    """Its key usage has this bit, or it has no key usage and leaves every use open (RFC 5280 4.2.1.3)."""
    usages = [extension.usages for extension in profile.extensions if isinstance(extension, KeyUsage)]
    return all(bit in usage for usage in usages)


def answers_for_ocsp(profile: CertificateProfile) -> bool:
    """Its extended key usage has OCSPSigning: a delegate of the CA that issues it (RFC 6960 4.2.2.2)."""
    found = [extension.purposes for extension in profile.extensions if isinstance(extension, ExtendedKeyUsage)]
    return any(OCSP_SIGNING.intersection(purposes) for purposes in found)
