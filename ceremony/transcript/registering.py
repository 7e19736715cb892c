"""What one ceremony adds to the register of its mode: its finished state, and its files, over what was before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ceremony.canonical import sha256_hex
from ceremony.transcript import kinds
from ceremony.transcript import register_entries as entries
from ceremony.transcript.chain import Chain
from ceremony.transcript.incidents import incident_entries
from ceremony.transcript.register import Register
from ceremony.transcript.state import BackupRecord, CeremonyState, KeyRecord, SignedRecord

FileOf = Callable[[str], bytes | None]
"""The octets of a file of the ceremony's folder, or None."""


def ceremony_entry(
    folder: str, opened: kinds.CeremonyOpened, state: CeremonyState, chain: Chain
) -> entries.CeremonyEntry:
    """The ceremony itself, as the registers of both modes list it."""
    first, last = chain.entries[0].event, chain.entries[-1].event
    return entries.CeremonyEntry(
        folder=folder,
        ceremony_id=opened.ceremony_id,
        mode=opened.mode,
        script_id=opened.script_id,
        title=opened.title,
        script_sha256=opened.script_sha256,
        policy_sha256=opened.policy_sha256,
        opened_at=first.at,
        ended_at=last.at,
        outcome=state.state if state.state in ("closed", "aborted") else "open",
        head=chain.head,
        incident=state.incidents[0][1].what if state.incidents else "",
        stand_in=opened.stand_in,
    )


def register_after(before: Register, state: CeremonyState, folder: str, file_of: FileOf) -> Register:
    """The register with everything in it that the ceremony of this folder made, and did to what was there.

    A token that was made anew holds nothing of before. In practice what its keys signed goes with them; in production
    they are destroyed keys, and what they signed is not forgotten.
    """
    register = before
    for label in state.tokens_initialised:
        register = register.without_token(label) if before.mode == "practice" else register.without_backups(label)
    made = tuple(_key(item, folder) for item in state.keys.values())
    register = register.model_copy(
        update={
            "keys": tuple(_after(key, state, folder) for key in (*register.keys, *made)),
            "certificates": (*register.certificates, *_certificates(state, folder, file_of)),
            "crls": (*register.crls, *_crls(state, folder)),
            "revocations": (*register.revocations, *_revocations(state, folder)),
            "responses": (*register.responses, *_responses(state, folder)),
            "requests": (*register.requests, *_requests(state, folder)),
            "incidents": (*register.incidents, *incident_entries(state, folder)),
            "items": tuple(state.ledger.items.values()),
            "bags": tuple(state.ledger.bags.values()),
            "tokens": _tokens(before, register, state, folder),
        }
    )
    lost = {item.key for item in state.keys.values() if _erased(item.token[0], item.line.seq, state)}
    return register.without_keys(lost) if before.mode == "practice" else register


def _erased(label: str, seq: int, state: CeremonyState) -> bool:
    """Whether a token was made anew after this line."""
    made = state.tokens_initialised.get(label)
    return made is not None and made.seq > seq


def _key(item: KeyRecord, folder: str) -> entries.KeyEntry:
    made = item.made
    return entries.KeyEntry(
        name=made.key,
        key_id=made.key_id,
        algorithm=made.algorithm,
        profile=made.profile,
        spki=made.spki,
        spki_sha256=made.spki_sha256,
        token_label=item.token[0],
        token_serial=item.token[1],
        ceremony=folder,
        made_at=item.line.at,
        state="made",
        attributes=tuple((each.name, each.value) for each in made.attributes),
    )


def _after(key: entries.KeyEntry, state: CeremonyState, folder: str) -> entries.KeyEntry:
    """A key with what this ceremony did to it. One that was destroyed earlier is not certified any more."""
    changes: dict[str, object] = {}
    standing = state.standing.get(key.name)
    if standing is not None and not (key.state == "destroyed" and standing.state == "certified"):
        changes["state"] = standing.state
        if standing.state != "certified":
            changes["reason"] = standing.reason
        if standing.state == "destroyed":
            changes["destroyed_at"] = standing.line.at
    made = [
        _backup(item, folder)
        for item in state.backed_up.get(key.name, ())
        if not _erased(item.label, item.line.seq, state)
    ]
    backups = tuple(_tested(item, key.name, state) for item in (*key.backups, *made))
    if backups != key.backups:
        changes["backups"] = backups
    return key.model_copy(update=changes) if changes else key


def _backup(item: BackupRecord, folder: str) -> entries.BackupEntry:
    return entries.BackupEntry(label=item.label, serial=item.serial, ceremony=folder, made_at=item.line.at)


def _tested(backup: entries.BackupEntry, key: str, state: CeremonyState) -> entries.BackupEntry:
    line = state.backups_tested.get((key, backup.label, backup.serial))
    return backup.model_copy(update={"tested_at": line.at}) if line is not None else backup


def _tokens(before: Register, register: Register, state: CeremonyState, folder: str) -> tuple[entries.TokenEntry, ...]:
    """Those of before whose PINs were not split anew, then those of this ceremony."""
    found = {token: state.shares.in_force(before, *token, folder) for token in state.shares.touched}
    now = {token: entry for token, entry in found.items() if entry is not None}
    return (*(item for item in register.tokens if (item.label, item.serial) not in now), *now.values())


def _signed(state: CeremonyState) -> Iterator[tuple[SignedRecord, kinds.ObjectBuilt]]:
    for item in state.signings:
        if item.built is not None:
            yield item, item.built


def _certificates(state: CeremonyState, folder: str, file_of: FileOf) -> Iterator[entries.CertificateEntry]:
    for signed, built in _signed(state):
        if isinstance(built, kinds.CertificateBuilt):
            der = file_of(f"certificates/{built.name}.der") or b""
            yield entries.CertificateEntry(
                name=built.name,
                profile=built.profile,
                issuer=built.issuer,
                key=built.key,
                serial=built.serial,
                not_before=built.not_before,
                not_after=built.not_after,
                sha256=signed.sha256,
                der=der.hex() if sha256_hex(der) == signed.sha256 else "",
                ceremony=folder,
            )


def _crls(state: CeremonyState, folder: str) -> Iterator[entries.CrlEntry]:
    for signed, built in _signed(state):
        if isinstance(built, kinds.CrlBuilt):
            yield entries.CrlEntry(
                name=built.name,
                profile=built.profile,
                issuer=built.issuer,
                number=built.number,
                base_number=built.base_number,
                this_update=built.this_update,
                next_update=built.next_update,
                renew_by=built.renew_by,
                entries=built.kept + len(built.added) + built.added_in_bulk,
                sha256=signed.sha256,
                path=f"{folder}/crls/{built.name}.crl",
                ceremony=folder,
            )


def _revocations(state: CeremonyState, folder: str) -> Iterator[entries.RevocationEntry]:
    lists = (built for _, built in _signed(state) if isinstance(built, kinds.CrlBuilt))
    for built in lists:
        for item in built.added:
            yield entries.RevocationEntry(
                issuer=built.issuer,
                serial=item.serial,
                certificate=item.certificate,
                reason=item.reason,
                revoked_at=item.revoked_at,
                invalid_from=item.invalid_from,
                crl_profile=built.profile,
                number=built.number,
                ceremony=folder,
            )


def _responses(state: CeremonyState, folder: str) -> Iterator[entries.ResponseEntry]:
    for signed, built in _signed(state):
        if isinstance(built, kinds.ResponseBuilt):
            yield entries.ResponseEntry(
                name=built.name,
                profile=built.profile,
                issuer=built.issuer,
                certificate=built.certificate,
                serial=built.serial,
                status=built.status,
                this_update=built.this_update,
                next_update=built.next_update,
                renew_by=built.renew_by,
                sha256=signed.sha256,
                ceremony=folder,
            )


def _requests(state: CeremonyState, folder: str) -> Iterator[entries.RequestEntry]:
    for signed, built in _signed(state):
        if isinstance(built, kinds.RequestBuilt):
            yield entries.RequestEntry(name=built.name, key=built.signer_key, sha256=signed.sha256, ceremony=folder)
