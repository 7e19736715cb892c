"""What an interrupted ceremony signed and could not write, made again from its record, so that another can go on.

A CRL that was signed counts: the next one has a greater number and keeps its entries. A certificate that was signed
may be out in the world: it can be revoked. Both stand in the record, but for the bytes that policy and plan give again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.script.past import Past
from ceremony.transcript import kinds
from ceremony.verify.evidence import CannotJudge, Evidence
from ceremony.verify.replay import Replay


def with_unwritten(past: Past) -> Past:
    """The same past with the last CRLs and the certificates that no file holds, byte for byte as they were signed.

    What cannot be made again stays out: whoever needs it is refused (CRL-PREVIOUS, PLAN-ISSUER).
    """
    archive, register = past.archive, past.register
    if archive is None:
        return past
    certificates = {item.name: item for item in register.certificates if not item.der}
    lists = {item.profile: item for item in register.crls}
    folders = {item.ceremony for item in certificates.values()}
    folders |= {item.ceremony for item in lists.values() if not (archive / item.path).exists()}
    made: dict[str, bytes] = {}
    for folder in sorted(folders):
        made |= {sha256_hex(octets): octets for octets in _made_again(Evidence(archive / folder))}
    return replace(
        past,
        crls={**past.crls, **{name: made[item.sha256] for name, item in lists.items() if item.sha256 in made}},
        unwritten={name: made[item.sha256] for name, item in certificates.items() if item.sha256 in made},
    )


def _made_again(evidence: Evidence) -> Iterator[bytes]:
    """Each whole object that the record says was signed, and does not say was written."""
    written = {file.path for _, data in evidence.of(kinds.ArtefactsWritten) for file in data.files}
    try:
        replay = evidence.once(Replay)
    except CannotJudge:
        return
    for signing in evidence.signings:
        try:
            made = replay.of(signing)
        except (CannotJudge, CeremonyError):
            continue
        path, octets = made.item.files(made.octets)[0]
        if path not in written and sha256_hex(octets) == signing.data.artefact_sha256:
            yield octets
