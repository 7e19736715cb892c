"""From a certificate that exists to the profile that would say it again, and back: for people who start from what is.

Nothing is lost: what a profile cannot say is refused by name, or stands in it as raw DER.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args

from ceremony.errors import CeremonyError
from ceremony.pki.certificate import build_certificate, validity_period
from ceremony.pki.der import DerError
from ceremony.pki.derive_extensions import Around, extension_data
from ceremony.pki.derive_names import name_data
from ceremony.pki.encodable import EARLIEST
from ceremony.pki.holes import Holes
from ceremony.pki.keys import key_algorithm, placeholder_spki
from ceremony.pki.notation import utc_text
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS
from ceremony.pki.signatures import verify_signature
from ceremony.pki.tbs import certificate_parts
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.pki.view import certificate_view
from ceremony.policy.algorithms import SIGNATURES_OF_KEY, KeyAlgorithm, SignatureAlgorithm
from ceremony.policy.models import CertificateProfile, LintType
from ceremony.policy.rules.view import CertificateView

Data = dict[str, Any]

BROKEN_HASHES: dict[str, str] = {
    "06092a864886f70d010102": "MD2",
    "06092a864886f70d010104": "MD5",
    "06092a864886f70d010105": "SHA-1",
    "06072a8648ce3d0401": "SHA-1",
    "06072a8648ce380403": "SHA-1",
}
"""Signature algorithms that are refused for their hash (BR-A5): the DER of the object identifier."""

SHORTEST_SERIAL, LONGEST_SERIAL = 16, 20
"""Octets of a serial number that a profile may ask for."""

PURPOSE_OF: dict[str, str] = {
    "1.3.6.1.5.5.7.3.1": "tls",
    "1.3.6.1.5.5.7.3.4": "smime",
    "1.3.6.1.5.5.7.3.3": "code-signing",
    "1.3.6.1.5.5.7.3.8": "time-stamping",
    "1.3.6.1.5.5.7.3.9": "ocsp",
}


@dataclass(frozen=True, slots=True)
class DerivedProfile:
    """A certificate as a profile: plain data in the order in which a policy writes it, and what to know of it.

    `key` is the algorithm of its key, and the name under which the profile refers to it. `self_signed`: its own key
    signed it. `stub` is a profile for its issuer, where the issuer's certificate was not given: a name and a kind of
    key, to be what `profile["issuer"]` refers to.
    """

    name: str
    profile: Data
    key: KeyAlgorithm
    self_signed: bool
    notes: tuple[str, ...]
    stub: Data | None = None


def derive_profile(
    certificate_der: bytes,
    *,
    name: str,
    issuer_der: bytes | None = None,
    issuer_name: str | None = None,
    lifetime: bool = False,
) -> DerivedProfile:
    """The profile that says this certificate, with its dates as they are, or as a `lifetime` where they are one.

    `issuer_der` is the issuer's certificate, `issuer_name` the name of its profile; a self-signed certificate needs
    neither. Raises CeremonyError, code DERIVE-..., BR-A1, BR-A5 or BR-C1, for what is refused on purpose.
    """
    view = readable(certificate_der)
    algorithm = signature_of(view)
    _require_sayable(view)
    issuer = None if issuer_der is None else readable(issuer_der)
    if issuer is not None and issuer.subject.der != view.issuer.der:
        raise _refused("This is not the issuer of that certificate.", "The names differ.", "DERIVE-ISSUER")
    self_signed = issuer is None and signed_by(certificate_der, certificate_der)
    above = view if self_signed else issuer
    around = Around(
        dict(zip(("sha1", "rfc7093-1"), view.key.identifiers, strict=True)),
        None if above is None else above.subject_key_identifier,
        None if above is None else (above.issuer.der, above.serial_number),
    )
    try:
        subject, issuer_subject = name_data(view.subject.der), name_data(view.issuer.der)
    except ValueError as error:
        raise _refused("A name of this certificate cannot be said.", f"{error}.", "DERIVE-NAME") from error
    if not subject or not issuer_subject:
        raise _refused("This certificate has an empty name.", "A profile needs a subject.", "DERIVE-NAME")
    validity, dates_note = _validity(view, lifetime=lifetime)
    kind = key_algorithm(view.key.spki)
    reference = name if self_signed else issuer_name or f"{name[:57]}-issuer"
    purposes = [PURPOSE_OF[oid] for oid in view.purposes or () if oid in PURPOSE_OF]
    profile: Data = {
        "lint_as": _lint_as(view, self_signed=self_signed),
        **({"purpose": purposes[0]} if purposes else {}),
        "subject": subject,
        "issuer": reference,
        "key": kind,
        "signature": algorithm,
        "validity": validity,
        **({"serial_octets": view.serial_octets} if 16 < view.serial_octets <= LONGEST_SERIAL else {}),
        "extensions": [extension_data(extension, around) for extension in view.extensions],
    }
    stub = None if above is not None else _stub(issuer_subject, reference, algorithm)
    notes = (*_notes(view, profile), *dates_note)
    return DerivedProfile(name, profile, kind, self_signed, notes, stub)


def rebuild(
    profile: CertificateProfile,
    certificate_der: bytes,
    *,
    issuer_profile: CertificateProfile | None = None,
    issuer_der: bytes | None = None,
) -> ToBeSigned:
    """What the profile gives with the certificate's own public key, serial number and dates.

    A lifetime is counted from the certificate's notBefore. Without `issuer_profile` the profile issues itself; without
    `issuer_der` an issuer that is another has a key that stands in for it. Raises CeremonyError for what cannot be
    encoded.
    """
    view = readable(certificate_der)
    not_before, not_after = validity_period(profile.validity, view.not_before)
    issuer = None if issuer_der is None else readable(issuer_der)
    if issuer_profile is None:
        issuer_spki = view.key.spki
    elif issuer is not None:
        issuer_spki = issuer.key.spki
    else:
        issuer_spki = placeholder_spki(fitting_key(profile.signature))
    holes = Holes(
        view.key.spki,
        issuer_spki,
        view.serial_number,
        not_before,
        not_after,
        issuer_issuer_and_serial=None if issuer is None else (issuer.issuer.der, issuer.serial_number),
    )
    return build_certificate(profile, issuer_profile or profile, holes, practice=False)


def readable(certificate_der: bytes) -> CertificateView:
    """The facts of a certificate. Raises CeremonyError for bytes that are none."""
    try:
        return certificate_view(certificate_der)
    except DerError as error:
        raise _refused("This is not a readable certificate.", f"{error}.", "DERIVE-DER") from error


def signed_by(certificate_der: bytes, issuer_der: bytes) -> bool:
    """Whether the names meet and the issuer's key made the signature."""
    try:
        tbs, algorithm, signature = certificate_parts(certificate_der)
        view, issuer = certificate_view(certificate_der), certificate_view(issuer_der)
        name = next((name for name, octets in SIGNATURE_IDENTIFIERS.items() if octets == algorithm), None)
        if name is None or view.issuer.der != issuer.subject.der:
            return False
        verify_signature(ToBeSigned("certificate", tbs, name), signature, issuer.key.spki)
    except (CeremonyError, DerError):
        return False
    return True


def fitting_key(signature: SignatureAlgorithm) -> KeyAlgorithm:
    """A kind of key that can make this signature: the one that makes it by preference."""
    kinds: tuple[KeyAlgorithm, ...] = get_args(KeyAlgorithm)
    able = [kind for kind in kinds if signature in SIGNATURES_OF_KEY[kind]]
    return min(able, key=lambda kind: SIGNATURES_OF_KEY[kind].index(signature))


def signature_of(view: CertificateView) -> SignatureAlgorithm:
    """The policy's word for the signature algorithm. Raises CeremonyError for one that it has none for."""
    algorithm = next((name for name, der in SIGNATURE_IDENTIFIERS.items() if der == view.signature_algorithm_der), None)
    if algorithm is not None:
        return algorithm
    identifier = view.signature_algorithm_der[2:].hex()
    broken = next((name for oid, name in BROKEN_HASHES.items() if identifier.startswith(oid)), None)
    if broken is not None:
        raise _refused(f"It is signed with {broken}.", f"{broken} is broken; this tool never signs with it.", "BR-A5")
    raise _refused(
        "Its signature algorithm is not one that a policy names.",
        f"The AlgorithmIdentifier is {view.signature_algorithm_der.hex()}.",
        "DERIVE-SIGNATURE",
    )


def _require_sayable(view: CertificateView) -> None:
    """Raises CeremonyError for each thing that is refused on purpose."""
    if view.serial_number == 0:
        raise _refused("Its serial number is zero.", "This tool writes positive serial numbers alone.", "BR-C1")
    if not 0 < view.serial_number < 2**159:
        raise _refused("Its serial number is out of range.", "It must be positive and below 2^159.", "BR-C1")
    if view.version != 3:
        raise _refused(f"It is a version {view.version} certificate.", "This tool writes version 3 alone.", "BR-C1")
    if view.not_before < EARLIEST or view.not_after <= view.not_before:
        dates = f"They are {utc_text(view.not_before)} and {utc_text(view.not_after)}."
        raise _refused("Its dates are not a validity.", dates, "CERT-VALIDITY")
    if view.unique_identifiers:
        raise _refused("It has a unique identifier.", "This tool writes none (RFC 5280 4.1.2.8).", "BR-C1")
    repeated = {e.oid for e in view.extensions if [other.oid for other in view.extensions].count(e.oid) > 1}
    if repeated:
        raise _refused("An extension stands in it twice.", f"It is {', '.join(sorted(repeated))}.", "DERIVE-TWICE")


def _validity(view: CertificateView, *, lifetime: bool) -> tuple[Data, tuple[str, ...]]:
    data: Data = {}
    notes: tuple[str, ...] = ()
    span = _lifetime(view.not_before, view.not_after) if lifetime else None
    if span is not None:
        data["lifetime"] = span
    else:
        data |= {"not_before": utc_text(view.not_before), "not_after": utc_text(view.not_after)}
        if lifetime:
            notes = (
                "its dates are not whole years, days or hours apart (both ends counted), so they stand as they are",
            )
    for key in ("not_before", "not_after"):
        form = getattr(view, f"{key}_form")
        if form != ("utc" if 1950 <= getattr(view, key).year < 2050 else "generalized"):
            data[f"{key}_form"] = form
    return data, notes


def _lifetime(not_before: datetime, not_after: datetime) -> str | None:
    """The shortest way to say the span with both ends inside: years, days or hours."""
    span = not_after - not_before + timedelta(seconds=1)
    years = (not_after + timedelta(seconds=1)).year - not_before.year
    if years > 0 and not (not_before.month == 2 and not_before.day == 29):
        try:
            if not_before.replace(year=not_before.year + years) == not_before + span:
                return f"{years}y"
        except ValueError:
            return None
    if span <= timedelta(0):
        return None
    if not span.seconds and span.days < 100000:
        return f"{span.days}d"
    hours, rest = divmod(span, timedelta(hours=1))
    return f"{hours}h" if not rest and hours < 100000 else None


def _lint_as(view: CertificateView, *, self_signed: bool) -> LintType:
    """A first guess; what a certificate is must be said by a person."""
    purposes = [PURPOSE_OF.get(oid) for oid in view.purposes or ()]
    if not view.ca:
        return "ocsp-responder" if purposes == ["ocsp"] else "pkix"
    if self_signed:
        return "root-ca"
    if "tls" in purposes:
        return "internal-constrained-tls-ca" if view.permitted else "internal-unconstrained-tls-ca"
    return "non-tls-ca" if purposes else "pkix"


def _notes(view: CertificateView, profile: Data) -> Iterator[str]:
    if view.irregularities:
        yield f"the certificate is not clean DER: {'; '.join(view.irregularities)}"
    if not SHORTEST_SERIAL <= view.serial_octets <= LONGEST_SERIAL:
        yield f"its serial number has {view.serial_octets} octets; a new one will have 16"
    raw = [extension["oid"] for extension in profile["extensions"] if extension["type"] == "raw"]
    if raw:
        yield f"raw DER stands for what the language has no words for: {', '.join(raw)}"
    yield f"lint_as: {profile['lint_as']} is a guess; say what the certificate is"


def _stub(subject: list[Data], name: str, signature: SignatureAlgorithm) -> Data:
    """A profile for an issuer whose certificate is not known: enough to be referred to, and to give its name."""
    key = fitting_key(signature)
    return {
        "lint_as": "pkix",
        "subject": subject,
        "issuer": name,
        "key": key,
        "signature": SIGNATURES_OF_KEY[key][0],
        "validity": {"lifetime": "20y"},
        "extensions": [
            {"type": "basic-constraints", "critical": True, "ca": True},
            {"type": "key-usage", "critical": True, "usages": ["keyCertSign", "cRLSign"]},
        ],
    }


def _refused(headline: str, detail: str, code: str) -> CeremonyError:
    return CeremonyError(
        headline,
        detail=detail,
        not_done="No profile was derived from it.",
        next_step="Leave this certificate out, and write its profile by hand if one is needed.",
        code=code,
    )
