"""Screens that ask: a page to read above, the question below, F2 to commit."""

from __future__ import annotations

from collections.abc import Iterator

from textual.containers import Vertical
from textual.widget import Widget

from ceremony.tui.asks import Ask, ComplaintError
from ceremony.tui.bars import Keys
from ceremony.tui.consent import PinAsk
from ceremony.tui.frame import Frame
from ceremony.tui.paper import Paper
from ceremony.tui.remarks import AbortRemark, NoteRemark, Remark


class AskScreen(Frame):
    """A question that fills the screen: a PIN, an approval, a fault."""

    def __init__(self, ask: Ask, title: str = "") -> None:
        super().__init__()
        self.ask = ask
        self._heading = title or ask.TITLE

    def body(self) -> Iterator[Widget]:
        """See Frame."""
        with Vertical(id="body"):
            yield Paper(self._heading, self.ask.page(), id="paper")
            with Vertical(id="prompt"):
                yield self.ask

    def start(self) -> None:
        """See Frame."""
        self.say(self.ask.waiting())
        self.set_focus(self.ask.first() or self.paper)

    def footer(self) -> Keys:
        """See Frame."""
        return [(key, self.ask.verb) if key == "F2" else (key, label) for key, label in self._all_keys()]

    def _all_keys(self) -> Keys:
        first, *rest = super().footer()
        return [first, ("F2", ""), *rest]

    def press_commit(self) -> None:
        """F2."""
        if self.unread():
            return
        try:
            answer = self.ask.commit()
        except ComplaintError as complaint:
            self.say(str(complaint))
            return
        self.committed(answer)

    def committed(self, answer: object) -> None:
        """Hand the answer on."""
        self.house.questions.answer(answer, self.ask)

    def press_back(self) -> None:
        """Esc."""
        if isinstance(self.ask, PinAsk):
            self.ask.wipe()
            self.say("The field is empty again. Type the PIN, then F2.")
        else:
            super().press_back()

    def press_enter(self) -> None:
        """Enter, where no field has the focus."""
        self.focus_next(".typing")
        self.say("Enter commits nothing. F2 does.")


class RemarkScreen(AskScreen):
    """A note, a deviation or an abort; Esc closes it and nothing is written."""

    def __init__(self, ask: Remark) -> None:
        super().__init__(ask)
        self._kind = ask.KIND
        self._remark = ask

    def footer(self) -> Keys:
        """See Frame."""
        keys: Keys = [("F1", "Help"), ("F2", self.ask.verb), ("F5", "Redraw"), ("F6", "Move"), ("Esc", "Close")]
        if isinstance(self.ask, NoteRemark):
            keys.append(("F7", "People, break"))
        return keys if isinstance(self.ask, AbortRemark) else [*keys, ("F10", "Abort")]

    def unread(self) -> bool:
        """Never: to speak up must always be possible."""
        return False

    def committed(self, answer: object) -> None:
        """See AskScreen."""
        texts = {str(name): str(text) for name, text in answer.items()} if isinstance(answer, dict) else {}
        following = self._remark.then(texts)
        self.house.close_page(self)
        if following is not None:
            self.house.push(RemarkScreen(following))
        elif self._kind == "abort":
            self.house.questions.abort(texts["reason"])
        else:
            self.house.questions.remark(texts.pop("kind", self._kind), texts)

    def press_back(self) -> None:
        """Esc."""
        self.house.close_page(self)

    def press_evidence(self) -> None:
        """F3."""
        self.say("Save this with F2 or close it with Esc first.")

    def press_leave(self) -> None:
        """F10."""
        if isinstance(self.ask, AbortRemark):
            self.say(self.ask.waiting())
        else:
            super().press_leave()

    def press_note(self) -> None:
        """F7."""
        if isinstance(self._remark, NoteRemark) and not self._remark.touched:
            self.house.close_page(self)
            self.house.open_people()
        else:
            self.press_evidence()

    press_record = press_evidence
    press_deviation = press_evidence
    press_aloud = press_evidence


class LastScreen(AskScreen):
    """A fault after which F2 leaves."""

    def press_leave(self) -> None:
        """F10."""
        self.say("F2 leaves.")

    press_note = press_leave
    press_deviation = press_leave
