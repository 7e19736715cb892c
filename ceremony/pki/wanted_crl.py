"""What policy and plan want of a CRL, field by field, in the words of `describe_crl` (see `notation_crl`).

Worked out from the profile, the holes, the revocations of the plan and the previous CRL as rules see it: neither the
encoder nor the second parser of the bytes has a part in it. `wanted.compare` puts both lists side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ceremony.pki.notation import TITLES, colon_hex, criticality, lifetime_text, utc_text, word
from ceremony.pki.notation_crl import CRL_TITLES
from ceremony.pki.wanted_crl_entries import revoked_fields
from ceremony.pki.wanted_names import general_names_text, name_fields, name_text
from ceremony.pki.wanted_values import NO_VALUE, WORDS, magnitude
from ceremony.policy import extensions as x
from ceremony.policy.extension_oids import EXTENSION_WORDS
from ceremony.policy.rules.crl_facts import CRL_NUMBER, DELTA, ISSUING_POINT
from ceremony.policy.rules.crl_view import EntryView
from ceremony.policy.status import CrlExtension, CrlNumber, CrlProfile, DeltaCrlIndicator, IssuingDistributionPoint

if TYPE_CHECKING:  # what is wanted needs the shape of the plan, and nothing of the builder
    from ceremony.pki.crl_entries import Revoked
    from ceremony.pki.crl_holes import CrlHoles


def wanted_crl_fields(
    profile: CrlProfile, holes: CrlHoles, entries: Iterable[Revoked], *, kept: Iterable[EntryView] = ()
) -> tuple[tuple[str, str], ...]:
    """Name and value of every field that the CRL must have, in order.

    `entries` are the revocations of the plan, `kept` the entries of the previous CRL that stay (`kept_entries`). Lists
    may come in any order; an iterator must ascend in serial numbers and is read once, so that a long list need not be
    in memory. Raises CeremonyError CRL-ORDER where one does not ascend, or a serial number stands twice.
    """
    return tuple(_fields(profile, holes, entries, kept))


def _fields(
    profile: CrlProfile, holes: CrlHoles, entries: Iterable[Revoked], kept: Iterable[EntryView]
) -> Iterator[tuple[str, str]]:
    yield "Version", "2"
    yield "Signature algorithm", profile.signature
    yield from name_fields("Issuer", holes.issuer_name)
    yield "This update", utc_text(holes.this_update)
    yield "Next update", utc_text(holes.next_update)
    yield "Period", lifetime_text(holes.this_update, holes.next_update)
    yield from revoked_fields(entries, kept)
    for extension in profile.extensions:
        yield _extension(extension, holes)


def _extension(extension: CrlExtension, holes: CrlHoles) -> tuple[str, str]:
    match extension:
        case CrlNumber():
            return CRL_TITLES[CRL_NUMBER], f"{criticality(False)}; {holes.number}"
        case DeltaCrlIndicator():
            return CRL_TITLES[DELTA], f"{criticality(True)}; base {holes.base_number}"
        case IssuingDistributionPoint():
            words = [criticality(True), *_issuing_point(extension)]
            return CRL_TITLES[ISSUING_POINT], "; ".join(words)
        case x.RawExtension():
            # The policy says octets, not what they mean: they are read as the bytes of the CRL are.
            from ceremony.pki.describe_crl_extensions import crl_extension_words

            title = CRL_TITLES.get(extension.oid) or TITLES.get(EXTENSION_WORDS.get(extension.oid, ""))
            octets = crl_extension_words(extension.oid, bytes.fromhex(extension.der))
            return title or f"Extension {extension.oid}", "; ".join([criticality(extension.critical), *octets])
        case x.AuthorityKeyIdentifier():
            values = list(_authority(extension, holes)) or [NO_VALUE]
        case x.FreshestCrl():
            values = list(WORDS[x.FreshestCrl](extension))
    return TITLES[extension.type], "; ".join([criticality(extension.critical), *values])


def _issuing_point(extension: IssuingDistributionPoint) -> Iterator[str]:
    if extension.urls:
        yield f"full name ({', '.join(f'uri {word(url)}' for url in extension.urls)})"
    if extension.only is not None:
        yield {"user": "only user certificates", "ca": "only CA certificates"}[extension.only]


def _authority(extension: x.AuthorityKeyIdentifier, holes: CrlHoles) -> Iterator[str]:
    identifier = holes.issuer_key_identifier
    if extension.key_identifier not in {"issuer", "none"}:
        identifier = bytes.fromhex(extension.key_identifier)
    if extension.key_identifier != "none" and identifier is not None:
        yield colon_hex(identifier)
    place = extension.issuer_and_serial
    if isinstance(place, x.LiteralIssuer):
        yield f"issuer {general_names_text(place.issuer)}"
        yield f"serial number {colon_hex(magnitude(int(place.serial, 16)))}"
    elif place == "issuer" and holes.issuer_issuer_and_serial is not None:
        name, serial = holes.issuer_issuer_and_serial
        yield f"issuer (directory ({name_text(name)}))"
        yield f"serial number {colon_hex(magnitude(serial))}"
