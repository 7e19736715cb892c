"""CRLs: what the last list of a profile held, less what has expired, and what is revoked by this one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from ceremony.canonical import sha256_hex
from ceremony.errors import Finding
from ceremony.pki.crl import CrlHoles, UpdatePeriod, assemble_crl, build_crl, update_period
from ceremony.pki.crl_entries import Revoked
from ceremony.pki.crl_succession import Succession, expired_on, succession
from ceremony.pki.crl_view import crl_view
from ceremony.pki.view import certificate_view
from ceremony.policy.rules.crl_view import REASONS, Intended
from ceremony.policy.status import CrlProfile
from ceremony.room.clock import iso, parse_iso
from ceremony.script.objects.base import Demand, Judgement, Setting, SignedObject, other_kind
from ceremony.script.objects.crl_before import what_goes_before
from ceremony.script.objects.crl_revocations import Revocations
from ceremony.script.objects.crl_table import crl_sentences, table_rows
from ceremony.script.status_steps import Revocation
from ceremony.script.world import KnownCrl, KnownRevocation, World
from ceremony.transcript.kinds import CrlBuilt, ObjectBuilt, RevokedEntry, What

if TYPE_CHECKING:
    from ceremony.pki.wanted import Row

LINTED_ENTRIES = 1000
"""Entries of a long list that the linter looks at; our own rules look at all."""


@dataclass(frozen=True, slots=True)
class CrlDemand(Demand):
    """A CRL that a step asks for."""

    what: ClassVar[What] = "crl"

    profile: CrlProfile
    issuer_name: str
    """The name of the issuing CA's certificate."""
    first: bool
    revoke: tuple[Revocation, ...]
    bulk: bytes | None = None
    """A list of many revocations (CSV)."""
    published: bytes | None = None
    """The last list as it was published; it must be the one of the record."""

    @property
    def revocations(self) -> Revocations:
        """What it revokes."""
        return Revocations(self.name, self.profile_name, self.profile, self.issuer_name, self.revoke, self.bulk)

    def draft(self, setting: Setting, serial_number: int) -> CrlObject:
        """From the agreed clock on."""
        del serial_number
        return self._made(setting, update_period(self.profile.cycle, setting.clock))

    def again(self, setting: Setting, built: ObjectBuilt) -> CrlObject:
        """From the recorded thisUpdate on."""
        if not isinstance(built, CrlBuilt):
            raise other_kind(self, built)
        return self._made(setting, update_period(self.profile.cycle, parse_iso(built.this_update)))

    def facts(self) -> dict[str, str]:
        """The issuer."""
        return {"issuer": self.issuer_name, "first": "yes" if self.first else "no"}

    def _made(self, setting: Setting, period: UpdatePeriod) -> CrlObject:
        issuer = certificate_view(setting.certificate(self.issuer_name).octets)
        before = what_goes_before(self, setting)
        since = before.since
        names, asked = self.revocations.named(setting, issuer, since, period.this_update)
        carried = tuple(self.revocations.carried(setting, since, asked))
        names |= self.revocations.names_of(setting, carried)
        bulk = self.revocations.listed(period.this_update)
        merged = succession(
            since.octets if since else None,
            [*asked, *carried, *bulk],
            expired_on(self._ends(setting), _this_update(since) if since else period.this_update),
            period.this_update,
        )
        holes = CrlHoles(
            issuer_name=issuer.subject.der,
            issuer_spki=setting.key(self.signer_key).spki,
            issuer_key_identifier=issuer.subject_key_identifier,
            issuer_issuer_and_serial=(issuer.issuer.der, issuer.serial_number),
            number=before.number,
            base_number=before.base.number if before.base else None,
            this_update=period.this_update,
            next_update=period.next_update,
        )
        tbs = build_crl(self.profile, holes, merged.entries)
        return CrlObject(setting, tbs, self, holes, period, before.previous, since, merged, asked, tuple(bulk), names)

    def _ends(self, setting: Setting) -> dict[int, datetime]:
        """When each certificate of this issuer expires; nothing of subscribers', whose entries stay."""
        if self.profile.scope == "subscriber":
            return {}
        views = (certificate_view(item.octets) for item in setting.world.issued_under(self.issuer_name))
        return {view.serial_number: view.not_after for view in views}


@dataclass(frozen=True, slots=True)
class CrlObject(SignedObject):
    """A TBSCertList with its holes filled."""

    asked: CrlDemand
    holes: CrlHoles
    period: UpdatePeriod
    previous: KnownCrl | None
    """The last list of the profile."""
    since: KnownCrl | None
    """The list whose entries it goes on from: the same, but for a delta CRL with a new base."""
    merged: Succession
    revoked: tuple[Revoked, ...]
    """What the script names one by one."""
    bulk: tuple[Revoked, ...]
    names: dict[int, str]
    """The names of certificates that are revoked, by serial number."""

    @property
    def demand(self) -> CrlDemand:
        """What asked for it."""
        return self.asked

    @property
    def signer_spki(self) -> bytes:
        """The issuer's key."""
        return self.holes.issuer_spki

    @property
    def linters(self) -> str:
        """pkilint for the scope, and the policy's packs."""
        some = f" over the first {LINTED_ENTRIES} entries" if len(self.merged.entries) > LINTED_ENTRIES else ""
        packs = ", ".join(self.setting.policy.rule_packs)
        return f"pkilint as CRL of scope {self.asked.profile.scope}{some}; rule packs {packs}"

    def lint(self, octets: bytes) -> tuple[Finding, ...]:
        """pkilint; of a very long list only over its first entries, which takes seconds instead of hours."""
        from ceremony.pki.lint_crl import lint_crl
        from ceremony.pki.signatures import dummy_signature

        if len(self.merged.entries) > LINTED_ENTRIES:
            short = build_crl(self.asked.profile, self.holes, self.merged.entries[:LINTED_ENTRIES])
            octets = assemble_crl(short, dummy_signature(short.algorithm, self.signer_spki))
        return lint_crl(octets, self.asked.profile.scope, self.name)

    def judged(self, linted: tuple[Finding, ...] | None = None) -> Judgement:
        """Linter and rule packs, with the history around the list. Nothing of a CRL can be waived."""
        from ceremony.pki.judge_crl import judge_crl
        from ceremony.pki.oids import SIGNATURE_IDENTIFIERS

        setting, asked = self.setting, self.asked
        findings = linted if linted is not None else self.lint(self.draft_octets())
        findings += judge_crl(
            self.to_be_signed.octets,
            packs=setting.policy.rule_packs,
            name=self.name,
            clock=setting.clock,
            issuer_certificate=setting.certificate(asked.issuer_name).octets,
            scope=asked.profile.scope,
            previous=self.since.octets if self.since else None,
            issued=self._known(),
            intended=[Intended(item.serial_number, item.reason, item.revoked_at) for item in self._added()],
            outer_algorithm=SIGNATURE_IDENTIFIERS[asked.profile.signature],
        )
        return Judgement(findings)

    def rows(self) -> tuple[Row, ...]:
        """Policy and plan beside bytes, then what became of the entries of the last list."""
        from ceremony.pki.describe_crl import describe_crl
        from ceremony.pki.wanted import compare
        from ceremony.pki.wanted_crl import wanted_crl_fields

        kept_serials = set(self.merged.kept)
        before = crl_view(self.since.octets).entries if self.since else ()
        kept = sorted(
            (item for item in before if item.serial_number in kept_serials), key=lambda item: item.serial_number
        )
        wanted = wanted_crl_fields(self.asked.profile, self.holes, self._added(), kept=kept)
        since = self.since.octets if self.since else None
        return (
            *compare(wanted, describe_crl(self.to_be_signed.octets)),
            *table_rows(self.merged, since, self.to_be_signed.octets),
        )

    def sentences(self) -> tuple[str, ...]:
        """The list in plain words, with what is kept, added and expired."""
        before = self.previous.number if self.previous else None
        added = [(item, self.names.get(item.serial_number, "")) for item in self._added()]
        return tuple(crl_sentences(self.holes, self.period, self.merged, before, added, self.setting.practice))

    def dump(self) -> str:
        """As text."""
        from ceremony.pki.crl_text import crl_dump

        return crl_dump(self.to_be_signed.octets)

    def assemble(self, signature: bytes) -> bytes:
        """A CertificateList."""
        return assemble_crl(self.to_be_signed, signature)

    @property
    def paths(self) -> tuple[str, ...]:
        """Of DER, PEM, text, and a calendar."""
        return tuple(f"crls/{self.name}.{ending}" for ending in ("crl", "crl.pem", "crl.txt", "ics"))

    def forms(self, octets: bytes) -> tuple[bytes, ...]:
        """DER, PEM, text, and the dates that must not be missed as a calendar."""
        from ceremony.pki.crl_text import crl_text
        from ceremony.pki.pem import pem
        from ceremony.transfer.calendar import calendar_file, crl_events

        events = crl_events(
            self._issuer_words(),
            self.holes.number,
            renew_by=self.period.renew_by,
            next_update=self.holes.next_update,
            practice=self.setting.practice,
            about=sha256_hex(octets),
        )
        return (
            octets,
            pem(octets, "X509 CRL"),
            crl_text(octets).encode("utf-8"),
            calendar_file(events, stamp=self.holes.this_update),
        )

    def built(self) -> CrlBuilt:
        """Its event."""
        holes = self.holes
        return CrlBuilt(
            name=self.name,
            profile=self.asked.profile_name,
            signer_key=self.asked.signer_key,
            algorithm=self.to_be_signed.algorithm,
            size=len(self.to_be_signed.octets),
            sha256=self.to_be_signed.sha256,
            issuer=self.asked.issuer_name,
            number=str(holes.number),
            base_number="" if holes.base_number is None else str(holes.base_number),
            this_update=iso(holes.this_update),
            next_update=iso(holes.next_update),
            renew_by=iso(self.period.renew_by),
            previous_number=str(self.previous.number) if self.previous else "",
            previous_sha256=self.previous.sha256 if self.previous else "",
            kept=len(self.merged.kept),
            added=tuple(self._entry(item) for item in self._added(bulk=False)),
            added_in_bulk=len(self.bulk),
            replaced=tuple(f"{serial:x}" for serial in self.merged.replaced),
            expired=tuple(f"{serial:x}" for serial in self.merged.expired),
        )

    def learn(self, world: World, octets: bytes) -> None:
        """The last list of its profile, and what it revoked."""
        world.crls[self.asked.profile_name] = KnownCrl(
            self.asked.profile_name, self.asked.issuer_name, self.holes.number, octets, sha256_hex(octets)
        )
        world.updates.add(iso(self.holes.this_update))
        for item in self._added():
            world.revocations.append(
                KnownRevocation(
                    issuer=self.asked.issuer_name,
                    serial_number=item.serial_number,
                    reason=REASONS[item.reason] if item.reason else "",
                    revoked_at=iso(item.revoked_at),
                    invalid_from=iso(item.invalid_from) if item.invalid_from else "",
                    crl_profile=self.asked.profile_name,
                    number=self.holes.number,
                )
            )

    def _added(self, *, bulk: bool = True) -> list[Revoked]:
        """What this list is the first of its profile to hold, or holds for another reason, in order."""
        carried = self.asked.revocations.carried(self.setting, self.since, self.revoked)
        items = [*self.revoked, *carried, *(self.bulk if bulk else ())]
        return sorted(items, key=lambda item: item.serial_number)

    def _known(self) -> list[tuple[str, bytes]] | None:
        """What the record knows of issued certificates; of a subscribers' CRL None, for it keeps no subscribers'."""
        if self.asked.profile.scope == "subscriber":
            return None
        return [(item.name, item.octets) for item in self.setting.world.neighbours()]

    def _entry(self, item: Revoked) -> RevokedEntry:
        return RevokedEntry(
            serial=f"{item.serial_number:x}",
            revoked_at=iso(item.revoked_at),
            reason=REASONS[item.reason] if item.reason else "",
            invalid_from=iso(item.invalid_from) if item.invalid_from else "",
            certificate=self.names.get(item.serial_number, ""),
        )

    def _issuer_words(self) -> str:
        return self.asked.issuer_name


def _this_update(crl: KnownCrl) -> datetime:
    return crl_view(crl.octets).this_update
