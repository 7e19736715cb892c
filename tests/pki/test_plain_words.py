"""What a person reads of a planned certificate."""

from __future__ import annotations

from typing import Any

import pytest

from ceremony.pki.encode_names import encode_name
from ceremony.pki.plain_words import plain_words
from ceremony.policy.names import NameAttribute


def said(kit: Any, *extensions: dict[str, Any], **how: Any) -> str:
    data = kit.intermediate_data()
    kinds = {extension["type"] for extension in extensions}
    data["extensions"] = [row for row in data["extensions"] if row["type"] not in kinds] + list(extensions)
    root = kit.root()
    words = plain_words(
        kit.profile_of(data), root.profile, "tls", root.holes.not_before, root.holes.not_after, practice=False, **how
    )
    assert all(sentence.endswith((".", "!")) for sentence in words)
    return "\n".join(words)


@pytest.mark.parametrize(
    ("extension", "sentence"),
    [
        (
            {
                "type": "name-constraints",
                "critical": True,
                "permitted": [{"type": "dns", "value": "go.id"}, {"type": "ip", "value": "10.0.0.0/8"}],
                "excluded": [{"type": "dns", "value": ".mil"}],
            },
            "It may certify these names alone, of their kinds: dns go.id, ip 10.0.0.0/8.\n"
            "It may never certify these names: dns .mil.",
        ),
        (
            {"type": "policy-mappings", "critical": True, "mappings": [{"issuer": "1.2.3", "subject": "1.2.4"}]},
            "Policies count as equal below it: 1.2.3 as 1.2.4.",
        ),
        (
            {"type": "inhibit-any-policy", "critical": True, "skip_certs": 0},
            "It limits which policies certificates below it may claim.",
        ),
        ({"type": "ocsp-no-check"}, "Nobody will ask whether it was revoked: it answers for OCSP itself."),
        (
            {"type": "raw", "oid": "1.2.3", "critical": True, "der": "0500"},
            "It has an extension 1.2.3 that is written octet by octet; "
            "software that does not know it must refuse the certificate.",
        ),
        (
            {
                "type": "crl-distribution-points",
                "points": [{"full_name": [{"type": "uri", "value": "ldap://a/b"}, {"type": "dns", "value": "c"}]}],
            },
            "Revocations will be looked for at ldap://a/b and dns c.",
        ),
        (
            {"type": "subject-alternative-name", "critical": False, "names": [{"type": "email", "value": "a@b.id"}]},
            "Its owner is also called email a@b.id.",
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_each_limit_and_pointer_has_its_sentence(kit: Any, extension: dict[str, Any], sentence: str) -> None:
    assert sentence in said(kit, extension)
    assert sentence not in said(kit)


def test_an_issuer_outside_the_policy_is_called_by_the_name_in_its_certificate(kit: Any) -> None:
    assert 'The key of "Uji Root P1" (Balai Uji, ID) signs it' in said(kit)
    name = encode_name((NameAttribute(type="O", value="Old Trust"), NameAttribute(type="CN", value="Old Root")))
    assert 'The key of "Old Root" (Old Trust) signs it' in said(kit, issuer_name=name)
