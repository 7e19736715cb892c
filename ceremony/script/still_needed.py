"""What still leans on a key that is to be destroyed: certificates whose revocation nobody could publish any more.

A CA goes on issuing CRLs until every CA certificate under it is expired or revoked, or its own key is destroyed (BR
4.9.7). Destroying the key is therefore allowed to end the lists, but not to leave a valid certificate without one:
each must be expired, revoked, or covered to its end by a last CRL (RFC 5280 5.1.2.5).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ceremony.pki.view import certificate_view
from ceremony.room.clock import iso
from ceremony.script.world import World
from ceremony.transcript.kinds import CrlBuilt
from ceremony.transcript.register_entries import CrlEntry


def certificates_over(world: World, key: str, now: datetime) -> tuple[str, ...]:
    """The names of the certificates of this key that have not expired, in the order in which they came."""
    return tuple(
        item.name
        for item in world.certificates.values()
        if item.key == key and certificate_view(item.octets).not_after >= now
    )


def still_needed(world: World, lists: Iterable[CrlEntry | CrlBuilt], key: str, now: datetime) -> tuple[str, ...]:
    """The names of the certificates that this key issued to other keys, that are valid at `now` (UTC), not revoked,
    and longer valid than the last CRL of their issuer lasts. `lists` are all lists of the record, oldest first.
    """
    covered = {item.issuer: item.next_update for item in lists if not item.base_number}
    revoked = world.revoked_names()
    needed = []
    for item in world.certificates.values():
        issuer = world.certificates.get(item.issuer)
        if issuer is None or issuer.key != key or item.key == key or item.name in revoked:
            continue
        end = certificate_view(item.octets).not_after
        last = max(
            (covered.get(name, "") for name, known in world.certificates.items() if known.key == key), default=""
        )
        if end >= now and iso(end) > last:
            needed.append(item.name)
    return tuple(needed)
