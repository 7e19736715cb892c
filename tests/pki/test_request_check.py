"""Who may not have a certificate for the key of a request: each rule refuses what it is for, and accepts the rest."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ceremony.errors import CeremonyError, Finding, Severity
from ceremony.pki import der
from ceremony.pki.curves import SMALL_PRIMES
from ceremony.pki.keys import placeholder_spki
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS, SPKI_IDENTIFIERS
from ceremony.pki.request_check import check_request, prove_possession
from ceremony.pki.request_keys import close_primes, roca, weaknesses
from ceremony.pki.request_read import Request, read_request

SHA256 = hashes.SHA256()
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sub 1")])


def builder() -> x509.CertificateSigningRequestBuilder:
    return x509.CertificateSigningRequestBuilder(NAME)


def request(key: Any, made: Any = None, **how: Any) -> Request:
    octets = (made or builder()).sign(key, how.pop("digest", SHA256), **how).public_bytes(Encoding.DER)
    return read_request(octets, name="sub.csr")


def with_parts(good: Request, *, spki: bytes = b"", algorithm: bytes = b"", signature: bytes = b"") -> Request:
    """The request with another key inside, another algorithm outside, or another signature."""
    version, subject, key, attributes = (part.octets for part in der.read_one(good.info).children())
    info = der.encode(der.SEQUENCE, version, subject, spki or key, attributes)
    bits = der.encode(der.BIT_STRING, b"\x00", signature or good.signature)
    return read_request(der.encode(der.SEQUENCE, info, algorithm or good.algorithm_der, bits), name="sub.csr")


def rules(given: Request, algorithm: Any = "p-384", **how: Any) -> list[str]:
    found = check_request(given, algorithm=algorithm, **how)
    assert all(finding.subject == "sub.csr" and finding.message for finding in found)
    return [finding.rule for finding in found]


def only(given: Request, algorithm: Any = "p-384", **how: Any) -> Finding:
    found = check_request(given, algorithm=algorithm, **how)
    assert len(found) == 1, found
    return found[0]


def rsa_spki(modulus: int, exponent: int = 65537) -> bytes:
    numbers = der.encode(der.SEQUENCE, der.encode_integer(modulus), der.encode_integer(exponent))
    return der.encode(der.SEQUENCE, SPKI_IDENTIFIERS["rsa"], der.encode(der.BIT_STRING, b"\x00", numbers))


def test_a_request_in_good_order_has_no_findings(kit: Any) -> None:
    given = request(kit.key)
    prove_possession(given)
    assert check_request(given, algorithm="p-384", known=[("a", b"x")], own=[("b", b"y")]) == ()
    assert check_request(given, algorithm="p-384", lint_as="internal-unconstrained-tls-ca") == ()


class TestPossession:
    def test_another_key_inside_is_not_proved(self, kit: Any) -> None:
        given = with_parts(request(kit.key), spki=kit.spki_of(kit.other_key))
        finding = only(given)
        assert (finding.rule, finding.severity) == ("REQUEST-POSSESSION", Severity.ERROR)
        with pytest.raises(CeremonyError) as caught:
            prove_possession(given)
        assert caught.value.code == "REQUEST-POSSESSION"
        assert "new request" in caught.value.next_step
        assert not caught.value.headline.endswith("...")

    def test_the_signature_of_another_request_is_no_proof(self, kit: Any) -> None:
        assert rules(with_parts(request(kit.key), signature=request(kit.key).signature)) == []  # the same contents
        other = request(kit.key, builder().add_extension(x509.OCSPNoCheck(), critical=False))
        assert rules(with_parts(request(kit.key), signature=other.signature)) == ["REQUEST-POSSESSION"]

    def test_an_algorithm_that_the_key_does_not_make(self, kit: Any) -> None:
        given = with_parts(request(kit.key), algorithm=SIGNATURE_IDENTIFIERS["sha256-rsa"])
        assert "kind p-384 does not make" in only(given).message
        assert only(with_parts(request(kit.key), algorithm=SIGNATURE_IDENTIFIERS["ecdsa-sha512"])).rule == (
            "REQUEST-POSSESSION"
        )

    def test_openssl_agrees(self, kit: Any, openssl: Any) -> None:
        good, bad = request(kit.key), with_parts(request(kit.key), spki=kit.spki_of(kit.other_key))
        assert "verify OK" in openssl("req", "-inform", "DER", "-verify", "-noout", given=good.octets)
        assert "verify failure" in openssl("req", "-inform", "DER", "-verify", "-noout", given=bad.octets)


class TestHash:
    @pytest.mark.parametrize(
        ("algorithm", "key", "digest", "word"),
        [
            ("rsa-2048", "rsa:2048", "md5", "MD5"),
            ("rsa-2048", "rsa:2048", "sha1", "SHA-1"),
            ("p-384", "ec -pkeyopt ec_paramgen_curve:P-384", "sha1", "SHA-1"),
        ],
    )
    def test_broken_hashes(
        self, openssl: Any, tmp_path: Path, algorithm: Any, key: str, digest: str, word: str
    ) -> None:
        out = tmp_path / "out.csr"
        openssl(*f"req -new -newkey {key} -nodes -keyout {tmp_path}/k -subj /CN=x -{digest} -out {out}".split())
        found = only(read_request(out.read_bytes(), name="sub.csr"), algorithm)
        assert (found.rule, found.severity) == ("REQ-HASH", Severity.ERROR)
        assert word in found.message

    def test_pss_by_its_default_is_sha_1(self, kit: Any) -> None:
        for parameters in (b"\x30\x00", b""):
            algorithm = der.encode(der.SEQUENCE, bytes.fromhex("06092a864886f70d01010a"), parameters)
            assert rules(with_parts(request(kit.key), algorithm=algorithm)) == ["REQ-HASH"]

    def test_pss_as_openssl_makes_it(self, openssl: Any, tmp_path: Path) -> None:
        def made(salt: str) -> Request:
            out = tmp_path / f"{salt}.csr"
            options = f"-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:{salt}"
            openssl(*f"req -new -newkey rsa:2048 -nodes -keyout {tmp_path}/k -subj /CN=x {options} -out {out}".split())
            return read_request(out.read_bytes(), name="sub.csr")

        assert rules(made("digest"), "rsa-2048") == []
        found = only(made("20"), "rsa-2048")
        assert found.rule == "REQ-ALGORITHM"
        assert "salt as long as the hash" in found.message

    def test_an_algorithm_of_no_name(self, kit: Any) -> None:
        algorithm = der.encode(der.SEQUENCE, bytes.fromhex("06032a0304"))
        assert rules(with_parts(request(kit.key), algorithm=algorithm)) == ["REQ-ALGORITHM"]


@cache
def primes_apart(bits: int, apart: int) -> tuple[int, int]:
    """Two primes of half the size: the next ones after a number, and after another so far away."""

    def after(number: int) -> int:
        number |= 1
        while any(number % small == 0 for small in SMALL_PRIMES[1:]) or pow(2, number - 1, number) != 1:
            number += 2
        return number

    start = math.isqrt(3 << (bits - 2)) + 12345
    first = after(start)
    return first, after(first + apart)


@cache
def roca_primes() -> tuple[int, int]:
    """Two primes of the form k * M + (65537^a mod M), as the faulty library made them for 2048 bits."""
    product = math.prod([n for n in range(2, 800) if all(n % d for d in range(2, math.isqrt(n) + 1))][:126])
    found = []
    k = (3 << 1022) // product
    power = 4321
    while len(found) < 2:
        k += 1
        number = k * product + pow(65537, power, product)
        if pow(2, number - 1, number) == 1:
            found.append(number)
            power += 1
    return found[0], found[1]


class TestKeys:
    def private(self, p: int, q: int) -> Any:
        d = pow(65537, -1, (p - 1) * (q - 1))
        public = rsa.RSAPublicNumbers(65537, p * q)
        numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
        return numbers.private_key(unsafe_skip_rsa_key_validation=True)

    def test_close_primes(self) -> None:
        given = request(self.private(*primes_apart(2048, 2)))
        found = only(given, "rsa-2048")
        assert (found.rule, found.severity) == ("REQ-KEY-WEAK", Severity.ERROR)
        assert "Fermat" in found.message
        p, q = primes_apart(2048, 1 << 900)
        assert not close_primes(p * q)

    def test_keys_of_the_faulty_library(self) -> None:
        given = request(self.private(*roca_primes()))
        found = only(given, "rsa-2048")
        assert found.rule == "REQ-KEY-WEAK"
        assert "ROCA" in found.message

    def test_ordinary_keys_are_not_weak(self, kit: Any) -> None:
        for _ in range(3):
            assert list(weaknesses(kit.spki_of(kit.new_key("rsa-2048")))) == []
        assert list(weaknesses(placeholder_spki("rsa-4096"))) == []
        assert list(weaknesses(placeholder_spki("p-256"))) == []
        assert not roca(rsa.generate_private_key(65537, 2048).public_key().public_numbers().n)

    def test_numbers_that_are_no_modulus_do_not_stop_the_check(self, kit: Any) -> None:
        for modulus in (0, 1, 2, -5, 6):
            found = rules(with_parts(request(kit.key), spki=rsa_spki(modulus)), "rsa-2048")
            assert {"BR-A1", "BR-A2"} & set(found)

    def test_a_small_factor_and_an_exponent(self, kit: Any) -> None:
        modulus = 751 * (1 << 2040) + 751
        assert "BR-A2" in rules(with_parts(request(kit.key), spki=rsa_spki(modulus)), "rsa-2048")
        small = rsa.generate_private_key(3, 2048)
        found = only(request(small), "rsa-2048")
        assert (found.rule, found.severity) == ("BR-A2", Severity.WARNING)

    def test_sizes(self) -> None:
        assert rules(request(rsa.generate_private_key(65537, 1024)), "rsa-2048") == ["BR-A1"]  # noqa: S505 - refused
        found = only(request(rsa.generate_private_key(65537, 2560)), "rsa-2048")
        assert found.rule == "BR-A1"
        assert "2560 bits" in found.message

    def test_a_point_off_its_curve(self, kit: Any) -> None:
        good = kit.spki_of(kit.key)
        assert rules(with_parts(request(kit.key), spki=good[:-1] + bytes([good[-1] ^ 1]))) == ["BR-A2"]

    def test_a_curve_that_is_not_certified(self) -> None:
        assert rules(request(ec.generate_private_key(ec.SECP256K1()))) == ["BR-A1"]

    def test_a_key_that_cannot_be_read(self, kit: Any) -> None:
        broken = der.encode(der.SEQUENCE, SPKI_IDENTIFIERS["rsa"], der.encode(der.BIT_STRING, b"\x00\x30\x01\x00"))
        assert rules(with_parts(request(kit.key), spki=broken), "rsa-2048") == ["BR-A1"]

    def test_ed25519_is_not_for_the_baseline_requirements(self, kit: Any) -> None:
        given = request(kit.new_key("ed25519"), digest=None)
        assert rules(given, "ed25519") == []
        assert rules(given, "ed25519", lint_as="internal-unconstrained-tls-ca") == ["BR-A1"]

    def test_the_kind_is_that_of_the_policy(self, kit: Any) -> None:
        found = only(request(kit.key), "rsa-4096")
        assert (found.rule, found.severity) == ("REQ-KEY-KIND", Severity.ERROR)
        assert "p-384" in found.message
        assert "rsa-4096" in found.message


class TestOwners:
    def test_a_key_that_was_certified_before_is_a_warning(self, kit: Any) -> None:
        given = request(kit.key)
        found = only(given, known=iter([("old-sub", kit.spki_of(kit.key)), ("other", kit.spki_of(kit.other_key))]))
        assert (found.rule, found.severity) == ("REQ-KEY-KNOWN", Severity.WARNING)
        assert "old-sub" in found.message
        assert rules(given, known=[("other", kit.spki_of(kit.other_key))]) == []

    def test_a_key_of_this_ca_is_refused(self, kit: Any) -> None:
        spki = kit.spki_of(kit.key)
        found = only(request(kit.key), own=[("root-key", spki)], known=[("root", spki)])
        assert (found.rule, found.severity) == ("REQ-KEY-OWN", Severity.ERROR)
        assert rules(request(kit.key), own=[("root-key", kit.spki_of(kit.other_key))]) == []

    def test_a_compromised_key_is_refused(self, kit: Any) -> None:
        found = only(request(kit.key), compromised=[("lost-sub", kit.spki_of(kit.key))])
        assert (found.rule, found.severity) == ("REQ-KEY-COMPROMISED", Severity.ERROR)
        again = ("sub", kit.spki_of(kit.key))
        assert rules(request(kit.key), compromised=[again], existing=again) == ["REQ-KEY-COMPROMISED"]
        assert rules(request(kit.key), compromised=[("x", kit.spki_of(kit.other_key))]) == []

    def test_the_proof_for_a_cross_certificate_is_of_its_key(self, kit: Any) -> None:
        given, spki = request(kit.key), kit.spki_of(kit.key)
        assert rules(given, existing=("their-root", spki), known=[("their-root", spki)]) == []
        found = only(given, existing=("their-root", kit.spki_of(kit.other_key)))
        assert (found.rule, found.severity) == ("REQ-KEY-OTHER", Severity.ERROR)


class TestContents:
    def test_a_password_is_refused(self, openssl: Any, kit: Any, tmp_path: Path) -> None:
        config = tmp_path / "req.cnf"
        key = tmp_path / "key.pem"
        key.write_bytes(kit.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        for attributes, expected in (("challengePassword=hunter22\n", ["REQ-SECRET"]), ("", [])):
            config.write_text(f"[req]\nprompt=no\ndistinguished_name=dn\nattributes=at\n[dn]\nCN=x\n[at]\n{attributes}")
            octets = openssl("req", "-new", "-config", str(config), "-key", str(key)).encode()
            found = check_request(read_request(octets, name="it"), algorithm="p-384")
            assert [finding.rule for finding in found] == expected
            assert all(finding.severity is Severity.ERROR for finding in found)
            assert "hunter22" not in str(found)

    def test_other_attributes_are_passed_over(self, kit: Any) -> None:
        for number, word in (("1.2.840.113549.1.9.2", "unstructuredName"), ("1.3.6.1.4.1.311.13.2.3", "1.3.6.1.4.1")):
            found = only(request(kit.key, builder().add_attribute(x509.ObjectIdentifier(number), b"Windows")))
            assert (found.rule, found.severity) == ("REQ-ATTRIBUTE", Severity.NOTICE)
            assert word in found.message
        asked = builder().add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        assert rules(request(kit.key, asked)) == []

    def test_octets_that_are_not_der_are_a_warning(self, kit: Any) -> None:
        good = request(kit.key)
        parts = [part.octets for part in der.read_one(good.info).children()]
        info = der.encode(der.SEQUENCE, *parts[:3])
        bits = der.encode(der.BIT_STRING, b"\x00", kit.key.sign(info, ec.ECDSA(SHA256)))
        given = read_request(der.encode(der.SEQUENCE, info, good.algorithm_der, bits), name="sub.csr")
        found = only(given)
        assert (found.rule, found.severity) == ("REQ-DER", Severity.WARNING)


def test_pkcs1_and_pss_requests_of_another_library(kit: Any) -> None:
    key = kit.new_key("rsa-2048")
    pss = padding.PSS(padding.MGF1(SHA256), SHA256.digest_size)
    assert request(key, rsa_padding=pss).algorithm == "sha256-rsa-pss"
    assert rules(request(key, rsa_padding=pss), "rsa-2048") == []
    assert rules(request(key), "rsa-2048") == []
