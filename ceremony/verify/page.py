"""The verdict on one page: what an auditor must read, in the order in which it matters, at 78 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ceremony.pki.notation import visible
from ceremony.verify.alone import KeySet, KeySets
from ceremony.verify.exceptional import sections
from ceremony.verify.verdict import MARKS, Check, Outcome, Verdict
from ceremony.words import head_words

WIDTH = 78
"""Columns of a page of the app on the narrowest terminal, whose last screen this is."""

NAMED = 11
"""Columns of what stands before a value at the top of the page."""

FAULTS_SHOWN = 8
"""So many faults are on the page; the rest is counted, and stands behind --all."""

LONGEST_FAULT = 200
"""Characters of one fault; the whole of it stands behind --all."""

CEREMONIES_SHOWN = 40
"""So many ceremonies have a line each; of a longer archive the earlier ones that went well are counted."""

SHOWN_WORDS = 8
"""Words of a head that people compare by ear."""


def page(path: Path, verdicts: Sequence[Verdict], receipts: Sequence[Check] = ()) -> list[str]:
    """One page over one ceremony or a whole archive; `receipts` is what slips that people hold say of it.

    Whatever an archive holds, nothing reaches the terminal that cannot be seen.
    """
    archive = is_archive(path, verdicts)
    lines = [*_head(path, verdicts, outcome_of(path, verdicts, receipts), archive=archive)]
    wrong = list(_wrong([verdict for verdict in verdicts if not verdict.aside], archive=archive))
    if wrong:
        lines += ["", "WHAT IS WRONG", *wrong]
    if receipts:
        lines += [
            "",
            "RECEIPTS",
            *(line for check in receipts for line in wrapped(f"{MARKS[check.status]} {check}", 2, 3)),
        ]
    if archive:
        lines += ["", f"{'CEREMONIES':<65}{'keys':>5}{'signed':>8}", *_table(verdicts)]
    for title, body in sections(verdicts, archive=archive):
        lines += ["", title, *(line for text, indent in body for line in wrapped(text, indent))]
    lines += ["", "WHO COULD HAVE MADE THIS ALONE", *_alone(verdicts, archive=archive)]
    lines += ["", "WHAT THIS DOES NOT PROVE", *_limits(verdicts, archive=archive)]
    lines += ["", "COUNTS", *_counts(verdicts)]
    lines += ["", "Each rule, and each limit of this proof: --all. For programs: --json."]
    return lines


def wrapped(text: str, indent: int = 2, hanging: int = 4) -> list[str]:
    """Text in lines of the page; continued lines stand deeper."""
    found = textwrap.wrap(
        visible(" ".join(text.split())),
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_on_hyphens=False,
    )
    return found or [""]


def is_archive(path: Path, verdicts: Sequence[Verdict]) -> bool:
    """Whether the path is that of an archive, and not of the one ceremony that was judged."""
    return [Path(verdict.path) for verdict in verdicts] != [path]


def outcome_of(path: Path, verdicts: Sequence[Verdict], receipts: Sequence[Check] = ()) -> Outcome:
    """Of one ceremony its own; of an archive `proved` where each of its ceremonies is proved or ended early. Neither
    where a receipt does not fit."""
    if exit_code(verdicts, receipts):
        return "not proved"
    return "proved" if is_archive(path, verdicts) else verdicts[0].outcome


def exit_code(verdicts: Sequence[Verdict], receipts: Sequence[Check] = ()) -> int:
    """0 where every ceremony that is judged is proved or ended early, and every receipt fits; else 1."""
    failed = any(check.status == "failed" for check in receipts)
    judged = [verdict.exit_code for verdict in verdicts if not verdict.aside]
    return max([int(failed), *(judged or [1])])


def number_of(verdict: Verdict) -> str:
    """What an archive's page calls a ceremony: the number of its folder."""
    return Path(verdict.path).name.partition("-")[0]


def _head(path: Path, verdicts: Sequence[Verdict], said: Outcome, *, archive: bool) -> Iterator[str]:
    outcome, last = said.upper(), verdicts[-1]
    practice = all(verdict.mode == "practice" for verdict in verdicts)
    early = sum(verdict.outcome == "ended early" for verdict in verdicts)
    what = f"archive of {_many(len(verdicts), 'ceremony', 'ceremonies')}" if archive else _mode(last)
    what += f", {early} ended early" if archive and early else ""
    yield f"{outcome}{what:>{WIDTH - len(outcome)}}"
    yield "=" * WIDTH
    if practice:
        yield "PRACTICE: nothing here is a production key, certificate or signature."
    yield from _pair("Archive" if archive else "Ceremony", _end(path) if archive else last.ceremony_id or "unreadable")
    if archive:
        yield from _pair("Held", _held(verdicts))
    elif last.facts is not None:
        facts, names = last.facts, dict(last.facts.names)
        yield from _pair("Title", facts.title)
        yield from _pair("Folder", _end(path))
        yield from _pair("Held", f"{facts.opened_at} to {facts.ended_at}, {facts.steps_done} of {facts.steps} steps")
        yield from _pair("People", ", ".join(f"{names.get(name, name)} ({role})" for name, role in facts.people))
        yield from _pair("Sealed by", names.get(facts.sealed_by, facts.sealed_by) or "nobody")
    yield from _pair("Last head" if archive else "Head", last.head)
    yield from _pair("", " ".join(head_words(last.head).split()[:SHOWN_WORDS]) + " ..." if last.head else "none")


def _end(path: Path) -> str:
    """A path, in one line: of a long one the end, which tells it from its neighbours."""
    text = str(path)
    return text if len(text) <= WIDTH - NAMED else f"...{text[NAMED + 3 - WIDTH :]}"


def _mode(verdict: Verdict) -> str:
    return "a rehearsal" if verdict.mode == "practice" else verdict.mode


def _held(verdicts: Sequence[Verdict]) -> str:
    days = [verdict.facts.opened_at[:10] for verdict in verdicts if verdict.facts is not None]
    production = sum(verdict.mode == "production" for verdict in verdicts)
    rehearsals = sum(verdict.mode == "practice" for verdict in verdicts)
    span = f"{days[0]} to {days[-1]}: " if days else ""
    return f"{span}{production} of production, {_many(rehearsals, 'rehearsal', 'rehearsals')}"


def _pair(name: str, value: str) -> Iterator[str]:
    yield from (
        wrapped(f"{name:<9}", 0)
        if not value
        else textwrap.wrap(
            visible(value),
            WIDTH,
            initial_indent=f"{name:<{NAMED}}",
            subsequent_indent=" " * NAMED,
            break_on_hyphens=False,
        )
    )


def _wrong(verdicts: Sequence[Verdict], *, archive: bool) -> Iterator[str]:
    """Each fault once: what several rules, or several ceremonies, say in the same words stands there together."""
    said: dict[str, tuple[list[Check], list[str]]] = {}
    for verdict in verdicts:
        for check in verdict.failed:
            checks, folders = said.setdefault(check.sentence, ([], []))
            checks.append(check)
            folders.append(Path(verdict.path).name)
    for checks, folders in list(said.values())[:FAULTS_SHOWN]:
        names = list(dict.fromkeys(folders))
        place = (
            f"{names[0]}: " if len(names) == 1 else f"{spans(name.partition('-')[0] for name in names)}: "
        ) * archive
        rules = len({check.id for check in checks}) - 1
        more = f" and {_many(rules, 'more rule', 'more rules')}" if rules else ""
        first = checks[0]
        if len(first.sentence) > LONGEST_FAULT:
            first = replace(first, sentence=f"{first.sentence[:LONGEST_FAULT].rstrip()} ...")
        yield from wrapped(f"!! {place}{first}{more}", 2, 3)
    if len(said) > FAULTS_SHOWN:
        yield f"     and {len(said) - FAULTS_SHOWN} more: --all"


def _table(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Each ceremony of production, and each rehearsal that did not go well, in one line; the others are counted."""
    good = [verdict for verdict in verdicts if verdict.mode == "practice" and verdict.outcome == "proved"]
    listed = [verdict for verdict in verdicts if verdict not in good]
    hidden = max(0, len(listed) - CEREMONIES_SHOWN)
    earlier = [verdict for verdict in listed[:hidden] if verdict.outcome == "proved"]
    for verdict in listed:
        if verdict not in earlier:
            yield _row(verdict)
    if earlier:
        yield from wrapped(f"and {_many(len(earlier), 'earlier one', 'earlier ones')} of production, each proved")
    if good:
        yield f"  {'and ' * bool(listed)}{_many(len(good), 'rehearsal', 'rehearsals')}, each proved"
    aside = [verdict.proved for verdict in verdicts if verdict.aside]
    judged = [verdict.holds for verdict in verdicts if not verdict.aside]
    if aside:
        yield f"  Of production: {sum(judged)} of {len(judged)} ceremonies proved."
        yield f"  Rehearsals, counted aside: {len(aside)}, of which {sum(aside)} proved."


def _row(verdict: Verdict) -> str:
    facts = verdict.facts
    name = Path(verdict.path).name + (" (rehearsal)" if verdict.mode == "practice" else "")
    day = facts.opened_at[:10] if facts is not None else ""
    made = f"{facts.counts.keys:>5}{facts.counts.signatures:>8}" if facts is not None else ""
    return visible(f"  {name:<39.39} {day:<10}  {verdict.outcome:<11}{made}").rstrip()


def _alone(verdicts: Sequence[Verdict], *, archive: bool) -> Iterator[str]:
    """The ceremonies that the same keys could have made, together."""
    names: dict[str, str] = {}
    groups: dict[KeySets | None, list[str]] = {}
    for verdict in verdicts:
        facts = verdict.facts
        names |= dict(facts.names) if facts is not None else {}
        groups.setdefault(facts.alone if facts is not None else None, []).append(number_of(verdict))
    later = " To replace a record, each later one must be made again as well." if archive else ""
    yield from wrapped(
        "Whoever has all the keys of a line, and types the rest, could have made such a record without anybody else; "
        f"with fewer keys nobody could.{later}",
        2,
        0,
    )
    for keys, numbers in groups.items():
        where = f"{spans(numbers)}: " if archive else ""
        if keys is None:
            yield from wrapped(f"{where}not worked out: there is no plan, or its record does not hold")
        elif keys.practice:
            said = f"{_many(len(numbers), 'rehearsal', 'rehearsals')}: " if archive else ""
            yield from wrapped(f"{said}anybody: the keys of a rehearsal are made on the spot")
        else:
            for way in keys.sets:
                yield from wrapped(f"{where}{_way(way, keys.tokens, names)}")


def _way(way: KeySet, tokens: Sequence[str], names: dict[str, str]) -> str:
    single = [names.get(person, person) for group in way if group.count == len(group.of) for person in group.of]
    choice = [
        f"any {group.count} of " + ", ".join(names.get(person, person) for person in group.of)
        for group in way
        if group.count < len(group.of)
    ]
    if not way:
        return "nobody's own key: whoever can write to the folder" + _with(tokens)
    count = _many(sum(group.count for group in way), "key", "keys")
    return f"{count}: {'; '.join(filter(None, (', '.join(single), *choice)))}{_with(tokens)}"


def _with(tokens: Sequence[str]) -> str:
    return f"; with token {', '.join(tokens)}" if tokens else ""


def _limits(verdicts: Sequence[Verdict], *, archive: bool) -> Iterator[str]:
    """Those of production, each once; of an archive in which all is practice, its own."""
    production = [verdict for verdict in verdicts if verdict.mode != "practice"] or list(verdicts)
    short = IN_SHORT | (OF_AN_ARCHIVE if archive else OF_ONE)
    said: dict[str, list[str]] = {}
    software: set[str] = set()
    for verdict in production:
        own = verdict.facts.software if verdict.facts is not None else ()
        software |= set(own)
        for check in verdict.checks:
            if check.status == "unproved" and check.id not in LEFT_TO_ALL and not (check.id == "LIMIT-TOKEN" and own):
                said.setdefault(short.get(check.id, check.sentence), []).append(number_of(verdict))
    if software:
        yield from wrapped(
            f"? That keys cannot be copied: {', '.join(sorted(software))} is SoftHSM, which is software: a copy of its "
            "files is a working clone of every key in it.",
            2,
            2,
        )
    for sentence, numbers in said.items():
        everywhere = len(set(numbers)) == len(production) or sentence in OF_AN_ARCHIVE.values()
        yield from wrapped(f"? {sentence}" + (f" ({spans(numbers)})" if archive and not everywhere else ""), 2, 2)


IN_SHORT = {
    "LIMIT-PEOPLE": "That people were who they said, what they typed was true, and the clock was right.",
    "LIMIT-CLOCK": "That people were who they said, what they typed was true, and the clock was right.",
    "LIMIT-ANCHOR": "That script, policy and people are those that the CA approved: compare their SHA-256 (--all).",
    "LIMIT-LEFT-OUT": "That nothing else happened: who has the keys of a line above could leave out a whole attempt "
    "that failed, an interruption, a break, a remark or a ceremony, and make the rest anew; receipts kept elsewhere "
    "show it.",
    "LIMIT-PROGRAM": "That the program was the reviewed one: compare the SHA-256 of its files (--all, README).",
    "LIMIT-COPY": "That no copy of a key exists beside those on record, and that no token was used elsewhere.",
    "LIMIT-SEAL-TIME": "When a record was sealed: there is no timestamp of a third party.",
    "LIMIT-DESTROYED": "That a destroyed key exists nowhere: it is gone from its token, and only from there.",
}
"""Limits that each ceremony has, in words for all of them; any other is shown in its own."""

OF_AN_ARCHIVE = {
    "LIMIT-ARCHIVE": "That no ceremony after the last was taken away: compare the last head with one kept elsewhere."
}

OF_ONE = {"LIMIT-ARCHIVE": "What came before it and after it: only this one folder was looked at."}

LEFT_TO_ALL = frozenset({"LIMIT-WORD", "LIMIT-LINT", "LIMIT-ITEMS", "LIMIT-REGISTER", "LIMIT-SHARES", "MODE-PRACTICE"})
"""What every proof by this program has in common, and what the page has said already."""


def _counts(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for mode, title in (("production", "Production"), ("practice", "Rehearsals")):
        mine = [verdict for verdict in verdicts if verdict.mode == mode]
        if mine:
            yield from wrapped(f"{title}: {_count(mine)}")


def _count(verdicts: Sequence[Verdict]) -> str:
    counts = [verdict.facts.counts for verdict in verdicts if verdict.facts is not None]
    agreed = sum(verdict.facts.agreed for verdict in verdicts if verdict.facts is not None)
    faults = sum(len(verdict.failed) for verdict in verdicts)
    signed, typed = sum(item.signed_approvals for item in counts), sum(item.typed_approvals for item in counts)
    words = [
        _many(sum(item.lines for item in counts), "line", "lines"),
        _many(sum(item.keys for item in counts), "key", "keys"),
        _many(sum(item.signatures for item in counts), "signature", "signatures"),
        f"{_many(signed + typed, 'approval', 'approvals')} ({signed} signed)",
        *(
            _many(number, one, more)
            for number, one, more in (
                (agreed, "attestation", "attestations"),
                (sum(item.notes for item in counts), "note", "notes"),
                (sum(item.breaks for item in counts), "break", "breaks"),
                (sum(item.exits for item in counts), "exit", "exits"),
                (sum(item.deputies for item in counts), "deputy", "deputies"),
            )
            if number
        ),
        *([_many(faults, "fault", "faults")] if faults else ()),
    ]
    return ", ".join(words)


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def spans(numbers: Iterable[str]) -> str:
    """Numbers of ceremonies as people write them: 0002, 0004-0006."""
    known = list(dict.fromkeys(numbers))
    if not all(number.isdigit() for number in known):
        return ", ".join(known)
    runs: list[list[str]] = []
    for number in sorted(known, key=int):
        if runs and int(number) == int(runs[-1][-1]) + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
