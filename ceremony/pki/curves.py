"""The arithmetic by which a public key is found sound: small factors, powers, and points that lie on their curves."""

from __future__ import annotations

import math
from dataclasses import dataclass

SMALLEST_FACTOR = 752
"""BR 6.1.6: an RSA modulus has no factor below this."""
SMALL_PRIMES = tuple(
    n for n in range(2, SMALLEST_FACTOR) if all(n % divisor for divisor in range(2, math.isqrt(n) + 1))
)


@dataclass(frozen=True, slots=True)
class Curve:
    """A NIST curve y^2 = x^3 - 3x + b over the integers modulo p (FIPS 186-4 D.1.2); `size` in octets."""

    p: int
    b: int
    size: int

    def right_side(self, x: int) -> int:
        """x^3 - 3x + b modulo p."""
        return (pow(x, 3, self.p) - 3 * x + self.b) % self.p


CURVES: dict[str, Curve] = {
    "p-256": Curve(
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        32,
    ),
    "p-384": Curve(
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        48,
    ),
    "p-521": Curve(
        2**521 - 1,
        int(
            "0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E1"
            "56193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00",
            16,
        ),
        66,
    ),
}
EDWARDS_P = 2**255 - 19
EDWARDS_D = -121665 * pow(121666, -1, EDWARDS_P) % EDWARDS_P
"""Curve constants of Ed25519 (RFC 8032 5.1)."""


def perfect_power(number: int) -> int | None:
    """The smallest prime k for which the number is a whole number to the power of k; None where there is none.

    Roots below `SMALLEST_FACTOR` are not looked for: they are found as small factors.
    """
    bits = number.bit_length()
    for exponent in SMALL_PRIMES:
        if exponent * (SMALLEST_FACTOR.bit_length() - 1) > bits:
            return None
        if _root(number, exponent) ** exponent == number:
            return exponent
    return None


def _root(number: int, exponent: int) -> int:
    """The whole part of a root, by Newton's method from above."""
    guess = 1 << -(-number.bit_length() // exponent)
    while True:
        better = ((exponent - 1) * guess + number // guess ** (exponent - 1)) // exponent
        if better >= guess:
            return guess
        guess = better


def on_curve(kind: str, point: bytes) -> bool:
    """True for an uncompressed point (SEC 1 2.3.3) that lies on the curve."""
    curve = CURVES[kind]
    if len(point) != 1 + 2 * curve.size or point[0] != 4:
        return False
    x = int.from_bytes(point[1 : 1 + curve.size], "big")
    y = int.from_bytes(point[1 + curve.size :], "big")
    return x < curve.p and y < curve.p and y * y % curve.p == curve.right_side(x)


def on_edwards25519(point: bytes) -> bool:
    """True for 32 octets that decode to a point of Ed25519 (RFC 8032 5.1.3)."""
    y = int.from_bytes(point, "little") & (2**255 - 1)
    if len(point) != 32 or y >= EDWARDS_P:
        return False
    x_squared = (y * y - 1) * pow(EDWARDS_D * y * y + 1, -1, EDWARDS_P) % EDWARDS_P
    return x_squared != 0 and pow(x_squared, (EDWARDS_P - 1) // 2, EDWARDS_P) == 1
