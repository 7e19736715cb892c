"""What only the person named may give: approval of exactly these bytes, and a PIN."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from ceremony.engine.questions import ApprovalRequest, Form, SecretRequest
from ceremony.tui.asks import Ask, ComplaintError, FormAsk, Given, not_the_word
from ceremony.tui.bars import waiting_for
from ceremony.tui.blocks import Block, Gap, NumberedWords, Para, digest_blocks
from ceremony.tui.fields import FieldRow, PinField, TextField


class ApproveAsk(Ask):
    """Approval of exactly these bytes, by typing a word."""

    VERB = "Commit"
    TITLE = "Approval to sign"
    HELP = (
        "The digest on this screen names exactly the bytes that were reviewed. Read its words aloud and compare them "
        "with what others wrote down. Tab goes to the field."
    )
    SIGN = "SIGN"
    REFUSE = "REFUSE"

    def __init__(self, request: ApprovalRequest) -> None:
        super().__init__(request.step)
        if request.word != self.SIGN:
            self.TITLE = "Approval of what befalls a key"
        self._request = request
        self._field = TextField(id="word")
        self._row = FieldRow(f"{request.person} types {request.word}", self._field, hint=f"or {self.REFUSE}")

    def page(self) -> list[Block]:
        """See Ask."""
        request = self._request
        return [
            Para(request.what, "label"),
            Para(request.statement, "strong"),  # no gap: it all fits into 24 lines then, also where words are long
            *digest_blocks("SHA-256", request.digest, request.digest_words, column=12),
            Gap(),
            Para(f"To say this: Tab, type {request.word}, F2. To refuse: Tab, type {self.REFUSE}, F2."),
        ]

    def parts(self) -> Iterator[Widget]:
        """See Ask."""
        yield self._row

    def waiting(self) -> str:
        """See Ask."""
        return waiting_for(self._request.person, f"Tab, {self._request.word} or {self.REFUSE}, F2")

    def commit(self) -> object:
        """See Ask."""
        if self._field.value == self._request.word:
            return True
        if self._field.value == self.REFUSE:
            return False
        raise ComplaintError(not_the_word(self._row, self._field, self._request.word, self.REFUSE))

    def given(self, answer: object) -> Given:
        """See Ask."""
        return [(self._request.person, f"{'approved' if answer else 'refused'} {self._request.digest}")]

    def aloud(self) -> str:
        """See Ask."""
        return f"{self._request.statement}\n{' '.join(self._request.digest_words)}"


class ReadBackAsk(FormAsk):
    """Some words of a digest, found by their numbers among all of them."""

    VERB = "Save"
    TITLE = "Read-back of the digest"
    HELP = (
        "Everybody who approves reads other words of the digest back. Find each number in the table, read its word "
        "aloud, and type it; blanks part the words. Capitals make no difference."
    )

    def __init__(self, request: Form) -> None:
        super().__init__(request)
        self._form = request

    def page(self) -> list[Block]:
        """See Ask."""
        form = self._form
        return [
            Para(form.title, "strong"),
            Para(form.text),
            Gap(),
            NumberedWords(form.digest_words),
        ]

    def waiting(self) -> str:
        """See Ask."""
        count = len(self._form.blanks)
        return waiting_for(self._form.step.actor, f"{count} field{'s' if count > 1 else ''} to fill in, then F2")

    def aloud(self) -> str:
        """See Ask."""
        return f"{self._form.title}\n" + "\n".join(blank.label for blank in self._form.blanks)


class PinAsk(Ask):
    """A PIN, once or twice. What is typed stays in the fields until F2, and is wiped there."""

    VERB = "Enter"
    TITLE = "PIN"
    HELP = (
        "Only the person named types, and nobody looks. The stars never show how long the PIN is. Esc empties the "
        "field. Paste and clipboard are off."
    )

    def __init__(self, request: SecretRequest) -> None:
        super().__init__(request.step)
        self._request = request
        self._fields = [PinField(id="pin-0")] + ([PinField(id="pin-1")] if request.again else [])
        self._rows = [
            FieldRow(("PIN", "The same PIN once more")[number], field) for number, field in enumerate(self._fields)
        ]

    def page(self) -> list[Block]:
        """See Ask."""
        request = self._request
        blocks: list[Block] = [Para(f"{request.person} types.", "label"), Para(request.prompt, "strong"), Gap()]
        if request.step.before and request.step.text:
            blocks += [Para(request.step.text), Gap()]
        if request.warning:
            blocks += [Para(request.warning, "warn", lead="! "), Gap()]
        blocks.append(Para(f"It has {request.minimum} to {request.maximum} characters. Its length is not shown."))
        if request.again:
            blocks.append(Para("It is new: type it twice. Enter goes to the second field."))
        blocks.append(Para("Then F2. Esc empties what was typed."))
        return blocks

    def parts(self) -> Iterator[Widget]:
        """See Ask."""
        yield from self._rows

    def waiting(self) -> str:
        """See Ask."""
        return waiting_for(self._request.person, "type the PIN, then F2")

    def first(self) -> Widget | None:
        """See Ask."""
        return self._fields[0]

    def wipe(self) -> None:
        """Overwrite and empty what was typed."""
        for field in self._fields:
            field.wipe()
        self._fields[0].screen.set_focus(self._fields[0])

    def on_unmount(self) -> None:
        """Called by Textual when the screen goes."""
        for field in self._fields:
            field.wipe()

    def commit(self) -> object:
        """See Ask."""
        low, high = self._request.minimum, self._request.maximum
        if not all(low <= len(field) <= high for field in self._fields):
            self._refuse(f"A PIN has {low} to {high} characters. Type it again.")
        first, *others = (field.take() for field in self._fields)
        agree = all(first.matches(other) for other in others)
        for other in others:
            other.wipe()
        if not agree:
            first.wipe()
            self._refuse("The two entries differ. Type both again.")
        return first

    def _refuse(self, text: str) -> None:
        self.wipe()
        self._rows[0].complain(text)
        raise ComplaintError(text)

    def given(self, answer: object) -> Given:
        """See Ask."""
        return [(self._request.person, "typed a PIN (it is not recorded)")]

    def aloud(self) -> str:
        """See Ask."""
        request = self._request
        return f"{request.prompt}\n{request.step.text}" if request.step.before else request.prompt
