"""A policy before any script: each of its certificate profiles built with placeholders, and judged."""

from __future__ import annotations

from datetime import UTC, datetime

from ceremony.errors import CeremonyError, Finding, Severity
from ceremony.pki.keys import placeholder_spki
from ceremony.policy.load import LoadedPolicy
from ceremony.policy.models import CertificateProfile, Policy
from ceremony.policy.names import Name
from ceremony.policy.place import placed
from ceremony.policy.waivers import UsedWaiver, check_waivers_on
from ceremony.script.compile import placeholder_serial
from ceremony.script.objects.base import Judgement, Setting
from ceremony.script.objects.certificate import CertificateDemand
from ceremony.script.waiver_codes import unknown_codes
from ceremony.script.world import KnownKey, World


def judge_profiles(loaded: LoadedPolicy, clock: datetime) -> tuple[tuple[Finding, ...], tuple[UsedWaiver, ...]]:
    """What every profile would be told if it were signed on `clock` (UTC), or on its own first day where that is later.

    Each finding points to its line. Profiles with one subject and one kind of key are taken to be over the same key,
    as a cross-certificate is.
    """
    policy = loaded.policy
    findings: list[Finding] = []
    used: list[UsedWaiver] = []
    world = World()
    owners: dict[tuple[Name, str], str] = {}
    for name in _issuers_first(policy):
        profile = policy.certificates[name]
        key = owners.setdefault((profile.subject, profile.key), name)
        try:
            result = _judge(policy, name, key, world, _day_of(profile, clock))
        except CeremonyError as error:
            said = " ".join(part for part in (error.headline, error.detail, error.next_step) if part)
            failed = Finding(error.code or "PLAN-CERTIFICATE", Severity.ERROR, said, name)
            findings.append(placed(failed, policy, loaded.document, name))
            continue
        findings += [placed(finding, policy, loaded.document, name) for finding in result.findings]
        used += result.waivers
    findings += unknown_codes(policy, loaded.document, world.certificates)
    findings += check_waivers_on(policy, clock.date(), policy.certificates, used, loaded.document)
    return tuple(findings), tuple(used)


def _judge(policy: Policy, name: str, key: str, world: World, clock: datetime) -> Judgement:
    profile = policy.certificates[name]
    if profile.issuer != name and profile.issuer not in world.certificates:
        raise CeremonyError(
            "The issuer's certificate could not be built.",
            detail=f"{name} is to be issued by {profile.issuer}.",
            next_step="Mend what is wrong with the issuer first.",
            code="PLAN-ISSUER",
        )
    if key not in world.keys:
        algorithm = policy.keys[profile.key].algorithm
        world.add_key(KnownKey(key, algorithm, profile.key, placeholder_spki(algorithm), ""))
    signer = key if profile.issuer == name else world.certificates[profile.issuer].key
    demand = CertificateDemand(
        name,
        name,
        name,
        signer,
        profile=profile,
        issuer_name=profile.issuer,
        issuer_profile=policy.certificates[profile.issuer],
        key=key,
    )
    setting = Setting(policy, world.copy(), clock, practice=False, placeholders=True)
    made = demand.draft(setting, placeholder_serial(demand))
    judgement = made.judged()
    made.learn(world, made.to_be_signed.octets)
    return judgement


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
