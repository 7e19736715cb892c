"""From a loaded script to a plan: what cannot be planned cannot be started."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from ceremony.custody.people import Person
from ceremony.errors import CeremonyError, Finding, Severity
from ceremony.pki.certificate import Holes, assemble, build_certificate, dummy_signature, validity_period
from ceremony.pki.keys import placeholder_spki
from ceremony.policy.models import CertificateProfile, Policy
from ceremony.script import models
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
    for planned in steps:
        step = planned.step
        if isinstance(step, SelfSign | Issue):
            try:
                certificate = _certificate(step, policy, certificates, mode, clock)
            except CeremonyError as error:
                findings.append(_as_finding(error, step))
                continue
            certificates[step.id] = certificate
            if lint:
                findings.extend(_lint(certificate, certificates, clock))
    findings.extend(_one_key_for_each_subject(certificates))
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
    else:
        issuer_name, issuer_profile, issuer_key = step.certificate, profile, step.key
    holes = planning_holes(policy, profile, issuer_profile, clock)
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


def _lint(
    certificate: PlannedCertificate, certificates: dict[str, PlannedCertificate], clock: datetime
) -> tuple[Finding, ...]:
    from ceremony.pki.checks import check_certificate
    from ceremony.pki.lint import lint_certificate

    issuer = next(item for item in certificates.values() if item.name == certificate.issuer_name)
    return (
        *lint_certificate(_draft(certificate), certificate.profile.lint_as, certificate.name),
        *check_certificate(
            certificate.to_be_signed,
            certificate.profile,
            certificate.issuer_profile,
            certificate.holes,
            clock=clock,
            issuer_certificate=None if issuer is certificate else _draft(issuer),
            subject=certificate.name,
        ),
    )


def _draft(certificate: PlannedCertificate) -> bytes:
    """The planned certificate under a dummy signature: what linters read. No key is made for it."""
    to_be_signed = certificate.to_be_signed
    return assemble(to_be_signed, dummy_signature(to_be_signed.algorithm, certificate.holes.issuer_spki))


def _one_key_for_each_subject(certificates: dict[str, PlannedCertificate]) -> Iterator[Finding]:
    owners: dict[tuple[tuple[str, str], ...], PlannedCertificate] = {}
    for item in certificates.values():
        subject = tuple((part.type, part.value) for part in item.profile.subject)
        first = owners.setdefault(subject, item)
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
