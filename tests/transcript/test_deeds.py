"""Deeds: what people approve, and by which digest, declared once for the engine's gate and the verifier."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from ceremony.canonical import sha256_hex
from ceremony.transcript import kinds
from ceremony.transcript.kinds import ApprovedAs, ApprovedKind, Deed, approved_as

HERE = {"key": "root", "key_id": "0a", "label": "SMALL", "serial": "1"}
DRAWN = kinds.Drawn(token="01", system="02")
DIGEST = "ab" * 32
SIGNATURE = kinds.SignatureIntended(
    what="crl", name="list", to_be_signed_sha256=DIGEST, signer_key="root", key_id="0a", algorithm="ecdsa-sha384"
)
DESTRUCTION = kinds.DestructionIntended(key="root", key_id="0a", spki_sha256=DIGEST)

DEEDS: dict[type[Any], tuple[Any, ApprovedAs]] = {
    type(deed): (deed, wanted)
    for deed, wanted in (
        (SIGNATURE, ApprovedAs("crl", "list", DIGEST)),
        (kinds.BackupIntended(**HERE, spki_sha256=DIGEST), ApprovedAs("key-backup", "root", DIGEST)),
        (
            kinds.DestructionIntended(key="root", key_id="0a", spki_sha256=DIGEST),
            ApprovedAs("key-destruction", "root", DIGEST),
        ),
        (kinds.KeyAdopted(**HERE, spki_sha256=DIGEST), ApprovedAs("key-adoption", "root", DIGEST)),
        (
            kinds.RestoreTestIntended(**HERE, challenge="00ff", algorithm="ecdsa-sha384", drawn=DRAWN),
            ApprovedAs("restore-test", "root", sha256_hex(b"\x00\xff")),
        ),
        (kinds.DiscardIntended(key="root", key_id="0a"), ApprovedAs("key-discard", "root", sha256_hex(b"\x0a"))),
    )
}


def approval(wanted: ApprovedAs, **changes: Any) -> kinds.Approved:
    said = {"what": wanted.what, "name": wanted.name, "to_be_signed_sha256": wanted.sha256} | changes
    rest = {
        "ceremony_id": "1",
        "step": "s",
        "attempt": 1,
        "plan_sha256": "",
        "chain_head": "",
        "person": "agus",
        "statement": "",
    }
    return kinds.Approved.model_validate({**rest, **said, "method": "typed"})


def test_each_deed_is_tested_here() -> None:
    assert set(DEEDS) == set(get_args(Deed))


NOT_APPROVED = {
    kinds.TokenInitialising: "the step that opens the token asks for it, and its holders state it",
    kinds.KeyIntended: "the script demands it; the key is nobody's until something is approved for it",
    kinds.PinChanging: "as many holders as open the token change its PINs, with their own cards",
    kinds.ArtefactIntended: "what is written was approved before it was signed",
    kinds.ExportIntended: "copies of what was signed, which is public",
}
"""Intents that nobody approves by a digest, and why."""


def test_each_intent_is_approved_or_it_is_said_why_not() -> None:
    intents = {kind for kind in kinds.KINDS.values() if (kind.__doc__ or "").startswith("Intent:")}
    assert intents == (set(DEEDS) - {kinds.KeyAdopted}) | set(NOT_APPROVED)


def test_each_thing_that_people_approve_is_what_some_deed_is() -> None:
    objects = set(get_args(kinds.What))
    kinds_of_keys = {wanted.what for _, wanted in DEEDS.values()} - objects
    said = {word for part in get_args(ApprovedKind) for word in (get_args(part) or (part,))}
    assert objects | kinds_of_keys == said


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.kind)
def test_a_deed_is_approved_as_itself_and_as_nothing_else(deed: Any) -> None:
    data, wanted = DEEDS[deed]
    assert approved_as(data) == wanted
    assert wanted.fits(approval(wanted))
    for change in ({"what": "request"}, {"name": "other"}, {"to_be_signed_sha256": "cd" * 32}):
        assert not wanted.fits(approval(wanted, **change))


@pytest.mark.parametrize("text", ["0A", "0", "xy", "0a 0b"])
def test_octets_that_are_not_lower_case_hex_are_approved_as_nothing(text: str) -> None:
    for deed in (
        kinds.RestoreTestIntended(**HERE, challenge=text, algorithm="ecdsa-sha384", drawn=DRAWN),
        kinds.DiscardIntended(key="root", key_id=text),
    ):
        with pytest.raises(ValueError, match="hex"):
            approved_as(deed)
