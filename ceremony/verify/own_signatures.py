"""What a person says with a key of their own: signed where it must be, by that key, in that person's own open token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.pki.credential import spki_of, why_unfit
from ceremony.pki.der import DerError
from ceremony.pki.signatures import verify_octets
from ceremony.script.quorum import must_sign
from ceremony.transcript import archive, kinds
from ceremony.transcript.chain import Entry
from ceremony.verify.evidence import Evidence, line_of, moment, octets_of
from ceremony.verify.lines import Place, place_of
from ceremony.verify.rule import Fault

if TYPE_CHECKING:
    from ceremony.custody.people import Person


def said_themselves(
    evidence: Evidence, entry: Entry, data: kinds.Approved | kinds.Attested, who: str
) -> Iterator[Fault]:
    """What is wrong with how something was said."""
    where, person = line_of(entry), evidence.plan.people.get(data.person)
    if data.method == "typed":
        if person is None or must_sign(evidence.plan, person):
            yield Fault(f"{who} is typed; they have a key of their own to sign it with, or need one.", where)
        if data.credential_sha256 or data.algorithm or data.signature:
            yield Fault(f"{who} is typed, and carries a signature.", where)
        return
    path = archive.credential_path(data.person)
    certificate = evidence.octets(path)
    if certificate is None:
        yield Fault(f"{who} is signed, and {path} is missing.", path)
        return
    if sha256_hex(certificate) != data.credential_sha256:
        yield Fault(f"{who} is signed with another certificate than {path}.", where)
    if not evidence.practice:
        yield from _credential(entry, data, person, certificate, who)
    if not _open(evidence, entry, person):
        yield Fault(f"{who} is signed while their own token was not open.", where)
    try:
        verify_octets(data.algorithm, data.said, octets_of(data.signature), spki_of(certificate))  # type: ignore[arg-type]  # another word is refused below
    except DerError as error:
        yield Fault(f"{path} is not a certificate: {error}.", path)
    except (CeremonyError, KeyError):
        yield Fault(f"{who} does not carry their signature.", where)


def one_key_each(evidence: Evidence, people: set[str]) -> Iterator[Fault]:
    """No two of the people sign with one key, whatever the certificates over it say."""
    holders: dict[bytes, str] = {}
    for name in sorted(people):
        path = archive.credential_path(name)
        try:
            spki = spki_of(evidence.octets(path) or b"")
        except DerError:
            continue  # said where their signature is judged
        if spki in holders:
            yield Fault(f"{holders[spki]} and {name} sign with one and the same key.", path)
        holders.setdefault(spki, name)


def _credential(
    entry: Entry, data: kinds.Approved | kinds.Attested, person: Person | None, certificate: bytes, who: str
) -> Iterator[Fault]:
    """The people file names the certificate, and it could serve at that moment."""
    named = person.credential.certificate_sha256 if person is not None and person.credential else ""
    if data.credential_sha256 != named:
        yield Fault(f"{who} is not signed with the certificate that the people file names.", line_of(entry))
    reason = why_unfit(certificate, moment(entry.event.at), person.certified_name) if person is not None else ""
    if reason:
        yield Fault(f"{who} is signed with a certificate that cannot serve here. {reason}", line_of(entry))


def _open(evidence: Evidence, entry: Entry, person: Person | None) -> bool:
    """Whether the person had opened their own token in this attempt at the step, and it was not closed since."""
    return person is not None and entry.event.seq in evidence.once(_with_their_token_open)


def _with_their_token_open(evidence: Evidence) -> frozenset[int]:
    """The lines of approvals and attestations at which the token of who says it was open to them, in that attempt."""
    opened: dict[tuple[Place, str], str] = {}
    found: set[int] = set()
    for entry in evidence.chain.entries:
        place = place_of(entry)
        match entry.data:
            case kinds.TokenOpened(label=label, person=name):
                opened[place, label] = name
            case kinds.TokenClosed(label=label) | kinds.TokenGone(label=label):
                opened.pop((place, label), None)
            case kinds.Approved(person=name) | kinds.Attested(person=name):
                if opened.get((place, evidence.plan.own_label(name))) == name:
                    found.add(entry.event.seq)
            case _:
                pass
    return frozenset(found)
