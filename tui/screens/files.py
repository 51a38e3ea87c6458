"""The files of an export one by one: a list, and below it what is in the one under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.file_views import Listed
from tui.presentation import QUIET, row
from tui.widgets.frame_parts import Plain

if TYPE_CHECKING:
    from textual.app import ComposeResult

_PATH = 30
"""Columns for a path."""


class Files(ModalScreen[None]):
    """Shows what would be written."""

    CSS_PATH = "files.tcss"
    BINDINGS = [
        Binding("escape,q,f", "app.pop_screen", "close"),
        Binding("space", "more(1)", "on"),
        Binding("b", "more(-1)", "back"),
    ]

    def __init__(self, files: Sequence[Listed]) -> None:
        super().__init__()
        self._files = files

    def compose(self) -> ComposeResult:
        """The parts."""
        with Vertical(id="files") as box:
            box.border_title = Content("Files")
            box.border_subtitle = Content("↑↓: file   space b: its text   escape: close")
            yield OptionList(*(Option(self._row(one)) for one in self._files))
            with VerticalScroll(id="text"):
                yield Plain(id="content")

    def _row(self, file: Listed) -> Content:
        return row([(file.path, _PATH, "bold"), (file.purpose, max(min(self.app.size.width, 140) - _PATH - 12, 10), QUIET)])

    def on_mount(self) -> None:
        """Begin with the first file."""
        self.query_one(OptionList).highlighted = 0
        self._show(0)

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        self._show(event.option_index)

    def _show(self, index: int) -> None:
        if index < len(self._files):
            self.query_one("#content", Plain).show_text(self._files[index].content)
            self.query_one("#text").scroll_home(animate=False)

    def action_more(self, direction: int) -> None:
        """Scroll the text by a page."""
        text = self.query_one("#text")
        text.scroll_page_down(animate=False) if direction > 0 else text.scroll_page_up(animate=False)
