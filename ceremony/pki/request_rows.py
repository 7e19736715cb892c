"""What a request asks for beside what its certificate will say: the policy decides, and people see the difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ceremony.errors import Severity
from ceremony.pki.describe import Fields
from ceremony.pki.describe_request import describe_request
from ceremony.pki.holes import Holes
from ceremony.pki.request_read import Request
from ceremony.pki.wanted import ABSENT, compare, wanted_fields
from ceremony.pki.wanted_request import subject_onward
from ceremony.policy.models import CertificateProfile

Verdict = Literal["same", "marked", "changed", "left out", "added"]
"""`marked`: the same but for the mark of practice. `left out`: asked for, not given. `added`: given, not asked for."""

OUTSIDE = ("Version", "Attributes", "Signature algorithm")
"""Fields of a request that no certificate answers."""
KEY, KEY_HASH = "Public key", "Public key SHA-256"


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One field: what the request asks for, what the certificate will say, and what became of the wish.

    `severity` says how closely to look; none of them stops a plan but ERROR, which a certificate for another key has.
    """

    name: str
    asked: str
    given: str
    verdict: Verdict
    severity: Severity


def request_rows(
    request: Request,
    profile: CertificateProfile,
    issuer_profile: CertificateProfile,
    holes: Holes,
    *,
    practice: bool,
) -> tuple[RequestRow, ...]:
    """Subject, key and extensions side by side, in the order of the certificate.

    Another name is a WARNING: it may be the request of somebody else. Another key is an ERROR. An extension that is
    changed or left out is a NOTICE; one that the policy adds is its business (INFO). Raises CeremonyError where the
    request, or what the policy says, cannot be described.
    """
    asked = tuple(field for field in describe_request(request.octets) if field[0] not in OUTSIDE)
    given = subject_onward(wanted_fields(profile, issuer_profile, holes, practice=False))
    marked = subject_onward(wanted_fields(profile, issuer_profile, holes, practice=practice))
    (name_asked, rest_asked), (name_given, _), (name_marked, rest_given) = map(_halves, (asked, given, marked))
    shown = iter(value for _, value in name_marked)
    return (*_name_rows(name_asked, name_given, shown), *_rest_rows(dict(rest_asked), dict(rest_given)))


def _halves(fields: Fields) -> tuple[Fields, Fields]:
    """The subject, whose order is part of the name, and what follows from the public key on, each field once."""
    end = [name for name, _ in fields].index(KEY)
    return fields[:end], fields[end:]


def _name_rows(asked: Fields, given: Fields, shown: Iterator[str]) -> Iterator[RequestRow]:
    """`shown` are the values of `given` as the certificate has them, with the mark of practice."""
    for row in compare(given, asked):
        value = ABSENT if row.wanted == ABSENT else next(shown)
        if row.equal:
            verdict: Verdict = "same" if value == row.wanted else "marked"
            yield RequestRow(row.name, row.found, value, verdict, Severity.INFO)
        else:
            yield RequestRow(row.name, row.found, value, _verdict(row.found, value), Severity.WARNING)


def _rest_rows(asked: dict[str, str], given: dict[str, str]) -> Iterator[RequestRow]:
    for name in dict.fromkeys((*given, *asked)):
        left, right = asked.get(name, ABSENT), given.get(name, ABSENT)
        verdict = _verdict(left, right)
        severity = Severity.INFO if verdict in {"same", "added"} else Severity.NOTICE
        if name in {KEY, KEY_HASH} and verdict != "same":
            severity = Severity.ERROR
        yield RequestRow(name, left, right, verdict, severity)


def _verdict(asked: str, given: str) -> Verdict:
    if asked == given:
        return "same"
    if given == ABSENT:
        return "left out"
    return "added" if asked == ABSENT else "changed"
