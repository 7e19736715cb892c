"""How values are written for people: hex, times, spans, names of fields. The same on screen, on paper and in files.

One table for whoever writes a description, whether from the bytes (`describe`) or from the profile (`wanted_fields`).
A field is a name and a value. HEX is upper-case hex without separators of the DER of the whole element that is meant;
COLONS is `colon_hex`; WORD is `word(text)`; QUOTED is `quoted(text)`; STRING is a string type as the policy calls it,
with `visible` besides: utf8, printable, ia5, t61 (read as Latin-1), bmp (UTF-16BE), universal (UTF-32BE), numeric.

    Version                    3
    Serial number              COLONS of the magnitude
    Signature algorithm        the policy's word (sha256-rsa-pss); of others: OID, octets HEX
    Issuer T, Subject T        one field for each attribute, T its short name or OID, `+ T` for a further attribute of
                               the same RDN (in the order of the bytes): `visible(text) (STRING)`. A value that is no
                               string of these types, or whose contents do not decode: `octets HEX`
    Not before, Not after      2026-11-22T00:00:00Z, then ` (GeneralizedTime before 2050)` where that is so
    Lifetime                   lifetime_text
    Public key                 RSA 4096 bits, exponent 65537 | EC P-384 | Ed25519 | ML-DSA-65
    Public key SHA-256         64 upper-case digits
    an extension               TITLES[type], or `Extension OID`: `critical` or `not critical`, then its values, all
                               joined by `; `. An extension without any value (an empty SEQUENCE where every part is
                               optional) has the one value `empty`. What is not in TITLES, or whose octets are not
                               what its type says, has the one value `octets HEX` (of the contents of extnValue).
                               A raw extension of the policy is written as its octets are read, by the same reader
                               (describe_extensions.extension_words)

Values of each extension, one for each line here, absent parts left out:

    Basic constraints          CA | not a CA
                               path length N
    Key usage                  each bit's name, in the order of the bits
    Extended key usage         each purpose's name (of oids.PURPOSES) or OID, in order
    Subject key identifier     COLONS
    Authority key identifier   COLONS
                               issuer (GN, GN)
                               serial number COLONS (magnitude)
    Certificate policies       one for each policy: OID, then for each qualifier ` cps WORD` or ` notice (PART, PART)`
                               with PART `organization QUOTED STRING numbers 1 2` (`numbers none`) and
                               `text QUOTED STRING`; any other qualifier ` qualifier OID octets HEX` (of its value)
    Policy mappings            one for each: OID to OID (issuer's, then subject's)
    Policy constraints         require explicit policy N
                               inhibit policy mapping N
    Inhibit any policy         skip N
    Name constraints           permitted GN, one for each; then excluded GN, one for each. A subtree with minimum or
                               maximum: `permitted octets HEX` (of the GeneralSubtree)
    CRL distribution points,   one for each point: WORD where it is one URI and nothing else; otherwise
    Freshest CRL               `point (PART, PART)` with PART `full name (GN, GN)`, `relative name (RDN)`,
                               `reasons (keyCompromise, superseded)` in the order of the bits, `issuer (GN, GN)`
    Authority information access, Subject information access
                               one for each: METHOD and WORD for a URI, METHOD and GN for any other; METHOD is a name of
                               oids.ACCESS_METHODS or an OID
    Subject alternative name, Issuer alternative name
                               GN, one for each
    Private key usage period   not before 2026-11-22T00:00:00Z
                               not after 2026-11-22T00:00:00Z
    OCSP no check              NULL
    QC statements              one for each: OID, or `OID octets HEX` with its information

GN, a general name: `dns WORD`, `email WORD`, `uri WORD`, `ip TEXT` (4 or 16 octets an address, 8 or 32 a network:
`10.0.0.0/8`, or address/mask where the mask is not one run of ones; IPv6 compressed), `directory (NAME)`,
`registered-id OID`, `other OID octets HEX` (of the value inside its [0]); any other `octets HEX`.
NAME: RDNs joined by `, `; RDN: attributes joined by ` + ` (in the order of the bytes); attribute: `T=QUOTED STRING`, or
`T=octets HEX`. An empty name is `directory ()`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

TITLES: dict[str, str] = {
    "basic-constraints": "Basic constraints",
    "key-usage": "Key usage",
    "extended-key-usage": "Extended key usage",
    "subject-key-identifier": "Subject key identifier",
    "authority-key-identifier": "Authority key identifier",
    "certificate-policies": "Certificate policies",
    "policy-mappings": "Policy mappings",
    "policy-constraints": "Policy constraints",
    "inhibit-any-policy": "Inhibit any policy",
    "name-constraints": "Name constraints",
    "crl-distribution-points": "CRL distribution points",
    "freshest-crl": "Freshest CRL",
    "authority-information-access": "Authority information access",
    "subject-information-access": "Subject information access",
    "subject-alternative-name": "Subject alternative name",
    "issuer-alternative-name": "Issuer alternative name",
    "private-key-usage-period": "Private key usage period",
    "ocsp-no-check": "OCSP no check",
    "qc-statements": "QC statements",
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


def word(text: str) -> str:
    r"""Text as one word: as `visible`, with spaces and double quotes escaped too; `""` where it is empty."""
    return visible(text).replace(" ", "\\u{20}").replace('"', "\\u{22}") or '""'


def quoted(text: str) -> str:
    r"""Text in double quotes: as `visible`, with double quotes inside written as \u{22}."""
    return '"' + visible(text).replace('"', "\\u{22}") + '"'


def plain_ascii(text: str) -> str:
    r"""The same text in ASCII alone; other characters are written as \u{..}."""
    return "".join(character if " " <= character <= "~" else f"\\u{{{ord(character):x}}}" for character in text)
