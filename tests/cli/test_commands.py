"""The commands as people and programs use them: exit codes, sentences, JSON. Never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO = "policies/demo/ceremonies/root-generation.yaml"
ANSWERS = "policies/demo/answers/root-generation.yaml"


def ceremony(*arguments: str, check: int | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one command from the checkout; with `check`, it must end with that code. Nobody ever sees a traceback."""
    environment = {name: value for name, value in os.environ.items() if name != "SOFTHSM2_CONF"} | settings
    done = subprocess.run(
        [str(ROOT / ".venv/bin/python"), "-m", "ceremony", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    if check is not None:
        assert done.returncode == check, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration, played without people, once for this module."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "stick").mkdir()
    done = ceremony(
        *("rehearse", DEMO, "--unattended", ANSWERS, "--archive", str(folder / "archive")),
        *("--export", str(folder / "stick")),
        check=0,
    )
    assert "PROVED" in done.stdout
    assert "time: total=" in done.stdout
    return folder / "archive"


class TestPlan:
    def test_a_good_script_is_planned_in_plain_words(self) -> None:
        done = ceremony("plan", DEMO, check=0)
        assert "CERTIFICATE root-r1" in done.stdout
        assert "Key generations: 4" in done.stdout
        assert "This plan can be run." in done.stdout

    def test_a_script_that_breaks_a_rule_cannot_be_run(self, tmp_path: Path) -> None:
        ca = tmp_path / "demo"
        shutil.copytree(ROOT / "policies/demo", ca)
        policy = ca / "policy.yaml"
        policy.write_text(policy.read_text().replace("lifetime: 20y", "lifetime: 30y"))
        done = ceremony("plan", str(ca / "ceremonies/root-generation.yaml"), check=1)
        assert "BR-C2" in done.stdout
        assert "CANNOT be run" in done.stdout

    def test_a_script_that_cannot_be_read_is_refused_with_every_place(self, tmp_path: Path) -> None:
        script = tmp_path / "script.yaml"
        script.write_text("format: ceremony-script/1\nid: X\nid: y\nversion: 1.0\npin: '1234'\n")
        done = ceremony("plan", str(script), check=1)
        for rule in ("YAML-DUPLICATE", "YAML-AMBIGUOUS", "YAML-SECRET", "SCRIPT-MISSING"):
            assert rule in done.stderr
        assert f"{script}:3:1" in done.stderr
        assert "1234" not in done.stdout + done.stderr

    def test_json_is_for_programs(self) -> None:
        plan = json.loads(ceremony("plan", DEMO, "--json", check=0).stdout)
        assert (plan["ok"], plan["key_generations"], plan["signatures"]) == (True, 4, 4)
        assert [item["name"] for item in plan["certificates"]] == ["root-r1", "root-e1", "tls-r1", "tls-e1"]

    def test_it_needs_no_token(self, tmp_path: Path) -> None:
        ceremony("plan", DEMO, check=0, SOFTHSM2_CONF=str(tmp_path / "absent.conf"))


class TestVerify:
    def test_what_was_made_is_proved(self, archive: Path) -> None:
        assert "PROVED" in ceremony("verify", str(archive), check=0).stdout

    def test_a_swapped_certificate_is_named(self, archive: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy"
        shutil.copytree(archive, copy)
        certificates = copy / "0001-root-generation" / "certificates"
        shutil.copy(certificates / "root-e1.der", certificates / "tls-e1.der")
        done = ceremony("verify", str(copy), check=1)
        assert "certificates/tls-e1.der" in done.stdout
        assert "NOT PROVED" in done.stdout

    def test_production_refuses_practice(self, archive: Path) -> None:
        assert "MODE-PRACTICE" in ceremony("verify", "--production", str(archive), check=1).stdout

    @pytest.mark.parametrize("path", ["/nowhere", "README.md", "tests"])
    def test_what_is_no_ceremony_could_not_be_checked(self, path: str) -> None:
        done = ceremony("verify", path, check=2)
        assert "What to do" in done.stderr

    def test_json_is_for_programs(self, archive: Path) -> None:
        verdict = json.loads(ceremony("verify", "--json", str(archive), check=0).stdout)
        assert (verdict["format"], verdict["outcome"]) == ("ceremony-verdict/1", "proved")
        assert verdict["ceremonies"][0]["mode"] == "practice"

    def test_a_reader_that_goes_away_is_no_fault(self, archive: Path) -> None:
        command = f"'{ROOT}/.venv/bin/python' -m ceremony verify '{archive}' | head -1"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.stderr == ""


class TestRehearse:
    def test_without_a_terminal_the_app_says_what_to_do(self) -> None:
        assert "--plain" in ceremony("rehearse", DEMO, check=1).stderr

    def test_an_answer_that_is_missing_ends_the_run_and_names_the_field(self, tmp_path: Path) -> None:
        answers = tmp_path / "answers.yaml"
        answers.write_text((ROOT / ANSWERS).read_text().replace("      access-log: LOG-0042\n", ""))
        done = ceremony("rehearse", DEMO, "--unattended", str(answers), "--archive", str(tmp_path / "archive"), check=1)
        assert "access-log" in done.stderr
        assert "ceremony-aborted" in (tmp_path / "archive/0001-root-generation/transcript.jsonl").read_text()

    def test_a_full_disk_stops_the_ceremony_with_a_sentence(self, tmp_path: Path) -> None:
        """The archive lies on a file system of 64 KiB: the record fills it in the middle of the ceremony."""
        small = tmp_path / "small"
        small.mkdir()
        python, arguments = ROOT / ".venv/bin/python", f"rehearse {DEMO} --unattended {ANSWERS}"
        script = (
            f"mount -t tmpfs -o size=64k none '{small}' || exit 77; "
            f"'{python}' -m ceremony {arguments} --archive '{small}/archive' --export '{tmp_path}'; code=$?; "
            f"cp -r '{small}/archive' '{tmp_path}/kept'; exit $code"
        )
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
        )
        if done.returncode == 77 or "unshare" in done.stderr:
            pytest.skip("a file system of limited size cannot be mounted here")
        assert done.returncode == 1, done.stderr
        assert "Traceback" not in done.stderr
        assert "room" in done.stderr
        from ceremony.transcript.chain import read_chain

        chain = read_chain(tmp_path / "kept" / "0001-root-generation" / "transcript.jsonl")
        assert chain.faults == (), "the record ends with a whole line"

    @pytest.mark.skipif(os.getuid() == 0, reason="root may write to a read-only folder")
    def test_a_read_only_archive_is_refused(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        done = ceremony("rehearse", DEMO, "--unattended", ANSWERS, "--archive", str(tmp_path / "archive"), check=1)
        assert "folder cannot be made" in done.stderr

    def test_run_needs_the_token_that_the_script_names(self, tmp_path: Path) -> None:
        """In production nothing is made up: the module is asked for, and a path that is none is told."""
        done = ceremony("run", DEMO, "--plain", "--module", "/nowhere.so", "--archive", str(tmp_path / "a"))
        assert done.returncode == 1


class TestToken:
    def test_list_init_and_inspect(self, tmp_path: Path) -> None:
        tokens = tmp_path / "tokens"
        tokens.mkdir()
        conf = tmp_path / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\n")
        listed = ceremony("token", "list", check=0, SOFTHSM2_CONF=str(conf))
        assert "not initialised" in listed.stdout
        refused = ceremony("token", "init", "NEW", check=1, SOFTHSM2_CONF=str(conf))
        assert "typed by a person" in refused.stderr
        absent = ceremony("token", "inspect", "ABSENT", check=1, SOFTHSM2_CONF=str(conf))
        assert "ABSENT" in absent.stderr

    @pytest.mark.parametrize("module", ["/nowhere.so", "README.md"])
    def test_a_module_that_is_none_is_refused_with_a_sentence(self, module: str) -> None:
        done = ceremony("token", "list", "--module", module, check=1)
        assert "What to do" in done.stderr


class TestPolicy:
    def test_a_good_policy_is_said_to_be_good(self) -> None:
        assert "5 certificate profiles" in ceremony("policy", "check", "policies/demo/policy.yaml", check=0).stdout

    @pytest.mark.parametrize("of", ["policy", "script", "people"])
    def test_the_schema_is_json_schema(self, of: str) -> None:
        schema = json.loads(ceremony("policy", "schema", of, check=0).stdout)
        assert schema["additionalProperties"] is False


def test_help_names_every_command() -> None:
    shown = ceremony("--help", check=0).stdout
    for command in ("plan", "run", "rehearse", "verify", "token", "policy"):
        assert command in shown


def test_version_is_told() -> None:
    from ceremony import __version__
    from ceremony.room.program import program_sha256

    said = ceremony("--version", check=0).stdout.splitlines()
    assert said == [f"ceremony {__version__}", f"program SHA-256 {program_sha256()}"]


class TestOutput:
    """What is printed may get lost; the exit code never calls good what is not."""

    @pytest.fixture
    def forged(self, archive: Path, tmp_path: Path) -> Path:
        copy = tmp_path / "forged"
        shutil.copytree(archive, copy)
        (copy / "0001-root-generation" / "certificates" / "root-e1.der").write_bytes(b"0")
        return copy

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False)

    def test_a_reader_that_goes_away_does_not_make_a_forgery_good(self, forged: Path) -> None:
        command = f"'{ROOT}/.venv/bin/python' -m ceremony verify '{forged}' | true; exit ${{PIPESTATUS[0]}}"
        assert self.shell(command).returncode != 0

    @pytest.mark.parametrize("where", [">&-", ">/dev/full"])
    def test_an_output_that_cannot_be_written_is_told_without_a_program_fault(self, forged: Path, where: str) -> None:
        done = self.shell(f"'{ROOT}/.venv/bin/python' -m ceremony verify '{forged}' {where}")
        assert done.returncode != 0
        assert "fault in it" not in done.stderr

    def test_a_name_cannot_steer_the_terminal(self) -> None:
        assert "\x1b" not in ceremony("token", "inspect", "\x1b[2Jx", check=1).stderr

    def test_a_folder_in_place_of_the_record_is_not_proved(self, forged: Path) -> None:
        record = forged / "0001-root-generation" / "transcript.jsonl"
        record.unlink()
        record.mkdir()
        done = ceremony("verify", str(forged))
        assert done.returncode in {1, 2}
        assert "fault in it" not in done.stderr

    def test_a_link_to_a_ceremony_is_not_followed(self, archive: Path, tmp_path: Path) -> None:
        (tmp_path / "archive").mkdir()
        (tmp_path / "archive" / "0001-root-generation").symlink_to(archive / "0001-root-generation")
        assert "is a link" in ceremony("verify", str(tmp_path / "archive"), check=2).stderr


class TestCardPrinter:
    SHARES = "tests/shares/ca/generation.yaml"

    @pytest.mark.parametrize("command", ["run", "rehearse"])
    @pytest.mark.parametrize("plain", [("--plain",), ()])
    def test_what_is_no_printer_is_refused_before_anything_is_begun(
        self, tmp_path: Path, command: str, plain: tuple[str, ...]
    ) -> None:
        done = ceremony(
            *(command, self.SHARES, *plain, "--archive", str(tmp_path / "archive"), "--card-printer", "/dev/null"),
            check=1,
        )
        assert "This cannot be the printer of cards." in done.stderr
        assert done.stderr.startswith("/dev/null: ")
        assert not (tmp_path / "archive").exists()

    def test_without_people_none_is_taken(self, tmp_path: Path) -> None:
        done = ceremony(
            *("rehearse", self.SHARES, "--unattended", "tests/shares/ca/answers.yaml", "--card-printer", "/dev/null"),
            *("--archive", str(tmp_path / "archive")),
            check=1,
        )
        assert "Cards are printed only for people." in done.stderr
        assert not (tmp_path / "archive").exists()

    def test_a_policy_that_names_nobody_to_call_is_told_what_it_lacks(self, tmp_path: Path) -> None:
        master, slave = os.openpty()
        done = ceremony(
            *("rehearse", self.SHARES, "--plain", "--archive", str(tmp_path / "archive")),
            *("--card-printer", os.ttyname(slave)),
            check=1,
        )
        os.close(slave)
        os.close(master)
        assert "The policy does not say whom a finder of a card calls." in done.stderr
        assert "card_contact:" in done.stderr
        assert not list((tmp_path / "archive").glob("*/transcript.jsonl"))
