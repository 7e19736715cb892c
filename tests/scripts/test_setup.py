"""Setting up: packages by apt where it can, a sentence that names them where it cannot, and a quick second run."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = (
    "scripts/lib.sh",
    "scripts/setup",
    "scripts/demo",
    "scripts/test",
    "scripts/bench",
    "scripts/crash-sweep",
    ".ci/run",
)
MISSING = (
    'have_softhsm() { [ -e "$LOG.installed" ]; }; find_python() { [ -e "$LOG.installed" ] && echo python3; true; }; '
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_script_is_well_formed(script: str) -> None:
    subprocess.run(["bash", "-n", ROOT / script], check=True)
    assert script.endswith("lib.sh") or os.access(ROOT / script, os.X_OK)


def test_without_apt_one_sentence_names_the_packages(checkout: Any) -> None:
    done = checkout.bash(MISSING + "need_packages")
    assert done.returncode == 1
    assert done.stderr == "These packages are missing, and this system has no apt-get to install them: " + (
        "softhsm2 python3-venv\n"
    )


def test_without_root_and_sudo_one_sentence_names_the_packages(checkout: Any) -> None:
    checkout.pretend("id", "echo 1000")
    checkout.pretend("apt-get", 'echo "$@" >>"$LOG"')
    done = checkout.bash(MISSING + "need_packages")
    assert done.returncode == 1
    assert done.stderr == (
        "These packages are missing, and this account is not root and has no sudo. "
        "Install these packages as root, and start this again: softhsm2 python3-venv\n"
    )
    assert checkout.log == []


@pytest.mark.parametrize(("user", "prefix"), [("0", ""), ("1000", "sudo ")])
def test_missing_packages_are_installed_by_apt_as_root_or_through_sudo(checkout: Any, user: str, prefix: str) -> None:
    checkout.pretend("id", f"echo {user}")
    checkout.pretend("sudo", 'echo "sudo" >>"$LOG"; exec "$@"')
    checkout.pretend("apt-get", 'echo "$DEBIAN_FRONTEND $@" >>"$LOG"; : >"$LOG.installed"')
    done = checkout.bash(MISSING + "need_packages tmux=no-such-command bash=bash")
    assert done.returncode == 0, done.stderr
    calls = [line for line in checkout.log if line != "sudo"]
    assert calls == [
        "noninteractive -q -o DPkg::Lock::Timeout=120 update",
        "noninteractive -q -o DPkg::Lock::Timeout=120 install -y --no-install-recommends softhsm2 python3-venv tmux",
    ]
    assert ("sudo" in checkout.log) is bool(prefix)


def test_a_failing_apt_ends_with_the_packages_to_install_by_hand(checkout: Any) -> None:
    checkout.pretend("id", "echo 0")
    checkout.pretend("apt-get", "exit 100")
    done = checkout.bash(MISSING + "need_packages")
    assert done.returncode == 1
    assert "Install these packages as root, and start this again: softhsm2 python3-venv" in done.stderr


def test_nothing_is_installed_where_nothing_is_missing(checkout: Any) -> None:
    checkout.pretend("apt-get", 'echo "$@" >>"$LOG"')
    done = checkout.bash("have_softhsm() { true; }; find_python() { echo python3; }; need_packages bash=bash")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert checkout.log == []


def test_a_python_that_is_too_old_or_cannot_make_environments_is_passed_over(checkout: Any, tmp_path: Path) -> None:
    for name in ("python3", "python3.14"):
        checkout.pretend(name, "exit 1")  # what an old one or a shim without a version does
    real = os.path.realpath(sys.executable)
    checkout.pretend("python3.13", f'exec "{real}" "$@"')
    checkout.pretend("no-python", "exit 1")
    done = checkout.bash(
        "SYSTEM_PYTHON=no-python; $(find_python) -c 'import ensurepip, sys; print(sys.version_info >= (3, 11))'"
    )
    assert done.stdout == "True\n"
    checkout.pretend("python3.13", "exit 1")
    assert checkout.bash("SYSTEM_PYTHON=no-python; find_python").stdout == ""


# The virtual environment ----------------------------------------------------------------------------------------------


def pretend_environment(checkout: Any, lock_digest: str) -> Path:
    environment: Path = checkout.root / ".venv"
    (environment / "bin").mkdir(parents=True)
    (environment / SITE_PACKAGES).mkdir(parents=True)
    python = environment / "bin" / "python"
    python.write_text('#!/bin/sh\necho "$@" >>"$LOG"\n')
    python.chmod(0o755)
    if lock_digest:
        (environment / ".lock-sha256").write_text(stamp(environment, lock_digest))
    return environment


def stamp(environment: Path, lock_digest: str) -> str:
    return f"{lock_digest} {(environment / 'bin' / 'python').resolve()}\n"


def digest(checkout: Any, lock: str) -> str:
    return hashlib.sha256((checkout.root / lock).read_bytes()).hexdigest()


def installs(checkout: Any) -> list[str]:
    return [line for line in checkout.log if " install " in line]


NEED = "need_venv requirements.lock requirements-dev.lock"
SITE_PACKAGES = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"


@pytest.mark.parametrize("before", ["", "0" * 64])
def test_packages_are_installed_by_hash_when_the_lock_changed_and_then_no_more(checkout: Any, before: str) -> None:
    environment = pretend_environment(checkout, before)
    done = checkout.bash(NEED)
    assert done.returncode == 0, done.stderr
    assert [line.split() for line in installs(checkout)] == [
        [
            *["-I", "-m", "pip", "--disable-pip-version-check", "install"],
            *["--no-input", "--quiet", "--require-hashes", "-r"],
            *f"{checkout.root}/requirements.lock".split(),
        ]
    ]
    assert (environment / ".lock-sha256").read_text() == stamp(environment, digest(checkout, "requirements.lock"))
    assert checkout.bash(NEED).returncode == 0
    assert len(installs(checkout)) == 1


def test_an_environment_made_from_the_larger_lock_serves_as_well(checkout: Any) -> None:
    pretend_environment(checkout, digest(checkout, "requirements-dev.lock"))
    assert checkout.bash(NEED).returncode == 0
    assert installs(checkout) == []


def test_the_smaller_environment_does_not_serve_for_the_larger_lock(checkout: Any) -> None:
    pretend_environment(checkout, digest(checkout, "requirements.lock"))
    assert checkout.bash("need_venv requirements-dev.lock").returncode == 0
    assert len(installs(checkout)) == 1


def test_another_interpreter_behind_the_environment_has_the_packages_installed_again(checkout: Any) -> None:
    environment = pretend_environment(checkout, digest(checkout, "requirements.lock"))
    python = environment / "bin" / "python"
    newer = python.rename(checkout.root / "python3.newer")  # what an upgrade of the system does behind the link
    python.symlink_to(newer)
    assert checkout.bash(NEED).returncode == 0
    assert len(installs(checkout)) == 1
    assert checkout.bash(NEED).returncode == 0
    assert len(installs(checkout)) == 1


def test_an_installation_that_fails_leaves_no_stamp(checkout: Any) -> None:
    environment = pretend_environment(checkout, "0" * 64)
    python = environment / "bin" / "python"
    python.write_text('#!/bin/sh\ncase "$*" in *install*) exit 1 ;; esac\n')
    done = checkout.bash(NEED)
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    assert not (environment / ".lock-sha256").exists()


def test_the_launcher_starts_this_checkout_from_any_folder_and_no_module_that_lies_there(
    checkout: Any, tmp_path: Path
) -> None:
    environment = pretend_environment(checkout, digest(checkout, "requirements.lock"))
    assert checkout.bash(NEED).returncode == 0
    (environment / "bin" / "python").unlink()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (checkout.root / "ceremony" / "__init__.py").write_text("")
    (checkout.root / "ceremony" / "cli.py").write_text(
        "import json, sys\ndef start():\n    print(json.__file__, sys.argv[1:])\n    return 7\n"
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "json.py").write_text("raise SystemExit('a module of the folder was loaded')\n")
    done = subprocess.run(
        [environment / "bin" / "ceremony", "verify", "a b"],
        cwd=elsewhere,
        env={"PATH": os.defpath, "PYTHONPATH": str(elsewhere)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 7, done.stderr
    assert "['verify', 'a b']" in done.stdout


def test_the_launcher_works_through_a_symbolic_link(checkout: Any, tmp_path: Path) -> None:
    environment = pretend_environment(checkout, digest(checkout, "requirements.lock"))
    assert checkout.bash(NEED).returncode == 0
    (tmp_path / "ceremony").symlink_to(environment / "bin" / "ceremony")
    here = {"PATH": os.defpath, "LOG": str(checkout.root / "log")}
    subprocess.run([tmp_path / "ceremony", "verify"], cwd="/", env=here, check=True)
    assert checkout.log[-1].startswith("-I -c ")
    assert checkout.log[-1].endswith(" verify")


@pytest.mark.parametrize("script", ["demo", "setup"])
def test_a_script_works_through_a_symbolic_link(script: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(ROOT / "scripts" / script)
    done = subprocess.run([tmp_path / "link", "--nonsense"], capture_output=True, text=True, check=False)
    assert done.stderr.startswith(f"usage: scripts/{script}")


def test_every_start_of_python_in_a_script_is_isolated() -> None:
    starts = re.compile(r"""(/python"?|"\$(?:python|candidate)"|python3) (?!-I|&&|$)-""", re.MULTILINE)
    assert starts.search('"$VENV/bin/python" -m pip')
    for script in (*SCRIPTS, "scripts/mutate"):
        assert not starts.search((ROOT / script).read_text("utf-8")), script
        assert '"$VENV/bin/python" "$ROOT' not in (ROOT / script).read_text("utf-8"), script
    assert (ROOT / "scripts/verify-archive").read_text("utf-8").startswith("#!/usr/bin/env -S python3 -I -S\n")


# What people start ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--archive"], ["--archive", ""]])
def test_the_demonstration_says_how_it_is_used(arguments: list[str]) -> None:
    done = subprocess.run([ROOT / "scripts/demo", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("usage: scripts/demo")


def test_the_demonstration_without_a_terminal_says_what_to_do_instead() -> None:
    done = subprocess.run(
        [ROOT / "scripts/demo"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "There is no terminal here to show the ceremony on. Without people: scripts/demo --unattended\n"
    )


def pretend_demonstration(checkout: Any, code: str) -> subprocess.CompletedProcess[str]:
    """The demonstration with a `ceremony` that does this; TMPDIR is the checkout's folder `made`."""
    (checkout.root / "scripts" / "setup").write_text("#!/bin/sh\n")
    commands = checkout.root / ".venv" / "bin"
    commands.mkdir(parents=True)
    (commands / "ceremony").write_text(f"#!/bin/sh\n{code}\n")
    (commands / "ceremony").chmod(0o755)
    (checkout.root / "made").mkdir()
    return subprocess.run(
        [checkout.root / "scripts/demo", "--unattended"],
        env={"PATH": os.defpath, "TMPDIR": str(checkout.root / "made")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_demonstration_lists_what_it_made_and_how_to_prove_it_and_passes_its_result_on(checkout: Any) -> None:
    done = pretend_demonstration(checkout, 'mkdir "$4/0001"; echo >"$4/0001/b"; echo >"$4/0001/a"; exit 1')
    (archive,) = (checkout.root / "made").glob("*/archive")
    assert done.returncode == 1
    assert done.stdout == (
        f"\nIn {archive}:\n  0001/a\n  0001/b\n\n"
        f"To prove it again:\n  {checkout.root}/.venv/bin/ceremony verify {archive}\n"
    )


def test_a_demonstration_that_was_not_begun_says_so_and_leaves_no_folder(checkout: Any) -> None:
    done = pretend_demonstration(checkout, "exit 1")
    assert done.returncode == 1
    assert done.stdout == "\nNo ceremony was begun, and nothing was made.\n"
    assert list((checkout.root / "made").iterdir()) == []


def test_a_failing_check_does_not_stop_the_others_and_fails_the_whole(checkout: Any) -> None:
    (checkout.root / "scripts" / "setup").write_text("#!/bin/sh\n")
    commands = checkout.root / ".venv" / "bin"
    commands.mkdir(parents=True)
    for name in ("ruff", "mypy", "lint-imports", "pytest"):
        (commands / name).write_text(f'#!/bin/sh\necho "called: {name}" "$@"\n[ "$1" != check ]\n')
        (commands / name).chmod(0o755)
    done = subprocess.run([checkout.root / "scripts/test"], capture_output=True, text=True, check=False, cwd="/")
    said = done.stdout.splitlines()
    assert [line for line in said if line.startswith("== ")] == [
        "== format",
        "== lint",
        "== types",
        "== layers",
        "== tests",
    ]
    assert said[-1] == "Failed: lint"
    assert "called: pytest -n 2" in said
    assert done.returncode == 1
    (commands / "ruff").write_text("#!/bin/sh\n")
    assert subprocess.run([checkout.root / "scripts/test"], capture_output=True, check=False).returncode == 0


def test_the_bench_gives_json_with_each_limit() -> None:
    import json

    done = subprocess.run(
        [sys.executable, ROOT / "scripts/bench.py", "--json", "nonsense"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "nonsense" in done.stderr
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import bench, json\n"
        "bench.BENCHES = {'x': lambda: bench.Result('x', 1.5, 's', 1.0, 'd')}\n"
        "sys.argv[1:] = ['--json']; sys.exit(bench.main())"
    )
    done = subprocess.run([sys.executable, "-c", code, ROOT / "scripts"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout) == [
        {"name": "x", "value": 1.5, "unit": "s", "limit": 1.0, "detail": "d", "passed": False}
    ]
