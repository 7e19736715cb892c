"""What is unsound about a public key, by its own numbers (RFC 8017 3.1; SP 800-89 5.3.3; SP 800-56A 5.6.2.3.3)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

from ceremony.policy.rules.view import KeyView

SMALLEST_FACTOR = 752
"""A modulus has no factor below this (BR 6.1.6, SP 800-89)."""

_PRIMES = tuple(n for n in range(3, SMALLEST_FACTOR) if all(n % d for d in range(2, math.isqrt(n) + 1)))
_PRODUCT = math.prod(_PRIMES)


def key_faults(key: KeyView) -> Iterator[str]:
    """One sentence for each way in which the key is unsound; nothing for a sound one."""
    if key.kind in {"rsa", "rsa-pss"}:
        yield from _rsa_faults(key.modulus, key.exponent)
    elif not key.on_curve:
        yield f"the point of the key is not on its curve, {key.kind}"


def _rsa_faults(modulus: int, exponent: int) -> Iterator[str]:
    if modulus <= 1:
        yield "the RSA modulus is not a positive number"
        return
    if modulus % 2 == 0:
        yield "the RSA modulus is even"
    if math.gcd(modulus, _PRODUCT) > 1:
        factor = next(prime for prime in _PRIMES if modulus % prime == 0)
        yield f"the RSA modulus has the factor {factor}; it must have none below {SMALLEST_FACTOR}"
    power = _power(modulus)
    if power:
        yield f"the RSA modulus is a number to the power of {power}"
    if exponent < 3 or exponent % 2 == 0:
        yield f"the RSA exponent is {exponent}; it must be odd and at least 3"


@lru_cache(maxsize=64)
def _power(modulus: int) -> int:
    """The smallest prime exponent by which the number is a perfect power; 0 where it is none.

    The base has no factor below 752, so it has at least ten bits: that ends the search.
    """
    if math.isqrt(modulus) ** 2 == modulus:
        return 2
    return next((power for power in _PRIMES if 9 * power <= modulus.bit_length() and _exact(modulus, power)), 0)


def _exact(number: int, degree: int) -> bool:
    """The number has a whole root of this degree, by halving the space in which it can lie."""
    low, high = 1, 1 << (number.bit_length() // degree + 1)
    while low < high:
        middle = (low + high) // 2
        power = middle**degree
        if power == number:
            return True
        low, high = (middle + 1, high) if power < number else (low, middle)
    return False
