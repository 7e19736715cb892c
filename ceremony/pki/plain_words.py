"""A planned certificate in plain words, for a person who does not read ASN.1."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ceremony.pki.holes import subject_of
from ceremony.pki.notation import lifetime_text
from ceremony.pki.oids import attribute_name, attribute_oid, purpose_name, purpose_oid
from ceremony.policy.models import CertificateProfile

PURPOSES: dict[str, str] = {
    "serverAuth": "TLS servers (serverAuth)",
    "clientAuth": "TLS clients (clientAuth)",
    "codeSigning": "signing programs (codeSigning)",
    "emailProtection": "e-mail (emailProtection)",
    "timeStamping": "time stamps (timeStamping)",
    "OCSPSigning": "OCSP answers (OCSPSigning)",
}
"""Key purposes as a person says them."""


def plain_words(
    profile: CertificateProfile,
    issuer_profile: CertificateProfile,
    name: str,
    not_before: datetime,
    not_after: datetime,
    *,
    practice: bool,
) -> list[str]:
    """Five to twelve short sentences: what the certificate is, whose, signed by whom, how long, what it may do."""
    own, issuer = _person_name(profile, practice), _person_name(issuer_profile, practice)
    self_signed = profile == issuer_profile
    extensions = {extension.type: extension for extension in profile.extensions}
    constraints = extensions.get("basic-constraints")
    is_ca = constraints is not None and constraints.type == "basic-constraints" and constraints.ca
    what = "a root CA certificate" if is_ca and self_signed else "a CA certificate" if is_ca else "a certificate"
    sentences = [f"{name} is {what} for {own}."]
    if self_signed:
        sentences.append(f"Its own key signs it, with {profile.signature}: nobody stands above it.")
    else:
        sentences.append(f"The key of {issuer} signs it, with {profile.signature}.")
    sentences.append(
        f"It holds the public half of a key of the kind {profile.key}; the private half stays in the token."
    )
    sentences.append(f"It is valid from {_moment(not_before)}.")
    sentences.append(f"Its last second is {_moment(not_after)}: {lifetime_text(not_before, not_after)} in all.")
    sentences += _powers(profile, is_ca)
    if practice:
        sentences.append("This is PRACTICE: the name says so, and nobody may trust it.")
    return sentences


def _powers(profile: CertificateProfile, is_ca: bool) -> Iterator[str]:
    limit: int | None = None
    purposes: tuple[str, ...] = ()
    usages: tuple[str, ...] = ()
    pointers: list[str] = []
    for extension in profile.extensions:
        match extension.type:
            case "basic-constraints":
                limit = extension.path_length
            case "key-usage":
                usages = extension.usages
            case "extended-key-usage":
                purposes = tuple(purpose_name(purpose_oid(purpose)) for purpose in extension.purposes)
            case "crl-distribution-points":
                pointers.append(f"Revocations will be looked for at {' and '.join(extension.urls)}.")
            case "certificate-policies":
                pointers.append(f"It names the policy {', '.join(policy.oid for policy in extension.policies)}.")
    signs = [
        words
        for usage, words in (("keyCertSign", "certificates"), ("cRLSign", "revocation lists (CRLs)"))
        if usage in usages
    ]
    others = [usage for usage in usages if usage not in {"keyCertSign", "cRLSign"}]
    if signs:
        rest = f"; it may also be used for {', '.join(others)}" if others else ", and nothing else"
        yield f"Its key may sign {' and '.join(signs)}{rest}."
    elif usages:
        yield f"Its key may be used for {', '.join(usages)}, and nothing else."
    else:
        yield "It says nothing of what its key may be used for."
    if not is_ca:
        yield "It is not a CA: it may not sign other certificates."
    elif limit == 0:
        yield "The certificates it signs may not be CAs themselves."
    elif limit is not None:
        yield f"At most {limit} more {'CA' if limit == 1 else 'CAs'} may stand in a row below it."
    else:
        yield "It sets no limit to how many CAs may stand below it."
    if purposes and "anyExtendedKeyUsage" not in purposes:
        yield f"It is good for {' and '.join(PURPOSES.get(p, p) for p in purposes)}, and for no other purpose."
    elif is_ca:
        yield "It is not limited to certain purposes."
    yield from pointers


def _person_name(profile: CertificateProfile, practice: bool) -> str:
    attributes = subject_of(profile, practice=practice)
    named = {attribute_name(attribute_oid(attribute.type)): attribute.value for attribute in attributes}
    common = named.get("CN", attributes[-1].value)
    rest = [named[kind] for kind in ("O", "C") if kind in named and named[kind] != common]
    return f'"{common}"' + (f" ({', '.join(rest)})" if rest else "")


def _moment(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y %H:%M:%S} UTC"
