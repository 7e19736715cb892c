"""The officiant without people: plays the answers of a file, prints one line a step, and never guesses.

A question that the file does not answer ends the run. Bytes are approved only when they were reviewed, agree with the
policy in every field, and nothing that was found blocks them.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TextIO

from ceremony.engine.answers import LoadedAnswers, StepAnswer, fill_in
from ceremony.engine.notices import InRoom, Notice, Outcome, Overview, People, StepChange, StepView
from ceremony.engine.questions import (
    LOOK_AGAIN,
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
from ceremony.engine.secrets_source import DrawnSecrets, SecretSource, ShownShares
from ceremony.errors import CeremonyError, Interrupted, Where
from ceremony.room.clock import Clock, iso
from ceremony.room.signals import Interruption
from ceremony.room.speaking import say
from ceremony.secret import Secret

Remark = Callable[[str, dict[str, str]], None]
_GOING_ON = ("resume", "adopt-key")
"""After an interruption: who starts the same command again wants it to go on, with what was made before."""

_STATES = {"todo": "[ ]", "doing": "[>]", "done": "[x]", "deviated": "[!]", "failed": "[!]"}


class Unanswered(Interrupted):
    """The answers do not say what people would do here, and nobody sits there: the ceremony ends, as when they end it.

    No fault of a step: none may be tried again with the same answers.
    """

    tells_code = True

    def __init__(
        self, headline: str, *, detail: str, where: Where | str, not_done: str, next_step: str, code: str
    ) -> None:
        super(Interrupted, self).__init__(
            headline, detail=detail, where=where, not_done=not_done, next_step=next_step, code=code
        )
        self.cause = f"the answers file of this run. {detail.rstrip('.')}"


class UnattendedOfficiant:
    """Implements `ceremony.engine.officiant.Officiant` from an answers file.

    Without `secrets`, PINs are drawn at random, which only a practice ceremony allows. Everything that holds a PIN is
    wiped when the ceremony finishes or the context ends. In the main thread, use it as a context manager: Ctrl-C,
    SIGTERM and SIGHUP then end the ceremony in good order, at its next question.
    """

    def __init__(
        self,
        answers: LoadedAnswers,
        secrets: SecretSource | None = None,
        out: TextIO | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self._answers = answers
        self._secrets: SecretSource = secrets if secrets is not None else DrawnSecrets()
        self._drawn = secrets is None
        self._shares = ShownShares(self._secrets)
        self._out = out if out is not None else sys.stderr
        self._clock = clock if clock is not None else Clock()
        self._overview: Overview | None = None
        self._reviewed: Review | None = None
        self._chosen: dict[str, int] = {}
        self._remark: Remark | None = None
        self._moved: set[tuple[str, str]] = set()
        self._people: dict[str, InRoom] = {}
        self._interruption = Interruption()
        self._signals = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._signals.enter_context(self._interruption.catch_signals())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._signals.close()
        self._shares.wipe()
        self._secrets.wipe()
        self._interruption.close()

    def bind_remarks(self, callback: Remark) -> None:
        """The engine's way to be told who comes and goes."""
        self._remark = callback

    def interrupt(self, cause: str) -> None:
        """Ask for an orderly end, from any thread: the next question raises Interrupted."""
        self._interruption.request(cause)

    def begin(self, overview: Overview) -> None:
        """Refuse answers for steps that are not in the script, and drawn PINs in production."""
        self._overview = overview
        if self._drawn and overview.mode != "practice":
            raise CeremonyError(
                "A production ceremony needs its PINs.",
                detail="PINs are drawn at random only for practice.",
                not_done="No step was begun.",
                next_step="Give the PINs through --secrets-fd, or let people type them.",
                code="PIN-DRAWN",
            )
        self._answers.check_steps(step.id for step in overview.steps)
        self._say(f"{overview.mode.upper()} {overview.ceremony_id}: {overview.title}")

    def notice(self, notice: Notice) -> None:
        """One line when a step ends. Before it begins, the moves that the answers name for it."""
        if isinstance(notice, People):
            self._people = {person.id: person for person in notice.people}
        if isinstance(notice, StepChange) and notice.state == "doing":
            self._move(notice.step_id, "moves")
        if isinstance(notice, StepChange) and notice.state != "doing" and self._overview is not None:
            steps = self._overview.steps
            for step in steps:
                if step.id == notice.step_id:
                    width = len(str(len(steps)))
                    self._say(f"{_STATES[notice.state]} {step.number:{width}d}/{len(steps)} {step.title}")

    def instruct(self, instruction: Instruction) -> None:
        """Acknowledged at once."""
        self._interruption.check()

    def confirm(self, confirmation: Confirmation) -> bool:
        """What the answers say; yes where they say nothing."""
        self._interruption.check()
        answer = self._answer(confirmation.step)
        away = {self._people[person].name for person in answer.absent if person in self._people}
        return answer.confirm and not (confirmation.word == "PRESENT" and confirmation.person in away)

    def record(self, form: Form) -> dict[str, str]:
        """The answer of each blank, checked. The folder of an export is made when only it is missing."""
        self._interruption.check()
        given = {**self._read_back(form), **self._answer(form.step).fields}
        values = {"utc": iso(self._clock.machine_utc()), "archive": self._archive()}
        filled = {}
        for blank in form.blanks:
            if blank.name not in given:
                raise self._unanswered(form.step, f"the field `{blank.name}` ({blank.label})")
            text = fill_in(given[blank.name], {**values, "recorded": self._recorded(form.step, blank)})
            if form.step.kind == "export":
                self._plug_in(Path(text))
            filled[blank.name] = self._checked(form.step, blank, text)
        return filled

    def review(self, review: Review) -> None:
        """Remembered: only what was reviewed is approved."""
        self._interruption.check()
        self._reviewed = review

    def approve(self, request: ApprovalRequest) -> bool:
        """Yes where the answers do not refuse, the digest was reviewed, every field agrees and no finding blocks."""
        self._interruption.check()
        review = self._reviewed
        return (
            self._answer(request.step).confirm
            and review is not None
            and review.digest == request.digest
            and all(row.equal for row in review.rows)
            and not any(finding.severity.blocks for finding in review.findings)
        )

    def secret(self, request: SecretRequest) -> Secret:
        """From the source of PINs."""
        self._interruption.check()
        return self._secrets(request)

    def show_secret(self, display: SecretDisplay) -> bool:
        """Kept in memory, for when the share is asked for; nowhere else, and not beyond this run."""
        self._interruption.check()
        self._shares.see(display)
        return False

    def secret_words(self, request: WordsRequest) -> Secret | None:
        """The share that was shown in this run, or that the source of PINs was given."""
        self._interruption.check()
        return self._shares(request)

    def choose(self, choice: Choice) -> str:
        """The next option that the answers name for this step; `abort`, where there is one, when they name none."""
        self._interruption.check()
        for paragraph in choice.fault.paragraphs() if choice.fault is not None else ():
            self._say(f"!   {paragraph}")
        index = self._chosen.get(choice.step.id, 0)
        options = self._answer(choice.step).choose
        names = [option.name for option in choice.options]
        going_on = next((name for name in names if name in _GOING_ON), "")
        said = options[index] if index < len(options) else ""
        if going_on and said not in names and self._answer(choice.step).confirm:
            return going_on
        if index >= len(options):
            ways = {option.name for option in choice.options}
            if LOOK_AGAIN in ways and self._move(choice.step.id, "meanwhile"):
                return LOOK_AGAIN
            if "back" in ways:  # from a break
                return "back"
            if ways == {"agree", "dissent"}:
                return "agree" if self._answer(choice.step).confirm else "dissent"
            if any(option.name == "abort" for option in choice.options):
                return "abort"  # a fault that nobody foresaw: the engine records the decision and ends the ceremony
            if choice.fault is not None:
                raise choice.fault
            raise self._unanswered(choice.step, f"the choice `{choice.title}`")
        self._chosen[choice.step.id] = index + 1
        if options[index] not in names:
            raise self._unanswered(choice.step, f"the choice `{choice.title}` with one of {', '.join(names)}")
        return options[index]

    @contextlib.contextmanager
    def progress(self, progress: Progress) -> Iterator[None]:
        """Nothing to show."""
        yield

    def finish(self, outcome: Outcome) -> None:
        """Wipe every PIN; say how it ended."""
        self._shares.wipe()
        self._secrets.wipe()
        for paragraph in outcome.fault.paragraphs() if outcome.fault is not None else ():
            self._say(f"!   {paragraph}")
        for name, place in outcome.made:
            self._say(f"    {name}: {place}")
        self._say(outcome.headline)

    def _move(self, step_id: str, which: Literal["moves", "meanwhile"]) -> bool:
        """Say the moves of a step, once; whether there were any."""
        moves = getattr(self._answers.answers.steps.get(step_id), which, ())
        if not moves or (step_id, which) in self._moved or self._remark is None:
            return False
        self._moved.add((step_id, which))
        for move in moves:
            self._remark(move.kind, move.fields)
        return True

    def _answer(self, step: StepView) -> StepAnswer:
        return self._answers.answers.steps.get(step.id) or StepAnswer()

    def _read_back(self, form: Form) -> dict[str, str]:
        """The words of the digest that was reviewed, where the form asks for some by number."""
        spoken = self._reviewed.digest_words if self._reviewed is not None else ()
        if not form.digest_words or not spoken:
            return {}
        numbers = {blank.name: blank.name.removeprefix("words-").split("-") for blank in form.blanks}
        return {name: " ".join(spoken[int(number) - 1] for number in asked) for name, asked in numbers.items()}

    def _archive(self) -> str:
        return str(Path(self._overview.archive).parent) if self._overview is not None else ""

    def _recorded(self, step: StepView, blank: Blank) -> str:
        """What the record expects; in production a number is read by people, and only what they read is an answer."""
        if self._overview is not None and self._overview.mode != "practice":
            if "{recorded}" in self._answer(step).fields.get(blank.name, ""):
                raise self._unanswered(step, f"the field `{blank.name}` ({blank.label}) as people read it")
            return ""
        return blank.recorded

    def _checked(self, step: StepView, blank: Blank, text: str) -> str:
        complaint = blank.check(text) if blank.check is not None else None
        if complaint is not None:
            raise Unanswered(
                "An answer is not acceptable.",
                detail=f"The field `{blank.name}` ({blank.label}): {complaint}",
                where=self._answers.document.where(("steps", step.id, "fields", blank.name)),
                not_done=f"The step `{step.id}` was not done.",
                next_step="Correct the answers file, and begin a new run.",
                code="ANSWERS-VALUE",
            )
        return text

    def _plug_in(self, folder: Path) -> None:
        """Stand in for the person who brings the medium: the folder itself is made, its parents are not."""
        with contextlib.suppress(OSError):  # what is wrong with it is said by the check of the blank
            folder.mkdir(exist_ok=True)

    def _unanswered(self, step: StepView, what: str) -> Unanswered:
        return Unanswered(
            "The answers do not say what to do here.",
            detail=f"The step `{step.id}` asks for {what}.",
            where=str(self._answers.document.path),
            not_done=f"The step `{step.id}` was not done.",
            next_step="Add the answer to the file, and begin a new run.",
            code="ANSWERS-MISSING",
        )

    def _say(self, line: str) -> None:
        try:
            say(line, to=self._out)
            self._out.flush()
        except (OSError, ValueError):
            self._interruption.request("nobody reads the lines of this run")
