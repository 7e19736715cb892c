"""Whether a key is what the policy demands: the attributes that the token reports against those that are wanted."""

from __future__ import annotations

from collections.abc import Mapping

from ceremony.errors import Finding, Severity
from ceremony.token.objects import ReadBack

WANTED_BY_DEFAULT = {
    "local": True,
    "sensitive": True,
    "always_sensitive": True,
    "extractable": False,
    "never_extractable": True,
}
"""What stands where the policy does not say: made in this token, and never out of it."""

WANTED_UNTIL_LOCKED = {"extractable": True, "never_extractable": False}
"""What takes the place of the policy's word while a key waits for its backup and its lock."""

WANTED_OF_RESTORED = {"local": False, "always_sensitive": False, "extractable": False, "never_extractable": False}
"""What a key that came from another token says of itself (PKCS#11 3.1, 5.18.4): it was not made in this one."""


def compare_attributes(read_back: ReadBack, wanted: Mapping[str, bool], subject: str) -> tuple[Finding, ...]:
    """One ERROR for each attribute that differs or that the token would not tell; nothing when all agree.

    `wanted` has the names of `WANTED_BY_DEFAULT`. Rule ids are KEY-ATTR-LOCAL, -SENSITIVE, -ALWAYS-SENSITIVE,
    -EXTRACTABLE, -NEVER-EXTRACTABLE (PKCS#11 3.1, 4.9), and KEY-ATTR-USE: the key signs, and does nothing else.
    """
    findings = []
    for name, default in WANTED_BY_DEFAULT.items():
        must = wanted.get(name, default)
        found: bool | None = getattr(read_back, name)
        if found is must:
            continue
        attribute = f"CKA_{name.upper()}"
        if found is None:
            message = f"the token does not tell {attribute}; it must be {_word(must)}"
        else:
            message = f"{attribute} is {_word(found)}; it must be {_word(must)}"
        findings.append(Finding(f"KEY-ATTR-{name.upper().replace('_', '-')}", Severity.ERROR, message, subject))
    if not read_back.sign:
        findings.append(Finding("KEY-ATTR-USE", Severity.ERROR, "the key may not sign (CKA_SIGN)", subject))
    if read_back.other_uses:
        uses = ", ".join(f"CKA_{use.upper()}" for use in read_back.other_uses)
        findings.append(Finding("KEY-ATTR-USE", Severity.ERROR, f"the key may do more than sign: {uses}", subject))
    return tuple(findings)


def _word(value: bool) -> str:
    return "true" if value else "false"
