"""From one certificate to its profile: what is said, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.derive import derive_profile, readable, rebuild
from ceremony.pki.derive_policy import Given, check, derive_policy, policy_text
from ceremony.pki.difference import first_difference
from ceremony.policy.load import load_policy
from ceremony.policy.models import CertificateProfile


def model(data: dict[str, Any]) -> CertificateProfile:
    return CertificateProfile.model_validate_json(json.dumps(data))


def said_again(certificate: bytes) -> dict[str, Any]:
    """The derived profile, after it was found to give the same bytes, also when it went through YAML."""
    derived = derive_policy([Given("x.pem", "x", certificate)])
    assert derived[0].refusal is None, derived[0].refusal
    loaded = load_policy(Path("x.yaml"), octets=policy_text(derived).encode("utf-8"))
    (verdict,) = check(derived, loaded.policy)
    assert verdict.equal, verdict
    assert derived[0].profile is not None
    return derived[0].profile.profile


def with_part(certificate: bytes, part: int, octets: bytes) -> bytes:
    """The certificate with one element of its TBSCertificate replaced; the signature is then nobody's."""
    tbs, algorithm, signature = der.read_one(certificate).children()
    parts = [element.octets for element in tbs.children()]
    parts[part] = octets
    if part == 2:
        algorithm = der.read_one(octets)
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, *parts), algorithm.octets, signature.octets)


def with_extension(maker: Any, oid: str, value: bytes, critical: bool = False) -> bytes:
    raw = {"type": "raw", "oid": oid, "critical": critical, "der": value.hex()}
    return bytes(maker.certificate(maker.profile(extensions=[raw])))


class TestWhatIsSaid:
    def test_the_whole_language_comes_back_as_it_was_written(self, maker: Any) -> None:
        data = said_again(maker.certificate())
        assert model(data).subject == maker.profile().subject
        assert [model(data).extensions[i].type for i in range(len(maker.extensions))] == [
            extension["type"] for extension in maker.extensions
        ]
        assert model(data).extensions == maker.profile().extensions

    def test_its_own_key_identifier_is_recognised_by_its_method(self, maker: Any) -> None:
        for method in ("sha1", "rfc7093-1"):
            extensions = [
                {"type": "subject-key-identifier", "method": method},
                {"type": "authority-key-identifier", "issuer_and_serial": "issuer"},
            ]
            assert said_again(maker.certificate(maker.profile(extensions=extensions)))["extensions"] == extensions

    def test_a_value_that_no_type_can_say_stands_as_raw_der(self, maker: Any) -> None:
        for oid, value in (
            ("2.5.29.19", "3003010100"),  # FALSE written out
            ("2.5.29.19", "3006020100020100"),  # two numbers
            ("2.5.29.15", "03020000"),  # zero bits at the end
            ("2.5.29.15", "03020001"),  # encipherOnly and decipherOnly need keyAgreement: this is encipherOnly
            ("2.5.29.19", "3003020100"),  # a path length without a CA
            ("2.5.29.30", "300aa008300682016180" + "0100"),  # a subtree with a minimum
            ("2.5.29.31", "3000"),
            ("2.5.29.32", "3000"),
            ("2.5.29.35", "3003820105"),  # a serial number alone
            ("2.5.29.17", "3006a30430020500"),  # x400Address
            ("1.3.6.1.5.5.7.48.1.5", "0400"),
        ):
            data = said_again(with_extension(maker, oid, bytes.fromhex(value)))
            assert data["extensions"][0]["type"] == "raw", oid
            assert data["extensions"][0]["der"] == value

    def test_a_value_that_a_type_can_say_does_not(self, maker: Any) -> None:
        for oid, value in (("2.5.29.19", "3000"), ("2.5.29.15", "03020780"), ("1.3.6.1.5.5.7.48.1.5", "0500")):
            data = said_again(with_extension(maker, oid, bytes.fromhex(value)))
            assert data["extensions"][0]["type"] != "raw", oid

    @pytest.mark.parametrize(
        ("not_before", "not_after", "said"),
        [
            ("2026-01-01T00:00:00Z", "2045-12-31T23:59:59Z", {"lifetime": "20y"}),
            ("2026-01-01T00:00:00Z", "2046-01-01T00:00:00Z", None),
            ("2026-01-01T06:00:00Z", "2026-03-01T05:59:59Z", {"lifetime": "59d"}),
            ("2026-01-01T06:00:00Z", "2026-01-01T08:59:59Z", {"lifetime": "3h"}),
            ("2024-02-29T00:00:00Z", "2025-02-27T23:59:59Z", {"lifetime": "365d"}),
        ],
    )
    def test_a_lifetime_is_said_where_it_is_whole(
        self, maker: Any, not_before: str, not_after: str, said: dict[str, str] | None
    ) -> None:
        dates = {"not_before": not_before, "not_after": not_after}
        certificate = maker.certificate(maker.profile(validity=dates))
        assert derive_profile(certificate, name="x").profile["validity"] == dates
        derived = derive_profile(certificate, name="x", lifetime=True)
        assert derived.profile["validity"] == (said or dates)
        assert rebuild(model(derived.profile), certificate).octets == readable(certificate).octets

    def test_a_time_in_the_other_form_is_said_so(self, maker: Any) -> None:
        validity = {
            "not_before": "2026-01-01T00:00:00Z",
            "not_after": "2051-01-01T00:00:00Z",
            "not_before_form": "generalized",
        }
        assert said_again(maker.certificate(maker.profile(validity=validity)))["validity"] == validity


class TestIssuers:
    def chain(self, maker: Any) -> tuple[bytes, bytes]:
        """A root, and a certificate under it that names it in every way."""
        ca = [
            {"type": "basic-constraints", "critical": True, "ca": True},
            {"type": "key-usage", "critical": True, "usages": ["keyCertSign"]},
            {"type": "subject-key-identifier", "method": "sha1"},
        ]
        profile = maker.profile(extensions=ca)
        root = maker.certificate(profile)
        place = readable(root).issuer.der, readable(root).serial_number
        identifier = {"type": "authority-key-identifier", "issuer_and_serial": "issuer"}
        below = maker.profile(subject=[{"type": "CN", "value": "below"}], extensions=[identifier])
        return root, maker.certificate(below, profile, place=place)

    def test_an_issuer_among_those_given_is_referred_to(self, maker: Any) -> None:
        root, below = self.chain(maker)
        for order in ([root, below], [below, root]):
            derived = derive_policy([Given("c.pem", "", octets) for octets in order])
            loaded = load_policy(Path("x.yaml"), octets=policy_text(derived).encode("utf-8"))
            assert all(verdict.equal for verdict in check(derived, loaded.policy))
            sub = loaded.policy.certificates["below"]
            assert loaded.policy.certificates[sub.issuer].subject == maker.profile().subject
            assert len(loaded.policy.certificates) == 2
            (identifier,) = sub.extensions
            assert identifier.type == "authority-key-identifier"
            assert (identifier.key_identifier, identifier.issuer_and_serial) == ("issuer", "issuer")

    def test_an_issuer_that_was_not_given_is_a_stub(self, maker: Any) -> None:
        _, below = self.chain(maker)
        derived = derive_policy([Given("c.pem", "", below)])
        text = policy_text(derived)
        loaded = load_policy(Path("x.yaml"), octets=text.encode("utf-8"))
        assert check(derived, loaded.policy)[0].equal
        assert len(loaded.policy.certificates) == 2
        assert "# A stub" in text
        (identifier,) = loaded.policy.certificates["below"].extensions
        assert identifier.type == "authority-key-identifier"
        assert "issuer" not in (identifier.key_identifier, identifier.issuer_and_serial)

    def test_another_name_is_not_the_issuer(self, maker: Any) -> None:
        root, _ = self.chain(maker)
        other = maker.certificate(maker.profile(subject=[{"type": "CN", "value": "other"}]))
        with pytest.raises(CeremonyError) as refused:
            derive_profile(root, name="x", issuer_der=other)
        assert refused.value.code == "DERIVE-ISSUER"

    def test_the_same_certificate_twice_is_one(self, maker: Any) -> None:
        root, _ = self.chain(maker)
        assert len(derive_policy([Given("a", "a", root), Given("b", "b", root)])) == 1


class TestRefusals:
    def refusal(self, certificate: bytes) -> CeremonyError:
        with pytest.raises(CeremonyError) as refused:
            derive_profile(certificate, name="x")
        return refused.value

    @pytest.mark.parametrize(
        ("algorithm", "word"),
        [
            ("300d06092a864886f70d0101050500", "SHA-1"),
            ("300d06092a864886f70d0101040500", "MD5"),
            ("300906072a8648ce3d0401", "SHA-1"),
        ],
    )
    def test_a_broken_hash_is_named(self, maker: Any, algorithm: str, word: str) -> None:
        refused = self.refusal(with_part(maker.certificate(), 2, bytes.fromhex(algorithm)))
        assert refused.code == "BR-A5"
        assert word in refused.headline

    @pytest.mark.parametrize("serial", [0, -1, 2**159])
    def test_a_serial_number_out_of_range(self, maker: Any, serial: int) -> None:
        refused = self.refusal(with_part(maker.certificate(), 1, der.encode_integer(serial)))
        assert refused.code == "BR-C1"
        assert ("zero" in refused.headline) == (serial == 0)

    def test_the_largest_serial_number_is_not_refused(self, maker: Any) -> None:
        said_again(maker.certificate(serial=2**159 - 1))

    def test_versions_one_and_two(self, maker: Any) -> None:
        for octets, number in ((b"", 1), (bytes.fromhex("a003020101"), 2)):
            assert f"version {number}" in self.refusal(with_part(maker.certificate(), 0, octets)).headline

    def test_an_extension_that_stands_twice(self, maker: Any) -> None:
        one = der.encode(der.SEQUENCE, bytes.fromhex("06032a0304"), der.encode(der.OCTET_STRING, b"\x05\x00"))
        certificate = with_part(maker.certificate(), 7, der.encode(0xA3, der.encode(der.SEQUENCE, one, one)))
        assert self.refusal(certificate).code == "DERIVE-TWICE"

    def test_a_key_that_a_policy_has_no_word_for(self, maker: Any) -> None:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
        key = ec.generate_private_key(ec.SECP256K1())
        moment = readable(maker.certificate()).not_before
        builder = x509.CertificateBuilder(name, name, key.public_key(), 2**70, moment, moment + timedelta(days=1))
        octets = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
        assert self.refusal(octets).code == "BR-A1"

    @pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"0\x80\x00\x00", b"x"])
    def test_what_is_no_certificate(self, octets: bytes) -> None:
        assert self.refusal(octets).code == "DERIVE-DER"


class TestNothingIsLost:
    @settings(max_examples=400, deadline=None)
    @given(st.data())
    def test_a_damaged_certificate_is_refused_or_said_again_or_called_unclean(
        self, maker: Any, data: st.DataObject
    ) -> None:
        octets = bytearray(readable(maker.certificate()).octets)
        for _ in range(data.draw(st.integers(1, 3))):
            octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
        damaged = bytes(octets)
        try:
            derived = derive_profile(damaged, name="x")
        except CeremonyError:
            return
        assert derived.stub is not None
        try:
            again = rebuild(model(derived.profile), damaged, issuer_profile=model(derived.stub))
        except CeremonyError:
            assert any("clean DER" in note for note in derived.notes)
            return
        if again.octets != readable(damaged).octets:
            assert first_difference(readable(damaged).octets, again.octets) is not None
            assert any("clean DER" in note for note in derived.notes)


class TestDifference:
    def difference(self, maker: Any, **changes: Any) -> Any:
        first, second = maker.certificate(), maker.certificate(maker.profile(**changes))
        return first_difference(readable(first).octets, readable(second).octets)

    def test_equal_bytes_have_none(self, maker: Any) -> None:
        assert self.difference(maker) is None

    def test_a_name(self, maker: Any) -> None:
        subject = [dict(part) for part in maker.subject]
        subject[2] = {"type": "description", "value": "510121_Sertifikat TLX"}
        found = self.difference(maker, subject=subject)
        assert found.field.startswith("issuer > 3. description")
        assert "UTF8String 510121_Sertifikat TLS" in str(found)
        octets = readable(maker.certificate()).octets
        assert octets[found.octet : found.octet + 1] == b"S"

    def test_an_extension_by_its_name(self, maker: Any) -> None:
        extensions = [dict(part) for part in maker.extensions]
        extensions[8] = {"type": "inhibit-any-policy", "critical": True, "skip_certs": 6}
        found = self.difference(maker, extensions=extensions)
        assert found.field == "extensions > 9. Inhibit any policy > extnValue > [0]"
        assert (found.first, found.second) == ("INTEGER 05", "INTEGER 06")

    def test_an_extension_that_is_missing(self, maker: Any) -> None:
        found = self.difference(maker, extensions=maker.extensions[:-1])
        assert found.why == "20 elements against 19"
        assert found.first == "20. 1.2.3.4.5"

    def test_two_extensions_in_another_order(self, maker: Any) -> None:
        found = self.difference(maker, extensions=maker.extensions[::-1])
        assert found.first == "1. Key usage"
        assert found.second == "1. 1.2.3.4.5"

    def test_a_date(self, maker: Any) -> None:
        found = self.difference(
            maker, validity={"not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z"}
        )
        assert found.field == "validity > notAfter"

    def test_octets_that_are_not_der(self) -> None:
        found = first_difference(b"\x30\x80\x00\x00", b"\x30\x00")
        assert found is not None
        assert found.octet == 1
