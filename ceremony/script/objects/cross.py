"""What a cross-sign step demands: a second certificate over the name and the key of one that exists (BR 7.1.2.2)."""

from __future__ import annotations

from collections.abc import Mapping

from ceremony.errors import CeremonyError
from ceremony.pki.view import certificate_view
from ceremony.script.models import CrossSign
from ceremony.script.named_files import kept_as
from ceremony.script.objects.base import Setting
from ceremony.script.objects.certificate import CertificateDemand
from ceremony.script.objects.given import Existing, read_asked, read_existing
from ceremony.script.objects.signers import signer_of


def cross_demand(step: CrossSign, setting: Setting, files: Mapping[str, bytes]) -> CertificateDemand:
    """Its demand. Raises CeremonyError CROSS-EXISTING, CROSS-SELF, CROSS-REQUEST, or what a request is refused for."""
    policy = setting.policy
    profile = policy.certificates[step.profile]
    signer = signer_of(setting, step.issuer)
    existing = _existing(step, files)
    octets = existing.octets(setting)
    spki = certificate_view(octets).key.spki
    key = _own_key(step, setting, spki)
    if key == signer:
        raise _refused(
            step,
            "A certificate would be certified by its own key.",
            f"Key {key} is both that of {existing.name} and that of {step.issuer}.",
            "Name another issuer, or make a self-sign step of it.",
            "CROSS-SELF",
        )
    request = None
    if step.request is not None:
        place = kept_as(step.id, "request")
        request = read_asked(files[place], step.request, place)
    elif not key:
        raise _refused(
            step,
            "There is no proof that the key's holder wants this.",
            f"The key of {existing.name} is none of this archive's.",
            "Ask its holder for a request (PKCS #10) signed by that key, and name it under `request`.",
            "CROSS-REQUEST",
        )
    return CertificateDemand(
        step.id,
        step.certificate,
        step.profile,
        signer,
        profile=profile,
        issuer_name=step.issuer,
        issuer_profile=policy.certificates[profile.issuer],
        key=key,
        given=None if key else spki,
        existing=existing,
        request=request,
    )


def _existing(step: CrossSign, files: Mapping[str, bytes]) -> Existing:
    if step.existing_file is None:
        return Existing(str(step.existing))
    return Existing(step.existing_file, read_existing(files[kept_as(step.id, "existing")], step.existing_file))


def _own_key(step: CrossSign, setting: Setting, spki: bytes) -> str:
    """The name of the key, where a ceremony of this archive made it; else nothing."""
    world = setting.world
    if step.existing is not None:
        key = setting.certificate(step.existing).key
        return key if key in world.keys else ""
    # A key that is only planned has a public key that stands in for it, and can be in no file.
    return next((key.name for key in world.keys.values() if key.earlier is not None and key.spki == spki), "")


def _refused(step: CrossSign, headline: str, detail: str, next_step: str, code: str) -> CeremonyError:
    not_done = f"{step.certificate} was not planned."
    return CeremonyError(headline, detail=detail, not_done=not_done, next_step=next_step, code=code)
