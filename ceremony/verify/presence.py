"""PRESENCE: who came, left and came back; everything was done by people who were in the room, and by enough of them;
whose certificate ends soon was told."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.pki.credential import ends_soon
from ceremony.pki.der import DerError
from ceremony.pki.view import certificate_view
from ceremony.room.clock import iso
from ceremony.transcript import kinds
from ceremony.transcript.archive import credential_path
from ceremony.transcript.chain import Entry
from ceremony.verify.evidence import Evidence, line_of, moment
from ceremony.verify.rule import Fault, Rule
from ceremony.verify.watched import held


def _certificates(evidence: Evidence) -> Iterator[Fault]:
    """Of a certificate that was looked at between two steps and ended within a day, the next line says so."""
    followers = (*evidence.chain.entries[1:], None)
    for entry, follower in zip(evidence.chain.entries, followers, strict=True):
        match entry.data:
            case kinds.ArtefactsWritten(what="credential", name=person) if not (evidence.practice or entry.event.step):
                yield from _ends(evidence, entry, follower, person)
            case _:
                pass


def _ends(evidence: Evidence, kept: Entry, follower: Entry | None, person: str) -> Iterator[Fault]:
    try:
        ends = certificate_view(evidence.octets(credential_path(person)) or b"").not_after
    except DerError:
        return  # said where what they signed is judged
    match follower:
        case Entry(data=kinds.CertificateEnds() as said):
            if said.not_after != iso(ends) or not ends_soon(ends, moment(follower.event.at)):
                yield Fault(f"When the certificate of {person} ends is told otherwise than it is.", line_of(follower))
        case Entry(data=kinds.CeremonyResumed()) | None:
            pass  # it was broken off in between
        case _:
            if ends_soon(ends, moment(kept.event.at)):
                yield Fault(f"The certificate of {person} ends within a day, and nobody was told.", line_of(kept))


def _how_many(evidence: Evidence) -> str:
    left = sum(1 for _ in evidence.of(kinds.PersonLeft))
    deputies = sum(bool(data.for_person) for _, data in evidence.of(kinds.PersonPresent))
    return (
        f"{len(evidence.state.arrived)} people answered the roll, {deputies} of them as deputies; {left} times "
        "somebody left the room, and who came back had left it."
    )


RULES = (
    Rule("PRESENCE-ROLL", _how_many, held("PRESENCE-ROLL")),
    Rule(
        "PRESENCE-ACT",
        "Everyone who did something was in the room, by the record, when they did it.",
        held("PRESENCE-ACT"),
    ),
    Rule(
        "PRESENCE-CERTIFICATE",
        "Of each certificate that was looked at in the morning people were told where it ends within a day.",
        _certificates,
    ),
    Rule(
        "PRESENCE-QUORUM",
        "Each step began with as many in the room as it needs, and its witness.",
        held("PRESENCE-QUORUM"),
    ),
)
