"""What was drawn and signed on an earlier day is neither drawn nor signed with again."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from ceremony.script.invariants.randomness import repeats, shares_r
from ceremony.transcript.state import CeremonyState


def test_a_later_ceremony_refuses_what_an_earlier_one_drew_and_the_r_of_its_signatures(small: Any) -> None:
    assert small.perform().closed
    lines = [entry.data for entry in small.chain().entries]
    draws = [half for data in lines if hasattr(data, "drawn") for half in (data.drawn.token, data.drawn.system)]
    signatures = [data.signature for data in lines if data.kind == "signed"]
    later, nothing = small.plan(), CeremonyState()
    assert (later.past.register.draws, later.past.register.ecdsa[:2]) == (tuple(draws), tuple(signatures))
    assert len(draws) == 8, "two identifiers and two serial numbers, of two sources each"
    for draw in draws:
        assert "drawn before" in repeats(later, nothing, bytes.fromhex(draw))
    r, s = decode_dss_signature(bytes.fromhex(signatures[0]))
    assert "the r of an earlier one" in shares_r(later, nothing, encode_dss_signature(r, s + 1).hex())


def test_a_fresh_draw_a_fresh_r_and_the_very_same_signature_are_taken(small: Any) -> None:
    assert small.perform().closed
    later, nothing = small.plan(), CeremonyState()
    assert repeats(later, nothing, bytes(range(32))) == ""
    assert shares_r(later, nothing, encode_dss_signature(7, 9).hex()) == ""
    assert shares_r(later, nothing, later.past.register.ecdsa[0]) == ""
