"""Which certificates a CRL revokes: those that the script names, those of a long list, and those of lists before it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ceremony.errors import CeremonyError
from ceremony.pki.crl_csv import read_revocations
from ceremony.pki.crl_entries import Revoked, entries_of, entry_octets
from ceremony.pki.view import certificate_view
from ceremony.policy.rules.crl_view import REASONS
from ceremony.policy.rules.view import CertificateView
from ceremony.policy.status import CrlProfile, IssuingDistributionPoint
from ceremony.room.clock import parse_iso
from ceremony.script.objects.base import Setting
from ceremony.script.status_steps import Revocation
from ceremony.script.world import KnownCrl

COMPROMISED = "keyCompromise"
REASON_CODES: dict[str, int] = {word: code for code, word in REASONS.items()}


def one_scope(crls: Mapping[str, CrlProfile], name: str) -> tuple[str, ...]:
    """The profiles that share their numbers and revocations with this one (RFC 5280 5.2.3): a complete list first, then
    its deltas."""
    complete = crls[name].delta_of or name
    return (complete, *(other for other, profile in crls.items() if profile.delta_of == complete))


@dataclass(frozen=True, slots=True)
class Revocations:
    """The revocations of one CRL. `name` is the CRL's own, `issuer_name` that of the issuing certificate."""

    name: str
    profile_name: str
    profile: CrlProfile
    issuer_name: str
    revoke: tuple[Revocation, ...]
    bulk: bytes | None

    def family(self, setting: Setting) -> tuple[str, ...]:
        """The profiles of the same scope."""
        return one_scope(setting.policy.crls, self.profile_name)

    def carried(self, setting: Setting, since: KnownCrl | None, asked: tuple[Revoked, ...]) -> Iterator[Revoked]:
        """What other lists of the same scope revoked after the list that this one goes on from: nothing is lost.

        A complete list takes in what delta CRLs revoked since the last complete one, or found to be worse than it says;
        the first delta CRL of a new base takes in nothing, because its base has it.
        """
        base = setting.world.crls.get(self.profile.delta_of or "")
        horizon = since.number if since is not None else base.number if base is not None else 0
        scope = self.family(setting)
        newer = {
            item.serial_number: item
            for item in setting.world.revocations
            if item.number > horizon and item.crl_profile in scope
        }  # of each the last word
        for entry in asked:
            newer.pop(entry.serial_number, None)
        held = entries_of(since.octets) if since is not None and newer else ()
        listed = {serial: octets for serial, octets in held if serial in newer}
        for serial, item in newer.items():
            lost = parse_iso(item.invalid_from) if item.invalid_from else None
            revoked = Revoked(serial, parse_iso(item.revoked_at), REASON_CODES.get(item.reason), lost)
            if serial not in listed or (item.reason == COMPROMISED and entry_octets(revoked) != listed[serial]):
                yield revoked

    def names_of(self, setting: Setting, revoked: Iterable[Revoked]) -> dict[int, str]:
        """The names of those that the record knows, by serial number."""
        serials = {item.serial_number for item in revoked}
        issued = setting.world.issued_under(self.issuer_name) if serials else ()
        names = ((certificate_view(known.octets).serial_number, known.name) for known in issued)
        return {serial: name for serial, name in names if serial in serials}

    def named(
        self, setting: Setting, issuer: CertificateView, since: KnownCrl | None, this_update: datetime
    ) -> tuple[dict[int, str], tuple[Revoked, ...]]:
        """The certificates that the script revokes: their names by serial number, and their entries.

        Raises CeremonyError CRL-NOT-ISSUED, CRL-OTHER-ISSUER, CRL-SELF, CRL-PARTITION, CRL-ENTRY-TWICE.
        """
        names: dict[int, str] = {}
        entries = []
        listed = {serial for serial, _ in entries_of(since.octets)} if since is not None and self.revoke else set()
        for item in self.revoke:
            name, serial = self._certificate(setting, issuer, item)
            names[serial] = name
            entry = Revoked(
                serial,
                parse_iso(item.revoked_at) if item.revoked_at else this_update,
                REASON_CODES[item.reason] if item.reason else None,
                parse_iso(item.invalid_from) if item.invalid_from else None,
            )
            if serial not in listed:  # what the list before it holds is judged when the two are merged
                self._require_first(setting, entry)
            entries.append(entry)
        return names, tuple(entries)

    def _require_first(self, setting: Setting, entry: Revoked) -> None:
        """Revoked once, whichever list told it; a delta CRL may change the reason that its base gives (BR 7.2.2)."""
        scope = self.family(setting)
        before = (item for item in reversed(setting.world.revocations) if item.crl_profile in scope)
        known = next((item for item in before if item.serial_number == entry.serial_number), None)
        if known is None:
            return
        worse = REASONS.get(entry.reason or 0) == COMPROMISED != known.reason
        same_date = entry.revoked_at == parse_iso(known.revoked_at)
        if self.profile.delta_of is not None and worse and same_date:
            return
        raise self._refused(
            "A certificate is revoked already.",
            f"{entry.serial_number:x}: CRL number {known.number} of profile {known.crl_profile} revoked it on "
            f"{known.revoked_at}: {known.reason or 'no reason'}.",
            "Leave it out of the revocations; it stays on the list for as long as it must.",
            "CRL-ENTRY-TWICE",
        )

    def _certificate(self, setting: Setting, issuer: CertificateView, item: Revocation) -> tuple[str, int]:
        if item.certificate is not None:
            known = setting.certificate(item.certificate)
            view = certificate_view(known.octets)
            if view.issuer.der != issuer.subject.der:
                raise self._of_another(item.certificate)
            self._require_other_key(setting, issuer, view, item.certificate)
            self._require_partition(view, item.certificate)
            return item.certificate, view.serial_number
        serial = int(str(item.serial), 16)
        for known in setting.world.issued_under(self.issuer_name):
            view = certificate_view(known.octets)
            if view.serial_number == serial:
                self._require_other_key(setting, issuer, view, known.name)
                self._require_partition(view, known.name)
                return known.name, serial
        if self.profile.scope == "ca":
            for known in setting.world.neighbours():
                if certificate_view(known.octets).serial_number == serial:
                    raise self._of_another(known.name)
            raise self._refused(
                "This serial number was never issued.",
                f"The record holds no certificate of this CA with serial number {serial:x}.",
                "Compare the number with the certificate itself.",
                "CRL-NOT-ISSUED",
            )
        return "", serial

    def _of_another(self, name: str) -> CeremonyError:
        return self._refused(
            "It was issued by another CA.",
            f"{name} does not name the issuer of this CRL as its own.",
            "Revoke it on the CRL of its own issuer.",
            "CRL-OTHER-ISSUER",
        )

    def _require_other_key(self, setting: Setting, issuer: CertificateView, view: CertificateView, name: str) -> None:
        ours, theirs = (setting.certificate(each).key for each in (self.issuer_name, name))
        named = setting.placeholders and ours and theirs  # keys that are yet to be made look alike
        same = ours == theirs if named else view.key.spki == issuer.key.spki
        if same:
            raise self._refused(
                "A CA cannot revoke its own key.",
                f"{name} holds the very key that signs this CRL; whoever distrusts it cannot trust the list.",
                "Revoke what this key has issued. To end a root, ask those who trust it to take it out.",
                "CRL-SELF",
            )

    def _require_partition(self, view: CertificateView, name: str) -> None:
        parts = [item.urls for item in self.profile.extensions if isinstance(item, IssuingDistributionPoint)]
        points = {url for urls in parts for url in urls}
        named = {place.text for point in view.crl_points or () for place in point.full_name if place.kind == "uri"}
        if points and not points & named:
            here, there = ", ".join(sorted(points)), ", ".join(sorted(named)) or "no CRL"
            raise self._refused(
                "It belongs to another part of the CRL.",
                f"{name} points to {there}, and this list is for {here}.",
                "Revoke it on the list that the certificate points to.",
                "CRL-PARTITION",
            )

    def listed(self, this_update: datetime) -> list[Revoked]:
        """Those of the file of revocations. Raises CeremonyError CRL-BULK, and what reading the file raises."""
        if self.bulk is None:
            return []
        if self.profile.scope != "subscriber":
            raise self._refused(
                "A list of revocations is for subscribers' CRLs.",
                "Each certificate of a CA that is revoked is named in the script.",
                "Name them under `revoke`.",
                "CRL-BULK",
            )
        if self.profile.delta_of is not None:  # the register keeps no entries of a file: the next list would lose them
            raise self._refused(
                "A delta CRL takes in no list of revocations.",
                "The next complete list could not know what a file of revocations brought to a delta CRL.",
                "Bring the file to the complete list, or name the certificates under `revoke`.",
                "CRL-BULK",
            )
        return list(read_revocations(io.BytesIO(self.bulk), f"the list of {self.name}", this_update))

    def _refused(self, headline: str, detail: str, next_step: str, code: str) -> CeremonyError:
        not_done = f"{self.name} was not built."
        return CeremonyError(headline, detail=detail, not_done=not_done, next_step=next_step, code=code)
