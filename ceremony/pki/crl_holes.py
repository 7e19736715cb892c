"""What a CRL profile leaves open, and what the agreed clock fills in: how long the list counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ceremony.pki.encodable import refuse
from ceremony.policy.status import UpdateCycle


@dataclass(frozen=True, slots=True)
class CrlHoles:
    """The holes of a CRL profile, filled.

    `issuer_name` is the DER of the subject in the issuer's certificate, `issuer_spki` its DER SubjectPublicKeyInfo,
    `issuer_key_identifier` its subject key identifier; `issuer_issuer_and_serial` is the DER of that certificate's own
    issuer, and its serial number. `number` is the CRL number; `base_number`, of a delta CRL alone, that of the complete
    CRL that it updates. The dates are aware, in UTC, without fractions of a second; `next_update` is the last second
    inside.
    """

    issuer_name: bytes
    issuer_spki: bytes
    issuer_key_identifier: bytes | None
    issuer_issuer_and_serial: tuple[bytes, int] | None
    number: int
    base_number: int | None
    this_update: datetime
    next_update: datetime


@dataclass(frozen=True, slots=True)
class UpdatePeriod:
    """From when until when a list or a response counts, and when the ceremony for the next one must be held at last."""

    this_update: datetime
    next_update: datetime
    renew_by: datetime


def update_period(cycle: UpdateCycle, clock: datetime) -> UpdatePeriod:
    """thisUpdate, nextUpdate and the last moment to renew, for this agreed clock (aware); fractions are dropped.

    thisUpdate is the clock; nextUpdate is `lifetime` less `margin` less one second later, so that the period, counted
    with both its ends as CAs count it, is the lifetime less the margin: linters take 365 days for the twelve months of
    BR 4.9.7. `renew_by` is `renew` before nextUpdate. Raises CeremonyError CRL-CYCLE for a cycle without a moment to
    renew in it, or one that ends after the year 9999; ValueError for a clock without a time zone.
    """
    if clock.tzinfo is None:
        raise ValueError("the clock must know its time zone")
    start = clock.astimezone(UTC).replace(microsecond=0)
    lifetime, renew = _span(cycle.lifetime), _span(cycle.renew)
    margin = timedelta(0) if cycle.margin is None else _span(cycle.margin)
    length = lifetime - margin - timedelta(seconds=1)
    if renew >= length:
        raise refuse(
            "An update cycle leaves no time to renew.",
            f"A lifetime of {cycle.lifetime}{f' less {cycle.margin}' if cycle.margin else ''} is over before, or when, "
            f"the next one is due: {cycle.renew} before its end.",
            "Write a longer lifetime, or a shorter margin or renew, in the policy.",
            "CRL-CYCLE",
        )
    try:
        end = start + length
    except OverflowError as error:
        raise refuse(
            "An update cycle ends after the year 9999.",
            f"The lifetime is {cycle.lifetime}, from {start:%Y-%m-%d}.",
            "Write a shorter lifetime in the policy, or correct the clock.",
            "CRL-CYCLE",
        ) from error
    return UpdatePeriod(start, end, end - renew)


def _span(text: str) -> timedelta:
    count = int(text[:-1])
    return timedelta(days=count) if text[-1] == "d" else timedelta(hours=count)
