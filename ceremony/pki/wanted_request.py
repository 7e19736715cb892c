"""What the policy wants of a request of ours, field by field, in the words of `describe_request`.

Worked out from the profile and the key alone: neither the encoder nor the parser of the bytes has a part in it.
"""

from __future__ import annotations

from ceremony.pki.describe import Fields
from ceremony.pki.request_profile import as_certificate, as_holes
from ceremony.pki.wanted import wanted_fields
from ceremony.policy.status import RequestProfile

LAST_OF_ITS_OWN = "Lifetime"
"""The last field of a certificate before those that a request has too: subject, key, extensions."""


def wanted_request_fields(
    profile: RequestProfile,
    spki: bytes,
    *,
    practice: bool,
    subject_key_identifier: bytes | None = None,
    signed: bool = False,
) -> Fields:
    """Name and value of every field that the request must have, in order.

    `subject_key_identifier` is the one that the key has already (method `copy`); `signed` adds the field of a whole
    request. Raises CeremonyError for a public key, or a profile, that no request is made of here.
    """
    certificate = as_certificate(profile)
    fields = wanted_fields(certificate, certificate, as_holes(spki, subject_key_identifier), practice=practice)
    return (
        ("Version", "1"),
        *subject_onward(fields),
        *((("Attributes", "none"),) if not profile.extensions else ()),
        *((("Signature algorithm", profile.signature),) if signed else ()),
    )


def subject_onward(fields: Fields) -> Fields:
    """Of the fields of a certificate, those that a request has too: subject, public key, extensions."""
    names = [name for name, _ in fields]
    return fields[names.index(LAST_OF_ITS_OWN) + 1 :]
