"""Each field of each event is either worked out again or listed here as a word that nobody can check."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from ceremony.verify.ceremony import verify_ceremony

WORDS = {
    ("ceremony-opened", "libraries", "name"),
    ("ceremony-opened", "libraries", "version"),
    ("ceremony-opened", "libraries", "sha256"),
    ("ceremony-opened", "machine", "name"),
    ("ceremony-opened", "machine", "value"),
    ("ceremony-opened", "program"),
    ("ceremony-opened", "program_sha256"),
    ("ceremony-opened", "previous_ceremony"),  # checked against the archive, not within one folder
    ("ceremony-opened", "previous_head"),
    ("evidence-recorded", "fields", "value"),
    ("clock-compared", "source"),
    ("token-found", "hardware"),
    ("token-found", "firmware"),
    ("token-found", "library"),
    ("token-found", "module"),
}

Place = tuple[str | int, ...]


def leaves(value: Any, place: Place = ()) -> Iterator[Place]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*place, index))
    else:
        yield place


def changed(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    # at the end: the first two bits of a serial number's octets are not used (ceremony/pki/serials.py)
    return value[:-1] + ("1" if value.endswith("0") else "0")


def test_a_change_of_any_field_that_can_be_worked_out_is_found(forger: Any) -> None:
    """Also when everything around it is made consistent and sealed anew."""
    forger.seal()
    true_lines = copy.deepcopy(forger.lines)
    seen: set[tuple[str, ...]] = set()
    believed: set[tuple[str, ...]] = set()
    for number, line in enumerate(true_lines):
        for place in leaves(line["data"]):
            name = (line["kind"], *(part for part in place if isinstance(part, str)))
            if name in seen:
                continue
            seen.add(name)
            forger.lines = copy.deepcopy(true_lines)
            target = forger.lines[number]["data"]
            for part in place[:-1]:
                target = target[part]
            target[place[-1]] = changed(target[place[-1]])
            forger.chain(heads="chain_head" not in name)
            forger.seal_record()
            forger.sums()
            if verify_ceremony(forger.folder).proved:
                believed.add(name)
    assert believed == WORDS
    assert len(seen) > 120
