"""scripts/verify-archive: the stranger with Python and openssl comes to the same result."""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import ocsp

from ceremony.canonical import canonical_json
from tests.custody_rules.house import certificate
from tests.house.second_opinion import PROGRAM, look, program


def test_it_is_one_file_without_a_library() -> None:
    text = PROGRAM.read_text()
    assert len(text.splitlines()) <= 1500, "an auditor reads it"
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    imported = {getattr(node, "module", None) or name.name for node in found for name in node.names}
    assert imported <= sys.stdlib_module_names
    assert PROGRAM.stat().st_mode & 0o111


def test_it_proves_an_archive_and_says_what_it_does_not_prove(practice: Path, production: Path) -> None:
    code, said = look(practice)
    assert code == 0, said
    assert said.count("PROVED: PRACTICE") == 2
    assert "does not prove" in said
    code, said = look(production, "--production")
    assert code == 0, said


def test_it_proves_a_ceremony_that_goes_on_from_another(later: Path) -> None:
    code, said = look(later, "--production")
    assert code == 0, said
    assert said.count("PROVED: PRODUCTION") == 2
    assert look(later / "0002-later")[0] == 0


def test_it_refuses_practice_where_production_is_wanted(folder: Path) -> None:
    code, said = look(folder, "--production")
    assert code == 1
    assert "rehearsal" in said


@pytest.mark.parametrize("name", ["missing", "a-file", "an-empty-folder"])
def test_it_cannot_check_what_is_not_there(name: str, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("x")
    (tmp_path / "an-empty-folder").mkdir()
    assert look(tmp_path / name)[0] == 2


def test_it_finds_a_flipped_byte_in_every_file(folder: Path) -> None:
    for file in sorted(item for item in folder.rglob("*") if item.is_file()):
        octets = file.read_bytes()
        place = len(octets) // 2
        file.write_bytes(octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :])
        code, said = look(folder)
        assert code == 1, f"{file.name}: {said}"
        file.write_bytes(octets)
    assert look(folder)[0] == 0


def test_it_names_the_line_that_was_changed(folder: Path) -> None:
    record = folder / "transcript.jsonl"
    record.write_bytes(record.read_bytes().replace(b"BAG-1", b"BAG-2"))
    code, said = look(folder)
    assert code == 1
    line = record.read_bytes().partition(b"BAG-2")[0].count(b"\n") + 1
    assert f"transcript.jsonl:{line}:" in said


def test_it_finds_a_record_chained_anew(forger: Any) -> None:
    forger.data("evidence-recorded")["fields"][0]["value"] = "BAG-2"
    forger.chain()
    forger.sums()
    code, said = look(forger.folder)
    assert code == 1
    assert "openssl cms refuses" in said


def test_it_finds_a_swapped_certificate_behind_consistent_hashes(forger: Any) -> None:
    root = (forger.folder / "certificates/root.der").read_bytes()
    forger.artefact("certificates/issuing.der", root)
    forger.seal()
    code, said = look(forger.folder)
    assert code == 1
    assert "certificates/issuing.der" in said


def test_it_finds_a_signature_without_an_approval(forger: Any) -> None:
    forger.remove_all("approved", "sign-issuing")
    forger.seal()
    code, said = look(forger.folder)
    assert code == 1
    assert "approved" in said


def test_it_finds_a_certificate_over_another_key(forger: Any) -> None:
    spki = forger.data("key-made", "make-issuing")["spki"]
    forger.data("key-made", "make-root")["spki"] = spki
    forger.seal()
    assert look(forger.folder)[0] == 1


def test_it_finds_another_credential_in_production(production: Path, forger_of: Callable[[Path], Any]) -> None:
    forger_of(production).seal()
    code, said = look(production)
    assert code == 1
    assert "people.yaml" in said


def test_it_finds_a_missing_ceremony_and_another_order(practice: Path) -> None:
    (practice / "0001-small").rename(practice / "0003-small")
    assert look(practice)[0] == 1
    shutil.rmtree(practice / "0003-small")
    assert look(practice)[0] == 1


def test_it_writes_nowhere_else_whatever_a_record_says(forger: Any, tmp_path: Path) -> None:
    """A doctored record names a certificate by a path that leads out."""
    for kind, field in (("signed", "name"), ("certificate-built", "name")):
        forger.data(kind, "sign-issuing")[field] = str(tmp_path / "escape")
    forger.seal()
    code, said = look(forger.folder)
    assert code == 1, said
    assert not list(tmp_path.glob("escape*"))


def test_an_extra_file_and_a_link_are_found(folder: Path) -> None:
    (folder / "more.txt").write_text("x")
    assert look(folder)[0] == 1
    (folder / "more.txt").unlink()
    (folder / "more").symlink_to("/")
    assert look(folder)[0] == 1


def register_of(forger: Any) -> Any:
    return json.loads((forger.folder / "inputs/register.json").read_bytes())


def put_register(forger: Any, told: Any) -> None:
    """Everything but the seal's person is made to fit it."""
    (forger.folder / "inputs/register.json").write_bytes(canonical_json(told))
    forger.inputs()
    people = forger.folder / "people.yaml"
    sealer = sha256((forger.folder / "inputs/seal-certificate.der").read_bytes())
    der = certificate(forger.key, name="Rini Wulandari")
    forger.certificate = x509.load_der_x509_certificate(der)
    people.write_text(people.read_text().replace(sealer, sha256(der)))
    forger.inputs()
    forger.seal()


def sha256(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


@pytest.mark.parametrize("what", ["changed", "gone", "never named"])
def test_it_finds_a_register_that_is_not_the_recorded_one(what: str, forger: Any) -> None:
    register = forger.folder / "inputs/register.json"
    if what == "changed":
        register.write_bytes(register.read_bytes() + b" ")
    else:
        register.unlink()
    if what == "never named":
        forger.lines[0]["data"]["inputs"] = []
    forger.seal()
    code, said = look(forger.folder)
    assert code == 1
    assert "inputs/register.json" in said


def test_it_finds_an_input_that_the_first_line_does_not_name(forger: Any) -> None:
    (forger.folder / "inputs/sign-root.request").write_bytes(b"x")
    forger.seal()
    code, said = look(forger.folder)
    assert code == 1
    assert "inputs/sign-root.request" in said


def test_it_finds_another_key_in_the_register(later: Path, forger_of: Callable[[Path], Any]) -> None:
    """In one folder alone: the root's key did not sign."""
    forger = forger_of(later / "0002-later")
    told = register_of(forger)
    told["keys"][0]["spki"] = told["keys"][1]["spki"]
    put_register(forger, told)
    code, said = look(forger.folder)
    assert code == 1
    assert "certificates/second.der" in said or "refuses" in said


def test_it_finds_a_key_in_the_register_that_no_ceremony_made(later: Path, forger_of: Callable[[Path], Any]) -> None:
    """The folder fits in itself; the archive tells."""
    forger = forger_of(later / "0002-later")
    told = register_of(forger)
    told["keys"].append({**told["keys"][0], "name": "spare"})
    put_register(forger, told)
    code, said = look(forger.folder)
    assert code == 0, said
    code, said = look(later)
    assert code == 1
    assert "spare of 0001-small is not what that ceremony made" in said


RSA_KEY = rsa.generate_private_key(65537, 2048)
PSS = padding.PSS(padding.MGF1(hashes.SHA384()), hashes.SHA384().digest_size)
SIGNERS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "ecdsa-sha384": (ec.generate_private_key(ec.SECP384R1()), hashes.SHA384(), {}),
    "sha256-rsa": (RSA_KEY, hashes.SHA256(), {}),
    "sha384-rsa-pss": (RSA_KEY, hashes.SHA384(), {"rsa_padding": PSS}),
    "ed25519": (ed25519.Ed25519PrivateKey.generate(), None, {}),
}


def objects(key: Any, digest: Any, options: dict[str, Any]) -> dict[str, tuple[bytes, bytes]]:
    """Each kind that a ceremony signs, whole and to be signed, as another program makes it."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Uji")])
    now = datetime(2026, 11, 22, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(5)
    made = made.public_key(key.public_key()).not_valid_before(now).not_valid_after(now + timedelta(9))
    certificate = made.sign(key, digest, **options)
    crl = x509.CertificateRevocationListBuilder().issuer_name(name).last_update(now).next_update(now + timedelta(1))
    signed_crl = crl.sign(key, digest, **options)
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, digest, **options)
    der = serialization.Encoding.DER
    found = {
        "certificate": (certificate.public_bytes(der), certificate.tbs_certificate_bytes),
        "crl": (signed_crl.public_bytes(der), signed_crl.tbs_certlist_bytes),
        "request": (request.public_bytes(der), request.tbs_certrequest_bytes),
    }
    if not options:
        status = ocsp.OCSPCertStatus.GOOD
        response = (
            ocsp.OCSPResponseBuilder()
            .add_response(certificate, certificate, hashes.SHA256(), status, now, now + timedelta(1), None, None)
            .responder_id(ocsp.OCSPResponderEncoding.HASH, certificate)
            .certificates([certificate])
            .sign(key, digest)
        )
        found["ocsp-response"] = (response.public_bytes(der), response.tbs_response_bytes)
    return found


@pytest.mark.parametrize("algorithm", SIGNERS)
def test_it_checks_signatures_over_each_kind_of_object(algorithm: str, tmp_path: Path) -> None:
    key, digest, options = SIGNERS[algorithm]
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    spki = key.public_key().public_bytes(serialization.Encoding.DER, info)
    openssl = program().Openssl()
    openssl.work = tmp_path
    for what, (der, to_be_signed) in objects(key, digest, options).items():
        signed, signature = program().parts(what, der)
        assert signed == to_be_signed
        openssl.verify(algorithm, signed, signature, spki)
        other = to_be_signed[:-1] + bytes([to_be_signed[-1] ^ 1])
        with pytest.raises(program().Wrong):
            openssl.verify(algorithm, other, signature, spki)


@pytest.mark.parametrize("algorithm", SIGNERS)
def test_a_signature_is_by_the_kind_of_key_that_its_algorithm_names(algorithm: str, tmp_path: Path) -> None:
    openssl = program().Openssl()
    openssl.work = tmp_path
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    for other, (key, _, _) in SIGNERS.items():
        spki = key.public_key().public_bytes(serialization.Encoding.DER, info)
        fits = {algorithm, other} <= {"sha256-rsa", "sha384-rsa-pss"} or algorithm == other
        with pytest.raises(program().Wrong, match="refuses" if fits else "another kind"):
            openssl.verify(algorithm, b"x", b"x", spki)


@pytest.mark.parametrize("algorithm", ["sha1-rsa", "ecdsa-sha1", "none", ""])
def test_another_algorithm_is_refused(algorithm: str, tmp_path: Path) -> None:
    openssl = program().Openssl()
    openssl.work = tmp_path
    with pytest.raises(program().Wrong, match="no signature algorithm"):
        openssl.verify(algorithm, b"x", b"x", b"x")
