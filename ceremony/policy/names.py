"""Distinguished names and general names (RFC 5280 4.1.2.4, 4.2.1.6), as a policy writes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from ceremony.policy.primitives import Hex, Model, ObjectIdentifier, Uri

StringType = Literal["utf8", "printable", "ia5", "t61", "bmp", "universal", "numeric"]
"""ASN.1 string types. T61 is written and read as Latin-1, as every implementation does."""

AttributeType = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:C|O|OU|CN|L|ST|DC|SN|GN|UID|serialNumber|street|postalCode|title|email|description|"
        r"organizationIdentifier|businessCategory|jurisdictionC|jurisdictionST|jurisdictionL|pseudonym|initials|"
        r"generationQualifier|dnQualifier|[0-2](?:\.(?:0|[1-9][0-9]*))+)$"
    ),
]
"""An attribute's short name, or its object identifier."""


class NameAttribute(Model):
    """One attribute of a distinguished name: `value` in the ASN.1 type that `string` names, or `der`, the whole value
    as DER, for what no string type can say."""

    type: AttributeType
    value: Annotated[str, StringConstraints(min_length=1, max_length=32768)] | None = None
    string: StringType = "utf8"
    der: Hex | None = None

    @model_validator(mode="after")
    def _one_value(self) -> NameAttribute:
        if (self.value is None) == (self.der is None):
            raise ValueError("say either value or der")
        return self


class MultiValued(Model):
    """A relative distinguished name of several attributes (a SET; DER puts it in order)."""

    all_of: Annotated[tuple[NameAttribute, ...], Field(min_length=2)]


Name = tuple[NameAttribute | MultiValued, ...]
"""Relative distinguished names in the order in which they are encoded."""


class DnsName(Model):
    """dNSName; empty in name constraints means every name."""

    type: Literal["dns"]
    value: Annotated[str, StringConstraints(pattern=r"^[!-~]*$", max_length=255)]


class EmailName(Model):
    """rfc822Name; in constraints a mailbox, a host or a domain with a leading dot."""

    type: Literal["email"]
    value: Annotated[str, StringConstraints(pattern=r"^[!-~]*$", max_length=255)]


class UriName(Model):
    """uniformResourceIdentifier; in constraints a host, or a domain with a leading dot."""

    type: Literal["uri"]
    value: Annotated[str, StringConstraints(pattern=r"^[!-~ ]*$", max_length=1000)]


class IpName(Model):
    """iPAddress: an address, or in constraints a network (`10.0.0.0/8`, `::/0`)."""

    type: Literal["ip"]
    value: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F.:/]+$", max_length=100)]


class DirectoryName(Model):
    """directoryName."""

    type: Literal["directory"]
    name: Name


class RegisteredId(Model):
    """registeredID."""

    type: Literal["registered-id"]
    value: ObjectIdentifier


class OtherName(Model):
    """otherName: its type, and its value as DER."""

    type: Literal["other"]
    oid: ObjectIdentifier
    der: Hex


GeneralName = Annotated[
    DnsName | EmailName | UriName | IpName | DirectoryName | RegisteredId | OtherName, Field(discriminator="type")
]

__all__ = [
    "AttributeType",
    "DirectoryName",
    "DnsName",
    "EmailName",
    "GeneralName",
    "IpName",
    "MultiValued",
    "Name",
    "NameAttribute",
    "OtherName",
    "RegisteredId",
    "StringType",
    "Uri",
    "UriName",
]
