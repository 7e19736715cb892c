"""A planned certificate in plain words, for a person who does not read ASN.1."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ceremony.pki.holes import subject_of
from ceremony.pki.notation import lifetime_text
from ceremony.pki.oids import purpose_name, purpose_oid
from ceremony.pki.wanted_names import general_name_text, name_words
from ceremony.policy.extensions import DistributionPoint, NameConstraints
from ceremony.policy.models import CertificateProfile
from ceremony.policy.names import GeneralName, Name, UriName

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
    issuer_name: bytes | None = None,
    own_key: bool = True,
) -> list[str]:
    """Five to twelve short sentences for most: what it is, whose, signed by whom, how long, what it may do.

    `issuer_name` is the DER of the issuer's subject where the issuer's profile does not say it (see `Holes`).
    `own_key` is False where the key is somebody else's, in no token of ours.
    """
    own = person_name(subject_of(profile, practice=practice))
    issuer = person_name(issuer_name or subject_of(issuer_profile, practice=practice))
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
    where = "stays in the token" if own_key else "is with whoever holds the key, not here"
    sentences.append(f"It holds the public half of a key of the kind {profile.key}; the private half {where}.")
    sentences.append(f"It is valid from {moment_words(not_before)}.")
    sentences.append(f"Its last second is {moment_words(not_after)}: {lifetime_text(not_before, not_after)} in all.")
    sentences += _powers(profile, is_ca)
    if practice:
        sentences.append("This is PRACTICE: the name says so, and nobody may trust it.")
    return sentences


ACCESS = {"ca-issuers": "Its issuer's certificate", "ocsp": "Its issuer's OCSP service"}
"""What stands at the two usual places of authority information access."""


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
                places = [*extension.urls, *(text for point in extension.points for text in _places(point))]
                pointers.append(f"Revocations will be looked for at {' and '.join(places)}.")
            case "authority-information-access":
                for access in extension.access:
                    what = ACCESS.get(access.method, f"Something of the kind {access.method}")
                    place = access.url or (general_name_text(access.location) if access.location else "")
                    pointers.append(f"{what} is at {place}.")
            case "certificate-policies":
                pointers.append(f"It names the policy {', '.join(policy.oid for policy in extension.policies)}.")
            case "name-constraints":
                pointers += _limits(extension)
            case "policy-mappings":
                pairs = " and ".join(f"{pair.issuer} as {pair.subject}" for pair in extension.mappings)
                pointers.append(f"Policies count as equal below it: {pairs}.")
            case "policy-constraints" | "inhibit-any-policy":
                pointers.append("It limits which policies certificates below it may claim.")
            case "ocsp-no-check":
                pointers.append("Nobody will ask whether it was revoked: it answers for OCSP itself.")
            case "qc-statements":
                pointers.append("It makes statements as a qualified certificate.")
            case "private-key-usage-period":
                ends = extension.not_after or extension.not_before
                pointers.append(f"It limits when its key may sign ({ends}).")
            case "subject-alternative-name":
                pointers.append(f"Its owner is also called {_list(extension.names)}.")
            case "raw":
                must = "; software that does not know it must refuse the certificate" if extension.critical else ""
                pointers.append(f"It has an extension {extension.oid} that is written octet by octet{must}.")
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


def _limits(constraints: NameConstraints) -> Iterator[str]:
    if constraints.permitted:
        yield f"It may certify these names alone, of their kinds: {_list(constraints.permitted)}."
    if constraints.excluded:
        yield f"It may never certify these names: {_list(constraints.excluded)}."


def _list(names: tuple[GeneralName, ...]) -> str:
    return ", ".join(general_name_text(name) for name in names)


def _places(point: DistributionPoint) -> Iterator[str]:
    for name in point.full_name:
        yield name.value if isinstance(name, UriName) else general_name_text(name)
    if not point.full_name:
        yield "a place under the issuer's name" if point.relative_name else "a list of another issuer"


def person_name(name: Name | bytes) -> str:
    """A name as people say it: its common name, and organisation and country behind it."""
    words = name_words(name)
    named = dict(words)
    common = named.get("CN", words[-1][1] if words else "nobody")
    rest = [named[kind] for kind in ("O", "C") if kind in named and named[kind] != common]
    return f'"{common}"' + (f" ({', '.join(rest)})" if rest else "")


def moment_words(moment: datetime) -> str:
    """A moment as people say it: 22 November 2026 00:00:00 UTC."""
    return f"{moment.day} {moment:%B %Y %H:%M:%S} UTC"
