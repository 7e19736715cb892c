"""Files on a medium: whole or not at all, never over another, and proved by reading them back."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import stat
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import CeremonyError
from ceremony.plain_files import digest_of
from ceremony.transfer import media
from ceremony.transfer.media import check_copies, check_target, export, new_folder, sha256sums, write_once

OCTETS = b"certificate" * 200_000


def refusal(call: Callable[[], object]) -> CeremonyError:
    with pytest.raises(CeremonyError) as caught:
        call()
    assert caught.value.not_done
    return caught.value


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# write_once -----------------------------------------------------------------------------------------------------------


def test_a_new_file_holds_exactly_the_octets_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_once(tmp_path, "root.der", OCTETS)
    write_once(tmp_path, "empty", b"")
    assert (tmp_path / "root.der").read_bytes() == OCTETS
    assert (tmp_path / "empty").read_bytes() == b""
    assert listing(tmp_path) == ["empty", "root.der"]
    assert stat.S_IMODE((tmp_path / "root.der").stat().st_mode) & 0o777 & ~0o644 == 0


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "root.der"
    target.write_bytes(b"older")
    error = refusal(lambda: write_once(target.parent, target.name, OCTETS))
    assert error.code == "MEDIA-EXISTS"
    assert str(target) in str(error)
    assert target.read_bytes() == b"older"
    assert listing(tmp_path) == ["root.der"]


def test_a_link_that_leads_nowhere_counts_as_taken(tmp_path: Path) -> None:
    (tmp_path / "root.der").symlink_to(tmp_path / "elsewhere")
    assert refusal(lambda: write_once(tmp_path, "root.der", b"x")).code == "MEDIA-EXISTS"
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_that_appears_at_the_last_moment_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "root.der"
    real = media._rename_without_replacing

    def somebody_is_faster(old: str, new: str, folder: int) -> bool:
        target.write_bytes(b"theirs")
        return real(old, new, folder)

    monkeypatch.setattr(media, "_rename_without_replacing", somebody_is_faster)
    assert refusal(lambda: write_once(target.parent, target.name, OCTETS)).code == "MEDIA-EXISTS"
    assert target.read_bytes() == b"theirs"
    assert listing(tmp_path) == ["root.der"]


def test_no_folder_a_file_for_a_folder_and_a_name_too_long_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert refusal(lambda: write_once(tmp_path / "none", "a", b"x")).code == "MEDIA-ABSENT"
    assert refusal(lambda: write_once(tmp_path / "file", "a", b"x")).code == "MEDIA-NOT-A-FOLDER"
    assert refusal(lambda: write_once(tmp_path, "a" * 256, b"x")).code == "MEDIA-NAME"
    assert listing(tmp_path) == ["file"]


def test_a_full_medium_is_told_and_keeps_nothing_of_the_file(on_medium: Any) -> None:
    told = on_medium("size=64k", "print(json.dumps(told(lambda: write_once(folder, 'big', b'x' * 200_000))))")
    assert told["code"] == "MEDIA-FULL"
    assert "no room left" in told["said"]
    assert told["left"] == []


def test_a_read_only_medium_is_told(on_medium: Any) -> None:
    told = on_medium(
        "ro",
        "print(json.dumps([told(lambda: write_once(folder, 'a', b'x')), told(lambda: check_target(folder))]))",
    )
    assert [entry["code"] for entry in told] == ["MEDIA-READ-ONLY", "MEDIA-READ-ONLY"]


def test_a_folder_of_somebody_else_is_told(tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o500)
    code = (
        "import sys\nfrom pathlib import Path\nfrom ceremony.errors import CeremonyError\n"
        "from ceremony.transfer.media import write_once\n"
        "try:\n write_once(Path(sys.argv[1]), 'a', b'x')\n"
        "except CeremonyError as error:\n print(error.code)\n"
    )
    command = [sys.executable, "-c", code, str(shut)]
    if os.geteuid() == 0:  # root may write anywhere, so it steps down from that right
        command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "MEDIA-READ-ONLY"
    assert listing(shut) == []


def test_a_kill_before_the_rename_leaves_nothing_under_the_final_name(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom ceremony.transfer import media\n"
        "media._rename_without_replacing = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "media.write_once(Path(sys.argv[1]), 'root.der', b'x' * 5_000_000)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=False, cwd=Path(__file__).parents[2], capture_output=True
    )
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "root.der").exists()
    assert all(name.endswith(".part") for name in listing(tmp_path))
    write_once(tmp_path, "root.der", b"again")
    assert (tmp_path / "root.der").read_bytes() == b"again"


@pytest.mark.parametrize("offers", ["link", "neither"])
def test_a_file_system_without_the_rename_is_served_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offers: str
) -> None:
    import ctypes

    monkeypatch.setattr(ctypes, "CDLL", lambda *_args, **_more: types.SimpleNamespace())
    if offers == "neither":

        def no_links(*_args: object, **_more: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", no_links)
    write_once(tmp_path, "root.der", OCTETS)
    assert (tmp_path / "root.der").read_bytes() == OCTETS
    assert listing(tmp_path) == ["root.der"]
    assert refusal(lambda: write_once(tmp_path, "root.der", b"x")).code == "MEDIA-EXISTS"


@pytest.mark.parametrize("reason", [errno.EIO, errno.ENODEV, errno.ENXIO])
def test_a_medium_that_goes_away_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: int
) -> None:
    def gone(_descriptor: int) -> None:
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(os, "fsync", gone)
    assert refusal(lambda: write_once(tmp_path, "root.der", b"x")).code == "MEDIA-GONE"
    assert listing(tmp_path) == []


def test_other_octets_read_back_are_told_and_the_file_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "_read_back", lambda _name, _folder, _written: b"y")
    assert refusal(lambda: write_once(tmp_path, "root.der", b"x")).code == "MEDIA-READBACK"
    assert listing(tmp_path) == []


def test_an_interruption_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_args: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(media, "_rename_without_replacing", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_once(tmp_path, "root.der", b"x")
    assert listing(tmp_path) == []


@pytest.mark.parametrize("name", ["certificates/root.der", "a/certificates/root.der"])
def test_nothing_is_written_through_a_link_on_the_way(tmp_path: Path, name: str) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "0001-small"
    outside.mkdir()
    (inside / name).parent.parent.mkdir(parents=True)
    (inside / name).parent.symlink_to(outside)
    assert refusal(lambda: write_once(inside, name, b"x")).code == "MEDIA-LINK"
    assert refusal(lambda: new_folder(inside, f"{name}.d", "Nothing.")).code == "MEDIA-LINK"
    assert listing(outside) == []
    (inside / name).parent.unlink()
    (inside / name).parent.mkdir()
    write_once(inside, name, b"x")
    assert (inside / name).read_bytes() == b"x"


# check_target ---------------------------------------------------------------------------------------------------------


def test_a_target_that_can_take_the_files_is_accepted(tmp_path: Path) -> None:
    check_target(tmp_path)
    check_target(tmp_path, 1000)


def test_a_target_that_cannot_take_the_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert refusal(lambda: check_target(tmp_path / "none")).code == "MEDIA-ABSENT"
    assert refusal(lambda: check_target(tmp_path / "file")).code == "MEDIA-NOT-A-FOLDER"
    assert refusal(lambda: check_target(tmp_path, 1 << 62)).code == "MEDIA-FULL"


def test_a_target_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stick").symlink_to(tmp_path)
    assert refusal(lambda: check_target(tmp_path / "stick")).code == "MEDIA-LINK"


# export ---------------------------------------------------------------------------------------------------------------

FILES = (("root.der", b"\x30\x03"), ("root.pem", b"-----BEGIN"), ("root.txt", b"Version: 3\n"))


def test_an_export_writes_every_file_and_a_list_that_sha256sum_accepts(tmp_path: Path) -> None:
    written = export(tmp_path.parent, tmp_path.name, FILES)
    assert [file.name for file in written] == ["root.der", "root.pem", "root.txt", "SHA256SUMS"]
    assert listing(tmp_path) == sorted(file.name for file in written)
    for file in written:
        octets = file.path.read_bytes()
        assert (file.size, file.sha256) == (len(octets), hashlib.sha256(octets).hexdigest())
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": OK") == len(FILES)


def test_sha256sums_is_in_the_order_given() -> None:
    empty = hashlib.sha256(b"").hexdigest()
    assert sha256sums([("b", empty), ("a", empty)]).decode() == "".join(f"{empty}  {name}\n" for name in "ba")


@pytest.mark.parametrize("taken", ["root.txt", "SHA256SUMS"])
def test_an_export_writes_nothing_when_one_name_is_taken(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_bytes(b"older")
    assert refusal(lambda: export(tmp_path.parent, tmp_path.name, FILES)).code == "MEDIA-EXISTS"
    assert listing(tmp_path) == [taken]
    assert (tmp_path / taken).read_bytes() == b"older"


def test_an_export_too_large_for_the_medium_writes_nothing(on_medium: Any) -> None:
    told = on_medium(
        "size=64k",
        "files = [('a', b'x' * 40_000), ('b', b'x' * 40_000)]\n"
        "print(json.dumps(told(lambda: export(folder.parent, folder.name, files))))",
    )
    assert told["code"] == "MEDIA-FULL"
    assert told["left"] == []


def test_an_export_that_fails_in_the_middle_takes_back_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = media._write_whole

    def full_at_the_last(name: str, octets: bytes, folder: int) -> None:
        if name == "root.txt":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(name, octets, folder)

    monkeypatch.setattr(media, "_write_whole", full_at_the_last)
    error = refusal(lambda: export(tmp_path.parent, tmp_path.name, FILES))
    assert error.code == "MEDIA-FULL"
    assert "Nothing was exported" in str(error)
    assert listing(tmp_path) == []


@pytest.mark.parametrize(
    "names",
    [["a/b"], [".."], [""], ["a\nb"], ["a", "a"], ["Root.der", "root.DER"], ["sha256sums"], ["c:d"], ["a\\b"]],
)
def test_names_that_no_medium_could_hold_side_by_side_are_refused(tmp_path: Path, names: list[str]) -> None:
    assert (
        refusal(lambda: export(tmp_path.parent, tmp_path.name, [(name, b"x") for name in names])).code == "MEDIA-NAME"
    )
    assert listing(tmp_path) == []


def test_an_export_into_a_folder_that_became_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "0001-small").symlink_to(tmp_path / "outside")
    assert refusal(lambda: export(tmp_path, "0001-small", FILES)).code == "MEDIA-LINK"
    assert listing(tmp_path / "outside") == []


COPIES = [(name, digest_of(octets)) for name, octets in FILES]


DAMAGES: dict[str, Callable[[Path], object]] = {
    "one octet": lambda folder: (folder / "root.der").write_bytes(b"\x30\x02"),
    "shorter": lambda folder: (folder / "root.der").write_bytes(b""),
    "longer": lambda folder: (folder / "root.der").write_bytes(b"\x30\x03\x00"),
    "gone": lambda folder: (folder / "root.der").unlink(),
    "a link": lambda folder: (folder / "root.der").rename(folder / "r") and (folder / "root.der").symlink_to("r"),
    "the list": lambda folder: (folder / "SHA256SUMS").write_text("x"),
    "another folder": lambda folder: folder.rename(folder.with_name("y")) and folder.symlink_to(folder.with_name("y")),
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_copy_that_is_no_longer_what_was_written_is_named_with_what_to_do(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "0001-small"
    folder.mkdir()
    export(tmp_path, folder.name, FILES)
    check_copies(tmp_path, folder.name, COPIES, {"root.der": "/archive/root.der"})
    DAMAGES[how](folder)
    error = refusal(lambda: check_copies(tmp_path, folder.name, COPIES, {"root.der": "/archive/root.der"}))
    assert error.code == "MEDIA-DAMAGED"
    name, what = ("SHA256SUMS", "sha256sum") if how == "the list" else ("root.der", "copy /archive/root.der there")
    assert error.where == str(folder / name)
    assert what in error.next_step


def test_every_fault_of_the_system_becomes_a_sentence_with_a_next_step() -> None:
    from ceremony.transfer.faults import medium_fault

    for number in errno.errorcode:
        fault = medium_fault(OSError(number, os.strerror(number)), Path("/media/stick"), "Nothing was written.")
        assert fault.code.startswith("MEDIA-")
        assert fault.next_step.endswith(".")
        assert "/media/stick" in str(fault)
