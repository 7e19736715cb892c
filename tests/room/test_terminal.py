"""What is known of the terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios

from ceremony.room.terminal import TerminalSize, is_terminal, terminal_size


def test_a_pseudo_terminal_is_a_terminal_and_a_pipe_is_not() -> None:
    master, slave = pty.openpty()
    read_end, write_end = os.pipe()
    assert is_terminal(slave)
    assert not is_terminal(read_end)
    for descriptor in (master, slave, read_end, write_end):
        os.close(descriptor)
    assert not is_terminal(slave)


def test_the_size_is_the_terminals_own() -> None:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 120, 0, 0))
    assert terminal_size(slave) == TerminalSize(120, 33)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 0, 0, 0, 0))
    assert terminal_size(slave) == TerminalSize(80, 24)
    os.close(slave)
    os.close(master)
    assert terminal_size(slave, TerminalSize(40, 12)) == TerminalSize(40, 12)


def test_a_size_holds_what_is_no_larger() -> None:
    assert TerminalSize(80, 24).holds(80, 24)
    assert not TerminalSize(80, 24).holds(81, 24)
    assert not TerminalSize(80, 24).holds(80, 25)
