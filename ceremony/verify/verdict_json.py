"""The verdict for programs: one object, `ceremony-verdict/1`, over one ceremony or a whole archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ceremony.verify.facts import Facts, Remark
from ceremony.verify.page import exit_code, is_archive, outcome_of
from ceremony.verify.verdict import Check, Verdict

FORMAT = "ceremony-verdict/1"


def verdict_json(path: Path, verdicts: Sequence[Verdict], receipts: Sequence[Check] = ()) -> dict[str, Any]:
    """Plain dictionaries, lists, texts, numbers; times are UTC, hashes hex, people ids of `people`."""
    return {
        "format": FORMAT,
        "path": str(path),
        "archive": is_archive(path, verdicts),
        "outcome": outcome_of(path, verdicts, receipts),
        "exit_code": exit_code(verdicts, receipts),
        "head": verdicts[-1].head,
        "receipts": [_check(check) for check in receipts],
        "ceremonies": [_ceremony(verdict) for verdict in verdicts],
    }


def _ceremony(verdict: Verdict) -> dict[str, Any]:
    """`facts` is null where the lines of the record do not hold."""
    return {
        "folder": Path(verdict.path).name,
        "ceremony_id": verdict.ceremony_id,
        "mode": verdict.mode,
        "outcome": verdict.outcome,
        "aside": verdict.aside,
        "head": verdict.head,
        "facts": _facts(verdict.facts) if verdict.facts is not None else None,
        "checks": [_check(check) for check in verdict.checks],
    }


def _check(check: Check) -> dict[str, str]:
    return {"id": check.id, "status": check.status, "sentence": check.sentence, "where": check.where}


def _facts(facts: Facts) -> dict[str, Any]:
    names, end, alone = dict(facts.names), facts.early_end, facts.alone
    return {
        "title": facts.title,
        "opened_at": facts.opened_at,
        "ended_at": facts.ended_at,
        "steps_done": facts.steps_done,
        "steps": facts.steps,
        "sealed_by": facts.sealed_by,
        "people": [{"id": person, "name": names.get(person, ""), "role": role} for person, role in facts.people],
        "early_end": asdict(end) | {"made": [dict(zip(("name", "where"), item, strict=True)) for item in end.made]}
        if end is not None
        else None,
        "deadlines": [{"line": item.line} | item.deadline.as_json() for item in facts.incidents],
        "dissents": [{"line": said.line, "person": said.person, "words": said.words} for said in facts.dissents],
        "refusals": [{"line": item.line, "person": item.person, "name": item.text} for item in facts.refusals],
        "deviations": [
            asdict(item)
            | {"says": [{"person": said.person, "concurs": said.agrees, "words": said.words} for said in item.says]}
            for item in facts.departures
        ],
        "waivers": [asdict(item) for item in facts.waivers],
        "failed_attempts": [asdict(item) for item in facts.redone],
        "interruptions": [asdict(item) for item in facts.interruptions],
        "others": [_remark(item) for item in facts.others],
        "software_tokens": list(facts.software),
        "alone": {
            "practice": alone.practice,
            "tokens": list(alone.tokens),
            "sets": [[{"any": group.count, "of": list(group.of)} for group in way] for way in alone.sets],
        }
        if alone is not None
        else None,
        "counts": asdict(facts.counts) | {"attestations": facts.agreed},
    }


def _remark(item: Remark) -> dict[str, Any]:
    return {"line": item.line, "kind": item.kind, "person": item.person, "text": item.text}
