"""Records of held ceremonies, changed in every way that one line can be, by somebody who owns the key of everybody.

Each line is dropped, doubled, swapped with the next; each field of it, and of its data, becomes another. What follows
from it is made again: numbers, links, approvals and attestations by people's own keys, receipts, counts, the seal, the
checksums. The verifier must find it. Excused are words that nobody can check (tests/mutate/excused.py).
usage: scripts/mutate [CEREMONY...] [--held FOLDER] [--few] [--every N] [--jobs N] [--missed FILE]
exit 1 when a change was missed, an excuse excuses nothing, or a kind of event stands in no record.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ceremony.transcript import kinds
from tests.mutate.ceremonies import held
from tests.mutate.excused import EXCUSED, excuse_for
from tests.mutate.lives import CEREMONIES, NAMES
from tests.mutate.sweep import Ceremony, Tried, chosen, ground
from tests.mutate.where import astray

PART = 1000
"""So many changes are tried in one go."""

_DONE: Any = None
"""In a worker: how many were tried by all of them."""


def share(done: Any) -> None:
    """Called once in each worker."""
    global _DONE  # noqa: PLW0603 - what a worker is begun with
    _DONE = done


def part(ceremony: Ceremony, places: list[int]) -> list[Tried]:
    """Some of the changes of a ceremony, on a ground of its own."""
    found = []
    with tempfile.TemporaryDirectory(prefix="ceremony-mutate-") as place, ground(ceremony, Path(place) / "g") as here:
        for mutant in here.mutants(places):
            found.append(here.tried(mutant))
            with _DONE.get_lock():
                _DONE.value += 1
    return found


def swept(wanted: dict[Ceremony, list[int]], jobs: int) -> dict[Ceremony, list[Tried]]:
    """What came of the changes at these places, in order."""
    context = multiprocessing.get_context("spawn")
    done, total = context.Value("q", 0), sum(map(len, wanted.values()))
    results: dict[Ceremony, list[Tried]] = {ceremony: [] for ceremony in wanted}
    with ProcessPoolExecutor(jobs, context, share, (done,), max_tasks_per_child=1) as pool:
        owners: dict[Future[list[Tried]], Ceremony] = {}
        for ceremony, places in wanted.items():
            for first in range(0, len(places), PART):
                owners[pool.submit(part, ceremony, places[first : first + PART])] = ceremony
        waiting: set[Future[list[Tried]]] = set(owners)
        begun = time.monotonic()
        while waiting:
            over, waiting = wait(waiting, timeout=1, return_when=FIRST_COMPLETED)
            for future in over:
                results[owners[future]] += future.result()
            progress(f"{done.value} of {total} tried, {time.monotonic() - begun:.0f} s")
    progress("")
    return {ceremony: sorted(tried, key=lambda one: one.place) for ceremony, tried in results.items()}


def progress(text: str) -> None:
    """On a terminal: one line, written over."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def table(results: dict[Ceremony, list[Tried]]) -> Counter[str]:
    """Print what came of each ceremony and of all; the counts of all."""
    total: Counter[str] = Counter()
    print(f"{'':44}{'tried':>8}{'found':>8}{'excused':>8}{'missed':>8}")
    for ceremony, tried in (*results.items(), ("all", [])):
        counts = Counter(one.outcome for one in tried)
        total += counts
        counts = total if not isinstance(ceremony, Ceremony) else counts
        name = ceremony.name if isinstance(ceremony, Ceremony) else ceremony
        print(f"{name:44}{counts.total():8}{counts['found']:8}{counts['excused']:8}{counts['missed']:8}")
    return total


def unexcused(results: Iterable[Tried]) -> list[str]:
    """The rows of the table that excuse nothing."""
    used = {excuse_for(*one.row, one.mutation) for one in results if one.outcome == "excused"}
    return [f"{excuse.kind} {excuse.field}: {excuse.reason}" for excuse in EXCUSED if excuse not in used]


def report(path: Path, results: dict[Ceremony, list[Tried]]) -> None:
    """Every change that was missed: counted by kind, field and mutation, then one by one."""
    missed = [(ceremony.name, one) for ceremony, tried in results.items() for one in tried if one.outcome == "missed"]
    rows = Counter((*one.row, one.mutation) for _, one in missed)
    lines = [f"{count:6}  {kind}  {field}  {mutation}" for (kind, field, mutation), count in rows.most_common()]
    lines += ["", *(f"{name}:{one.number}  {one.row[0]}  {one.field}  {one.mutation}" for name, one in missed)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def main() -> int:
    """The sweep; prints what was tried, found, excused and missed."""
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__.partition("\n")[0])
    parser.add_argument("ceremonies", nargs="*", metavar="CEREMONY", help=f"of: {', '.join(NAMES)}")
    parser.add_argument("--held", type=Path, help="hold the ceremonies here, and take those that are here already")
    parser.add_argument("--every", type=int, default=1, help="try only each Nth change")
    parser.add_argument("--few", action="store_true", help="make each change of each field of each kind of event once")
    parser.add_argument("--jobs", type=int, default=1, help="so many at once")
    parser.add_argument("--missed", type=Path, metavar="FILE", help="write down what was missed")
    options = parser.parse_args()
    names = tuple(options.ceremonies) or CEREMONIES
    if unknown := set(names) - set(NAMES):
        parser.error(f"there is no such ceremony: {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}")
    with tempfile.TemporaryDirectory(prefix="ceremony-held-") as place:
        ceremonies = held(options.held or Path(place), names)
        results = swept(chosen(ceremonies, few=options.few, every=options.every), options.jobs)
        seen = {ceremony.name: {line["kind"] for line in ceremony.lines()} for ceremony in results}
    total = table(results)
    if options.missed:
        report(options.missed, results)
    whole = options.every == 1 and not options.few and set(names) >= set(CEREMONIES)
    wrong = list(astray(seen))
    unseen = sorted(set(kinds.KINDS).difference(*seen.values()))
    print(f"Kinds of event in none of them: {', '.join(unseen) or 'no kind'}.")
    if set(names) >= set(CEREMONIES):
        wrong += [f"{kind} stands in no record: hold a ceremony in which it does." for kind in unseen]
    if whole:
        wrong += [f"This excuse excuses nothing: {row}" for row in unexcused(itertools.chain(*results.values()))]
    for sentence in wrong:
        print(sentence)
    return 1 if total["missed"] or wrong or not total.total() else 0


if __name__ == "__main__":
    sys.exit(main())
