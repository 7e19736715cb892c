"""What a CRL comes after: the last list of its profile, the base of a delta CRL, and the number that is next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.pki.crl_view import crl_view
from ceremony.script.objects.base import Setting
from ceremony.script.world import KnownCrl

if TYPE_CHECKING:
    from ceremony.script.objects.crl import CrlDemand


@dataclass(frozen=True, slots=True)
class Before:
    """What the record holds before a CRL."""

    previous: KnownCrl | None
    """The last list of the profile; None before the very first."""
    base: KnownCrl | None
    """The complete list that a delta CRL is on top of (RFC 5280 5.2.4); None for a complete list."""
    since: KnownCrl | None
    """The list whose entries it goes on from: the last one, but nothing for the first delta CRL of a new base."""
    number: int
    """The cRLNumber that is next in its scope (RFC 5280 5.2.3)."""


def what_goes_before(demand: CrlDemand, setting: Setting) -> Before:
    """The lists that a CRL goes on from.

    Raises CeremonyError: CRL-FIRST (the first list of a profile says so, and no other), CRL-ISSUER (a profile is of
    one CA), CRL-PUBLISHED (what was published is the record's last list), CRL-BASE (a delta CRL has a base).
    """
    previous = _previous(demand, setting)
    base = _base(demand, setting)
    since = previous
    if base is not None and previous is not None and crl_view(previous.octets).delta_base != base.number:
        since = None
    family = demand.revocations.family(setting)
    numbers = (setting.world.crls[name].number for name in family if name in setting.world.crls)
    return Before(previous, base, since, max(numbers, default=0) + 1)


def _previous(demand: CrlDemand, setting: Setting) -> KnownCrl | None:
    previous = setting.world.crls.get(demand.profile_name)
    if previous is None and not demand.first:
        raise _refused(
            demand,
            "There is no last CRL to go on from.",
            f"The record holds no CRL of profile {demand.profile_name}.",
            "Name the archive that holds the last one; only the very first list says `first: true`.",
            "CRL-FIRST",
        )
    if previous is not None and not _same_issuer(demand, setting, previous):
        raise _refused(
            demand,
            "The lists of this profile are another CA's.",
            f"CRL number {previous.number} of profile {demand.profile_name} is of {previous.issuer}, "
            f"not of {demand.issuer_name}.",
            "Give each CA a CRL profile of its own in the policy.",
            "CRL-ISSUER",
        )
    if previous is not None and demand.first:
        raise _refused(
            demand,
            "This would not be the first CRL.",
            f"The record holds CRL number {previous.number} of profile {demand.profile_name}.",
            "Take `first: true` out.",
            "CRL-FIRST",
        )
    if demand.published is not None and (previous is None or demand.published != previous.octets):
        there = f"the record's has {previous.sha256}" if previous else "the record has none"
        raise _refused(
            demand,
            "The published CRL is not the last one of the record.",
            f"The file has SHA-256 {sha256_hex(demand.published)}; {there}.",
            "Find out which of the two is true before anything is signed.",
            "CRL-PUBLISHED",
        )
    return previous


def _same_issuer(demand: CrlDemand, setting: Setting, previous: KnownCrl) -> bool:
    """Whether the same key signed it, under whichever of its certificates."""
    there = setting.world.certificates.get(previous.issuer)
    return previous.issuer == demand.issuer_name or (there is not None and there.key == demand.signer_key)


def _base(demand: CrlDemand, setting: Setting) -> KnownCrl | None:
    if demand.profile.delta_of is None:
        return None
    base = setting.world.crls.get(demand.profile.delta_of)
    if base is None:
        raise _refused(
            demand,
            "A delta CRL needs its base.",
            f"The record holds no CRL of profile {demand.profile.delta_of}.",
            "Sign the complete CRL first.",
            "CRL-BASE",
        )
    return base


def _refused(demand: CrlDemand, headline: str, detail: str, next_step: str, code: str) -> CeremonyError:
    not_done = f"{demand.name} was not built."
    return CeremonyError(headline, detail=detail, not_done=not_done, next_step=next_step, code=code)
