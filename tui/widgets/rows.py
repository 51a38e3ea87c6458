"""A list of rows that are drawn to its width."""

from __future__ import annotations

from textual.binding import Binding
from textual.widgets import OptionList

from tui.messages import Laid


class Rows(OptionList):
    """Tells the screen when its width changes, so that the rows can be drawn anew."""

    BINDINGS = [
        Binding("j", "cursor_down", "down", show=False),
        Binding("k", "cursor_up", "up", show=False),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._width = 0

    def on_resize(self) -> None:
        """Tell the screen that the rows no longer fit."""
        if self._width != self.room:
            self._width = self.room
            self.post_message(Laid())

    @property
    def room(self) -> int:
        """Columns that a row has."""
        return max(self.scrollable_content_region.width - 2, 40)
