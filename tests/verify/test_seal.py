"""The seal is read in one form only; openssl agrees with what is accepted."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from ceremony.pki.der import DerError
from ceremony.verify.cms import read_seal, verify_seal

CONTENT = b"what was sealed\n"
DETACHED = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Hash = hashes.SHA256 | hashes.SHA384 | hashes.SHA512


def certificate_over(key: Key) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sealer")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256())


def sealed(key: Key, algorithm: Hash, options: list[pkcs7.PKCS7Options], signers: int = 1) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(CONTENT)
    for _ in range(signers):
        builder = builder.add_signer(certificate_over(key), key, algorithm)
    return builder.sign(Encoding.DER, options)


KEYS: dict[str, tuple[Key, Hash]] = {
    "p-256": (ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()),
    "p-384": (ec.generate_private_key(ec.SECP384R1()), hashes.SHA384()),
    "p-521": (ec.generate_private_key(ec.SECP521R1()), hashes.SHA512()),
    "rsa": (rsa.generate_private_key(65537, 2048), hashes.SHA256()),
}


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("capabilities", [True, False])
def test_a_seal_by_each_kind_of_key_is_accepted(name: str, capabilities: bool) -> None:
    key, algorithm = KEYS[name]
    options = DETACHED if capabilities else [*DETACHED, pkcs7.PKCS7Options.NoCapabilities]
    assert verify_seal(read_seal(sealed(key, algorithm, options)), (CONTENT,)) == ""


@pytest.mark.parametrize("name", KEYS)
def test_every_flipped_byte_of_a_seal_is_refused(name: str) -> None:
    """Of the seal with its certificate held against the known one, as the rules do."""
    key, algorithm = KEYS[name]
    octets = sealed(key, algorithm, [*DETACHED, pkcs7.PKCS7Options.NoCapabilities])
    certificate = read_seal(octets).certificate
    for place in range(len(octets)):
        doctored = octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :]
        try:
            seal = read_seal(doctored)
            accepted = seal.certificate == certificate and verify_seal(seal, (CONTENT,)) == ""
        except ValueError:
            accepted = False
        assert not accepted, f"octet {place}"


def test_another_content_is_refused() -> None:
    key, algorithm = KEYS["p-256"]
    assert "not the one" in verify_seal(read_seal(sealed(key, algorithm, DETACHED)), (CONTENT, b"x"))


@pytest.mark.parametrize(
    "options",
    [
        [pkcs7.PKCS7Options.Binary],
        [*DETACHED, pkcs7.PKCS7Options.NoCerts],
        [*DETACHED, pkcs7.PKCS7Options.NoAttributes],
    ],
    ids=["content inside", "no certificate", "no signed attributes"],
)
def test_another_form_of_signature_is_refused(options: list[pkcs7.PKCS7Options]) -> None:
    key, algorithm = KEYS["p-256"]
    with pytest.raises(DerError):
        read_seal(sealed(key, algorithm, options))


def test_two_signers_and_anything_added_are_refused() -> None:
    key, algorithm = KEYS["p-256"]
    good = sealed(key, algorithm, DETACHED)
    for octets in (
        sealed(key, algorithm, DETACHED, signers=2),
        good + b"\x00",
        good + good,
        good[:-1],
        b"",
        b"\x30\x80",
    ):
        with pytest.raises(DerError):
            read_seal(octets)


def test_openssl_accepts_the_seal_of_a_ceremony(folder: Path, tmp_path: Path) -> None:
    certificate = tmp_path / "seal.pem"
    subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-in", folder / "inputs/seal-certificate.der", "-out", certificate],
        check=True,
    )
    done = subprocess.run(
        ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", folder / "transcript.p7s", "-content",
         folder / "transcript.jsonl", "-CAfile", certificate, "-purpose", "any", "-out", tmp_path / "out"],
        capture_output=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == (folder / "transcript.jsonl").read_bytes()
