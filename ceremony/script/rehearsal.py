"""Production against its rehearsal: each object, field by field, as a second parser reads it from the bytes.

Only what the day brings may differ: keys and what is made of them, serial numbers, dates, and the practice mark. The
mark is put into the names of production's own bytes first, so that it stands for itself and hides nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.crl_entries import entries_of
from ceremony.pki.describe import Fields, describe
from ceremony.pki.describe_crl import describe_crl
from ceremony.pki.describe_ocsp import describe_ocsp
from ceremony.pki.describe_request import describe_request
from ceremony.pki.marking import marked_certificate, marked_crl, marked_request, marked_response
from ceremony.pki.notation import colon_hex
from ceremony.pki.tbs import time_of
from ceremony.pki.view import certificate_view
from ceremony.pki.wanted import ABSENT, compare
from ceremony.room.clock import iso
from ceremony.script.objects.base import SignedObject
from ceremony.script.objects.certificate import CertificateObject
from ceremony.script.objects.ocsp import ResponseObject
from ceremony.script.past import Rehearsed
from ceremony.script.rehearsal_holes import ENTRY, Mask, Side, further_entry, masks_of, moment
from ceremony.transcript import archive
from ceremony.transcript.kinds import RehearsalCompared, What

_DESCRIBE: Mapping[What, Callable[[bytes], Fields]] = {
    "certificate": describe,
    "crl": describe_crl,
    "request": describe_request,
    "ocsp-response": describe_ocsp,
}
_MARK: Mapping[What, Callable[..., bytes]] = {
    "certificate": marked_certificate,
    "crl": marked_crl,
    "request": marked_request,
    "ocsp-response": marked_response,
}
FURTHER = "Further revoked"
CERTIFICATES = "certificates/"
CRLS = "crls/"

_ENTRY = re.compile(r"Revoked [0-9A-F]{2}(:[0-9A-F]{2})*")
"""The name of the field of one entry of a CRL."""


@dataclass(frozen=True, slots=True)
class FieldPair:
    """One field of both; `verdict` is `same`, `hole` (differs, and may) or `DIFFERS` (and must not)."""

    name: str
    rehearsed: str
    produced: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All fields of one object of production beside those of the rehearsal's."""

    name: str
    rehearsal: str
    pairs: tuple[FieldPair, ...]

    @property
    def holes(self) -> tuple[str, ...]:
        """The fields that differ and may."""
        return tuple(pair.name for pair in self.pairs if pair.verdict == "hole")

    @property
    def differences(self) -> tuple[str, ...]:
        """Those that differ and must not."""
        return tuple(pair.name for pair in self.pairs if pair.verdict == "DIFFERS")

    def text(self) -> str:
        """The comparison as a file, ASCII, one field after another; what must not differ stands first."""
        lines = [
            f"{self.name}, compared with the rehearsal {self.rehearsal}",
            f"{len(self.pairs)} fields: {len(self.holes)} differ as they may, {len(self.differences)} must not differ.",
        ]
        for pair in sorted(self.pairs, key=lambda pair: pair.verdict != "DIFFERS"):
            said = {"same": "same", "hole": "differs, and may", "DIFFERS": "DIFFERS, AND MUST NOT"}[pair.verdict]
            lines += ["", f"{pair.name}: {said}"]
            if pair.verdict == "same":
                lines.append(f"  both       {pair.produced}")
            else:
                lines += [f"  rehearsed  {pair.rehearsed}", f"  produced   {pair.produced}"]
        return "\n".join(lines).encode("ascii", "backslashreplace").decode("ascii") + "\n"


@dataclass(frozen=True, slots=True)
class _Row:
    """One field of one side: its name and value as they stand there, and as the other side would have to say them."""

    name: str
    value: str
    common_name: str
    common_value: str
    may_differ: bool


def compare_rehearsed(item: SignedObject, rehearsed: Rehearsed) -> Comparison:
    """The object of production, still without its signature, beside the rehearsed one.

    Raises CeremonyError (REHEARSAL-MISSING) where it was not rehearsed, (DESCRIBE, REHEARSAL-UNREADABLE) where one of
    the two cannot be read.
    """
    ours, theirs = item.draft_octets(), rehearsed_octets(item, rehearsed)
    try:
        pairs = tuple(_pairs(_theirs(item, theirs, rehearsed), _ours(item, ours, rehearsed)))
    except ValueError as error:  # DerError and what numbers and dates make of bytes that were tampered with
        raise CeremonyError(
            "It cannot be compared with its rehearsal.",
            detail=f"{item.name}: {error}.",
            not_done=f"{item.name} was not signed.",
            next_step="Run `ceremony verify` on the archive, or rehearse once more.",
            code="REHEARSAL-UNREADABLE",
        ) from error
    return Comparison(item.name, rehearsed.folder, pairs)


def _ours(item: SignedObject, octets: bytes, rehearsed: Rehearsed) -> tuple[_Row, ...]:
    """Production's fields. The serial numbers that it draws are the object's own and those of what it signed so far."""
    describe_it = _DESCRIBE[item.what]
    marked = describe_it(_MARK[item.what](octets, twice=True))  # a name of production that says PRACTICE is no less one
    drawn = {_serial_of(known.octets) for known in item.setting.world.neighbours() if not known.ceremony}
    if item.what == "certificate":
        drawn.add(_serial_of(octets))
    updates = frozenset(item.setting.world.updates)
    side = Side(dict(marked), _spki_of(item.what, octets), frozenset(drawn), updates, rehearsed.stand_in)
    return _rows(item, octets, describe_it(octets), marked, side)


def _theirs(item: SignedObject, octets: bytes, rehearsed: Rehearsed) -> tuple[_Row, ...]:
    """The rehearsal's fields."""
    fields = _DESCRIBE[item.what](octets)
    made = (other for path, other in rehearsed.objects.items() if path.startswith(CERTIFICATES))
    drawn = frozenset(_serial_of(certificate) for certificate in made)
    lists = (other for path, other in rehearsed.objects.items() if path.startswith(CRLS))
    updates = frozenset(iso(_this_update(other)) for other in lists)
    side = Side(dict(fields), _spki_of(item.what, octets), drawn, updates, rehearsed.stand_in)
    return _rows(item, octets, fields, fields, side)


def _rows(item: SignedObject, octets: bytes, fields: Fields, marked: Fields, side: Side) -> tuple[_Row, ...]:
    masks = _masks(item)
    rows: list[_Row] = []
    entries: list[_Row] = []
    place = 0
    for (name, value), (_, common) in zip(fields, marked, strict=True):
        if _ENTRY.fullmatch(name):
            date, _, why = common.partition("; ")
            said = "; ".join(part for part in (moment(date, side), why) if part)
            entries.append(_Row(name, value, f"{ENTRY}{side.serial(name.removeprefix(ENTRY))}", said, True))
            place = len(rows)
        elif name == FURTHER:
            said = f"{value.partition(',')[0]}, {_all_entries(octets, side)}"
            rows.append(_Row(name, value, name, said, True))
        else:
            mask = masks.get(name)
            rows.append(_Row(name, value, name, mask(common, side) if mask else common, mask is not None))
    entries.sort(key=lambda row: (row.common_name, row.common_value))  # a drawn number may stand anywhere
    return (*rows[:place], *entries, *rows[place:])


def _pairs(theirs: tuple[_Row, ...], ours: tuple[_Row, ...]) -> Iterator[FieldPair]:
    numbered = (tuple((row.common_name, str(at)) for at, row in enumerate(rows)) for rows in (theirs, ours))
    for found in compare(*numbered):
        there = theirs[int(found.wanted)] if found.wanted != ABSENT else None
        here = ours[int(found.found)] if found.found != ABSENT else None
        if there is None or here is None:
            name = (there or here or ours[0]).name
            yield FieldPair(name, there.value if there else ABSENT, here.value if here else ABSENT, "DIFFERS")
        elif (there.name, there.value) == (here.name, here.value) and (
            here.may_differ or there.common_value == here.common_value
        ):
            yield FieldPair(here.name, there.value, here.value, "same")
        else:
            verdict = "hole" if there.common_value == here.common_value else "DIFFERS"
            was = there.value if there.name == here.name else f"{there.value} ({there.name})"
            yield FieldPair(here.name, was, here.value, verdict)


def _masks(item: SignedObject) -> dict[str, Mask]:
    own_key, lifetime, asked = True, False, False
    if isinstance(item, CertificateObject):
        own_key, lifetime = item.asked.given is None, item.asked.profile.validity.lifetime is not None
    if isinstance(item, ResponseObject):
        asked = bool(item.asked.certificate)
    return masks_of(item.what, own_key=own_key, lifetime=lifetime, asked_certificate=asked)


def _all_entries(octets: bytes, side: Side) -> str:
    """One digest over every entry of a long list, each without what the day brings, in whichever order."""
    today = side.updates | {iso(_this_update(octets))}
    entries = sorted(further_entry(serial, entry, today, side) for serial, entry in entries_of(octets))
    return sha256_hex("\n".join(entries).encode("ascii"))


def _this_update(crl: bytes) -> datetime:
    """That of a CertificateList (DER)."""
    fields = der.read_one(crl, der.SEQUENCE).children()[0].children()
    return time_of(next(item for item in fields if item.tag in {der.UTC_TIME, der.GENERALIZED_TIME}))


def _serial_of(certificate: bytes) -> str:
    number = certificate_view(certificate).serial_number
    return colon_hex(number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big"))


def _spki_of(what: What, octets: bytes) -> bytes | None:
    """The public key of a certificate or a request."""
    if what == "certificate":
        return certificate_view(octets).key.spki
    if what == "request":
        return der.read_one(octets, der.SEQUENCE).children()[0].children()[2].octets
    return None


def rehearsed_octets(item: SignedObject, rehearsed: Rehearsed) -> bytes:
    """The rehearsed object of this name (whole, DER). Raises CeremonyError (REHEARSAL-MISSING)."""
    path = object_path(item)
    octets = rehearsed.objects.get(path)
    if octets is None:
        raise CeremonyError(
            "This was not rehearsed.",
            detail=f"The rehearsal {rehearsed.folder} made no {path}.",
            not_done=f"{item.name} was not signed.",
            next_step="Rehearse the script as it is, to its close.",
            code="REHEARSAL-MISSING",
        )
    return octets


def object_path(item: SignedObject) -> str:
    """Where the folder of its ceremony keeps the object itself, in DER."""
    return item.paths[0]


def comparison_path(item: SignedObject) -> str:
    """Where the comparison of these bytes is kept."""
    return archive.comparison_path(item.name, item.to_be_signed.sha256)


def comparison_event(item: SignedObject, comparison: Comparison, rehearsed: Rehearsed) -> RehearsalCompared:
    """What the record says of a comparison."""
    return RehearsalCompared(
        name=item.name,
        sha256=item.to_be_signed.sha256,
        rehearsal=rehearsed.folder,
        rehearsal_head=rehearsed.head,
        rehearsal_sha256=sha256_hex(rehearsed_octets(item, rehearsed)),
        fields=len(comparison.pairs),
        holes=comparison.holes,
        differences=comparison.differences,
    )
