"""Keys, certificates and lists through the steps of a script, from what earlier ceremonies left to its last step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import assert_never

from ceremony.policy.models import CertificateProfile, Policy
from ceremony.policy.status import CrlProfile, same_scope
from ceremony.script.models import (
    AboutKeys,
    BackupKey,
    CrossSign,
    DestroyKey,
    GenerateKey,
    Issue,
    MakeRequest,
    ParkKey,
    RestoreTest,
    Script,
    SelfSign,
    SignCrl,
    SignOcsp,
    Signs,
    Step,
)
from ceremony.script.object_names import ObjectNames
from ceremony.strict_yaml import DataPath
from ceremony.transcript.register import Register

Placed = tuple[DataPath, Step]
"""A step with its place in the script's data."""

Complaints = Iterator[tuple[str, DataPath, str]]
"""Rule id, place, message."""


@dataclass(slots=True)
class KeyReferences:
    """Follows names through the steps, as the ceremony will make and use what they stand for."""

    script: Script
    policy: Policy | None
    register: Register
    profile_of_key: dict[str, str] = field(default_factory=dict)
    place_of_key: dict[str, DataPath] = field(default_factory=dict)
    """Of the keys that this script makes."""
    profile_of_certificate: dict[str, str] = field(default_factory=dict)
    certified: set[str] = field(default_factory=set)
    parked: set[str] = field(default_factory=set)
    destroyed: set[str] = field(default_factory=set)
    backed_up: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    requests: set[str] = field(default_factory=set)

    def check(self, steps: list[Placed]) -> Complaints:
        """All rules about names; KEY-UNUSED: a key is made only for a certificate of the plan, or parked on purpose."""
        for earlier in self.register.keys:
            self.profile_of_key[earlier.name] = earlier.profile
            if earlier.state == "destroyed":
                self.destroyed.add(earlier.name)
        for certificate in self.register.certificates:
            self.profile_of_certificate[certificate.name] = certificate.profile
        self.requests |= {item.name for item in self.register.requests}
        later = {step.key for _, step in steps if isinstance(step, GenerateKey)}
        names = ObjectNames(self.policy)
        for path, step in steps:
            if isinstance(step, Signs | AboutKeys):
                yield from self._of(path, step, later)
            yield from names.check(path, step, self.profile_of_certificate)
        for key, place in self.place_of_key.items():
            if key not in self.certified and key not in self.parked:
                message = f"no certificate uses the key `{key}`, and no step parks it; a key is made when it is needed"
                yield "KEY-UNUSED", place, message
        yield from self._unlocked(steps)

    def _of(self, path: DataPath, step: Signs | AboutKeys, later: set[str]) -> Complaints:
        """What one step does with keys."""
        match step:
            case GenerateKey():
                yield from self._generate(path, step)
            case ParkKey():
                yield from self._park(path, step)
            case SelfSign() | Issue() | CrossSign():
                yield from self._certify(path, step, later)
            case MakeRequest():
                yield from self._request(path, step, later)
            case SignCrl():
                yield from self._list(path, step)
            case SignOcsp():
                yield from self._responses(path, step)
            case BackupKey() | RestoreTest():
                yield from self._backup(path, step)
            case DestroyKey():
                yield from self._known_key(path, step.key, later)
                self.destroyed.add(step.key)
            case _:
                assert_never(step)

    def _unlocked(self, steps: list[Placed]) -> Complaints:
        """KEY-UNLOCKED: a key that can leave its token is backed up, and so locked, before the ceremony ends."""
        locked = {key for _, step in steps if isinstance(step, BackupKey) for key in step.keys} | self.destroyed
        for key, place in self.place_of_key.items():
            profile = self.policy.keys.get(self.profile_of_key[key]) if self.policy else None
            if profile is not None and profile.backup and key not in locked:
                message = f"the key `{key}` can leave its token until a backup-key step has locked it; none does"
                yield "KEY-UNLOCKED", place, message

    def _generate(self, path: DataPath, step: GenerateKey) -> Complaints:
        """SCRIPT-KEY-TWICE, SCRIPT-KEY-PROFILE."""
        if step.key in self.profile_of_key:
            earlier = step.key not in self.place_of_key
            where = "in an earlier ceremony" if earlier else "above already"
            yield "SCRIPT-KEY-TWICE", (*path, "key"), f"the key `{step.key}` is made {where}; take another name"
            return
        self.profile_of_key[step.key] = step.profile
        self.place_of_key[step.key] = (*path, "key")
        if self.policy and step.profile not in self.policy.keys:
            yield "SCRIPT-KEY-PROFILE", (*path, "profile"), f"there is no key profile `{step.profile}` in the policy"

    def _park(self, path: DataPath, step: ParkKey) -> Complaints:
        """SCRIPT-PARK: only a key that this script makes, and does not certify, can be parked."""
        if step.key not in self.place_of_key:
            yield "SCRIPT-PARK", (*path, "key"), f"no step above makes the key `{step.key}`"
        elif step.key in self.certified:
            yield "SCRIPT-PARK", (*path, "key"), f"the key `{step.key}` is certified above; it is not parked"
        self.parked.add(step.key)

    def _known_key(self, path: DataPath, key: str, later: set[str], place: str = "key") -> Complaints:
        """SCRIPT-KEY, KEY-DESTROYED."""
        if key not in self.profile_of_key:
            reason = "is made only in a later step" if key in later else "is made in no step and in no earlier ceremony"
            yield "SCRIPT-KEY", (*path, place), f"the key `{key}` {reason}"
        if key in self.destroyed:
            yield "KEY-DESTROYED", (*path, place), f"the key `{key}` is destroyed before this step"

    def _certify(self, path: DataPath, step: SelfSign | Issue | CrossSign, later: set[str]) -> Complaints:
        """SCRIPT-CERTIFICATE, SCRIPT-KEY, SCRIPT-PROFILE, SCRIPT-KEY-MATCH, SCRIPT-EXISTING."""
        if step.certificate in self.profile_of_certificate:
            message = f"`{step.certificate}` is the name of another certificate, of this or an earlier ceremony"
            yield "SCRIPT-CERTIFICATE", (*path, "certificate"), message
        profile = self.policy.certificates.get(step.profile) if self.policy else None
        if self.policy and profile is None:
            message = f"there is no certificate profile `{step.profile}` in the policy"
            yield "SCRIPT-PROFILE", (*path, "profile"), message
        if isinstance(step, CrossSign):
            if step.existing is not None and step.existing not in self.profile_of_certificate:
                message = f"neither a step above nor an earlier ceremony makes a certificate `{step.existing}`"
                yield "SCRIPT-EXISTING", (*path, "existing"), message
        elif step.key is not None:
            yield from self._known_key(path, step.key, later)
            self.certified.add(step.key)
            yield from self._key_fits(path, step.key, profile)
        if isinstance(step, SelfSign):
            if profile is not None and profile.issuer != step.profile:
                message = f"the profile `{step.profile}` is issued by `{profile.issuer}` and cannot sign itself"
                yield "SCRIPT-SELF-SIGN", (*path, "profile"), message
        else:
            yield from self._issuer(path, step, profile)
        self.profile_of_certificate.setdefault(step.certificate, step.profile)

    def _key_fits(self, path: DataPath, key: str, profile: CertificateProfile | None) -> Complaints:
        """SCRIPT-KEY-MATCH."""
        if profile is None or self.policy is None:
            return
        made_as = self.profile_of_key.get(key, profile.key)
        if made_as != profile.key and made_as in self.policy.keys:
            message = f"the key `{key}` is made as `{made_as}`, and the profile wants `{profile.key}`"
            yield "SCRIPT-KEY-MATCH", (*path, "key"), message

    def _issuer(self, path: DataPath, step: Issue | CrossSign, profile: CertificateProfile | None) -> Complaints:
        """SCRIPT-ISSUER: the issuer's certificate is made before, and is the one that the profile names."""
        yield from self._certificate_of(path, "issuer", step.issuer, profile.issuer if profile else None)
        if profile is not None and profile.issuer == step.profile:
            message = f"the profile `{step.profile}` signs itself; use a self-sign step"
            yield "SCRIPT-SELF-SIGN", (*path, "profile"), message

    def _certificate_of(self, path: DataPath, place: str, name: str, wanted: str | None) -> Complaints:
        """SCRIPT-ISSUER: a certificate of this or an earlier ceremony, made as the profile that is wanted."""
        made_as = self.profile_of_certificate.get(name)
        if made_as is None:
            message = f"neither a step above nor an earlier ceremony makes a certificate `{name}`"
            yield "SCRIPT-ISSUER", (*path, place), message
        elif wanted is not None and made_as != wanted:
            yield "SCRIPT-ISSUER", (*path, place), f"`{name}` is made as `{made_as}`, and the profile names `{wanted}`"

    def _request(self, path: DataPath, step: MakeRequest, later: set[str]) -> Complaints:
        """SCRIPT-REQUEST, SCRIPT-KEY, SCRIPT-PROFILE, SCRIPT-KEY-MATCH."""
        if step.request in self.requests:
            yield "SCRIPT-REQUEST", (*path, "request"), f"`{step.request}` is the name of another request"
        self.requests.add(step.request)
        yield from self._known_key(path, step.key, later)
        self.certified.add(step.key)
        profile = self.policy.requests.get(step.profile) if self.policy else None
        if self.policy and profile is None:
            message = f"there is no request profile `{step.profile}` in the policy"
            yield "SCRIPT-PROFILE", (*path, "profile"), message
        made_as = self.profile_of_key.get(step.key)
        if profile is not None and made_as is not None and made_as != profile.key:
            message = f"the key `{step.key}` is made as `{made_as}`, and the profile wants `{profile.key}`"
            yield "SCRIPT-KEY-MATCH", (*path, "key"), message

    def _list(self, path: DataPath, step: SignCrl) -> Complaints:
        """SCRIPT-CRL, SCRIPT-PROFILE, SCRIPT-ISSUER, CRL-FIRST: the first list says so, and every other follows one."""
        if step.crl in self.lists:
            yield "SCRIPT-CRL", (*path, "crl"), f"`{step.crl}` is the name of another list"
        self.lists.add(step.crl)
        profile = self.policy.crls.get(step.profile) if self.policy else None
        if self.policy and profile is None:
            yield "SCRIPT-PROFILE", (*path, "profile"), f"there is no CRL profile `{step.profile}` in the policy"
        yield from self._certificate_of(path, "issuer", step.issuer, profile.issuer if profile else None)
        if step.first and profile is not None and profile.delta_of is None:
            yield from self._begun(path, step, profile)
        for index, item in enumerate(step.revoke):
            if item.certificate is not None and item.certificate not in self.profile_of_certificate:
                message = f"neither a step above nor an earlier ceremony makes a certificate `{item.certificate}`"
                yield "SCRIPT-REVOKE", (*path, "revoke", index, "certificate"), message

    def _begun(self, path: DataPath, step: SignCrl, profile: CrlProfile) -> Complaints:
        """CRL-FIRST: a list of the same key and scope under another profile goes before; its numbers and its entries
        would not go on (RFC 5280 5.2.3)."""
        known = {item.name: item.key for item in self.register.certificates}
        mine = known.get(step.issuer, "")
        for name in dict.fromkeys(
            item.profile
            for item in self.register.crls
            if not item.base_number and (item.issuer == step.issuer or (mine and known.get(item.issuer) == mine))
        ):
            other = self.policy.crls.get(name) if self.policy else None
            gone = other is None
            if name != step.profile and (gone or (other is not None and same_scope(other, profile))):
                said = "which the policy no longer has" if gone else "which has the same scope"
                message = f"CRLs of profile `{name}`, {said}, go before this one; go on from them under that name"
                yield "CRL-FIRST", (*path, "first"), message

    def _responses(self, path: DataPath, step: SignOcsp) -> Complaints:
        """SCRIPT-PROFILE, SCRIPT-ISSUER, SCRIPT-STATUS."""
        profile = self.policy.ocsp.get(step.profile) if self.policy else None
        if self.policy and profile is None:
            yield "SCRIPT-PROFILE", (*path, "profile"), f"there is no OCSP profile `{step.profile}` in the policy"
        yield from self._certificate_of(path, "issuer", step.issuer, profile.issuer if profile else None)
        yield from self._certificate_of(path, "responder", step.responder, profile.responder if profile else None)
        if step.certificates != "all":
            for index, name in enumerate(step.certificates):
                if name not in self.profile_of_certificate:
                    message = f"neither a step above nor an earlier ceremony makes a certificate `{name}`"
                    yield "SCRIPT-STATUS", (*path, "certificates", index), message

    def _backup(self, path: DataPath, step: BackupKey | RestoreTest) -> Complaints:
        """SCRIPT-OTHER-TOKEN, SCRIPT-TOKEN-IN-USE, SCRIPT-KEY, KEY-BACKUP, BACKUP-TWICE: only a key whose profile says
        so can leave its token, once, for another token, and none that holds backups already is erased for it."""
        choice = self.script.other_tokens.get(step.token)
        if choice is None:
            message = f"there is no token `{step.token}` among other_tokens"
            yield "SCRIPT-OTHER-TOKEN", (*path, "token"), message
        elif choice.label == self.script.token.label:
            message = f"`{step.token}` is the ceremony's own token {choice.label}; a backup goes to another one"
            yield "SCRIPT-OTHER-TOKEN", (*path, "token"), message
        elif isinstance(step, BackupKey) and step.initialise and self.register.mode == "production":
            yield from self._erased(path, choice.label)
        for index, key in enumerate(step.keys):
            for rule, _, message in self._known_key(path, key, set()):
                yield rule, (*path, "keys", index), message
            profile = self.policy.keys.get(self.profile_of_key.get(key, "")) if self.policy else None
            if isinstance(step, BackupKey) and profile is not None and not profile.backup:
                message = f"the key `{key}` is of a profile without backup: it never leaves its token"
                yield "KEY-BACKUP", (*path, "keys", index), message
            if isinstance(step, BackupKey):
                earlier = self.register.key(key)
                if key in self.backed_up or (earlier is not None and earlier.locked):
                    message = f"the key `{key}` is backed up and locked before this step; it cannot leave again"
                    yield "BACKUP-TWICE", (*path, "keys", index), message
                self.backed_up.add(key)

    def _erased(self, path: DataPath, label: str) -> Complaints:
        """SCRIPT-TOKEN-IN-USE."""
        held = self.register.held_on(label)
        if held:
            message = f"would erase the token {label}, which holds {', '.join(held)}; name an empty token"
            yield "SCRIPT-TOKEN-IN-USE", (*path, "initialise"), message
