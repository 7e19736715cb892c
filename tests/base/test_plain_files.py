"""The one reader: what it reads, what it refuses, and that nothing else in the program opens a file to read it."""

from __future__ import annotations

import ast
import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ceremony.plain_files import (
    DEEPEST,
    Digest,
    NotRead,
    digest_in,
    digest_of,
    listed,
    names_in,
    open_in,
    opened_in,
    read_in,
    read_named,
)

PACKAGE = Path(__file__).parents[2] / "ceremony"


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(NotRead) as caught:
        call()
    return caught.value.reason


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(b"octets")
    return tmp_path / "a"


class TestBelowAFolder:
    def test_a_plain_file_is_read_and_hashed(self, folder: Path) -> None:
        assert read_in(folder, "b/file", 6) == b"octets"
        digest = Digest(hashlib.sha256(b"octets").hexdigest(), 6)
        assert digest_in(folder, "b/file") == digest_of(b"octets") == digest

    def test_a_long_file_comes_in_pieces(self, folder: Path) -> None:
        octets = os.urandom(1_000_003)
        (folder / "long").write_bytes(octets)
        with opened_in(folder, "long") as file:
            pieces = list(file.pieces())
        assert len(pieces) > 1
        assert b"".join(pieces) == octets
        assert digest_in(folder, "long") == digest_of(octets)

    @pytest.mark.parametrize("name", ["", ".", "..", "../x", "b/../b/file", "/etc/passwd", "b//file", "b/", "b/\0"])
    def test_a_name_that_leads_out_is_refused(self, name: str, folder: Path) -> None:
        assert refusal(lambda: read_in(folder, name)) == "its name leads out of the folder, or is none"

    def test_no_part_of_the_path_is_a_link(self, folder: Path) -> None:
        (folder / "same").symlink_to(folder / "b")
        (folder / "b" / "alias").symlink_to("file")
        assert refusal(lambda: read_in(folder, "same/file")) == "a part of its path is a link"
        assert refusal(lambda: read_in(folder, "b/alias")) == "it is a link, and a file is wanted"

    def test_the_folder_itself_may_be_reached_by_a_link(self, folder: Path) -> None:
        (folder.parent / "way").symlink_to(folder)
        assert read_in(folder.parent / "way", "b/file") == b"octets"

    def test_what_is_no_plain_file_is_refused_without_waiting(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        os.mkfifo(folder / "pipe")
        assert refusal(lambda: read_in(folder, "pipe")) == "it is a pipe, and a file is wanted"
        assert refusal(lambda: read_in(folder, "b")) == "it is a folder, and a file is wanted"
        assert refusal(lambda: read_in(Path("/dev"), "zero")) == "it is a device, and a file is wanted"
        monkeypatch.chdir(folder)  # the names of sockets are short
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("ear")
            assert refusal(lambda: read_in(folder, "ear")) == "it is a socket, and a file is wanted"

    def test_a_pipe_is_not_opened_to_write_either(self, folder: Path) -> None:
        os.mkfifo(folder / "pipe")
        assert "a pipe" in refusal(lambda: open_in(folder, "pipe", os.O_WRONLY | os.O_APPEND))

    def test_one_octet_too_many_is_refused_unread(self, folder: Path) -> None:
        assert refusal(lambda: read_in(folder, "b/file", 5)) == "it is larger than 5 bytes"
        with (folder / "sparse").open("wb") as file:
            file.truncate(8 << 30)
        assert refusal(lambda: digest_in(folder, "sparse")) == "it is larger than 256 MiB"

    def test_what_is_missing_says_so(self, folder: Path) -> None:
        for name in ("none", "none/at/all", "b/file/below"):
            with pytest.raises(NotRead) as caught:
                read_in(folder, name)
            assert caught.value.missing
            assert not caught.value.system

    def test_a_file_that_grows_is_read_as_long_as_it_was(self, folder: Path) -> None:
        with opened_in(folder, "b/file") as file:
            with (folder / "b" / "file").open("ab") as more:
                more.write(b" and more")
            assert file.read() == b"octets"

    def test_a_file_that_shrinks_is_not_half_read(self, folder: Path) -> None:
        with opened_in(folder, "b/file") as file:
            os.truncate(folder / "b" / "file", 3)
            assert refusal(file.read) == "it became shorter while it was read"


class TestFoldersThemselves:
    def test_everything_is_listed_and_what_is_strange_is_named(self, folder: Path) -> None:
        os.mkfifo(folder / "pipe")
        (folder / "out").symlink_to("/")
        found = listed(folder)
        assert found.files == ("b/file", "out", "pipe")
        assert found.folders == ("b",)
        assert found.strange == {"out": "a link", "pipe": "a pipe"}
        assert found.octets == 6

    def test_folders_may_be_nested_so_deep_and_no_deeper(self, tmp_path: Path) -> None:
        deep = tmp_path.joinpath(*["x"] * DEEPEST)
        deep.mkdir(parents=True)
        assert len(listed(tmp_path).folders) == DEEPEST
        (deep / "x").mkdir()
        assert "nested deeper" in refusal(lambda: listed(tmp_path))

    def test_a_folder_may_hold_so_many_and_no_more(self, tmp_path: Path) -> None:
        for number in range(4):
            (tmp_path / str(number)).touch()
        assert len(listed(tmp_path, 4).files) == len(names_in(tmp_path, 4)) == 4
        assert "more than 3 files" in refusal(lambda: listed(tmp_path, 3))
        assert "more than 3 files" in refusal(lambda: names_in(tmp_path, 3))


class TestNamedByAPerson:
    def test_a_file_behind_a_link_is_read(self, folder: Path) -> None:
        (folder / "link").symlink_to("b/file")
        assert read_named(folder / "link", 6) == b"octets"

    @pytest.mark.parametrize("path", ["/proc/kmsg", "/proc/self/mem"])
    def test_what_claims_to_be_empty_is_not_read(self, path: str) -> None:
        if not os.access(path, os.R_OK):
            pytest.skip(f"this account may not open {path}")
        assert read_named(Path(path), 100) == b""

    @pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin"])
    def test_a_device_is_refused(self, path: str, folder: Path) -> None:
        if path == "/dev/stdin" and not Path(path).is_char_device():
            pytest.skip("standard input is no device here")
        assert "a device" in refusal(lambda: read_named(Path(path), 100))

    def test_a_pipe_behind_a_link_is_refused_without_waiting(self, folder: Path) -> None:
        os.mkfifo(folder / "pipe")
        (folder / "link").symlink_to("pipe")
        assert refusal(lambda: read_named(folder / "link", 100)) == "it is a pipe, and a file is wanted"

    def test_a_name_that_is_none_is_refused(self) -> None:
        assert refusal(lambda: read_named(Path("a\0b"), 100)) == "its name is not a file name"


READS = {
    *("open", "open_code", "fdopen", "read_bytes", "read_text", "mmap", "file_digest", "fromfile", "open_binary"),
    *("iterdir", "glob", "rglob", "walk", "scandir", "listdir", "copy", "copyfile", "copytree", "copy2"),
}
"""Calls that open a file, or look into a folder, by the last part of their name."""

OF_MODULES = {"walk": "os", "copy": "shutil"}
"""Names that others have, too: those of these modules are meant."""

DECLARED = {
    "plain_files.py": "the one reader itself",
    "transcript/journal.py": "makes the record, and opens its folder to sync it",
    "transfer/media.py": "reads back what it has just written, in the folder that it holds open",
    "pki/crl_large.py": "its own spool of entries, which it made a moment before",
    "room/printer.py": "writes to the printer's device; asks the kernel for this process",
    "room/clean_start.py": "its own empty folder",
    "room/libraries.py": "the list of files that came with an installed package",
    "room/practice_folder.py": "folders of practice tokens: their locks and names, to remove them",
    "room/memory.py": "asks the kernel for this process and its swap",
    "token/softhsm.py": "folders of practice tokens: names, to remove them",
    "token/module_file.py": "where systems keep SoftHSM's module: names alone",
    "engine/secrets_source.py": "the descriptor that PINs come through, up to its limit",
    "tui/starting.py": "/dev/null",
    "cli/__init__.py": "/dev/null",
    "cli/deriving.py": "writes a new policy",
    "cli/launching.py": "names of scripts below the policies' folder; they are read by the one reader",
}
"""Modules that open files, or look into folders, by themselves, and why: none reads what an archive holds."""


def opens(tree: ast.AST) -> Iterator[str]:
    """Each call in a module that opens a file or looks into a folder. A method `open` of our own takes no path."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        of = node.func.value if isinstance(node.func, ast.Attribute) else None
        owner = of.id if isinstance(of, ast.Name) else ""
        if name in READS and OF_MODULES.get(name, owner) == owner:
            yield f"{ast.unparse(node.func)}:{node.lineno}"


OURS = {
    "engine/login.py": {"place.module.open"},
    "engine/stand_ins.py": {"module.open"},
    "token/module.py": {"handle.open"},
    "token/entropy.py": {"handle.open"},
    "token/shown.py": {"handle.open"},
    "token/officer.py": {"handle.open"},
    "cli/beginning.py": {"CardPrinter.open"},
    "transcript/kinds/course.py": {"state.open"},
}
"""Calls of these names that open no file: sessions with a token, a printer, a ceremony."""


def test_no_other_module_opens_a_file_to_read_it() -> None:
    found: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).as_posix()
        ours = OURS.get(module, set())
        calls = [call for call in opens(ast.parse(path.read_text("utf-8"))) if call.partition(":")[0] not in ours]
        if calls:
            found[module] = calls
    assert {module: calls for module, calls in found.items() if module not in DECLARED} == {}
    assert set(DECLARED) - set(found) == set(), "what opens nothing any more is declared no longer"


@pytest.mark.parametrize(
    "code",
    [
        "open(path)",
        "path.read_bytes()",
        "Path(x).read_text('utf-8')",
        "os.open(path, 0)",
        "list(folder.rglob('*'))",
        "os.walk(folder)",
        "with path.open('rb') as file: pass",
        "shutil.copy(a, b)",
        "mmap.mmap(0, 1)",
    ],
)
def test_that_test_finds(code: str) -> None:
    assert list(opens(ast.parse(code)))


def test_that_test_lets_dictionaries_be_copied() -> None:
    assert not list(opens(ast.parse("world.copy(); item.model_copy(update={}); copy.copy(x); walk(entries)")))
