"""The steps that make keys, and those that sign certificates and requests."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from ceremony.policy.models import Policy
from ceremony.policy.primitives import Slug
from ceremony.script.declaration import Demands, StepBase
from ceremony.script.steps import RelativePath
from ceremony.script.trace.keys import GENERATE_KEY
from ceremony.script.trace.signing import SIGN


class GenerateKey(StepBase):
    """Make a key pair in the token and read its attributes back."""

    kind: Literal["generate-key"]
    key: Slug
    """The key's label on the token and its name in this script."""
    profile: Slug
    """A key profile of the policy."""
    demands = Demands(session="needs", approves="left-over")
    trace = GENERATE_KEY

    def made_title(self, policy: Policy) -> str:
        return f"Generate key {self.key} ({policy.keys[self.profile].algorithm})"

    @property
    def keys_named(self) -> tuple[str, ...]:
        return (self.key,)


class SelfSign(StepBase):
    """A self-signed certificate over a key of this ceremony."""

    kind: Literal["self-sign"]
    certificate: Slug
    """The name of the certificate and of its files."""
    profile: Slug
    key: Slug
    demands = Demands(session="needs", signs=True, approves="always")
    trace = SIGN

    def made_title(self, policy: Policy) -> str:
        return f"Self-sign {self.certificate}"


class Issue(StepBase):
    """A certificate over a key of the record or of a request, by an issuer of this or an earlier ceremony."""

    kind: Literal["issue"]
    certificate: Slug
    profile: Slug
    key: Slug | None = None
    request: RelativePath | None = None
    """A certification request (PKCS #10, DER or PEM) whose key is certified, where no key of the record is."""
    issuer: Slug
    """The name of the issuing certificate."""
    demands = Demands(session="needs", signs=True, approves="always")
    trace = SIGN

    @model_validator(mode="after")
    def _one_key(self) -> Issue:
        if (self.key is None) == (self.request is None):
            raise ValueError("say either key or request")
        return self

    def made_title(self, policy: Policy) -> str:
        return f"Issue {self.certificate}"


class CrossSign(StepBase):
    """A certificate over the key and the very name of a certificate that exists (BR 7.1.2.2)."""

    kind: Literal["cross-sign"]
    certificate: Slug
    profile: Slug
    existing: Slug | None = None
    """The name of a certificate of this or an earlier ceremony, whose key is certified again."""
    existing_file: RelativePath | None = None
    """A certificate of somebody else (DER or PEM), where the record has none."""
    request: RelativePath | None = None
    """A request by the same key: the proof that its holder wants this. Needed where the key is not in the record."""
    issuer: Slug
    demands = Demands(session="needs", signs=True, approves="always")
    trace = SIGN

    @model_validator(mode="after")
    def _one_subject(self) -> CrossSign:
        if (self.existing is None) == (self.existing_file is None):
            raise ValueError("say either existing or existing_file")
        return self

    def made_title(self, policy: Policy) -> str:
        return f"Cross-sign {self.certificate}"


class MakeRequest(StepBase):
    """A certification request (PKCS #10) for a key of the record, for another CA to certify."""

    kind: Literal["make-request"]
    request: Slug
    """The name of the request and of its files."""
    profile: Slug
    """A request profile of the policy."""
    key: Slug
    demands = Demands(session="needs", signs=True, approves="always")
    trace = SIGN

    def made_title(self, policy: Policy) -> str:
        return f"Make request {self.request}"
