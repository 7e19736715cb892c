"""A whole record followed line by line: every attempt at a step, and everything between, as the traces allow it.

Whoever writes a record and whoever reads it follow it in the same way. Each complaint is about one line; after the
first in an attempt the rest of that attempt is not judged, because nothing in it has a place any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import TYPE_CHECKING

from ceremony.script.moves import may_move
from ceremony.script.quorum import needed_approvals, to_introduce, who_may_approve
from ceremony.script.sentences import AFTER_THIS, given_up_after
from ceremony.script.trace.frames import BROKEN_OFF, ENDING, GAP, RESUMPTION
from ceremony.script.trace.grammar import NOTHING, Part, Stop, alt, seq
from ceremony.script.trace.matching import Astray, Match
from ceremony.script.trace.parts import LEFT
from ceremony.script.trace.scene import Scene
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds import EventData
from ceremony.transcript.state import CeremonyState

if TYPE_CHECKING:
    from ceremony.script.plan import Plan, PlannedStep

JUMPED: Part = Stop(("CLOCK-JUMP",))
"""The rest of an attempt, once somebody set the machine's clock after one was agreed."""

WORD: Part = alt(NOTHING, Stop(LEFT))
"""At the end of each attempt: `step-done` is the word of who acts, and they may have gone."""

REMARKS = (kinds.Note, kinds.Deviation, kinds.Dissent, kinds.RemarkRefused)
"""What people say at any moment, also within a step."""

MOVES = (kinds.PersonLeft, kinds.PersonReturned)
"""Who goes out and comes back: at any moment, but for a break, which is about nothing else."""

LOGGED_OUT = (kinds.TokenClosed, kinds.TokenGone)


def in_words(failed: kinds.PreparationFailed | kinds.StepFailed) -> bool:
    """Whether a fault is told as people saw it: its text begins with its headline, and its code where it is told."""
    first, _, _ = failed.detail.partition("\n")
    return bool(failed.headline) and first.endswith((failed.headline, f"{failed.headline} [{failed.code}]"))


class Follower:
    """Follows one record. `judge` says what is wrong with the next line; `end` what is missing at the end."""

    def __init__(self, plan: Plan, state: CeremonyState) -> None:
        """`state` is that before the first line; the follower folds each line into it."""
        self._plan = plan
        self._state = state
        self._ended = False
        self._giving_up = False
        """People decided to end the ceremony before its close."""
        self._closing: tuple[str, int] | None = None
        """The close is done, and only the last line may follow: its step and attempt."""
        self._planned: PlannedStep | None = None
        """The step under way."""
        self._number = 0
        """Of its attempt."""
        self._held: frozenset[str] = frozenset()
        """The tokens that were open when the attempt began."""
        self._match: Match | None = Match(NOTHING)
        """None where the rest of an attempt, or of what is between two, is not judged."""
        self._unwinding = False
        """Tokens are logged out on the way out of something that failed or was cut."""
        self._before: Match | None = None
        """The trace as it stood before the tokens were logged out."""
        self._last = 0
        """The last line that is no remark."""
        self._earlier: tuple[str, ...] = ()
        self._previous: EventData | None = None

    # ---- what stands around a line

    @property
    def _next(self) -> PlannedStep | None:
        """The step that comes next: the first that is not done, or the last, which may be done again."""
        done = self._state.steps_done
        left = (item for item in self._plan.steps if item.step.id not in done)
        return next(left, self._plan.steps[-1] if self._plan.steps else None)

    def _scene(self) -> Scene:
        planned = self._planned or self._next
        return Scene(
            self._plan,
            self._state,
            planned,
            under_way=self._planned is not None,
            earlier=self._earlier,
            approvers=who_may_approve(self._plan, planned) if planned is not None else (),
            needed=needed_approvals(self._plan, planned) if planned is not None else 0,
            previous=self._previous,
        )

    # ---- one line

    def copy(self) -> Follower:
        """The same place in the same record, to try a line at: what it judges the other does not know."""
        other = copy(self)
        other._match = self._match.copy() if self._match is not None else None  # noqa: SLF001 - one of this class
        return other

    def learn(self, entry: Entry) -> None:
        """The line that was just judged is folded in."""
        self._state.apply(entry)
        if not isinstance(entry.data, (*REMARKS, *MOVES, kinds.ClockJumped)) or self._state.on_break:
            self._earlier = tuple(self._state.present)
            self._previous = entry.data
            self._last = entry.event.seq

    def judge(self, entry: Entry) -> Iterator[str]:
        """What is wrong with the next line, in words. It is followed, and not yet folded in (see `learn`)."""
        data = entry.data
        if self._ended:
            yield f"{data.kind} stands after the last line"
            return
        yield from self._labels(entry)
        if isinstance(data, REMARKS) or (isinstance(data, MOVES) and not self._state.on_break):
            yield from self._remark(entry)
            return
        match data:
            case kinds.CeremonyOpened():
                yield from self._opened(entry)
            case kinds.StepBegun():
                yield from self._begun(entry, data)
            case kinds.StepDone():
                yield from self._done(entry, data)
            case kinds.StepFailed():
                yield from self._failed(entry, data)
            case kinds.PreparationFailed():
                yield from self._not_prepared(entry, data)
            case kinds.InterruptionRecorded():
                if (entry.event.actor, data.after) != ("engine", entry.event.seq - 1) or not data.cause.strip():
                    yield "the interruption does not name the line before it, says not why, or is not the engine's"
                if data.cause.startswith(AFTER_THIS) and not self._given_up_after(data):
                    yield "it is said to have been decided on after a fault, and the line before is no such decision"
                self._leave(Match(ENDING if data.decided else BROKEN_OFF))
                self._giving_up = data.decided
            case kinds.ClockJumped():
                yield from self._jumped(entry)
            case kinds.CeremonyResumed():
                if entry.event.actor != "engine" or self._state.opened is None:
                    yield "a ceremony is resumed that had not begun, or not by the engine"
                self._leave(Match(RESUMPTION))
            case kinds.CeremonyClosed():
                yield from self._closed(entry, data)
            case kinds.CeremonyAborted():
                yield from self._given_up(entry, data)
            case _:
                yield from self._follow(entry)

    def _labels(self, entry: Entry) -> Iterator[str]:
        """Step and attempt of the envelope are those under way."""
        said = (entry.event.step, entry.event.attempt)
        cut = isinstance(entry.data, kinds.InterruptionRecorded | kinds.CeremonyResumed | kinds.CeremonyAborted)
        if isinstance(entry.data, kinds.StepBegun):
            return
        here = ("", 0) if self._planned is None or cut else (self._planned.step.id, self._number)
        here = here if cut or self._closing is None else self._closing
        if said != here:
            where = f"step {here[0]}, attempt {here[1]}" if here[0] else "no step"
            belongs = f"step {said[0] or 'none'}, attempt {said[1]}"
            yield f"{entry.event.kind} says that it belongs to {belongs}; under way is {where}"

    def _follow(self, entry: Entry) -> Iterator[str]:
        """A line of the trace under way, or of the way out of it."""
        if self._match is None:
            return
        scene = self._scene()
        try:
            if isinstance(entry.data, LOGGED_OUT) and self._unwound(entry, scene):
                return
            if self._unwinding:
                yield self._astray(f"{entry.event.kind} stands after tokens were logged out on the way out")
            else:
                self._match.take(entry, scene)
        except Astray as reason:
            yield self._astray(str(reason))

    def _unwound(self, entry: Entry, scene: Scene) -> bool:
        """A token logged out where the trace does not say so: the last one opened, by the engine."""
        assert self._match is not None  # noqa: S101 - the caller has looked
        if not self._unwinding:
            before = self._match.copy()
            try:
                self._match.take(entry, scene)
            except Astray:
                self._before = before
            else:
                self._before = before
                return True
        label = getattr(entry.data, "label", "")
        opened = tuple(self._state.open_tokens)
        self._unwinding = True
        return bool(opened) and label == opened[-1] and entry.event.actor == "engine"

    def _astray(self, reason: str) -> str:
        self._match = None
        return reason

    # ---- steps

    def _opened(self, entry: Entry) -> Iterator[str]:
        if entry.event.seq != 1 or entry.event.actor != "engine":
            yield "the opening is not the first line, or not the engine's"
        self._leave(Match(GAP))

    def _begun(self, entry: Entry, data: kinds.StepBegun) -> Iterator[str]:
        if self._planned is not None:
            yield "a step begins while another one is under way"
        elif self._unwinding:
            yield "a step begins after a token was logged out for nothing"
        elif self._match is not None:
            missing = self._match.ends(self._scene())
            if missing:
                yield f"a step begins too early; {missing}"
            yield from self._not_introduced()
        if self._state.given_up:
            yield "a step begins although it was decided to end the ceremony"
        planned = self._next
        self._match = None
        if planned is None:
            return
        attempt = self._state.attempts.get(planned.step.id, 0) + 1
        wanted = (planned.number, planned.step.kind, planned.title, self._state.awaited)
        if (data.number, data.step_kind, data.title, data.awaited) != wanted:
            yield f"step {data.number} begins; the plan has step {planned.number} ({planned.step.id}) here"
        if (entry.event.step, entry.event.attempt) != (planned.step.id, attempt):
            said = f"{entry.event.attempt} at {entry.event.step or 'none'}"
            yield f"this is attempt {attempt} at step {planned.step.id}, not {said}"
        calls = planned.actors[:1] if planned.step.kind == "roll-call" else ()  # it finds out who is here
        if entry.event.actor not in (self._scene().actors or tuple(person.id for person in calls)):
            yield f"step {planned.number} is begun by {entry.event.actor}, whose step it is not"
        self._leave(Match(seq(planned.step.trace, WORD)))
        self._planned, self._number = planned, attempt
        self._held = frozenset(self._state.open_tokens)

    def _not_introduced(self) -> Iterator[str]:
        """Each who will sign is introduced before the next step begins."""
        state = self._state
        there = [name for name in self._earlier if name in state.present]
        agreed = state.agreed_offset_seconds is not None
        for person in to_introduce(self._plan, there, state.introduced, state.stands_for, agreed=agreed):
            yield f"a step begins, and the own token of {person.id}, who will sign, was not introduced"

    def _done(self, entry: Entry, data: kinds.StepDone) -> Iterator[str]:
        planned = self._planned
        if planned is None:
            yield "a step is done that had not begun"
            return
        scene = self._scene()
        if data.number != planned.number or entry.event.actor not in scene.actors:
            yield f"step {planned.number} is called done under another number, or by somebody whose step it is not"
        if self._unwinding:
            yield f"step {planned.number} is called done after its tokens were logged out on the way out"
        elif self._match is not None:
            missing = self._match.ends(scene)
            if missing:
                yield f"step {planned.number} is called done; {missing}"
        closing = (planned.step.id, self._number) if planned.step.kind == "close" else None
        self._leave(Match(NOTHING) if closing else Match(GAP))
        self._closing = closing

    def _jumped(self, entry: Entry) -> Iterator[str]:
        """Somebody set the machine's clock: seen at the beginning of an attempt, or right before an act in it."""
        if self._planned is None or entry.event.actor != "engine":
            yield "the clock jumps outside a step, or not by the engine's word"
        elif self._state.agreed_offset_seconds is not None:
            self._match, self._before = Match(JUMPED) if self._match is not None else None, None

    def _failed(self, entry: Entry, data: kinds.StepFailed) -> Iterator[str]:
        planned = self._planned
        if planned is None:
            yield "a step fails that had not begun"
            return
        if data.number != planned.number or entry.event.actor != "engine":
            yield f"step {planned.number} fails under another number, or not by the engine's word"
        yield from self._fault(entry, data.code, data.after)
        if not in_words(data):
            yield f"why step {planned.number} failed is not told in the words that people saw"
        left = sorted(set(self._state.open_tokens) - self._held)
        if left:
            yield f"token {', '.join(left)} is still open after the attempt that opened it failed"
        self._leave(Match(GAP))

    def _not_prepared(self, entry: Entry, data: kinds.PreparationFailed) -> Iterator[str]:
        if self._planned is not None or entry.event.actor != "engine":
            yield "what failed between two steps is told within one, or not by the engine"
            return
        yield from self._fault(entry, data.code, data.after)
        if not in_words(data):
            yield "what failed between two steps is not told in the words that people saw"
        self._leave(Match(RESUMPTION if self._state.resuming else GAP))

    def _fault(self, entry: Entry, code: str, after: int) -> Iterator[str]:
        """Where the attempt ended this code can arise, and the line is named after which it did."""
        if not self._last <= after < entry.event.seq and not self._gone_since(after):
            yield f"the fault arose after line {after}, which is not the last one before it"
        if self._match is None:
            return
        scene = self._scene()
        wrong = self._match.fails(scene, code)
        if wrong and self._before is not None:
            wrong = self._before.fails(scene, code)
        if wrong:
            yield wrong

    def _gone_since(self, after: int) -> bool:
        """Whether the lines since are about a token that was lost."""
        return isinstance(self._previous, kinds.TokenGone) and self._last - 1 <= after

    def _given_up_after(self, said: kinds.InterruptionRecorded) -> bool:
        """Whether the line before is the decision to end it after that fault."""
        match self._previous:
            case (
                kinds.StepFailed(decision="abort", headline=fault)
                | kinds.PreparationFailed(decision="abort", headline=fault)
            ):
                return said.decided and said.cause == given_up_after(fault)
            case _:
                return False

    def _closed(self, entry: Entry, data: kinds.CeremonyClosed) -> Iterator[str]:
        if self._closing is None:
            yield "the ceremony is closed outside its last step"
        if entry.event.actor != data.sealed_by:
            yield "the last line is not the word of the person who seals"
        self._ended = True

    def _given_up(self, entry: Entry, data: kinds.CeremonyAborted) -> Iterator[str]:
        """The last line of an early end: of who seals, after all that stands before it; or the engine's, anywhere."""
        if data.sealed_by and not self._giving_up:
            yield "an early end is sealed that nobody decided on"
        elif data.sealed_by:
            yield from self._follow(entry)
        elif entry.event.actor != "engine":
            yield "the last line of an end that nobody seals is not the engine's"
        if not data.sealed_by and self._state.open_tokens:
            yield f"token {', '.join(self._state.open_tokens)} is still open at the end"
        self._ended = True

    def _leave(self, match: Match | None) -> None:
        """What was under way has ended; the next lines are held against this."""
        self._match, self._planned, self._number = match, None, 0
        self._unwinding, self._before, self._closing, self._giving_up = False, None, None, False

    # ---- remarks

    def _remark(self, entry: Entry) -> Iterator[str]:
        """Who says what at any moment: people for themselves, notes by who acts, or by the engine where nobody does."""
        data, actor = entry.data, entry.event.actor
        match data:
            case kinds.RemarkRefused():
                allowed: tuple[str, ...] = ("engine",)
            case kinds.PersonLeft(person=person) | kinds.PersonReturned(person=person) | kinds.Dissent(person=person):
                allowed = (person,)
            case _:
                scene = self._scene()
                allowed = scene.actors if scene.planned is not None else ("engine",)
                allowed = tuple(name for name in allowed if name in self._state.present) or ("engine",)
                if not self._state.arrived and scene.planned is not None:
                    allowed = (scene.planned.actors[0].id,)
        if actor not in allowed:
            yield f"{data.kind} is said by {actor}, and not by {' or '.join(allowed)}"
        if isinstance(data, kinds.RemarkRefused) and may_move(
            self._plan, self._state, data.move, data.who, data.reason
        ):
            yield f"{data.kind} stands here, and by the record what was said was so"
        if isinstance(data, kinds.PersonReturned) and data.statement:
            yield f"{data.kind} has a statement, which is made after a break only"

    # ---- the end

    def end(self) -> Iterator[str]:
        """What is missing where the record ends here."""
        done = self._state.steps_done
        missing = [item for item in self._plan.steps if item.step.id not in done]
        if missing:
            first = f"step {missing[0].number} ({missing[0].title})"
            yield f"{first}{f' and the {len(missing) - 1} after it were' if len(missing) > 1 else ' was'} not done"
