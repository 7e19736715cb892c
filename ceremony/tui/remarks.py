"""What people may say at any time: a small form, a note, and that the ceremony is to end."""

from __future__ import annotations

from collections.abc import Iterator

from textual.widget import Widget

from ceremony.engine.notices import StepView
from ceremony.tui.asks import Ask, ComplaintError
from ceremony.tui.blocks import Block, Para
from ceremony.tui.fields import FieldRow, TextField

Fields = tuple[tuple[str, str, str], ...]
"""Of each field its name, label and hint."""


class Remark(Ask):
    """A small form that Esc closes without a trace."""

    KIND = ""
    FIELDS: Fields = ()
    VERB = "Save"

    MAY_BE_EMPTY: tuple[str, ...] = ()
    """Names of fields in which nothing need be written."""

    def __init__(self, step: StepView | None, fields: Fields | None = None, **written: str) -> None:
        super().__init__(step)
        fields = self.FIELDS if fields is None else fields
        self._fields = {
            name: TextField(written.get(name, ""), id=f"remark-{name.replace('.', '_')}") for name, _, _ in fields
        }
        self._rows = {name: FieldRow(label, self._fields[name], hint=hint) for name, label, hint in fields}

    @property
    def touched(self) -> bool:
        """Whether something is written in a field."""
        return any(field.value for field in self._fields.values())

    def then(self, texts: dict[str, str]) -> Remark | None:
        """The next page of the same remark, where there is one after what was written here."""
        return None

    def parts(self) -> Iterator[Widget]:
        """See Ask."""
        yield from self._rows.values()

    def first(self) -> Widget | None:
        """See Ask."""
        return next(iter(self._fields.values()))

    def waiting(self) -> str:
        """See Ask."""
        return "F2 saves it to the record. Esc closes this and writes nothing."

    def commit(self) -> dict[str, str]:
        """See Ask."""
        texts = {name: field.value.strip() for name, field in self._fields.items()}
        missing = [name for name, text in texts.items() if not text and name not in self.MAY_BE_EMPTY]
        for name, row in self._rows.items():
            row.complain("Nothing is written here yet." if name in missing else "")
        if missing:
            self._fields[missing[0]].screen.set_focus(self._fields[missing[0]])
            raise ComplaintError("Nothing was saved: a field is empty.")
        return texts


class NoteRemark(Remark):
    """Free text for the record."""

    KIND = "note"
    TITLE = "A note for the record"
    HELP = "A note is any fact that should be remembered. Who leaves and comes back is said on the page behind F7."
    FIELDS = (("text", "Note", ""),)

    def page(self) -> list[Block]:
        """See Ask."""
        return [
            Para("What is written here goes into the record as it stands, with the time and the step."),
            Para("F7 once more: somebody leaves, is back or comes in; a break."),
        ]


class AbortRemark(Remark):
    """The ceremony is to end now."""

    KIND = "abort"
    TITLE = "Abort the ceremony"
    VERB = "Abort"
    WORD = "ABORT"
    HELP = "The token is logged out and the record says who stopped and why. Keys that exist stay in the token."
    FIELDS = (
        ("reason", "Reason, and who decided", ""),
        ("word", f"To end the ceremony type {WORD}", ""),
    )

    def page(self) -> list[Block]:
        """See Ask."""
        return [
            Para("The ceremony ends in good order: the token is logged out and the record says why.", "strong"),
            Para("What was made before stays as it is. An aborted ceremony is not taken up again."),
            Para("Esc closes this page; the ceremony then goes on."),
        ]

    def waiting(self) -> str:
        """See Ask."""
        return f"Reason, then {self.WORD}, then F2. Esc: go on with the ceremony."

    def commit(self) -> dict[str, str]:
        """See Ask."""
        texts = super().commit()
        if self._fields["word"].value != self.WORD:
            text = f"Nothing was done. Type exactly {self.WORD}, then F2."
            self._rows["word"].complain(text)
            self._fields["word"].screen.set_focus(self._fields["word"])
            raise ComplaintError(text)
        return texts
