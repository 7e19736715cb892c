"""What a value must look like, in words: one sentence for each pattern of the policy models."""

from __future__ import annotations

from typing import Any, get_args

from ceremony.policy import names, primitives


def pattern_of(annotated: Any) -> str:
    """The pattern of a text type of the models, as a complaint about it names it."""
    return str(get_args(annotated)[1].pattern)


WORDS_OF_PATTERN: dict[str, str] = {
    pattern_of(primitives.Slug): "must be lower-case letters and digits, in words parted by single hyphens or dots",
    pattern_of(primitives.ObjectIdentifier): (
        "must be an object identifier: numbers parted by dots, such as 2.23.140.1.2.1"
    ),
    pattern_of(primitives.Sha256): "must be a SHA-256: 64 digits 0-9 and a-f, in lower case",
    pattern_of(primitives.Hex): "must be octets in hex: pairs of the digits 0-9 and a-f, in lower case",
    pattern_of(primitives.Line): "must be one line of text",
    pattern_of(primitives.IsoDate): 'must be a date in quotes: "2026-11-22"',
    pattern_of(primitives.UtcTime): 'must be a moment in UTC, to the second, in quotes: "2026-11-22T00:00:00Z"',
    pattern_of(primitives.Uri): "must be a URI such as http://pki.example.org/root.crl, in ASCII",
    pattern_of(names.AttributeType): (
        "must be an attribute's short name (C, O, OU, CN, L, ST, DC, description, organizationIdentifier and so on) "
        "or its object identifier"
    ),
    r"^[A-Z]{2}$": "must be a country code: two capital letters, such as ID",
    r"^[1-9][0-9]{0,4}[ydh]$": "must be a number of years, days or hours: 20y, 90d or 36h",
    r"^[1-9][0-9]{0,4}[dh]$": "must be a number of days or hours: 365d or 36h",
    r"^[!-~]*$": "must be ASCII without spaces",
    r"^[!-~ ]*$": "must be ASCII",
    r"^[!-~ ]+$": "must be ASCII",
    r"^[0-9a-fA-F.:/]+$": "must be an IP address, or a network such as 10.0.0.0/8",
}
