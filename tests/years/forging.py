"""Lists that no plan asks for, signed with the CA's own key on its own token, and a record that tells of them.

Whoever forges here has the token, its PIN and the folder, and puts everything in order again: the lie is in what was
signed alone.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from ceremony.canonical import sha256_hex
from ceremony.pki.crl import build_crl
from ceremony.pki.crl_entries import Revoked, entry_octets
from ceremony.pki.crl_view import crl_view
from ceremony.pki.view import certificate_view
from ceremony.room.clock import parse_iso
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.objects.crl import CrlObject
from ceremony.script.past import past_of_folder
from ceremony.transcript.register import parse_register
from tests.house.forger import Forger
from tests.years.rig import Ca

STEP = "list-root"
SUPERSEDED = 4
Lie = Callable[[CrlObject], CrlObject]


def numbered(item: CrlObject, number: int) -> CrlObject:
    """With another CRL number."""
    return replace(item, holes=replace(item.holes, number=number))


def repeated_number(item: CrlObject) -> CrlObject:
    """The number of the list before it."""
    return numbered(item, item.holes.number - 1)


def smaller_number(item: CrlObject) -> CrlObject:
    """A number of long ago."""
    return numbered(item, 2)


def lost_entry(item: CrlObject) -> CrlObject:
    """Nothing is said of what became of the entry."""
    return replace(item, merged=replace(item.merged, entries=(), kept=()))


def expired_too_soon(item: CrlObject) -> CrlObject:
    """The entry is said to have had its time."""
    return replace(item, merged=replace(item.merged, entries=(), kept=(), expired=item.merged.kept))


def milder_reason(item: CrlObject) -> CrlObject:
    """The key was not lost at all."""
    (serial,) = item.merged.kept
    (known,) = (known for known in item.setting.world.revocations if known.serial_number == serial)
    when = item.setting.clock - timedelta(days=900)
    assert known.reason == "keyCompromise"
    return replace(item, merged=replace(item.merged, entries=(entry_octets(Revoked(serial, when, SUPERSEDED)),)))


def unasked_entry(item: CrlObject) -> CrlObject:
    """One more certificate is revoked than people were told."""
    serial = certificate_view(item.setting.certificate("issuing-3").octets).serial_number
    more = Revoked(serial, item.holes.this_update, SUPERSEDED)
    (kept,) = item.merged.entries
    entries = tuple(octets for _, octets in sorted(((item.merged.kept[0], kept), (serial, entry_octets(more)))))
    return replace(item, merged=replace(item.merged, entries=entries))


def longer_life(item: CrlObject) -> CrlObject:
    """It ends half a year later than the policy says."""
    return replace(item, holes=replace(item.holes, next_update=item.holes.next_update + timedelta(days=180)))


def another_issuer(item: CrlObject) -> CrlObject:
    """The other root signs, in its own name."""
    name = "second-root"
    known = item.setting.certificate(name)
    view = certificate_view(known.octets)
    asked = replace(item.asked, issuer_name=name, signer_key=known.key)
    holes = replace(
        item.holes,
        issuer_name=view.subject.der,
        issuer_spki=view.key.spki,
        issuer_key_identifier=view.subject_key_identifier,
        issuer_issuer_and_serial=(view.issuer.der, view.serial_number),
    )
    return replace(item, asked=asked, holes=holes)


def another_key(item: CrlObject) -> CrlObject:
    """The same bytes, under the other root's signature."""
    return replace(item, asked=replace(item.asked, signer_key="second"))


LIES: dict[str, Lie] = {
    "repeated-number": repeated_number,
    "smaller-number": smaller_number,
    "lost-entry": lost_entry,
    "expired-too-soon": expired_too_soon,
    "milder-reason": milder_reason,
    "unasked-entry": unasked_entry,
    "longer-life": longer_life,
    "another-issuer": another_issuer,
    "another-key": another_key,
}


def forge_lists(ca: Ca, item: CrlObject, held: Path, into: Path) -> None:
    """One folder for each lie, in the place of `held`, the ceremony that signed `item`; and the story without a
    revocation, told by all that the ceremony keeps of its past."""
    for name, lie in LIES.items():
        forger = Forger(Path(shutil.copytree(held, into / name / held.name)))
        write_list(forger, ca, lie(item))
        forger.seal()
    forget_revocation(ca, item, held, into / "forgotten-revocation")


def write_list(forger: Forger, ca: Ca, forged: CrlObject) -> None:
    """Build, sign and record it in the place of the list that was signed."""
    tbs = build_crl(forged.asked.profile, forged.holes, forged.merged.entries)
    forged = replace(forged, to_be_signed=tbs)
    key = forged.asked.signer_key
    signature = ca.sign(key, tbs.algorithm, tbs.octets)
    octets = forged.assemble(signature)
    known = ca.register.key(key)
    assert known is not None
    forger.data("crl-built", STEP).update(forged.built().model_dump(mode="json"))
    forger.data("crl-built", STEP)["signer_key"] = key
    forger.data("reviewed", STEP).update(sha256=tbs.sha256)
    for line in forger.of("approved", STEP):
        said = line["data"]["statement"].replace(line["data"]["to_be_signed_sha256"], tbs.sha256)
        line["data"] |= {"to_be_signed_sha256": tbs.sha256, "statement": said}
    forger.data("signature-intended", STEP).update(
        to_be_signed_sha256=tbs.sha256, signer_key=key, key_id=known.key_id, algorithm=tbs.algorithm
    )
    forger.data("signed", STEP).update(
        to_be_signed_sha256=tbs.sha256, signature=signature.hex(), artefact_sha256=sha256_hex(octets)
    )
    for line in forger.of("linted", STEP):
        line["data"]["sha256"] = tbs.sha256 if line["data"]["stage"] == "to-be-signed" else sha256_hex(octets)
    for path, file in forged.files(octets):
        forger.artefact(path, file)


def forget_revocation(ca: Ca, item: CrlObject, held: Path, into: Path) -> None:
    """The list before it, and the register, lose the entry; the next list follows from them without a fault."""
    forger = Forger(Path(shutil.copytree(held, into / held.name)))
    inputs = forger.folder / "inputs"
    assert item.previous is not None
    view = crl_view(item.previous.octets)
    assert view.next_update is not None
    then = {"number": item.previous.number, "this_update": view.this_update, "next_update": view.next_update}
    before = replace(
        item,
        holes=replace(item.holes, **then),
        merged=replace(item.merged, entries=(), kept=()),
    )
    tbs = build_crl(item.asked.profile, before.holes, [])
    previous = replace(before, to_be_signed=tbs).assemble(ca.sign("root", tbs.algorithm, tbs.octets))
    (inputs / "crls" / "root.crl").write_bytes(previous)
    register = parse_register((inputs / "register.json").read_bytes())
    crls = tuple(
        entry.model_copy(update={"sha256": sha256_hex(previous), "entries": 0})
        if entry.number == str(item.previous.number) and entry.profile == "root"
        else entry
        for entry in register.crls
    )
    revocations = tuple(entry for entry in register.revocations if entry.crl_profile != "root")
    (inputs / "register.json").write_bytes(
        register.model_copy(update={"crls": crls, "revocations": revocations}).octets
    )
    forger.inputs()
    following = replace(item, previous=replace(item.previous, octets=previous, sha256=sha256_hex(previous)))
    following = replace(following, since=following.previous, merged=replace(item.merged, entries=(), kept=()))
    write_list(forger, ca, following)
    digest = replanned_sha256(forger.folder)
    forger.data("ceremony-opened")["plan_sha256"] = digest
    for line in forger.of("approved"):
        line["data"]["plan_sha256"] = digest
    forger.seal()


def replanned_sha256(folder: Path) -> str:
    """The plan that the folder's own files make."""
    opened = json.loads((folder / "transcript.jsonl").read_text("utf-8").splitlines()[0])
    loaded = load_script(
        folder / "script.yaml",
        past=past_of_folder(folder, False),
        archived=folder,
    )
    return compile_plan(loaded, "practice", parse_iso(opened["at"]), lint=False).sha256
