"""What a register must not forget: a token that holds a backup, what destroyed keys signed, a row of CRL numbers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import InputError
from ceremony.script.load import load_script
from ceremony.script.past import Past, past_of_archive
from ceremony.transcript.register import Register
from tests.register.entries import backup, certificate, crl, key, register
from tests.years.rig import CA, TOKEN, write_script

LIST = {"id": "list", "kind": "sign-crl", "crl": "root-9", "profile": "root", "issuer": "root", "first": True}
ROOT = certificate("root")


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    """A CA's own folder."""
    for name in ("policy.yaml", "people.yaml"):
        shutil.copy(CA / name, tmp_path)
    return tmp_path


def complaints(ca: Path, past: Register, step: dict[str, Any] | None = None, *, initialise: bool = False) -> set[str]:
    """The rules that refuse a script over this register."""
    script = write_script(ca, "next", [step] if step else [], initialise=initialise)
    try:
        load_script(script, past=Past(past))
    except InputError as error:
        return {finding.rule for finding in error.findings if finding.severity.blocks}
    return set()


# Tokens ---------------------------------------------------------------------------------------------------------------


def test_a_token_that_holds_a_backup_is_not_made_anew(ca: Path) -> None:
    held = register(keys=(key("root", token_label="ANOTHER", backups=(backup(label=TOKEN),)),))
    assert complaints(ca, held, initialise=True) == {"SCRIPT-TOKEN-IN-USE"}


def test_one_whose_keys_are_destroyed_is(ca: Path) -> None:
    held = register(keys=(key("root", token_label=TOKEN, state="destroyed"),))
    assert complaints(ca, held, initialise=True) == set()


def test_production_remembers_what_stood_on_a_token_that_was_made_anew(
    mixed: Path, forger_of: Callable[[Path], Any]
) -> None:
    """Its second ceremony is made to begin as the first one did: with a new token of the same label."""
    before = past_of_archive(mixed, "production").register
    shutil.rmtree(mixed / "0004-small")
    shutil.rmtree(mixed / "0005-small")
    forger = forger_of(mixed / "0003-later")
    first = forger_of(mixed / "0002-small").one("token-initialised")
    forger.insert_after(forger.lines[0], "token-initialised", first["data"])
    forger.chain()
    after = past_of_archive(mixed, "production").register
    assert [item.model_copy(update={"lost": ()}) for item in after.keys] == list(before.keys)
    lost = {item.name: [loss.how for loss in item.lost] for item in after.keys if not item.copies}
    assert lost == {item.name: ["token-made-anew"] for item in before.keys if item.ceremony == "0002-small"}
    assert after.certificates == before.certificates
    assert after.crls == before.crls


def test_backups_on_a_token_that_was_made_anew_are_gone() -> None:
    held = register(keys=(key("root", backups=(backup(),)), key("other")), certificates=(ROOT,))
    left = held.without_backups("ROOT-B")
    assert [item.backups for item in left.keys] == [(), ()]
    assert left.certificates == held.certificates
    assert held.without_backups("ROOT") == held


# Rows of CRL numbers --------------------------------------------------------------------------------------------------


def test_a_first_list_of_a_profile_that_took_the_place_of_another_is_refused(ca: Path) -> None:
    held = register(keys=(key("root"),), certificates=(ROOT,), crls=(crl(7, "2027-01-01", "2028-01-01"),))
    assert complaints(ca, held, LIST) == {"CRL-FIRST"}, "profile arl is gone from the policy"


def test_so_is_one_under_another_certificate_of_the_same_key(ca: Path) -> None:
    held = register(
        keys=(key("root"),),
        certificates=(ROOT, certificate("root-by-other", key="root", issuer="other")),
        crls=(crl(7, "2027-01-01", "2028-01-01", issuer="root-by-other"),),
    )
    assert complaints(ca, held, LIST) == {"CRL-FIRST"}


@pytest.mark.parametrize("changes", [{"issuer": "other"}, {"base_number": "6"}])
def test_lists_of_another_key_and_delta_lists_do_not_stand_in_the_way(changes: dict[str, str], ca: Path) -> None:
    held = register(
        keys=(key("root"), key("other")),
        certificates=(ROOT, certificate("other")),
        crls=(crl(7, "2027-01-01", "2028-01-01", **changes),),
    )
    assert complaints(ca, held, LIST) == set()


def test_two_profiles_of_one_scope_are_refused_in_the_policy(ca: Path) -> None:
    policy = ca / "policy.yaml"
    text = policy.read_text()
    start, end = text.index("  second-root:\n    scope"), text.index("ocsp:\n")
    twin = text[start:end].replace("second-root", "twin", 1)
    policy.write_text(text[:end] + twin + text[end:])
    assert complaints(ca, register()) == {"POLICY-CRL-TWIN"}
    part = "      - {type: issuing-distribution-point, urls: ['http://pki.example.org/twin.crl']}\n"
    policy.write_text(text[:end] + twin + part + text[end:])
    assert complaints(ca, register()) == set()


# Names of files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rules"), [("con", {"SCRIPT-NAME"}), ("lpt1.root", {"SCRIPT-NAME"}), ("con-1", set())]
)
def test_a_name_that_windows_cannot_open_is_refused(name: str, rules: set[str], ca: Path) -> None:
    assert complaints(ca, register(keys=(key("root"),), certificates=(ROOT,)), {**LIST, "crl": name}) == rules
