"""The rule packs by name, and every rule by its id. A pack's module is imported when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import get_args

from ceremony.errors import CeremonyError
from ceremony.policy.models import PackName
from ceremony.policy.rules.rule import Kind, Rule

MODULES: dict[PackName, tuple[str, ...]] = {
    "rfc5280": ("rfc5280", "rfc5280_names", "rfc5280_chain", "rfc3161"),
    "cabf-tls-br": (
        "cabf_tls_br_keys",
        "cabf_tls_br_names",
        "cabf_tls_br_certificates",
        "cabf_tls_br_crosses",
        "cabf_tls_br_sub_cas",
        "cabf_tls_br_extensions",
        "cabf_tls_br_ocsp",
    ),
    "mozilla": ("mozilla",),
    "chrome": ("chrome",),
    "ccadb": ("ccadb",),
    "psre-indonesia": ("psre_indonesia",),
}
"""The modules of each pack about certificates, in this folder. Each has `RULES: tuple[Rule, ...]`."""

CRL_MODULES: dict[PackName, tuple[str, ...]] = {
    "rfc5280": ("rfc5280_crl", "rfc5280_crl_history"),
    "cabf-tls-br": ("cabf_tls_br_crl_times", "cabf_tls_br_crl"),
    "mozilla": ("root_programmes_crl",),
    "ccadb": ("root_programmes_crl",),
}
"""Those about revocation lists. A module of two packs gives each its own rules."""

OCSP_MODULES: dict[PackName, tuple[str, ...]] = {
    "rfc5280": ("rfc6960_ocsp", "rfc6960_record"),
    "cabf-tls-br": ("cabf_tls_br_ocsp_responses",),
}
"""Those about OCSP responses."""

BY_KIND: dict[Kind, dict[PackName, tuple[str, ...]]] = {
    "certificate": MODULES,
    "crl": CRL_MODULES,
    "ocsp": OCSP_MODULES,
}


@cache
def pack(name: PackName, kind: Kind = "certificate") -> tuple[Rule, ...]:
    """Every rule of one pack about one kind of thing, in the order of its modules.

    Raises CeremonyError for a name that no pack has.
    """
    if name not in MODULES:
        raise CeremonyError(
            "There is no such rule pack.",
            detail=f"The name is {name!r}; the packs are {', '.join(get_args(PackName))}.",
            not_done="No rule was checked.",
            next_step="Correct the list rule_packs in the policy.",
            code="RULE-PACK",
        )
    modules = BY_KIND[kind].get(name, ())
    rules = (rule for module in modules for rule in import_module(f"{__package__}.{module}").RULES)
    return tuple(rule for rule in rules if (rule.pack, rule.kind) == (name, kind))


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule of every pack, about whatever. Raises ValueError where two have one id."""
    rules = tuple(item for kind in get_args(Kind) for name in get_args(PackName) for item in pack(name, kind))
    ids = [item.id for item in rules]
    repeated = sorted({item for item in ids if ids.count(item) > 1})
    if repeated:
        raise ValueError(f"rule ids stand twice: {', '.join(repeated)}")
    return rules


def rule(identifier: str) -> Rule:
    """The rule with this id. Raises CeremonyError RULE-UNKNOWN where there is none, naming those that look like it."""
    for item in all_rules():
        if item.id == identifier:
            return item
    near = [item.id for item in all_rules() if item.id.partition("-")[0] == identifier.upper().partition("-")[0]]
    raise CeremonyError(
        "There is no rule with this id.",
        detail=f"The id is {identifier!r}." + (f" Rules of that kind: {', '.join(near)}." if near else ""),
        not_done="Nothing was explained or waived.",
        next_step="Write the id as the finding shows it.",
        code="RULE-UNKNOWN",
    )
