"""What one ceremony adds to the register of its mode: its finished state, and its files, over what was before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from ceremony.canonical import sha256_hex
from ceremony.transcript import kinds
from ceremony.transcript import register_entries as entries
from ceremony.transcript.chain import Chain
from ceremony.transcript.dating import dated_until
from ceremony.transcript.holdings import holdings_after
from ceremony.transcript.incidents import incident_entries
from ceremony.transcript.register import Register
from ceremony.transcript.state import BackupRecord, CeremonyState, DestroyedRecord, KeyRecord, SignedRecord

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
        dated_until=dated_until(chain),
        outcome=state.state if state.state in ("closed", "aborted") else "open",
        head=chain.head,
        incident=state.incidents[0][1].what if state.incidents else "",
        stand_in=opened.stand_in,
    )


def register_after(before: Register, state: CeremonyState, folder: str, file_of: FileOf) -> Register:
    """The register with everything in it that the ceremony of this folder made, and did to what was there.

    A token that was made anew holds nothing of before. In practice what its keys signed goes with them; in production
    they are lost keys, and what they signed is not forgotten.
    """
    register, losses = before, _losses(state, folder)
    for label in state.tokens_initialised if before.mode == "practice" else ():
        register = register.without_token(label)
    made = tuple(_key(item, folder) for item in state.keys.values())
    register = register.model_copy(
        update={
            "keys": tuple(_after(key, state, folder, losses) for key in (*register.keys, *made)),
            "certificates": (*register.certificates, *_certificates(state, folder, file_of)),
            "crls": (*register.crls, *_crls(state, folder)),
            "revocations": (*register.revocations, *_revocations(state, folder)),
            "responses": (*register.responses, *_responses(state, folder)),
            "requests": (*register.requests, *_requests(state, folder)),
            "incidents": (*register.incidents, *incident_entries(state, folder)),
            "items": tuple(state.ledger.items.values()),
            "bags": tuple(state.ledger.bags.values()),
            "draws": (*register.draws, *state.draws),
            "ecdsa": (*register.ecdsa, *state.ecdsa.values()),
            "tokens": _tokens(before, register, state, folder),
            "seen": _seen(before, state, folder) if before.mode == "production" else (),
        }
    )
    register = register.model_copy(update={"holdings": holdings_after(before, register, state, folder)})
    remade = {
        item.key
        for item in state.keys.values()
        if (line := state.tokens_initialised.get(item.token[0])) is not None and line.seq > item.line.seq
    }
    return register.without_keys(remade) if before.mode == "practice" else register


def _seen(before: Register, state: CeremonyState, folder: str) -> tuple[entries.SeenTokenEntry, ...]:
    """The CA's tokens as this ceremony found them; one that was destroyed is looked for no more."""
    known = {item.label: item for item in before.seen}
    for label, (line, said) in state.tokens_bound.items():
        if said.purpose != "credential":
            serial, manufacturer, model, module_sha256 = said.identity
            known[label] = entries.SeenTokenEntry(
                label=label,
                serial=serial,
                manufacturer=manufacturer,
                model=model,
                module_sha256=module_sha256,
                ceremony=folder,
                at=line.at,
            )
    return tuple(known[label] for label in sorted(known) if not state.token_gone(label))


Losses = tuple[tuple[int, entries.LostCopyEntry], ...]
"""Lines on which a token came to hold nothing any more, and what is said of it."""


def _losses(state: CeremonyState, folder: str) -> Losses:
    found = [(line, label, "token-made-anew", "") for label, line in state.tokens_initialised.items()]
    found += [(line, label, "token-destroyed", how) for label, (line, how) in state.tokens_destroyed.items()]
    return tuple(
        (
            line.seq,
            entries.LostCopyEntry.model_validate(
                {"label": label, "serial": "", "at": line.at, "ceremony": folder, "how": how, "words": words}
            ),
        )
        for line, label, how, words in found
    )


def _key(item: KeyRecord, folder: str) -> entries.KeyEntry:
    made = item.made
    reading = entries.ReadingEntry(at=item.line.at, ceremony=folder, when="made", attributes=_named(made.attributes))
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
        readings=(reading,),
    )


def _named(attributes: tuple[kinds.Named, ...]) -> entries.Attributes:
    return tuple((item.name, item.value) for item in attributes)


def _after(key: entries.KeyEntry, state: CeremonyState, folder: str, losses: Losses) -> entries.KeyEntry:
    """A key with what this ceremony did to it, in order. One that was destroyed earlier is not certified any more."""
    made = state.keys.get(key.name)
    first = made.line.seq if made is not None and made.key_id == key.key_id else 0
    steps: list[tuple[int, Callable[[entries.KeyEntry], entries.KeyEntry]]] = [
        (item.line.seq, partial(_backed_up, item=item, folder=folder)) for item in state.backed_up.get(key.name, ())
    ]
    steps += [(seq, partial(entries.KeyEntry.losing, loss=loss)) for seq, loss in losses if seq > first]
    destroyed = state.destroyed.get(key.name)
    if destroyed is not None:
        steps.append((destroyed.line.seq, partial(_destroyed, said=destroyed, folder=folder)))
    for _, change in sorted(steps, key=lambda item: item[0]):
        key = change(key)
    tested = tuple(_tested(item, key.name, state) for item in key.backups)
    changes: dict[str, object] = {"backups": tested} if tested != key.backups else {}
    standing = state.standing.get(key.name)
    if standing is not None and standing.state != "destroyed" and key.state != "destroyed":
        changes["state"] = standing.state
        if standing.state == "parked":
            changes["reason"] = standing.reason
    return key.model_copy(update=changes) if changes else key


def _backed_up(key: entries.KeyEntry, item: BackupRecord, folder: str) -> entries.KeyEntry:
    at, made = item.line.at, item.made
    locked = entries.ReadingEntry(at=at, ceremony=folder, when="locked", attributes=_named(made.locked))
    backup = entries.BackupEntry(
        label=made.label, serial=made.serial, ceremony=folder, made_at=at, attributes=_named(made.restored)
    )
    return key.model_copy(update={"readings": (*key.readings, locked), "backups": (*key.backups, backup)})


def _destroyed(key: entries.KeyEntry, said: DestroyedRecord, folder: str) -> entries.KeyEntry:
    """On the token that the record names; a backup elsewhere holds it still."""
    at, made = said.line.at, said.made
    loss = entries.LostCopyEntry(
        label=made.label, serial=made.serial, at=at, ceremony=folder, how="key-destroyed", words=made.reason
    )
    return key.losing(loss).model_copy(update={"state": "destroyed", "reason": made.reason, "destroyed_at": at})


def _tested(backup: entries.BackupEntry, key: str, state: CeremonyState) -> entries.BackupEntry:
    line = state.backups_tested.get((key, backup.label, backup.serial))
    return backup.model_copy(update={"tested_at": line.at}) if line is not None else backup


def _tokens(before: Register, register: Register, state: CeremonyState, folder: str) -> tuple[entries.TokenEntry, ...]:
    """Those of before whose PINs were not split anew, then those of this ceremony; none that was destroyed."""
    found = {token: state.shares.in_force(before, *token, folder) for token in state.shares.touched}
    now = {token: entry for token, entry in found.items() if entry is not None and not state.token_gone(entry.label)}
    emptied = state.tokens_initialised.keys() | state.tokens_destroyed.keys()
    kept = (item for item in register.tokens if item.label not in emptied and (item.label, item.serial) not in now)
    return (*kept, *now.values())


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
