"""A policy before any script: each of its certificate profiles built with placeholders, and judged."""

from __future__ import annotations

from datetime import UTC, datetime

from ceremony.errors import CeremonyError, Finding, Severity
from ceremony.pki.certificate import build_certificate
from ceremony.policy.load import LoadedPolicy
from ceremony.policy.models import CertificateProfile, Policy
from ceremony.policy.names import Name
from ceremony.policy.place import placed
from ceremony.policy.waivers import UsedWaiver, check_waivers_on
from ceremony.script.compile import planning_holes
from ceremony.script.judging import Neighbour, judged, unknown_codes, with_neighbours


def judge_profiles(loaded: LoadedPolicy, clock: datetime) -> tuple[tuple[Finding, ...], tuple[UsedWaiver, ...]]:
    """What every profile would be told if it were signed on `clock` (UTC), or on its own first day where that is later.

    Each finding points to its line. Profiles with one subject and one kind of key are taken to be over the same key,
    as a cross-certificate is.
    """
    policy = loaded.policy
    findings: list[Finding] = []
    used: list[UsedWaiver] = []
    built: dict[str, Neighbour] = {}
    owners: dict[tuple[Name, str], str] = {}
    for name in _issuers_first(policy):
        profile = policy.certificates[name]
        key = owners.setdefault((profile.subject, profile.key), name)
        try:
            result = _judge(policy, name, key, built, _day_of(profile, clock), owners)
        except CeremonyError as error:
            said = " ".join(part for part in (error.headline, error.detail, error.next_step) if part)
            failed = Finding(error.code or "PLAN-CERTIFICATE", Severity.ERROR, said, name)
            findings.append(placed(failed, policy, loaded.document, name))
            continue
        findings += [placed(finding, policy, loaded.document, name) for finding in result[0]]
        used += result[1]
    findings += unknown_codes(policy, loaded.document, built)
    findings += check_waivers_on(policy, clock.date(), policy.certificates, used, loaded.document)
    return tuple(findings), tuple(used)


def _judge(
    policy: Policy,
    name: str,
    key: str,
    built: dict[str, Neighbour],
    clock: datetime,
    owners: dict[tuple[Name, str], str],
) -> tuple[tuple[Finding, ...], tuple[UsedWaiver, ...]]:
    profile = policy.certificates[name]
    issuer_profile = policy.certificates[profile.issuer]
    self_signed = profile.issuer == name
    if not self_signed and profile.issuer not in built:
        raise CeremonyError(
            "The issuer's certificate could not be built.",
            detail=f"{name} is to be issued by {profile.issuer}.",
            next_step="Mend what is wrong with the issuer first.",
            code="PLAN-ISSUER",
        )
    issuer = None if self_signed else built[profile.issuer].octets
    neighbours = list(built.values())
    holes = with_neighbours(planning_holes(policy, profile, issuer_profile, clock), key, issuer, neighbours)
    to_be_signed = build_certificate(profile, issuer_profile, holes, practice=False)
    judgement = judged(
        policy,
        to_be_signed,
        name,
        issuer_profile,
        holes,
        name=name,
        key=key,
        issuer_key=owners[issuer_profile.subject, issuer_profile.key],
        issuer=issuer,
        neighbours=neighbours,
        clock=clock,
        practice=False,
        placeholders=True,
    )
    built[name] = Neighbour(name, key, to_be_signed.octets)
    return judgement.findings, judgement.waivers


def _issuers_first(policy: Policy) -> list[str]:
    """The profiles in the policy's order, but each after its issuer, and each that copies a key identifier last.

    Chains end, because the policy was checked.
    """
    order: list[str] = []

    def add(name: str) -> None:
        if name not in order:
            issuer = policy.certificates[name].issuer
            if issuer != name:
                add(issuer)
            order.append(name)

    for name in sorted(policy.certificates, key=lambda item: _copies(policy.certificates[item])):
        add(name)
    return order


def _copies(profile: CertificateProfile) -> bool:
    return any(item.type == "subject-key-identifier" and item.method == "copy" for item in profile.extensions)


def _day_of(profile: CertificateProfile, clock: datetime) -> datetime:
    """A profile with dates of its own is not signed before its first day."""
    if profile.validity.not_before is None:
        return clock
    first = datetime.strptime(profile.validity.not_before, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return max(clock, first)
