"""`ceremony policy derive`: files in, YAML out, verdicts and refusals beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ceremony.cli import main
from ceremony.pki import der
from ceremony.pki.pem import pem
from ceremony.policy.load import load_policy


@pytest.fixture
def certificate(maker: Any) -> bytes:
    octets: bytes = maker.certificate()
    return octets


def zero_serial(certificate: bytes) -> bytes:
    tbs, algorithm, signature = der.read_one(certificate).children()
    parts = [element.octets for element in tbs.children()]
    parts[1] = b"\x02\x01\x00"
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, *parts), algorithm.octets, signature.octets)


def test_a_pem_file_becomes_a_policy_on_standard_output(
    tmp_path: Path, certificate: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "Akar Uji_1.pem"
    path.write_bytes(pem(certificate, "CERTIFICATE"))
    assert main(["policy", "derive", str(path)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    loaded = load_policy(Path("x.yaml"), octets=out.encode("utf-8"))
    assert list(loaded.policy.certificates) == ["akar-uji-1"]
    assert str(tmp_path) not in out


def test_der_and_several_in_one_pem_file(
    tmp_path: Path, maker: Any, certificate: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    other = maker.certificate(maker.profile(subject=[{"type": "CN", "value": "Ünder"}]))
    (tmp_path / "a.der").write_bytes(certificate)
    (tmp_path / "b.pem").write_bytes(b"text\n" + pem(other, "CERTIFICATE") + pem(certificate, "CERTIFICATE"))
    assert main(["policy", "derive", "--check", str(tmp_path / "a.der"), str(tmp_path / "b.pem")]) == 0
    out, err = capsys.readouterr()
    assert set(load_policy(Path("x.yaml"), octets=out.encode("utf-8")).policy.certificates) == {"a", "under"}
    assert err == "a: equal\nunder: equal\nEqual: 2 of 2; different: 0; refused: 0.\n"


def test_a_refusal_is_named_and_the_rest_is_written(
    tmp_path: Path, certificate: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.der").write_bytes(certificate)
    (tmp_path / "zero.der").write_bytes(zero_serial(certificate))
    for check in ([], ["--check"]):
        assert main(["policy", "derive", *check, str(tmp_path / "good.der"), str(tmp_path / "zero.der")]) == 1
        out, err = capsys.readouterr()
        assert "zero: refused: Its serial number is zero. [BR-C1]" in err
        assert list(load_policy(Path("x.yaml"), octets=out.encode("utf-8")).policy.certificates) == ["good"]


def test_a_certificate_that_is_not_der_is_different_and_the_place_is_named(
    tmp_path: Path, certificate: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    tbs, algorithm, signature = der.read_one(certificate).children()
    parts = [element.octets for element in tbs.children()]
    row = [element.octets for element in der.read_one(der.read_one(parts[-1]).content).children()]
    oid, *_, value = der.read_one(row[0]).children()
    row[0] = der.encode(der.SEQUENCE, oid.octets, bytes.fromhex("010100"), value.octets)  # FALSE written out
    parts[-1] = der.encode(0xA3, der.encode(der.SEQUENCE, *row))
    unclean = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, *parts), algorithm.octets, signature.octets)
    (tmp_path / "x.der").write_bytes(unclean)
    assert main(["policy", "derive", "--check", str(tmp_path / "x.der")]) == 1
    out, err = capsys.readouterr()
    assert "# Note: the certificate is not clean DER: octet " in out
    assert "x: different: octet " in err
    assert (
        "extensions > 1. Key usage: something else stands here, or in another order; critical against extnValue" in err
    )


def test_a_file_of_its_own_is_not_overwritten(
    tmp_path: Path, certificate: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "a.der", tmp_path / "policy.yaml"
    source.write_bytes(certificate)
    assert main(["policy", "derive", "--output", str(target), str(source)]) == 0
    assert capsys.readouterr().out == ""
    before = target.read_bytes()
    assert load_policy(target).policy.certificates
    assert main(["policy", "derive", "--output", str(target), str(source)]) == 1
    assert "The policy cannot be written." in capsys.readouterr().err
    assert target.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no such file."),
        (b"", "neither a DER certificate nor a PEM block"),
        (b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "not base64"),
        (b"-----BEGIN CERTIFICATE-----\nMAA=\n", "no end"),
        (b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n", "neither a DER certificate nor a PEM block"),
        (b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n", "no end"),
        (
            b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
            "Each certificate that was given is refused",
        ),
        (b"\x30\x03\x02\x01\x01", "Each certificate that was given is refused"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(
    tmp_path: Path, content: bytes | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x"
    if content is not None:
        path.write_bytes(content)
    assert main(["policy", "derive", str(path)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_from_the_shell(tmp_path: Path, certificate: bytes) -> None:
    (tmp_path / "a.der").write_bytes(certificate)
    command = [sys.executable, "-m", "ceremony", "policy", "derive", "--check", "--lifetime", str(tmp_path / "a.der")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "a: equal\nEqual: 1 of 1; different: 0; refused: 0.\n")
    assert "validity: {lifetime: 1y}" in done.stdout
