"""Real ceremonies that sign for strangers and for each other: proved, openssl agrees, lies are found."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.canonical import sha256_hex
from ceremony.cli import main
from ceremony.pki.view import certificate_view
from ceremony.script.objects.given import read_existing
from ceremony.script.past import past_of_archive
from ceremony.verify.archive import verify_path
from ceremony.verify.ceremony import verify_ceremony
from tests.objects.strangers import openssl, request

ROOT = Path(__file__).parents[2]
STATUS = {"sub": "revoked", "tsu": "good", "b-by-a": "good", "peer-by-a": "good"}
"""What responses of root A say, by certificate."""


def broken(folder: Path) -> set[str]:
    return {check.id for check in verify_ceremony(folder).failed}


def certificate(folder: Path, name: str) -> Path:
    return folder / "certificates" / f"{name}.pem"


@pytest.mark.parametrize("name", ["archive", "practice"])
def test_every_ceremony_is_proved(name: str, held: Path) -> None:
    verdicts = verify_path(held / name)
    assert [str(check) for verdict in verdicts for check in verdict.failed] == []
    assert all(verdict.proved for verdict in verdicts)


def plan_of(folder: Path, alone: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What `ceremony plan --of` says of a copy of the folder, where nothing else is."""
    main(["plan", "--of", str(shutil.copytree(folder, alone / folder.name))])
    told = capsys.readouterr()
    return told.out + told.err


def test_requests_and_certificates_that_the_script_names_are_planned_from_the_folder(
    held: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = held / "archive" / "0002-work"
    assert {"issue-sub.request", "cross-peer.existing"} <= {item.name for item in (folder / "inputs").iterdir()}
    assert "This is the plan that the record of 0002-work names" in plan_of(folder, tmp_path, capsys)
    (tmp_path / "0002-work/inputs/cross-peer.existing").unlink()
    main(["plan", "--of", str(tmp_path / "0002-work")])
    assert "inputs/cross-peer.existing is missing, or is not a plain file." in capsys.readouterr().err


def test_a_rehearsal_goes_on_from_a_stand_in_for_production(
    held: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, stick = Path(shutil.copytree(held / "archive", tmp_path / "archive")), tmp_path / "stick"
    stick.mkdir()
    script = held / "ca" / "ceremonies" / "renewal.yaml"
    options = ("--unattended", held / "ca" / "answers.yaml", "--archive", archive, "--export", stick)
    command = [sys.executable, "-m", "ceremony", "rehearse", str(script), *map(str, options)]
    played = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert played.returncode == 0, played.stdout + played.stderr
    assert all(verdict.proved for verdict in verify_path(archive))
    folder = archive / "0003-renewal"
    assert "This is the plan that the record of 0003-renewal names" in plan_of(folder, stick / "home", capsys)
    said = {path.stem: path.read_text() for path in (folder / "ocsp").glob("*.txt")}
    statuses = {name: re.findall(r"Status: (\w+)", text) for name, text in said.items()}
    assert statuses["tsu-ocsp.ors"] == statuses["sub-ocsp.ors"] == ["revoked"]
    assert statuses["tsu-2-ocsp.ors"] == statuses["peer-2-ocsp.ors"] == statuses["a-by-b-2-ocsp.ors"] == ["good"]


def test_a_stranger_s_key_is_certified_as_the_policy_says_and_not_as_the_request_asks(held: Path) -> None:
    folder = held / "archive" / "0002-work"
    made = certificate_view((folder / "certificates" / "sub.der").read_bytes())
    key = openssl("req", "-in", held / "ca" / "requests" / "sub.csr", "-noout", "-pubkey")
    assert openssl("x509", "-in", certificate(folder, "sub"), "-noout", "-pubkey") == key
    assert made.path_length == 0, "the request asked for 3"
    root = certificate(held / "archive" / "0001-generation", "root-a")
    openssl("verify", "-x509_strict", "-CAfile", root, certificate(folder, "sub"))
    openssl("verify", "-x509_strict", "-purpose", "timestampsign", "-CAfile", root, certificate(folder, "tsu"))


def test_our_request_is_a_request_that_openssl_verifies(held: Path) -> None:
    folder = held / "archive" / "0002-work"
    for name, form in (("root-a-onward.csr", "DER"), ("root-a-onward.csr.pem", "PEM")):
        said = openssl("req", "-in", folder / "requests" / name, "-inform", form, "-verify", "-noout", "-subject")
        assert "verify OK" in said
        assert "CN = Twin Root A" in said
    asked = openssl("req", "-in", folder / "requests" / "root-a-onward.csr.pem", "-noout", "-pubkey", "-text")
    root = certificate(held / "archive" / "0001-generation", "root-a")
    assert openssl("x509", "-in", root, "-noout", "-pubkey").strip() in asked
    identifier = certificate_view(root.with_suffix(".der").read_bytes()).subject_key_identifier
    assert identifier is not None
    assert identifier.hex(":").upper() in asked


def test_cross_certificates_lead_from_either_root_to_what_the_other_one_issued(held: Path) -> None:
    roots, folder = held / "archive" / "0001-generation", held / "archive" / "0002-work"
    from_b = ("-CAfile", certificate(roots, "root-b"), "-untrusted", certificate(folder, "a-by-b"))
    openssl("verify", "-x509_strict", "-no-CApath", "-no-CAstore", *from_b, certificate(folder, "tsu"))
    peer = held / "ca" / "requests" / "peer.pem"
    leaf = held / "peer-leaf.pem"
    asked = request(held, "peer-leaf", "/C=ID/O=Peer CA/CN=Peer Leaf")
    key = held / "ca" / "requests" / "peer.key"
    openssl("x509", "-req", "-in", asked, "-CA", peer, "-CAkey", key, "-CAcreateserial", "-days", "9", "-out", leaf)
    from_a = ("-CAfile", certificate(roots, "root-a"), "-untrusted", certificate(folder, "peer-by-a"))
    openssl("verify", "-no-CApath", "-no-CAstore", *from_a, leaf)


@pytest.mark.parametrize(("cross", "original"), [("a-by-b", "root-a"), ("b-by-a", "root-b"), ("peer-by-a", "")])
def test_a_cross_certificate_has_name_key_and_identifier_of_what_exists(cross: str, original: str, held: Path) -> None:
    made = certificate_view((held / "archive" / "0002-work" / "certificates" / f"{cross}.der").read_bytes())
    if original:
        octets = (held / "archive" / "0001-generation" / "certificates" / f"{original}.der").read_bytes()
    else:
        kept = (held / "archive" / "0002-work" / "inputs" / "cross-peer.existing").read_bytes()
        octets = read_existing(kept, "peer.pem")
    there = certificate_view(octets)
    assert made.subject.der == there.subject.der
    assert made.key.spki == there.key.spki
    assert made.subject_key_identifier == there.subject_key_identifier is not None


@pytest.mark.parametrize("name", [*STATUS, "unknown"])
def test_openssl_reads_the_status_of_the_record_in_each_response(name: str, held: Path) -> None:
    folder = held / "archive" / "0002-work"
    root = certificate(held / "archive" / "0001-generation", "root-a")
    about = ("-serial", "0x0badc0de") if name == "unknown" else ("-cert", certificate(folder, name))
    response = folder / "ocsp" / ("unknown-badc0de-ocsp.ors" if name == "unknown" else f"{name}-ocsp.ors")
    said = openssl("ocsp", "-respin", response, "-issuer", root, *about, "-CAfile", root, "-no_nonce")
    assert "Response verify OK" in said
    assert f": {STATUS.get(name, 'unknown')}\n" in said
    assert ("Reason: keyCompromise" in said) == (name == "sub")


def test_the_ca_itself_answers_where_no_delegate_does(held: Path) -> None:
    folder = held / "archive" / "0002-work"
    root = certificate(held / "archive" / "0001-generation", "root-b")
    about = ("-sha256", "-cert", certificate(folder, "a-by-b"))  # the profile's hash goes before what it is of
    answer = folder / "ocsp" / "a-by-b-ocsp.ors"
    said = openssl("ocsp", "-respin", answer, "-issuer", root, *about, "-CAfile", root, "-verify_other", root)
    assert "Response verify OK" in said
    assert ": good\n" in said


def test_nobody_is_answered_about_a_root_or_a_responder(held: Path) -> None:
    found = {path.name for path in (held / "archive" / "0002-work" / "ocsp").glob("*.ors")}
    assert found == {*(f"{name}-ocsp.ors" for name in STATUS), "unknown-badc0de-ocsp.ors", "a-by-b-ocsp.ors"}


def test_the_register_holds_what_was_signed_for_others(held: Path) -> None:
    register = past_of_archive(held / "archive", "production").register
    assert [item.name for item in register.requests] == ["root-a-onward"]
    assert {item.certificate: item.status for item in register.responses} == {**STATUS, "a-by-b": "good", "": "unknown"}
    assert {item.name: item.key for item in register.certificates if item.ceremony == "0002-work"} == {
        "sub": "",
        "tsu": "",
        "a-by-b": "root-a",
        "b-by-a": "root-b",
        "peer-by-a": "",
        "answers-a": "answers-a",
    }


def test_in_practice_the_name_of_a_stranger_s_root_is_marked_and_its_key_is_not(held: Path) -> None:
    folder = held / "practice" / "0001-whole"
    made = certificate_view((folder / "certificates" / "peer-by-a.der").read_bytes())
    assert made.subject.values("2.5.4.3") == ("Peer Root (PRACTICE)",)
    key = openssl("x509", "-in", held / "ca" / "requests" / "peer.pem", "-noout", "-pubkey")
    assert openssl("x509", "-in", certificate(folder, "peer-by-a"), "-noout", "-pubkey") == key


def test_what_a_request_asks_for_is_on_record_beside_what_is_given(
    work: Path, forger_of: Callable[[Path], Any]
) -> None:
    read = forger_of(work).data("request-read", "issue-sub")
    kept = (work / "inputs" / "issue-sub.request").read_bytes()
    assert (read["path"], read["sha256"]) == ("inputs/issue-sub.request", sha256_hex(kept))
    asked = {item["name"]: item["value"] for item in read["asked"]}
    assert asked["Subject CN"] == "Customer CA (utf8)"
    assert asked["Basic constraints"] == "critical; CA; path length 3; changed: critical; CA; path length 0"


@pytest.mark.parametrize(
    ("field", "lie"),
    [
        ("path", "inputs/issue-tsu.request"),
        ("sha256", "0" * 64),
        ("subject", "CN=Somebody Else"),
        ("spki_sha256", "0" * 64),
        ("asked", []),
    ],
)
def test_a_lie_about_a_request_is_found(field: str, lie: object, work: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = forger_of(work)
    forger.data("request-read", "issue-sub")[field] = lie
    forger.seal()
    assert "REQUEST-READ" in broken(work)


def test_a_request_that_was_never_shown_is_found(work: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = forger_of(work)
    forger.remove_all("request-read", "issue-sub")
    forger.seal()
    assert "REQUEST-READ" in broken(work)


def test_a_request_shown_only_after_the_review_is_found(work: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = forger_of(work)
    line = forger.one("request-read", "issue-sub")
    forger.remove_all("request-read", "issue-sub")
    forger.insert_after(forger.one("approved", "issue-sub"), "request-read", line["data"])
    forger.seal()
    assert "REQUEST-READ" in broken(work)


def test_a_request_where_the_plan_has_none_is_found(work: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = forger_of(work)
    data = {**forger.data("request-read", "issue-sub"), "name": "a-by-b"}
    forger.insert_after(forger.one("step-begun", "cross-a"), "request-read", data)
    forger.seal()
    assert "REQUEST-READ" in broken(work)


def test_a_swapped_request_is_found_behind_consistent_hashes(
    held: Path, work: Path, forger_of: Callable[[Path], Any], tmp_path: Path
) -> None:
    other = request(tmp_path, "other", "/C=ID/O=Customer/CN=Customer CA", "basicConstraints=critical,CA:true,pathlen:3")
    kept = work / "inputs" / "issue-sub.request"
    shutil.copyfile(other, kept)
    assert "HASH-INPUTS" in broken(work)
    forger = forger_of(work)
    digest = sha256_hex(kept.read_bytes())
    for file in forger.data("ceremony-opened")["inputs"]:
        if file["path"] == "inputs/issue-sub.request":
            file |= {"sha256": digest, "size": kept.stat().st_size}
    forger.data("request-read", "issue-sub")["sha256"] = digest
    forger.seal()
    assert {"HASH-PLAN", "REQUEST-READ", "TBS-PLAN", "TBS-BYTES"} <= broken(work)


@pytest.mark.parametrize(("field", "lie"), [("status", "good"), ("responder", "root-a"), ("certificate", "tsu")])
def test_a_lie_about_a_response_is_found(field: str, lie: str, work: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = forger_of(work)
    built = next(line for line in forger.of("ocsp-response-built") if line["data"]["name"] == "sub-ocsp")
    built["data"][field] = lie
    forger.seal()
    assert "TBS-PLAN" in broken(work)


def test_a_lie_about_our_own_request_is_found(work: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = forger_of(work)
    forger.data("request-built", "ask")["spki_sha256"] = "0" * 64
    forger.seal()
    assert "TBS-PLAN" in broken(work)


@pytest.mark.parametrize("path", ["requests/root-a-onward.csr", "ocsp/sub-ocsp.ors"])
def test_a_changed_octet_of_a_file_is_found(path: str, work: Path, forger_of: Callable[[Path], Any]) -> None:
    octets = bytearray((work / path).read_bytes())
    octets[-5] ^= 1
    forger = forger_of(work)
    forger.artefact(path, bytes(octets))
    forger.seal()
    assert "TBS-ARTEFACT" in broken(work)
