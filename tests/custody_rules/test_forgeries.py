"""Lies about approvals, read-back, attestations, receipts and dates of lists, by who owns every key: all are found."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ceremony.transcript.kinds import Approved
from tests.custody_rules.forging import Owner
from tests.house.credentials import certificate
from tests.house.forger import Line

Lie = Callable[[Owner], None]
TYPED = {"method": "typed", "credential_sha256": "", "algorithm": "", "signature": ""}


@pytest.fixture
def forger_at(held_rules: Path, tmp_path: Path) -> Callable[[str], Owner]:
    """A forger at work on a copy of one ceremony: `generation` or `end`."""

    def forger(name: str) -> Owner:
        folder = next((held_rules / "archive").glob(f"*-{name}"))
        return Owner(Path(shutil.copytree(folder, tmp_path / folder.name)))

    return forger


def typed_after_all(forger: Owner) -> None:
    forger.of("approved")[0]["data"] |= TYPED


def typed_with_a_signature(forger: Owner) -> None:
    forger.of("approved")[0]["data"]["method"] = "typed"


def signed_by_another(forger: Owner) -> None:
    """Agus signs for Dewi; everything else is in order."""
    line = forger.of("approved", "sign-root")[1]
    original = forger.sign

    def by_agus(target: dict, holder: str = "") -> None:
        original(target, "agus" if target is line else holder)

    forger.sign = by_agus  # type: ignore[method-assign]


def resigned(forger: Owner, line: Line, sign: Callable[[Line], None]) -> None:
    """One line is said and signed in its own way; everything else as ever."""
    original = forger.sign
    forger.sign = lambda target, holder="": sign(target) if target is line else original(target, holder)  # type: ignore[method-assign]


def under_the_certificate_of_another(forger: Owner, line: Line) -> None:
    """Dewi's own signature, over a statement that names the certificate of Agus."""
    original = forger.sign
    resigned(forger, line, lambda target: original(target, named="agus"))


def approved_under_another_certificate(forger: Owner) -> None:
    under_the_certificate_of_another(forger, forger.of("approved", "sign-root")[1])


def attested_under_another_certificate(forger: Owner) -> None:
    under_the_certificate_of_another(forger, forger.of("attested")[-1])


def certificate_named_afterwards(forger: Owner) -> None:
    """What was signed names no certificate; the line does, as if it had been signed so."""
    original = forger.sign

    def bare(line: Line) -> None:
        original(line)
        said = Approved.model_validate_json(json.dumps({**line["data"], "credential_sha256": ""})).said
        line["data"]["signature"] = forger.keys["dewi"].sign(said, ec.ECDSA(hashes.SHA256())).hex()

    resigned(forger, forger.of("approved", "sign-root")[1], bare)


def in_words(forger: Owner, words: Callable[[str], str]) -> None:
    """Dewi signs with her own key, and says something else."""
    original = forger.sign

    def sign(line: Line) -> None:
        line["data"]["statement"] = words(line["data"]["statement"])
        original(line)

    resigned(forger, forger.of("approved", "sign-root")[1], sign)


def approved_in_other_words(forger: Owner) -> None:
    in_words(forger, lambda said: "I saw nothing to object to.")


def approved_without_consent(forger: Owner) -> None:
    in_words(forger, lambda said: said.partition(" I say so of my own will")[0])


def approved_something_else_in_words(forger: Owner) -> None:
    in_words(forger, lambda said: said.replace("certificate root is signed", "certificate leaf is signed"))


def approved_other_bytes_in_words(forger: Owner) -> None:
    digest = forger.of("approved", "sign-root")[1]["data"]["to_be_signed_sha256"]
    in_words(forger, lambda said: said.replace(digest, "ab" * 32))


def approved_under_another_name(forger: Owner) -> None:
    in_words(forger, lambda said: said.replace("Dewi Lestari", "Agus Santoso"))


def approved_with_a_blank_more(forger: Owner) -> None:
    in_words(forger, lambda said: said + " ")


def signature_of_another_line(forger: Owner) -> None:
    first, second = forger.of("approved", "sign-root")
    original = forger.sign

    def copied(target: dict, holder: str = "") -> None:
        original(target, holder)
        if target is second:
            target["data"]["signature"] = first["data"]["signature"]

    forger.sign = copied  # type: ignore[method-assign]


def signed_with_a_weaker_hash(forger: Owner) -> None:
    for line in forger.of("approved"):
        line["data"]["algorithm"] = "sha1-ecdsa"


def one_key_for_two(forger: Owner) -> None:
    forger.keys["dewi"] = forger.keys["agus"]
    forger.certificates["dewi"] = certificate(forger.keys["dewi"], name="dewi")


def expired(forger: Owner) -> None:
    forger.certificates["dewi"] = certificate(forger.keys["dewi"], name="dewi", starts=-40, days=30)


def for_encryption(forger: Owner) -> None:
    forger.certificates["dewi"] = certificate(forger.keys["dewi"], name="dewi", usages=("key_encipherment",))


def of_a_ca(forger: Owner) -> None:
    forger.certificates["dewi"] = certificate(forger.keys["dewi"], name="dewi", ca=True)


def not_the_one_of_the_people_file(forger: Owner) -> None:
    forger.people = {digest: person for digest, person in forger.people.items() if person != "dewi"}


def own_token_never_opened(forger: Owner) -> None:
    forger.remove(*(line for line in forger.of("token-opened", "sign-root") if line["data"]["label"] == "DEWI"))


def own_token_closed_before(forger: Owner) -> None:
    opened = next(line for line in forger.of("token-opened", "sign-root") if line["data"]["label"] == "DEWI")
    forger.insert_after(opened, "token-closed", {"label": "DEWI"}, actor="engine")


def never_read_back(forger: Owner) -> None:
    forger.remove(*forger.of("digest-read-back", "sign-root"))


def read_back_by_one(forger: Owner) -> None:
    forger.remove(forger.of("digest-read-back", "sign-root")[1])


def backup_never_read_back(forger: Owner) -> None:
    forger.remove(*forger.of("digest-read-back", "backup"))


def other_words(forger: Owner) -> None:
    line = forger.of("digest-read-back", "sign-root")[0]
    original = forger._mend

    def mend(target: dict, *rest: object) -> None:
        original(target, *rest)  # type: ignore[arg-type]
        if target is line:
            target["data"]["positions"] = [1, 2, 3, 4, 5, 6, 7, 8]

    forger._mend = mend  # type: ignore[method-assign]


def words_of_another_digest(forger: Owner) -> None:
    for line in forger.of("digest-read-back", "sign-root"):
        line["data"]["digest"] = "ab" * 32


def head_that_suited(forger: Owner) -> None:
    """The head of a line long before the bytes were reviewed."""
    early = forger.head(forger.of("step-begun", "clock")[0])
    for line in forger.of("digest-read-back", "sign-root"):
        line["data"]["chain_head"] = early


def read_back_afterwards(forger: Owner) -> None:
    line = forger.of("digest-read-back", "sign-root")[1]
    approval = forger.of("approved", "sign-root")[1]
    forger.remove(line)
    line |= {"at": approval["at"], "mono": approval["mono"]}
    forger.lines.insert(next(at for at, item in enumerate(forger.lines) if item is approval) + 1, line)


def read_back_by_somebody_else(forger: Owner) -> None:
    forger.of("digest-read-back", "sign-root")[0]["actor"] = "dewi"


def read_back_by_the_witness_too(forger: Owner) -> None:
    line = forger.of("digest-read-back", "sign-root")[0]
    forger.insert_after(line, line["kind"], {**line["data"], "person": "siti"}, actor="siti")


def silent(forger: Owner) -> None:
    forger.remove(forger.of("attested")[-1])


def twice(forger: Owner) -> None:
    line = forger.of("attested")[-1]
    forger.insert_after(line, "attested", copy.deepcopy(line["data"]))


def other_statement(forger: Owner) -> None:
    forger.of("attested")[0]["data"]["statement"] = "I was here."


def dissent_turned_round(forger: Owner) -> None:
    forger.of("attested")[0]["data"]["words"] = "The camera was off."


def attested_for_another(forger: Owner) -> None:
    forger.of("attested")[-1]["actor"] = "rini"


def attested_elsewhere(forger: Owner) -> None:
    forger.of("attested")[0]["data"]["ceremony_id"] = "0009-another"


def attested_earlier(forger: Owner) -> None:
    line = forger.of("attested")[-1]
    forger.change(line, chain_head="ab" * 32)
    forger.sign(line)


def attestation_typed(forger: Owner) -> None:
    forger.of("attested")[-1]["data"] |= TYPED


def agreement_signed_as_dissent(forger: Owner) -> None:
    """Who agreed with signature is made to dissent, and the signature stays."""
    line = forger.of("attested")[-1]
    original = forger.sign

    def sign(target: dict, holder: str = "") -> None:
        original(target, holder)
        if target is line:
            target["data"] |= {"agrees": False, "words": "No."}

    forger.sign = sign  # type: ignore[method-assign]


def receipt_rewritten(forger: Owner) -> None:
    original = forger._receipts

    def receipts(paths: list[str], head: str) -> None:
        original(paths, head)
        path = "receipts/receipt-siti.txt"
        forger.artefact(path, (forger.folder / path).read_bytes().replace(b"Exceptions  0", b"Exceptions  3"))

    forger._receipts = receipts  # type: ignore[method-assign]


def receipts_of_another_head(forger: Owner) -> None:
    original = forger._receipts
    forger._receipts = lambda paths, head: original(paths, "ab" * 32)  # type: ignore[method-assign]


def nobody_got_one(forger: Owner) -> None:
    lines = [line for line in forger.of("artefacts-intended") if "receipts/" in str(line["data"])]
    lines += [line for line in forger.of("artefacts-written") if "receipts/" in str(line["data"])]
    forger.remove(*lines)
    shutil.rmtree(forger.folder / "receipts")


def receipt_of_nobody(forger: Owner) -> None:
    line = next(line for line in forger.of("artefacts-intended") if "receipts/" in str(line["data"]))
    line["data"]["paths"] = [*line["data"]["paths"], "receipts/receipt-mallory.txt"]


def list_dated_back(forger: Owner) -> None:
    built = forger.of("crl-built")[0]["data"]
    built["this_update"] = f"{int(built['this_update'][:4]) - 1}{built['this_update'][4:]}"


def list_of_tomorrow(forger: Owner) -> None:
    built = forger.of("crl-built")[0]["data"]
    built["this_update"] = f"{int(built['this_update'][:4]) + 1}{built['this_update'][4:]}"


LIES: list[tuple[str, Lie]] = [
    ("APPROVAL-SIGNATURE", typed_after_all),
    ("APPROVAL-SIGNATURE", typed_with_a_signature),
    ("APPROVAL-SIGNATURE", signed_by_another),
    ("APPROVAL-SIGNATURE", signature_of_another_line),
    ("APPROVAL-SIGNATURE", approved_under_another_certificate),
    ("APPROVAL-SIGNATURE", certificate_named_afterwards),
    ("APPROVAL-STATEMENT", approved_in_other_words),
    ("APPROVAL-STATEMENT", approved_without_consent),
    ("APPROVAL-STATEMENT", approved_something_else_in_words),
    ("APPROVAL-STATEMENT", approved_other_bytes_in_words),
    ("APPROVAL-STATEMENT", approved_under_another_name),
    ("APPROVAL-STATEMENT", approved_with_a_blank_more),
    ("APPROVAL-SIGNATURE", signed_with_a_weaker_hash),
    ("APPROVAL-SIGNATURE", one_key_for_two),
    ("APPROVAL-SIGNATURE", expired),
    ("APPROVAL-SIGNATURE", for_encryption),
    ("APPROVAL-SIGNATURE", of_a_ca),
    ("APPROVAL-SIGNATURE", not_the_one_of_the_people_file),
    ("APPROVAL-SIGNATURE", own_token_never_opened),
    ("APPROVAL-SIGNATURE", own_token_closed_before),
    ("APPROVAL-READ-BACK", never_read_back),
    ("APPROVAL-READ-BACK", read_back_by_one),
    ("APPROVAL-READ-BACK", backup_never_read_back),
    ("APPROVAL-READ-BACK", other_words),
    ("APPROVAL-READ-BACK", words_of_another_digest),
    ("APPROVAL-READ-BACK", head_that_suited),
    ("APPROVAL-READ-BACK", read_back_afterwards),
    ("APPROVAL-READ-BACK", read_back_by_somebody_else),
    ("APPROVAL-READ-BACK", read_back_by_the_witness_too),
    ("ATTESTATION", silent),
    ("ATTESTATION", twice),
    ("ATTESTATION", other_statement),
    ("ATTESTATION", attested_under_another_certificate),
    ("ATTESTATION", dissent_turned_round),
    ("ATTESTATION", attested_for_another),
    ("ATTESTATION", attested_elsewhere),
    ("ATTESTATION", attested_earlier),
    ("ATTESTATION", attestation_typed),
    ("ATTESTATION", agreement_signed_as_dissent),
    ("ATTESTATION", one_key_for_two),
    ("RECEIPT", receipt_rewritten),
    ("RECEIPT", receipts_of_another_head),
    ("RECEIPT", nobody_got_one),
    ("RECEIPT", receipt_of_nobody),
    ("CRL-TIME", list_dated_back),
    ("CRL-TIME", list_of_tomorrow),
]

ALSO = {
    "CRL-TIME": {
        f"TBS-{what}" for what in ("BYTES", "CHECKS", "DATES", "PLAN", "SIGNATURE", "ARTEFACT", "TEXT", "LINTED")
    },
    "APPROVAL-SIGNATURE": {"ATTESTATION"},  # the same certificate, the same token
    "ATTESTATION": {"APPROVAL-SIGNATURE", "STEPS-PEOPLE"},
    "APPROVAL-READ-BACK": {"STEPS-PEOPLE", "APPROVAL-SAME"},
}
"""What finds some of these lies beside the rule that is there for them."""

ASTRAY: set[Lie] = {
    typed_after_all,
    typed_with_a_signature,
    own_token_never_opened,
    own_token_closed_before,
    never_read_back,
    read_back_by_one,
    backup_never_read_back,
    read_back_afterwards,
    read_back_by_somebody_else,
    read_back_by_the_witness_too,
    silent,
    twice,
    attested_for_another,
    attestation_typed,
    nobody_got_one,
    receipt_of_nobody,
}
"""Those that leave a line where the traces let none stand, or none where one must: so found by STEPS-TRACE, too."""


@pytest.mark.parametrize(("rule", "lie"), LIES, ids=[f"{rule}-{lie.__name__}" for rule, lie in LIES])
def test_a_lie_of_who_owns_every_key_is_found_by_its_rule(
    forger_at: Callable[[str], Owner], rule: str, lie: Lie
) -> None:
    forger = forger_at("generation")
    lie(forger)
    failed = forger.failed()
    assert rule in failed
    assert ("STEPS-TRACE" in failed) == (lie in ASTRAY)
    assert failed - {rule, "STEPS-TRACE"} <= ALSO.get(rule, set())


@pytest.mark.parametrize("name", ["generation", "end"])
def test_what_the_forger_only_does_again_is_proved(forger_at: Callable[[str], Owner], name: str) -> None:
    """So what each lie above is caught for is the lie: against a whole folder made anew only an anchor helps."""
    assert forger_at(name).failed() == set()


def test_a_destruction_that_nobody_read_back_is_found(forger_at: Callable[[str], Owner]) -> None:
    forger = forger_at("end")
    forger.remove(*forger.of("digest-read-back", "destroy"))
    assert forger.failed() == {"APPROVAL-READ-BACK", "STEPS-TRACE"}


def test_a_note_between_two_who_read_back_takes_nothing_from_the_proof(forger_at: Callable[[str], Owner]) -> None:
    forger = forger_at("generation")
    line = forger.of("digest-read-back", "sign-root")[0]
    forger.insert_after(line, "note", {"text": "somebody coughed"}, actor="agus")  # who acts, for all
    forger.of("ceremony-closed")[0]["data"]["notes"] = 1
    forger.counted(notes=1)
    assert forger.failed() == set()


def test_a_true_dissent_is_proved_as_one(forger_at: Callable[[str], Owner]) -> None:
    forger = forger_at("generation")
    forger.of("attested")[-1]["data"] |= {"agrees": False, "words": "The camera was off."}
    assert forger.failed() == set()


def test_read_back_that_the_policy_does_not_ask_for_is_found(forger_at: Callable[[str], Owner]) -> None:
    forger = forger_at("generation")
    policy = forger.folder / "policy.yaml"
    policy.write_text(policy.read_text().replace("read_back: true, attestation: true, receipts: true", "quorum: 2"))
    policy.write_text(policy.read_text().replace("quorum: 2, quorum: 2", "quorum: 2"))
    assert {"APPROVAL-READ-BACK", "ATTESTATION", "RECEIPT"} <= forger.failed()
