"""Pages that scroll by whole lines, say when there is more, and know how much of them was on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from ceremony.tui.blocks import Block, Line, clip
from ceremony.tui.theme import STYLES


class Ink(Widget):
    """A widget that draws lines of styled spans, and nothing else: no markup is ever read from text."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)

    def line(self, y: int) -> Line:
        """The line at `y` of the content area; to be overridden."""
        return []

    def render_line(self, y: int) -> Strip:
        """Called by Textual for each visible line."""
        width = self.size.width
        base = self.rich_style
        segments = [Segment(text, base + STYLES[style]) for text, style in self.line(y) if text]
        return Strip(segments).adjust_cell_length(width, base)


class Note(Ink):
    """A few lines that take the height they need."""

    def __init__(self, blocks: Iterable[Block] = (), *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._blocks = list(blocks)

    def put(self, blocks: Iterable[Block]) -> None:
        """Show other blocks."""
        blocks = list(blocks)
        if blocks != self._blocks:
            self._blocks = blocks
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Called by Textual to lay the widget out."""
        return len(self._lay(width))

    def line(self, y: int) -> Line:
        """See Ink."""
        lines = self._lay(self.size.width)
        return lines[y] if y < len(lines) else []

    def _lay(self, width: int) -> list[Line]:
        return [line for block in self._blocks for line in block.lines(max(width, 1))]


class Paper(Ink, can_focus=True):
    """A titled page of blocks.

    Row 0 is the title in a rule; row 1 is the line of the `sticky` block where there is one; the last row says that
    there is more whenever there is. `seen` counts the blocks whose last line has been on the screen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "by(-1)", show=False),
        Binding("down", "by(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home", "home", show=False),
        Binding("end", "end", show=False),
    ]

    def __init__(
        self,
        title: str = "",
        blocks: Iterable[Block] = (),
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
        follow: bool = False,
        sticky: Block | None = None,
        on_seen: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(id=id)
        self._title = title
        self._blocks: list[Block] = list(blocks)
        self._follow = follow
        self._sticky = sticky
        self._on_seen = on_seen
        self._top = 0
        self._lines: list[Line] = []
        self._ends: list[int] = []
        self._laid_for = -1
        self.seen = 0

    @property
    def blocks(self) -> Sequence[Block]:
        """What is on the page."""
        return self._blocks

    @property
    def at_end(self) -> bool:
        """Whether the last line is on the screen."""
        return self._top >= self._furthest

    def put(self, blocks: Iterable[Block], title: str | None = None, *, keep: bool = False) -> None:
        """Show other blocks from their beginning (or, with `keep`, from where the page stood)."""
        self._blocks = list(blocks)
        if title is not None:
            self._title = title
        if not keep:
            self._top = 0
            self.seen = 0
        self._laid_for = -1
        self._look()

    def add(self, block: Block) -> None:
        """Append one block; a page that follows stays at its end."""
        self._blocks.append(block)
        self._laid_for = -1
        self._look()

    def title(self, text: str) -> None:
        """Change the title."""
        if text != self._title:
            self._title = text
            self.refresh()

    # -- moving ---------------------------------------------------------------------------------------------------

    def action_by(self, lines: int) -> None:
        """Move by lines."""
        self._move(self._top + lines)

    def action_page(self, direction: int) -> None:
        """Move by a screenful less two lines, so that nothing is jumped over."""
        self._move(self._top + direction * max(1, self._room - 2))

    def action_home(self) -> None:
        """To the beginning."""
        self._move(0)

    def action_end(self) -> None:
        """Further by a page at a time: the end is reached by reading, not by a jump."""
        self.action_page(1)

    def on_resize(self, event: events.Resize) -> None:
        """The width may have changed."""
        self._look()

    def on_focus(self, event: events.Focus) -> None:
        """The title shows it."""
        self.refresh()

    def on_blur(self, event: events.Blur) -> None:
        """The title shows it."""
        self.refresh()

    # -- drawing --------------------------------------------------------------------------------------------------

    @property
    def _room(self) -> int:
        return max(1, self.size.height - self._above)

    @property
    def _above(self) -> int:
        """Rows over the text: the title, and a first line that stays."""
        return 1 if self._sticky is None else 2

    @property
    def _furthest(self) -> int:
        return max(0, len(self._lines) - self._room)

    @property
    def _in_sight(self) -> bool:
        """Whether people can see this page: its screen is on top, and nothing covers it."""
        return self.app.screen is self.screen and not self.screen.has_class("-too-small")

    def _move(self, top: int) -> None:
        self._top = max(0, min(top, self._furthest))
        self.refresh()
        self.call_after_refresh(self._count_seen)  # only what was really drawn was seen

    def _look(self) -> None:
        if not self.is_mounted or self.size.width <= 0:
            return
        self._lay()
        if self._follow:
            self._top = self._furthest
        self._move(self._top)

    def _lay(self) -> None:
        width = self.size.width
        if width == self._laid_for:
            return
        self._laid_for = width
        self._lines = []
        self._ends = []
        for number in range(len(self._blocks)):
            self._lines.extend(self._lines_of(number, width))
            self._ends.append(len(self._lines))

    def _lines_of(self, number: int, width: int) -> list[Line]:
        return self._blocks[number].lines(width)

    def _count_seen(self) -> None:
        if not self.is_mounted or not self._ends or not self.display or self.size.height < 2 or not self._in_sight:
            return
        shown = self._top + self._room - (0 if self.at_end else 1)
        seen = sum(1 for end in self._ends if end <= shown)
        if seen > self.seen:
            self.seen = seen
            if self._on_seen is not None:
                self._on_seen()

    def line(self, y: int) -> Line:
        """See Ink."""
        self._lay()
        if y == 0:
            return self._title_line()
        if self._sticky is not None and y == 1:
            return self._sticky.lines(self.size.width)[0]
        if y == self._above + self._room - 1 and not self.at_end:
            left = len(self._lines) - self._top - self._room + 1
            return [(f" ▼ more below: {left} lines. PgDn ".ljust(self.size.width), "more")]
        at = self._top + y - self._above
        return self._lines[at] if at < len(self._lines) else []

    def _title_line(self) -> Line:
        width = self.size.width
        mark = "> " if self.has_focus else ""
        above = " ▲ PgUp" if self._top else ""
        title = clip(self._title, width - len(mark) - len(above) - 6)
        rule = max(0, width - 4 - len(mark) - len(title) - len(above))
        style = "focus" if self.has_focus else "title"
        return [("── ", "rule"), (f"{mark}{title}", style), (above, "focus"), (" " + "─" * rule, "rule")]


class Menu(Paper):
    """A page on which one block is pointed at by `>`; Up and Down move the pointer. Enter commits nothing here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "point(-1)", show=False),
        Binding("down", "point(1)", show=False),
    ]

    def __init__(
        self,
        title: str = "",
        blocks: Iterable[Block] = (),
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
        on_point: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__(title, blocks, id=id)
        self.pointed = 0
        self._on_point = on_point

    def action_point(self, by: int) -> None:
        """Move the pointer."""
        self.point(self.pointed + by)
        if self._on_point is not None:
            self._on_point(self.pointed)

    def point(self, at: int) -> None:
        """Point at a block and bring it onto the screen."""
        if not self._blocks:
            return
        self.pointed = max(0, min(at, len(self._blocks) - 1))
        self._laid_for = -1
        if not self.is_mounted or self.size.width <= 0:
            return
        self._lay()
        start = self._ends[self.pointed - 1] if self.pointed else 0
        end = self._ends[self.pointed]
        if end > self._top + self._room - 1:
            self._top = end - self._room + 1
        self._top = min(self._top, start)
        self._move(self._top)

    def _look(self) -> None:
        super()._look()
        self.point(self.pointed)

    def _lines_of(self, number: int, width: int) -> list[Line]:
        here = number == self.pointed
        lines = self._blocks[number].lines(max(1, width - 2))
        if not here:
            return [[("  ", ""), *line] for line in lines]
        return [[("> " if row == 0 else "  ", "focus"), *_lit(line, width - 2)] for row, line in enumerate(lines)]


def _lit(line: Line, width: int) -> Line:
    """The pointed line, in reverse, to the full width."""
    text = "".join(span for span, _ in line)
    return [(text.ljust(width), "cursor")]
