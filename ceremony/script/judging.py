"""One planned certificate before its judges: the linter, the policy's rule packs, then the policy's waivers.

The plan, the engine and the verifier ask here, each with the bytes and the neighbours that it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ceremony.errors import Finding, Severity
from ceremony.pki.certificate import Holes, assemble, dummy_signature
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.models import CertificateProfile, Policy, Waiver
from ceremony.policy.waivers import LINTER_CODE, UsedWaiver, apply_waivers
from ceremony.strict_yaml import Document


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A certificate that stands before the one in question: its name, its key's name, its DER (signed or not yet)."""

    name: str
    key: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judges found, waivers applied, and the waivers that were used."""

    findings: tuple[Finding, ...]
    waivers: tuple[UsedWaiver, ...]


def with_neighbours(holes: Holes, key: str, issuer: bytes | None, neighbours: Iterable[Neighbour]) -> Holes:
    """The holes with what is copied from certificates that exist: the issuer's identifiers as its certificate carries
    them, and the key identifier that the subject's key has already. `issuer` is None for a self-signed certificate.

    Raises DerError for bytes that are no certificate.
    """
    from ceremony.pki.view import certificate_view

    carried = (certificate_view(item.octets).subject_key_identifier for item in neighbours if item.key == key)
    holes = replace(holes, subject_key_identifier=next((octets for octets in carried if octets), None))
    if issuer is None:
        return holes
    view = certificate_view(issuer)
    return replace(
        holes,
        issuer_key_identifier=view.subject_key_identifier,
        issuer_issuer_and_serial=(view.issuer.der, view.serial_number),
    )


def judged(
    policy: Policy,
    to_be_signed: ToBeSigned,
    profile_name: str,
    issuer_profile: CertificateProfile,
    holes: Holes,
    *,
    name: str,
    key: str,
    issuer_key: str,
    issuer: bytes | None,
    neighbours: Sequence[Neighbour],
    clock: datetime,
    practice: bool,
    placeholders: bool,
    linted: tuple[Finding, ...] | None = None,
) -> Judgement:
    """Everything that linter and rule packs find in the bytes, after the waivers in force on the clock's day.

    `placeholders` is True while keys, serial numbers and dates still stand open. `linted` is what the linter said of
    these bytes, where that is known already and it need not be asked.
    """
    from ceremony.pki.judge import judge

    profile = policy.certificates[profile_name]
    findings = linted
    if findings is None:
        from ceremony.pki.lint import lint_certificate

        draft = assemble(to_be_signed, dummy_signature(to_be_signed.algorithm, holes.issuer_spki))
        findings = lint_certificate(draft, profile.lint_as, name)
    findings += judge(
        to_be_signed,
        profile,
        issuer_profile,
        holes,
        packs=policy.rule_packs,
        name=name,
        clock=clock,
        issuer_certificate=issuer,
        known=[(item.name, item.octets) for item in neighbours],
        key_name=key,
        issuer_key_name=issuer_key,
        known_keys={item.name: item.key for item in neighbours},
        placeholders=placeholders,
        practice=practice,
        ca_country=policy.ca.country,
        cp_cps_oid=policy.cp_cps.oid or "",
    )
    return Judgement(*apply_waivers(findings, policy, profile_name, name, clock.date()))


def unknown_codes(policy: Policy, document: Document, profiles: Iterable[str]) -> Iterator[Finding]:
    """WAIVER-UNKNOWN for each code in a waiver of these profiles that the linter has for none of their types."""
    chosen = set(profiles)
    for place, waiver in enumerate(policy.waivers):
        if not chosen & set(waiver.profiles):
            continue
        for index, rule in enumerate(waiver.rules):
            if LINTER_CODE.fullmatch(rule) and not _has_code(policy, waiver, rule):
                message = f"the linter has no code {rule} for a certificate of these profiles"
                where = document.where(("waivers", place, "rules", index))
                yield Finding("WAIVER-UNKNOWN", Severity.ERROR, message, f"waivers[{place}]", where)


def _has_code(policy: Policy, waiver: Waiver, code: str) -> bool:
    from ceremony.pki.lint import codes

    return any(code in codes(policy.certificates[name].lint_as) for name in waiver.profiles)
