"""An open token: make keys, sign, read back, keep certificates. Refusals are sentences, and come before the deed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ceremony.errors import CeremonyError
from ceremony.token.generation import generate_pair
from ceremony.token.info import TokenInfo
from ceremony.token.mechanisms import HASHED_OUTSIDE, KEY_KINDS, SIGNATURE_MECHANISMS, KeyKind, mechanisms_for
from ceremony.token.objects import ReadBack, TokenKey, TokenObject, attribute, public_key, read_back, token_object
from ceremony.token.opened import OpenToken
from ceremony.token.signing import from_token, hashed_mechanism_of, mechanism_of, to_token, unknown_algorithm
from ceremony.token.storage import NO_REASON, check_room
from ceremony.token.wrapping import check_wrappable

if TYPE_CHECKING:
    import pkcs11

    from ceremony.token.module import Module

__all__ = ["ReadBack", "Session", "TokenKey", "TokenObject"]


class Session(OpenToken):
    """A token with its user logged in, for reading and writing. Made by `Module.open`; a context manager."""

    def __init__(self, module: Module, token: TokenInfo, session: pkcs11.Session, handle: int) -> None:
        super().__init__(module, token, session, handle)
        self._algorithms: dict[bytes, str] = {}

    def require(self, algorithm: str) -> None:
        """CeremonyError naming the mechanisms that the token lacks for a key or a signature algorithm."""
        try:
            needed = mechanisms_for(algorithm)
        except KeyError:
            raise unknown_algorithm(algorithm) from None
        missing = self.lacks(needed, "Nothing was made or signed.")
        if missing:
            raise CeremonyError(
                f"The token cannot do {algorithm}.",
                detail=f"{self.token} does not offer {', '.join(f'CKM_{name}' for name in missing)}.",
                not_done="Nothing was made or signed.",
                next_step="Choose another algorithm in the policy, or another token.",
                code="TOKEN-MECHANISM",
            )

    def generate_key(self, label: str, key_id: bytes, algorithm: str, *, backup: bool = False) -> TokenKey:
        """Make a key pair in the token: sensitive, never extractable, for signing alone, never to be changed.

        With `backup` it is extractable, which for a sensitive key means wrapped and never in clear, until
        `locking.lock` ends that; its read-back then says so for good: CKA_NEVER_EXTRACTABLE is false.
        Raises CeremonyError, before anything is made, where the label or the id stands on a key already, or the token
        lacks the mechanism or the room, or could not wrap such a key.
        """
        if algorithm not in KEY_KINDS:
            raise unknown_algorithm(algorithm)
        if not label or not label.isprintable() or not key_id:
            raise CeremonyError(
                "A key needs a label that prints, and an id.",
                not_done="No key was made.",
                next_step="Correct the script.",
                code="KEY-LABEL",
            )
        self.require(algorithm)
        self.refuse_taken("key", label, key_id, ("PRIVATE_KEY", "PUBLIC_KEY"))
        if backup:
            check_wrappable(self, algorithm)
        doing = f'the {algorithm} key "{label}" was made'
        if self.token.is_softhsm:
            check_room("key", "No key was made.")
        try:
            with self.call(doing, "No key was made.", storing=NO_REASON), self.stopwatch.generating():
                generate_pair(self._session, label, key_id, algorithm, backup=backup)
        except CeremonyError as error:
            error.not_done = self.remove_half(label, key_id)
            raise
        key = self.key(key_id)
        if key.algorithm != algorithm:
            raise CeremonyError(
                "The token made another key than was asked for.",
                detail=f"It was asked for {algorithm} and made {key.algorithm}.",
                not_done="The key is on the token, and was not used.",
                next_step="Use another token; this one does not do what it is told.",
                code="KEY-KIND",
            )
        return key

    def key(self, key_id: bytes) -> TokenKey:
        """The key pair with this id, read back from the token; CeremonyError when it is not there, or not once."""
        with self.call(f"the key {key_id.hex()} was read back", "The key was not used."):
            private = self.one("PRIVATE_KEY", key_id)
            public = self.one("PUBLIC_KEY", key_id)
            algorithm, spki = public_key(public)
            label = str(attribute(private, "LABEL") or "")
            self._algorithms[key_id] = algorithm
            return TokenKey(label, key_id, algorithm, spki, read_back(private))

    def find_key_label(self, label: str) -> TokenKey | None:
        """The key pair whose private key has this label, or None; CeremonyError when several have it."""
        with self.call(f'the key "{label}" was looked for', "The key was not used."):
            found = self.objects("PRIVATE_KEY", {"LABEL": label})
            if not found:
                return None
            if len(found) > 1:
                raise self.not_one("PRIVATE_KEY", f'labelled "{label}"', len(found))
            key_id = bytes(attribute(found[0], "ID") or b"")
        return self.key(key_id)

    def sign(self, key_id: bytes, algorithm: str, octets: bytes) -> bytes:
        """Sign octets with the key of this id; the signature as X.509 carries it (RFC 3279, 4055, 5758, 8410, 9881).

        RSA: PKCS #1 v1.5 or PSS, raw. ECDSA: DER Ecdsa-Sig-Value over a hash made in software. Ed25519 and ML-DSA: as
        the token gives it.
        CeremonyError when the algorithm does not fit the key. The signature is not checked here.
        """
        kind = self._fitting(key_id, algorithm)
        signature = self._sign(key_id, algorithm, to_token(algorithm, octets), mechanism_of(algorithm))
        return from_token(algorithm, signature, kind.coordinate_octets)

    def sign_chunks(self, key_id: bytes, algorithm: str, chunks: Iterable[bytes]) -> bytes:
        """`sign` over the chunks one after the other, in constant memory where `streams` says so.

        RSA and ECDSA: the hash is made here and the token signs it once, when every chunk was there. Multi-part
        signing (C_SignUpdate) is not used: when it is broken off, C_SignFinal is the only way to end it before PKCS#11
        3.0, and makes a signature over what came so far. An exception from `chunks` ends this without a signature, so
        chunks that turn out not to be those approved are refused by raising at their end.
        Ed25519 and ML-DSA sign the octets themselves: the chunks are joined in memory.
        """
        kind = self._fitting(key_id, algorithm)
        if not self.streams(algorithm):
            return self.sign(key_id, algorithm, b"".join(chunks))
        digest = hashlib.new(HASHED_OUTSIDE[algorithm].hash_name)
        for chunk in chunks:
            digest.update(chunk)
        message = HASHED_OUTSIDE[algorithm].prefix + digest.digest()
        signature = self._sign(key_id, algorithm, message, hashed_mechanism_of(algorithm))
        return from_token(algorithm, signature, kind.coordinate_octets)

    def streams(self, algorithm: str) -> bool:
        """Whether this token signs a hash made elsewhere with this signature algorithm."""
        hashed = HASHED_OUTSIDE.get(algorithm)
        return hashed is not None and not self.lacks((hashed.mechanism,), "Nothing was signed.")

    def random(self, octets: int) -> bytes:
        """So many octets from the token's random source (C_GenerateRandom)."""
        if octets < 1:
            raise ValueError("at least one octet")
        with self.call("random octets were drawn", "No random octets were used."):
            drawn = bytes(self._session.generate_random(8 * octets))
        if len(drawn) != octets:
            raise CeremonyError(
                "The token gave too few random octets.", not_done="They were not used.", code="TOKEN-RANDOM"
            )
        return drawn

    def inventory(self) -> tuple[TokenObject, ...]:
        """Every object on the token that its user may see, in an order that does not change."""
        with self.call("its objects were listed", "The inventory was not taken."):
            found = [token_object(item) for item in self._session.get_objects()]
        return tuple(sorted(found, key=lambda item: (item.object_class, item.label, item.key_id)))

    def store_certificate(self, label: str, key_id: bytes, der: bytes) -> None:
        """Put a certificate (DER) beside its key, not to be changed; CeremonyError where label or id are taken."""
        from pkcs11 import Attribute
        from pkcs11.util.x509 import decode_x509_certificate

        try:
            template = decode_x509_certificate(der)
        except (ValueError, TypeError, KeyError) as error:
            raise CeremonyError(
                "This is not a certificate.",
                detail=f'What was to be stored as "{label}" cannot be read as DER X.509.',
                not_done="Nothing was stored on the token.",
                next_step="Look at the file.",
                code="TOKEN-CERTIFICATE",
            ) from error
        self.refuse_taken("certificate", label, key_id, ("CERTIFICATE",))
        template |= {Attribute.TOKEN: True, Attribute.PRIVATE: False, Attribute.MODIFIABLE: False}
        template |= {Attribute.LABEL: label, Attribute.ID: key_id, Attribute.VALUE: der}
        if self.token.is_softhsm:
            check_room("certificate", "The certificate was not stored.")
        with self.call(f'the certificate "{label}" was stored', "The certificate was not stored.", storing=NO_REASON):
            self._session.create_object(template)

    def certificate(self, key_id: bytes) -> bytes | None:
        """The certificate (DER) with this id, or None."""
        with self.call(f"the certificate {key_id.hex()} was read", "The certificate was not used."):
            found = self.objects("CERTIFICATE", {"ID": key_id})
            if len(found) > 1:
                raise self.not_one("CERTIFICATE", f"with id {key_id.hex()}", len(found))
            return bytes(attribute(found[0], "VALUE")) if found else None

    def certificates(self) -> tuple[tuple[str, bytes, bytes], ...]:
        """Every certificate: label, id, DER."""
        with self.call("its certificates were read", "No certificate was used."):
            found = [
                (str(attribute(item, "LABEL") or ""), bytes(attribute(item, "ID") or b""), attribute(item, "VALUE"))
                for item in self.objects("CERTIFICATE", {})
            ]
        return tuple(sorted((label, key_id, bytes(der or b"")) for label, key_id, der in found))

    def _fitting(self, key_id: bytes, algorithm: str) -> KeyKind:
        """The kind of the key; CeremonyError when it does not make such signatures."""
        if algorithm not in SIGNATURE_MECHANISMS:
            raise unknown_algorithm(algorithm)
        name = self._algorithms.get(key_id) or self.key(key_id).algorithm
        if algorithm not in KEY_KINDS[name].signatures:
            raise CeremonyError(
                f"{algorithm} does not fit the key.",
                detail=f"The key {key_id.hex()} is {name}; it signs with {', '.join(KEY_KINDS[name].signatures)}.",
                not_done="Nothing was signed.",
                next_step="Correct the signature algorithm in the policy.",
                code="KEY-KIND",
            )
        return KEY_KINDS[name]

    def _sign(self, key_id: bytes, algorithm: str, message: bytes, asked: dict[str, Any]) -> bytes:
        doing = f"the key {key_id.hex()} signed with {algorithm}"
        with self.call(doing, "Nothing was signed, as far as the token said."):
            private: Any = self.one("PRIVATE_KEY", key_id)
            with self.stopwatch.signing():
                return bytes(private.sign(message, **asked))
