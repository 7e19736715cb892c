"""Whatever is written in the three files, the loader answers with a script or with complaints; it never breaks."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.errors import InputError
from ceremony.script.load import load_script
from ceremony.strict_yaml import load

DEMO = Path(__file__).resolve().parents[2] / "policies" / "demo"
FILES = {name: load(DEMO / name).data for name in ("policy.yaml", "people.yaml", "ceremonies/root-generation.yaml")}

WORDS = st.sampled_from(
    [
        "close",
        "record",
        "basic-constraints",
        "key-usage",
        "root-r1",
        "rini",
        "witness",
        "type",
        "kind",
        "[key]",
        "0",
        "",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | WORDS | st.text(st.characters(codec="ascii"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)


def mutate(draw: st.DrawFn, data: Any) -> Any:
    """Replace, remove or add something at a random place."""
    changed = copy.deepcopy(data)
    node = changed
    while True:
        places = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not places:
            return changed
        place = draw(st.sampled_from(places))
        if isinstance(node[place], dict | list) and draw(st.integers(0, 4)):
            node = node[place]
            continue
        what = draw(st.sampled_from(["replace", "remove", "add"]))
        if what == "replace":
            node[place] = draw(VALUES)
        elif what == "remove":
            del node[place]
        elif isinstance(node, dict):
            node[draw(WORDS)] = draw(VALUES)
        else:
            node.append(draw(VALUES))
        return changed


@st.composite
def mutated_files(draw: st.DrawFn) -> dict[str, str]:
    """The three files as JSON, which is YAML with every text in quotes, one to three things changed."""
    data = dict(FILES)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(FILES)))
        data[name] = mutate(draw, data[name])
    return {name: json.dumps(value) for name, value in data.items()}


@settings(max_examples=150, deadline=None)
@given(mutated_files())
def test_any_change_is_accepted_or_refused_with_its_place(tmp_path_factory: Any, files: dict[str, str]) -> None:
    folder = tmp_path_factory.mktemp("ca")
    (folder / "ceremonies").mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    path = folder / "ceremonies" / "root-generation.yaml"
    try:
        loaded = load_script(path)
    except InputError as error:
        refusal = error
    else:
        assert loaded.script.sections
        return
    assert refusal.findings
    for finding in refusal.findings:
        assert finding.where is not None
        assert finding.message
        assert finding.where.file.startswith(str(folder))
