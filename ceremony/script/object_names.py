"""SCRIPT-NAME: what a ceremony signs goes by its name in the record, so that no two objects of a script share one; its
files go by that name too, on any system that reads the stick."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from ceremony.policy.models import Policy
from ceremony.script.models import (
    CrossSign,
    Issue,
    MakeRequest,
    SelfSign,
    SignCrl,
    SignOcsp,
    Signs,
    Step,
)
from ceremony.script.objects.responses import response_name, unknown_name
from ceremony.strict_yaml import DataPath

RESPONSE = "an OCSP response"
DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
)
"""What Windows takes for a device, whatever stands after the first dot: no such file can be opened there."""


@dataclass(slots=True)
class ObjectNames:
    """The names so far; `check` takes one more step in. Two of one kind have rules of their own, but for responses."""

    policy: Policy | None
    kinds: dict[str, str] = field(default_factory=dict)

    def check(
        self, path: DataPath, step: Step, profile_of_certificate: Mapping[str, str]
    ) -> Iterator[tuple[str, DataPath, str]]:
        """Rule id, place and message. `profile_of_certificate` are the certificates that exist before the step."""
        for kind, name, place in self._signed(step, profile_of_certificate):
            if name.partition(".")[0] in DEVICES:
                message = f"`{name}` is a device on Windows, where its files could not be opened; take another name"
                yield "SCRIPT-NAME", (*path, place), message
            other = self.kinds.get(name)
            if other is not None and (other != kind or kind == RESPONSE):
                message = f"`{name}` would be the name of {other} and of {kind} of this ceremony; take another name"
                yield "SCRIPT-NAME", (*path, place), message
            self.kinds.setdefault(name, kind)

    def _signed(self, step: Step, profile_of_certificate: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
        """Kind, name and place of what a step signs; names of OCSP responses are made of those of certificates."""
        if not isinstance(step, Signs):
            return
        match step:
            case SelfSign() | Issue() | CrossSign():
                yield "a certificate", step.certificate, "certificate"
            case MakeRequest():
                yield "a request", step.request, "request"
            case SignCrl():
                yield "a CRL", step.crl, "crl"
            case SignOcsp():
                names = step.certificates
                if names == "all":
                    names = tuple(self._answerable(profile_of_certificate.get(step.issuer), profile_of_certificate))
                yield from ((RESPONSE, response_name(name), "certificates") for name in dict.fromkeys(names))
                serials = dict.fromkeys(int(text, 16) for text in step.unknown)
                yield from ((RESPONSE, unknown_name(serial), "unknown") for serial in serials)
            case _:
                assert_never(step)

    def _answerable(self, issuer: str | None, profile_of_certificate: Mapping[str, str]) -> Iterator[str]:
        """The certificates that `all` stands for, as far as profiles tell."""
        certificates = self.policy.certificates if self.policy else {}
        for name, made_as in profile_of_certificate.items():
            profile = certificates.get(made_as)
            if profile is None or profile.issuer != issuer or made_as == issuer:
                continue
            if all(extension.type != "ocsp-no-check" for extension in profile.extensions):
                yield name
