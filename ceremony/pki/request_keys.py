"""RSA keys that others have shown to be breakable: what a CA must turn away in a request (BR 6.1.1.3).

Close primes and the keys of one faulty library show in the modulus. Keys of the Debian fault of 2008 show only in its
lists, which are not kept here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ceremony.pki.curves import SMALL_PRIMES
from ceremony.pki.keys import rsa_numbers, split_spki

FERMAT_ROUNDS = 100
"""BR 6.1.1.3 names this number of rounds of Fermat's method."""

ROCA_PRIMES = tuple(prime for prime in SMALL_PRIMES if prime <= 167)
"""The primes that the faulty library's generator goes by, whatever the size (CVE-2017-15361)."""


def weaknesses(spki: bytes) -> Iterator[str]:
    """Why the key is known to be breakable: one sentence each. Nothing for other keys. Raises DerError."""
    if split_spki(spki).kind != "rsa":
        return
    modulus, _ = rsa_numbers(spki)
    if modulus < 3 or modulus % 2 == 0:
        return  # what is no modulus at all is said by check_public_key
    if close_primes(modulus):
        yield f"Its two primes lie so close together that {FERMAT_ROUNDS} rounds of Fermat's method find them."
    if roca(modulus):
        yield "It was made by a library whose keys can be factored (ROCA, CVE-2017-15361)."


def close_primes(modulus: int) -> bool:
    """True where Fermat's method finds two factors of an odd number in 100 rounds."""
    start = math.isqrt(modulus - 1) + 1
    for middle in range(start, start + FERMAT_ROUNDS):
        rest = middle * middle - modulus
        if math.isqrt(rest) ** 2 == rest:
            return True
    return False


def roca(modulus: int) -> bool:
    """True where the modulus is a power of 65537 modulo each of the primes: by chance, one in 2^27 at the most."""
    return all(modulus % prime in _powers(prime) for prime in ROCA_PRIMES)


def _powers(prime: int) -> set[int]:
    """The residues that are powers of 65537."""
    powers, power = {1 % prime}, 65537 % prime
    while power not in powers:
        powers.add(power)
        power = power * 65537 % prime
    return powers
