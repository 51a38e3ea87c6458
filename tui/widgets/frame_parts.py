"""The parts of the frame: the line on top, the steps, and the pane that shows what the decisions do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.messages import Laid
from tui.presentation import QUIET, bar
from tui.widgets.lines import Drawn, Lines, lines_of

if TYPE_CHECKING:
    from tui.walk import Stop


class Plain(Static):
    """A text that is never read as markup."""

    def __init__(self, content: Content | str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(content, id=id, classes=classes, markup=False)
        self._shown: Content | None = None

    def show_text(self, content: Content) -> None:
        """Draw a text, unless it is drawn already: a long one takes its time."""
        if self._shown is None or not content.is_same(self._shown):
            self._shown = content
            self.update(content)


class StepBar(Plain):
    """The stops in one line, for narrow terminals."""

    def show(self, current: str, visited: set[str], stops: Sequence[Stop]) -> None:
        """Draw them."""
        position = [stop.name for stop in stops].index(current)
        marks = ["▶" if stop.name == current else "✓" if stop.name in visited else " " for stop in stops]
        words = bar([(f"{mark}{stop.key}", stop.title) for mark, stop in zip(marks, stops, strict=True)], position, self.app.size.width)
        styles = ["bold $primary" if mark == "▶" else "" if mark == "✓" else QUIET for mark in marks]
        self.show_text(Content("").join(Content.styled(word, style) for word, style in zip(words, styles, strict=True)))


class StepList(Plain):
    """The stops below each other, for wide terminals, those that were seen ticked off."""

    def show(self, current: str, visited: set[str], idle: frozenset[str], stops: Sequence[Stop]) -> None:
        """Draw them; those in ``idle`` have nothing to decide."""
        lines = []
        for stop in stops:
            mark = "▶" if stop.name == current else "✓" if stop.name in visited else "–" if stop.name in idle else "·"
            style = "bold $primary" if stop.name == current else "" if stop.name in visited else QUIET
            lines.append(Content.styled(f"{mark} {stop.key or ' '} {stop.title}", style))
        self.show_text(Content("\n").join(lines))


class Page(VerticalScroll):
    """A text that may be longer than the screen; says so when its width changes."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._width = 0

    def on_resize(self) -> None:
        """Tell the screen that the text no longer fits."""
        if self._width != (width := self.scrollable_content_region.width):
            self._width = width
            self.post_message(Laid())

    @property
    def room(self) -> int:
        """Columns that a line has; while the text is hidden and has no width, those it had when it was seen."""
        return max(self.scrollable_content_region.width or self._width, 20)


class SidePane(Lines):
    """What the decisions do, one view of it at a time."""

    def __init__(self, views: Sequence[str], *, id: str) -> None:
        super().__init__(id=id)
        self._views = views

    def show(self, view: str, drawn: Drawn, stale: bool) -> None:
        """Draw one of the views."""
        names = [Content.styled(name.capitalize(), "bold $primary" if name == view else QUIET) for name in self._views]
        hint = "   v: next" + ("   (being worked out …)" if stale else "")
        self.set_class(view == "diff", "-diff")
        self.show_lines([Content.assemble(Content(" · ").join(names), (hint, QUIET)), Content(""), *lines_of(drawn)])
