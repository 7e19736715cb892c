"""How values are written for people: hex, times, spans, names of fields. The same on screen, on paper and in files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

TITLES: dict[str, str] = {
    "basic-constraints": "Basic constraints",
    "key-usage": "Key usage",
    "extended-key-usage": "Extended key usage",
    "subject-key-identifier": "Subject key identifier",
    "authority-key-identifier": "Authority key identifier",
    "certificate-policies": "Certificate policies",
    "crl-distribution-points": "CRL distribution points",
    "authority-information-access": "Authority information access",
}
"""Extensions as people read them."""


def colon_hex(octets: bytes) -> str:
    """Octets as upper-case hex with colons: 0A:1B."""
    return octets.hex(":").upper()


def utc_text(moment: datetime) -> str:
    """A moment as 2026-11-22T00:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def lifetime_text(not_before: datetime, not_after: datetime) -> str:
    """A validity counted as RFC 5280 4.1.2.5 does, both ends inside: `7305 days`, or `7305 days 00:00:01`."""
    span = not_after - not_before + timedelta(seconds=1)
    if span <= timedelta(0):
        return "none: it ends before it begins"
    text = f"{span.days} day" if span.days == 1 else f"{span.days} days"
    if span.seconds:
        minutes, seconds = divmod(span.seconds, 60)
        text += f" {minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return text


def criticality(critical: bool) -> str:
    """The first word of an extension's description."""
    return "critical" if critical else "not critical"


def visible(text: str) -> str:
    r"""Text in which nothing hides: every character that is not printable, and the backslash, is written as \u{..}."""
    return "".join(
        character if character.isprintable() and character != "\\" else f"\\u{{{ord(character):x}}}"
        for character in text
    )


def plain_ascii(text: str) -> str:
    r"""The same text in ASCII alone; other characters are written as \u{..}."""
    return "".join(character if " " <= character <= "~" else f"\\u{{{ord(character):x}}}" for character in text)
