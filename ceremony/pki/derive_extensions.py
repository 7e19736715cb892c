"""Extensions of a certificate as a profile writes them; what the language cannot say exactly becomes `raw`.

Each reading is held against the encoder: only what gives back the same octets is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from ceremony.pki.derive_names import (
    NOTICE_STRINGS,
    Data,
    ascii_text,
    general_name_data,
    general_names_data,
    relative_name_data,
    text_of,
)
from ceremony.pki.encode import CannotEncode
from ceremony.pki.encode_extensions import Identifiers, contents_of
from ceremony.pki.oids import (
    CPS_QUALIFIER,
    KEY_USAGES,
    NOTICE_QUALIFIER,
    REASON_BITS,
    access_name,
    purpose_name,
)
from ceremony.pki.pieces import Piece, count, identifier, optional, pair, piece, rows, sequence
from ceremony.policy.extension_oids import EXTENSION_WORDS
from ceremony.policy.rules.view import ExtensionView

CRITICALITY_IS_SAID = frozenset(
    {
        "basic-constraints",
        "key-usage",
        "extended-key-usage",
        "policy-mappings",
        "policy-constraints",
        "inhibit-any-policy",
        "name-constraints",
        "subject-alternative-name",
        "raw",
    }
)
"""Extensions whose criticality a profile must say; the others are not critical unless it does."""


@dataclass(frozen=True, slots=True)
class Around:
    """What is known around the certificate: its key's identifiers by method, and its issuer's certificate.

    `issuer_and_serial` is the DER of the issuer's issuer and the issuer's serial number.
    """

    methods: dict[str, bytes]
    issuer_identifier: bytes | None
    issuer_and_serial: tuple[bytes, int] | None


def extension_data(extension: ExtensionView, around: Around) -> Data:
    """The extension as a profile says it, `raw` where no type can say exactly these octets."""
    kind = EXTENSION_WORDS.get(extension.oid)
    if kind is not None:
        data = _with_criticality({"type": kind}, extension.critical)
        try:
            data |= _typed(kind, piece(extension.value), around)
            if _encoded(data, extension.value, around):
                return data
        except (ValueError, TypeError, IndexError, OverflowError, CannotEncode):
            pass  # the language cannot say it
    data = _with_criticality({"type": "raw", "oid": extension.oid}, extension.critical)
    return data | {"der": extension.value.hex()}


def _with_criticality(data: Data, critical: bool) -> Data:
    return data | ({"critical": critical} if critical or data["type"] in CRITICALITY_IS_SAID else {})


def _encoded(data: Data, octets: bytes, around: Around) -> bool:
    """Whether the encoder gives these octets for the data."""
    model = _adapter().validate_json(json.dumps(data), strict=True)
    own = around.methods.get(getattr(model, "method", ""))
    if getattr(model, "method", "") == "literal":
        own = bytes.fromhex(model.value)
    return contents_of(model, Identifiers(own, around.issuer_identifier, around.issuer_and_serial)) == octets


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    from ceremony.policy.extensions import Extension

    return TypeAdapter(Extension)


def _typed(kind: str, element: Piece, around: Around) -> Data:
    match kind:
        case "subject-key-identifier":
            return _subject_key_identifier(element, around)
        case "authority-key-identifier":
            return _authority_key_identifier(element, around)
    return READERS[kind](element)


def _basic_constraints(element: Piece) -> Data:
    parts = list(sequence(element))
    is_ca = bool(parts) and parts[0].tag == 0x01
    rest = parts[1:] if is_ca else parts
    if rest and not is_ca:
        raise ValueError("a profile takes no path length without a CA")
    return {"ca": is_ca} | ({"path_length": count(rest[0])} if rest else {})


def _bits(element: Piece) -> list[int]:
    octets = element.contents[1:]
    return [place for place in range(8 * len(octets)) if octets[place // 8] & 0x80 >> place % 8]


def _key_usage(element: Piece) -> Data:
    usages = [KEY_USAGES[place] for place in _bits(element)]
    if {"encipherOnly", "decipherOnly"} & set(usages) and "keyAgreement" not in usages:
        raise ValueError("a profile takes these bits with keyAgreement alone")
    return {"usages": usages}


def _extended_key_usage(element: Piece) -> Data:
    return {"purposes": [purpose_name(identifier(part)) for part in rows(element)]}


def _subject_key_identifier(element: Piece, around: Around) -> Data:
    method = next((name for name, octets in around.methods.items() if octets == element.contents), None)
    return {"method": method} if method else {"method": "literal", "value": element.contents.hex()}


def _authority_key_identifier(element: Piece, around: Around) -> Data:
    parts = optional(element, 0x80, 0xA1, 0x82)
    data: Data = {}
    if 0x80 not in parts:
        data["key_identifier"] = "none"
    elif parts[0x80].contents != around.issuer_identifier:
        data["key_identifier"] = parts[0x80].contents.hex()
    if (0xA1 in parts) != (0x82 in parts):
        raise ValueError("the policy says issuer and serial number together")
    if 0xA1 in parts:
        data["issuer_and_serial"] = _issuer_and_serial(parts[0xA1], parts[0x82], around)
    return data


def _issuer_and_serial(names: Piece, serial: Piece, around: Around) -> str | Data:
    place = (names.pieces[0].pieces[0].octets, count(serial, 0x82)) if names.pieces[0].tag == 0xA4 else None
    if len(names.pieces) == 1 and place is not None and place == around.issuer_and_serial:
        return "issuer"
    return {"issuer": general_names_data(names, 0xA1), "serial": serial.contents.hex()}


def _certificate_policies(element: Piece) -> Data:
    return {"policies": [_policy(part) for part in rows(element)]}


def _policy(element: Piece) -> Data:
    oid, *rest = sequence(element)
    data: Data = {"oid": identifier(oid)}
    return data | ({"qualifiers": [_qualifier(part) for part in rows(rest[0])]} if rest else {})


def _qualifier(element: Piece) -> Data:
    oid, value = pair(element)
    if identifier(oid) == CPS_QUALIFIER:
        return {"type": "cps", "uri": ascii_text(value)}
    if identifier(oid) != NOTICE_QUALIFIER:
        raise ValueError("the policy has no such qualifier")
    data: Data = {"type": "user-notice"}
    parts = list(sequence(value))
    if parts and parts[0].tag == 0x30:
        organization, numbers = pair(parts.pop(0))
        data |= _display_text(organization, "organization", "organization_string")
        data["numbers"] = [count(part) for part in sequence(numbers)]
    return data | (_display_text(parts[0], "text", "string") if parts else {})


def _display_text(element: Piece, key: str, type_key: str) -> Data:
    read = text_of(element, NOTICE_STRINGS)
    if read is None:
        raise ValueError("the policy has no such text")
    return {key: read[0]} | ({} if read[1] == "utf8" else {type_key: read[1]})


def _policy_mappings(element: Piece) -> Data:
    pairs = [pair(part) for part in rows(element)]
    return {"mappings": [{"issuer": identifier(one), "subject": identifier(other)} for one, other in pairs]}


def _policy_constraints(element: Piece) -> Data:
    parts = optional(element, 0x80, 0x81)
    words = {0x80: "require_explicit_policy", 0x81: "inhibit_policy_mapping"}
    return {words[tag]: count(part, tag) for tag, part in parts.items()}


def _inhibit_any_policy(element: Piece) -> Data:
    return {"skip_certs": count(element)}


def _name_constraints(element: Piece) -> Data:
    words = {0xA0: "permitted", 0xA1: "excluded"}
    parts = optional(element, *words)
    return {words[tag]: [_subtree(subtree) for subtree in rows(part, tag)] for tag, part in parts.items()}


def _subtree(element: Piece) -> Data:
    (base,) = sequence(element)  # with a minimum or a maximum the policy cannot say it
    return general_name_data(base)


def _points(element: Piece) -> Data:
    points = [_point(part) for part in rows(element)]
    urls = [_only_url(point) for point in points]
    return {"points": points} if None in urls else {"urls": urls}


def _point(element: Piece) -> Data:
    parts = optional(element, 0xA0, 0x81, 0xA2)
    data: Data = {}
    if 0xA0 in parts:
        (names,) = parts[0xA0].pieces
        if names.tag == 0xA1:
            data["relative_name"] = [relative_name_data(names, 0xA1)]
        else:
            data["full_name"] = general_names_data(names, 0xA0)
    if 0x81 in parts:
        reasons = {place: reason for reason, place in REASON_BITS.items()}
        data["reasons"] = [reasons.get(place, "") for place in _bits(parts[0x81])]
    return data | ({"crl_issuer": general_names_data(parts[0xA2], 0xA2)} if 0xA2 in parts else {})


def _only_url(point: Data) -> str | None:
    names = point.get("full_name", [])
    simple = len(point) == 1 and len(names) == 1 and names[0]["type"] == "uri"
    return str(names[0]["value"]) if simple and ":" in names[0]["value"] else None


def _access(element: Piece) -> Data:
    rows_of_data = []
    for part in rows(element):
        method, location = pair(part)
        name = general_name_data(location)
        is_url = name["type"] == "uri" and ":" in name["value"]
        rows_of_data.append(
            {"method": access_name(identifier(method))} | ({"url": name["value"]} if is_url else {"location": name})
        )
    return {"access": rows_of_data}


def _names(element: Piece) -> Data:
    return {"names": general_names_data(element, 0x30)}


def _private_key_usage_period(element: Piece) -> Data:
    words = {0x80: "not_before", 0x81: "not_after"}
    parts = optional(element, *words)
    return {words[tag]: _moment(part) for tag, part in parts.items()}


def _moment(element: Piece) -> str:
    moment = datetime.strptime(ascii_text(element), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def _qc_statements(element: Piece) -> Data:
    statements = []
    for part in rows(element):
        oid, *rest = sequence(part)
        statements.append({"oid": identifier(oid)} | ({"der": rest[0].octets.hex()} if rest else {}))
    return {"statements": statements}


READERS: dict[str, Callable[[Piece], Data]] = {
    "basic-constraints": _basic_constraints,
    "key-usage": _key_usage,
    "extended-key-usage": _extended_key_usage,
    "certificate-policies": _certificate_policies,
    "policy-mappings": _policy_mappings,
    "policy-constraints": _policy_constraints,
    "inhibit-any-policy": _inhibit_any_policy,
    "name-constraints": _name_constraints,
    "crl-distribution-points": _points,
    "freshest-crl": _points,
    "authority-information-access": _access,
    "subject-information-access": _access,
    "subject-alternative-name": _names,
    "issuer-alternative-name": _names,
    "private-key-usage-period": _private_key_usage_period,
    "ocsp-no-check": lambda _: {},
    "qc-statements": _qc_statements,
}
