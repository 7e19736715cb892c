"""What an interrupted ceremony leaves, and what somebody could put into an archive in the shape of one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ceremony.canonical import sha256_hex
from ceremony.cli.earlier import prove_earlier
from ceremony.engine.stand_ins import stand_in_past
from ceremony.errors import CeremonyError
from ceremony.pki.crl_view import crl_view
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.transcript.register import Register
from ceremony.verify.archive import verify_path
from ceremony.verify.unwritten import with_unwritten
from tests.house.forger import another_at_the_end
from tests.house.held import held_by
from tests.house.second_opinion import look
from tests.years.rig import CA, write_script
from tests.years.story import GENERATION, crl, key

Copied = Callable[[int], Path]


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `hold_interrupted.py` leaves. Nobody writes into it."""
    return held_by(Path(__file__).parent / "hold_interrupted.py", tmp_path_factory.mktemp("interrupted") / "held")


@pytest.fixture
def up_to(interrupted: Path, tmp_path: Path) -> Copied:
    """Makes a copy of the archive, of its ceremonies up to a number."""

    def copy(number: int) -> Path:
        target = tmp_path / "archive"
        target.mkdir()
        for folder in sorted((interrupted / "archive").iterdir()):
            if int(folder.name[:4]) <= number:
                shutil.copytree(folder, target / folder.name)
        return target

    return copy


@pytest.fixture
def said(interrupted: Path) -> dict[str, str]:
    """What was said of each ceremony that did not close."""
    held: dict[str, str] = json.loads((interrupted / "said.json").read_text())
    return held


def register_of(archive: Path) -> Register:
    return past_of_archive(archive, "practice").register


def refusal(attempt: Callable[[], object]) -> CeremonyError:
    with pytest.raises(CeremonyError) as caught:
        attempt()
    return caught.value


# Signed, and never written --------------------------------------------------------------------------------------------


def test_a_certificate_that_no_file_holds_can_be_revoked(interrupted: Path, said: dict[str, str]) -> None:
    assert "The ceremony ended early, and its record is sealed." in said["certificate"]
    archive = interrupted / "archive"
    entry = register_of(archive).certificate("issuing-2")
    assert entry is not None
    assert entry.der == ""
    view = crl_view((archive / "0003-list/crls/root-2.crl").read_bytes())
    assert [item.serial_number for item in view.entries] == [int(entry.serial, 16)]
    kept = (archive / "0003-list/inputs/unwritten/issuing-2.der").read_bytes()
    assert sha256_hex(kept) == entry.sha256


def test_without_its_bytes_it_is_refused(said: dict[str, str]) -> None:
    assert "PLAN-ISSUER" in said["not-made-again"]


def test_a_list_that_no_file_holds_counts(interrupted: Path, said: dict[str, str]) -> None:
    """Its number is not given again, and what it revoked stays revoked."""
    assert "The ceremony ended early, and its record is sealed." in said["list"]
    archive = interrupted / "archive"
    assert not (archive / "0004-list-cut/crls/root-3.crl").exists()
    register = register_of(archive)
    assert [item.number for item in register.crls if item.profile == "root"] == ["1", "2", "3", "4"]
    revoked = {item.certificate: int(item.serial, 16) for item in register.revocations}
    assert revoked.keys() == {"issuing-1", "issuing-2"}
    view = crl_view((archive / "0005-next/crls/root-4.crl").read_bytes())
    assert {item.serial_number for item in view.entries} == set(revoked.values())
    assert crl_view((archive / "0005-next/inputs/crls/root.crl").read_bytes()).number == 3


def test_ceremonies_that_go_on_from_them_are_proved(up_to: Copied) -> None:
    verdicts = verify_path(up_to(5))
    assert [verdict.proved for verdict in verdicts] == [True, False, True, False, True]


def test_the_second_verifier_goes_on_from_them_too(up_to: Copied) -> None:
    code, said = look(up_to(5))
    assert code == 0, said
    outcomes = [line.partition(": ")[0] for line in said.splitlines() if ": PRACTICE 000" in line]
    assert outcomes == ["PROVED", "ENDED EARLY", "PROVED", "ENDED EARLY", "PROVED"]


def test_what_is_not_byte_for_byte_what_was_signed_is_not_taken(up_to: Copied) -> None:
    archive = up_to(5)
    path = archive / "0005-next/inputs/unwritten/issuing-2.der"
    octets = path.read_bytes()
    path.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
    assert "0005" in {Path(verdict.path).name[:4] for verdict in verify_path(archive) if not verdict.proved}


def test_a_list_that_was_written_and_then_changed_is_not_made_again(up_to: Copied) -> None:
    archive = up_to(5)
    (archive / "0005-next/crls/root-4.crl").write_bytes(b"")
    past = with_unwritten(past_of_archive(archive, "practice"))
    assert refusal(lambda: past.crl("root")).code == "CRL-PREVIOUS"
    (archive / "0005-next/crls/root-4.crl").unlink()
    past = with_unwritten(past_of_archive(archive, "practice"))
    assert refusal(lambda: past.crl("root")).code == "CRL-PREVIOUS"


def test_a_signature_that_is_not_the_recorded_one_makes_nothing(
    up_to: Copied, forger_of: Callable[[Path], Any]
) -> None:
    archive = up_to(4)
    forger = forger_of(archive / "0004-list-cut")
    signed = forger.data("signed", "list-root")
    signed["signature"] = signed["signature"][:-2] + ("00" if signed["signature"][-2:] != "00" else "01")
    forger.chain()
    past = with_unwritten(past_of_archive(archive, "practice"))
    assert refusal(lambda: past.crl("root")).code == "CRL-PREVIOUS"


def test_a_rehearsal_over_them_has_stand_ins_of_both(interrupted: Path) -> None:
    past = with_unwritten(past_of_archive(interrupted / "archive", "practice"))
    again = stand_in_past(past, set()).past
    entry = again.register.certificate("issuing-2")
    assert entry is not None
    assert sha256_hex(bytes.fromhex(entry.der)) == entry.sha256
    assert crl_view(again.crls["root"]).number == 4


# Two CAs in one archive -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [True, False])
def test_a_profile_whose_lists_are_another_cas_is_refused_for_what_it_is(
    first: bool, interrupted: Path, tmp_path: Path
) -> None:
    for name in ("policy.yaml", "people.yaml"):
        shutil.copy(CA / name, tmp_path)
    policy = tmp_path / "policy.yaml"
    policy.write_text(policy.read_text().replace("value: Years Root", "value: New Root"))
    steps = [
        key("new", "kept"),
        {"id": "sign", "kind": "self-sign", "certificate": "new-root", "profile": "root", "key": "new"},
        {**crl("root", "new-1", first=first), "issuer": "new-root"},
    ]
    archive = interrupted / "archive"
    script = write_script(tmp_path, "next", [*steps, GENERATION[-4] | {"keys": ["new"]}])
    loaded = load_script(script, past=past_of_archive(archive, "practice"))
    plan = compile_plan(loaded, "practice", datetime(2028, 1, 5, tzinfo=UTC), lint=False)
    assert {finding.rule for finding in plan.findings if finding.severity.blocks} == {"CRL-ISSUER"}


# A record without a close, put there by somebody ----------------------------------------------------------------------


def test_interrupted_ceremonies_are_told_and_forbid_nothing(up_to: Copied) -> None:
    said = prove_earlier(up_to(5))
    assert said.lines()[0] == "Archive verified: 3 ceremonies."
    assert [line[:4] for line in said.warnings] == ["0002", "0004"]


def test_a_list_without_an_entry_in_an_interrupted_ceremony_forbids_the_next(
    up_to: Copied, forger_of: Callable[[Path], Any]
) -> None:
    archive = up_to(4)
    forger = forger_of(archive / "0004-list-cut")
    forger.data("crl-built", "list-root").update(added=[], kept=0, number="9")
    forger.seal()
    error = refusal(lambda: prove_earlier(archive))
    assert error.code == "ARCHIVE-NOT-PROVED"
    assert "TBS-PLAN" in error.detail


def test_a_second_key_of_the_same_name_in_an_interrupted_ceremony_forbids_the_next(
    up_to: Copied, forger_of: Callable[[Path], Any]
) -> None:
    """The last key of a name would be the one that is certified."""
    archive = up_to(2)
    forger = forger_of(archive / "0002-certificate-cut")
    for kind in ("key-intended", "key-made"):
        forger.data(kind)["key"] = "reserve"
    forger.lines = forger.lines[: forger.lines.index(forger.one("key-made")) + 1]
    (forger.folder / "transcript.p7s").unlink()
    forger.chain()
    assert register_of(archive).ceremonies[-1].outcome == "open"
    error = refusal(lambda: prove_earlier(archive))
    assert error.code == "ARCHIVE-NOT-PROVED"
    assert "ARCHIVE-ONCE" in error.detail


def test_a_changed_file_of_an_interrupted_ceremony_forbids_the_next(up_to: Copied) -> None:
    archive = up_to(4)
    path = archive / "0004-list-cut/certificates/issuing-3.der"
    path.write_bytes(another_at_the_end(path.read_bytes()))
    assert refusal(lambda: prove_earlier(archive)).code == "ARCHIVE-NOT-PROVED"


def test_another_key_under_the_id_of_one_of_ours_is_not_certified(interrupted: Path, said: dict[str, str]) -> None:
    """A register that was given another public key for a key on our token: the token itself says no."""
    assert "The token holds another key under this id." in said["another-key"]
    assert register_of(interrupted / "archive").certificate("issuing-4") is None


def test_the_inventory_compares_public_keys(said: dict[str, str]) -> None:
    assert "The token holds another key under this id." in said["inventory"]
    assert "The inventory is not agreed." in said["inventory"]
