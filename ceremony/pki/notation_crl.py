"""How a CRL is written for people: the fields that it has besides those of `ceremony/pki/notation.py`, in their order.

One table for both who write it, whether from the bytes (`describe_crl`) or from profile and plan (`wanted_crl_fields`).

    Version                    2; 1 where none is written, `1 (written out)` where it is
    Signature algorithm        as in a certificate
    Issuer T                   as in a certificate
    This update                as Not before
    Next update                as Not after; `none` where there is none
    Period                     lifetime_text, both ends inside, as CAs count a lifetime; `unknown` without an end
    Revoked certificates       how many; `none` where there is no list, `0, in an empty list` where there is one
    Revoked COLONS             one for each of the first LISTED entries, by its serial number (`negative, octets
                               COLONS`, `not in DER, octets COLONS`): the revocation date as Not before, then the
                               extensions of the entry, joined by `; `
    Further revoked            `N, SHA-256 of their entries HEX`: those after LISTED, the octets of their entries joined
    an extension               as in a certificate; where FALSE is written out, `not critical (written out)`
    Outer signature algorithm  where it is another than the inner one

Values of the extensions of a CRL:

    CRL number                 N
    Delta CRL indicator        base N, the number of the base CRL
    Issuing distribution point full name (GN, GN), or relative name (RDN)
                               only user certificates
                               only CA certificates
                               only the reasons (keyCompromise, superseded)
                               indirect CRL
                               only attribute certificates

Extensions of an entry in the order of the bytes, ` (critical)` after each that is so, ` (not critical, written out)`
after each that says FALSE:

    reasonCode                 the word of the CRLReason, `reason N` for a number that has none
    invalidityDate             invalid from 2026-11-22T00:00:00Z
    certificateIssuer          certificate issuer (GN, GN)
    any other                  extension OID octets HEX (of the contents of extnValue); so too octets that are not what
                               their type says, or not DER
"""

from __future__ import annotations

from ceremony.policy.rules.crl_facts import CRL_NUMBER, DELTA, ISSUING_POINT

CRL_TITLES: dict[str, str] = {
    CRL_NUMBER: "CRL number",
    DELTA: "Delta CRL indicator",
    ISSUING_POINT: "Issuing distribution point",
}
"""Extensions that CRLs alone have (RFC 5280 5.2), as people read them."""

LISTED = 500
"""How many entries are written out one by one: what people can be asked to look through."""

NO_LIST = "none"
EMPTY_LIST = "0, in an empty list"
"""RFC 5280 5.1.2.6 wants no list where nothing is revoked; an empty one is other bytes."""


def entry_words(date: str, words: list[str]) -> str:
    """One entry in one line."""
    return "; ".join([date, *words])


def further_words(count: int, sha256: bytes) -> str:
    """All entries after those that are written out, in one line: equal lines, equal entries."""
    return f"{count}, SHA-256 of their entries {sha256.hex().upper()}"


def other_extension(oid: str, value: bytes) -> str:
    """An extension of an entry that has no words of its own."""
    return f"extension {oid} octets {value.hex().upper()}"
