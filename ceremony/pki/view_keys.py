"""A public key as a rule sees it: its kind, its numbers, its identifiers (RFC 5280 4.1.2.7, RFC 3279, 5480, 9881)."""

from __future__ import annotations

import hashlib

from ceremony.pki import der
from ceremony.pki.curves import CURVES, on_curve, on_edwards25519
from ceremony.pki.der import DerError, Element
from ceremony.policy.rules.view import KeyView

RSA = "1.2.840.113549.1.1.1"
RSA_PSS = "1.2.840.113549.1.1.10"
EC = "1.2.840.10045.2.1"
CURVE_NAMES: dict[str, str] = {
    "1.2.840.10045.3.1.7": "p-256",
    "1.3.132.0.34": "p-384",
    "1.3.132.0.35": "p-521",
}
OTHERS: dict[str, str] = {
    "1.3.101.112": "ed25519",
    "2.16.840.1.101.3.4.3.17": "ml-dsa-44",
    "2.16.840.1.101.3.4.3.18": "ml-dsa-65",
    "2.16.840.1.101.3.4.3.19": "ml-dsa-87",
}


def key_view(element: Element) -> KeyView:
    """A SubjectPublicKeyInfo. Raises DerError for what is none, or an RSA key without its two numbers."""
    parts = element.children()
    if element.tag != der.SEQUENCE or [part.tag for part in parts] != [der.SEQUENCE, der.BIT_STRING]:
        raise DerError(f"a SubjectPublicKeyInfo is expected at octet {element.offset}")
    algorithm = parts[0].children()
    if not algorithm or not parts[1].content:
        raise DerError(f"a SubjectPublicKeyInfo is expected at octet {element.offset}")
    bits = parts[1].content[1:]
    oid = der.object_identifier(algorithm[0])
    modulus = exponent = 0
    sound = True
    kind, size = OTHERS.get(oid, oid), len(bits) * 8
    if oid in {RSA, RSA_PSS}:
        modulus, exponent = _numbers(bits)
        kind, size = ("rsa" if oid == RSA else "rsa-pss"), modulus.bit_length()
    elif oid == EC and len(algorithm) == 2 and algorithm[1].tag == der.OBJECT_IDENTIFIER:
        curve = der.object_identifier(algorithm[1])
        kind = CURVE_NAMES.get(curve, curve)
        if kind in CURVES:
            size, sound = int(kind.removeprefix("p-")), _on_curve(kind, bits)
    elif kind == "ed25519":
        sound = on_edwards25519(bits)
    return KeyView(
        spki=element.octets,
        algorithm_der=parts[0].octets,
        kind=kind,
        bits=size,
        modulus=modulus,
        exponent=exponent,
        on_curve=sound,
        identifiers=(hashlib.sha1(bits, usedforsecurity=False).digest(), hashlib.sha256(bits).digest()[:20]),
    )


def _numbers(bits: bytes) -> tuple[int, int]:
    numbers = der.read_one(bits, der.SEQUENCE).children()
    if [number.tag for number in numbers] != [der.INTEGER, der.INTEGER] or not all(n.content for n in numbers):
        raise DerError("an RSA key has two numbers")
    modulus, exponent = (int.from_bytes(number.content, "big", signed=True) for number in numbers)
    return modulus, exponent


def _on_curve(kind: str, point: bytes) -> bool:
    """True for a point of the curve, compressed (SEC 1 2.3.3) or not."""
    curve = CURVES[kind]
    if len(point) == 1 + curve.size and point[0] in {2, 3}:
        x = int.from_bytes(point[1:], "big")
        right = curve.right_side(x)
        return x < curve.p and pow(right, (curve.p - 1) // 2, curve.p) in {0, 1}
    return on_curve(kind, point)
