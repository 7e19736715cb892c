"""The printer of cards: a pseudo-terminal as its device, read at the other end; and all that is no printer."""

from __future__ import annotations

import os
import pty
import select
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ceremony.errors import CeremonyError
from ceremony.room.printer import CardPrinter
from ceremony.secret import Secret


@pytest.fixture
def device() -> Iterator[tuple[int, str]]:
    """The printer's own end, and the path of the device."""
    master, slave = pty.openpty()
    path = os.ttyname(slave)
    yield master, path
    os.close(slave)
    if master >= 0:
        try:
            os.close(master)
        except OSError:  # the test switched the printer off
            return


def arrived(master: int) -> bytes:
    seen = b""
    while select.select([master], [], [], 0.2)[0]:
        seen += os.read(master, 65536)
    return seen


def refusal(path: Path | str) -> CeremonyError:
    with pytest.raises(CeremonyError) as caught:
        CardPrinter.open(str(path))
    assert caught.value.code == "CARD-PRINTER"
    assert caught.value.where == str(path)
    assert "by hand" in caught.value.next_step
    return caught.value


def test_what_is_printed_arrives_as_it_is_with_a_form_feed_after_it(device: tuple[int, str]) -> None:
    master, path = device
    with CardPrinter.open(path) as printer:
        printer.print(Secret("one\n  two\n"))
        assert arrived(master) == b"one\r\n  two\r\n\f"
        printer.print(Secret("three\n"))
        assert arrived(master) == b"three\r\n\f"


def test_a_card_that_is_longer_than_the_device_takes_at_once_arrives_whole(device: tuple[int, str]) -> None:
    master, path = device
    text = "".join(f"{number:071d}\n" for number in range(2000))
    seen = bytearray()
    with CardPrinter.open(path) as printer:
        sending = threading.Thread(target=lambda: printer.print(Secret(text)))
        sending.start()
        while not seen.endswith(b"\f") and select.select([master], [], [], 10)[0]:
            seen += os.read(master, 65536)
        sending.join(10)
    assert seen.decode() == text.replace("\n", "\r\n") + "\f"


def test_a_regular_file_a_folder_a_fifo_and_a_socket_are_refused_and_left_as_they_are(tmp_path: Path) -> None:
    file, folder, fifo = tmp_path / "card.txt", tmp_path / "folder", tmp_path / "fifo"
    file.write_text("kept")
    folder.mkdir()
    os.mkfifo(fifo)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for path in (file, folder, fifo, tmp_path / "socket"):
            assert "not a character device" in refusal(path).detail
    assert file.read_text() == "kept"
    (tmp_path / "link").symlink_to(file)
    assert "not a character device" in refusal(tmp_path / "link").detail
    assert "No such file" in refusal(tmp_path / "none").detail


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero", "/dev/full", "/dev/random"])
def test_what_swallows_everything_is_no_printer(path: str) -> None:
    assert stat.S_ISCHR(Path(path).stat().st_mode)
    assert "no printer" in refusal(path).detail


def test_the_names_of_whatever_terminal_one_has_are_refused() -> None:
    assert "a terminal" in refusal("/dev/tty").detail
    assert refusal("/dev/ptmx").code == "CARD-PRINTER"


_TRY = """
import sys
from ceremony.errors import CeremonyError
from ceremony.room.printer import CardPrinter
try:
    CardPrinter.open(sys.argv[1])
except CeremonyError as error:
    print("REFUSED", error.detail)
"""


@pytest.mark.parametrize("by", ["a descriptor", "its session"])
def test_the_terminal_on_which_the_program_runs_is_refused(by: str) -> None:
    """Whether it reads or writes there, or only belongs to it."""
    master, slave = pty.openpty()
    path = os.ttyname(slave)
    script = f"import os; os.setsid(); os.close(os.open({path!r}, os.O_RDWR))\n{_TRY}"  # it becomes its terminal
    try:
        done = subprocess.run(
            [sys.executable, "-c", script if by == "its session" else _TRY, path],
            stdin=slave if by == "a descriptor" else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
        )
        assert "REFUSED It is the terminal on which this program runs" in done.stdout, done.stderr
        assert arrived(master) == b""
    finally:
        os.close(slave)
        os.close(master)


def test_a_printer_that_goes_away_is_told_with_what_to_do(device: tuple[int, str]) -> None:
    master, path = device
    with CardPrinter.open(path) as printer:
        os.close(master)
        with pytest.raises(CeremonyError) as caught:
            printer.print(Secret("a word that is secret\n"))
    error = caught.value
    assert (error.code, error.where) == ("CARD-NOT-PRINTED", path)
    assert "off line" in error.detail
    assert "by hand" in error.next_step
    assert "secret" not in " ".join(error.paragraphs())


def test_a_printer_that_takes_nothing_is_given_up_and_gets_nothing_later(device: tuple[int, str]) -> None:
    """No paper: the device is there, and its buffer is full."""
    master, path = device
    with CardPrinter.open(path, patience_seconds=0.2) as printer:
        with pytest.raises(CeremonyError) as caught:
            printer.print(Secret("secret\n" * 40_000))
        assert caught.value.code == "CARD-NOT-PRINTED"
        assert "nothing was taken for" in caught.value.detail
        assert "destroy that sheet" in caught.value.not_done
        assert len(arrived(master)) < 40_000
