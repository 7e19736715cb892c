"""The engine's protocol, spoken line by line. What was said stays on the screen; nothing moves the cursor."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self, TextIO

from ceremony.engine.notices import AgreedClock, Earlier, Line, Notice, Outcome, Overview, People, StepChange
from ceremony.engine.questions import (
    ApprovalRequest,
    Blank,
    Choice,
    Confirmation,
    Form,
    Instruction,
    Progress,
    Review,
    SecretDisplay,
    SecretRequest,
    WordsRequest,
)
from ceremony.engine.secrets_source import SecretSource, read_secrets
from ceremony.plain.commands import Commands, Remark, acting
from ceremony.plain.console import Console, numbered_words, pairs, prose, word_lines
from ceremony.plain.shares import read_words, show_words
from ceremony.room.ascii import exact, spoken
from ceremony.room.clock import Clock
from ceremony.room.signals import Interruption
from ceremony.secret import Secret

SIGN_OF_LIFE_SECONDS = 5.0
"""How often a token call says that it is still under way."""

_STATES = {"todo": "[ ]", "doing": "[>]", "done": "[x]", "deviated": "[!] deviated:", "failed": "[!] failed:"}


class PlainOfficiant:
    """Implements `ceremony.engine.officiant.Officiant` over two text streams.

    With `secrets_fd`, PINs are read from that descriptor (`engine.secrets_source.read_secrets`); without it they are
    typed, hidden, and only at a terminal. Use it as a context manager in the main thread to have Ctrl-C, SIGTERM and
    SIGHUP end the run with the token logged out, and PINs wiped after it.
    """

    def __init__(
        self,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        *,
        secrets_fd: int | None = None,
        sign_of_life_seconds: float = SIGN_OF_LIFE_SECONDS,
    ) -> None:
        self._secrets: SecretSource | None = read_secrets(secrets_fd) if secrets_fd is not None else None
        self._interruption = Interruption()
        self._console = Console(
            stdin if stdin is not None else sys.stdin,
            stdout if stdout is not None else sys.stdout,
            self._interruption,
        )
        self._commands = Commands(self._console)
        self._sign_of_life_seconds = sign_of_life_seconds
        self._overview: Overview | None = None
        self._clock = Clock()
        self._signals = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._signals.enter_context(self._interruption.catch_signals())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._signals.close()
        if self._secrets is not None:
            self._secrets.wipe()
        self._interruption.close()

    def bind_remarks(self, callback: Remark) -> None:
        """The engine's way to take a remark: `note` (text) or `deviation` (expected, happened, decided, decided_by)."""
        self._commands.remark = callback

    def interrupt(self, cause: str) -> None:
        """Ask for an orderly end, from any thread: the prompt that waits now, or the next one, raises Interrupted."""
        self._interruption.request(cause)

    def begin(self, overview: Overview) -> None:
        """Say what will be done, in which mode, and how to ask for help."""
        self._overview = overview
        self._console.mode = "PRACTICE" if overview.mode == "practice" else "PRODUCTION"
        self._console.say("", f"=== {overview.mode.upper()} === {spoken(overview.title)}", *prose(overview.purpose))
        if overview.mode == "practice":
            self._console.say("This is PRACTICE. Nothing that is made here may be trusted by anyone.")
        counts = (("keys to be made", overview.key_generations), ("signatures", overview.signatures))
        facts = (
            ("ceremony", overview.ceremony_id),
            ("token", overview.token_label),
            ("archive", overview.archive),
            ("script SHA-256", overview.script_sha256),
            ("policy SHA-256", overview.policy_sha256),
            ("plan SHA-256", overview.plan_sha256),
            ("steps", str(len(overview.steps))),
            *((name, str(count)) for name, count in counts),
        )
        self._console.say(*pairs(facts))
        for material in overview.materials:
            self._console.say(f"  on the table: {spoken(material)}")
        self._console.say("At every prompt, /help lists what else you can do.")

    def notice(self, notice: Notice) -> None:
        """Say it in a line."""
        if isinstance(notice, Line):
            self._commands.head = notice.head
            self._console.say(
                f"  record {notice.seq} {notice.at} {notice.kind}: {spoken(' '.join(notice.summary.split()))} "
                f"(head {notice.head[:16]})"
            )
        elif isinstance(notice, Earlier):
            self._console.say(f"  The record has {len(notice.lines)} lines from before the interruption. The last:")
            self.notice(notice.lines[-1])
        elif isinstance(notice, AgreedClock):
            self._console.say(f"  agreed clock: the machine's clock {notice.offset_seconds:+d} s")
        elif isinstance(notice, People):
            self._commands.people.known = notice.people
        elif isinstance(notice, StepChange):
            self._announce(notice)

    def instruct(self, instruction: Instruction) -> None:
        """Wait until OK is typed, in upper or lower case. Enter alone does not acknowledge."""
        self._commands.at(instruction.step)
        self._console.present(*prose(instruction.text), *pairs(instruction.details))
        meaning = spoken(instruction.acknowledge)
        while self._console.ask(f"{spoken(instruction.step.actor)}: type OK for: {meaning}").casefold() != "ok":
            self._console.say("Nothing was acknowledged. Type OK, or /help.")

    def confirm(self, confirmation: Confirmation) -> bool:
        """True for exactly the word, False for exactly NO; anything else is asked again."""
        self._commands.at(confirmation.step)
        self._console.present(
            f"{spoken(confirmation.person)} states:",
            *prose(confirmation.statement, "  "),
            *pairs(confirmation.details),
            *(["This cannot be undone."] if confirmation.danger else []),
        )
        return self._console.ask_word(confirmation.word, "NO", "confirm", "decline")

    def record(self, form: Form) -> dict[str, str]:
        """Ask for each blank until it is acceptable, then read all back. A clock is compared without that delay."""
        self._commands.at(form.step)
        self._console.present(f"-- {spoken(form.title)}", *prose(form.text), *numbered_words(form.digest_words))
        clock = form.step.kind == "compare-clock"
        # the machine's own time, offered as a default, would make a comparison that compares nothing
        answers = {blank.name: self._fill(replace(blank, default="") if clock else blank) for blank in form.blanks}
        while len(form.blanks) > 1 and not clock:
            lines = [f"  {number} {spoken(b.label)}: {exact(answers[b.name])}" for number, b in _numbered(form)]
            self._console.present("You entered:", *lines)
            answer = self._console.ask("Type OK to record this, or the number of a line to enter it again")
            if answer == "OK":
                break
            again = dict(_numbered(form)).get(answer)
            if again is None:
                self._console.say("Nothing was recorded.")
            else:
                answers[again.name] = self._fill(again)
        return answers

    def review(self, review: Review) -> None:
        """Page by page to the end: the fields, the findings, the dump, the digest."""
        self._commands.at(review.step)
        unequal = sum(not row.equal for row in review.rows)
        fields = [f"{len(review.rows)} fields; {unequal} differ from the policy."]
        for row in review.rows:
            if row.equal:
                fields.append(f"= {exact(row.name)}: {exact(row.found)}")
            else:
                fields.append(f"!= {exact(row.name)} DIFFERS")
                fields.append(f"   policy wants: {exact(row.wanted)}")
                fields.append(f"   the bytes say: {exact(row.found)}")
        findings = [exact(str(finding)) for finding in review.findings] or ["No findings."]
        digest = [f"{review.size} bytes", f"SHA-256 {review.digest}", *word_lines(review.digest_words)]
        parts = (
            ("Fields", fields),
            ("Findings", findings),
            ("Dump", [exact(line) for line in review.dump.splitlines()]),
            ("Digest", digest),
        )
        self._console.say(f"-- Review: {spoken(review.title)}. Each page must be seen, to the end.")
        for title, lines in parts:
            self._pages(title, lines)

    def approve(self, request: ApprovalRequest) -> bool:
        """True for exactly the word, False for exactly REFUSE."""
        self._commands.at(request.step)
        self._console.present(
            f"-- Approval by {spoken(request.person)}: {spoken(request.what)}",
            *prose(request.statement, "  "),
            "The digest in words:",
            *word_lines(request.digest_words),
        )
        return self._console.ask_word(request.word, "REFUSE", "say this", "refuse")

    def secret(self, request: SecretRequest) -> Secret:
        """A PIN, typed without echo; twice where it is new."""
        self._commands.at(request.step)
        if request.warning:
            self._console.say(f"! {spoken(request.warning)}")
        if self._secrets is not None:
            return self._secrets(request)
        while True:
            first = self._console.ask_hidden(f"{spoken(request.person)}: {spoken(request.prompt)} (not shown): ")
            if not request.minimum <= len(first) <= request.maximum:
                first.wipe()
                self._console.say(f"A PIN here has {request.minimum} to {request.maximum} characters. Type it again.")
                continue
            if not request.again:
                return first
            second = self._console.ask_hidden("The same once more (not shown): ")
            same = first.matches(second)
            second.wipe()
            if same:
                return first
            first.wipe()
            self._console.say("The two entries differ. Begin again.")

    def show_secret(self, display: SecretDisplay) -> bool:
        """Words to copy by hand; acknowledged by the word COPIED, and cleared from the terminal. True for PRINT."""
        self._commands.at(display.step)
        return show_words(self._console, display)

    def secret_words(self, request: WordsRequest) -> Secret | None:
        """The words of a share, typed without echo; those that were given, where PINs are."""
        self._commands.at(request.step)
        given = self._secrets.words(request) if self._secrets is not None else None
        return given if given is not None else read_words(self._console, request)

    def choose(self, choice: Choice) -> str:
        """The option whose number was typed, or whose word was typed where it has one."""
        self._commands.at(choice.step)
        keys = {option.word or str(number): option for number, option in enumerate(choice.options, 1)}
        fault = choice.fault.paragraphs() if choice.fault is not None else []
        self._console.present(
            *(["!! Something is wrong:"] if fault else []),
            *(line for paragraph in fault for line in prose(paragraph, "   ")),
            f"-- {spoken(choice.title)}",
            *prose(choice.text),
            *(f"  {key}: {spoken(option.label)}" for key, option in keys.items()),
        )
        whose = f"{spoken(choice.person)} decides" if choice.person else "Your decision"
        while True:
            answer = self._console.ask(f"{whose} ({', '.join(keys)})")
            if answer in keys:
                return keys[answer].name
            self._console.say("Nothing was chosen.")

    @contextlib.contextmanager
    def progress(self, progress: Progress) -> Iterator[None]:
        """Say every few seconds that the token still works, and how long it took."""
        self._commands.at(progress.step)
        self._console.say(f"-- {spoken(progress.text)}", spoken(progress.warning))
        started = self._clock.monotonic_ms()
        over = threading.Event()

        def live() -> None:
            while not over.wait(self._sign_of_life_seconds):
                self._console.say(f"   still working, {(self._clock.monotonic_ms() - started) // 1000} s")

        teller = threading.Thread(target=live, name="sign-of-life", daemon=True)
        teller.start()
        try:
            yield
        finally:
            over.set()
            teller.join()
            self._console.say(
                f"   the {progress.device} answered after {(self._clock.monotonic_ms() - started) / 1000:.1f} s"
            )

    def finish(self, outcome: Outcome) -> None:
        """Say how it ended and where everything is."""
        self._console.say("", f"=== {self._console.mode} === {spoken(outcome.headline)}")
        if outcome.fault is not None:
            for paragraph in outcome.fault.paragraphs():
                self._console.say(*prose(paragraph))
        for name, place in outcome.made:
            self._console.say(f"  made: {exact(name)}: {exact(place)}")
        for artefact in outcome.artefacts:
            self._console.say(f"  {exact(artefact.name)} ({artefact.size} bytes)", f"    SHA-256 {artefact.sha256}")
        for copy in outcome.copies:
            self._console.say(f"  copies in {exact(copy)}")
        self._console.say(f"folder: {exact(outcome.folder)}")
        self._commands.head = outcome.head or self._commands.head
        self._console.say(*self._commands.head_lines())
        if outcome.verdict:
            self._console.say(*prose(outcome.verdict))
        if outcome.proof is not None:
            self._console.say("", *(exact(line) for line in outcome.proof.page))

    def _fill(self, blank: Blank) -> str:
        hint = f" ({spoken(blank.hint)})" if blank.hint else ""
        default = f" [Enter keeps: {exact(blank.default)}]" if blank.default else ""
        while True:
            text = self._console.ask(f"{spoken(blank.label)}{hint}{default}:") or blank.default
            complaint = blank.check(text) if blank.check is not None else None
            if complaint is None and (text or blank.check is not None):
                return text
            self._console.say(f"! {spoken(complaint or 'Something must be entered here.')}")

    def _pages(self, title: str, lines: Sequence[str]) -> None:
        rows = self._console.page_rows()
        pages = [lines[start : start + rows] for start in range(0, len(lines), rows)] or [["(empty)"]]
        for number, page in enumerate(pages, 1):
            self._console.present(f"-- {title}, page {number} of {len(pages)}", *page)
            while self._console.ask(f"{title} {number} of {len(pages)} seen? Press Enter"):
                self._console.say("Press Enter alone, or /help.")

    def _announce(self, change: StepChange) -> None:
        steps = self._overview.steps if self._overview is not None else ()
        for step in steps:
            if step.id != change.step_id:
                continue
            heading = f"{_STATES[change.state]} Step {step.number} of {len(steps)}: {spoken(step.title)}"
            if change.state == "doing":
                self._commands.step = step
                self._console.say("", f"--- {self._console.mode} {spoken(step.section)}", heading, *acting(step))
            else:
                self._console.say(heading)


def _numbered(form: Form) -> list[tuple[str, Blank]]:
    return [(str(number), blank) for number, blank in enumerate(form.blanks, 1)]
