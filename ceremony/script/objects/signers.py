"""Who signs: the key behind a certificate of the record."""

from __future__ import annotations

from ceremony.errors import CeremonyError
from ceremony.script.objects.base import Setting


def signer_of(setting: Setting, certificate: str) -> str:
    """The name of a certificate's key. Raises CeremonyError PLAN-ISSUER, or KEY-ELSEWHERE for somebody else's."""
    known = setting.certificate(certificate)
    if known.key not in setting.world.keys:
        raise CeremonyError(
            "The key that would sign is not in this archive.",
            detail=f"The key of {certificate} came in a request: its holder has it, and no ceremony of this archive.",
            not_done="Nothing was planned under it.",
            next_step="Name a certificate whose key was made here.",
            code="KEY-ELSEWHERE",
        )
    return known.key
