"""TBS: what only certificates have: serial numbers that the token drew, and dates from the agreed clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ceremony.pki.certificate import validity_period
from ceremony.pki.serials import serial_from_octets
from ceremony.pki.view import certificate_view
from ceremony.script.objects.certificate import CertificateObject
from ceremony.transcript import kinds
from ceremony.verify.evidence import Evidence, line_of, moment, number_of, octets_of
from ceremony.verify.objects import each_object
from ceremony.verify.replay import Replayed
from ceremony.verify.rule import Fault, Rule

NEAR = timedelta(days=1)
"""BR-C2, BR-C17: notBefore lies within a day before the signature."""


def _serial(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    item, signing = made.item, made.signing
    if not isinstance(item, CertificateObject):
        return
    name = item.name
    _, built = signing.last(kinds.CertificateBuilt)
    entry, drawn = signing.last(kinds.SerialDrawn)
    octets = octets_of(drawn.octets)
    if len(octets) != item.demand.serial_octets:
        yield Fault(f"{name}: the octets drawn are not those that the profile asks for.", line_of(entry))
    elif serial_from_octets(octets) != number_of(drawn.serial) or drawn.serial != built.serial:
        yield Fault(f"{name}: the serial number is not made of the octets that were drawn.", line_of(entry))
    for other in item.setting.world.neighbours():
        if certificate_view(other.octets).serial_number == item.holes.serial_number:
            yield Fault(f"{name} and {other.name} have the same serial number.", line_of(entry))


def _dates(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    del evidence
    item = made.item
    if not isinstance(item, CertificateObject):
        return
    name, validity = item.name, item.demand.profile.validity
    entry, built = made.signing.last(kinds.CertificateBuilt)
    not_before, not_after = moment(built.not_before), moment(built.not_after)
    if validity_period(validity, not_before) != (not_before, not_after):
        yield Fault(f"{name}: its dates are not the validity of its profile.", line_of(entry))
    built_at = moment(entry.event.at)
    if validity.lifetime is not None and not built_at - NEAR <= not_before <= built_at:
        yield Fault(f"{name}: it begins {built.not_before}, but was built {entry.event.at}.", line_of(entry))


RULES = (
    Rule(
        "TBS-SERIAL", "Each serial number is made of octets that the token drew, and stands once.", each_object(_serial)
    ),
    Rule("TBS-DATES", "Each validity is what its profile says, from the agreed clock.", each_object(_dates)),
)
