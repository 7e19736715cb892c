"""From the records of an archive, one after another, to the register."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ceremony.canonical import sha256_hex
from ceremony.transcript import archive, kinds
from ceremony.transcript import register_entries as entries
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import Chain
from ceremony.transcript.chain import Entry as ChainEntry
from ceremony.transcript.holding import broken, check_files, whole_record
from ceremony.transcript.ledger import Ledger
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import Mode
from ceremony.transcript.token_shares import TokenShares, token_entry

FileOf = Callable[[str], bytes | None]
"""The octets of a file of the ceremony's folder, or None."""


@dataclass(slots=True)
class Fold:
    """Both modes of an archive; `add` takes the next ceremony in."""

    registers: dict[Mode, Register] = field(
        default_factory=lambda: {"production": Register(mode="production"), "practice": Register(mode="practice")}
    )

    def register(self, mode: Mode) -> Register:
        """The state of one mode after the ceremonies so far."""
        return self.registers[mode]

    def add(self, folder: str, chain: Chain, file_of: FileOf) -> None:
        """Take one ceremony in; `folder` is its name in the archive. A record without a first line adds nothing."""
        opened = chain.entries[0].data if chain.entries else None
        if not isinstance(opened, kinds.CeremonyOpened):
            return
        listed = _listed(folder, opened, chain)
        for mode, register in self.registers.items():
            self.registers[mode] = register.model_copy(update={"ceremonies": (*register.ceremonies, listed)})
        if opened.stand_in:
            return  # its past was a stand-in; nothing goes on from what it made
        ceremony = _Ceremony(folder, file_of, self.registers[opened.mode])
        for entry in chain.entries:
            ceremony.apply(entry)
        self.registers[opened.mode] = ceremony.finished()


def fold_archive(path: Path, *, with_files: bool = False) -> Fold:
    """The fold of every ceremony of an archive; an archive that does not exist is empty.

    Raises CeremonyError where a record is broken (ARCHIVE-RECORD), or a ceremony is missing, out of order, or not the
    one that the next names (ARCHIVE-LINK). `with_files` also hashes every file that a record names (ARCHIVE-FILE).
    """
    fold = Fold()
    before, head = "", ""
    for place, folder in enumerate(archive.ceremonies(path), start=1):
        if folder.path.is_symlink():
            raise broken(folder, "Its folder is a link, which may lead anywhere.")
        chain = whole_record(folder)
        opened = chain.entries[0].data
        if folder.number != place:
            raise broken(folder, f"It is number {place} of the ceremonies that are here: one before it is missing.")
        if not isinstance(opened, kinds.CeremonyOpened):
            raise broken(folder, "Its record does not begin with its opening.", "ARCHIVE-RECORD")
        if (opened.previous_ceremony, opened.previous_head) != (before, head):
            said = opened.previous_ceremony or "no ceremony"
            found = f"{before} with head {head}" if before else "none"
            raise broken(
                folder,
                f"It names {said} as the one before it, head {opened.previous_head or 'none'}; there is {found}.",
            )
        if with_files:
            check_files(folder, opened, chain)
        fold.add(folder.name, chain, _reader(folder))
        before, head = folder.name, chain.head
    return fold


def _reader(folder: CeremonyFolder) -> FileOf:
    def read(path: str) -> bytes | None:
        target = folder.path / path
        try:
            return target.read_bytes() if target.is_file() and not target.is_symlink() else None
        except OSError:
            return None

    return read


def _listed(folder: str, opened: kinds.CeremonyOpened, chain: Chain) -> entries.CeremonyEntry:
    last = chain.entries[-1]
    outcome = "closed" if isinstance(last.data, kinds.CeremonyClosed) else "open"
    if isinstance(last.data, kinds.CeremonyAborted):
        outcome = "aborted"
    incident = next((item.data.what for item in chain.entries if isinstance(item.data, kinds.IncidentRecorded)), "")
    return entries.CeremonyEntry.model_validate(
        {
            "folder": folder,
            "ceremony_id": opened.ceremony_id,
            "mode": opened.mode,
            "script_id": opened.script_id,
            "title": opened.title,
            "script_sha256": opened.script_sha256,
            "policy_sha256": opened.policy_sha256,
            "opened_at": chain.entries[0].event.at,
            "ended_at": last.event.at,
            "outcome": outcome,
            "head": chain.head,
            "incident": incident,
            "stand_in": opened.stand_in,
        }
    )


class _Ceremony:
    """One ceremony on its way into the register of its mode."""

    def __init__(self, folder: str, file_of: FileOf, register: Register) -> None:
        self._folder = folder
        self._file_of = file_of
        self._register = register
        self._ledger = Ledger.of(register)
        self._token = ("", "")
        self._shares = TokenShares()
        self._before = register
        self._built: dict[str, kinds.ObjectBuilt] = {}

    def finished(self) -> Register:
        """The register with everything of this ceremony in it."""
        items, bags = tuple(self._ledger.items.values()), tuple(self._ledger.bags.values())
        return self._register.model_copy(update={"items": items, "bags": bags})

    def apply(self, entry: ChainEntry) -> None:
        """Fold one line in."""
        at = entry.event.at
        self._ledger.apply(entry.data, at, self._folder)
        split = self._shares.apply(entry.data)
        match entry.data:
            case kinds.TokenFound(purpose="ceremony") as found:
                self._token = (found.label, found.serial)
            case kinds.TokenInitialised(label=label):  # the ceremony's own, which is found next, or one for backups
                # in production the keys on it are destroyed ones; what they signed is not forgotten with them
                practice = self._register.mode == "practice"
                self._register = (
                    self._register.without_token(label) if practice else self._register.without_backups(label)
                )
                if split is not None:
                    self._add("tokens", token_entry(label, entry.data.serial, split, self._folder, at))
            case kinds.PinChanging(label=label, serial=serial) | kinds.PinChanged(label=label, serial=serial):
                self._pins_change(label, serial, at)
            case kinds.KeyMade() as made:
                self._add("keys", self._key(made, at))
            case kinds.KeyParked() as parked:
                self._key_changes(parked.key, state="parked", reason=parked.reason)
            case kinds.KeyBackedUp() as backup:
                known = self._register.key(backup.key)
                made_backup = entries.BackupEntry(
                    label=backup.label, serial=backup.serial, ceremony=self._folder, made_at=at
                )
                self._key_changes(backup.key, backups=(*(known.backups if known else ()), made_backup))
            case kinds.RestoreTested() as tested:
                self._tested(tested, at)
            case kinds.KeyDestroyed() as destroyed:
                self._key_changes(destroyed.key, state="destroyed", reason=destroyed.reason, destroyed_at=at)
            case kinds.ObjectBuilt() as built:
                self._built[built.name] = built
            case kinds.Signed() as signed:
                self._signed(signed)
            case _:
                pass

    def _pins_change(self, label: str, serial: str, at: str) -> None:
        now = self._shares.in_force(self._before, label, serial, self._folder, at)
        if now is not None:
            others = (item for item in self._register.tokens if (item.label, item.serial) != (label, serial))
            self._register = self._register.model_copy(update={"tokens": (*others, now)})

    def _key(self, made: kinds.KeyMade, at: str) -> entries.KeyEntry:
        return entries.KeyEntry(
            name=made.key,
            key_id=made.key_id,
            algorithm=made.algorithm,
            profile=made.profile,
            spki=made.spki,
            spki_sha256=made.spki_sha256,
            token_label=self._token[0],
            token_serial=self._token[1],
            ceremony=self._folder,
            made_at=at,
            state="made",
            attributes=tuple((item.name, item.value) for item in made.attributes),
        )

    def _tested(self, tested: kinds.RestoreTested, at: str) -> None:
        known = self._register.key(tested.key)
        if known is not None:
            backups = tuple(
                item.model_copy(update={"tested_at": at})
                if (item.label, item.serial) == (tested.label, tested.serial)
                else item
                for item in known.backups
            )
            self._key_changes(tested.key, backups=backups)

    def _signed(self, signed: kinds.Signed) -> None:
        built = self._built.get(signed.name)
        match built:
            case kinds.CertificateBuilt():
                self._certificate(built, signed)
            case kinds.CrlBuilt():
                self._crl(built, signed)
            case kinds.ResponseBuilt():
                self._add(
                    "responses",
                    entries.ResponseEntry(
                        name=built.name,
                        profile=built.profile,
                        issuer=built.issuer,
                        certificate=built.certificate,
                        serial=built.serial,
                        status=built.status,
                        this_update=built.this_update,
                        next_update=built.next_update,
                        renew_by=built.renew_by,
                        sha256=signed.artefact_sha256,
                        ceremony=self._folder,
                    ),
                )
            case kinds.RequestBuilt():
                self._add(
                    "requests",
                    entries.RequestEntry(
                        name=built.name, key=built.signer_key, sha256=signed.artefact_sha256, ceremony=self._folder
                    ),
                )
                self._certified(built.signer_key)  # another CA certifies it
            case _:
                pass

    def _certificate(self, built: kinds.CertificateBuilt, signed: kinds.Signed) -> None:
        der = self._file_of(f"certificates/{built.name}.der") or b""
        self._add(
            "certificates",
            entries.CertificateEntry(
                name=built.name,
                profile=built.profile,
                issuer=built.issuer,
                key=built.key,
                serial=built.serial,
                not_before=built.not_before,
                not_after=built.not_after,
                sha256=signed.artefact_sha256,
                der=der.hex() if sha256_hex(der) == signed.artefact_sha256 else "",
                ceremony=self._folder,
            ),
        )
        self._certified(built.key)

    def _crl(self, built: kinds.CrlBuilt, signed: kinds.Signed) -> None:
        self._add(
            "crls",
            entries.CrlEntry(
                name=built.name,
                profile=built.profile,
                issuer=built.issuer,
                number=built.number,
                base_number=built.base_number,
                this_update=built.this_update,
                next_update=built.next_update,
                renew_by=built.renew_by,
                entries=built.kept + len(built.added) + built.added_in_bulk,
                sha256=signed.artefact_sha256,
                path=f"{self._folder}/crls/{built.name}.crl",
                ceremony=self._folder,
            ),
        )
        for item in built.added:
            self._add(
                "revocations",
                entries.RevocationEntry(
                    issuer=built.issuer,
                    serial=item.serial,
                    certificate=item.certificate,
                    reason=item.reason,
                    revoked_at=item.revoked_at,
                    invalid_from=item.invalid_from,
                    crl_profile=built.profile,
                    number=built.number,
                    ceremony=self._folder,
                ),
            )

    def _add(self, what: str, item: entries.Entry) -> None:
        held: Iterable[entries.Entry] = getattr(self._register, what)
        self._register = self._register.model_copy(update={what: (*held, item)})

    def _certified(self, name: str) -> None:
        known = self._register.key(name)
        if (
            known is not None and known.state != "destroyed"
        ):  # what is destroyed stays so, whatever names its public key
            self._key_changes(name, state="certified")

    def _key_changes(self, name: str, **changes: object) -> None:
        keys = tuple(item.model_copy(update=changes) if item.name == name else item for item in self._register.keys)
        self._register = self._register.model_copy(update={"keys": keys})
