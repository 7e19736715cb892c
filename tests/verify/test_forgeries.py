"""Lies that are consistent in themselves: chained, approved, summed and sealed anew. Each is found by its own rule."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from ceremony.canonical import canonical_json
from ceremony.room.clock import iso, parse_iso
from ceremony.transcript.kinds import Drawn
from ceremony.verify.ceremony import verify_ceremony
from ceremony.verify.verdict import Verdict

Forger = Any  # the class is in conftest.py, which tests do not import
Lie = Callable[[Forger], None]


def failed(verdict: Verdict) -> set[str]:
    return {check.id for check in verdict.failed}


def shift(line: dict[str, Any], **changes: Any) -> None:
    line["data"].update(changes)


def backwards(forger: Forger) -> None:
    forger.one("evidence-recorded")["at"] = "2020-01-01T00:00:00Z"


def monotonic_backwards(forger: Forger) -> None:
    forger.one("evidence-recorded")["mono"] = 0


def note_after_the_end(forger: Forger) -> None:
    forger.insert_after(forger.lines[-1], "note", {"text": "one more thing"})


def without_an_end(forger: Forger) -> None:
    forger.remove_all("ceremony-closed")


def without_a_beginning(forger: Forger) -> None:
    forger.remove_all("ceremony-opened")


def opened_twice(forger: Forger) -> None:
    forger.insert_after(forger.lines[3], "ceremony-opened", dict(forger.lines[0]["data"]))


def longer_lifetime(forger: Forger) -> None:
    policy = forger.folder / "policy.yaml"
    policy.write_text(policy.read_text().replace("lifetime: 10y", "lifetime: 20y"))
    forger.inputs()


def policy_that_is_none(forger: Forger) -> None:
    policy = forger.folder / "policy.yaml"
    policy.write_text(policy.read_text() + "\npin: 1\n")
    forger.inputs()


def other_policy_file(forger: Forger) -> None:
    policy = forger.folder / "policy.yaml"
    policy.write_text(policy.read_text() + "\n# a word more\n")


def other_register(forger: Forger) -> None:
    register = forger.folder / "inputs/register.json"
    register.write_bytes(register.read_bytes() + b"\n")


def register_gone(forger: Forger) -> None:
    (forger.folder / "inputs/register.json").unlink()


def register_never_named(forger: Forger) -> None:
    """Neither the file nor the first line speaks of it."""
    register_gone(forger)
    shift(forger.lines[0], inputs=[])


def register_of_a_ceremony_that_was_not(forger: Forger) -> None:
    """A key and a certificate that nobody made, and a first line that knows the file."""
    register = forger.folder / "inputs/register.json"
    told = json.loads(register.read_bytes())
    told["requests"] = [{"ceremony": "0000-none", "key": "none", "name": "none", "sha256": "00" * 32}]
    register.write_bytes(canonical_json(told))
    forger.inputs()


def input_of_nothing(forger: Forger) -> None:
    """A last CRL that no step of the plan goes on from, named in the first line and kept."""
    (forger.folder / "inputs/crls").mkdir()
    (forger.folder / "inputs/crls/root.crl").write_bytes(b"\x30\x00")
    listed = {"path": "inputs/crls/root.crl", "sha256": "", "size": 0}
    shift(forger.lines[0], inputs=[*forger.lines[0]["data"]["inputs"], listed])
    forger.inputs()


def input_that_nobody_named(forger: Forger) -> None:
    (forger.folder / "inputs/sign-root.request").write_bytes(b"\x30\x00")


def compared_with_nothing(forger: Forger) -> None:
    """A rehearsal that no archive knows."""
    built = forger.data("certificate-built", "sign-root")
    said = {"name": "root", "sha256": built["sha256"], "rehearsal": "0001-small", "rehearsal_head": "00" * 32}
    said |= {"rehearsal_sha256": "00" * 32, "fields": 1, "holes": [], "differences": []}
    forger.insert_after(forger.one("linted", "sign-root"), "rehearsal-compared", said)


def challenge_declared(forger: Forger) -> None:
    shift(forger.lines[0], challenges=1)


def other_token(forger: Forger) -> None:
    shift(forger.one("token-found", "open"), label="DEMO-ROOT")


def approval_of_another_ceremony(forger: Forger) -> None:
    shift(forger.one("approved"), ceremony_id="0009-other")


def skipped_step(forger: Forger) -> None:
    forger.lines = [line for line in forger.lines if line["step"] != "fit"]


def step_never_done(forger: Forger) -> None:
    forger.remove_all("step-done", "fit")


def step_done_twice(forger: Forger) -> None:
    line = forger.one("step-done", "fit")
    forger.insert_after(line, "step-done", dict(line["data"]))


def swapped_steps(forger: Forger) -> None:
    bag = [line for line in forger.lines if line["step"] == "bag"]
    rest = [line for line in forger.lines if line["step"] != "bag"]
    place = next(index for index, line in enumerate(rest) if line["step"] == "fit")
    forger.lines = rest[:place] + bag + rest[place:]
    for line in forger.lines:
        line["at"] = forger.lines[0]["at"]
        line["mono"] = 1


def key_in_another_step(forger: Forger) -> None:
    forger.one("key-made")["step"] = "bag"


def signed_under_another_name(forger: Forger) -> None:
    shift(forger.one("signed", "sign-root"), name="issuing")


def form_not_filled(forger: Forger) -> None:
    forger.remove_all("evidence-recorded")


def other_statement(forger: Forger) -> None:
    shift(forger.one("statement-confirmed", "fit"), statement="The room is not fit.")


def witness_silent(forger: Forger) -> None:
    forger.lines = [line for line in forger.lines if (line["step"], line["actor"]) != ("fit", "siti")]


def stranger(forger: Forger) -> None:
    forger.one("evidence-recorded")["actor"] = "mallory"


def nobody_answered(forger: Forger) -> None:
    forger.lines = [line for line in forger.lines if line["kind"] != "person-present" or line["actor"] != "siti"]


def other_name(forger: Forger) -> None:
    shift(forger.one("person-present"), name="Somebody Else")


def key_of_another_kind(forger: Forger) -> None:
    for kind in ("key-intended", "key-made"):
        shift(forger.one(kind, "make-root"), algorithm="p-384")


def key_not_announced(forger: Forger) -> None:
    forger.remove_all("key-intended", "make-root")


def key_with_another_id(forger: Forger) -> None:
    shift(forger.one("key-intended", "make-root"), key_id="00" * 16)


def key_with_another_hash(forger: Forger) -> None:
    shift(forger.one("key-made", "make-root"), spki_sha256="00" * 32)


def key_off_its_curve(forger: Forger) -> None:
    made = forger.data("key-made", "make-root")
    spki = bytes.fromhex(made["spki"])[:-1] + bytes([bytes.fromhex(made["spki"])[-1] ^ 1])
    made |= {"spki": spki.hex(), "spki_sha256": hashlib.sha256(spki).hexdigest()}


def key_not_hex(forger: Forger) -> None:
    made = forger.data("key-made", "make-root")
    made["spki"] = "not hex"


def key_made_twice(forger: Forger) -> None:
    line = forger.one("key-made", "make-root")
    forger.insert_after(line, "key-made", dict(line["data"]))


def attribute(name: str, value: str) -> Lie:
    def lie(forger: Forger) -> None:
        for item in forger.data("key-made", "make-root")["attributes"]:
            if item["name"] == name:
                item["value"] = value

    return lie


def attribute_left_out(forger: Forger) -> None:
    made = forger.data("key-made", "make-root")
    made["attributes"] = [item for item in made["attributes"] if item["name"] != "local"]


def attribute_of_another_name(forger: Forger) -> None:
    last = forger.data("key-made", "make-root")["attributes"][-1]
    last["name"] = f"{last['name']}-too"


def attribute_more(forger: Forger) -> None:
    forger.data("key-made", "make-root")["attributes"].append({"name": "trusted", "value": "true"})


def back_behind_the_agreed_clock(forger: Forger) -> None:
    forger.lines[forger.place(forger.one("clock-compared")) + 1]["at"] = "2025-01-01T00:00:00Z"


def unused_key(forger: Forger) -> None:
    forger.lines = [line for line in forger.lines if line["step"] != "sign-issuing"]


def built_for_another_profile(forger: Forger) -> None:
    shift(forger.one("certificate-built", "sign-issuing"), profile="root")


def serial_not_of_its_octets(forger: Forger) -> None:
    shift(forger.one("serial-drawn", "sign-issuing"), octets="00" * 16)


def same_serial_twice(forger: Forger) -> None:
    first = forger.data("serial-drawn", "sign-root")
    shift(forger.one("serial-drawn", "sign-issuing"), octets=first["octets"], serial=first["serial"])
    shift(forger.one("certificate-built", "sign-issuing"), serial=first["serial"])


def draw_anew(forger: Forger, token: str, system: str) -> None:
    """The identifier of a key, wherever it stands, is one that was made of these octets."""
    intent = forger.one("key-intended", "make-issuing")["data"]
    drawn = Drawn(token=token, system=system)
    old, new = intent["key_id"], drawn.octets("key-id", intent["key"], 16).hex()
    intent["drawn"] = drawn.model_dump()
    forger.lines = [json.loads(json.dumps(line).replace(old, new)) for line in forger.lines]


GOOD, OTHER, STUCK = bytes(range(32)).hex(), bytes(range(32, 64)).hex(), "11" * 32


def drawn_by_a_stuck_token(forger: Forger) -> None:
    draw_anew(forger, STUCK, GOOD)


def drawn_by_a_stuck_machine(forger: Forger) -> None:
    draw_anew(forger, GOOD, STUCK)


def drawn_twice_alike(forger: Forger) -> None:
    draw_anew(forger, forger.data("key-intended", "make-root")["drawn"]["token"], GOOD)


def drawn_alike_by_both(forger: Forger) -> None:
    draw_anew(forger, GOOD, GOOD)


def drawn_too_short(forger: Forger) -> None:
    draw_anew(forger, GOOD[:32], GOOD)


def key_id_not_of_its_draw(forger: Forger) -> None:
    drawn = forger.data("key-intended", "make-issuing")["drawn"]
    drawn["token"], drawn["system"] = drawn["system"], drawn["token"]


def nonce_used_twice(forger: Forger) -> None:
    first, line = (forger.one("signed", step) for step in ("sign-root", "sign-issuing"))
    r, _ = decode_dss_signature(bytes.fromhex(first["data"]["signature"]))
    _, s = decode_dss_signature(bytes.fromhex(line["data"]["signature"]))
    shift(line, signature=encode_dss_signature(r, s).hex())


def dates_of_nobody(forger: Forger) -> None:
    shift(forger.one("certificate-built", "sign-issuing"), not_after="2060-01-01T00:00:00Z")


def waiver_kept_silent(forger: Forger) -> None:
    forger.remove_all("waiver-used")


def waiver_made_up(forger: Forger) -> None:
    waiver = {**forger.data("waiver-used"), "name": "root", "profile": "root"}
    forger.insert_after(forger.one("linted", "sign-root"), "waiver-used", waiver)


def waiver_of_more(forger: Forger) -> None:
    data = forger.data("waiver-used")
    data["rules"] = [*data["rules"], "BR-C13"]


def waiver_by_another(forger: Forger) -> None:
    shift(forger.one("waiver-used"), approved_by="Somebody else")


def waiver_after_the_review(forger: Forger) -> None:
    waiver = forger.one("waiver-used")
    forger.remove_all("waiver-used")
    forger.insert_after(forger.one("reviewed", "sign-issuing"), "waiver-used", waiver["data"])


def dated_back(forger: Forger) -> None:
    built = forger.data("certificate-built", "sign-issuing")
    year = int(built["not_before"][:4])
    built["not_before"] = f"{year - 1}{built['not_before'][4:]}"
    built["not_after"] = f"{year + 4}{built['not_after'][4:]}"


def date_that_is_none(forger: Forger) -> None:
    shift(forger.one("certificate-built", "sign-issuing"), not_before="soon")


def digest_of_other_bytes(forger: Forger) -> None:
    other = "ab" * 32
    for kind, field in (
        ("certificate-built", "sha256"),
        ("reviewed", "sha256"),
        ("signature-intended", "to_be_signed_sha256"),
        ("signed", "to_be_signed_sha256"),
    ):
        shift(forger.one(kind, "sign-issuing"), **{field: other})
    for line in forger.of("approved", "sign-issuing"):
        shift(line, to_be_signed_sha256=other)
    shift(forger.of("linted", "sign-issuing")[0], sha256=other)


def other_digest_signed(forger: Forger) -> None:
    shift(forger.one("signed", "sign-issuing"), to_be_signed_sha256="ab" * 32)


def signature_of_another(forger: Forger) -> None:
    shift(forger.one("signed", "sign-issuing"), signature=forger.data("signed", "sign-root")["signature"])


def certificate_swapped(forger: Forger) -> None:
    root = (forger.folder / "certificates/root.der").read_bytes()
    issuing = (forger.folder / "certificates/issuing.der").read_bytes()
    forger.artefact("certificates/root.der", issuing)
    forger.artefact("certificates/issuing.der", root)


def certificate_gone(forger: Forger) -> None:
    (forger.folder / "certificates/root.der").unlink()


def text_that_lies(forger: Forger) -> None:
    octets = (forger.folder / "certificates/root.txt").read_bytes()
    forger.artefact("certificates/root.txt", octets.replace(b"Small Root", b"Great Root"))


def pem_with_a_word(forger: Forger) -> None:
    octets = (forger.folder / "certificates/root.pem").read_bytes()
    forger.artefact("certificates/root.pem", b"# a word\n" + octets)


def approval_at_another_step(forger: Forger) -> None:
    shift(forger.one("approved", "sign-issuing"), step="sign-root")


def approval_at_another_attempt(forger: Forger) -> None:
    shift(forger.one("approved", "sign-issuing"), attempt=2)


def approval_without_a_sentence(forger: Forger) -> None:
    shift(forger.one("approved", "sign-issuing"), statement="")


def approval_of_another_plan(forger: Forger) -> None:
    shift(forger.one("approved", "sign-issuing"), plan_sha256="ab" * 32)


def approval_for_somebody(forger: Forger) -> None:
    forger.one("approved", "sign-issuing")["actor"] = "bambang"


def approval_by_the_witness(forger: Forger) -> None:
    line = forger.one("approved", "sign-issuing")
    line["actor"] = "siti"
    shift(line, person="siti")


def approved_by_one(forger: Forger) -> None:
    second = forger.of("approved", "sign-issuing")[1]
    forger.lines = [line for line in forger.lines if line is not second]


def approved_twice_by_one(forger: Forger) -> None:
    first, second = forger.of("approved", "sign-issuing")
    second["actor"] = first["actor"]
    shift(second, person=first["data"]["person"])


def approved_by_nobody(forger: Forger) -> None:
    forger.remove_all("approved", "sign-issuing")


def approved_other_bytes(forger: Forger) -> None:
    shift(forger.one("approved", "sign-issuing"), to_be_signed_sha256="ab" * 32)


def approved_after_the_fact(forger: Forger) -> None:
    line = forger.one("approved", "sign-issuing")
    signed = forger.one("signed", "sign-issuing")
    forger.lines = [item for item in forger.lines if item is not line]
    forger.insert_after(signed, "approved", line["data"], actor=line["actor"])


def refused_and_signed(forger: Forger) -> None:
    line = forger.of("approved", "sign-issuing")[-1]
    refusal = {"name": "issuing", "person": "agus", "to_be_signed_sha256": line["data"]["to_be_signed_sha256"]}
    forger.insert_after(line, "approval-refused", refusal)


def never_reviewed(forger: Forger) -> None:
    forger.remove_all("reviewed", "sign-issuing")


def reviewed_as_different(forger: Forger) -> None:
    shift(forger.one("reviewed", "sign-issuing"), unequal=1)


def linted_with_an_error(forger: Forger) -> None:
    finding = {"rule": "X", "severity": "error", "message": "bad", "source": "linter"}
    shift(forger.of("linted", "sign-issuing")[0], findings=[finding])


def linted_other_bytes(forger: Forger) -> None:
    shift(forger.of("linted", "sign-issuing")[0], sha256="ab" * 32)


def not_linted_again(forger: Forger) -> None:
    second = forger.of("linted", "sign-issuing")[1]
    forger.lines = [line for line in forger.lines if line is not second]


def signature_not_announced(forger: Forger) -> None:
    forger.remove_all("signature-intended", "sign-issuing")


def announced_with_another_key(forger: Forger) -> None:
    shift(forger.one("signature-intended", "sign-issuing"), signer_key="issuing")


def announced_as_another_kind(forger: Forger) -> None:
    shift(forger.one("signature-intended", "sign-issuing"), what="request")


def announced_under_another_name(forger: Forger) -> None:
    shift(forger.one("signature-intended", "sign-issuing"), name="root")


def announced_and_approved_as_another_kind(forger: Forger) -> None:
    for line in forger.of("approved", "sign-issuing"):
        shift(line, what="request")
    announced_as_another_kind(forger)


def declared_less(forger: Forger) -> None:
    shift(forger.lines[0], signatures=1)


def miscounted(forger: Forger) -> None:
    shift(forger.lines[-1], deviations=1)


def forgotten_intent(forger: Forger) -> None:
    line = forger.one("signature-intended", "sign-issuing")
    forger.insert_after(line, "signature-intended", dict(line["data"]))


def unexplained_object(forger: Forger) -> None:
    objects = forger.data("inventory-reviewed")["objects"]
    objects.append({"object_class": "private-key", "label": "spare", "key_id": "00"})


def missing_object(forger: Forger) -> None:
    shift(forger.one("inventory-reviewed"), missing=["private-key root"])


def artefact_not_announced(forger: Forger) -> None:
    forger.remove_all("artefacts-intended", "sign-root")


def artefact_outside(forger: Forger) -> None:
    forger.data("artefacts-written", "sign-root")["files"][0]["path"] = "../../outside.der"


def other_copy(forger: Forger) -> None:
    forger.data("exported")["files"][0]["sha256"] = "ab" * 32


def unknown_copy(forger: Forger) -> None:
    forger.data("exported")["files"][0]["path"] = "private-key.pem"


def file_nobody_explains(forger: Forger) -> None:
    (forger.folder / "certificates/other.der").write_bytes(b"\x30\x00")


def folder_nobody_explains(forger: Forger) -> None:
    (forger.folder / "more").mkdir()


def sealed_by_another(forger: Forger) -> None:
    shift(forger.lines[-1], sealed_by="siti")


def clock_with_another_offset(forger: Forger) -> None:
    shift(forger.one("clock-compared"), agreed_offset_seconds=3600)


def clock_adopted_though_wrong(forger: Forger) -> None:
    compared = forger.data("clock-compared")
    compared |= {"machine": "2026-01-01T00:00:00Z", "reference": "2026-01-01T01:00:00Z", "offset_seconds": 3600}


def no_clock_compared(forger: Forger) -> None:
    forger.remove_all("clock-compared")


def an_hour_later_at_once(forger: Forger) -> None:
    place = forger.place(forger.one("step-begun", "sign-root"))
    for line in forger.lines[place:]:
        line["at"] = iso(parse_iso(line["at"]) + timedelta(hours=1))


def jumped_otherwise_than_told(forger: Forger) -> None:
    forger.insert_after(forger.one("step-begun", "roll"), "clock-jumped", {"seconds": 3600}, actor="engine")


def jumped_by_nothing(forger: Forger) -> None:
    forger.insert_after(forger.one("step-begun", "sign-root"), "clock-jumped", {"seconds": 1}, actor="engine")


def another_token_on_the_way(forger: Forger) -> None:
    found = forger.one("token-found", "open")
    other = {**found["data"], "serial": "0000000000000000"}
    forger.insert_after(found, "token-found", other)


def opened_without_being_found(forger: Forger) -> None:
    forger.remove_all("token-found", "open")


def opened_by_the_witness(forger: Forger) -> None:
    line = forger.one("token-opened", "open")
    line["actor"] = "siti"
    shift(line, person="siti")


def initialised_without_a_word(forger: Forger) -> None:
    forger.remove_all("token-initialising", "open")


def old_token_used(forger: Forger) -> None:
    forger.remove_all("token-initialising", "open")
    forger.remove_all("token-initialised", "open")


def key_made_at_a_closed_token(forger: Forger) -> None:
    line = forger.one("step-begun", "make-issuing")
    forger.insert_after(line, "token-closed", {"label": "PRACTICE SMALL"}, actor="engine")


def token_left_open(forger: Forger) -> None:
    forger.remove_all("token-closed")


def other_instruction(forger: Forger) -> None:
    shift(forger.one("instruction-done"), text="Do something else.")


def a_field_that_differed(forger: Forger) -> None:
    forger.data("reviewed", "sign-issuing")["unequal"] += 1


def reviewed_something_else(forger: Forger) -> None:
    forger.data("reviewed", "sign-issuing")["sha256"] = "0" * 64


def finding_of_unknown_severity(forger: Forger) -> None:
    finding = {"rule": "X", "severity": "catastrophe", "message": "bad", "source": "linter"}
    shift(forger.of("linted", "sign-issuing")[1], findings=[finding])


def exported_less(forger: Forger) -> None:
    forger.data("exported")["files"].pop()
    forger.data("export-intended")["paths"].pop()


def exported_to_another_medium(forger: Forger) -> None:
    for kind in ("export-intended", "exported"):
        shift(forger.one(kind), medium="My own stick")


def no_consent(forger: Forger) -> None:
    forger.lines = [line for line in forger.lines if line["data"].get("word") != "SEAL"]


def sealed_with_a_token_never_found(forger: Forger) -> None:
    shift(forger.lines[-1], seal_token="OTHER")


LIES: list[tuple[str, Lie]] = [
    ("CLOCK-AGREED", clock_with_another_offset),
    ("CLOCK-AGREED", clock_adopted_though_wrong),
    ("CLOCK-AGREED", no_clock_compared),
    ("CLOCK-COUNTED", an_hour_later_at_once),
    ("CLOCK-COUNTED", jumped_by_nothing),
    ("CLOCK-COUNTED", jumped_otherwise_than_told),
    ("TOKEN-SAME", another_token_on_the_way),
    ("TOKEN-SAME", opened_without_being_found),
    ("TOKEN-SAME", opened_by_the_witness),
    ("TOKEN-NEW", initialised_without_a_word),
    ("TOKEN-NEW", old_token_used),
    ("TOKEN-OPEN", key_made_at_a_closed_token),
    ("TOKEN-OPEN", token_left_open),
    ("STEPS-TRACE", other_instruction),
    ("TBS-REVIEW", a_field_that_differed),
    ("APPROVAL-SAME", reviewed_something_else),
    ("APPROVAL-LINT", finding_of_unknown_severity),
    ("FILES-COPIES", exported_less),
    ("FILES-COPIES", exported_to_another_medium),
    ("SEAL-PERSON", no_consent),
    ("SEAL-PERSON", sealed_with_a_token_never_found),
    ("CHAIN-TIME", backwards),
    ("CHAIN-TIME", back_behind_the_agreed_clock),
    ("CHAIN-TIME", monotonic_backwards),
    ("CHAIN-LAST", note_after_the_end),
    ("CHAIN-LAST", without_an_end),
    ("CHAIN-FIRST", without_a_beginning),
    ("CHAIN-FIRST", opened_twice),
    ("HASH-INPUTS", other_policy_file),
    ("HASH-INPUTS", other_register),
    ("HASH-INPUTS", register_gone),
    ("HASH-PLAN", longer_lifetime),
    ("HASH-PLAN", register_never_named),
    ("HASH-PLAN", register_of_a_ceremony_that_was_not),
    ("HASH-PLAN", input_of_nothing),
    ("HASH-PLAN", policy_that_is_none),
    ("HASH-IDENTITY", other_token),
    ("HASH-IDENTITY", approval_of_another_ceremony),
    ("STEPS-ORDER", skipped_step),
    ("STEPS-ORDER", step_never_done),
    ("STEPS-TRACE", step_done_twice),
    ("STEPS-TRACE", swapped_steps),
    ("STEPS-TRACE", key_in_another_step),
    ("STEPS-TRACE", signed_under_another_name),
    ("STEPS-TRACE", form_not_filled),
    ("STEPS-TRACE", other_statement),
    ("STEPS-TRACE", witness_silent),
    ("STEPS-PEOPLE", stranger),
    ("STEPS-PEOPLE", nobody_answered),
    ("STEPS-PEOPLE", other_name),
    ("KEY-PLANNED", key_of_another_kind),
    ("KEY-PLANNED", key_made_twice),
    ("KEY-INTENT", key_not_announced),
    ("KEY-INTENT", key_with_another_id),
    ("KEY-SOUND", key_with_another_hash),
    ("KEY-SOUND", key_off_its_curve),
    ("KEY-SOUND", key_not_hex),
    ("KEY-ATTRIBUTES", attribute("extractable", "true")),
    ("KEY-ATTRIBUTES", attribute("sign", "false")),
    ("KEY-ATTRIBUTES", attribute("other_uses", "decrypt")),
    ("KEY-ATTRIBUTES", attribute("always_sensitive", "not readable")),
    ("KEY-ATTRIBUTES", attribute("key_gen_mechanism", "")),
    ("KEY-ATTRIBUTES", attribute_left_out),
    ("KEY-ATTRIBUTES", attribute_of_another_name),
    ("KEY-ATTRIBUTES", attribute_more),
    ("KEY-USED", unused_key),
    ("TBS-PLAN", built_for_another_profile),
    ("TBS-SERIAL", serial_not_of_its_octets),
    ("TBS-SERIAL", same_serial_twice),
    ("RANDOM-DRAWN", drawn_by_a_stuck_token),
    ("RANDOM-DRAWN", drawn_by_a_stuck_machine),
    ("RANDOM-DRAWN", drawn_twice_alike),
    ("RANDOM-DRAWN", drawn_alike_by_both),
    ("RANDOM-DRAWN", drawn_too_short),
    ("RANDOM-DRAWN", key_id_not_of_its_draw),
    ("RANDOM-NONCE", nonce_used_twice),
    ("TBS-DATES", dates_of_nobody),
    ("TBS-DATES", dated_back),
    ("TBS-DATES", date_that_is_none),
    ("TBS-CHECKS", dates_of_nobody),
    ("TBS-WAIVERS", waiver_kept_silent),
    ("TBS-WAIVERS", waiver_made_up),
    ("TBS-WAIVERS", waiver_of_more),
    ("TBS-WAIVERS", waiver_by_another),
    ("TBS-WAIVERS", waiver_after_the_review),
    ("TBS-BYTES", digest_of_other_bytes),
    ("TBS-BYTES", other_digest_signed),
    ("TBS-SIGNATURE", signature_of_another),
    ("TBS-ARTEFACT", certificate_swapped),
    ("TBS-ARTEFACT", certificate_gone),
    ("TBS-TEXT", text_that_lies),
    ("TBS-TEXT", pem_with_a_word),
    ("APPROVAL-STATEMENT", approval_at_another_step),
    ("APPROVAL-STATEMENT", approval_at_another_attempt),
    ("APPROVAL-STATEMENT", approval_of_another_plan),
    ("APPROVAL-STATEMENT", approval_without_a_sentence),
    ("APPROVAL-STATEMENT", approval_for_somebody),
    ("APPROVAL-STATEMENT", approval_by_the_witness),
    ("APPROVAL-DIGEST", approved_by_one),
    ("APPROVAL-DIGEST", approved_twice_by_one),
    ("APPROVAL-DIGEST", approved_by_nobody),
    ("APPROVAL-DIGEST", approved_other_bytes),
    ("APPROVAL-DIGEST", approved_after_the_fact),
    ("APPROVAL-DIGEST", refused_and_signed),
    ("APPROVAL-CHECKED", never_reviewed),
    ("APPROVAL-CHECKED", reviewed_as_different),
    ("APPROVAL-CHECKED", linted_with_an_error),
    ("APPROVAL-CHECKED", linted_other_bytes),
    ("APPROVAL-LINT", not_linted_again),
    ("APPROVAL-INTENT", signature_not_announced),
    ("APPROVAL-INTENT", announced_with_another_key),
    ("APPROVAL-INTENT", announced_as_another_kind),
    ("APPROVAL-DIGEST", announced_as_another_kind),
    ("APPROVAL-DIGEST", announced_under_another_name),
    ("APPROVAL-DIGEST", announced_and_approved_as_another_kind),
    ("COUNT-DECLARED", declared_less),
    ("COUNT-DECLARED", challenge_declared),
    ("REHEARSAL-RECORD", compared_with_nothing),
    ("COUNT-CLOSED", miscounted),
    ("COUNT-OUTCOME", forgotten_intent),
    ("INVENTORY", unexplained_object),
    ("INVENTORY", missing_object),
    ("FILES-WRITTEN", certificate_gone),
    ("FILES-WRITTEN", artefact_outside),
    ("FILES-INTENT", artefact_not_announced),
    ("FILES-COPIES", other_copy),
    ("FILES-COPIES", unknown_copy),
    ("FILES-EXTRA", file_nobody_explains),
    ("FILES-EXTRA", folder_nobody_explains),
    ("FILES-EXTRA", input_that_nobody_named),
    ("SEAL-PERSON", sealed_by_another),
]


BETWEEN = {"step": "", "attempt": 0}
"""The envelope of a line between two steps."""


@pytest.mark.parametrize(("rule", "lie"), LIES, ids=[f"{rule}-{lie.__name__}" for rule, lie in LIES])
def test_a_consistent_lie_is_found_by_its_rule(rule: str, lie: Lie, forger: Forger) -> None:
    lie(forger)
    forger.seal(times=lie is not monotonic_backwards)
    verdict = verify_ceremony(forger.folder)
    assert not verdict.proved
    assert rule in failed(verdict)
    assert not failed(verdict) & {"CHAIN-LINK", "SEAL-SIGNATURE", "SEAL-FORM", "FILES-SUMS"}


def test_a_key_id_made_of_other_good_octets_is_proved(forger: Forger) -> None:
    draw_anew(forger, GOOD, OTHER)
    forger.seal()
    verdict = verify_ceremony(forger.folder)
    assert verdict.proved, verdict.lines()


def test_every_rule_that_a_consistent_lie_can_break_has_one() -> None:
    """Those about what is not in these ceremonies (lists, requests, second tokens) are broken beside the others."""
    from ceremony.verify.ceremony import all_rules

    mechanical = {
        "CHAIN-LINK",
        "FILES-PLAIN",
        "FILES-SUMS",
        "SEAL-FORM",
        "SEAL-CERTIFICATE",
        "SEAL-SIGNATURE",
    }  # test_tampering.py
    rules, here = {rule.id for rule in all_rules()} - mechanical, {rule for rule, _ in LIES}
    assert here <= rules
    others = [path for path in Path(__file__).parents[1].glob("*/test_*.py") if path != Path(__file__)]
    text = "".join(path.read_text("utf-8") for path in others)
    assert {rule for rule in rules - here if f'"{rule}"' not in text} == set()


def test_what_the_forger_only_seals_anew_is_proved(forger: Forger) -> None:
    """The forger makes no other difference, so what each lie above is caught for is the lie."""
    forger.seal()
    verdict = verify_ceremony(forger.folder)
    assert verdict.proved, verdict.lines()


def test_an_approval_is_bound_to_its_place_in_the_record(forger: Forger) -> None:
    line = forger.one("step-done", "fit")
    forger.insert_after(line, "note", {"text": "slipped in"}, **BETWEEN)
    forger.data("ceremony-closed")["notes"] = 1
    forger.counted(notes=1)
    forger.seal(heads=False)
    verdict = verify_ceremony(forger.folder)
    assert failed(verdict) == {"APPROVAL-STATEMENT"}


def test_a_note_and_a_deviation_take_nothing_from_the_proof(forger: Forger) -> None:
    line = forger.one("step-done", "fit")
    told = {"expected": "one", "happened": "two", "decided": "go on", "decided_by": "rini"}
    actor = forger.lines[forger.place(line) + 1]["actor"]  # who acts next speaks for everybody
    forger.insert_after(line, "deviation", told, **BETWEEN, actor=actor)
    forger.insert_after(line, "note", {"text": "somebody coughed"}, **BETWEEN, actor=actor)
    forger.data("ceremony-closed").update(notes=1, deviations=1)
    forger.counted(notes=1, deviations=1)
    forger.seal()
    verdict = verify_ceremony(forger.folder)
    assert verdict.proved, verdict.lines()


def try_again(forger: Forger, step: str, decision: str = "try-again") -> None:
    """Let the first attempt at a step fail; what is recorded of it becomes the second."""
    mine = [line for line in forger.lines if line["step"] == step]
    for line in mine:
        line["attempt"] = 2
        if line["kind"] == "approved":
            line["data"]["attempt"] = 2
    begun = next(line for line in mine if line["kind"] == "step-begun")
    place = forger.place(begun)
    first = {**begun, "attempt": 1, "data": dict(begun["data"]), "seq": -2}
    told = {"number": begun["data"]["number"], "headline": "Not yet.", "detail": "Not yet.", "decision": decision}
    told |= {"code": "PRESENCE-LEFT", "after": -2}
    failure = {**first, "seq": -1, "kind": "step-failed", "actor": "engine", "data": told}
    begun["data"]["redoes"] = failure["seq"]  # until both are chained
    forger.lines[place:place] = [first, failure]


@pytest.mark.parametrize("step", ["bag", "sign-issuing"])
def test_a_step_that_failed_and_was_tried_again_is_proved(step: str, forger: Forger) -> None:
    try_again(forger, step)
    forger.seal()
    verdict = verify_ceremony(forger.folder)
    assert verdict.proved, verdict.lines()


def test_a_second_attempt_without_a_first_is_refused(forger: Forger) -> None:
    try_again(forger, "bag")
    forger.remove_all("step-failed")
    forger.seal()
    assert "STEPS-TRACE" in failed(verify_ceremony(forger.folder))


def test_a_step_back_of_the_clock_is_excused_only_where_it_is_recorded(forger: Forger) -> None:
    line = forger.one("step-done", "fit")
    begun = forger.lines[forger.place(line) + 1]
    forger.insert_after(begun, "clock-jumped", {"seconds": -60}, actor="engine")
    line = begun
    place = next(index for index, item in enumerate(forger.lines) if item is line)
    for item in forger.lines[: place + 1]:
        item["at"] = "2099-01-01T00:00:00Z"
    forger.seal()
    assert "CHAIN-TIME" not in failed(verify_ceremony(forger.folder))
    forger.remove_all("clock-jumped")
    forger.seal()
    assert "CHAIN-TIME" in failed(verify_ceremony(forger.folder))


def test_a_ceremony_that_was_broken_off_says_where_and_is_not_proved(forger: Forger) -> None:
    place = next(index for index, line in enumerate(forger.lines) if line["step"] == "sign-root")
    forger.lines = forger.lines[: place + 1]
    (forger.folder / "transcript.p7s").unlink()
    forger.chain()
    verdict = verify_ceremony(forger.folder)
    ended = next(check for check in verdict.failed if check.id == "CHAIN-LAST")
    assert ended.where == f"transcript.jsonl:{place + 1}"
    assert "has not ended" in ended.sentence
    assert verdict.outcome == "not proved"


def planned_anew(forger: Forger) -> None:
    """The first line and the approvals name the plan that the folder's files make now."""
    from ceremony.script.compile import compile_plan
    from ceremony.script.load import load_script
    from ceremony.script.past import past_of_folder
    from ceremony.verify.evidence import moment

    forger.inputs()
    folder = forger.folder
    loaded = load_script(
        folder / "script.yaml",
        past=past_of_folder(folder, stand_in=False),
        archived=folder,
    )
    opened = forger.lines[0]
    plan = compile_plan(loaded, opened["data"]["mode"], moment(opened["at"]), lint=False)
    shift(opened, plan_sha256=plan.sha256)
    for line in forger.of("approved"):
        shift(line, plan_sha256=plan.sha256)


def test_a_doctored_policy_with_its_plan_recorded_anew_cannot_give_the_signed_bytes(forger: Forger) -> None:
    """The strongest forgery of the policy: the plan's hash is worked out for it as well."""
    policy = forger.folder / "policy.yaml"
    policy.write_text(policy.read_text().replace("path_length: 0", "path_length: 3"))
    planned_anew(forger)
    forger.seal()
    verdict = verify_ceremony(forger.folder)
    assert failed(verdict) >= {"TBS-BYTES", "TBS-SIGNATURE"}
    assert "HASH-PLAN" not in failed(verdict)


def test_a_key_of_an_earlier_ceremony_that_the_register_gives_otherwise_did_not_sign(
    later: Path, forger_of: Callable[[Path], Forger]
) -> None:
    """The strongest forgery of the register: another public key for the root, and a plan made of it."""
    forger = forger_of(later / "0002-later")
    register = forger.folder / "inputs/register.json"
    told = json.loads(register.read_bytes())
    root, issuing = (next(key for key in told["keys"] if key["name"] == name) for name in ("root", "issuing"))
    root["spki"] = issuing["spki"]
    register.write_bytes(canonical_json(told))
    planned_anew(forger)
    forger.seal()
    verdict = verify_ceremony(forger.folder)
    assert "TBS-SIGNATURE" in failed(verdict)
    assert not failed(verdict) & {"HASH-INPUTS", "HASH-PLAN"}


def test_an_issuer_of_an_earlier_ceremony_that_the_register_gives_otherwise_did_not_issue(
    later: Path, forger_of: Callable[[Path], Forger]
) -> None:
    forger = forger_of(later / "0002-later")
    register = forger.folder / "inputs/register.json"
    told = json.loads(register.read_bytes())
    root, issuing = (
        next(item for item in told["certificates"] if item["name"] == name) for name in ("root", "issuing")
    )
    root |= {"der": issuing["der"], "sha256": issuing["sha256"]}
    register.write_bytes(canonical_json(told))
    planned_anew(forger)
    forger.seal()
    verdict = verify_ceremony(forger.folder)
    assert "TBS-BYTES" in failed(verdict)
    assert not failed(verdict) & {"HASH-INPUTS", "HASH-PLAN"}


def test_what_the_forger_only_plans_and_seals_anew_is_proved(later: Path, forger_of: Callable[[Path], Forger]) -> None:
    """But for the person who seals: a production record names her credential."""
    forger = forger_of(later / "0002-later")
    planned_anew(forger)
    forger.seal()
    assert failed(verify_ceremony(forger.folder)) == {"SEAL-PERSON", "SEAL-FIT"}


def test_a_stand_in_past_is_refused_in_production(production: Path, forger_of: Callable[[Path], Forger]) -> None:
    forger = forger_of(production)
    shift(forger.lines[0], stand_in=True)
    forger.seal()
    assert failed(verify_ceremony(production)) == {"HASH-PLAN", "SEAL-PERSON", "SEAL-FIT"}


def test_practice_called_production_is_refused(forger: Forger) -> None:
    shift(forger.lines[0], mode="production")
    forger.seal()
    assert failed(verify_ceremony(forger.folder)) >= {"HASH-PLAN", "HASH-IDENTITY", "TBS-BYTES", "SEAL-PERSON"}


def test_production_sealed_with_another_credential_is_refused(
    production: Path, forger_of: Callable[[Path], Forger]
) -> None:
    forger = forger_of(production)
    forger.seal()
    assert failed(verify_ceremony(production)) == {"SEAL-PERSON", "SEAL-FIT"}
