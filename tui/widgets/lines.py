"""A text of any length, of which only the lines that are seen are drawn: the difference of a large project has tens of thousands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from tui.messages import Laid

if TYPE_CHECKING:
    from textual.selection import Selection

Drawn: TypeAlias = Content | Sequence[Content]
"""A text, or its lines where it may be long."""


def lines_of(drawn: Drawn) -> Sequence[Content]:
    """The lines of a text."""
    return drawn.split("\n", allow_blank=True) if isinstance(drawn, Content) else drawn


class Lines(ScrollView, can_focus=True):
    """Shows lines, longer ones in several rows; says so when its width changes."""

    BINDINGS = ScrollView.BINDINGS

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines: Sequence[Content] = ()
        self._starts: list[int] = [0]
        """The first row of each line, and the number of rows."""
        self._drawn: dict[int, list[Strip]] = {}
        """Rows of lines that were seen."""
        self._width = 0

    def on_resize(self) -> None:
        """Tell the screen that the text no longer fits."""
        if self._width != (width := self.scrollable_content_region.width):
            self._width = width
            self._lay()
            self.post_message(Laid())

    def notify_style_update(self) -> None:
        """Draw anew in other colours."""
        super().notify_style_update()
        self._drawn.clear()

    @property
    def room(self) -> int:
        """Columns that a line has; while the text is hidden and has no width, those it had when it was seen."""
        return max(self.scrollable_content_region.width or self._width, 20)

    def show_lines(self, lines: Sequence[Content]) -> None:
        """Show other lines, unless they are the same; what is scrolled to stays."""
        if lines is self._lines or (
            len(lines) == len(self._lines) and all(one is other or one.is_same(other) for one, other in zip(lines, self._lines, strict=True))
        ):
            return
        self._lines = lines
        self._lay()

    def _lay(self) -> None:
        """Find out how many rows each line takes."""
        width, rules = self.room, self.styles.get_rules()
        heights = (1 if cell_len(line.plain) <= width else line.get_height(rules, width) for line in self._lines)
        self._starts = list(accumulate(heights, initial=0))
        self._drawn.clear()
        self.virtual_size = Size(width, self._starts[-1])
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A row of what is seen."""
        row = y + self.scroll_offset.y
        line = bisect_right(self._starts, row) - 1
        if not 0 <= line < len(self._lines):
            return Strip.blank(self.size.width, self.visual_style.rich_style)
        if line not in self._drawn or self.text_selection is not None:
            self._drawn[line] = Visual.to_strips(self, self._lines[line], self.room, None, self.visual_style, apply_selection=False, pad=True)
        strips, within = self._drawn[line], row - self._starts[line]
        strip = strips[within] if within < len(strips) else Strip.blank(self.room, self.visual_style.rich_style)
        return self._selected(strip, row).apply_offsets(0, row)

    def _selected(self, strip: Strip, row: int) -> Strip:
        """A row with what the mouse has selected of it."""
        selection = self.text_selection
        span = selection.get_span(row) if selection is not None else None
        if span is None:
            return strip
        start, end = span[0], self.room if span[1] == -1 else span[1]
        before, inside, after = strip.divide([start, end, strip.cell_length])
        return Strip.join([before, inside.apply_style(self.screen.get_component_rich_style("screen--selection")), after])

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw what is selected."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str]:
        """The text that is selected."""
        rows = [row.plain for line in self._lines for row in (line.wrap(self.room) if cell_len(line.plain) > self.room else [line])]
        return selection.extract("\n".join(rows)), "\n"
