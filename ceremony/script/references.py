"""What can be refused of a script before it is compiled. Each rule's id stands at the function that keeps it.

The policy and the people may be absent (their files had complaints of their own): what needs them is then not asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ceremony.custody.people import People
from ceremony.errors import Finding, Severity
from ceremony.policy.models import CertificateProfile, Policy
from ceremony.policy.validate import path_in_words
from ceremony.script.models import (
    Close,
    CompareClock,
    GenerateKey,
    Issue,
    OpenToken,
    Record,
    ReviewInventory,
    Script,
    SelfSign,
    Step,
)
from ceremony.strict_yaml import DataPath, Document, names_a_secret

_TOKEN_STEPS = (GenerateKey, SelfSign, Issue, ReviewInventory)
_SIGNING_STEPS = (SelfSign, Issue)

Placed = tuple[DataPath, Step]
"""A step with its place in the script's data."""

_Complaints = Iterator[tuple[str, DataPath, str]]
"""Rule id, place, message."""


def check_script(
    script: Script, document: Document, policy: Policy | None, people: People | None
) -> tuple[Finding, ...]:
    """Every complaint about how the parts of a script fit together."""
    steps: list[Placed] = [
        (("sections", section_index, "steps", step_index), step)
        for section_index, section in enumerate(script.sections)
        for step_index, step in enumerate(section.steps)
    ]
    found = [
        *_check_roles(script, people),
        *_check_seal(script, people),
        *_check_steps(script, steps),
        *_check_forms(steps),
        *_check_order(steps),
        *_Keys(policy).check(steps),
    ]
    return tuple(
        Finding(rule, Severity.ERROR, message, path_in_words(path), document.where(path))
        for rule, path, message in found
        if not document.is_suspect(path)
    )


def _check_roles(script: Script, people: People | None) -> _Complaints:
    """SCRIPT-PERSON, SCRIPT-PERSON-ROLE, SCRIPT-EXCLUSIVE (BR 5.2.4: no two roles of one script), SCRIPT-QUORUM."""
    known = {person.id: person for person in people.people} if people else None
    role_of: dict[str, str] = {}
    for role, duty in script.roles.items():
        at: DataPath = ("roles", role)
        for index, person_id in enumerate(duty.people):
            place: DataPath = (*at, "people", index)
            if person_id in role_of:
                held = role_of[person_id]
                again = f"`{person_id}` stands in this role twice"
                message = again if held == role else f"`{person_id}` is {held} already; one person holds one role"
                yield "SCRIPT-EXCLUSIVE", place, message
            role_of.setdefault(person_id, role)
            if known is None:
                continue
            person = known.get(person_id)
            if person is None:
                yield "SCRIPT-PERSON", place, f"there is no person `{person_id}` in the people file"
            elif role not in person.roles:
                yield "SCRIPT-PERSON-ROLE", place, f"the people file does not let `{person_id}` be {role}"
        if duty.needed is not None and duty.needed > len(duty.people):
            yield "SCRIPT-QUORUM", (*at, "needed"), f"needs {duty.needed} people, and {len(duty.people)} are named"


def _check_seal(script: Script, people: People | None) -> _Complaints:
    """SCRIPT-SEAL: who seals the record is an administrator of this ceremony."""
    administrators = script.roles["administrator"].people if "administrator" in script.roles else ()
    if script.seal_by not in administrators:
        yield "SCRIPT-SEAL", ("seal_by",), f"`{script.seal_by}` is not an administrator of this ceremony"
    elif people and all(person.id != script.seal_by for person in people.people):
        yield "SCRIPT-SEAL", ("seal_by",), f"there is no person `{script.seal_by}` in the people file"


def _check_steps(script: Script, steps: list[Placed]) -> _Complaints:
    """SCRIPT-STEP-ID, SCRIPT-ACTOR, SCRIPT-WITNESS: ids are unique; actor and witness are present, and two people."""
    present = {person for duty in script.roles.values() for person in duty.people}
    groups: dict[str, frozenset[str]] = {person: frozenset({person}) for person in present}
    groups |= {role: frozenset(duty.people) for role, duty in script.roles.items()}
    seen: set[str] = set()
    for path, step in steps:
        if step.id in seen:
            yield "SCRIPT-STEP-ID", (*path, "id"), f"`{step.id}` is the id of a step above already"
        seen.add(step.id)
        if step.actor not in groups:
            yield "SCRIPT-ACTOR", (*path, "actor"), f"`{step.actor}` is neither a role nor a person of this ceremony"
        if step.witness is None:
            continue
        if step.witness not in groups:
            message = f"`{step.witness}` is neither a role nor a person of this ceremony"
            yield "SCRIPT-WITNESS", (*path, "witness"), message
        elif step.actor in groups and len(groups[step.actor] | groups[step.witness]) == 1:
            yield "SCRIPT-WITNESS", (*path, "witness"), f"`{step.witness}` also acts here; a witness is another person"


def _check_forms(steps: list[Placed]) -> _Complaints:
    """SCRIPT-FIELD, SCRIPT-PATTERN, SCRIPT-SECRET: blanks have names of their own, patterns that work, no secrets."""
    for path, step in steps:
        if not isinstance(step, Record):
            continue
        seen: set[str] = set()
        for index, blank in enumerate(step.fields):
            at: DataPath = (*path, "fields", index)
            if blank.name in seen:
                yield "SCRIPT-FIELD", (*at, "name"), f"`{blank.name}` is the name of another blank of this form"
            seen.add(blank.name)
            if names_a_secret(blank.name) or names_a_secret(blank.label):
                message = "asks for a secret, and what is entered here is written into the record; take it out"
                yield "SCRIPT-SECRET", (*at, "name"), message
            if blank.pattern is not None:
                try:
                    re.compile(blank.pattern)
                except (re.error, OverflowError, RecursionError):
                    yield "SCRIPT-PATTERN", (*at, "pattern"), "is not a pattern (a regular expression)"


def _check_order(steps: list[Placed]) -> _Complaints:
    """SCRIPT-TOKEN, SCRIPT-CLOCK, SCRIPT-CLOSE: the token opened once and first; the clock before signing; one end."""
    opened = clock = needs_token = False
    closes = 0
    for path, step in steps:
        if isinstance(step, OpenToken):
            if opened:
                yield "SCRIPT-TOKEN", path, "the token is opened a second time; a ceremony opens it once"
            opened = True
        if isinstance(step, _TOKEN_STEPS):
            if not opened and not needs_token:
                yield "SCRIPT-TOKEN", path, "needs the token, and no open-token step stands before it"
            needs_token = True
        clock = clock or isinstance(step, CompareClock)
        if isinstance(step, _SIGNING_STEPS) and not clock:
            yield (
                "SCRIPT-CLOCK",
                path,
                "signs, and no compare-clock step stands before it: the clock dates what is signed",
            )
        if isinstance(step, Close):
            closes += 1
            if closes > 1:
                yield "SCRIPT-CLOSE", path, "closes the ceremony again; only the last step closes it"
    if not isinstance(steps[-1][1], Close):
        yield (
            "SCRIPT-CLOSE",
            steps[-1][0],
            "is the last step, and it does not close the ceremony; end with a close step",
        )
    if not opened and not needs_token:
        yield "SCRIPT-TOKEN", ("sections",), "no step opens the token (open-token)"


@dataclass(slots=True)
class _Keys:
    """Follows keys and certificates through the steps, as the ceremony will make them."""

    policy: Policy | None
    profile_of_key: dict[str, str] = field(default_factory=dict)
    place_of_key: dict[str, DataPath] = field(default_factory=dict)
    profile_of_certificate: dict[str, str] = field(default_factory=dict)
    certified: set[str] = field(default_factory=set)

    def check(self, steps: list[Placed]) -> _Complaints:
        """All rules about keys and certificates; KEY-UNUSED: a key is made only for a certificate of the plan."""
        later = {step.key for _, step in steps if isinstance(step, GenerateKey)}
        for path, step in steps:
            match step:
                case GenerateKey():
                    yield from self._generate(path, step)
                case SelfSign() | Issue():
                    yield from self._certify(path, step, later)
                case _:
                    pass
        for key, place in self.place_of_key.items():
            if key not in self.certified:
                yield "KEY-UNUSED", place, f"no certificate uses the key `{key}`; a key is made only when it is needed"

    def _generate(self, path: DataPath, step: GenerateKey) -> _Complaints:
        """SCRIPT-KEY-TWICE, SCRIPT-KEY-PROFILE."""
        if step.key in self.profile_of_key:
            yield "SCRIPT-KEY-TWICE", (*path, "key"), f"the key `{step.key}` is made above already"
            return
        self.profile_of_key[step.key] = step.profile
        self.place_of_key[step.key] = (*path, "key")
        if self.policy and step.profile not in self.policy.keys:
            yield "SCRIPT-KEY-PROFILE", (*path, "profile"), f"there is no key profile `{step.profile}` in the policy"

    def _certify(self, path: DataPath, step: SelfSign | Issue, later: set[str]) -> _Complaints:
        """SCRIPT-CERTIFICATE, SCRIPT-KEY, SCRIPT-PROFILE, SCRIPT-KEY-MATCH."""
        if step.certificate in self.profile_of_certificate:
            yield (
                "SCRIPT-CERTIFICATE",
                (*path, "certificate"),
                f"`{step.certificate}` is the name of another certificate",
            )
        self.certified.add(step.key)
        if step.key not in self.profile_of_key:
            reason = "is made only in a later step" if step.key in later else "is made in no step"
            yield "SCRIPT-KEY", (*path, "key"), f"the key `{step.key}` {reason}"
        profile = self.policy.certificates.get(step.profile) if self.policy else None
        if self.policy and profile is None:
            message = f"there is no certificate profile `{step.profile}` in the policy"
            yield "SCRIPT-PROFILE", (*path, "profile"), message
        if profile is not None:
            made_as = self.profile_of_key.get(step.key, profile.key)
            if made_as != profile.key and self.policy and made_as in self.policy.keys:
                message = f"the key `{step.key}` is made as `{made_as}`, and the profile wants `{profile.key}`"
                yield "SCRIPT-KEY-MATCH", (*path, "key"), message
        if isinstance(step, Issue):
            yield from self._issuer(path, step, profile)
        elif profile is not None and profile.issuer != step.profile:
            message = f"the profile `{step.profile}` is issued by `{profile.issuer}` and cannot sign itself"
            yield "SCRIPT-SELF-SIGN", (*path, "profile"), message
        self.profile_of_certificate.setdefault(step.certificate, step.profile)

    def _issuer(self, path: DataPath, step: Issue, profile: CertificateProfile | None) -> _Complaints:
        """SCRIPT-ISSUER: the issuer's certificate is made before, and is the one that the profile names."""
        issuer_profile = self.profile_of_certificate.get(step.issuer)
        if issuer_profile is None:
            yield "SCRIPT-ISSUER", (*path, "issuer"), f"no step above makes a certificate `{step.issuer}`"
        if profile is None:
            return
        if profile.issuer == step.profile:
            message = f"the profile `{step.profile}` signs itself; use a self-sign step"
            yield "SCRIPT-SELF-SIGN", (*path, "profile"), message
        elif issuer_profile is not None and issuer_profile != profile.issuer:
            message = f"`{step.issuer}` is made as `{issuer_profile}`, and the profile is issued by `{profile.issuer}`"
            yield "SCRIPT-ISSUER", (*path, "issuer"), message
