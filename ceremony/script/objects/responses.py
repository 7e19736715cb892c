"""What a sign-ocsp step demands: one response for each certificate, and for each serial number never issued."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.errors import CeremonyError
from ceremony.pki.crl_entries import entries_of
from ceremony.pki.view import certificate_view
from ceremony.script.models import SignOcsp
from ceremony.script.objects.base import Setting
from ceremony.script.objects.ocsp import ResponseDemand, answered, issued_by
from ceremony.script.objects.signers import signer_of


def response_name(certificate: str) -> str:
    """The name of the response about a certificate, and of its files."""
    return f"{certificate}-ocsp"


def unknown_name(serial_number: int) -> str:
    """The name of the response about a serial number that was never issued."""
    return f"unknown-{serial_number:x}-ocsp"


def response_demands(step: SignOcsp, setting: Setting) -> tuple[ResponseDemand, ...]:
    """Its demands. Raises CeremonyError OCSP-DELEGATE, OCSP-OTHER-ISSUER, OCSP-ISSUED, OCSP-NONE, SCRIPT-NAME."""
    signer = signer_of(setting, step.responder)
    signer_of(setting, step.issuer)
    delegate = _is_delegate(step, setting)
    about: dict[str, tuple[str, int]] = {}
    for name in _certificates(step, setting):
        about[response_name(name)] = (name, 0)
    for serial in (int(text, 16) for text in step.unknown):
        _require_never_issued(step, setting, serial)
        about[unknown_name(serial)] = ("", serial)
    if not about:
        raise _refused(
            step,
            "There is no certificate to answer for.",
            f"The record holds none of {step.issuer} that has not expired and that clients ask about.",
            "Take the step out, or name certificates.",
            "OCSP-NONE",
        )
    for name in about:
        _require_free(step, setting, name)
    return tuple(
        ResponseDemand(
            step.id,
            name,
            step.profile,
            signer,
            profile=setting.policy.ocsp[step.profile],
            issuer_name=step.issuer,
            responder_name=step.responder,
            delegate=delegate,
            certificate=certificate,
            serial_number=serial,
        )
        for name, (certificate, serial) in about.items()
    )


def _certificates(step: SignOcsp, setting: Setting) -> Iterator[str]:
    if step.certificates == "all":
        yield from (item.name for item in answered(setting, step.issuer, setting.clock))
        return
    issued = {item.name for item in issued_by(setting, step.issuer)}
    for name in step.certificates:
        setting.certificate(name)
        if name not in issued:
            raise _refused(
                step,
                "It was issued by another CA.",
                f"The key of {step.issuer} did not sign {name}.",
                "Let the CA answer that issued it.",
                "OCSP-OTHER-ISSUER",
            )
        yield name


def _is_delegate(step: SignOcsp, setting: Setting) -> bool:
    """Whether another than the CA signs. OCSP-DELEGATE: then the CA itself has certified it (RFC 6960 4.2.2.2)."""
    issuer, responder = setting.certificate(step.issuer), setting.certificate(step.responder)
    same_name = certificate_view(issuer.octets).subject.der == certificate_view(responder.octets).subject.der
    if responder.key == issuer.key and same_name:
        return False
    if step.responder not in {item.name for item in issued_by(setting, step.issuer)}:
        raise _refused(
            step,
            "This responder may not answer for the CA.",
            f"{step.responder} is neither the CA {step.issuer} itself nor issued by it.",
            "Certify a responder with the CA's own key, or let the CA sign.",
            "OCSP-DELEGATE",
        )
    return True


def _require_never_issued(step: SignOcsp, setting: Setting, serial: int) -> None:
    """OCSP-ISSUED: `unknown` is for what this CA never issued, as far as certificates and lists of the record say."""
    world = setting.world
    name = next(
        (
            item.name
            for item in world.issued_under(step.issuer)
            if certificate_view(item.octets).serial_number == serial
        ),
        "",
    )
    key = world.certificates[step.issuer].key
    lists = [
        crl.profile
        for crl in world.crls.values()
        if (above := world.certificates.get(crl.issuer)) is not None
        and above.key == key
        and any(listed == serial for listed, _ in entries_of(crl.octets))
    ]
    if not name and not lists and world.revocation(step.issuer, serial) is None:
        return
    said = f"It is that of {name}." if name else "A CRL of this CA lists it."
    raise _refused(
        step,
        "This serial number was issued.",
        f"{serial:x} is to be answered as unknown. {said}",
        "Take it out of `unknown`, and name the certificate.",
        "OCSP-ISSUED",
    )


def _require_free(step: SignOcsp, setting: Setting, name: str) -> None:
    """SCRIPT-NAME: nothing else of this ceremony has the name of a response; its record tells things apart by it."""
    other = setting.world.certificates.get(name)
    if other is not None and not other.ceremony:
        raise _refused(
            step,
            "A response would have the name of a certificate.",
            f"{name} is the name of a certificate of this ceremony.",
            "Give that certificate another name.",
            "SCRIPT-NAME",
        )


def _refused(step: SignOcsp, headline: str, detail: str, next_step: str, code: str) -> CeremonyError:
    return CeremonyError(
        headline, detail=detail, not_done=f"Step {step.id} was not planned.", next_step=next_step, code=code
    )
