"""A person's own practice token, whose security officer PIN nobody has: cut short in its making, it is made anew."""

from __future__ import annotations

from typing import Any


def test_own_tokens_that_were_initialised_in_part_are_made_anew(place: Any) -> None:
    assert place.run("after the line token-opened").returncode < 0  # the ceremony's token is made; the next is agus's
    for point in ("after C_InitToken", "after C_InitPIN"):
        assert place.run(point).returncode < 0
        assert place.lines()[-1]["data"]["label"] == "PRACTICE agus"
    done = place.run()
    assert done.returncode == 0, done.stdout + done.stderr
    made = [item["label"] for item in place.events("token-initialised")]
    assert sorted(made) == ["PRACTICE SMALL", *(f"PRACTICE {name}" for name in ("agus", "dewi", "rini", "siti"))]
    opened = [item["serial"] for item in place.events("token-opened") if item["label"] == "PRACTICE agus"]
    assert len(set(opened)) == 1
    assert place.failed() == set()
