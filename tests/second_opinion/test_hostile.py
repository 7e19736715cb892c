"""What somebody puts into an archive to hang, to fill or to deceive the second verifier ends with a sentence."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.house.second_opinion import PROGRAM, faults, look, program

MEMORY = 300 << 20
SECONDS = 5

Attack = Callable[[Path], None]


def pipe_as_record(folder: Path) -> None:
    (folder / "transcript.jsonl").unlink()
    os.mkfifo(folder / "transcript.jsonl")


def pipe_as_input(folder: Path) -> None:
    (folder / "people.yaml").unlink()
    os.mkfifo(folder / "people.yaml")


def link_to_outside(folder: Path) -> None:
    (folder / "people.yaml").unlink()
    (folder / "people.yaml").symlink_to("/etc/passwd")


def linked_folder(folder: Path) -> None:
    shutil.move(folder / "inputs", folder.parent / "moved")
    (folder / "inputs").symlink_to(folder.parent / "moved")


def link_to_a_device(folder: Path) -> None:
    (folder / "transcript.jsonl").unlink()
    (folder / "transcript.jsonl").symlink_to("/dev/zero")


def device(folder: Path) -> None:
    (folder / "transcript.jsonl").unlink()
    os.mknod(folder / "transcript.jsonl", 0o666 | 0o020000, os.makedev(1, 5))  # /dev/zero


def sparse_record(folder: Path) -> None:
    os.truncate(folder / "transcript.jsonl", 8 << 30)


def sparse_certificate(folder: Path) -> None:
    os.truncate(folder / "certificates/root.der", 8 << 30)


def many_sparse_files(folder: Path) -> None:
    for number in range(40):
        path = folder / f"certificates/{number}.der"
        path.touch()
        os.truncate(path, 256 << 20)


def nested_folders(folder: Path) -> None:
    at = os.open(folder, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("deeper", dir_fd=at)
        below = os.open("deeper", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)


def remove_nested(folder: Path) -> None:
    subprocess.run(["rm", "-rf", str(folder / "deeper")], check=True)


def nested_json(folder: Path) -> None:
    (folder / "transcript.jsonl").write_bytes(b"[" * 2_000_000 + b"]" * 2_000_000 + b"\n")


def endless_quotes(folder: Path) -> None:
    (folder / "transcript.jsonl").write_bytes(b'[[[[["' + b'\\"' * 2_000_000 + b"\n")


def nested_yaml(folder: Path) -> None:
    write_input(folder, "people.yaml", b"people: " + b"[" * 400_000 + b"\n")


def yaml_of_many_rows(folder: Path) -> None:
    write_input(folder, "people.yaml", b"people: [\n" + b" a,\n" * 200_000)


def number_of_a_million_digits(folder: Path) -> None:
    record = folder / "transcript.jsonl"
    record.write_bytes(record.read_bytes().replace(b'"seq":1,', b'"seq":' + b"9" * 1_000_000 + b",", 1))


def many_files(folder: Path) -> None:
    for number in range(21_000):
        (folder / f"certificates/{number}").touch()


def write_input(folder: Path, name: str, octets: bytes) -> None:
    """A file that the first line knows; whatever is chained to it is chained anew."""
    (folder / name).write_bytes(octets)
    lines = [json.loads(line) for line in (folder / "transcript.jsonl").read_text("utf-8").splitlines()]
    lines[0]["data"][name.replace(".yaml", "_sha256")] = hashlib.sha256(octets).hexdigest()
    head, rows = "0" * 64, []
    for line in lines:
        row = json.dumps({**line, "prev": head}, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        head = hashlib.sha256(row).hexdigest()
        rows.append(row + b"\n")
    (folder / "transcript.jsonl").write_bytes(b"".join(rows))


ATTACKS: dict[Attack, str] = {
    pipe_as_record: "is a link or a special file",
    pipe_as_input: "is a link or a special file",
    link_to_outside: "is a link or a special file",
    linked_folder: "is a link or a special file",
    link_to_a_device: "is a link or a special file",
    device: "is a link or a special file",
    sparse_record: "8589934592 octets",
    sparse_certificate: "8589934592 octets",
    many_sparse_files: "268435456 octets",
    nested_folders: "nested deeper",
    many_files: "files and folders",
    nested_json: "cannot be read",
    endless_quotes: "cannot be read",
    number_of_a_million_digits: "cannot be read",
    nested_yaml: "SHA256SUMS",
    yaml_of_many_rows: "SHA256SUMS",
}


def bounded() -> None:
    """In the child: it has so much memory, and so many seconds of a processor."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def looked(path: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(PROGRAM), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, preexec_fn=bounded, **more)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_a_hostile_file_ends_with_a_sentence(copy_of: Callable[[str], Path], attack: Attack) -> None:
    folder = copy_of("small") / "0001-small"
    try:
        attack(folder)
    except PermissionError as error:
        pytest.skip(f"this machine does not allow it: {error}")
    try:
        for path in (folder, folder.parent):
            done = looked(path)
            assert done.returncode in (1, 2), done
            assert ATTACKS[attack] in done.stdout + done.stderr
            assert "Traceback" not in done.stderr
    finally:
        remove_nested(folder)


def test_so_much_memory_is_enough_for_a_true_archive(held_at: Callable[[str], Path]) -> None:
    """So what ends the others is not that there is too little of it."""
    done = looked(held_at("rules"))
    assert done.returncode == 0, done


@pytest.mark.parametrize("octets", [b"people: " + b"[" * 400_000, b"people: [\n" + b" a,\n" * 200_000, b"a:\n" * 9])
def test_yaml_that_was_made_to_hurt_is_refused(octets: bytes) -> None:
    with pytest.raises(program().Unchecked):
        program().Yaml.read("people.yaml", octets)


def test_no_module_beside_it_and_no_site_has_a_say(copy_of: Callable[[str], Path], tmp_path: Path) -> None:
    """Started by its own first line, in a folder and an environment full of traps."""
    place = tmp_path / "traps"
    place.mkdir()
    for name in ("json", "re", "hashlib", "argparse", "pathlib", "sitecustomize", "usercustomize", "subprocess"):
        (place / f"{name}.py").write_text("print('PROVED: everything'); raise SystemExit(0)\n")
    shutil.copy(PROGRAM, place / "verify-archive")
    archive = copy_of("small")
    (archive / "0001-small/SHA256SUMS").write_text("")
    (tmp_path / "link").symlink_to(place / "verify-archive")
    here = {**os.environ, "PYTHONPATH": str(place)}
    for command in ([place / "verify-archive"], [tmp_path / "link"], [sys.executable, "-I", "-S", tmp_path / "link"]):
        done = subprocess.run([*command, archive], env=here, cwd=place, capture_output=True, text=True, check=False)
        assert done.returncode == 1, done
        assert "PROVED: everything" not in done.stdout


@pytest.mark.parametrize("flags", [[], ["-I"], ["-S"], ["-E"]], ids=str)
def test_started_with_what_lies_in_a_folder_or_an_account_it_refuses(
    held_at: Callable[[str], Path], flags: list[str]
) -> None:
    command = [sys.executable, *flags, str(PROGRAM), str(held_at("small"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "python3 -I -S" in done.stderr


def test_a_reader_that_goes_away_leaves_no_traceback_and_no_proof(held_at: Callable[[str], Path]) -> None:
    """`verify-archive ARCHIVE | head -0`, in effect."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-I", "-S", str(PROGRAM), str(held_at("small"))]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert done.returncode == 2
    assert done.stderr == ""


def test_ctrl_c_ends_it_with_a_sentence(held_at: Callable[[str], Path], tmp_path: Path) -> None:
    """The interruption comes while openssl is asked."""
    slow = tmp_path / "openssl"
    slow.write_text("#!/bin/sh\n[ \"$1\" = version ] && echo 'OpenSSL 3.0.0' && exit\nkill -INT $PPID\nsleep 9\n")
    slow.chmod(0o755)
    command = [sys.executable, "-I", "-S", str(PROGRAM), str(held_at("small"))]
    here = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        done = subprocess.run(command, env=here, capture_output=True, text=True, check=False)
    finally:
        signal.signal(signal.SIGINT, ignored)
    assert done.returncode == 130
    assert done.stderr == "Stopped; nothing was proved.\n"
    assert "\nPROVED" not in f"\n{done.stdout}"


def test_nothing_of_an_archive_reaches_the_terminal_as_a_control_character(forger_at: Callable[..., Any]) -> None:
    forger = forger_at("small")
    forger.of("ceremony-closed")[0]["data"]["sealed_by"] = "\x1b[2Jrini\n\u202e"
    forger.failed()
    code, said = look(forger.folder)
    assert code == 1
    assert said.isascii()
    assert "\x1b" not in said


def test_a_folder_of_an_archive_that_is_a_link_is_not_followed(copy_of: Callable[[str], Path], tmp_path: Path) -> None:
    archive = copy_of("small")
    shutil.move(archive / "0002-small", tmp_path / "elsewhere")
    (archive / "0002-small").symlink_to(tmp_path / "elsewhere")
    code, said = look(archive)
    assert code == 2
    assert "is a link" in said


def test_what_openssl_is_configured_to_does_not_matter(held_at: Callable[[str], Path], tmp_path: Path) -> None:
    broken = tmp_path / "openssl.cnf"
    broken.write_text("openssl_conf = x\n[x]\nproviders = y\n[y]\nz = z\n[z]\nmodule = /nowhere\nactivate = 1\n")
    command = [sys.executable, "-I", "-S", str(PROGRAM), str(held_at("small"))]
    here = {**os.environ, "OPENSSL_CONF": str(broken)}
    done = subprocess.run(command, env=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    assert faults(held_at("small") / "0001-small") == []
