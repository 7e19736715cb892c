"""The people of a certification authority, as `people.yaml` names them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ceremony.policy.primitives import Line, Model, Sha256, Slug

Role = Literal["administrator", "custodian", "witness", "auditor", "operator"]

TokenLabel = Annotated[str, StringConstraints(pattern=r"^[ -~]{1,32}$")]


class Credential(Model):
    """A person's own signing key: the SHA-256 of its DER certificate, and the token that holds the key.

    The certificate itself is read from the token (CKO_CERTIFICATE with the key's CKA_ID) when it is needed and
    must have this digest. `module` is `softhsm` or a path; where its SHA-256 is given, another file in its place is
    refused.
    """

    certificate_sha256: Sha256
    token_label: TokenLabel
    token_serial: Annotated[str, StringConstraints(pattern=r"^[ -~]{1,16}$")] | None = None
    module: Line = "softhsm"
    module_sha256: Sha256 | None = None
    common_name: Line | None = None
    """What the certificate calls the person, where that is not the person's name here."""


class Person(Model):
    """One person; `roles` are what the person may be in a ceremony."""

    id: Slug
    name: Line
    organisation: Line
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    credential: Credential | None = None

    @property
    def certified_name(self) -> str:
        """The common name that the person's certificate must have."""
        return (self.credential.common_name if self.credential else None) or self.name


class People(Model):
    """The people file."""

    format: Literal["ceremony-people/1"]
    people: Annotated[tuple[Person, ...], Field(min_length=1)]
