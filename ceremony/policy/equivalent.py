"""Which rules of different sources demand the same, so that a waiver of one must name the sources of all.

A waiver that overrides one source and forgets another is how certificates without EKU came to be signed. Ids are those
of the packs, `-SHOULD` left off; the linter's codes are found by words in them. A rule that demands several things
stands in each group that it touches: rather a source too many in a waiver than one too few.
"""

from __future__ import annotations

PURPOSES = frozenset(
    {
        "BR-C3",
        "BR-C7",
        "BR-C8",
        "BR-C10",
        "BR-C13",
        "BR-C14",
        "CC-1",
        "CH-3",
        "CH-3-BEFORE",
        "CHAIN-EKU",
        "MZ-3",
        "MZ-6",
        "RFC3161-EKU",
    }
)
KEYS = frozenset({"BR-A1", "BR-A2", "BR-A3", "MZ-1", "RF-KEY"})
SIGNATURES = frozenset({"BR-A4", "BR-A5", "BR-A6", "CHAIN-SIGNATURE", "MZ-1"})
RESPONDERS = frozenset({"BR-O1", "BR-O2", "MZ-2", "MZ-6", "RF-5"})
NAMES = frozenset({"BR-N2", "BR-N3", "BR-N4", "ID-8", "ID-10", "RF-NAME", "RF-NAME-BOUNDS"})
SUBJECTS = frozenset({"BR-C5", "BR-N1", "BR-N5", "CHAIN-KEY", "CHAIN-NAME", "CHAIN-SUBJECT"})
DATES = frozenset({"BR-C2", "BR-C6", "BR-C17", "BR-O3", "CHAIN-VALIDITY", "RF-1-TIME"})
AGES = frozenset({"CH-1", "MZ-5"})
SERIALS = frozenset({"BR-C1", "MZ-2", "RF-1", "RF-1-SERIAL"})
POWERS = frozenset({"BR-C3", "BR-C4", "BR-C7", "BR-C13", "CHAIN-PATHLEN", "CHAIN-USAGE", "RF-2"})
POLICIES = frozenset({"BR-C7", "BR-C9", "BR-C13", "BR-C15", "CC-2", "CHAIN-POLICY", "ID-7", "RF-3-NOTICE", "RF-POLICY"})
IDENTIFIERS = frozenset({"BR-C3", "BR-C7", "BR-C13", "BR-C18", "BR-C20", "CHAIN-AKI", "CHAIN-SKI", "RF-2", "RF-8"})
ADDRESSES = frozenset({"BR-C7", "BR-C13", "BR-C16", "BR-C19", "RF-POINT", "RF-URI"})
SUBTREES = frozenset({"BR-C12", "CHAIN-CONSTRAINTS", "CHAIN-NAMES", "RF-3", "RF-NC"})

GROUPS = (
    PURPOSES,
    KEYS,
    SIGNATURES,
    RESPONDERS,
    NAMES,
    SUBJECTS,
    DATES,
    AGES,
    SERIALS,
    POWERS,
    POLICIES,
    IDENTIFIERS,
    ADDRESSES,
    SUBTREES,
)

WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("extended_key_usage", PURPOSES),
    ("eku", PURPOSES),
    ("rsa_", KEYS),
    ("curve", KEYS),
    ("signature_algorithm", SIGNATURES),
    ("ocsp", RESPONDERS),
    ("rdn", NAMES),
    ("attribute", NAMES),
    ("validity", DATES),
    ("utctime", DATES),
    ("serial_number", SERIALS),
    ("keyusage", POWERS),
    ("basic_constraints", POWERS),
    ("polic", POLICIES),
    ("key_identifier", IDENTIFIERS),
    ("crl_distribution", ADDRESSES),
    ("crldp", ADDRESSES),
    ("authority_information_access", ADDRESSES),
    ("uri", ADDRESSES),
    ("name_constraints", SUBTREES),
)
"""The linter has hundreds of codes; these words in a code put it beside the rules of the packs."""


def same_demand(one: str, other: str) -> bool:
    """Whether two ids stand for the same demand, or for demands that a waiver must not part."""
    return one == other or any(group in _groups(other) for group in _groups(one))


def _groups(identifier: str) -> tuple[frozenset[str], ...]:
    if "." in identifier:
        return tuple(group for word, group in WORDS if word in identifier)
    base = identifier.removesuffix("-SHOULD")
    return tuple(group for group in GROUPS if base in group)
