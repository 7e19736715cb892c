"""From a loaded script to a plan: what cannot be planned cannot be started."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from ceremony.custody.people import Person
from ceremony.errors import CeremonyError, Finding, Severity
from ceremony.pki.certificate import Holes, build_certificate, validity_period
from ceremony.pki.keys import placeholder_spki
from ceremony.policy.models import CertificateProfile, Policy
from ceremony.policy.names import Name
from ceremony.policy.place import placed
from ceremony.policy.waivers import UsedWaiver, check_waivers_on
from ceremony.script import models
from ceremony.script.judging import Judgement, Neighbour, judged, unknown_codes, with_neighbours
from ceremony.script.models import Issue, Script, SelfSign, Step
from ceremony.script.plan import Mode, Plan, PlannedCertificate, PlannedStep

if TYPE_CHECKING:
    from ceremony.script.load import LoadedScript

PLACEHOLDER_OCTET = 0x5A
"""Stands for each octet of a serial number that the token has yet to draw."""


def compile_plan(loaded: LoadedScript, mode: Mode, clock: datetime, *, lint: bool = True) -> Plan:
    """Resolve, build, lint and count. `clock` (UTC) stands for the clock that people will agree.

    Findings are returned in the plan; only what makes a plan impossible is raised. `lint=False` leaves the linters
    out, for a verifier that only needs what was planned.
    """
    script, policy = loaded.script, loaded.policy.policy
    people = {person.id: person for person in loaded.people.people.people}
    steps = tuple(_steps(script, people, policy))
    certificates: dict[str, PlannedCertificate] = {}
    findings: list[Finding] = []
    waivers: list[UsedWaiver] = []
    for planned in steps:
        step = planned.step
        if isinstance(step, SelfSign | Issue):
            try:
                certificate = _certificate(step, policy, certificates, mode, clock)
            except CeremonyError as error:
                findings.append(_as_finding(error, step))
                continue
            if lint:
                judgement = _judged(policy, certificate, certificates, mode, clock)
                document = loaded.policy.document
                findings.extend(placed(item, policy, document, step.profile) for item in judgement.findings)
                waivers.extend(judgement.waivers)
            certificates[step.id] = certificate
    findings.extend(_one_key_for_each_subject(certificates))
    if lint:
        profiles = {item.profile_name for item in certificates.values()}
        findings.extend(unknown_codes(policy, loaded.policy.document, profiles))
        findings.extend(check_waivers_on(policy, clock.date(), profiles, waivers, loaded.policy.document))
    return Plan(
        mode=mode,
        script=script,
        policy=policy,
        people=people,
        script_octets=loaded.script_document.octets,
        policy_octets=loaded.policy.document.octets,
        people_octets=loaded.people.document.octets,
        steps=steps,
        certificates=certificates,
        findings=tuple(findings),
        waivers=tuple(waivers),
    )


def people_of(script: Script, people: dict[str, Person], name: str) -> tuple[Person, ...]:
    """The people whom a role of the script, or a person's id, means."""
    if name in script.roles:
        return tuple(people[person] for person in script.roles[name].people)
    return (people[name],)


def role_of(script: Script, person: str) -> str:
    """The role that a person holds in this script."""
    return next((role for role, duty in script.roles.items() if person in duty.people), "")


def step_title(step: Step, policy: Policy) -> str:
    """What a step is called in lists."""
    if step.title is not None:
        return step.title
    match step:
        case models.RollCall():
            return "Roll-call"
        case models.Attest():
            return "Attest"
        case models.Record():
            return "Record"
        case models.CompareClock():
            return "Compare the clock"
        case models.OpenToken():
            return "Initialise the token" if step.initialise else "Open the token"
        case models.GenerateKey():
            return f"Generate key {step.key} ({policy.keys[step.profile].algorithm})"
        case models.SelfSign():
            return f"Self-sign {step.certificate}"
        case models.Issue():
            return f"Issue {step.certificate}"
        case models.ReviewInventory():
            return "Review the token's inventory"
        case models.Export():
            return "Export"
        case models.Close():
            return "Close and seal"


def _steps(script: Script, people: dict[str, Person], policy: Policy) -> Iterator[PlannedStep]:
    number = 0
    for section in script.sections:
        for step in section.steps:
            number += 1
            actors = people_of(script, people, step.actor)
            yield PlannedStep(
                number=number,
                section=section.title,
                title=step_title(step, policy),
                step=step,
                actors=actors,
                actor_role=step.actor if step.actor in script.roles else role_of(script, step.actor),
                witnesses=people_of(script, people, step.witness) if step.witness else (),
            )


def _certificate(
    step: SelfSign | Issue,
    policy: Policy,
    earlier: dict[str, PlannedCertificate],
    mode: Mode,
    clock: datetime,
) -> PlannedCertificate:
    profile = policy.certificates[step.profile]
    certificate_of_issuer: bytes | None = None
    if isinstance(step, Issue):
        issuer = next((item for item in earlier.values() if item.name == step.issuer), None)
        if issuer is None:
            raise CeremonyError(
                "The issuer's certificate could not be planned.",
                detail=f"{step.certificate} is to be issued by {step.issuer}.",
                next_step="Mend what is wrong with the issuer first.",
                code="PLAN-ISSUER",
            )
        issuer_name, issuer_profile, issuer_key = issuer.name, issuer.profile, issuer.key
        certificate_of_issuer = issuer.to_be_signed.octets
    else:
        issuer_name, issuer_profile, issuer_key = step.certificate, profile, step.key
    holes = with_neighbours(
        planning_holes(policy, profile, issuer_profile, clock), step.key, certificate_of_issuer, neighbours(earlier)
    )
    return PlannedCertificate(
        step_id=step.id,
        name=step.certificate,
        profile_name=step.profile,
        profile=profile,
        issuer_name=issuer_name,
        issuer_profile=issuer_profile,
        key=step.key,
        issuer_key=issuer_key,
        holes=holes,
        to_be_signed=build_certificate(profile, issuer_profile, holes, practice=mode == "practice"),
    )


def neighbours(certificates: dict[str, PlannedCertificate]) -> list[Neighbour]:
    """Planned certificates as those that stand before another one."""
    return [Neighbour(item.name, item.key, item.to_be_signed.octets) for item in certificates.values()]


def planning_holes(
    policy: Policy, profile: CertificateProfile, issuer_profile: CertificateProfile, clock: datetime
) -> Holes:
    """The declared holes of a certificate, filled with placeholders: keys, identifiers, serial, dates."""
    not_before, not_after = validity_period(profile.validity, clock)
    return Holes(
        spki=placeholder_spki(policy.keys[profile.key].algorithm),
        issuer_spki=placeholder_spki(policy.keys[issuer_profile.key].algorithm),
        serial_number=int.from_bytes(bytes([PLACEHOLDER_OCTET]) * profile.serial_octets, "big"),
        not_before=not_before,
        not_after=not_after,
    )


def _judged(
    policy: Policy,
    certificate: PlannedCertificate,
    earlier: dict[str, PlannedCertificate],
    mode: Mode,
    clock: datetime,
) -> Judgement:
    issuer = next((item for item in earlier.values() if item.name == certificate.issuer_name), None)
    return judged(
        policy,
        certificate.to_be_signed,
        certificate.profile_name,
        certificate.issuer_profile,
        certificate.holes,
        name=certificate.name,
        key=certificate.key,
        issuer_key=certificate.issuer_key,
        issuer=issuer.to_be_signed.octets if issuer else None,
        neighbours=neighbours(earlier),
        clock=clock,
        practice=mode == "practice",
        placeholders=True,
    )


def _one_key_for_each_subject(certificates: dict[str, PlannedCertificate]) -> Iterator[Finding]:
    owners: dict[Name, PlannedCertificate] = {}
    for item in certificates.values():
        first = owners.setdefault(item.profile.subject, item)
        if first.key != item.key:
            yield Finding(
                "PLAN-SUBJECT",
                Severity.ERROR,
                f"has the same subject as {first.name} but another key; give it a name of its own",
                subject=item.name,
            )


def _as_finding(error: CeremonyError, step: SelfSign | Issue) -> Finding:
    message = " ".join(part for part in (error.headline, error.detail, error.next_step) if part)
    return Finding(error.code or "PLAN-CERTIFICATE", Severity.ERROR, message, subject=step.certificate)
