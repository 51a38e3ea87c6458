"""A step as a grid of cells, with the one under the cursor explained below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import VerticalScroll
from textual.content import Content

from tui.screens.step import StepScreen
from tui.widgets.cells import Cell, Cells
from tui.widgets.frame_parts import Plain

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget


class CellsScreen(StepScreen):
    """What is drawn in the cells, and said about them, is up to the step's own screen."""

    CSS_PATH = ["frame.tcss", "cells.tcss"]
    first_view = "map"

    def body(self) -> ComposeResult:
        """The widgets of this stop."""
        yield Plain(id="intro")
        yield Cells(id="cells")
        with VerticalScroll(id="asked"):
            yield Plain(id="question")

    def on_mount(self) -> None:
        """Put the cursor into the cells."""
        super().on_mount()
        self.cells.focus()

    @property
    def cells(self) -> Cells:
        """The grid on the screen."""
        return self.query_one(Cells)

    @property
    def cursor(self) -> Cell:
        """Where the cursor is."""
        return self.cells.cursor

    def main(self) -> Widget | None:
        """The cells."""
        return self.cells

    def seek(self, subject: str) -> None:
        """Put the cursor onto the cell that is about a service."""
        found = self.cells.grid.find(subject)
        if found is not None:
            self.cells.go(found)

    def told(self) -> Content:
        """What is said of the cell under the cursor."""
        return Content("")

    def draw_told(self) -> None:
        """Say it."""
        self.query_one("#question", Plain).show_text(self.told())

    @on(Cells.Moved)
    def _moved(self) -> None:
        self.draw_told()
        self.draw_pane()
