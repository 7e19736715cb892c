"""pkilint, in process, over CRLs: RFC 5280 and the Baseline Requirements, as the CRL of CAs (ARL) or of subscribers.

Imported at its first use; its validators are built once for each scope.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from ceremony.errors import Finding, Severity
from ceremony.pki.lint import CRASH, finding_of
from ceremony.policy.rules.crl_view import Scope

TYPES: dict[Scope, str] = {"ca": "ARL", "subscriber": "CRL"}
"""What pkilint calls them. The type is given, never detected."""


def lint_crl(crl: bytes, scope: Scope, subject: str) -> tuple[Finding, ...]:
    """What pkilint finds in a DER CertificateList (a dummy signature will do). `subject` names the CRL in each finding.

    Never raises: a linter that crashes, or bytes that it cannot read, are a fatal LINT-CRASH.
    """
    source = "pkilint"
    try:
        container, version = _linter(scope)
        source = f"pkilint {version}"
        from pkilint import loader

        document = loader.RFC5280CertificateListDocumentLoader().load_der_document(crl, subject)
        return tuple(
            finding_of(description, result.node.path, subject, source, "certificateList")
            for result in container.validate(document.root)
            for description in result.finding_descriptions
        )
    except Exception as error:  # whatever happens inside a linter must not look like a pass
        message = f"The linter stopped: {type(error).__name__}: {str(error)[:300]}"
        return (Finding(CRASH, Severity.FATAL, message, subject=subject, source=source),)


@cache
def _linter(scope: Scope) -> tuple[Any, str]:
    import importlib.metadata

    from pkilint import pkix
    from pkilint.cabf import cabf_crl
    from pkilint.pkix import crl, extension, name

    # Its crashes come back as findings; its log would print tracebacks over the screen.
    logger = logging.getLogger("pkilint")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    kind = crl.CertificateRevocationListType[TYPES[scope]]
    container = crl.create_pkix_crl_validator_container(
        [
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [
            crl.create_issuer_validator_container([]),
            crl.create_validity_validator_container([cabf_crl.create_validity_period_validator(kind)]),
            crl.create_extensions_validator_container([]),
            cabf_crl.CabfCrlReasonCodeAllowlistValidator(kind),
        ],
    )
    return container, importlib.metadata.version("pkilint")
