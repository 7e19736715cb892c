"""What must fit together inside one policy.

- Each key profile and issuer that a certificate profile names exists (POLICY-KEY, POLICY-ISSUER).
- An issuer is a CA that may sign certificates (POLICY-ISSUER-CA).
- What signs fits the issuer's key (POLICY-SIGNATURE; BR 7.1.3.2).
- Each chain of issuers ends at a profile that issues itself, and a root is such a profile (POLICY-CHAIN, POLICY-SELF).
- A CA that keeps its name with a new key says so itself (POLICY-ROLLOVER).
- Each date is a day of the calendar (POLICY-DATE).
- Waivers are not too broad, and name what exists (WAIVER-...; `waivers`).
- What is said of CRLs, OCSP responses and requests fits all this (POLICY-CRL-..., POLICY-OCSP-..., POLICY-REQUEST-...;
  `status_references`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from ceremony.errors import Finding, Severity
from ceremony.policy.algorithms import SIGNATURES_OF_KEY
from ceremony.policy.models import Policy
from ceremony.policy.powers import has_usage, is_ca
from ceremony.policy.status_references import check_status
from ceremony.policy.validate import path_in_words
from ceremony.policy.waivers import check_waivers
from ceremony.strict_yaml import DataPath, Document

_SELF_ISSUED = frozenset({"root-ca", "pkix"})
"""What a self-signed certificate may be linted as."""


def check_policy(policy: Policy, document: Document) -> tuple[Finding, ...]:
    """Every complaint about how the parts of a policy fit together."""
    return tuple(_findings(policy, document))


def _findings(policy: Policy, document: Document) -> Iterator[Finding]:
    def complain(rule: str, path: DataPath, message: str) -> Finding:
        return Finding(rule, Severity.ERROR, message, path_in_words(path), document.where(path))

    if not _is_moment(policy.cp_cps.date):
        yield complain("POLICY-DATE", ("cp_cps", "date"), "is not a day of the calendar")
    for index, waiver in enumerate(policy.waivers):
        if not _is_moment(waiver.expires):
            yield complain("POLICY-DATE", ("waivers", index, "expires"), "is not a day of the calendar")
    if policy.waivers:  # reading every rule pack takes a moment
        yield from check_waivers(policy, document)
    for name, profile in policy.certificates.items():
        at: DataPath = ("certificates", name)
        for key in ("not_before", "not_after"):
            moment = getattr(profile.validity, key)
            if moment is not None and not _is_moment(moment):
                yield complain("POLICY-DATE", (*at, "validity", key), "is not a day of the calendar")
        if profile.rollover and not is_ca(profile):
            message = "only a CA keeps its name with a new key (CHAIN-SUBJECT); take rollover away"
            yield complain("POLICY-ROLLOVER", (*at, "rollover"), message)
        elif profile.rollover and _written_in(policy, document, (*at, "rollover")) != name:
            message = (
                f"`{name}` takes this over by extends; write in `{name}` itself whether its name is another key's too"
            )
            yield complain("POLICY-ROLLOVER", (*at, "rollover"), message)
        if profile.key not in policy.keys:
            yield complain("POLICY-KEY", (*at, "key"), f"there is no key profile `{profile.key}` in this policy")
        issuer = policy.certificates.get(profile.issuer)
        if issuer is None:
            message = f"there is no certificate profile `{profile.issuer}` in this policy"
            yield complain("POLICY-ISSUER", (*at, "issuer"), message)
            continue
        if profile.issuer != name and not (is_ca(issuer) and has_usage(issuer, "keyCertSign")):
            message = f"`{profile.issuer}` may not sign certificates (basic-constraints ca, key-usage keyCertSign)"
            yield complain("POLICY-ISSUER-CA", (*at, "issuer"), message)
        if issuer.key in policy.keys:
            algorithm = policy.keys[issuer.key].algorithm
            fitting = SIGNATURES_OF_KEY[algorithm]
            if profile.signature not in fitting:
                message = f"the issuer's key is {algorithm}, which signs with {' or '.join(fitting)}"
                yield complain("POLICY-SIGNATURE", (*at, "signature"), message)
        if profile.lint_as == "root-ca" and profile.issuer != name:
            yield complain("POLICY-SELF", (*at, "issuer"), f"a root issues itself: write `{name}`")
        elif profile.issuer == name and profile.lint_as not in _SELF_ISSUED:
            message = "a profile that issues itself is linted as root-ca or pkix"
            yield complain("POLICY-SELF", (*at, "lint_as"), message)
        elif _runs_in_a_circle(policy, name):
            message = "the issuers run in a circle; a chain must end at a profile that issues itself"
            yield complain("POLICY-CHAIN", (*at, "issuer"), message)
    yield from check_status(policy, document)


def _runs_in_a_circle(policy: Policy, start: str) -> bool:
    """Whether the chain from `start` comes back without a profile that issues itself."""
    seen: set[str] = set()
    name = start
    while name not in seen:
        seen.add(name)
        profile = policy.certificates.get(name)
        if profile is None or profile.issuer == name:
            return False
        name = profile.issuer
    return True


def _written_in(policy: Policy, document: Document, path: DataPath) -> str:
    """The certificate profile in whose lines the value at `path` stands: another one's where it is inherited."""
    place = document.where(path)
    begins = {name: document.where(("certificates", name)) for name in policy.certificates}
    before = (name for name, where in begins.items() if (where.line, where.column) <= (place.line, place.column))
    return max(before, key=lambda name: (begins[name].line, begins[name].column))


def _is_moment(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
