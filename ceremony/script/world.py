"""What is known before a step: keys, certificates, lists and revocations of earlier ceremonies and of this one so far.

The plan fills it with placeholders, the engine with what the token made, the verifier with what the record says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import KeyEntry
from ceremony.transcript.state import CeremonyState


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key of this archive. `key_id` (hex) is empty while it is only planned."""

    name: str
    algorithm: str
    profile: str
    spki: bytes
    token_label: str
    key_id: str = ""
    earlier: KeyEntry | None = None
    """What the register says of a key of an earlier ceremony."""
    destroyed: bool = False


@dataclass(frozen=True, slots=True)
class KnownCertificate:
    """A certificate, or in a plan its TBSCertificate: its name, its key's name, its DER."""

    name: str
    key: str
    octets: bytes
    profile: str = ""
    issuer: str = ""
    """The name of the issuing certificate."""
    ceremony: str = ""
    """The earlier ceremony that signed it; empty for one of this ceremony."""


@dataclass(frozen=True, slots=True)
class KnownRevocation:
    """What a CRL of the archive says of a certificate. `reason` as RFC 5280 calls it, or empty."""

    issuer: str
    """The name of the issuing certificate."""
    serial_number: int
    reason: str
    revoked_at: str
    invalid_from: str
    crl_profile: str
    number: int
    """Of the CRL that was the first to list it so."""


@dataclass(frozen=True, slots=True)
class KnownCrl:
    """The last CRL of a profile; `octets` are DER, of a CertificateList or (in a plan) of a TBSCertList."""

    profile: str
    issuer: str
    number: int
    octets: bytes
    sha256: str


@dataclass(slots=True)
class World:
    """Everything by name, in the order in which it came."""

    keys: dict[str, KnownKey] = field(default_factory=dict)
    certificates: dict[str, KnownCertificate] = field(default_factory=dict)
    crls: dict[str, KnownCrl] = field(default_factory=dict)
    """By profile."""
    revocations: list[KnownRevocation] = field(default_factory=list)
    updates: set[str] = field(default_factory=set)
    """thisUpdate (ISO 8601, UTC) of each list that this ceremony signed so far: what was revoked here bears one."""

    def copy(self) -> World:
        """The same, to go on from another way."""
        return World(
            dict(self.keys), dict(self.certificates), dict(self.crls), list(self.revocations), set(self.updates)
        )

    def add_key(self, key: KnownKey) -> None:
        """A key was made, or is planned."""
        self.keys[key.name] = key

    def mark_destroyed(self, name: str) -> None:
        """A key is no more, or it is planned that it will not be."""
        self.keys[name] = replace(self.keys[name], destroyed=True)

    def learn(self, state: CeremonyState) -> None:
        """What a ceremony has made of keys so far; what it signed is told by the objects themselves, with their octets.

        A key whose octets the record does not hold as such is left out: the verifier says so.
        """
        for name, made in state.keys.items():
            if self.keys.get(name) is None or self.keys[name].key_id != made.key_id:
                try:
                    spki = made.spki
                except ValueError:
                    continue
                self.add_key(KnownKey(name, made.algorithm, made.profile, spki, made.token[0], made.key_id))
        for name in self.keys.keys() & state.destroyed.keys():
            self.mark_destroyed(name)

    def neighbours(self) -> tuple[KnownCertificate, ...]:
        """Every certificate that is known, oldest first."""
        return tuple(self.certificates.values())

    def issued_under(self, issuer: str) -> Iterator[KnownCertificate]:
        """The certificates that carry the issuer's name as their issuer: those of its other certificates too."""
        from ceremony.pki.view import certificate_view

        name = certificate_view(self.certificates[issuer].octets).subject.der
        for item in self.certificates.values():
            if certificate_view(item.octets).issuer.der == name:
                yield item

    def revocation(self, issuer: str, serial_number: int) -> KnownRevocation | None:
        """The last word of the record on this serial number of an issuer, under any of its certificates."""
        key = self.certificates[issuer].key
        for item in reversed(self.revocations):
            known = self.certificates.get(item.issuer)
            same = item.issuer == issuer or (known is not None and known.key == key and key)
            if item.serial_number == serial_number and same:
                return item
        return None

    def revoked_names(self) -> frozenset[str]:
        """The names of the certificates that a CRL of the archive lists."""
        from ceremony.pki.view import certificate_view

        listed = {(item.issuer, item.serial_number) for item in self.revocations}
        return frozenset(
            item.name
            for item in self.certificates.values()
            if listed and (item.issuer, certificate_view(item.octets).serial_number) in listed
        )


def world_of(register: Register, crls: dict[str, bytes], unwritten: Mapping[str, bytes] | None = None) -> World:
    """What earlier ceremonies left. `crls` are the octets of the last list of each profile that is needed, `unwritten`
    those of certificates that were signed and that no file holds, by name."""
    world = World()
    for key in register.keys:
        world.add_key(
            KnownKey(
                name=key.name,
                algorithm=key.algorithm,
                profile=key.profile,
                spki=bytes.fromhex(key.spki),
                token_label=key.token_label,
                key_id=key.key_id,
                earlier=key,
                destroyed=key.state == "destroyed",
            )
        )
    for item in register.certificates:
        octets = bytes.fromhex(item.der) or (unwritten or {}).get(item.name, b"")
        if octets:
            world.certificates[item.name] = KnownCertificate(
                item.name, item.key, octets, item.profile, item.issuer, item.ceremony
            )
    for profile, crl in crls.items():
        last = register.last_crl(profile)
        if last is not None:
            world.crls[profile] = KnownCrl(profile, last.issuer, int(last.number), crl, last.sha256)
    world.revocations = [
        KnownRevocation(
            issuer=item.issuer,
            serial_number=int(item.serial, 16),
            reason=item.reason,
            revoked_at=item.revoked_at,
            invalid_from=item.invalid_from,
            crl_profile=item.crl_profile,
            number=int(item.number),
        )
        for item in register.revocations
    ]
    return world
