"""OCSP responses as people read them: in plain words, as the TXT artefact, as the dump to review before approving."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from ceremony.errors import CeremonyError
from ceremony.pki.asn1_tree import tree
from ceremony.pki.der import DerError
from ceremony.pki.describe_ocsp import describe_ocsp
from ceremony.pki.notation import colon_hex, lifetime_text
from ceremony.pki.ocsp import OcspHoles
from ceremony.pki.ocsp_view import ocsp_view
from ceremony.pki.plain_words import moment_words, person_name
from ceremony.pki.text import field_lines
from ceremony.pki.wanted_values import magnitude
from ceremony.policy.rules.crl_view import REASONS
from ceremony.policy.status import OcspProfile


def ocsp_words(profile: OcspProfile, holes: OcspHoles, name: str, *, practice: bool) -> list[str]:
    """A planned response in five short sentences or six: about what, what it says, who signs it, how long it counts."""
    issuer = person_name(holes.issuer_name)
    sentences = [
        f"{name} is an OCSP response about the certificate {colon_hex(magnitude(holes.serial_number))} of {issuer}.",
        _verdict(holes),
    ]
    if (holes.responder_name, holes.responder_spki) == (holes.issuer_name, holes.issuer_spki):
        sentences.append(f"The CA's own key signs it, with {profile.signature}.")
    else:
        sentences.append(f"The key of {person_name(holes.responder_name)} signs it, with {profile.signature}.")
    sentences += [
        f"It counts from {moment_words(holes.this_update)}.",
        f"Its last second is {moment_words(holes.next_update)}: {lifetime_text(holes.this_update, holes.next_update)} "
        f"in all. Until then it answers whoever asks by {profile.certificate_hash}, whatever becomes of the "
        "certificate.",
    ]
    if practice:
        sentences.append("This is PRACTICE: nobody may trust it.")
    return sentences


def _verdict(holes: OcspHoles) -> str:
    if holes.revoked_at is None:
        if holes.status == "good":
            return "It says that the certificate is good: it is not revoked."
        return "It says that the certificate is unknown: this CA has never issued it."
    reason = f"for the reason {REASONS[holes.reason]}" if holes.reason else "without saying why"
    return f"It says that the certificate is revoked since {moment_words(holes.revoked_at)}, {reason}."


def ocsp_text(response: bytes) -> str:
    """The TXT artefact of a DER OCSPResponse: every field as `describe_ocsp` reads it, the signature, the fingerprint.

    ASCII, at most 78 columns, ends with a newline. An error that a responder sent has its status alone. Raises
    CeremonyError DESCRIBE where the bytes are no whole response.
    """
    fields = describe_ocsp(response)
    if fields[0][0] != "Response status":
        raise _no_response("they are to-be-signed bytes, without a signature")
    lines = ["OCSP response:", *field_lines(fields, "    ")]
    try:
        lines += _signature(ocsp_view(response).signature)
    except DerError as error:
        raise _no_response(str(error)) from error
    lines += ["SHA-256 fingerprint:", "    " + hashlib.sha256(response).hexdigest().upper()]
    return "\n".join(lines) + "\n"


def ocsp_dump(octets: bytes) -> str:
    """Everything that the bytes of an OCSPResponse or a ResponseData hold, to be read before they are approved.

    First the fields as `describe_ocsp` reads them, then the tree of ASN.1 elements with the offset and size of each and
    every octet of its value. ASCII, at most 78 columns. Raises CeremonyError DESCRIBE where the bytes are neither.
    """
    fields = field_lines(describe_ocsp(octets), "")
    try:
        elements = list(tree(octets))
    except DerError as error:
        raise _no_response(str(error)) from error
    return "\n".join([*fields, "", "ASN.1, octet by octet: offset, size, type, value", "", *elements])


def _signature(signature: bytes) -> Iterator[str]:
    if signature:
        yield "    Signature value:"
        yield from (" " * 8 + colon_hex(signature[at : at + 18]) for at in range(0, len(signature), 18))


def _no_response(why: str) -> CeremonyError:
    return CeremonyError(
        "These bytes are not an OCSP response in DER.",
        detail=f"The parser says: {why}.",
        not_done="Nothing was written.",
        next_step="Check that the file is a whole OCSP response in DER.",
        code="DESCRIBE",
    )
