"""What lies on a token, read back: keys with their attributes, and the names of everything else."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ceremony.errors import CeremonyError
from ceremony.token.mechanisms import KEY_KINDS, KeyKind

if TYPE_CHECKING:
    import pkcs11

OTHER_USES = ("decrypt", "unwrap", "derive", "sign_recover")
"""What a private key may do beside signing (CKA_ attributes of these names)."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What the token says of a private key; None where it would not say."""

    local: bool | None
    """CKA_LOCAL: made in this token."""
    sensitive: bool | None
    always_sensitive: bool | None
    extractable: bool | None
    never_extractable: bool | None
    sign: bool
    other_uses: tuple[str, ...]
    """Those of `OTHER_USES` that the key allows."""
    key_gen_mechanism: str | None
    """Without CKM_, as RSA_PKCS_KEY_PAIR_GEN; a vendor's own has no name here."""

    def as_dict(self) -> dict[str, bool | str | list[str] | None]:
        """For the record: strings, booleans, nulls and lists only."""
        return {**asdict(self), "other_uses": list(self.other_uses)}


@dataclass(frozen=True, slots=True)
class TokenKey:
    """A key pair on the token."""

    label: str
    key_id: bytes
    algorithm: str
    """As the policy names it: rsa-4096, p-384, ed25519, ml-dsa-65."""
    spki: bytes
    """DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7)."""
    read_back: ReadBack


@dataclass(frozen=True, slots=True)
class TokenObject:
    """One object of the inventory; `object_class` is private-key, public-key, certificate, secret-key, data, or
    other."""

    object_class: str
    label: str
    key_id: bytes


def attribute(found: pkcs11.Object, name: str) -> Any:
    """One CKA_ attribute, or None where the object has no such attribute or keeps it to itself."""
    from pkcs11 import Attribute
    from pkcs11.exceptions import AttributeSensitive, AttributeTypeInvalid

    try:
        return found[Attribute[name]]
    except (AttributeTypeInvalid, AttributeSensitive):
        return None
    except ValueError:
        return None  # a value that python-pkcs11 has no name for, such as a vendor's mechanism


def token_object(found: pkcs11.Object) -> TokenObject:
    """Name an object for the inventory."""
    kind = attribute(found, "CLASS")
    name = kind.name.lower().replace("_", "-") if kind is not None else "other"
    known = {"private-key", "public-key", "certificate", "secret-key", "data"}
    return TokenObject(
        object_class=name if name in known else "other",
        label=str(attribute(found, "LABEL") or ""),
        key_id=bytes(attribute(found, "ID") or b""),
    )


def read_back(private: pkcs11.Object) -> ReadBack:
    """Ask the token for the attributes that a policy is about."""

    def flag(name: str) -> bool | None:
        value = attribute(private, name)
        return None if value is None else bool(value)

    mechanism = attribute(private, "KEY_GEN_MECHANISM")
    return ReadBack(
        local=flag("LOCAL"),
        sensitive=flag("SENSITIVE"),
        always_sensitive=flag("ALWAYS_SENSITIVE"),
        extractable=flag("EXTRACTABLE"),
        never_extractable=flag("NEVER_EXTRACTABLE"),
        sign=bool(flag("SIGN")),
        other_uses=tuple(use for use in OTHER_USES if flag(use.upper())),
        key_gen_mechanism=getattr(mechanism, "name", None),
    )


def public_key(public: pkcs11.Object) -> tuple[str, bytes]:
    """The algorithm and the DER SubjectPublicKeyInfo of a public key object.

    CeremonyError for a kind of key that is not in `KEY_KINDS`, or a point that is not on its curve.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key: Any
    try:
        algorithm, kind = _kind(public)
        if kind.key_type == "RSA":
            exponent = int.from_bytes(attribute(public, "PUBLIC_EXPONENT"), "big")
            key = rsa.RSAPublicNumbers(exponent, int.from_bytes(attribute(public, "MODULUS"), "big")).public_key()
        elif kind.key_type == "EC":
            curve = {"p-256": ec.SECP256R1(), "p-384": ec.SECP384R1(), "p-521": ec.SECP521R1()}[algorithm]
            point = _point(attribute(public, "EC_POINT"), 2 * kind.coordinate_octets + 1)
            key = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
        elif kind.key_type == "ML_DSA":
            sets: dict[str, Any] = {
                "ml-dsa-44": mldsa.MLDSA44PublicKey,
                "ml-dsa-65": mldsa.MLDSA65PublicKey,
                "ml-dsa-87": mldsa.MLDSA87PublicKey,
            }
            key = sets[algorithm].from_public_bytes(bytes(attribute(public, "VALUE")))
        else:
            point = _point(attribute(public, "EC_POINT"), kind.coordinate_octets)
            key = ed25519.Ed25519PublicKey.from_public_bytes(point)
    except (KeyError, TypeError, ValueError) as error:
        found = token_object(public)
        raise CeremonyError(
            "The token holds a public key of an unknown kind.",
            detail=f'The key "{found.label}" (id {found.key_id.hex()}) is not one of {", ".join(KEY_KINDS)}.',
            not_done="The key was not used.",
            next_step="Use another key, or a token whose keys are of these kinds.",
            code="KEY-KIND",
        ) from error
    spki: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return algorithm, spki


def public_template(algorithm: str, spki: bytes) -> dict[pkcs11.Attribute, Any]:
    """The attributes of a public key object that make up the key itself: the way back from `public_key`.

    ValueError where the DER SubjectPublicKeyInfo is not of this algorithm; KeyError for one not in `KEY_KINDS`.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
    from pkcs11 import Attribute, KeyType

    kind = KEY_KINDS[algorithm]
    key: Any = load_der_public_key(spki)
    template: dict[Attribute, Any] = {Attribute.KEY_TYPE: KeyType[kind.key_type]}
    if kind.key_type == "RSA":
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size != kind.bits:
            raise ValueError(f"not an {algorithm} key")
        numbers = key.public_numbers()
        template[Attribute.MODULUS] = numbers.n.to_bytes(kind.bits // 8, "big")
        template[Attribute.PUBLIC_EXPONENT] = numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8, "big")
        return template
    if kind.parameter_set:
        from pkcs11.mechanisms import MLDSAParameterSet

        template[Attribute.PARAMETER_SET] = MLDSAParameterSet[kind.parameter_set]
        template[Attribute.VALUE] = key.public_bytes_raw()
        return template
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        expected = 2 * kind.coordinate_octets + 1
    else:
        point, expected = key.public_bytes_raw(), kind.coordinate_octets
    if len(point) != expected:
        raise ValueError(f"not a {algorithm} key")
    length = bytes((len(point),)) if len(point) < 128 else bytes((0x81, len(point)))
    return template | {Attribute.EC_PARAMS: kind.parameters[0], Attribute.EC_POINT: b"\x04" + length + point}


def _kind(public: pkcs11.Object) -> tuple[str, KeyKind]:
    key_type = attribute(public, "KEY_TYPE").name
    if key_type == "RSA":
        algorithm = f"rsa-{int.from_bytes(attribute(public, 'MODULUS'), 'big').bit_length()}"
        return algorithm, KEY_KINDS[algorithm]
    if key_type == "ML_DSA":
        from pkcs11.mechanisms import MLDSAParameterSet

        parameter_set = MLDSAParameterSet(attribute(public, "PARAMETER_SET")).name
        return next((name, kind) for name, kind in KEY_KINDS.items() if kind.parameter_set == parameter_set)
    parameters = bytes(attribute(public, "EC_PARAMS"))
    for algorithm, kind in KEY_KINDS.items():
        if kind.key_type == key_type and parameters in kind.parameters:
            return algorithm, kind
    raise KeyError(key_type)


def _point(value: bytes, octets: int) -> bytes:
    """CKA_EC_POINT is a DER OCTET STRING by the book; some tokens give the bare point."""
    if len(value) == octets:
        return bytes(value)
    header = 2 if octets < 128 else 3
    if len(value) == octets + header and value[0] == 0x04:
        return bytes(value[header:])
    raise ValueError("not a point of this curve")
