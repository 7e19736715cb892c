"""What a value must look like, in words: one sentence for each pattern of the policy models."""

from __future__ import annotations

from typing import Any, get_args

from ceremony.policy import models


def pattern_of(annotated: Any) -> str:
    """The pattern of a text type of the models, as a complaint about it names it."""
    return str(get_args(annotated)[1].pattern)


WORDS_OF_PATTERN: dict[str, str] = {
    pattern_of(models.Slug): "must be lower-case letters and digits, in words parted by single hyphens or dots",
    pattern_of(models.ObjectIdentifier): "must be an object identifier: numbers parted by dots, such as 2.23.140.1.2.1",
    pattern_of(models.Sha256): "must be a SHA-256: 64 digits 0-9 and a-f, in lower case",
    pattern_of(models.Line): "must be one line of text",
    pattern_of(models.IsoDate): 'must be a date in quotes: "2026-11-22"',
    pattern_of(models.UtcTime): 'must be a moment in UTC, to the second, in quotes: "2026-11-22T00:00:00Z"',
    pattern_of(models.HttpUrl): "must be a URL that starts with http:// or https:// and has no spaces",
    r"^[A-Z]{2}$": "must be a country code: two capital letters, such as ID",
    r"^[1-9][0-9]{0,4}[ydh]$": "must be a number of years, days or hours: 20y, 90d or 36h",
    r"^(?:C|O|OU|CN|L|ST|DC|serialNumber|[0-2](?:\.(?:0|[1-9][0-9]*))+)$": (
        "must be C, O, OU, CN, L, ST, DC, serialNumber or an object identifier"
    ),
}
