"""pkilint, in process: what a linter of others says of a certificate (BR, RFC 5280).

The linter is imported at its first use (about a second); its validators are built once for each type.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from ceremony.errors import Finding, Severity
from ceremony.policy.models import LintType

CRASH = "LINT-CRASH"
"""The rule of a linter that failed instead of judging: fatal, never a pass."""

UNHANDLED = "base.unhandled_exception"
"""What pkilint says when one of its own validators crashed."""

NO_AUTHORITY_KEY = "pkix.authority_key_identifier_extension_absent"
"""RFC 5280 4.2.1.1 lets a self-signed certificate go without; pkilint asks the signature, and a draft's is a dummy."""


@dataclass(frozen=True, slots=True)
class _Linter:
    container: Any
    filters: list[Any]
    version: str


def lint_certificate(certificate: bytes, lint_as: LintType, subject: str) -> tuple[Finding, ...]:
    """What pkilint finds in a DER Certificate (a dummy signature will do), taken as the type that is given.

    `rule` is pkilint's own code; `subject` names the certificate in each finding. Never raises: a linter that crashes,
    or bytes that it cannot read, are a fatal LINT-CRASH.
    """
    source = "pkilint"
    try:
        linter = _linter(lint_as)
        source = f"pkilint {linter.version}"
        return tuple(_findings(linter, certificate, subject, source))
    except Exception as error:  # whatever happens inside a linter must not look like a pass
        message = f"The linter stopped: {type(error).__name__}: {str(error)[:300]}"
        return (Finding(CRASH, Severity.FATAL, message, subject=subject, source=source),)


def warm_up(lint_as: LintType) -> None:
    """Import the linter and build its validators for a type, so that the first certificate need not wait."""
    _linter(lint_as)


def codes(lint_as: LintType) -> frozenset[str]:
    """Every code that the linter has for a type: what a waiver may name."""
    return frozenset(_codes(_linter(lint_as).container))


def _codes(validator: Any) -> Iterator[str]:
    for inner in getattr(validator, "validators", None) or ():
        yield from _codes(inner)
    for description in getattr(validator, "validations", None) or ():
        yield str(description.code)


@cache
def _linter(lint_as: LintType) -> _Linter:
    import importlib.metadata

    from pkilint.pkix import certificate, extension, name

    # Its crashes come back as findings; its log would print tracebacks over the screen.
    logger = logging.getLogger("pkilint")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    version = importlib.metadata.version("pkilint")
    if lint_as == "pkix":
        decoders = certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS)
        validators = [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ]
        return _Linter(certificate.create_pkix_certificate_validator_container(decoders, validators), [], version)
    from pkilint.cabf import serverauth
    from pkilint.cabf.serverauth import serverauth_constants

    kind = serverauth_constants.CertificateType.from_option_str(lint_as)
    container = certificate.create_pkix_certificate_validator_container(
        serverauth.create_decoding_validators(), serverauth.create_validators(kind)
    )
    return _Linter(container, serverauth.create_serverauth_finding_filters(kind), version)


def _findings(linter: _Linter, certificate: bytes, subject: str, source: str) -> list[Finding]:
    from pkilint import finding_filter, loader

    document = loader.RFC5280CertificateDocumentLoader().load_der_document(certificate, subject)
    results = linter.container.validate(document.root)
    results, _ = finding_filter.filter_results(linter.filters, results)
    excused = {NO_AUTHORITY_KEY} if document.is_ca and document.is_self_issued else set()  # our own rules judge it
    return [
        finding_of(description, result.node.path, subject, source)
        for result in results
        for description in result.finding_descriptions
        if description.finding.code not in excused
    ]


def finding_of(description: Any, path: str, subject: str, source: str, root: str = "certificate") -> Finding:
    """One of pkilint's findings as ours; `root` is what pkilint calls the whole document in its paths."""
    code = str(description.finding.code)
    name = description.finding.severity.name.lower()
    # By name, never by order: pkilint counts severity downwards. What has no name here is taken at its worst.
    severity = {"debug": Severity.INFO}.get(name) or (Severity(name) if name in set(Severity) else Severity.FATAL)
    words = code.rpartition(".")[2].replace("_", " ")
    message = f"{words[:1].upper()}{words[1:]}"
    if description.message:
        said = str(description.message)
        message = said if said.lower().startswith(words.lower()) else f"{message}: {said}"
    place = str(path).removeprefix(f"{root}.")
    message += f" (at {place})" if place != root else ""
    if code == UNHANDLED:
        return Finding(CRASH, Severity.FATAL, message, subject=subject, source=source)
    return Finding(code, severity, message, subject=subject, source=source)
