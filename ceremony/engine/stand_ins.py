"""A past for rehearsals: what earlier ceremonies left, made again with keys that only practice has.

The keys are made in memory before the plan and put into practice tokens before the first step. Nobody can take what
is signed with them for the real thing: every name says PRACTICE, and no certificate of the CA is over such a key.
Only the tokens that the script opens get theirs; of a key that lies elsewhere, or was destroyed, nobody has the
private half, and what it signed carries a signature that verifies nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any, cast

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.pki.der import DerError
from ceremony.pki.stand_in import Sign, StandIns, public_half, software_key, software_signature, spki_of, unsigned
from ceremony.policy.algorithms import KeyAlgorithm
from ceremony.script.past import Past
from ceremony.script.practice_label import PRACTICE_PREFIX, practice_label
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.stand_in import require_practice, store_pair
from ceremony.transcript.register_entries import CertificateEntry, CrlEntry, KeyEntry

PRACTICE_PIN = "practice-1234"
"""Of tokens that stand in for others. It is shown to whoever rehearses: it protects nothing."""


@dataclass(frozen=True, slots=True)
class StandInKey:
    """A key in memory that stands in for one of the register, and the tokens that are to hold it."""

    entry: KeyEntry
    private_key: Any = field(repr=False)
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandInPast:
    """The past of a rehearsal, and the keys that it needs in practice tokens."""

    past: Past
    keys: tuple[StandInKey, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the practice tokens that are made."""
        return tuple(dict.fromkeys(label for key in self.keys for label in key.labels))

    def without(self, label: str) -> StandInPast:
        """The same, but nothing is put into the token of this label: the script makes it itself."""
        keys = (replace(key, labels=tuple(item for item in key.labels if item != label)) for key in self.keys)
        return StandInPast(self.past, tuple(key for key in keys if key.labels))

    def put_into(self, module: Module) -> None:
        """Make the practice tokens and store the keys in them, once. Call it in the thread that owns the module.

        Raises CeremonyError (STAND-IN) where the module shows a token that is not one of practice.
        """
        for shown in module.tokens():
            require_practice(shown)
        for label in self.labels:
            token = module.initialise(label, Secret(f"so-{PRACTICE_PIN}"), Secret(PRACTICE_PIN))
            with module.open(token, Secret(PRACTICE_PIN)) as session:
                for key in self.keys:
                    if label in key.labels:
                        key_id, spki = bytes.fromhex(key.entry.key_id), bytes.fromhex(key.entry.spki)
                        store_pair(session, key.entry.name, key_id, key.entry.algorithm, key.private_key, spki)


def stand_in_past(past: Past, opened: Collection[str]) -> StandInPast:
    """Everything of the register again, in the same order. `opened` are the labels, as the script writes them, of the
    tokens that it opens. Raises CeremonyError (STAND-IN) for what cannot be made again."""
    again = _Again(past, {_label(label) for label in opened})
    register = past.register.model_copy(
        update={
            "mode": "practice",
            "keys": tuple(again.key(item) for item in past.register.keys),
            "certificates": tuple(again.certificate(item) for item in past.register.certificates),
            "crls": tuple(again.list(item) for item in past.register.crls),
            "items": tuple(
                item.model_copy(update={"token": _label(item.token)}) if item.token else item
                for item in past.register.items
            ),
            "tokens": (),  # a stand-in opens with the practice PIN: nobody's share is typed into a rehearsal
        }
    )
    held = tuple(
        StandInKey(key, again.private[key.name], tuple(label for label in again.labels(key) if label in again.opened))
        for key in register.keys
        if key.name in again.private
    )
    return StandInPast(Past(register, past.archive, again.crls, stand_in=True), held)


class _Again:
    """One past on its way to its stand-in."""

    def __init__(self, past: Past, opened: set[str]) -> None:
        self.opened = opened
        self.private: dict[str, Any] = {}
        """Those that a token will hold, by name."""
        self.crls: dict[str, bytes] = {}
        self._past = past
        self._require_labels()
        self._spki = {key.name: self._made_key(key) for key in past.register.keys}
        self._stand_ins = StandIns({bytes.fromhex(key.spki): self._spki[key.name] for key in past.register.keys})
        self._key_of = {item.name: item.key for item in past.register.certificates}

    def labels(self, key: KeyEntry) -> tuple[str, ...]:
        """The labels of the practice tokens that stand in for those that hold a key, each once."""
        return tuple(dict.fromkeys(_label(label) for label, _ in key.copies))

    def key(self, key: KeyEntry) -> KeyEntry:
        """A key of the register, with the stand-in's public half, on practice tokens without serial numbers."""
        spki = self._spki[key.name]
        backups = (item.model_copy(update={"label": _label(item.label), "serial": ""}) for item in key.backups)
        lost = (item.model_copy(update={"label": _label(item.label), "serial": ""}) for item in key.lost)
        return key.model_copy(
            update={
                "token_label": _label(key.token_label),
                "token_serial": "",
                "backups": tuple(backups),
                "lost": tuple(lost),
                "spki": spki.hex(),
                "spki_sha256": sha256_hex(spki),
            }
        )

    def certificate(self, item: CertificateEntry) -> CertificateEntry:
        """A certificate; one that was signed and never written is made from what its record gives, if it gives it."""
        octets = bytes.fromhex(item.der) or self._past.certificates().get(item.name)
        if not octets:
            return item
        der = _made(item.name, lambda: self._stand_ins.certificate(octets, self._signer(item.issuer)))
        return item.model_copy(update={"der": der.hex(), "sha256": sha256_hex(der)})

    def list(self, item: CrlEntry) -> CrlEntry:
        """A CRL; only the last one of a profile is made again, because nothing goes on from the others."""
        if self._past.register.last_crl(item.profile) != item:
            return item
        octets = self._past.crl(item.profile) or b""
        made = _made(item.name, lambda: self._stand_ins.crl(octets, self._signer(item.issuer)))
        self.crls[item.profile] = made
        return item.model_copy(update={"sha256": sha256_hex(made)})

    def _made_key(self, key: KeyEntry) -> bytes:
        algorithm = cast(KeyAlgorithm, key.algorithm)
        if key.state == "destroyed" or self.opened.isdisjoint(self.labels(key)):
            return public_half(algorithm)
        self.private[key.name] = software_key(algorithm)
        return spki_of(self.private[key.name])

    def _signer(self, issuer: str) -> Sign:
        """The key of the issuing certificate of this name; nobody's, where a CA of somebody else issued it."""
        key = self._key_of.get(issuer, "")
        private_key = self.private.get(key)
        if private_key is None:
            return unsigned(self._spki.get(key))
        return lambda algorithm, octets: software_signature(private_key, algorithm, octets)

    def _require_labels(self) -> None:
        """Two tokens must not become one: a practice label has room for 23 characters of the real one."""
        behind: dict[str, str] = {}
        for key in self._past.register.keys:
            for label in (key.token_label, *(backup.label for backup in key.backups)):
                other = behind.setdefault(_label(label), label)
                if other != label:
                    raise CeremonyError(
                        "Two tokens would get the same practice label.",
                        detail=f"{other} and {label} both become {_label(label)}.",
                        not_done="The rehearsal was not begun.",
                        next_step="Rehearse from the first ceremony on, with tokens that are kept (--tokens).",
                        code="STAND-IN",
                    )


def _label(label: str) -> str:
    return label if label.startswith(PRACTICE_PREFIX) else practice_label(label)


def _made(name: str, make: Callable[[], bytes]) -> bytes:
    try:
        return make()
    except (DerError, ValueError) as error:
        raise CeremonyError(
            "A stand-in cannot be made.",
            detail=f"{name}: {error}.",
            not_done="The rehearsal was not begun.",
            next_step="Run `ceremony verify` on the archive.",
            code="STAND-IN",
        ) from error
