"""What revocations forbid: a key that is in wrong hands is not certified again, and a revoked CA issues nothing.

No rule pack knows the CA's own record of revocations, so the house says it itself. Neither can be waived.
"""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.errors import Finding, Severity
from ceremony.pki.view import certificate_view
from ceremony.script.objects.given import COMPROMISED
from ceremony.script.world import KnownCertificate, KnownRevocation, World


def revocation_findings(world: World, name: str, key: str, issuer: str, signer_key: str) -> Iterator[Finding]:
    """What the record of revocations says against the certificate `name` over `key`, under the certificate `issuer`.

    KEY-COMPROMISED: a certificate over one of the two keys was revoked because the key is in wrong hands (BR 6.1.1.3,
    4.9.1.2). CHAIN-REVOKED: the issuing certificate itself was revoked (RFC 5280 6.1.3). A CRL or an OCSP response is
    not judged here: what a lost key has issued must still be revoked with it.
    """
    for item, revocation in _revoked(world):
        said = f"{item.name} was revoked on {revocation.revoked_at}: {revocation.reason or 'no reason'}"
        if revocation.reason in COMPROMISED and item.key in {key, signer_key} - {""}:
            what = "is over" if item.key == key else "would be signed with"
            message = f"{what} key {item.key}, which is in wrong hands: {said}; make a new key"
            yield Finding("KEY-COMPROMISED", Severity.ERROR, message, name)
        elif item.name == issuer != name:
            yield Finding("CHAIN-REVOKED", Severity.ERROR, f"its issuing certificate {said}", name)


def _revoked(world: World) -> Iterator[tuple[KnownCertificate, KnownRevocation]]:
    for item in world.certificates.values() if world.revocations else ():
        if item.issuer in world.certificates:
            revocation = world.revocation(item.issuer, certificate_view(item.octets).serial_number)
            if revocation is not None:
                yield item, revocation
