"""What no archive can prove, said as plainly as what it proves."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ceremony.pki.credential import organisations_of, same_words
from ceremony.pki.der import DerError
from ceremony.transcript import archive, kinds
from ceremony.verify.counts import unresolved
from ceremony.verify.evidence import CannotJudge, Evidence, line_of
from ceremony.verify.facts import is_software
from ceremony.verify.farewell import unheard
from ceremony.verify.verdict import Check


def limits(evidence: Evidence) -> Iterator[Check]:
    """The limits of this verdict, by id."""
    yield _limit(
        "LIMIT-PEOPLE",
        "That the people were who they said, that those who are not recorded were absent, and that what they stated "
        "and typed was true. " + _approvals(evidence),
    )
    yield _limit(
        "LIMIT-CLOCK",
        "That the clock was right beyond what people compared it with"
        + "".join(f" ({data.source}, {data.offset_seconds} s apart)" for _, data in evidence.of(kinds.ClockCompared))
        + ".",
    )
    yield _limit(
        "LIMIT-WORD",
        "What the record tells of the machine, the program, the make of the token and the evidence that people typed: "
        "it is sealed as it was written, and no more.",
    )
    yield _limit("LIMIT-PROGRAM", _program(evidence))
    shown = [share for _, share in evidence.of(kinds.ShareShown)]
    if shown:
        printed = any(share.printed for share in shown)
        yield _limit(
            "LIMIT-SHARES",
            "That each share was seen and kept by its holder alone, and that no card was copied or photographed"
            + (", or is still in the memory of the printer that printed it." if printed else "."),
        )
    yield from _anchor(evidence)
    yield _limit(
        "LIMIT-LEFT-OUT",
        "That nothing else happened: whoever has the keys with which this record can be made could leave out a whole "
        "attempt that failed, the last lines of one that was interrupted, an interruption itself, a break, a deviation "
        "or a remark, and make the rest anew; with the keys of those after it, the whole ceremony. A receipt, or the "
        "head of the record, that somebody else keeps shows it.",
    )
    yield from _token(evidence)
    backups = ", ".join(f"{data.key} on {data.label}" for _, data in evidence.of(kinds.KeyBackedUp))
    beside = f" beside the backups here ({backups})" if backups else ""
    yield _limit(
        "LIMIT-COPY",
        f"That no other copy of a private key exists{beside}, and that the token was used nowhere else.",
    )
    if evidence.state.custody:
        yield _limit(
            "LIMIT-ITEMS",
            "That the items and bags were those whose numbers were read aloud, and that a bag which looked intact was "
            "never opened: two people said so, and nothing else does.",
        )
    for entry, gone in evidence.of(kinds.KeyDestroyed):
        yield Check(
            "LIMIT-DESTROYED",
            "unproved",
            f"That {gone.key} exists nowhere: it is gone from token {gone.label}, and only from there.",
            line_of(entry),
        )
    yield _limit(
        "LIMIT-LINT",
        "That the linters found what the record says: they were not run again, only this program's own checks were.",
    )
    yield from _left_by_an_early_end(evidence)
    if evidence.unsealed:
        yield _limit(
            "LIMIT-UNSEALED",
            "That this is how it ended: nobody sealed the record, and whoever can write to its folder can cut it short "
            "or end it otherwise, until a sealed ceremony after it names its head.",
        )
    else:
        yield from _seal_limits(evidence)
    for entry in unresolved(evidence):
        yield Check(
            "LIMIT-ATTEMPT",
            "unproved",
            f"That the token did nothing when this failed: {entry.data.summary()}.",
            line_of(entry),
        )


def _program(evidence: Evidence) -> str:
    """Each program that says it wrote the record, once."""
    wrote = [(data.program, data.program_sha256) for _, data in evidence.of(kinds.CeremonyOpened)]
    wrote += [(data.program, data.program_sha256) for _, data in evidence.of(kinds.CeremonyResumed)]
    named = "; ".join(f"{name}, files SHA-256 {digest}" for name, digest in dict.fromkeys(wrote))
    return (
        f"That the program was the one that was reviewed. It calls itself: {named or 'nothing'}. Compare the digest "
        "with that of the reviewed files (README, For an auditor)."
    )


def _approvals(evidence: Evidence) -> str:
    methods = {data.method for _, data in evidence.of(kinds.Approved)}
    methods |= {data.method for _, data in evidence.of(kinds.Attested)}
    if methods == {"signed"}:
        return "That whoever signed what they approved or attested had the key of their certificate to themselves."
    if "signed" in methods:
        return "Some of what was approved or attested was typed; a typed word is no signature."
    return "Approvals were typed; only the seal is a signature." if methods else "Only the seal is a signature."


def _anchor(evidence: Evidence) -> Iterator[Check]:
    digests = ", ".join(
        f"{path} {found.sha256}"
        for path in (archive.SCRIPT, archive.POLICY, archive.PEOPLE)
        if (found := evidence.digest(path)) is not None
    )
    yield _limit(
        "LIMIT-ANCHOR",
        "That the inputs are those that the CA approved: who replaces a whole folder replaces them too. Compare their "
        f"SHA-256 ({digests}), or the head of the record, with what is kept elsewhere.",
    )


def _left_by_an_early_end(evidence: Evidence) -> Iterator[Check]:
    """What nobody went on to finish, and what it lets people do."""
    if not evidence.ended_early:
        return
    with contextlib.suppress(CannotJudge):
        for key in evidence.unlocked:
            yield _limit(
                "LIMIT-UNLOCKED",
                f"That key {key} stays in its token: it was made for a backup that was not done, and is not locked.",
            )
    for signing in evidence.signings:
        if evidence.left_unwritten(signing):
            yield Check(
                "LIMIT-UNWRITTEN",
                "unproved",
                f"That nobody has {signing.data.name}: it was signed, and the ceremony ended before it was written.",
                line_of(signing.signed),
            )


def _seal_limits(evidence: Evidence) -> Iterator[Check]:
    yield _limit("LIMIT-SEAL-TIME", "When the record was sealed: the seal carries no timestamp of a third party.")
    yield from _seal_certificate(evidence)
    yield from _unheard(evidence)
    if _is_practice(evidence):
        yield _limit(
            "LIMIT-PRACTICE",
            "Who sealed the record: a practice credential proves that nothing changed since, not who holds it.",
        )


def _seal_certificate(evidence: Evidence) -> Iterator[Check]:
    """Where it names another organisation: the people file names the certificate all the same."""
    octets = evidence.octets(archive.SEAL_CERTIFICATE)
    if octets is None or _is_practice(evidence):
        return
    try:
        sealer = evidence.plan.people.get(evidence.ending.sealed_by)
        named = organisations_of(octets)
    except (CannotJudge, DerError):
        return  # the rules of the seal have failed then
    others = [name for name in named if sealer is not None and not same_words(name, sealer.organisation)]
    if sealer is not None and others:
        yield Check(
            "LIMIT-SEAL-CERTIFICATE",
            "unproved",
            f"That {sealer.name} is of {sealer.organisation}: the seal's certificate says {', '.join(others)}.",
            archive.SEAL_CERTIFICATE,
        )


def _unheard(evidence: Evidence) -> Iterator[Check]:
    """Who left and neither agreed nor dissented, each with the line and the reason."""
    try:
        found = list(unheard(evidence))
    except CannotJudge:
        return  # rules have failed then
    for item in found:
        gone, seq = item.left.data, item.left.event.seq
        how = f"did not come back after the interruption at line {seq}"
        if isinstance(gone, kinds.PersonLeft):
            how = f"left at line {seq} ({gone.reason.rstrip('.')})"
        when = "while the record was being closed" if item.at_close else "before the close began"
        before = f" Earlier, at line {item.before.event.seq}: {item.before.data.summary()}." if item.before else ""
        yield Check(
            "LIMIT-ATTESTATION",
            "unproved",
            f"That {item.person} agrees with the record: they {how}, {when}, and neither agreed nor dissented at its "
            f"end.{before}",
            line_of(item.left),
        )


def _token(evidence: Evidence) -> Iterator[Check]:
    software: set[str] = set()
    for entry, data in evidence.of(kinds.TokenFound):
        if data.label not in software and is_software(data):
            software.add(data.label)
            yield Check(
                "LIMIT-TOKEN",
                "unproved",
                f"That the keys cannot be copied: token {data.label} is SoftHSM, which is software. A copy of its "
                "files is a working clone of every key in it.",
                line_of(entry),
            )
    others = {data.label for _, data in evidence.of(kinds.TokenFound) if data.purpose != "credential"} - software
    if others or not software:
        yield _limit(
            "LIMIT-TOKEN",
            "That the token is a hardware module: the record holds what the token said of itself and of its keys.",
        )


def _is_practice(evidence: Evidence) -> bool:
    try:
        return evidence.practice
    except CannotJudge:
        return False


def _limit(rule: str, sentence: str) -> Check:
    return Check(rule, "unproved", sentence)
