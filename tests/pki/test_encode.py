"""The encoder: the same bytes as another encoder where there is one, bytes counted by hand where there is none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from asn1crypto import core
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.encode import CannotEncode, bits, oid, string, time
from ceremony.pki.encode_extensions import Identifiers, contents_of, encode_extension
from ceremony.pki.encode_names import encode_name, general_name
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS
from ceremony.policy.extensions import Extension
from ceremony.policy.names import GeneralName, Name


def extension(**data: Any) -> Any:
    return TypeAdapter(Extension).validate_json(json.dumps({"critical": False} | data))


def contents(**data: Any) -> bytes:
    return contents_of(extension(**data), Identifiers(b"\xab" * 20, b"\xcd" * 20))


def general(**data: Any) -> bytes:
    return general_name(TypeAdapter(GeneralName).validate_json(json.dumps(data)))


def named(*parts: dict[str, Any]) -> bytes:
    return encode_name(TypeAdapter(Name).validate_json(json.dumps(parts)))


class TestValues:
    @given(st.integers(0, 2), st.lists(st.integers(0, 2**70), min_size=1, max_size=5))
    def test_object_identifiers_as_another_encoder_writes_them(self, first: int, arcs: list[int]) -> None:
        if first < 2:
            arcs[0] %= 40
        dotted = ".".join(map(str, (first, *arcs)))
        assert oid(dotted) == core.ObjectIdentifier(dotted).dump()

    @pytest.mark.parametrize("dotted", ["1.40.1", "0.40", "3.1", "2"])
    def test_object_identifiers_that_cannot_be(self, dotted: str) -> None:
        with pytest.raises(CannotEncode):
            oid(dotted)

    @pytest.mark.parametrize(
        ("places", "octets"),
        [([0], "03020780"), ([5, 6], "03020106"), ([8], "0303070080"), ([], "030100"), ([7], "03020001")],
    )
    def test_named_bits_have_no_zeros_at_the_end(self, places: list[int], octets: str) -> None:
        assert bits(places).hex() == octets

    @pytest.mark.parametrize(
        ("text", "kind", "octets"),
        [
            ("é", "utf8", "0c02c3a9"),
            ("é", "t61", "1401e9"),
            ("é", "bmp", "1e0200e9"),
            ("🔑", "universal", "1c040001f511"),
            ("1 2", "numeric", "1203312032"),
            ("A?", "printable", "1302413f"),
            ("a@", "ia5", "16026140"),
            ("a@", "visible", "1a026140"),
        ],
    )
    def test_each_string_type(self, text: str, kind: str, octets: str) -> None:
        assert string(text, kind).hex() == octets

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("a_", "printable"),
            ("a", "numeric"),
            ("é", "ia5"),
            ("\x7f", "visible"),
            ("€", "t61"),
            ("🔑", "bmp"),
            ("\ud800", "utf8"),
        ],
    )
    def test_what_a_string_type_cannot_carry(self, text: str, kind: str) -> None:
        with pytest.raises(CannotEncode):
            string(text, kind)

    @pytest.mark.parametrize(
        ("year", "form", "octets"),
        [
            (2049, "rule", b"\x17\x0d490101000000Z"),
            (2050, "rule", b"\x18\x0f20500101000000Z"),
            (1950, "utc", b"\x17\x0d500101000000Z"),
            (2011, "generalized", b"\x18\x0f20110101000000Z"),
        ],
    )
    def test_times(self, year: int, form: str, octets: bytes) -> None:
        assert time(datetime(year, 1, 1, tzinfo=UTC), form) == octets

    @pytest.mark.parametrize("year", [1949, 2050])
    def test_utc_time_has_an_end(self, year: int) -> None:
        with pytest.raises(CannotEncode):
            time(datetime(year, 1, 1, tzinfo=UTC), "utc")

    def test_pss_says_its_hash_its_mask_and_its_salt_as_the_baseline_requirements_print_them(self) -> None:
        """BR 7.1.3.2.1: salt 32, 48 and 64 octets."""
        for name, number, salt in (("sha256", 1, 32), ("sha384", 2, 48), ("sha512", 3, 64)):
            digest = f"300d0609608648016503040{2}0{number}0500"
            inner = f"a00f{digest}a11c301a06092a864886f70d010108{digest}a2030201{salt:02x}"
            assert SIGNATURE_IDENTIFIERS[f"{name}-rsa-pss"].hex() == f"304106092a864886f70d01010a3034{inner}"


class TestNames:
    def test_a_multi_valued_name_is_in_the_order_of_der(self) -> None:
        one = {"type": "OU", "value": "b", "string": "utf8"}
        other = {"type": "CN", "value": "a", "string": "utf8"}
        assert named({"all_of": [one, other]}) == named({"all_of": [other, one]})
        assert named({"all_of": [one, other]}).hex() == "30163114300806035504030c0161".replace("3008", "3008") + (
            "3008060355040b0c0162"
        )

    def test_a_value_as_der_stands_as_it_is(self) -> None:
        assert named({"type": "2.5.4.3", "der": "1e020041"}).endswith(bytes.fromhex("06035504031e020041"))

    def test_the_same_attribute_twice_in_one_relative_name_is_refused(self) -> None:
        one = {"type": "OU", "value": "b"}
        with pytest.raises(CannotEncode):
            named({"all_of": [one, one]})
        assert named({"all_of": [one, one | {"value": "c"}]})

    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            ({"type": "dns", "value": ".mil"}, x509.DNSName(".mil")),
            ({"type": "dns", "value": ""}, x509.DNSName("")),
            ({"type": "email", "value": "a@b.example"}, x509.RFC822Name("a@b.example")),
            ({"type": "uri", "value": "ldap://x/y z"}, x509.UniformResourceIdentifier("ldap://x/y z")),
            ({"type": "ip", "value": "10.0.0.1"}, x509.IPAddress(ip_address("10.0.0.1"))),
            ({"type": "ip", "value": "::1"}, x509.IPAddress(ip_address("::1"))),
            ({"type": "ip", "value": "10.0.0.0/8"}, x509.IPAddress(ip_network("10.0.0.0/8"))),
            ({"type": "ip", "value": "10.0.0.0/255.0.0.0"}, x509.IPAddress(ip_network("10.0.0.0/8"))),
            ({"type": "ip", "value": "::/0"}, x509.IPAddress(ip_network("::/0"))),
            ({"type": "registered-id", "value": "1.2.3"}, x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))),
            (
                {"type": "other", "oid": "1.2.3", "der": "0c0161"},
                x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x0c\x01a"),
            ),
            (
                {"type": "directory", "name": [{"type": "CN", "value": "a"}]},
                x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")])),
            ),
        ],
    )
    def test_each_general_name_as_another_encoder_writes_it(
        self, data: dict[str, Any], expected: x509.GeneralName
    ) -> None:
        names = der.encode(der.SEQUENCE, general(**data))
        assert names == x509.IssuerAlternativeName([expected]).public_bytes()

    @pytest.mark.parametrize("text", ["10.0.0", "10.0.0.0/33", "10.0.0.0/ffff::", "a/8", "1.2.3.4/", "::/129"])
    def test_an_address_that_is_none(self, text: str) -> None:
        with pytest.raises(CannotEncode):
            general(type="ip", value=text)


class TestExtensionsCountedByHand:
    """What no other encoder at hand can write."""

    @pytest.mark.parametrize(
        ("data", "octets"),
        [
            ({"type": "basic-constraints", "ca": False}, "3000"),
            ({"type": "basic-constraints", "ca": True, "path_length": 128}, "30070101ff02020080"),
            (
                {"type": "policy-mappings", "mappings": [{"issuer": "1.2.3", "subject": "2.5.29.32.0"}]},
                "300c300a06022a030604551d2000",
            ),
            ({"type": "policy-constraints"}, "3000"),
            (
                {"type": "policy-constraints", "require_explicit_policy": 0, "inhibit_policy_mapping": 3},
                "3006800100810103",
            ),
            ({"type": "inhibit-any-policy", "skip_certs": 0}, "020100"),
            (
                {"type": "private-key-usage-period", "not_after": "2026-11-22T00:00:00Z"},
                "3011810f" + b"20261122000000Z".hex(),
            ),
            ({"type": "ocsp-no-check"}, "0500"),
            (
                {"type": "qc-statements", "statements": [{"oid": "0.4.0.1862.1.1"}, {"oid": "1.2.3", "der": "0500"}]},
                "3012" "3008" "060604008e460101" "3006" "06022a03" "0500",
            ),
            ({"type": "raw", "oid": "1.2.3", "der": "ff"}, "ff"),
            (
                {"type": "certificate-policies", "policies": [{"oid": "1.2.3", "qualifiers": [
                    {"type": "user-notice", "organization": "A", "organization_string": "ia5", "numbers": [1, 128],
                     "text": "B", "string": "bmp"}]}]},
                "3028" "3026" "06022a03" "3020" "301e" "06082b06010505070202" "3012" "300c" "160141" "3007"
                "020101" "02020080" "1e020042",
            ),
            (
                {"type": "certificate-policies", "policies": [{"oid": "1.2.3", "qualifiers": [
                    {"type": "user-notice", "text": "B", "string": "visible"}]}]},
                "3019301706022a033011300f06082b06010505070202" "3003" "1a0142",
            ),
            (
                {"type": "crl-distribution-points", "points": [{"relative_name": [{"type": "CN", "value": "a"}]}]},
                "3010" "300e" "a00c" "a10a" "3008" "0603550403" "0c0161",
            ),
        ],
        ids=lambda value: value["type"] if isinstance(value, dict) else "",
    )  # fmt: skip
    def test_contents(self, data: dict[str, Any], octets: str) -> None:
        value = extension(**data)
        whole = encode_extension(value, Identifiers())
        assert der.read_one(whole).children()[-1].content.hex() == octets

    def test_criticality_is_written_only_where_it_is_so(self) -> None:
        assert encode_extension(extension(type="ocsp-no-check"), Identifiers()).hex() == (
            "300f06092b060105050730010504020500"
        )
        assert encode_extension(extension(type="ocsp-no-check", critical=True), Identifiers()).hex() == (
            "301206092b06010505073001050101ff04020500"
        )

    @pytest.mark.parametrize(
        "data",
        [
            {"type": "certificate-policies", "policies": [{"oid": "1.50.3"}]},
            {"type": "certificate-policies", "policies": [{"oid": "1.2.3", "qualifiers": [
                {"type": "user-notice", "numbers": [1]}]}]},
            {"type": "certificate-policies", "policies": [{"oid": "1.2.3", "qualifiers": [
                {"type": "user-notice", "text": "é", "string": "visible"}]}]},
            {"type": "crl-distribution-points", "points": [
                {"relative_name": [{"type": "CN", "value": "a"}], "full_name": [{"type": "dns", "value": "a"}]}]},
            {"type": "crl-distribution-points", "points": [
                {"relative_name": [{"type": "CN", "value": "a"}, {"type": "CN", "value": "b"}]}]},
            {"type": "private-key-usage-period", "not_after": "2026-02-30T00:00:00Z"},
            {"type": "qc-statements", "statements": [{"oid": "1.2.3", "der": "0501"}]},
            {"type": "subject-alternative-name", "names": [{"type": "other", "oid": "1.2.3", "der": "05"}]},
            {"type": "authority-key-identifier", "issuer_and_serial": "issuer"},
        ],
    )  # fmt: skip
    def test_what_has_no_encoding_is_refused(self, data: dict[str, Any]) -> None:
        with pytest.raises(CannotEncode):
            contents(**data)

    def test_the_refusal_names_the_extension(self, kit: Any) -> None:
        data = kit.root_data()
        data["extensions"].append({"type": "certificate-policies", "policies": [{"oid": "1.50.3"}]})
        with pytest.raises(CeremonyError) as refused:
            kit.issue(kit.profile_of(data))
        assert refused.value.headline == "Certificate policies cannot be encoded."
        assert refused.value.code == "CERT-ENCODE"


class TestIdentifiers:
    def values(self, kit: Any, **data: Any) -> x509.AuthorityKeyIdentifier:
        profile = kit.intermediate_data()
        profile["extensions"] = [{"type": "authority-key-identifier"} | data.pop("aki", {})]
        root = kit.root()
        made = kit.issue(kit.profile_of(profile), root.profile, key=kit.other_key, issuer_key=kit.key, **data)
        certificate = x509.load_der_x509_certificate(made.der)
        return certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value

    def test_what_the_issuers_certificate_carries_is_what_is_pointed_to(self, kit: Any) -> None:
        assert self.values(kit, issuer_key_identifier=b"abc").key_identifier == b"abc"

    def test_the_issuer_and_serial_of_the_issuers_own_certificate(self, kit: Any) -> None:
        name = named({"type": "CN", "value": "Another Root"})
        found = self.values(
            kit,
            aki={"key_identifier": "none", "issuer_and_serial": "issuer"},
            issuer_issuer_and_serial=(name, 2**127),
        )
        assert found.key_identifier is None
        assert found.authority_cert_serial_number == 2**127
        assert [place.value.public_bytes() for place in found.authority_cert_issuer] == [name]  # type: ignore[union-attr] # a list here

    def test_literal_values(self, kit: Any) -> None:
        literal = {"issuer": [{"type": "directory", "name": [{"type": "O", "value": "A"}]}], "serial": "00ff"}
        found = self.values(kit, aki={"key_identifier": "0102", "issuer_and_serial": literal})
        assert (found.key_identifier, found.authority_cert_serial_number) == (b"\x01\x02", 255)

    def test_a_self_signed_certificate_is_its_own_issuer(self, kit: Any) -> None:
        data = kit.root_data()
        data["extensions"][3] = {"type": "authority-key-identifier", "issuer_and_serial": "issuer"}
        certificate = x509.load_der_x509_certificate(kit.issue(kit.profile_of(data)).der)
        found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        assert found.authority_cert_serial_number == certificate.serial_number
        assert found.authority_cert_issuer == [x509.DirectoryName(certificate.subject)]

    def test_a_copied_identifier_is_the_one_given_and_missing_ones_are_refused(self, kit: Any) -> None:
        data = kit.root_data()
        data["extensions"][2] = {"type": "subject-key-identifier", "method": "copy"}
        profile = kit.profile_of(data)
        made = x509.load_der_x509_certificate(kit.issue(profile, subject_key_identifier=b"old").der)
        assert made.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest == b"old"
        assert made.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == b"old"
        with pytest.raises(CeremonyError) as refused:
            kit.issue(profile)
        assert refused.value.code == "BR-C20"

    def test_a_literal_identifier(self, kit: Any) -> None:
        data = kit.root_data()
        data["extensions"][2] = {"type": "subject-key-identifier", "method": "literal", "value": "c0ffee"}
        made = x509.load_der_x509_certificate(kit.issue(kit.profile_of(data)).der)
        assert made.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest == b"\xc0\xff\xee"

    def test_the_issuers_name_may_come_from_its_certificate(self, kit: Any) -> None:
        name = named({"type": "O", "value": "Elsewhere", "string": "t61"}, {"type": "CN", "value": "Old Root"})
        made = kit.intermediate(kit.root(), issuer_name=name)
        assert x509.load_der_x509_certificate(made.der).issuer.public_bytes() == name
        with pytest.raises(CeremonyError) as refused:
            kit.intermediate(kit.root(), issuer_name=name + b"\0")
        assert refused.value.code == "CERT-NAME"
