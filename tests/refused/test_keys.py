"""Keys that a token or a requester could hand over and that must not be certified: judged before anything is signed.

A request (PKCS#10) brings its key by the same road once there are requests; the rules are the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ceremony.errors import CeremonyError
from ceremony.pki import der

RSA = bytes.fromhex("300d06092a864886f70d0101010500")
GOOD_RSA = rsa.generate_private_key(65537, 2048).public_key().public_numbers()
GOOD_EC = ec.generate_private_key(ec.SECP384R1()).public_key()


def rsa_spki(modulus: int, exponent: int) -> bytes:
    numbers = der.encode(der.SEQUENCE, der.encode_integer(modulus), der.encode_integer(exponent))
    return der.encode(der.SEQUENCE, RSA, der.encode(der.BIT_STRING, b"\0", numbers))


def ec_spki() -> bytes:
    return GOOD_EC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def off_curve() -> bytes:
    octets = bytearray(ec_spki())
    octets[-1] ^= 1
    return bytes(octets)


N, E = GOOD_RSA.n, GOOD_RSA.e
SMALL = 751 * ((1 << 2047) // 751 | 1)
BAD = [
    ("an exponent of one", lambda: rsa_spki(N, 1)),
    ("an even exponent", lambda: rsa_spki(N, 65536)),
    ("an even modulus", lambda: rsa_spki(N - 1, E)),
    ("a small factor", lambda: rsa_spki(SMALL, E)),
    ("a modulus of 1024 bits", lambda: rsa_spki(N >> 1024 | 1, E)),
    ("a point off its curve", off_curve),
]


def objections(ca: Any, spki: bytes) -> set[str]:
    """What is said of the plan's TLS certificate over this key."""
    plan = ca.plan()
    planned = plan.certificate_named("tls")
    world = planned.setting.world.copy()
    world.keys["tls"] = replace(world.keys["tls"], spki=spki)
    setting = replace(planned.setting, world=world, placeholders=False)
    try:
        made = planned.demand.draft(setting, 2**126 + 5)
    except CeremonyError as error:
        return {error.code}
    assert made.holes.spki == spki
    return {finding.rule for finding in made.judged().findings if finding.severity.blocks}


@pytest.mark.parametrize("make", [case[1] for case in BAD], ids=[case[0] for case in BAD])
def test_an_unsound_key_is_refused(make: Any, ca: Any) -> None:
    assert objections(ca, make())


@pytest.mark.parametrize("spki", [rsa_spki(N, E), ec_spki()], ids=["RSA", "P-384"])
def test_a_sound_key_is_accepted(spki: bytes, ca: Any) -> None:
    assert objections(ca, spki) == set()
