"""What can be put into a CRL at all, refused in plain words before anything is built or signed.

What is forbidden, but can be encoded, is left to the rules.
"""

from __future__ import annotations

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.crl_entries import require_moment
from ceremony.pki.crl_holes import CrlHoles
from ceremony.pki.der import DerError
from ceremony.pki.encodable import SERIAL_LIMIT, refuse
from ceremony.pki.keys import key_algorithm
from ceremony.policy.algorithms import SIGNATURES_OF_KEY
from ceremony.policy.status import CrlProfile


def require_encodable_crl(profile: CrlProfile, holes: CrlHoles) -> None:
    """Raises CeremonyError for holes, or a profile, that no CRL of this program can carry."""
    key = key_algorithm(holes.issuer_spki)
    if profile.signature not in SIGNATURES_OF_KEY[key]:
        raise refuse(
            "The issuer's key cannot make this signature.",
            f"The key is {key}; the profile wants {profile.signature}.",
            f"Write one of these in the profile: {', '.join(SIGNATURES_OF_KEY[key])}.",
            "BR-A4",
        )
    for octets in (holes.issuer_name, (holes.issuer_issuer_and_serial or (None,))[0]):
        _require_name(octets)
    if not 0 <= holes.number < SERIAL_LIMIT:
        raise _number_refusal(f"It is {holes.number}; from 0 to below 2^159 is allowed.")
    if (holes.base_number is not None) != (profile.delta_of is not None):
        raise _number_refusal("A delta CRL, and only a delta CRL, has the number of a base CRL.")
    if holes.base_number is not None and not 0 <= holes.base_number < holes.number:
        raise _number_refusal(f"The base CRL is number {holes.base_number}, this delta CRL {holes.number}: not later.")
    for name, moment in (("thisUpdate", holes.this_update), ("nextUpdate", holes.next_update)):
        require_moment(name, moment)
    if holes.next_update <= holes.this_update:
        raise refuse(
            "A CRL would end before it begins.",
            f"thisUpdate is {holes.this_update.isoformat()}, nextUpdate is {holes.next_update.isoformat()}.",
            "Correct the cycle of the profile, or the clock.",
            "RF-4",
        )


def _require_name(octets: bytes | None) -> None:
    if octets is None:
        return
    try:
        empty = not der.read_one(octets, der.SEQUENCE).content
    except DerError as error:
        raise refuse(
            "The issuer's name cannot be read.", f"{error}.", "Check the issuer's certificate.", "CERT-NAME"
        ) from error
    if empty:
        raise refuse(
            "The issuer has no name.",
            "The issuer of a CRL must not be an empty name (RFC 5280 5.1.2.3).",
            "Check the issuer's certificate.",
            "CERT-NAME",
        )


def _number_refusal(detail: str) -> CeremonyError:
    return refuse(
        "A CRL number is out of range.",
        detail,
        "Take the number from the record: one more than the last.",
        "CRL-NUMBER",
    )
