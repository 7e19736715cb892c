"""What each signing step demands, its references resolved against the policy and what is known before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ceremony.script.declaration import declared
from ceremony.script.models import CrossSign, Issue, MakeRequest, SelfSign, SignCrl, SignOcsp, Step
from ceremony.script.named_files import kept_as
from ceremony.script.objects.base import Demand, Setting
from ceremony.script.objects.certificate import CertificateDemand
from ceremony.script.objects.crl import CrlDemand
from ceremony.script.objects.cross import cross_demand
from ceremony.script.objects.given import read_asked
from ceremony.script.objects.request import RequestDemand
from ceremony.script.objects.responses import response_demands
from ceremony.script.objects.signers import signer_of


@dataclass(frozen=True, slots=True)
class Source:
    """What demands are made of: the setting before the step, and the files that the script names, as they are kept."""

    setting: Setting
    files: Mapping[str, bytes]


def demands(step: Step, source: Source) -> tuple[Demand, ...]:
    """What a step signs, in order; nothing for a step that does not sign. Raises CeremonyError for what cannot be."""
    return _MAKERS[type(step)](step, source) if step.demands.signs else ()


def _self_signed(step: SelfSign, source: Source) -> tuple[Demand, ...]:
    profile = source.setting.policy.certificates[step.profile]
    return (
        CertificateDemand(
            step.id,
            step.certificate,
            step.profile,
            step.key,
            profile=profile,
            issuer_name=step.certificate,
            issuer_profile=profile,
            key=step.key,
        ),
    )


def _issued(step: Issue, source: Source) -> tuple[Demand, ...]:
    policy = source.setting.policy
    profile = policy.certificates[step.profile]
    request = None
    if step.request is not None:
        place = kept_as(step.id, "request")
        request = read_asked(source.files[place], step.request, place)
    return (
        CertificateDemand(
            step.id,
            step.certificate,
            step.profile,
            signer_of(source.setting, step.issuer),
            profile=profile,
            issuer_name=step.issuer,
            issuer_profile=policy.certificates[profile.issuer],
            key=step.key or "",
            given=None if request is None else request.request.spki,
            request=request,
        ),
    )


def _crossed(step: CrossSign, source: Source) -> tuple[Demand, ...]:
    return (cross_demand(step, source.setting, source.files),)


def _requested(step: MakeRequest, source: Source) -> tuple[Demand, ...]:
    profile = source.setting.policy.requests[step.profile]
    return (RequestDemand(step.id, step.request, step.profile, step.key, profile=profile),)


def _answered(step: SignOcsp, source: Source) -> tuple[Demand, ...]:
    return response_demands(step, source.setting)


def _list(step: SignCrl, source: Source) -> tuple[Demand, ...]:
    return (
        CrlDemand(
            step.id,
            step.crl,
            step.profile,
            source.setting.certificate(step.issuer).key,
            profile=source.setting.policy.crls[step.profile],
            issuer_name=step.issuer,
            first=step.first,
            revoke=step.revoke,
            bulk=source.files.get(kept_as(step.id, "revocations")),
            published=source.files.get(kept_as(step.id, "previous")),
        ),
    )


_MAKERS: dict[type[Any], Callable[[Any, Source], tuple[Demand, ...]]] = {
    SelfSign: _self_signed,
    Issue: _issued,
    CrossSign: _crossed,
    MakeRequest: _requested,
    SignCrl: _list,
    SignOcsp: _answered,
}

if set(_MAKERS) != set(declared(signs=True)):
    raise TypeError("each kind of step that signs needs one way to say what it demands, and no other kind has any")
