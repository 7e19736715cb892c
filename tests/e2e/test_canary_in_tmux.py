"""The secrets of one whole ceremony, in the real app on a real terminal, sought everywhere while it runs and after it.

Production, with everything on that a policy can ask of its custodians. Every PIN that is typed is a mark; the words of
the shares are copied from the screen when they are shown, and the PIN that they give is worked out. Each way of seeking
has a decoy to find, which is no secret, in the same place: whoever sees nothing there is blind.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from ceremony.custody.share_entry import read_share
from ceremony.custody.shares import combine
from ceremony.room.memory import swap_areas
from ceremony.secret import Secret
from ceremony.token.softhsm import SoftHsmHome
from ceremony.transcript.chain import read_chain
from ceremony.verify.archive import verify_path
from ceremony.words import words
from tests.custody_rules import house as custody
from tests.e2e.seeking import Marks, in_files, in_processes
from tests.e2e.test_app_in_tmux import ROOT, Custodians, command

DECOY = "DECOYMARK-16180339"
"""Stands in the environment, the arguments, a file and the terminal from the beginning, and is no secret."""

PIN = "PINMARK-{}-31415926"
SO_PIN = "SOMARK-{}-27182818"


def pin_of(label: str) -> str:
    """The PIN of somebody's own token; each is another, and found by itself."""
    return PIN.format(label)


def marked(name: str) -> str:
    """The mark that is asked for under this name, as `token-so-pin:LABEL`."""
    kind, _, label = name.partition(":")
    return SO_PIN.format("ALL") if "-so-" in kind else pin_of(label)


class Holders(Custodians):
    """They copy what is shown and type it from the card; whenever a secret screen is left, the terminal is searched."""

    def __init__(self, terminal: Any, folder: Path, marks: Marks) -> None:
        super().__init__(terminal, folder / "stick")
        self.folder, self.marks = folder, marks
        self.cards: list[list[str]] = []
        self.typed: list[str] = []
        self.sought: list[tuple[str, set[str]]] = []
        """After which secret screen, and what was found on the terminal and in its memory then."""
        self.shown_with_it: list[dict[str, set[str]]] = []
        """What was found in files and processes while words of a share stood on the screen."""

    @property
    def record(self) -> Path:
        return next((self.folder / f"archive-{DECOY}").glob("*/transcript.jsonl"))

    def left(self, what: str) -> None:
        """A secret screen was committed: once it is gone, the terminal holds nothing of it."""
        self.terminal.wait(rf"\A(?![^~]*{what})")
        self.sought.append((what, self.remembered()))

    def remembered(self) -> set[str]:
        """What is found on the terminal, in what it remembers, and on the screen that lies under the app's."""
        under = self.terminal._tmux("capture-pane", "-p", "-a", "-q", "-t", "t")
        return self.marks.found(f"{self.terminal.scrollback()}\n{under}".encode())

    def answer(self, screen: str) -> bool:
        lines = [line for line in screen.splitlines() if line.strip()]
        status = lines[-2] if len(lines) > 2 else ""
        if "copy the words" in status:
            return self.copy(screen)
        if "type the words" in status:
            self.terminal.type("".join(f"{word[:4]} " for word in self.cards[-1]))
            self.terminal.wait("They fit together: F2")
            self.commit()
            self.left("They fit together")
            return True
        if "do you agree with the record?" in screen:
            self.terminal.keys("Down")
            self.terminal.wait(r"> I agree")
            self.word("AGREE")
            return True
        return super().answer(screen)

    def copy(self, screen: str) -> bool:
        numbered = {int(number): word for number, word in re.findall(r"(\d+)\. ([a-z]+)", screen)}
        if sorted(numbered) != list(range(1, 34)):
            return False  # it is still being painted
        self.cards.append([numbered[number] for number in range(1, 34)])
        self.marks.add_card(f"share {len(self.cards)}", self.cards[-1])
        assert self.remembered() == {"decoy", f"share {len(self.cards)}"}, "it stands there, and nothing else does"
        if len(self.cards) == 1:
            self.try_to_export(screen)
            self.shown_with_it.append(in_files(self.marks, self.folder))
            self.shown_with_it.append(in_processes(self.marks, self.terminal.process()))
        self.commit()
        self.left("copy the words")
        return True

    def try_to_export(self, screen: str) -> None:
        """No key of Textual's leads to a picture or to its palette of commands."""
        for key in ("C-p", "C-s", "C-\\", "M-x", "F12"):
            self.terminal.keys(key)
        time.sleep(0.3)
        assert "copy the words" in self.terminal.screen()
        assert "Search for commands" not in self.terminal.screen()
        assert not list(self.folder.rglob("*.svg"))

    def pin(self, screen: str) -> None:
        label = re.search(r"PIN of token (\w+)", " ".join(screen.split()))
        assert label is not None, screen
        self.typed.append(label[1])
        self.terminal.type(pin_of(label[1]))
        self.commit()
        self.left("type the PIN")

    def form(self, screen: str) -> None:
        asked = re.findall(r"Words ((?:\d+, )+\d+)", screen)
        if "reads back" in " ".join(screen.split()):
            digest = next(
                e.data for e in reversed(read_chain(self.record).entries) if e.event.kind == "reviewed"
            ).sha256
            spoken = words(bytes.fromhex(digest))
            values = [" ".join(spoken[int(number) - 1] for number in group.split(", ")) for group in asked]
        elif "Folder of A stick" in screen:
            values = [str(self.stick)]
        else:
            values = ["the clock on the wall", time.strftime("%H:%M:%SZ", time.gmtime())]
        for index, value in enumerate(values):
            if index:
                self.terminal.keys("Tab")
            self.terminal.type(value)
        self.commit()


@pytest.fixture
def ca(tmp_path: Path, softhsm: SoftHsmHome, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The CA that wants everything of its custodians; they have tokens of their own, whose PINs are the marks."""
    del softhsm
    monkeypatch.setattr("tests.house.ca.pin_of", marked)
    house = custody.Signers.built(custody.CA, tmp_path)
    for person in custody.EVERYBODY:
        house.token_of(person)
    house.edit("short.yaml", ", needed: 2", "")
    split = "initialise: true, shares: {threshold: 2, count: 3, holders: custodian}"
    house.edit("short.yaml", "initialise: true", split)
    export = "- {id: export, kind: export, actor: administrator, medium: A stick, text: Copy it.}\n      "
    house.edit("short.yaml", "- {id: close", f"{export}- {{id: close")
    return house.folder


def assert_seen(marks: Marks) -> None:
    """Every form of every mark is found by itself, in the middle of something else."""
    for pattern, name in marks.patterns.items():
        assert Marks({pattern: name}).found(b"\x00~" + pattern + b"~\x00") == {name}
    for run, name in marks.runs.items():
        assert Marks({}, {run: name}).found("\n".join(f" 7. {word}" for word in run).encode()) == {name}


@pytest.mark.parametrize("terminal", [(80, 24)], indirect=True, ids=["80x24"])
def test_no_pin_and_no_share_is_anywhere_but_on_its_own_screen(
    terminal: Any, ca: Path, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    marks = Marks()
    marks.add("decoy", DECOY.encode())
    for person in custody.EVERYBODY:
        marks.add(person, pin_of(person.upper()).encode())
    marks.add("SO PIN", SO_PIN.format("ALL").encode())
    (tmp_path / "work").mkdir()
    (tmp_path / "stick").mkdir()
    (tmp_path / "work/decoy").write_text(DECOY)
    archive = tmp_path / f"archive-{DECOY}"
    home = f'echo {DECOY}; cd "$0" && exec "$@"'
    run = command("run", str(ca / "short.yaml"), "--archive", str(archive))
    settings = {"PYTHONPATH": str(ROOT), "SOFTHSM2_CONF": str(tmp_path / "softhsm/softhsm2.conf"), "COLORTERM": DECOY}
    terminal.run(["sh", "-c", home, str(tmp_path / "work"), *run], clean_environment | settings)

    people = Holders(terminal, tmp_path, marks)
    people.work(r"step 5/\d|Step 5 of")
    process = terminal.process()
    assert re.search(r"Max core file size\s+0\s+0\s", Path(f"/proc/{process}/limits").read_text())
    assert in_processes(marks, process) == {"environ": {"decoy"}, "cmdline": {"decoy"}}
    assert len(people.cards) == 6
    for first, second, name in ((0, 2, "user PIN of SMALL"), (1, 3, "SO PIN of SMALL")):
        shares = [read_share(Secret(" ".join(people.cards[place]))) for place in (first, second)]
        made = [e.data for e in read_chain(people.record).entries if e.event.kind == "shares-made"]
        check = next(data.check_value for data in made if data.identifier == shares[0].identifier)
        pin = combine(shares, check).reveal()
        marks.add(name, pin.encode())
        marks.add(name, bytes.fromhex(pin))
    assert_seen(marks)
    people.work(r"step \d/\d[^~]*do you agree with the record")
    assert in_processes(marks, process) == {"environ": {"decoy"}, "cmdline": {"decoy"}}
    assert set().union(*in_files(marks, tmp_path).values()) == {"decoy"}
    people.work("closed and its record sealed")
    people.commit()
    assert terminal.exit_code() == 0

    assert sorted(set(people.typed)) == sorted(person.upper() for person in custody.EVERYBODY)
    assert [what for what, _ in people.sought].count("copy the words") == 6
    assert [found for found in people.sought if found[1] != {"decoy"}] == []
    assert people.shown_with_it[1] == {"environ": {"decoy"}, "cmdline": {"decoy"}}
    assert set().union(*people.shown_with_it[0].values()) == {"decoy"}
    assert people.remembered() == {"decoy"}
    kept = in_files(marks, tmp_path)
    assert set().union(*kept.values()) == {"decoy"}
    assert "work/decoy" in kept
    assert not [path for path in tmp_path.rglob("*") if path.suffix == ".svg" or path.name.startswith("core")]
    assert any((tmp_path / "stick").rglob("root.der"))

    lines = read_chain(people.record).entries
    happened = {entry.event.kind for entry in lines}
    assert {"shares-proved", "approved", "attested", "exported", "ceremony-closed"} <= happened
    assert {data.method for entry in lines if (data := entry.data).kind in ("approved", "attested")} == {"signed"}  # type: ignore[attr-defined]
    swap = any("Swap is on" in str(getattr(entry.data, "statement", "")) for entry in lines)
    assert swap == bool(swap_areas())  # where memory can reach a disk, people have answered for the disk
    assert all(verdict.proved for verdict in verify_path(archive))
    people.record.with_name("planted").write_text(" ".join(people.cards[3]) + pin_of("SITI").encode().hex())
    assert set().union(*in_files(marks, archive).values()) == {"share 4", "siti"}
