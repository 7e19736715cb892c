"""From a loaded script to a plan: what cannot be planned cannot be started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, assert_never

from ceremony.canonical import sha256_hex
from ceremony.custody.people import Person
from ceremony.errors import CeremonyError, Finding, Severity
from ceremony.pki.keys import placeholder_spki
from ceremony.policy.models import Policy
from ceremony.policy.names import Name
from ceremony.policy.place import placed
from ceremony.policy.waivers import UsedWaiver, check_waivers_on
from ceremony.script.custody_check import custody_findings
from ceremony.script.custody_simulation import item_findings
from ceremony.script.demands import Source, demands
from ceremony.script.models import (
    AboutKeys,
    BackupKey,
    DestroyKey,
    GenerateKey,
    ParkKey,
    RestoreTest,
    Script,
    SignCrl,
    Signs,
    Step,
)
from ceremony.script.objects.base import Demand, Setting, SignedObject
from ceremony.script.objects.certificate import CertificateObject
from ceremony.script.objects.crl import CrlObject
from ceremony.script.objects.crl_revocations import one_scope
from ceremony.script.past import Rehearsed, nothing, rehearsal_copy
from ceremony.script.plan import Mode, Plan, PlannedStep
from ceremony.script.practice_label import practice_label
from ceremony.script.share_findings import share_findings
from ceremony.script.still_needed import still_needed
from ceremony.script.waiver_codes import unknown_codes
from ceremony.script.world import KnownKey, World, world_of
from ceremony.transcript.archive import CRLS, REGISTER, UNWRITTEN
from ceremony.transcript.kinds import CrlBuilt, What
from ceremony.transcript.register_entries import CrlEntry

if TYPE_CHECKING:
    from ceremony.script.load import LoadedScript

PLACEHOLDER_OCTET = b"\x5a"
"""The first octet of what stands for a serial number that the token has yet to draw."""

LONGEST_SHOWN = 160
"""Characters of a field that a finding shows."""


def compile_plan(loaded: LoadedScript, mode: Mode, clock: datetime, *, lint: bool = True) -> Plan:
    """Resolve, build, lint and count. `clock` (UTC) stands for the clock that people will agree.

    Findings are returned in the plan; only what makes a plan impossible is raised. `lint=False` leaves the linters
    out, for a verifier that only needs what was planned.
    """
    loaded = _in_mode(loaded, mode)
    script, policy = loaded.script, loaded.policy.policy
    people = {person.id: person for person in loaded.people.people.people}
    steps = tuple(_steps(script, people, policy))
    inputs = {REGISTER: loaded.past.register.octets, **loaded.files}
    crls = _last_lists(loaded)
    inputs |= {f"{CRLS}/{profile}.crl": octets for profile, octets in crls.items()}
    unwritten = loaded.past.certificates()
    inputs |= {f"{UNWRITTEN}/{name}.der": octets for name, octets in unwritten.items()}
    world = world_of(loaded.past.register, crls, unwritten)
    course = _Course(loaded, mode, clock, world.copy(), lint)
    for planned in steps:
        course.step(planned.step)
    rehearsed = loaded.past.rehearsed(sha256_hex(loaded.script_document.octets), lambda: _first_files(course))
    if rehearsed is not None:
        inputs |= {rehearsal_copy(path): octets for path, octets in rehearsed.objects.items()}
    findings = [
        *_rehearsal(loaded, rehearsed, course),
        *course.findings,
        *_one_key_for_each_subject(course),
        *_on_their_token(course),
        *custody_findings(policy.custody, script, people, steps, mode),
        *share_findings(script, loaded.past.register, [planned.step for planned in steps]),
        *item_findings(script, loaded.past.register),
    ]
    if lint:
        profiles = {item.demand.profile_name for item in course.signed() if item.what == "certificate"}
        findings.extend(unknown_codes(policy, loaded.policy.document, profiles))
        findings.extend(check_waivers_on(policy, clock.date(), profiles, course.waivers, loaded.policy.document))
    return Plan(
        mode=mode,
        script=script,
        policy=policy,
        people=people,
        script_octets=loaded.script_document.octets,
        policy_octets=loaded.policy.document.octets,
        people_octets=loaded.people.document.octets,
        past=loaded.past,
        inputs=inputs,
        steps=steps,
        objects=course.objects,
        findings=tuple(findings),
        waivers=tuple(course.waivers),
        world=world,
        rehearsed=rehearsed,
    )


def _in_mode(loaded: LoadedScript, mode: Mode) -> LoadedScript:
    """The script over a past of this mode: one without any ceremony is of either. Raises CeremonyError (MODE-PAST)."""
    register = loaded.past.register
    if register.mode == mode:
        return loaded
    if register.keys or register.certificates or register.ceremonies:
        raise CeremonyError(
            "The past is of another mode than the plan.",
            detail=f"The register is one of {register.mode}; the plan is for {mode}.",
            not_done="Nothing was planned.",
            next_step="Plan over what this mode left in the archive.",
            code="MODE-PAST",
        )
    return replace(loaded, past=nothing(mode))


def people_of(script: Script, people: dict[str, Person], name: str) -> tuple[Person, ...]:
    """The people whom a role of the script, or a person's id, means: of a role its holders, then their deputies."""
    if name in script.roles:
        return tuple(people[person] for person in script.roles[name].eligible)
    return (people[name],)


def role_of(script: Script, person: str) -> str:
    """The role that a person holds in this script."""
    return next((role for role, duty in script.roles.items() if person in duty.eligible), "")


def placeholder_serial(demand: Demand) -> int:
    """What stands for a serial number that the token has yet to draw: for each certificate another, as on the day."""
    drawn = PLACEHOLDER_OCTET + sha256(demand.name.encode()).digest()
    return int.from_bytes(drawn[: demand.serial_octets], "big")


class _Course:
    """The steps one after another, each in the world that those before it leave."""

    def __init__(self, loaded: LoadedScript, mode: Mode, clock: datetime, world: World, lint: bool) -> None:
        self.objects: dict[str, tuple[SignedObject, ...]] = {}
        self.findings: list[Finding] = []
        self.waivers: list[UsedWaiver] = []
        self.world = world
        self._loaded = loaded
        self._policy = loaded.policy.policy
        self._mode: Mode = mode
        self._clock = clock
        self._lint = lint
        label = loaded.script.token.label
        self.token_label = label if mode == "production" else practice_label(label)

    def signed(self) -> Iterator[SignedObject]:
        """Everything that was planned to be signed, in order."""
        for group in self.objects.values():
            yield from group

    def step(self, step: Step) -> None:
        """Plan one step."""
        try:
            if isinstance(step, Signs):
                self._sign(step)
            elif isinstance(step, AboutKeys):
                self._key(step)
        except CeremonyError as error:
            self.findings.append(_as_finding(error, step))

    def _key(self, step: AboutKeys) -> None:
        match step:
            case GenerateKey():
                algorithm = self._policy.keys[step.profile].algorithm
                label = self._loaded.script.token.label
                label = label if self._mode == "production" else practice_label(label)
                self.world.add_key(KnownKey(step.key, algorithm, step.profile, placeholder_spki(algorithm), label))
            case ParkKey() | BackupKey() | RestoreTest():
                pass  # it stays as it was made
            case DestroyKey():
                self._destroy(step)
            case _:
                assert_never(step)

    def _destroy(self, step: DestroyKey) -> None:
        """KEY-NEEDED: nothing that is still valid leans on the key."""
        planned = [item.built() for item in self.signed() if isinstance(item, CrlObject)]
        lists: list[CrlEntry | CrlBuilt] = [*self._loaded.past.register.crls, *planned]
        needed = still_needed(self.world, lists, step.key, self._clock)
        if needed:
            message = (
                f"{', '.join(needed)}: still valid, not revoked, and longer valid than a last CRL of this key lasts"
            )
            self.findings.append(Finding("KEY-NEEDED", Severity.ERROR, message, step.key))
        self.world.mark_destroyed(step.key)

    def _sign(self, step: Signs) -> None:
        made: list[SignedObject] = []
        for demand in demands(step, Source(self._setting(), self._loaded.files)):
            item = demand.draft(self._setting(), placeholder_serial(demand))
            if self._lint:
                self._judge(item)
            item.learn(self.world, item.to_be_signed.octets)
            made.append(item)
        if made:
            self.objects[step.id] = tuple(made)

    def _judge(self, item: SignedObject) -> None:
        judgement = item.judged()
        document, policy = self._loaded.policy.document, self._policy
        if isinstance(item, CertificateObject):
            name = item.demand.profile_name
            self.findings.extend(placed(found, policy, document, name) for found in judgement.findings)
        else:
            self.findings.extend(judgement.findings)
        self.waivers.extend(judgement.waivers)

    def _setting(self) -> Setting:
        # What an object is judged against must not change under it when the next one is planned.
        return Setting(self._policy, self.world.copy(), self._clock, self._mode == "practice", placeholders=True)


def _first_files(course: _Course) -> dict[str, tuple[What, str]]:
    """Each object, in DER, as its ceremony's folder keeps it: what it is and its name, by path."""
    from ceremony.script.rehearsal import object_path  # late: a plan without a rehearsal does without it

    return {object_path(item): (item.what, item.name) for item in course.signed()}


def _rehearsal(loaded: LoadedScript, rehearsed: Rehearsed | None, course: _Course) -> Iterator[Finding]:
    """REHEARSAL-MISSING: what must be rehearsed was, to its close, with these very script bytes. REHEARSAL-DIFFERENT:
    what is planned today is what was rehearsed, but for what the day brings."""
    if loaded.past.register.mode == "practice" or not course.objects:
        return
    if rehearsed is None:
        must = loaded.script.rehearsed == "must"
        message = "was not rehearsed to its close in this archive, with these very bytes, since it was last performed"
        severity = Severity.ERROR if must else Severity.NOTICE
        yield Finding("REHEARSAL-MISSING", severity, message, loaded.script.id)
        return
    from ceremony.script.rehearsal import compare_rehearsed  # late, as above

    for item in course.signed():
        try:
            comparison = compare_rehearsed(item, rehearsed)
        except CeremonyError as error:
            yield Finding(error.code or "REHEARSAL-UNREADABLE", Severity.ERROR, error.detail, item.name)
            continue
        for pair in comparison.pairs:
            if pair.verdict == "DIFFERS":
                message = (
                    f"{pair.name} is not what {rehearsed.folder} rehearsed: there {_short(pair.rehearsed)}, "
                    f"now {_short(pair.produced)}; rehearse again"
                )
                yield Finding("REHEARSAL-DIFFERENT", Severity.ERROR, message, item.name)


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_SHOWN else f"{value[: LONGEST_SHOWN - 3]}..."


def _last_lists(loaded: LoadedScript) -> dict[str, bytes]:
    """The last list of each profile that the script goes on from, and of those of the same scope: a complete list and
    its deltas share their numbers, and what one revoked the next takes in."""
    wanted: dict[str, bytes] = {}
    crls = loaded.policy.policy.crls
    for section in loaded.script.sections:
        for step in section.steps:
            if isinstance(step, SignCrl) and step.profile in crls:
                for profile in one_scope(crls, step.profile):
                    octets = loaded.past.crl(profile)
                    if octets is not None:
                        wanted[profile] = octets
    return wanted


def _steps(script: Script, people: dict[str, Person], policy: Policy) -> Iterator[PlannedStep]:
    number = 0
    for section in script.sections:
        for step in section.steps:
            number += 1
            actors = people_of(script, people, step.actor)
            yield PlannedStep(
                number=number,
                section=section.title,
                title=step.title_under(policy),
                step=step,
                actors=actors,
                actor_role=step.actor if step.actor in script.roles else role_of(script, step.actor),
                witnesses=people_of(script, people, step.witness) if step.witness else (),
            )


def _one_key_for_each_subject(course: _Course) -> Iterator[Finding]:
    owners: dict[Name, CertificateObject] = {}
    for item in course.signed():
        if not isinstance(item, CertificateObject) or item.demand.profile.rollover:
            continue
        first = owners.setdefault(item.demand.profile.subject, item)
        if first.demand.subject_key != item.demand.subject_key:
            message = f"has the same subject as {first.name} but another key; give it a name of its own"
            yield Finding("PLAN-SUBJECT", Severity.ERROR, message, subject=item.name)


def _on_their_token(course: _Course) -> Iterator[Finding]:
    """KEY-TOKEN: what signs is on the token that the script opens."""
    for item in course.signed():
        key = course.world.keys.get(item.demand.signer_key)
        if key is not None and key.token_label != course.token_label:
            message = f"is signed with key {key.name}, which is on token {key.token_label}, not on {course.token_label}"
            yield Finding("KEY-TOKEN", Severity.ERROR, message, subject=item.name)


def _as_finding(error: CeremonyError, step: Step) -> Finding:
    message = " ".join(part for part in (error.headline, error.detail, error.next_step) if part)
    name = next((str(getattr(step, field)) for field in ("certificate", "crl", "request") if hasattr(step, field)), "")
    return Finding(error.code or "PLAN-STEP", Severity.ERROR, message, subject=name or step.id)
