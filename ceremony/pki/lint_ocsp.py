"""pkilint's OCSP linter, in process: what a linter of others says of a response (RFC 6960).

The linter is imported at its first use; its validators are built once.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from ceremony.errors import Finding, Severity
from ceremony.pki.lint import CRASH, finding_of


def lint_ocsp(response: bytes, subject: str) -> tuple[Finding, ...]:
    """What pkilint finds in a DER OCSPResponse (`ocsp_envelope.draft` makes one of bytes that are not yet signed).

    `rule` is pkilint's own code; `subject` names the response in each finding. Never raises: a linter that crashes, or
    bytes that it cannot read, are a fatal LINT-CRASH.
    """
    source = "pkilint"
    try:
        from pkilint import loader

        container, version = _linter()
        source = f"pkilint {version}"
        document = loader.RFC6960OCSPResponseDocumentLoader().load_der_document(response, subject)
        return tuple(
            finding_of(description, result.node.path, subject, source, "oCSPResponse")
            for result in container.validate(document.root)
            for description in result.finding_descriptions
        )
    except Exception as error:  # whatever happens inside a linter must not look like a pass
        message = f"The linter stopped: {type(error).__name__}: {str(error)[:300]}"
        return (Finding(CRASH, Severity.FATAL, message, subject=subject, source=source),)


@cache
def _linter() -> tuple[Any, str]:
    """The validators, and the linter's version."""
    import importlib.metadata

    from pkilint import pkix
    from pkilint.pkix import extension, name, ocsp

    # Its crashes come back as findings; its log would print tracebacks over the screen.
    logger = logging.getLogger("pkilint")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    container = ocsp.create_pkix_ocsp_response_validator_container(
        [
            ocsp.create_response_decoder(),
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [],
    )
    return container, importlib.metadata.version("pkilint")
