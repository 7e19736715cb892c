"""What the second verifier says of people: who approved, attested and sealed, with which key, over which line.

The forger owns the keys that he needs; what he changes he signs, chains and seals anew. Each lie stands beside what is
true and alike.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ceremony.canonical import canonical_json
from ceremony.custody.consent import approval_statement
from ceremony.verify.evidence import Evidence
from tests.custody_rules.house import certificate
from tests.house.second_opinion import faults, look
from tests.second_opinion.conftest import Sealer

Forgers = Callable[..., Any]

DEEDS = [
    ("rules", 1, "sign-root"),
    ("rules", 1, "list"),
    ("rules", 1, "backup"),
    ("rules", 2, "destroy"),
    ("custody", 1, "backup"),
    ("custody", 1, "try"),
    ("custody", 2, "destroy"),
]
"""Ceremonies and steps in which two custodians of three approve what a key does, or what befalls it."""


def found(forger: Any) -> str:
    """What is wrong after everything was put in order again."""
    forger.failed()
    return " ".join(faults(forger.folder))


def resealed(forger: Any, person: str) -> None:
    """The record as it stands, sealed by somebody else's key."""
    forger.key, forger.certificate = forger.keys[person], x509.load_der_x509_certificate(forger.certificates[person])


# Approvals: enough, of the right people, with different keys ----------------------------------------------------------


@pytest.mark.parametrize(("name", "number", "step"), DEEDS)
def test_each_deed_needs_as_many_approvals_as_script_and_policy_want(
    forger_at: Forgers, name: str, number: int, step: str
) -> None:
    forger = forger_at(name, number)
    approvals = forger.of("approved", step)
    assert len(approvals) >= 2, {line["step"] for line in forger.of("approved")}
    forger.remove(approvals[-1])
    assert "1 of 2 needed approvals fit" in found(forger)


@pytest.mark.parametrize(("name", "number", "step"), DEEDS)
def test_an_outcome_without_its_announcement_is_not_an_approved_one(
    forger_at: Forgers, name: str, number: int, step: str
) -> None:
    forger = forger_at(name, number)
    intents = [line for line in forger.lines if line["step"] == step and line["kind"].endswith("-intended")]
    deeds = [line for line in intents if not line["kind"].startswith(("artefacts", "token"))]
    assert deeds
    forger.remove(*deeds)
    assert "was not announced" in found(forger)


@pytest.mark.parametrize("kind", ["key-adopted", "discard-intended"])
@pytest.mark.parametrize("enough", [True, False])
def test_what_is_adopted_or_discarded_was_approved_by_enough(forger_at: Forgers, kind: str, enough: bool) -> None:
    forger = forger_at("small")
    intent = forger.one("key-intended", "make-issuing")
    people = Evidence(forger.folder).plan.people
    key_id = intent["data"]["key_id"]
    spki = forger.data("key-made", "make-issuing")["spki_sha256"]
    digest = spki if kind == "key-adopted" else hashlib.sha256(bytes.fromhex(key_id)).hexdigest()
    what = "key-adoption" if kind == "key-adopted" else "key-discard"
    say = {"key": "issuing", "key_id": key_id}
    say |= {"spki_sha256": spki, "label": "PRACTICE SMALL", "serial": "1"} if kind == "key-adopted" else {}
    last = forger.insert_after(intent, kind, say, actor="engine")
    for person in ("dewi", "agus") if enough else ("agus",):
        said = {**forger.data("approved"), "what": what, "name": "issuing", "to_be_signed_sha256": digest}
        said |= {"step": "make-issuing", "person": person}
        said["statement"] = approval_statement(people[person], what, "issuing", digest)
        forger.insert_after(intent, "approved", said, actor=person)
    review = {"name": "issuing", "sha256": digest, "unequal": 0, "person": "agus"}
    forger.insert_after(intent, "reviewed", review, actor="engine")
    assert last in forger.lines
    text = found(forger)
    assert ("1 of 2 needed approvals fit" in text) is not enough, text
    assert not enough or text == ""


def test_one_person_is_counted_once(forger_at: Forgers) -> None:
    forger = forger_at("rules")
    first, second = forger.of("approved", "sign-root")
    second["data"]["person"] = second["actor"] = first["data"]["person"]
    assert found(forger) != ""


def test_nobody_approves_whose_step_it_is_not(forger_at: Forgers) -> None:
    """The witness has a key and a certificate of her own, and signs with it."""
    forger = forger_at("rules")
    line = forger.of("approved", "sign-root")[1]
    line["data"]["person"] = line["actor"] = "siti"
    assert "not theirs to give" in found(forger)


def test_two_people_have_two_keys(forger_at: Forgers) -> None:
    forger = forger_at("rules")
    forger.keys["dewi"] = forger.keys["agus"]
    forger.certificates["dewi"] = certificate(forger.keys["dewi"], name="dewi")
    assert "signs with the same key" in found(forger)


def test_what_was_approved_before_somebody_left_is_not_what_they_stand_for(forger_at: Forgers) -> None:
    forger = forger_at("rules")
    line = forger.of("approved", "sign-root")[1]
    person = line["data"]["person"]
    back = forger.insert_after(line, "person-returned", {"person": person}, actor=person)
    forger.insert_after(line, "person-left", {"person": person, "reason": "A call."}, actor="engine")
    assert back in forger.lines
    assert "1 of 2 needed approvals fit" in found(forger)


def test_an_approval_serves_once(forger_at: Forgers) -> None:
    """The deed is announced a second time, with nothing more approved."""
    forger = forger_at("rules")
    intent = forger.one("signature-intended", "sign-root")
    forger.insert_after(intent, "signature-intended", dict(intent["data"]))
    assert "0 of 2 needed approvals fit" in found(forger)


def test_the_quorum_of_the_policy_counts_beside_that_of_the_script(forger_at: Forgers) -> None:
    forger = forger_at("rules")
    policy = forger.folder / "policy.yaml"
    policy.write_text(policy.read_text().replace("quorum: 2", "quorum: 3"))
    assert "2 of 3 needed approvals fit" in found(forger)


# What is signed is bound to its line ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["approved", "attested"])
def test_a_statement_is_over_the_head_of_the_line_before_it(forger_at: Forgers, kind: str) -> None:
    """It is signed by the right key; but over the head of another line."""
    forger = forger_at("rules")
    line = forger.of(kind)[1]
    other = forger.of(kind)[0]
    original = forger._mend

    def mend(target: dict[str, Any], *rest: Any) -> None:
        original(target, *rest)
        if target is line:
            target["data"]["chain_head"] = other["prev"]
            forger.sign(target)

    forger._mend = mend
    assert "over another head" in found(forger)


@pytest.mark.parametrize("field", ["statement", "credential_sha256", "plan_sha256", "name", "ceremony_id"])
def test_every_field_of_what_was_approved_is_signed(forger_at: Forgers, field: str) -> None:
    """Changed after the signature."""
    forger = forger_at("rules")
    line = forger.of("approved", "sign-root")[1]
    original = forger._mend

    def mend(target: dict[str, Any], *rest: Any) -> None:
        original(target, *rest)
        if target is line:
            target["data"][field] = ("00" * 32) if field.endswith("sha256") else "another"

    forger._mend = mend
    assert found(forger) != ""


def test_a_field_that_nobody_signed_cannot_be_added(forger_at: Forgers) -> None:
    forger = forger_at("rules")
    line = forger.of("approved", "sign-root")[1]
    original = forger._mend

    def mend(target: dict[str, Any], *rest: Any) -> None:
        original(target, *rest)
        if target is line:
            target["data"]["more"] = "said later"

    forger._mend = mend
    assert "does not carry their signature" in found(forger)


def test_the_certificate_is_the_one_that_the_people_file_names_for_that_person(forger_at: Forgers) -> None:
    forger = forger_at("rules")
    forger.people = {digest: person for digest, person in forger.people.items() if person != "dewi"}
    assert "not signed with the certificate that people.yaml names" in found(forger)


@pytest.mark.parametrize("wanted", [{"starts": -40, "days": 30}, {"ca": True}, {"usages": ("key_encipherment",)}, {}])
def test_a_certificate_could_serve_when_it_was_used(forger_at: Forgers, wanted: dict[str, Any]) -> None:
    forger = forger_at("rules")
    forger.certificates["dewi"] = certificate(forger.keys["dewi"], name="dewi", **wanted)
    assert (found(forger) != "") is bool(wanted)


# The close -----------------------------------------------------------------------------------------------------------


def deputised(forger: Any, *, listed: bool) -> None:
    """Dewi says at the roll that she stands for the sealer; and seals, with her own key."""
    forger.of("person-present", person="dewi")[0]["data"]["for_person"] = "rini"
    if listed:
        script = forger.folder / "script.yaml"
        text = script.read_text()
        script.write_text(
            text.replace("administrator: {people: [rini],", "administrator: {people: [rini], deputies: [dewi],")
        )
        assert script.read_text() != text
        forger.inputs()
    for line in (forger.of("statement-confirmed", word="SEAL")[-1], forger.of("ceremony-closed")[0]):
        line["actor"] = "dewi"
    forger.of("statement-confirmed", word="SEAL")[-1]["data"]["person"] = "dewi"
    forger.of("ceremony-closed")[0]["data"]["sealed_by"] = "dewi"


@pytest.mark.parametrize("listed", [True, False])
def test_who_stands_for_the_sealer_is_a_deputy_of_the_script(forger_at: Forgers, listed: bool) -> None:
    """A custodian who only says so could else seal a record that she wrote anew."""
    forger = forger_at("small")
    deputised(forger, listed=listed)
    assert ("the script names rini" in found(forger)) is not listed
    assert not listed or faults(forger.folder) == [], faults(forger.folder)


def test_a_certificate_that_no_signature_of_the_record_made_is_found(forger_at: Forgers) -> None:
    forger = forger_at("small")
    octets = (forger.folder / "certificates/root.der").read_bytes()
    (forger.folder / "certificates/rogue.der").write_bytes(octets)
    written = forger.data("artefacts-written", "sign-root")["files"]
    written.append(
        {"path": "certificates/rogue.der", "sha256": hashlib.sha256(octets).hexdigest(), "size": len(octets)}
    )
    assert "no signature that made it" in found(forger)


@pytest.mark.parametrize("there", [[], ["private-key"]])
def test_what_is_discarded_was_announced_unless_nothing_was_there(forger_at: Forgers, there: list[str]) -> None:
    forger = forger_at("small")
    intent = forger.one("key-intended", "make-issuing")
    said = {"key": "issuing", "key_id": "00" * 16, "label": "PRACTICE SMALL", "serial": "1", "found": there}
    forger.insert_after(intent, "key-discarded", said, actor="engine")
    assert ("was not announced" in found(forger)) is bool(there)


@pytest.mark.parametrize("who", ["with her key under her own name", "with her key in the name of the sealer"])
def test_a_custodian_does_not_seal_the_record(forger_at: Forgers, who: str) -> None:
    """The people file names her certificate, as hers. With her key alone she could else make the record anew."""
    forger = forger_at("rules")
    original = forger._mend

    def mend(target: dict[str, Any], *rest: Any) -> None:
        original(target, *rest)
        if target["kind"] == "ceremony-closed":
            target["data"]["seal_certificate_sha256"] = hashlib.sha256(forger.certificates["dewi"]).hexdigest()
            if "own name" in who:
                target["data"]["sealed_by"] = target["actor"] = "dewi"

    forger._mend = mend
    chained = forger._chain

    def chain(plan: Any) -> None:
        forger.artefact("inputs/seal-certificate.der", forger.certificates["dewi"])
        chained(plan)

    forger._chain = chain
    sealed = forger.seal_record

    def seal() -> None:
        resealed(forger, "dewi")
        sealed()

    forger.seal_record = seal
    wanted = "the script names rini" if "own name" in who else "people.yaml does not name the certificate"
    assert wanted in found(forger)


def test_everybody_who_is_there_at_the_close_attests(forger_at: Forgers) -> None:
    forger = forger_at("rules")
    forger.remove(forger.of("attested")[-1])
    assert "neither agreed nor dissented" in found(forger)


@pytest.mark.parametrize("words", ["", "The camera was off."])
def test_a_dissent_has_words(forger_at: Forgers, words: str) -> None:
    forger = forger_at("rules")
    forger.of("attested")[-1]["data"] |= {"agrees": False, "words": words}
    assert (found(forger) == "") is bool(words)


@pytest.mark.parametrize("form", ["json", "txt"])
def test_a_receipt_is_over_the_head_of_the_moment_at_which_it_was_given(forger_at: Forgers, form: str) -> None:
    forger = forger_at("rules")
    chained = forger._chain

    def chain(plan: Any) -> None:
        chained(plan)
        path = f"receipts/receipt-dewi.{form}"
        line = next(it for it in forger.of("artefacts-intended") if path in it["data"]["paths"])
        octets = (forger.folder / path).read_bytes()
        if form == "json":
            other = canonical_json({**json.loads(octets), "head": "00" * 32})
        else:
            other = octets.replace(line["prev"][:8].encode(), b"00000000")
        assert other != octets
        forger.artefact(path, other)
        forger.kept = list(forger.of("artefacts-written"))
        chained_again(forger)

    forger._chain = chain
    assert "receipt" in found(forger)


def chained_again(forger: Any) -> None:
    """Later lines name the changed file; who attested before it signs nothing anew, for nothing before it changed."""
    first = min(forger.place(line) for line in forger.of("artefacts-written"))
    before = forger.lines[first]["prev"]
    for line in forger.lines[first:]:
        line["prev"] = before
        before = forger.head(line)
    forger.write()


def test_everybody_who_is_there_at_the_close_has_a_receipt(forger_at: Forgers) -> None:
    forger = forger_at("rules")
    person = "dewi"
    for kind, field in (("artefacts-intended", "paths"), ("artefacts-written", "files")):
        for line in forger.of(kind):
            line["data"][field] = [it for it in line["data"][field] if f"receipt-{person}." not in str(it)]
    for form in ("json", "txt"):
        (forger.folder / f"receipts/receipt-{person}.{form}").unlink()
    forger.remove(*(it for it in forger.of("artefacts-intended") if not it["data"]["paths"]))
    forger.remove(*(it for it in forger.of("artefacts-written") if not it["data"]["files"]))
    assert "dewi was given no receipt" in found(forger)


# A ceremony that ended early ------------------------------------------------------------------------------------------


def ended(forger: Any) -> None:
    """People ended it after the root was made; nobody sealed it."""
    place = forger.place(forger.one("step-begun", "sign-root"))
    forger.lines = forger.lines[: place + 1]
    told = {"reason": "People decided so.", "keys": ["root"], "certificates": [], "token": "PRACTICE SMALL", "made": []}
    forger.insert_after(forger.lines[-1], "ceremony-aborted", told, actor="engine")
    known = {"script.yaml", "policy.yaml", "people.yaml", "transcript.jsonl", "inputs/register.json"}
    known |= {file["path"] for line in forger.of("artefacts-written") for file in line["data"]["files"]}
    for file in [it for it in forger.folder.rglob("*") if it.is_file()]:
        if file.relative_to(forger.folder).as_posix() not in known:
            file.unlink()
    for folder in sorted((it for it in forger.folder.rglob("*") if it.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    forger.chain()


def test_a_ceremony_that_ended_early_is_no_failure_of_its_archive(copy_of: Callable[[str], Any]) -> None:
    archive = copy_of("small")
    ended(Sealer(archive / "0002-small"))
    code, said = look(archive)
    assert code == 0, said
    assert "ENDED EARLY: PRACTICE 0002-small" in said
    assert "not sealed" in said


def test_its_record_holds_like_any_other(copy_of: Callable[[str], Any]) -> None:
    forger = Sealer(copy_of("small") / "0002-small")
    ended(forger)
    assert faults(forger.folder) == []
    (forger.folder / "more.txt").write_text("x")
    assert "nothing in the record explains this" in " ".join(faults(forger.folder))


def test_one_that_simply_stops_is_not_proved(copy_of: Callable[[str], Any]) -> None:
    forger = Sealer(copy_of("small") / "0002-small")
    ended(forger)
    forger.remove_all("ceremony-aborted")
    forger.chain()
    assert "was not closed" in " ".join(faults(forger.folder))


def test_keys_are_not_needed_to_see_that_an_algorithm_does_not_fit(forger_at: Forgers) -> None:
    """The name of an algorithm that the key cannot make, beside a signature that is true."""
    forger = forger_at("rules")
    for line in forger.of("approved"):
        line["data"]["algorithm"] = "sha256-rsa"
    assert isinstance(forger.keys["agus"], ec.EllipticCurvePrivateKey)
    assert hashes.SHA256().name == "sha256"
    assert "a key of another kind" in found(forger)
