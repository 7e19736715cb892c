"""The texts that the packs of standards rest on."""

from __future__ import annotations

from datetime import date

from ceremony.policy.rules.rule import Source

RFC5280 = Source("RFC 5280, Internet X.509 PKI Certificate and CRL Profile", "RFC 5280", date(2008, 5, 1))
RFC5280_APPENDIX = Source("RFC 5280, appendix A.1 (upper bounds)", "RFC 5280", date(2008, 5, 1), read="memory")
RFC6818 = Source("RFC 6818, Updates to RFC 5280", "RFC 6818", date(2013, 1, 1), read="memory")
RFC6960 = Source("RFC 6960, Online Certificate Status Protocol", "RFC 6960", date(2013, 6, 1), read="secondary")
"""As the Baseline Requirements cite it."""
RFC7093 = Source("RFC 7093, Additional Methods for Generating Key Identifiers", "RFC 7093", date(2013, 12, 1))
CABF_TLS_BR = Source("CA/Browser Forum TLS Baseline Requirements", "2.2.6", date(2026, 3, 31))
GO_VERIFY = Source("crypto/x509 of Go, Certificate.Verify", "Go 1.10", date(2018, 1, 16))
"""How verifiers in use nest extended key usages; no standard says it."""
HOUSE = Source("The rules of this program", "1", date(2026, 11, 22))
"""What no hierarchy may do, whatever else is in force."""
