"""A rule's two cases: one scene that it accepts, one that it refuses. And the changes that lead from good to bad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import builder
from builder import SCENES, Cert, Scene

from ceremony.errors import Finding
from ceremony.pki import der
from ceremony.policy.rules.packs import pack, rule

Change = Callable[[Scene], Scene]


def scene(**changes: Any) -> Change:
    """Change what is around the certificate."""
    return lambda old: replace(old, **changes)


def cert(**changes: Any) -> Change:
    """Change fields of the certificate."""
    return lambda old: replace(old, cert=replace(old.cert, **changes))


def put(kind: str, value: bytes, critical: bool | None = None) -> Change:
    """Change or add an extension."""
    return lambda old: replace(old, cert=old.cert.put(kind, value, critical))


def drop(*kinds: str) -> Change:
    """Take extensions away."""
    return lambda old: replace(old, cert=old.cert.drop(*kinds))


def mark(kind: str, critical: bool) -> Change:
    """Make an extension critical or not."""
    return lambda old: replace(old, cert=old.cert.mark(kind, critical))


def know(name: str, certificate: Cert, key: str = "") -> Change:
    """Let one more certificate be known, and the name of its key where one is given."""
    keys = {name: key} if key else {}
    return lambda old: replace(old, known=(*old.known, (name, certificate)), known_keys=old.known_keys | keys)


def issuer(change: Callable[[Cert], Cert]) -> Change:
    """Change the issuer's certificate."""

    def changed(old: Scene) -> Scene:
        assert old.issuer is not None
        return replace(old, issuer=change(old.issuer))

    return changed


def key(spki: bytes) -> Change:
    """Another public key, with the identifier that goes with it."""
    value = der.encode(der.OCTET_STRING, builder.identifier(spki))
    return lambda old: replace(old, cert=replace(old.cert, spki=spki).put("2.5.29.14", value))


def subject(*rdns: bytes) -> Change:
    """Another subject."""
    return cert(subject=builder.seq(*rdns))


def self_named(*rdns: bytes) -> Change:
    """Another subject of a root, which is its issuer too."""
    return cert(subject=builder.seq(*rdns), issuer=builder.seq(*rdns))


@dataclass(frozen=True)
class Case:
    """For one rule: a good scene, changes after which the rule still accepts it, and changes after which it refuses."""

    rule: str
    base: str
    refuses: tuple[Change, ...]
    accepts: tuple[Change, ...] = ()
    why: str = ""
    """What the refused one does, in few words."""

    def __str__(self) -> str:
        return f"{self.rule} {self.why}".strip()

    def accepted(self) -> tuple[Finding, ...]:
        return self._judged(self.accepts)

    def refused(self) -> tuple[Finding, ...]:
        return self._judged(self.refuses)

    def _judged(self, changes: tuple[Change, ...]) -> tuple[Finding, ...]:
        made = reduce(lambda old, change: change(old), changes, SCENES[self.base])
        return rule(self.rule).judge(made.subject())


def table(name: Any, cases: tuple[Case, ...]) -> tuple[str, list[str]]:
    """What the tests of a pack show, and the rules that did not both accept and refuse something in them."""
    lines = [f"{name}: {'rule':<18} {'severity':<8} {'source':<50} {'accepts':>7} {'refuses':>7}  it refuses"]
    silent = []
    for item in pack(name):
        mine = [case for case in cases if case.rule == item.id]
        accepts = sum(not case.accepted() for case in mine)
        refused = [case.refused() for case in mine if case.refused()]
        if not (accepts and refused):
            silent.append(item.id)
        since = f", since {item.effective}" if item.effective else ""
        source = f"{item.section}{since}"
        why = "; ".join(case.why for case in mine)
        head = f"{item.id:<18} {item.severity.value:<8} {source:<50}"
        lines.append(f"{'':<{len(name) + 2}}{head} {accepts:>7} {len(refused):>7}  {why}")
    return "\n".join(lines), silent
