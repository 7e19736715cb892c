"""The trace of the steps that sign: the one road to a key of the ceremony's token, for each object of the plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ceremony.pki.serials import serial_from_octets
from ceremony.script.sentences import random_source
from ceremony.script.trace.grammar import (
    NOTHING,
    Each,
    Fact,
    Here,
    Line,
    Many,
    Once,
    Part,
    Repeat,
    Stop,
    When,
    alt,
    seq,
)
from ceremony.script.trace.parts import AT_A_TOKEN, LEFT, RANDOM, TOLD, approve, deed, files, files_once, review
from ceremony.script.trace.scene import Scene
from ceremony.transcript import kinds
from ceremony.transcript.archive import comparison_path
from ceremony.transcript.kinds import EventData, What

if TYPE_CHECKING:
    from ceremony.script.objects.base import SignedObject

BUILT: Mapping[What, type[EventData]] = {
    "certificate": kinds.CertificateBuilt,
    "crl": kinds.CrlBuilt,
    "request": kinds.RequestBuilt,
    "ocsp-response": kinds.ResponseBuilt,
}
"""What the record says of each kind of object once it is built."""

FAULTS = (*AT_A_TOKEN, *LEFT)
DRAW = (*RANDOM, *FAULTS)
DRAFT = ("CERT-", "CRL-", "CROSS-", "DESCRIBE", "PLAN-ISSUER", "RF-4-", "TBS-")
"""What keeps an object from being built, or its bytes from being described, at the agreed clock."""
OBJECTS = Many("objects of the plan", lambda scene: scene.plan.objects[scene.step.step.id])
REHEARSED = Fact("these script bytes were rehearsed", lambda scene: scene.plan.rehearsed is not None)


def _compared(name: str) -> Part:
    """The comparison, and its file, where the same bytes were not compared before."""

    def known(scene: Scene) -> bool:
        built = scene.state.built.get(name)
        digest = built.sha256 if built is not None else ""
        return comparison_path(name, digest) in scene.state.files

    return seq(
        Line(kinds.RehearsalCompared, of=(("name", name),), faults=("REHEARSAL-", *FAULTS)),
        When(Fact("it is kept", known), NOTHING, files("comparison", name)),
        alt(NOTHING, Stop(("REHEARSAL-", *LEFT))),
    )


def _linted(name: str, stage: str) -> Line:
    return Line(kinds.Linted, of=(("name", name), ("stage", stage)), faults=("REHEARSAL-", "DESCRIBE", *FAULTS))


def _serial(octets: int) -> Callable[[Scene, kinds.SerialDrawn], bool]:
    """As many octets as the object wants, from the token that is open, and the number that they make."""

    def holds(scene: Scene, data: kinds.SerialDrawn) -> bool:
        label, serial = scene.state.ceremony_token
        if data.source != random_source(label, serial) or not re.fullmatch(
            rf"([0-9a-f]{{2}}){{{octets}}}", data.octets
        ):
            return False
        return data.serial == f"{serial_from_octets(bytes.fromhex(data.octets)):x}"

    return holds


def _as_planned(item: SignedObject) -> Callable[[Scene, kinds.SignatureIntended], bool]:
    """What was built is to be signed, by the key that the plan names, as the plan has it. That key has the identifier
    with which this ceremony made it, or else an earlier one; another has none."""
    demand, algorithm = item.demand, item.to_be_signed.algorithm

    def holds(scene: Scene, data: kinds.SignatureIntended) -> bool:
        key, built = demand.signer_key, scene.state.built.get(item.name)
        made, known = scene.state.keys.get(key), scene.plan.world.keys.get(key)
        key_id = made.key_id if made is not None else known.key_id if known is not None else ""
        said = (data.what, data.signer_key, data.algorithm, data.key_id)
        if not key_id or said != (item.what, key, algorithm, key_id):
            return False
        return built is not None and data.to_be_signed_sha256 == built.sha256

    return holds


def road(item: SignedObject) -> Part:
    """One object, from its serial number to its files. What an earlier attempt signed is linted and written only."""
    name = item.name
    of = (("name", name),)
    asked = Fact("made from a request", lambda _: item.demand.from_request)
    serial = Fact("it has a serial number", lambda _: bool(item.demand.serial_octets))
    built = Here("what was built of its kind", lambda _: Line(BUILT[item.what], of=of, faults=(*DRAFT, *FAULTS)))
    lint_error = alt(NOTHING, Stop(("LINT-ERROR",)))
    signed = seq(
        When(asked, Line(kinds.RequestRead, of=of, faults=FAULTS)),
        When(serial, Line(kinds.SerialDrawn, of=of, holds=_serial(item.demand.serial_octets), faults=DRAW)),
        built,
        When(REHEARSED, _compared(name)),
        _linted(name, "to-be-signed"),
        lint_error,
        Repeat(Line(kinds.WaiverUsed, of=of)),
        review(
            name,
            approve(name),
            deed(kinds.SignatureIntended, kinds.Signed, name, "SIG-", field="name", holds=_as_planned(item)),
        ),
    )
    return seq(
        Once(kinds.Signed, (name,), signed),
        Once(kinds.Linted, (name, "signed"), _linted(name, "signed")),
        lint_error,
        files_once("artefact", name),
    )


SIGN: Part = seq(TOLD, Each(OBJECTS, road))
