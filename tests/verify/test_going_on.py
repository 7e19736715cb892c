"""What a later ceremony can go on from, what it cannot take again, and what it finds of its own rehearsals."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from ceremony.errors import CeremonyError, InputError
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.load import LoadedScript, load_script
from ceremony.script.past import past_of_archive
from ceremony.script.plan import Mode
from ceremony.verify.archive import verify_path
from tests.house.forger import another_at_the_end


@pytest.fixture
def ca(held: Path, tmp_path: Path) -> Path:
    """A copy of the CA's folder, with the scripts `small` and `later`."""
    return Path(shutil.copytree(held / "ca", tmp_path / "ca"))


def loaded(ca: Path, script: str, archive: Path, mode: Mode = "production") -> LoadedScript:
    return load_script(ca / "ceremonies" / f"{script}.yaml", past=past_of_archive(archive, mode))


def edit(ca: Path, script: str, old: str, new: str) -> None:
    path = ca / "ceremonies" / f"{script}.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def refused(ca: Path, script: str, archive: Path, mode: Mode = "production") -> list[str]:
    """The complaints, as `rule: message`."""
    with pytest.raises(InputError) as caught:
        loaded(ca, script, archive, mode)
    return [f"{finding.rule}: {finding.message}" for finding in caught.value.findings]


def planned(ca: Path, archive: Path) -> set[str]:
    """The rules that forbid the plan of `later`."""
    plan = compile_plan(loaded(ca, "later", archive), "production", Clock().utc())
    return {finding.rule for finding in plan.findings if finding.severity.blocks}


def test_a_later_ceremony_issues_under_the_earlier_root_with_its_key(later: Path) -> None:
    first, second = verify_path(later, production_only=True)
    assert first.proved, first.lines()
    assert second.proved, second.lines()
    root = ["openssl", "x509", "-inform", "DER", "-in", str(later / "0001-small/certificates/root.der")]
    subprocess.run([*root, "-out", str(later / "root.pem")], check=True)
    for name in ("second", "issuing-again"):
        pem = later / f"0002-later/certificates/{name}.pem"
        done = subprocess.run(
            ["openssl", "verify", "-x509_strict", "-CAfile", str(later / "root.pem"), str(pem)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_a_key_that_is_certified_again_stays_the_same(later: Path) -> None:
    register = past_of_archive(later, "production").register
    again, first = register.certificate("issuing-again"), register.certificate("issuing")
    assert again is not None
    assert first is not None
    assert (again.key, again.issuer, again.ceremony) == (first.key, first.issuer, "0002-later")
    assert again.serial != first.serial
    assert [key.name for key in register.keys] == ["root", "issuing", "second"]
    assert {key.token_serial for key in register.keys} == {register.keys[0].token_serial}


def test_the_register_of_a_ceremony_is_what_the_ones_before_it_left(later: Path) -> None:
    shutil.copytree(later / "0001-small", later.parent / "before" / "0001-small")
    kept = (later / "0002-later/inputs/register.json").read_bytes()
    assert kept == past_of_archive(later.parent / "before", "production").register.octets


def test_nothing_can_be_gone_on_from_without_the_archive(ca: Path, tmp_path: Path) -> None:
    assert refused(ca, "later", tmp_path / "none") == [
        "SCRIPT-ISSUER: neither a step above nor an earlier ceremony makes a certificate `root`",
        "SCRIPT-KEY: the key `issuing` is made in no step and in no earlier ceremony",
        "SCRIPT-ISSUER: neither a step above nor an earlier ceremony makes a certificate `root`",
    ]


def test_practice_does_not_see_the_keys_of_production(ca: Path, later: Path) -> None:
    assert any("SCRIPT-ISSUER" in said for said in refused(ca, "later", later, "practice"))
    register = past_of_archive(later, "practice").register
    assert register.keys == ()
    assert [item.folder for item in register.ceremonies] == ["0001-small", "0002-later"]


def test_a_production_token_that_holds_keys_is_not_initialised_again(ca: Path, production: Path) -> None:
    edit(ca, "small", "key: root,", "key: root-2,")
    edit(ca, "small", "certificate: root,", "certificate: root-2,")
    edit(ca, "small", "key: issuing,", "key: issuing-2,")
    edit(ca, "small", "key: issuing\n", "key: issuing-2\n")
    edit(ca, "small", "certificate: issuing\n", "certificate: issuing-2\n")
    edit(ca, "small", "issuer: root\n", "issuer: root-2\n")
    assert refused(ca, "small", production.parent) == [
        "SCRIPT-TOKEN-IN-USE: would erase the token SMALL, which holds root, issuing; destroy keys in a step"
    ]
    edit(ca, "small", "{label: SMALL}", "{label: ANOTHER}")
    assert loaded(ca, "small", production.parent).past.register.keys != ()


def test_names_of_earlier_keys_and_certificates_are_not_taken_again(ca: Path, production: Path) -> None:
    edit(ca, "small", "{label: SMALL}", "{label: ANOTHER}")
    taken = "is the name of another certificate, of this or an earlier ceremony"
    assert refused(ca, "small", production.parent) == [
        "SCRIPT-KEY-TWICE: the key `root` is made in an earlier ceremony; take another name",
        f"SCRIPT-CERTIFICATE: `root` {taken}",
        "SCRIPT-KEY-TWICE: the key `issuing` is made in an earlier ceremony; take another name",
        f"SCRIPT-CERTIFICATE: `issuing` {taken}",
    ]


def test_the_same_names_are_free_in_practice_where_the_token_is_made_anew(practice: Path) -> None:
    """The second rehearsal of one script finds the first in its register, and nothing that was on its token."""
    kept = json.loads((practice / "0002-small/inputs/register.json").read_bytes())
    assert [item["folder"] for item in kept["ceremonies"]] == ["0001-small"]
    assert (kept["keys"], kept["certificates"]) == ([], [])
    assert [key.ceremony for key in past_of_archive(practice, "practice").register.keys] == ["0002-small"] * 2


def test_a_key_on_another_token_cannot_sign(ca: Path, production: Path) -> None:
    assert planned(ca, production.parent) == set()
    edit(ca, "later", "{label: SMALL}", "{label: ANOTHER}")
    assert planned(ca, production.parent) == {"KEY-TOKEN"}


@pytest.mark.parametrize("spoil", ["changed", "gone"])
def test_nothing_is_planned_over_an_archive_that_does_not_hold(spoil: str, ca: Path, later: Path) -> None:
    if spoil == "gone":
        shutil.rmtree(later / "0001-small")
    else:
        record = later / "0001-small/transcript.jsonl"
        record.write_bytes(record.read_bytes().replace(b"BAG-1", b"BAG-2"))
    with pytest.raises(CeremonyError) as caught:
        loaded(ca, "later", later)
    assert caught.value.code == ("ARCHIVE-LINK" if spoil == "gone" else "ARCHIVE-RECORD")


def test_a_certificate_that_was_changed_on_disk_is_not_issued_under(ca: Path, production: Path) -> None:
    root = production / "certificates/root.der"
    root.write_bytes(another_at_the_end(root.read_bytes()))
    assert planned(ca, production.parent) == {"PLAN-ISSUER"}
