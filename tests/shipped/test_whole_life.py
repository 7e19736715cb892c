"""The life of each shipped CA, from the roots to their end: each script rehearsed and performed, in one archive.

The archive is proved, the register holds what it must, and openssl agrees on certificates, lists and responses.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from ceremony.errors import InputError
from ceremony.script.compile import compile_plan
from ceremony.script.deadline import deadline
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.transcript.chain import read_chain
from ceremony.transcript.folding import fold_archive
from ceremony.transcript.kinds import Approved, Attested, BagOpened
from ceremony.transcript.register import Register
from ceremony.verify.archive import verify_path
from ceremony.verify.page import page
from tests.house.second_opinion import look
from tests.shipped import hold_life

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden_life"
CAS = ("isrg", "psre-indonesia")
CUSTODY = "psre-indonesia"
"""The one whose policy has custody on."""

NAMES = {ca: [name for name, _ in hold_life.LIVES[ca]] for ca in CAS}
DAYS = dict(hold_life.CUSTODY_LIFE)
BOTH_TOKENS = ("key-backup", "custodian-change", "retirement")
"""Where both of the root's tokens come out of their bags."""

LAST_TEST = {"isrg": "key-backup", "psre-indonesia": "custodian-change"}
"""Which ceremony tried the backups last."""

TOKENS = {"isrg": "ISRG-ROOTS", "psre-indonesia": "PSRE-INDUK"}
BACKUPS = {"isrg": "ISRG-ROOTS-BACKUP", "psre-indonesia": "PSRE-INDUK-CADANGAN"}
ROOTS = {"isrg": {"root-x1", "root-x2"}, "psre-indonesia": {"root-ca-indonesia"}}
REVOKED = {
    "isrg": {
        "r3": "keyCompromise",
        **dict.fromkeys(("root-x2-by-x1", "r4", "r4-2027", "root-x1-by-x2", "e1", "e2", "e5"), "cessationOfOperation"),
    },
    "psre-indonesia": {
        "psre-contoh-by-induk": "keyCompromise",
        **dict.fromkeys(("bsre-ca", "bsre-ca-2", "bsre-ca-2027"), "cessationOfOperation"),
    },
}
LISTS = {"isrg": {"root-x1": 4, "root-x2": 3}, "psre-indonesia": {"root-ca-indonesia": 4}}
"""How many CRLs of each profile: X2 has none in the emergency, which is X1's."""

YEAR = 365 * 86400
"""Seconds. openssl holds the dates of a response against the clock of today; it is told how far that may be off."""

REVOKED_IN_DRILL = {"isrg": ("r3", "crl-x1"), "psre-indonesia": ("psre-contoh-by-induk", "crl-induk")}


@pytest.fixture(scope="module", params=CAS)
def ca(request: pytest.FixtureRequest) -> str:
    """The folder of a CA below policies/."""
    return str(request.param)


@pytest.fixture(scope="module")
def life(ca: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which its whole life was played, once. Nobody writes into it."""
    folder = tmp_path_factory.mktemp("life") / ca
    done = subprocess.run(
        [sys.executable, str(Path(hold_life.__file__)), str(folder), ca],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def register(life: Path) -> Register:
    """What the production ceremonies of the archive add up to."""
    return past_of_archive(life / "archive", "production").register


def folder_of(life: Path, name: str, mode: str = "production") -> Path:
    """The folder of one ceremony: the rehearsal comes first."""
    both = sorted((life / "archive").glob(f"[0-9]*-{name}"))
    assert len(both) == 2, both
    return both[mode == "production"]


def openssl(*arguments: str | Path, fails: bool = False) -> str:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def certificate(life: Path, name: str) -> Path:
    """The file of a production certificate, wherever it was signed."""
    paths = [path for path in life.glob(f"archive/*/certificates/{name}.pem") if "-production" in mode_of(path)]
    (path,) = paths
    return path


def mode_of(path: Path) -> str:
    first = (path.parents[1] / "transcript.jsonl").open("r", encoding="utf-8").readline()
    return "-production" if '"mode":"production"' in first else "-practice"


def test_every_script_of_the_ca_has_its_day(ca: str) -> None:
    shipped = {path.stem for path in (ROOT / "policies" / ca / "ceremonies").glob("*.yaml")}
    assert shipped - set(NAMES[ca]) == {"hierarchy" if ca == "isrg" else "instansi"}
    assert set(NAMES[ca]) <= shipped


def test_the_second_verifier_proves_every_ceremony(life: Path) -> None:
    code, said = look(life / "archive")
    assert code == 0, said
    code, said = look(life / "archive", "--production")
    assert code == 0, said
    assert said.count("PROVED: PRODUCTION") == said.count("LEFT ASIDE: a rehearsal")


def test_every_ceremony_is_proved(ca: str, life: Path) -> None:
    verdicts = verify_path(life / "archive")
    assert len(verdicts) == 2 * len(NAMES[ca])
    assert [verdict.ceremony_id for verdict in verdicts if not verdict.proved] == []


def test_the_register_holds_every_key_and_none_is_left(ca: str, register: Register) -> None:
    assert {key.state for key in register.keys} == {"destroyed"}
    assert {key.name for key in register.keys} >= ROOTS[ca]
    assert {key.token_label for key in register.keys} == {TOKENS[ca]}
    for key in register.keys:
        assert key.locked == (key.name in ROOTS[ca] or key.name == "e5"), key.name
        assert not key.at_home


def test_no_copy_of_a_key_remains_and_how_each_went_is_on_record(ca: str, register: Register) -> None:
    for key in register.keys:
        assert key.copies == (), key.name
        gone = [(item.label, item.how) for item in key.lost]
        broken = [(BACKUPS[ca], "token-destroyed")] if key.locked else []
        assert gone == [(TOKENS[ca], "key-destroyed"), *broken], key.name


def test_a_locked_key_is_said_to_stay_where_it_is_and_what_it_could_do_before(register: Register) -> None:
    for key in register.keys:
        assert dict(key.attributes)["extractable"] == "false", key.name
        assert [item.when for item in key.readings] == (["made", "locked"] if key.locked else ["made"])
        assert (dict(key.readings[0].attributes)["extractable"] == "true") == key.locked


def test_the_incident_was_dealt_with_in_time(register: Register) -> None:
    (found,) = map(deadline, register.incidents)
    assert found.verdict == "MET"
    assert found.margin is not None
    assert timedelta(0) <= found.margin <= timedelta(hours=24)
    assert found.incident.lists


def test_who_held_the_cards_on_any_day_is_on_record(ca: str, life: Path, register: Register) -> None:
    if ca != CUSTODY:
        assert register.holdings == ()
        return
    renewed, ended = (DAYS[name].date().isoformat() for name in ("custodian-change", "retirement"))
    spans = {
        (item.person, item.since[:10], item.until[:10])
        for item in register.holdings
        if (item.label, item.purpose) == (BACKUPS[ca], "user-pin")
    }
    first = DAYS["root-generation"].date().isoformat()
    assert spans == {
        *((person, first, renewed) for person in ("made", "nurul", "johan")),
        *((person, renewed, ended) for person in ("made", "nurul", "dian")),
    }
    for day, last in ((renewed, "johan"), (ended, "dian")):
        then = fold_archive(life / "archive", until=f"{day}T00:00:00Z").register("production")
        assert {token.label for token in then.tokens} == {TOKENS[ca], BACKUPS[ca]}
        for token in then.tokens:
            assert token.shares_of("user-pin").holders == ("made", "nurul", last)


def test_the_backups_were_tested_when_they_were_made_and_in_their_year(ca: str, life: Path) -> None:
    before = fold_archive(life / "archive", until=f"{DAYS['retirement']:%Y-%m-%d}T00:00:00Z").register("production")
    tested = {backup.tested_at[:10] for key in before.keys for backup in key.backups}
    assert tested == {DAYS[LAST_TEST[ca]].date().isoformat()}


def test_the_register_holds_every_revocation(ca: str, register: Register) -> None:
    serials = {item.serial: item.name for item in register.certificates}
    assert {serials[item.serial]: item.reason for item in register.revocations} == REVOKED[ca]


def test_the_lists_of_each_profile_are_numbered_without_a_gap(ca: str, register: Register) -> None:
    for profile, count in LISTS[ca].items():
        lists = [item for item in register.crls if item.profile == profile]
        assert [int(item.number) for item in lists] == list(range(1, count + 1))
        for before, after in pairwise(lists):
            assert after.this_update < before.next_update
    assert {item.profile for item in register.crls} == set(LISTS[ca])


def test_the_drill_and_the_emergency_are_on_record(register: Register) -> None:
    incidents = [item for item in register.ceremonies if item.incident]
    assert [(item.script_id, item.mode) for item in incidents] == [
        ("emergency-revocation", "practice"),
        ("emergency-revocation", "production"),
    ]


def test_no_script_signs_after_the_end(ca: str, life: Path) -> None:
    past = past_of_archive(life / "archive", "production")
    loaded = load_script(life / ca / "ceremonies" / "annual-crl.yaml", past=past)
    plan = compile_plan(loaded, "production", DAYS["retirement"] + timedelta(days=1))
    assert {found.rule for found in plan.findings if found.severity.blocks} >= {"KEY-ABSENT"}
    assert not plan.ok


@pytest.mark.parametrize("name", ["root-generation", "ocsp-delegate", "cross-signing"])
def test_a_script_that_was_held_is_not_held_again_with_the_same_names(ca: str, life: Path, name: str) -> None:
    past = past_of_archive(life / "archive", "production")
    with pytest.raises(InputError) as caught:
        load_script(life / ca / "ceremonies" / f"{name}.yaml", past=past)
    assert {found.rule for found in caught.value.findings} & {"SCRIPT-CERTIFICATE", "SCRIPT-KEY-TWICE"}


def test_a_script_that_was_changed_is_not_the_one_that_was_rehearsed(ca: str, life: Path, tmp_path: Path) -> None:
    rehearsal = folder_of(life, "root-generation", "practice")
    shutil.copytree(rehearsal, tmp_path / "archive" / rehearsal.name)
    script = Path(shutil.copytree(life / ca, tmp_path / ca)) / "ceremonies" / "root-generation.yaml"
    for old, new, wanted in (("", "", set()), ("minutes: 10", "minutes: 11", {"REHEARSAL-MISSING"})):
        script.write_text(script.read_text("utf-8").replace(old, new, 1), "utf-8")
        loaded = load_script(script, past=past_of_archive(tmp_path / "archive", "production"))
        plan = compile_plan(loaded, "production", DAYS["root-generation"], lint=False)
        assert {found.rule for found in plan.findings if found.severity.blocks} == wanted


def test_openssl_accepts_every_chain_and_refuses_what_the_drill_revoked(
    ca: str, life: Path, register: Register
) -> None:
    revoked, crl = REVOKED_IN_DRILL[ca]
    crl_file = folder_of(life, "emergency-revocation") / "crls" / f"{crl}.crl.pem"
    day = str(int(datetime(2027, 12, 6, 8, tzinfo=UTC).timestamp()))
    issuer_of = {item.name: item.issuer for item in register.certificates}
    anchor = issuer_of[revoked]
    for item in register.certificates:
        root = certificate(life, item.issuer)
        openssl(
            "verify", "-x509_strict", "-partial_chain", "-attime", day, "-CAfile", root, certificate(life, item.name)
        )
        if item.issuer != anchor or item.name == anchor:
            continue
        checked = ("-crl_check", "-CRLfile", crl_file, "-attime", day, "-CAfile", root, certificate(life, item.name))
        said = openssl("verify", *checked, fails=item.name == revoked)
        assert ("certificate revoked" in said) == (item.name == revoked)


def test_openssl_reads_the_last_lists(ca: str, life: Path) -> None:
    for path in folder_of(life, "retirement").glob("crls/*.crl"):
        issuer = "root-x2" if path.stem == "crl-x2" else min(ROOTS[ca])
        said = openssl("crl", "-inform", "DER", "-in", path, "-noout", "-text", "-CAfile", certificate(life, issuer))
        assert "verify OK" in said
        assert "Cessation Of Operation" in said


def test_openssl_reads_the_responses_of_the_drill(ca: str, life: Path) -> None:
    revoked, _ = REVOKED_IN_DRILL[ca]
    root = certificate(life, min(ROOTS[ca]))
    day = str(int(datetime(2027, 11, 25, 8, tzinfo=UTC).timestamp()))
    responses = sorted(folder_of(life, "emergency-revocation").glob("ocsp/*.ors"))
    assert len(responses) >= 2
    for path in responses:
        name = path.stem.removesuffix("-ocsp")
        said = openssl(
            *("ocsp", "-respin", path, "-issuer", root, "-cert", certificate(life, name)),
            *("-CAfile", root, "-attime", day, "-no_nonce", "-validity_period", str(10 * YEAR)),
        )
        assert "Response verify OK" in said
        assert (": revoked" in said, "Reason: keyCompromise" in said) == (name == revoked, name == revoked)
        assert (": good" in said) == (name != revoked)


def test_the_request_for_another_ca_verifies(ca: str, life: Path) -> None:
    (path,) = folder_of(life, "cross-signing").glob("requests/*.pem")
    assert "verify OK" in openssl("req", "-in", path, "-noout", "-verify")


def test_the_tokens_of_the_root_open_with_shares_and_every_item_has_its_place(
    ca: str, register: Register, life: Path
) -> None:
    items = {item.name: (item.place, item.serial, item.bag) for item in register.items}
    splits = {token.label: token.shares_of("user-pin") for token in register.tokens}
    if ca != CUSTODY:
        assert (items, splits) == ({"backup-token": ("destroyed", "HSM-26-0118", "")}, {})
        return
    split = splits.pop(TOKENS[ca])
    assert (split.threshold, split.count, split.holders) == (2, 3, ("made", "nurul", "dian"))
    assert splits == {}, "the backup's token is broken, and opens no more"
    assert items.pop("token-induk") == ("bag", "HSM-26-0302", "BAG-000784")
    assert items.pop("token-cadangan-induk")[:2] == ("destroyed", "HSM-26-0303")
    assert len(items) == 9, "one stick for each day on which something was signed"
    assert {place for place, _, _ in items.values()} == {"left"}
    assert len({serial for _, serial, _ in items.values()}) == 9
    for name in NAMES[ca]:
        entries = read_chain(folder_of(life, name) / "transcript.jsonl").entries
        approvals = [entry.data for entry in entries if isinstance(entry.data, Approved)]
        opened = [entry.data.number for entry in entries if isinstance(entry.data, BagOpened)]
        assert all(data.method == "signed" for data in approvals), name
        assert approvals, name
        assert len(opened) == {"root-generation": 0}.get(name, 2 if name in BOTH_TOKENS else 1)
        present = [entry.data for entry in entries if isinstance(entry.data, Attested)]
        assert {data.method for data in present} == {"signed"}, name


def test_each_plan_is_the_text_that_was_reviewed(ca: str, life: Path) -> None:
    """Of those that go on from the first, whose own plan `golden/` has."""
    changed = []
    for name in NAMES[ca][1:]:
        text = undrawn((life / "plans" / f"{name}.txt").read_text("utf-8").replace(str(life), "policies"))
        golden = GOLDEN / f"{ca}-{name}.txt"
        if os.environ.get("CEREMONY_GOLDEN") == "write":
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(text, "utf-8")
        if text != golden.read_text("utf-8"):
            changed.append(name)
    assert changed == []


def undrawn(text: str) -> str:
    """The plan without what is drawn at random: serial numbers and keys, the lines that they break, their order."""
    whole = re.sub(r"\n {4,}(?=\S)", " ", text)
    masked = re.sub(r"\b[0-9A-F]{2}(:[0-9A-F]{2}){7,}\b|\b[0-9a-f]{16,}\b", "(drawn)", whole)
    return re.sub(
        r"(^  - It revokes .*\n)+", lambda found: "".join(sorted(found[0].splitlines(True))), masked, flags=re.MULTILINE
    )


def test_no_golden_text_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{ca}-{name}.txt" for ca in CAS for name in NAMES[ca][1:]}


A_PAGE = 76
"""Lines: what fits on a sheet of paper, and on three screens of a small terminal."""

ALONE = {
    "isrg": {
        "root-generation": (1, ()),
        "annual-crl": (1, ("ISRG-ROOTS",)),
        "emergency-revocation": (1, ("ISRG-ROOTS",)),
    },
    "psre-indonesia": {
        "root-generation": (5, ()),
        "annual-crl": (3, ("PSRE-INDUK",)),
        "emergency-revocation": (4, ("PSRE-INDUK",)),
    },
}
"""How many people's keys make a record of this ceremony, and which token beside them: with custody off the seal alone
does; else also the approvals of a quorum, and the attestations of those whom the close needs."""


def test_the_verdict_on_a_whole_life_is_one_page(life: Path, ca: str) -> None:
    archive = life / "archive"
    lines = page(archive, verify_path(archive))
    assert lines[0].startswith("PROVED")
    assert len(lines) <= A_PAGE, "\n".join(lines)
    assert max(map(len, lines)) <= 80
    said = " ".join(" ".join(lines).split())
    assert f"{len(NAMES[ca])} of production, {len(NAMES[ca])} rehearsals" in said
    assert "DEADLINES" in said
    assert "MET: aware 2027-11-24T" in said
    for name in NAMES[ca]:
        assert f"-{name} " in said
    assert ("Lucia Alvarez, Policy Management Authority" in said) == (ca == "isrg"), "who approved the waiver"


def test_who_could_have_made_each_record_alone(life: Path, ca: str) -> None:
    for name, wanted in ALONE[ca].items():
        (verdict,) = verify_path(folder_of(life, name))
        assert verdict.facts is not None
        assert verdict.facts.alone is not None
        assert (verdict.facts.alone.fewest, verdict.facts.alone.tokens) == wanted, name
    (rehearsal,) = verify_path(folder_of(life, "annual-crl", "practice"))
    assert rehearsal.facts is not None
    assert rehearsal.facts.alone is not None
    assert (rehearsal.facts.alone.fewest, rehearsal.facts.alone.practice) == (0, True)
