"""Who is in the room, as people say it: who leaves and comes back, a break, and who concurs with a deviation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.widget import Widget

from ceremony.engine.notices import InRoom, StepView
from ceremony.engine.questions import ASKED, DISSENT
from ceremony.tui.asks import ComplaintError, Options
from ceremony.tui.blocks import Block, Gap, Pair, Para
from ceremony.tui.remarks import Remark

SAYS = {"returned": "{name} is back", "entered": "{name} comes in ({role})", "left": "{name} leaves"}
OF = {"out": "returned", "absent": "entered", "here": "left"}
"""What can be said of somebody, by where they are."""

BREAK = "A break before the next step: everybody goes out"


class PeopleRemark(Remark):
    """Somebody comes or goes, or everybody for a break."""

    KIND = "people"
    TITLE = "Who is in the room"
    HELP = (
        "Who leaves the room is said here, with the reason, and who is back. Nobody can act, approve or watch who is "
        "not in the room by this record. A break begins when the step is over."
    )
    FIELDS = (("reason", "Why", ""),)

    def __init__(self, step: StepView | None, people: Sequence[InRoom]) -> None:
        super().__init__(step)
        order = ("out", "absent", "here")
        self._ways = [(OF[where], each) for where in order for each in people if each.where == where]
        here = sum(each.where == "here" for each in people)
        labels = [SAYS[kind].format(name=each.name, role=each.role) for kind, each in self._ways]
        self._count = here
        self._menu = Options(
            "What happens",
            [Para(label) for label in [*labels, *([BREAK] if here else [])]],
            id="ways",
            on_point=self._pointed,
        )
        self._pointed(0)

    def _pointed(self, at: int) -> None:
        """The field for the reason is there only where one is asked for."""
        self._rows["reason"].display = self._kind(at) in {"left", "break"}

    def _kind(self, at: int) -> str:
        if at < len(self._ways):
            return self._ways[at][0]
        return "break" if self._count else ""

    def page(self) -> list[Block]:
        """See Ask."""
        if not self._count and not self._ways:
            return [Para("Nobody has answered the roll yet. Until then, write a note (F7).")]
        return [Para(f"{self._count} people are in the room, by this record. Nobody else can do anything in it.")]

    def parts(self) -> Iterator[Widget]:
        """See Ask."""
        if self._count or self._ways:
            yield self._menu
            yield self._rows["reason"]

    def first(self) -> Widget | None:
        """See Ask."""
        return self._menu if self._count or self._ways else None

    def waiting(self) -> str:
        """See Ask."""
        return "Up and Down, Tab and why where it is asked, then F2. Esc writes nothing."

    def commit(self) -> dict[str, str]:
        """See Ask."""
        kind = self._kind(self._menu.pointed)
        if not kind:
            raise ComplaintError("Nothing was saved: nobody has answered the roll yet. Esc closes this.")
        texts = {"kind": kind}
        if kind != "break":
            texts["person"] = self._ways[self._menu.pointed][1].id
        if kind in {"left", "break"}:
            texts |= super().commit()
        return texts


class DeviationRemark(Remark):
    """Something that did not go as the script says."""

    KIND = "deviation"
    TITLE = "A deviation from the script"
    HELP = "A deviation is anything that is not as the script says. It is no shame to record one; to hide one is."
    FIELDS = (
        ("expected", "Expected", "what the script says"),
        ("happened", "Happened", "what was seen"),
        ("decided", "Decided", "how to go on"),
        ("decided_by", "Decided by", "names"),
        ("clauses", "Clauses touched", "with ; between them"),
    )
    MAY_BE_EMPTY = ("clauses",)

    def __init__(self, step: StepView | None, here: Sequence[InRoom] = ()) -> None:
        super().__init__(step, clauses="; ".join(step.clauses) if step is not None else "")
        self._here = tuple(here)

    def page(self) -> list[Block]:
        """See Ask."""
        number = f"Step {self.step.number}, {self.step.title}. " if self.step is not None else ""
        return [Para(f"{number}The step is marked [!] and the record says why.")]

    @property
    def verb(self) -> str:
        """See Ask."""
        return "Go on" if self._here else self.VERB

    def waiting(self) -> str:
        """See Ask."""
        return "F2 goes on to who concurs. Esc closes this and writes nothing." if self._here else super().waiting()

    def commit(self) -> dict[str, str]:
        """See Ask."""
        return {name: text for name, text in super().commit().items() if text}

    def then(self, texts: dict[str, str]) -> Remark | None:
        """See Remark."""
        return ConcurrenceRemark(self.step, self._here, texts) if self._here else None


def _deviation(texts: dict[str, str]) -> list[Block]:
    return [Pair("Happened", texts["happened"], column=14), Pair("Decided", texts["decided"], column=14)]


class ConcurrenceRemark(Remark):
    """Who raised the deviation, and whether everybody concurs."""

    KIND = "deviation"
    TITLE = "Who raises the deviation, who concurs"
    HELP = "Ask everybody who is in the room whether they concur. Who does not is named here, and says why on a page."
    FIELDS = (
        ("raised_by", "Raised by", "a name"),
        ("dissent", "Who dissents", "names; nothing where everybody concurs"),
    )
    MAY_BE_EMPTY = ("dissent",)

    def __init__(self, step: StepView | None, here: Sequence[InRoom], texts: dict[str, str]) -> None:
        super().__init__(step)
        self._here = tuple(here)
        self._texts = texts
        self._dissenters: tuple[InRoom, ...] = ()

    def page(self) -> list[Block]:
        """See Ask."""
        rows = [Pair(each.id, f"{each.name} ({each.role})", column=14, style="") for each in self._here]
        return [*_deviation(self._texts), Gap(), *rows]

    def waiting(self) -> str:
        """See Ask."""
        return "Ask everybody whether they concur, then F2. Esc writes nothing."

    def commit(self) -> dict[str, str]:
        """See Ask."""
        texts = super().commit()
        raisers = self._people("raised_by", texts["raised_by"])
        self._dissenters = self._people("dissent", texts["dissent"])
        if len(raisers) != 1:
            self._rows["raised_by"].complain("One name.")
            raise ComplaintError("Nothing was saved: one person raises a deviation.")
        asked = " ".join(each.id for each in self._here)
        return {**self._texts, "raised_by": raisers[0].id, ASKED: asked}

    def then(self, texts: dict[str, str]) -> Remark | None:
        """See Remark."""
        return DissentRemark(self.step, self._dissenters, texts) if self._dissenters else None

    def _people(self, field: str, text: str) -> tuple[InRoom, ...]:
        found: dict[str, InRoom] = {}
        for word in text.replace(",", " ").casefold().split():
            fitting = [each for each in self._here if word in (each.id, *each.name.casefold().split())]
            if len(fitting) != 1:
                self._rows[field].complain(f"Write the short names: {', '.join(each.id for each in self._here)}.")
                self._fields[field].screen.set_focus(self._fields[field])
                raise ComplaintError(f"Nothing was saved: {word} is nobody in this room, or more than one.")
            found[fitting[0].id] = fitting[0]
        return tuple(found.values())


class DissentRemark(Remark):
    """The words of those who dissent."""

    KIND = "deviation"
    TITLE = "Dissent, in their own words"
    HELP = "Each who dissents says in a few words what they do not agree with. It stands in the record from then on."

    def __init__(self, step: StepView | None, people: Sequence[InRoom], texts: dict[str, str]) -> None:
        super().__init__(step, tuple((each.id, each.name, "") for each in people))
        self._texts = texts

    def page(self) -> list[Block]:
        """See Ask."""
        return _deviation(self._texts)

    def commit(self) -> dict[str, str]:
        """See Ask."""
        words = super().commit()
        return {**self._texts, **{f"{DISSENT}{person}": said for person, said in words.items()}}
