"""A CA whose people have tokens and certificates of their own, on one SoftHSM; ceremonies in production."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ceremony.custody.load import load_people
from ceremony.custody.people import Person
from ceremony.script.plan import Mode
from tests.house.ca import House
from tests.house.credentials import ISSUER, certificate, give
from tests.house.held import name_credential

CA = Path(__file__).parent / "ca"
CUSTODY = "custody: {approvals: signed, quorum: 2, read_back: true, attestation: true, receipts: true}"
"""What the policy says; to be edited."""

__all__ = ["CA", "CUSTODY", "EVERYBODY", "ISSUER", "Signers", "certificate", "swap_tokens"]

EVERYBODY = ("rini", "agus", "dewi", "bambang", "siti")


@dataclass
class Signers(House):
    """Ceremonies in production; the tokens of the CA's people are on the same SoftHSM."""

    mode: Mode = "production"

    def token_of(self, person: str, **wanted: Any) -> bytes:
        """A token of the person's own, with a key made there and a certificate over it; its DER."""
        with self.opened(person.upper(), new=True) as session:
            der = give(session, self.person(person), self.clock().machine_utc(), **{"days": 30, **wanted})
        self.name_credential(person, der)
        return der

    def person(self, name: str) -> Person:
        """Somebody of the people file."""
        return next(one for one in load_people(self.folder / "people.yaml").people.people if one.id == name)

    def copied_token_of(self, person: str, key: ec.EllipticCurvePrivateKey) -> bytes:
        """A token of the person's own that holds a copy of a key which others have too."""
        from pkcs11 import Attribute
        from pkcs11.util.ec import decode_ec_private_key, decode_ec_public_key

        private = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        der = certificate(key, name=self.person(person).name)
        with self.opened(person.upper(), new=True) as session:
            key_id = session.random(16)
            more = {Attribute.TOKEN: True, Attribute.LABEL: person, Attribute.ID: key_id}
            session._session.create_object(decode_ec_private_key(private) | more | {Attribute.SIGN: True})
            session._session.create_object(decode_ec_public_key(public) | more | {Attribute.VERIFY: True})
            session.store_certificate(person, key_id, der)
        self.name_credential(person, der)
        return der

    def name_credential(self, person: str, der: bytes, label: str = "") -> None:
        """Let the people file name a person's certificate and token."""
        name_credential(self.folder / "people.yaml", person, der, label)


def swap_tokens(house: Signers) -> None:
    """Let the people file name Agus's token for Dewi and the other way round."""
    path = house.folder / "people.yaml"
    names = {"label: AGUS}": "label: DEWI}", "label: DEWI}": "label: AGUS}"}
    lines = [
        next((line.replace(a, b) for a, b in names.items() if a in line), line) for line in path.read_text().split("\n")
    ]
    path.write_text("\n".join(lines))
