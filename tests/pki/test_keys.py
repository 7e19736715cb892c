"""Public keys: placeholders, kinds, identifiers, soundness (BR-A1, BR-A2, CC-5, RF-8)."""

from __future__ import annotations

import hashlib
from typing import Any, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from cryptography.x509 import SubjectKeyIdentifier

from ceremony.errors import CeremonyError, Severity
from ceremony.pki import der
from ceremony.pki.keys import (
    check_public_key,
    key_algorithm,
    key_identifier,
    placeholder_spki,
    rsa_numbers,
    spki_sha256,
    split_spki,
)
from ceremony.pki.oids import SPKI_IDENTIFIERS
from ceremony.policy.algorithms import KeyAlgorithm

ALGORITHMS: tuple[KeyAlgorithm, ...] = get_args(KeyAlgorithm)

PLACEHOLDERS = {
    "rsa-2048": "81CC234535880A7B828C0E8C5105CEE792ACA9F4C628F4397BB8359897FDF2B4",
    "rsa-3072": "7845BA4CB1302D0FECA6BC6B99771346DE2EEC5AA0FBC8549FFF09DF963C9C90",
    "rsa-4096": "E526A9C21858388B28C0E8AA95838C321D1E2456DD98D7B85B7E30301601C263",
    "p-256": "85C9DD9823CF523187DAB50390AF0E84270EB67CDE47976852D1FEF6B0AB4BF3",
    "p-384": "586D8637A385C5E935581EBDBB3BEF327DE4D1F59A7B29BD46726C7121600699",
    "p-521": "A71BA4763961B401EED0766EED455C686961313E845F35B3E920AC332412553C",
    "ed25519": "AEF50F0236BA3B8ABC2435EAEC9167347600F3A6A0AADA24D94FAD44F9249905",
    "ml-dsa-44": "6FE7A7080186D6A09DA424A934A52E7B0A70935A788D1AC8E400475A6A291363",
    "ml-dsa-65": "FF05C438D9D493B453098B4801F4E5D2943B1B5BD5FDCD84CAB433AE19ED929A",
    "ml-dsa-87": "46A606548FE4DF9260E5EE1195A614BEBF50F8C486CCA6EF31B10422AD63C3B7",
}
"""A plan's hash depends on these: a change of one is a change of format."""


def rsa_spki(modulus: int, exponent: int) -> bytes:
    numbers = der.encode(der.SEQUENCE, der.encode_integer(modulus), der.encode_integer(exponent))
    return der.encode(der.SEQUENCE, SPKI_IDENTIFIERS["rsa"], der.encode(der.BIT_STRING, b"\0", numbers))


def rules(spki: bytes, **how: Any) -> set[tuple[str, Severity]]:
    return {(finding.rule, finding.severity) for finding in check_public_key(spki, "a key", **how)}


GOOD_MODULUS = rsa_numbers(placeholder_spki("rsa-2048"))[0]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
class TestPlaceholders:
    def test_never_changes(self, algorithm: KeyAlgorithm) -> None:
        assert spki_sha256(placeholder_spki(algorithm)) == PLACEHOLDERS[algorithm]

    def test_is_of_its_kind_and_sound(self, algorithm: KeyAlgorithm) -> None:
        spki = placeholder_spki(algorithm)
        assert key_algorithm(spki) == algorithm
        assert check_public_key(spki, "placeholder") == ()

    def test_is_read_by_others(self, algorithm: KeyAlgorithm, openssl: Any) -> None:
        spki = placeholder_spki(algorithm)
        again = load_der_public_key(spki).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert again == spki
        if not algorithm.startswith("ml-dsa-"):  # openssl before 3.5 has no ML-DSA
            assert "Public-Key" in openssl("pkey", "-pubin", "-inform", "DER", "-noout", "-text", given=spki)


class TestKind:
    @pytest.mark.parametrize(
        "algorithm", ["rsa-2048", "p-256", "p-384", "p-521", "ed25519", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87"]
    )
    def test_made_keys_are_recognised_and_sound(self, kit: Any, algorithm: KeyAlgorithm) -> None:
        spki = kit.spki_of(kit.new_key(algorithm))
        assert key_algorithm(spki) == algorithm
        assert check_public_key(spki, "made") == ()

    @pytest.mark.parametrize(
        "key",
        [
            rsa.generate_private_key(65537, 1024),  # noqa: S505 - its refusal is the point
            ec.generate_private_key(ec.BrainpoolP256R1()),
        ],
        ids=["RSA of 1024 bits", "brainpool curve"],
    )
    def test_other_keys_are_refused(self, kit: Any, key: Any) -> None:
        spki = kit.spki_of(key)
        with pytest.raises(CeremonyError) as refused:
            key_algorithm(spki)
        assert refused.value.code == "BR-A1"
        assert ("BR-A1", Severity.ERROR) in rules(spki)

    @pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"no key", placeholder_spki("p-256") + b"\0"])
    def test_what_is_no_key_is_refused(self, octets: bytes) -> None:
        with pytest.raises(CeremonyError):
            key_algorithm(octets)
        assert rules(octets) == {("BR-A1", Severity.FATAL)}
        with pytest.raises(CeremonyError):
            key_identifier(octets, "sha1")


class TestIdentifiers:
    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_sha1_is_method_one_of_rfc_5280(self, algorithm: KeyAlgorithm) -> None:
        spki = placeholder_spki(algorithm)
        expected = SubjectKeyIdentifier.from_public_key(load_der_public_key(spki))  # type: ignore[arg-type] # a CA key
        assert key_identifier(spki, "sha1") == expected.digest

    def test_rfc7093_is_the_left_of_sha256(self) -> None:
        spki = placeholder_spki("p-384")
        assert key_identifier(spki, "rfc7093-1") == hashlib.sha256(split_spki(spki).bits).digest()[:20]

    def test_spki_sha256_is_upper_case_without_separators(self) -> None:
        text = spki_sha256(placeholder_spki("p-256"))
        assert len(text) == 64
        assert set(text) <= set("0123456789ABCDEF")


class TestSoundness:
    """BR-A1 and BR-A2: each refuses, and the good key beside it is accepted."""

    def test_the_good_rsa_key_is_accepted(self) -> None:
        assert rules(rsa_spki(GOOD_MODULUS, 65537)) == set()

    @pytest.mark.parametrize(
        ("modulus", "exponent", "rule", "severity"),
        [
            ((GOOD_MODULUS >> 8) | 1, 65537, "BR-A1", Severity.ERROR),
            ((GOOD_MODULUS << 1) | 1, 65537, "BR-A1", Severity.ERROR),
            (GOOD_MODULUS - 1, 65537, "BR-A2", Severity.ERROR),
            (GOOD_MODULUS // 751 * 751, 65537, "BR-A2", Severity.ERROR),
            ((2**1032 - 1 - 2**5) ** 2, 65537, "BR-A2", Severity.ERROR),
            ((2**685 - 1 - 2**5) ** 3, 65537, "BR-A2", Severity.ERROR),
            ((2**17 - 1) ** 121, 65537, "BR-A2", Severity.ERROR),
            (-GOOD_MODULUS, 65537, "BR-A2", Severity.ERROR),
            (GOOD_MODULUS, 65536, "BR-A2", Severity.ERROR),
            (GOOD_MODULUS, 1, "BR-A2", Severity.ERROR),
            (GOOD_MODULUS, 3, "BR-A2", Severity.WARNING),
            (GOOD_MODULUS, 2**256 + 1, "BR-A2", Severity.WARNING),
        ],
        ids=[
            *("short", "not octets", "even", "factor", "square", "cube", "small root", "negative"),
            *("e even", "e 1", "e 3", "e large"),
        ],
    )
    def test_each_unsound_rsa_key_is_found(self, modulus: int, exponent: int, rule: str, severity: Severity) -> None:
        assert (rule, severity) in rules(rsa_spki(modulus, exponent))

    @pytest.mark.parametrize("algorithm", ["p-256", "p-384", "p-521"])
    def test_a_point_off_the_curve_is_found(self, algorithm: KeyAlgorithm) -> None:
        spki = placeholder_spki(algorithm)
        assert rules(spki[:-1] + bytes([spki[-1] ^ 1])) == {("BR-A2", Severity.ERROR)}

    def test_a_compressed_point_is_found(self) -> None:
        bits = b"\x02" + split_spki(placeholder_spki("p-256")).bits[1:33]
        spki = der.encode(der.SEQUENCE, SPKI_IDENTIFIERS["p-256"], der.encode(der.BIT_STRING, b"\0", bits))
        assert rules(spki) == {("BR-A2", Severity.ERROR)}

    def test_ed25519_is_for_pkix_alone(self) -> None:
        spki = placeholder_spki("ed25519")
        assert rules(spki, lint_as="root-ca") == {("BR-A1", Severity.ERROR)}
        assert rules(spki, lint_as="pkix") == set()

    def test_ml_dsa_is_for_pkix_alone(self) -> None:
        spki = placeholder_spki("ml-dsa-65")
        assert rules(spki, lint_as="root-ca") == {("BR-A1", Severity.ERROR)}
        assert rules(spki, lint_as="pkix") == set()

    def test_an_ml_dsa_key_of_another_size_is_found(self) -> None:
        bits = der.encode(der.BIT_STRING, b"\0" * 1313)
        assert rules(der.encode(der.SEQUENCE, SPKI_IDENTIFIERS["ml-dsa-65"], bits)) == {("BR-A2", Severity.ERROR)}

    def test_a_neutral_ed25519_point_is_found(self) -> None:
        spki = placeholder_spki("ed25519")[:-32] + (1).to_bytes(32, "little")
        assert rules(spki) == {("BR-A2", Severity.ERROR)}
