"""From a parser's events to plain data with the place of every key and value; complaints are gathered, not raised.

Nothing is constructed by the parser: events carry text only, and what a text means is decided in `scalars`. The tree
is built without recursion, so that no nesting can exhaust the stack.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from ceremony.strict_yaml import scalars, syntax
from ceremony.strict_yaml.reading import has_unwanted
from ceremony.strict_yaml.secrets import holds_a_secret, names_a_secret

DEEPEST_NESTING = 40
MOST_COMPLAINTS = 100
"""Beyond this many the rest is not looked for: they are correct in number, and useless to a reader."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Place = tuple[int, int]
"""Line and column, both from 1."""


@dataclass(slots=True)
class Node:
    """A value with its place. `suspect` where a complaint about it stands already, so that no second one is made."""

    place: Place
    data: Any = None
    suspect: bool = False
    keys: dict[str, Place] = field(default_factory=dict)
    children: dict[str | int, Node] = field(default_factory=dict)

    def inheriting(self, giver: Node, without: str) -> Node:
        """A group of keys with those of another that it lacks; both without one key."""
        keys = {name: place for name, place in {**giver.keys, **self.keys}.items() if name != without}
        children: dict[str | int, Node] = {name: {**giver.children, **self.children}[name] for name in keys}
        return Node(self.place, {name: child.data for name, child in children.items()}, self.suspect, keys, children)

    def with_child(self, part: str | int, child: Node) -> Node:
        """The same collection with another child in the place of one that it has."""
        data = {**self.data, part: child.data} if isinstance(self.data, dict) else [*self.data]
        if isinstance(part, int):
            data[part] = child.data
        return Node(self.place, data, self.suspect, self.keys, {**self.children, part: child})


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong, at a place."""

    rule: str
    place: Place
    message: str


class _Enough(Exception):
    """No use in reading on."""


@dataclass(slots=True)
class _Open:
    """A collection that is being read. `key` is the key whose value comes next; `secret` silences all within."""

    node: Node
    secret: bool
    is_mapping: bool
    key: str | None = None
    key_place: Place | None = None
    value_next: bool = False
    value_secret: bool = False


class TreeBuilder:
    """Reads one document. After `read`, `root` is None where the text is no YAML document at all."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._stack: list[_Open] = []
        self._secret_lines: set[int] = set()
        self.root: Node | None = None
        self.complaints: list[Complaint] = []
        self._is_full = False

    def read(self) -> None:
        """Read the text to its end, or to where going on has no use."""
        try:
            self._walk()
        except _Enough:
            self.root = None
        except yaml.MarkedYAMLError as error:
            self.root = None
            self._note_syntax(error)
        except (yaml.YAMLError, ValueError, OverflowError):
            self.root = None
            self._note("YAML-SYNTAX", (1, 1), syntax.FALLBACK)
        self._search_comments()
        self.complaints.sort(key=lambda complaint: complaint.place)

    # What the events say.

    def _walk(self) -> None:
        documents = 0
        for event in self._events():
            if self._is_full:
                raise _Enough
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        self._note("YAML-DOCUMENTS", _place(event), "a second document starts here; one file holds one")
                        raise _Enough
                    if event.version or event.tags:
                        self._note(
                            "YAML-DIRECTIVE", _place(event), "a line that starts with % may not stand here; take it out"
                        )
                case yaml.AliasEvent():
                    self._alias(event)
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._open(event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._attach(self._stack.pop().node)
        if self.root is None or (self.root.data is None and not self.root.suspect):
            self.root = None
            if not self.complaints:
                self._note("YAML-EMPTY", (1, 1), "the file is empty")

    def _events(self) -> Iterator[Any]:
        events: Iterator[Any] = yaml.parse(self._text, Loader=_LOADER)
        return events

    def _open(self, event: Any) -> None:
        place = _place(event)
        if len(self._stack) >= DEEPEST_NESTING:
            self._note(
                "YAML-DEPTH", place, f"lists and keys are nested deeper than {DEEPEST_NESTING} here; flatten them"
            )
            raise _Enough
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        node = Node(place, {} if is_mapping else [])
        self._complain_of_anchor_and_tag(event, node)
        parent = self._stack[-1] if self._stack else None
        secret = parent is not None and (parent.secret or parent.value_secret)
        self._stack.append(_Open(node, secret, is_mapping))

    def _alias(self, event: Any) -> None:
        node = Node(_place(event), None, suspect=True)
        self._note(
            "YAML-ANCHOR", node.place, "a reference (`*`) to another place may not stand here; write the value itself"
        )
        self._attach(node)

    def _scalar(self, event: Any) -> None:
        place = _place(event)
        parent = self._stack[-1] if self._stack else None
        if parent is not None and parent.is_mapping and not parent.value_next:
            self._key(parent, event, place)
            return
        node = Node(place, event.value)
        if parent is not None and (parent.secret or parent.value_secret):
            node.suspect = True  # the key's complaint says enough, and the value must not be looked at
            self._attach(node)
            return
        self._complain_of_anchor_and_tag(event, node)
        if holds_a_secret(event.value) is not None:
            self._secret(place, "this looks like a PIN, password or private key", node)
        elif has_unwanted(event.value):
            node.suspect = True
            self._note("YAML-CONTROL", place, "an escape makes a control or invisible character; take it out")
        elif _is_plain(event) and event.tag is None:
            try:
                node.data = scalars.resolve(event.value)
            except scalars.AmbiguousError as error:
                node.suspect = True
                self._note("YAML-AMBIGUOUS", place, _quoted(event.value, str(error)))
        self._attach(node)

    def _key(self, mapping: _Open, event: Any, place: Place) -> None:
        name = str(event.value)
        mapping.value_next, mapping.key, mapping.key_place, mapping.value_secret = True, None, place, False
        holder = Node(place)
        self._complain_of_anchor_and_tag(event, holder)
        if holds_a_secret(name) is not None:
            mapping.value_secret = True
            self._secret(place, "this looks like a PIN, password or private key", holder)
            return  # such a key must not be named by any other complaint
        if names_a_secret(name):
            mapping.value_secret = True
            if not mapping.secret:
                self._secret(place, "this key is named like a secret", holder)
        elif _is_plain(event) and name == "<<":
            self._note("YAML-MERGE", place, "a merge key (`<<`) may not stand here; write the keys themselves")
            return
        elif has_unwanted(name):
            self._note("YAML-CONTROL", place, "an escape makes a control or invisible character; take it out")
            return
        elif _is_plain(event) and not mapping.secret and not self._is_text(name, place):
            return
        if name in mapping.node.keys:
            first = mapping.node.keys[name][0]
            self._note(
                "YAML-DUPLICATE",
                place,
                f"the key {_short(name)} stands here a second time; the first is in line {first}",
            )
            return
        mapping.key = name

    def _is_text(self, key: str, place: Place) -> bool:
        try:
            value = scalars.resolve(key)
        except scalars.AmbiguousError as error:
            self._note("YAML-AMBIGUOUS", place, _quoted(key, str(error)))
            return False
        if isinstance(value, str):
            return True
        self._note("YAML-KEY", place, "a key must be text; quote it")
        return False

    def _attach(self, node: Node) -> None:
        """Hand a finished value to the collection that it stands in."""
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        if not parent.is_mapping:
            parent.node.children[len(parent.node.data)] = node
            parent.node.data.append(node.data)
        elif not parent.value_next:  # a list or a group of keys where a key belongs
            self._note("YAML-KEY", node.place, "a key must be text, not a list or a group of keys")
            parent.value_next, parent.key = True, None
        else:
            if parent.key is not None and parent.key_place is not None:
                node.suspect = node.suspect or parent.value_secret
                parent.node.keys[parent.key] = parent.key_place
                parent.node.children[parent.key] = node
                parent.node.data[parent.key] = node.data
            parent.value_next, parent.key, parent.value_secret = False, None, False

    # Complaints.

    def _complain_of_anchor_and_tag(self, event: Any, node: Node) -> None:
        if event.anchor is not None:
            self._note("YAML-ANCHOR", node.place, "an anchor (`&`) may not stand here; write the value in each place")
        if event.tag is not None:
            node.suspect = True
            self._note("YAML-TAG", node.place, "a tag (`!`) may not stand here; take it out")

    def _secret(self, place: Place, what: str, node: Node) -> None:
        node.suspect = True
        if place[0] not in self._secret_lines:
            self._secret_lines.add(place[0])
            advice = "secrets never stand in a file; take it out, and treat a real one as known to others"
            self._note("YAML-SECRET", place, f"{what}; {advice}")

    def _search_comments(self) -> None:
        """Comments are archived with the rest: what looks like a secret in any line is found here."""
        for number, line in enumerate(self._text.split("\n"), start=1):
            start = holds_a_secret(line)
            if start is not None and number not in self._secret_lines:
                self._secret((number, start + 1), "this looks like a PIN, password or private key", Node((number, 1)))

    def _note_syntax(self, error: yaml.MarkedYAMLError) -> None:
        problem = error.problem or ""
        mark = error.problem_mark or error.context_mark
        if error.context_mark is not None and syntax.belongs_to_the_opening(problem):
            mark = error.context_mark
        if mark is None:
            self._note("YAML-SYNTAX", (1, 1), syntax.FALLBACK)
            return
        lines = self._text.split("\n")
        line = lines[mark.line] if mark.line < len(lines) else ""
        column = mark.column
        if "escape" in problem and line[column - 1 : column] == "\\":
            column -= 1  # one of the two parsers names the letter, the other the backslash before it
        place = (mark.line + 1, column + 1)
        if "tag" in problem:
            self._note("YAML-TAG", place, "a tag (`!`) may not stand here; take it out")
        elif "directive" in problem or "incompatible YAML" in problem:
            self._note("YAML-DIRECTIVE", place, "a line that starts with % may not stand here; take it out")
        else:
            self._note("YAML-SYNTAX", place, syntax.sentence(problem, line[column : column + 1]))

    def _note(self, rule: str, place: Place, message: str) -> None:
        if self._is_full:
            return
        if len(self.complaints) == MOST_COMPLAINTS:
            rule, message = "YAML-MANY", f"there are more than {MOST_COMPLAINTS} complaints; correct the others first"
            self._is_full = True
        self.complaints.append(Complaint(rule, place, message))


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _is_plain(event: Any) -> bool:
    return not event.style


def _short(text: str) -> str:
    return f"`{text if len(text) <= 40 else text[:37] + '...'}`"


def _quoted(text: str, advice: str) -> str:
    return f"{_short(text)} {advice}" if text else advice
