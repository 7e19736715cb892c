"""Certificates on paper and on a narrow screen."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ceremony.errors import CeremonyError
from ceremony.pki.describe import describe
from ceremony.pki.text import certificate_text, dump, hex_dump, plain_words


class TestHexDump:
    def test_it_holds_every_octet_at_its_offset(self) -> None:
        octets = bytes(range(256)) + b"end"
        lines = hex_dump(octets).splitlines()
        again = b"".join(bytes.fromhex(line[10:57]) for line in lines)
        assert again == octets
        assert [int(line[:8], 16) for line in lines] == list(range(0, 259, 16))
        assert max(map(len, lines)) <= 78

    def test_it_is_ascii_and_readable_on_the_right(self) -> None:
        assert hex_dump(b"AB\x00\xff~").endswith("|AB..~|")


class TestDump:
    def lines(self, kit: Any, **how: Any) -> list[str]:
        data = kit.root_data()
        data["subject"][1]["value"] = "Balai Café " + "x" * 50
        data["extensions"].append(
            {"type": "crl-distribution-points", "urls": ["http://pki.example.com/" + "long-" * 40 + ".crl"]}
        )
        return dump(kit.issue(kit.profile_of(data), **how).tbs.octets).splitlines()

    def test_every_line_fits_and_is_ascii(self, kit: Any) -> None:
        lines = self.lines(kit)
        assert max(map(len, lines)) <= 78
        assert "\n".join(lines).isascii()

    def test_it_holds_every_field_and_every_octet(self, kit: Any) -> None:
        root = kit.root()
        text = dump(root.tbs.octets)
        for name, value in describe(root.tbs.octets):
            assert name in text
            for part in value.split("; "):
                assert part in text
        squeezed = re.sub(r"[^0-9A-F]", "", text)
        assert root.holes.spki[-97:].hex().upper() in squeezed

    def test_offsets_and_sizes_are_those_of_openssl(self, kit: Any, openssl: Any) -> None:
        octets = kit.intermediate(kit.root()).tbs.octets
        theirs = [
            (int(line.split(":")[0]), int(line.split("hl=")[1][0]) + int(line.split(" l=")[1].split()[0]))
            for line in openssl("asn1parse", "-inform", "DER", given=octets).splitlines()
        ]
        tree = dump(octets).partition("value\n\n")[2]
        ours = {(int(m[1]), int(m[2])) for m in re.finditer(r"^ *(\d+) +(\d+)  ", tree, re.MULTILINE)}
        assert set(theirs) <= ours

    def test_what_cannot_be_described_is_not_dumped(self) -> None:
        with pytest.raises(CeremonyError):
            dump(b"\x30\x00")


class TestCertificateText:
    def test_it_is_what_was_described_with_signature_and_fingerprint(self, kit: Any, openssl: Any) -> None:
        root = kit.root()
        text = certificate_text(root.der)
        fingerprint = openssl("x509", "-inform", "DER", "-noout", "-fingerprint", "-sha256", given=root.der)
        assert fingerprint.strip().partition("=")[2].replace(":", "") in text
        assert "Serial number: 5A:5A:01:02" in text
        assert text.endswith("\n")
        assert max(map(len, text.splitlines())) <= 78

    def test_to_be_signed_bytes_are_no_certificate(self, kit: Any) -> None:
        with pytest.raises(CeremonyError):
            certificate_text(kit.root().tbs.octets)


class TestPlainWords:
    def words(self, kit: Any, made: Any, *, practice: bool = False) -> list[str]:
        return plain_words(
            made.profile,
            made.issuer_profile,
            "uji",
            made.holes.not_before,
            made.holes.not_after,
            practice=practice,
        )

    def test_a_root(self, kit: Any) -> None:
        said = self.words(kit, kit.root())
        assert said[0] == 'uji is a root CA certificate for "Uji Root P1" (Balai Uji, ID).'
        assert "Its last second is 22 November 2046 08:59:59 UTC: 7305 days in all." in said
        assert "Its key may sign certificates and revocation lists (CRLs), and nothing else." in said
        assert "It sets no limit to how many CAs may stand below it." in said

    def test_an_intermediate(self, kit: Any) -> None:
        said = self.words(kit, kit.intermediate(kit.root()), practice=True)
        assert 'The key of "Uji Root P1 (PRACTICE)" (Balai Uji, ID) signs it, with ecdsa-sha384.' in said
        assert "The certificates it signs may not be CAs themselves." in said
        assert "It is good for TLS servers (serverAuth) and TLS clients (clientAuth), and for no other purpose." in said
        assert said[-1].startswith("This is PRACTICE")

    @pytest.mark.parametrize("practice", [True, False])
    def test_they_are_few_and_whole_sentences(self, kit: Any, practice: bool) -> None:
        root = kit.root()
        for made in (root, kit.intermediate(root)):
            said = self.words(kit, made, practice=practice)
            assert 5 <= len(said) <= 14
            assert all(sentence.endswith(".") for sentence in said)
