"""`ceremony policy check` has nothing against the policies that are shipped, and sees what is broken in them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ceremony.cli import checking, main
from ceremony.room.clock import FixedClock

ROOT = Path(__file__).parents[2]
POLICIES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("policies/*/policy.yaml"))
ISRG = ROOT / "policies" / "isrg" / "policy.yaml"


@pytest.fixture(autouse=True)
def on_the_day(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "Clock", lambda: FixedClock(clock.utc()))


@pytest.mark.parametrize("policy", POLICIES)
def test_a_shipped_policy_is_accepted(policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check", str(ROOT / policy)]) == 0
    written = capsys.readouterr()
    assert "ERROR" not in written.out + written.err
    assert "WARNING" not in written.out + written.err


def broken(tmp_path: Path, old: str, new: str) -> Path:
    text = ISRG.read_text("utf-8")
    assert old in text
    path = tmp_path / "policy.yaml"
    path.write_text(text.replace(old, new), "utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("purposes: [serverAuth]", "purposes: [clientAuth, serverAuth]", "CH-3"),
        ("      - {type: extended-key-usage, critical: false, purposes: [serverAuth]}\n", "", "CC-1"),
        ("{lifetime: 10y, starts: day}", "{lifetime: 9133d, starts: day}", "BR-C2"),
        ("http://x1.c.lencr.org/", "http:///x1.c.lencr.org/", "BR-C19"),
        ('expires: "2028-11-21"', 'expires: "2026-11-21"', "WAIVER-EXPIRED"),
        ("sources: [cabf-tls-br, pkilint]", "sources: [pkilint]", "WAIVER-SOURCE"),
    ],
)
def test_the_same_policy_with_one_thing_broken_is_refused(
    old: str, new: str, rule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = broken(tmp_path, old, new)
    assert main(["policy", "check", str(path)]) == 1
    written = capsys.readouterr()
    complaints = [line for line in (written.out + written.err).splitlines() if f"ERROR {rule}:" in line]
    assert complaints
    assert all(line.startswith(f"{path}:") for line in complaints)


def test_a_waiver_ends_with_its_last_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(checking, "Clock", lambda: FixedClock(datetime(2028, 11, 21, 23, 59, 59, tzinfo=UTC)))
    assert main(["policy", "check", str(ISRG)]) == 0
    capsys.readouterr()
    monkeypatch.setattr(checking, "Clock", lambda: FixedClock(datetime(2028, 11, 22, tzinfo=UTC)))
    assert main(["policy", "check", str(ISRG)]) == 1
    assert "WAIVER-EXPIRED" in "".join(capsys.readouterr())
