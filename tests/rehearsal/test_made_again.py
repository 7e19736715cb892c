"""One certificate or list made again over another key: every kind of key, signature and name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from ceremony.engine.stand_ins import stand_in_past
from ceremony.errors import CeremonyError
from ceremony.pki.keys import check_public_key, key_algorithm
from ceremony.pki.marking import marked_name
from ceremony.pki.stand_in import StandIns, public_half, software_key, software_signature, spki_of
from ceremony.policy.algorithms import KeyAlgorithm
from ceremony.script import practice_label
from ceremony.script.past import Past
from ceremony.secret import Secret
from ceremony.token import stand_in
from ceremony.token.stand_in import store_pair
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import BackupEntry, CertificateEntry, KeyEntry
from tests.conftest import ReadyToken

NOW = datetime(2027, 1, 4, tzinfo=UTC)
COMMON, ORGANISATION, COUNTRY, UNIT = (
    NameOID.COMMON_NAME,
    NameOID.ORGANIZATION_NAME,
    NameOID.COUNTRY_NAME,
    NameOID.ORGANIZATIONAL_UNIT_NAME,
)


def name_of(*parts: Any) -> x509.Name:
    rows = [part if isinstance(part, list) else [part] for part in parts]
    return x509.Name([x509.RelativeDistinguishedName(row) for row in rows])


def at(oid: x509.ObjectIdentifier, text: str, kind: Any = None) -> x509.NameAttribute:
    return x509.NameAttribute(oid, text, kind)


ROOT = name_of(at(COUNTRY, "ID"), at(COMMON, "Old Root"))


def certificate(key: Any, issuer_key: Any, *, pss: bool = False, issuer: x509.Name = ROOT) -> bytes:
    """A CA certificate whose authority key identifier names issuer and serial number too."""
    public = key.public_key()
    authority = x509.AuthorityKeyIdentifier(
        x509.SubjectKeyIdentifier.from_public_key(issuer_key.public_key()).digest, [x509.DirectoryName(issuer)], 77
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(at(COMMON, "Old CA")))
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(4711)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=365))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(authority, critical=False)
    )
    hashed = None if not hasattr(issuer_key, "key_size") else hashes.SHA256()
    more = {"rsa_padding": padding.PSS(padding.MGF1(hashes.SHA256()), 32)} if pss else {}
    made: bytes = builder.sign(issuer_key, hashed, **more).public_bytes(Encoding.DER)
    return made


@pytest.mark.parametrize(
    ("algorithm", "pss"),
    [("rsa-2048", False), ("rsa-2048", True), ("p-256", False), ("p-384", False), ("p-521", False), ("ed25519", False)],
)
def test_a_certificate_is_made_again_for_every_kind_of_key(algorithm: KeyAlgorithm, pss: bool) -> None:
    old, old_root, new, new_root = (software_key(algorithm) for _ in range(4))
    octets = certificate(old, old_root, pss=pss)
    again = StandIns({spki_of(old): spki_of(new), spki_of(old_root): spki_of(new_root)}).certificate(
        octets, lambda kind, tbs: software_signature(new_root, kind, tbs)
    )
    was, made = x509.load_der_x509_certificate(octets), x509.load_der_x509_certificate(again)
    assert made.subject.rfc4514_string() == "CN=Old CA (PRACTICE)"
    assert made.issuer.rfc4514_string() == "CN=Old Root (PRACTICE),C=ID"
    assert (made.serial_number, made.not_valid_after_utc) == (was.serial_number, was.not_valid_after_utc)
    assert made.public_key() == new.public_key()
    digest = made.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert digest == x509.SubjectKeyIdentifier.from_public_key(new.public_key()).digest
    authority = made.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert authority.key_identifier == x509.SubjectKeyIdentifier.from_public_key(new_root.public_key()).digest
    assert authority.authority_cert_serial_number == 77
    assert authority.authority_cert_issuer == [x509.DirectoryName(made.issuer)]
    assert made.signature_algorithm_oid == was.signature_algorithm_oid
    if pss:
        parameters = made.signature_algorithm_parameters
        new_root.public_key().verify(made.signature, made.tbs_certificate_bytes, parameters, hashes.SHA256())
    elif algorithm.startswith("rsa"):
        scheme = padding.PKCS1v15()
        new_root.public_key().verify(made.signature, made.tbs_certificate_bytes, scheme, hashes.SHA256())
    elif algorithm == "ed25519":
        new_root.public_key().verify(made.signature, made.tbs_certificate_bytes)
    else:
        new_root.public_key().verify(made.signature, made.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        (name_of(at(COUNTRY, "ID"), at(COMMON, "Root")), "CN=Root (PRACTICE),C=ID"),
        (name_of(at(COMMON, "Root"), at(ORGANISATION, "CA")), "O=CA,CN=Root (PRACTICE)"),
        (name_of(at(COMMON, "One"), at(COMMON, "Two")), "CN=Two (PRACTICE),CN=One"),
        (name_of(at(ORGANISATION, "CA"), at(UNIT, "Class 3")), "OU=Class 3 (PRACTICE),O=CA"),
        (name_of(at(ORGANISATION, "CA"), at(COUNTRY, "ID")), "C=ID,O=CA (PRACTICE)"),
        (name_of([at(COMMON, "Root"), at(UNIT, "Unit")], at(COUNTRY, "ID")), "C=ID,OU=Unit+CN=Root (PRACTICE)"),
        (name_of(at(COMMON, "Rööt", _ASN1Type.BMPString)), "CN=Rööt (PRACTICE)"),
        (name_of(at(COMMON, "R" * 64)), f"CN={'R' * 53} (PRACTICE)"),
        (name_of(at(COMMON, "Root (PRACTICE)")), "CN=Root (PRACTICE)"),
        (name_of(at(ORGANISATION, "CA"), at(NameOID.SERIAL_NUMBER, "7", _ASN1Type.NumericString)), None),
    ],
)
def test_every_kind_of_name_is_marked(name: x509.Name, marked: str | None) -> None:
    octets = marked_name(name.public_bytes())
    if marked is None:
        assert b"CA (PRACTICE)" in octets  # a NumericString has no room for a word
        return
    from asn1crypto.x509 import Name

    parts = [part for rdn in Name.load(octets).chosen for part in rdn]
    assert sorted(part["value"].native for part in parts) == sorted(
        item.partition("=")[2] for joined in marked.split(",") for item in joined.split("+")
    )


def test_a_name_that_nothing_can_be_added_to_is_refused() -> None:
    with pytest.raises(ValueError, match="no room for the word PRACTICE"):
        marked_name(name_of(at(COUNTRY, "ID")).public_bytes())


@pytest.mark.parametrize("algorithm", ["rsa-4096", "p-384", "ed25519", "ml-dsa-65"])
def test_a_key_that_nobody_has_is_sound_and_never_the_same(algorithm: KeyAlgorithm) -> None:
    first, second = public_half(algorithm), public_half(algorithm)
    assert first != second
    assert key_algorithm(first) == algorithm
    assert not check_public_key(first, "stand-in")


def entry(name: str, algorithm: str, label: str, spki: bytes, **more: Any) -> KeyEntry:
    values = {
        "name": name,
        "key_id": "aa" * 16,
        "algorithm": algorithm,
        "profile": "any",
        "spki": spki.hex(),
        "spki_sha256": "00" * 32,
        "token_label": label,
        "token_serial": "1",
        "ceremony": "0001-one",
        "made_at": "2027-01-04T00:00:00Z",
        "state": "certified",
    }
    return KeyEntry.model_validate({**values, **more})


def test_only_the_tokens_that_are_opened_get_keys(token: ReadyToken) -> None:
    old, backup = software_key("p-256"), BackupEntry(label="VAULT", serial="2", ceremony="0001-one", made_at="x")
    vault = (backup, backup.model_copy(update={"serial": "3"}))
    keys = (
        entry("root", "p-256", "STAGE", spki_of(old), backups=vault),
        entry("far", "ml-dsa-65", "ELSEWHERE", public_half("ml-dsa-65")),
        entry("gone", "p-256", "STAGE", spki_of(software_key("p-256")), state="destroyed"),
    )
    octets = certificate(software_key("p-256"), old)
    held = CertificateEntry(
        name="root",
        profile="any",
        issuer="gone-root",
        key="root",
        serial="1",
        not_before="x",
        not_after="x",
        sha256="",
        der=octets.hex(),
        ceremony="0001-one",
    )
    made = stand_in_past(Past(Register(mode="production", keys=keys, certificates=(held,))), ["STAGE", "VAULT"])
    assert [(key.entry.name, key.labels) for key in made.keys] == [("root", ("PRACTICE STAGE", "PRACTICE VAULT"))]
    assert made.past.stand_in
    assert made.past.register.mode == "practice"
    assert not {key.spki for key in keys} & {key.spki for key in made.past.register.keys}
    assert [key.token_label for key in made.past.register.keys][1] == "PRACTICE ELSEWHERE"
    assert made.without("PRACTICE STAGE").labels == ("PRACTICE VAULT",)
    # the module shows a token that says nothing of practice
    with pytest.raises(CeremonyError) as caught:
        made.put_into(token.module)
    assert caught.value.code == "STAND-IN"
    assert [item.label for item in token.module.tokens() if item.initialised] == ["TEST"]


def test_ml_dsa_on_an_opened_token_is_refused_with_what_to_do() -> None:
    keys = (entry("root", "ml-dsa-65", "STAGE", public_half("ml-dsa-65")),)
    with pytest.raises(CeremonyError) as caught:
        stand_in_past(Past(Register(mode="production", keys=keys)), ["STAGE"])
    assert caught.value.headline == "A stand-in for a key of kind ml-dsa-65 cannot be made."
    assert "--tokens" in caught.value.next_step


def test_two_tokens_that_would_become_one_are_refused() -> None:
    labels = ("A-LABEL-OF-THIRTY-CHARACTERS-1", "A-LABEL-OF-THIRTY-CHARACTERS-2")
    keys = tuple(entry(f"k{n}", "p-256", label, public_half("p-256")) for n, label in enumerate(labels))
    with pytest.raises(CeremonyError) as caught:
        stand_in_past(Past(Register(mode="production", keys=keys)), labels)
    assert caught.value.headline == "Two tokens would get the same practice label."


def test_nothing_is_stored_in_a_token_that_is_not_one_of_practice(token: ReadyToken) -> None:
    key = software_key("p-256")
    with token.module.open(token.info, token.pin) as session:
        with pytest.raises(CeremonyError) as caught:
            store_pair(session, "root", b"\x01", "p-256", key, spki_of(key))
        assert caught.value.code == "STAND-IN"
        assert session.inventory() == ()


@pytest.mark.parametrize("algorithm", ["rsa-2048", "p-256", "p-384", "p-521", "ed25519"])
def test_a_stored_stand_in_signs_and_never_leaves(softhsm: object, algorithm: KeyAlgorithm) -> None:
    from ceremony.pki.signatures import verify_octets
    from ceremony.policy.algorithms import SIGNATURES_OF_KEY
    from ceremony.token.module import Module

    module = Module.load("softhsm")
    info = module.initialise("PRACTICE X", Secret("12345678"), Secret("123456"))
    key = software_key(algorithm)
    with module.open(info, Secret("123456")) as session:
        store_pair(session, "root", b"\x01", algorithm, key, spki_of(key))
        found = session.key(b"\x01")
        assert (found.label, found.algorithm, found.spki) == ("root", algorithm, spki_of(key))
        facts = found.read_back
        assert (facts.extractable, facts.sensitive, facts.local) == (False, True, False)
        for signature in SIGNATURES_OF_KEY[algorithm]:
            verify_octets(signature, b"octets", session.sign(b"\x01", signature, b"octets"), spki_of(key))


def test_the_mark_of_a_practice_token_is_one_word_everywhere() -> None:
    assert stand_in.PRACTICE_PREFIX == practice_label.PRACTICE_PREFIX
