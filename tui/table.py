"""A table whose rows are seen as far as they fit: one row under the cursor, the columns as wide as what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual.content import Content

from batten.report.terminal import plain
from tui.presentation import QUIET, row
from tui.widgets.cells import Cell

if TYPE_CHECKING:
    from textual.geometry import Size

_HEAD = 1
"""Lines above the rows."""
_GAP = 2


class Column(NamedTuple):
    """A column with its title."""

    title: str
    most: int
    """How wide it may become."""


class Line(NamedTuple):
    """A row of the table."""

    key: object
    """What it is about."""
    cells: tuple[tuple[str, str], ...]
    """Text and style of each column."""


@dataclass(frozen=True, eq=False)
class Table:
    """Rows in an order; the last column gets the room that is left."""

    columns: Sequence[Column]
    lines: Sequence[Line]

    @property
    def extent(self) -> Cell:
        """As many rows as there are lines; a row is one cell."""
        return Cell(len(self.lines), 1)

    def line(self, cell: Cell) -> Line | None:
        """The row of a cell; None where there is none."""
        return self.lines[cell.row] if cell.row < len(self.lines) else None

    def nearest(self, cell: Cell) -> Cell:
        """The row itself, or the last one."""
        return Cell(min(max(cell.row, 0), max(len(self.lines) - 1, 0)), 0)

    def moved(self, cell: Cell, down: int, right: int) -> Cell:
        """Up and down."""
        return self.nearest(Cell(cell.row + down, 0))

    def key(self, cell: Cell) -> object:
        """What the row is about."""
        found = self.line(cell)
        return found.key if found is not None else None

    def find(self, key: object) -> Cell | None:
        """The row that is about this."""
        return next((Cell(index, 0) for index, one in enumerate(self.lines) if one.key == key), None)

    def window(self, size: Size) -> Cell:
        """As many rows as fit below the titles; the last line says how many there are beyond, where there are."""
        rows = max(size.height - _HEAD, 1)
        return Cell(rows if len(self.lines) <= rows else max(rows - 1, 1), 1)

    def draw(self, cursor: Cell, first: Cell, size: Size) -> list[Content]:
        """The rows that fit."""
        if not self.columns:
            return []
        widths, seen = self._fitting(size.width - 2), self.window(size).row
        titles = row([(column.title, width, QUIET) for column, width in zip(self.columns, widths, strict=True)])
        lines = [Content.assemble(" ", titles)]
        lines += [self._drawn(index, index == cursor.row, widths) for index in range(first.row, min(first.row + seen, len(self.lines)))]
        beyond = len(self.lines) - first.row - seen
        if len(self.lines) > seen:
            marks = [f"↑{first.row}" if first.row else "", f"↓{beyond}" if beyond > 0 else ""]
            lines.append(Content.styled(" " + " ".join(filter(None, marks)), QUIET))
        return lines

    def at(self, x: int, y: int, first: Cell, size: Size) -> Cell | None:
        """The row at a point; None above them."""
        return Cell(y - _HEAD + first.row, 0) if y >= _HEAD else None

    def _drawn(self, index: int, lit: bool, widths: Sequence[int]) -> Content:
        cells = [(text, width, f"{style} bold" if lit else style) for (text, style), width in zip(self.lines[index].cells, widths, strict=True)]
        return Content.assemble(("▸" if lit else " ", "bold"), row(cells))

    @cached_property
    def _widths(self) -> list[int]:
        """What each column would like to have."""
        texts = [[column.title, *(one.cells[index][0] for one in self.lines)] for index, column in enumerate(self.columns)]
        return [min(max(cell_len(plain(text)) for text in found), column.most) for found, column in zip(texts, self.columns, strict=True)]

    def _fitting(self, room: int) -> list[int]:
        """The widths in a room: the widest columns give first, the last one takes what is left."""
        widths = list(self._widths)
        while sum(widths) + _GAP * (len(widths) - 1) > room and max(widths) > 1:
            widths[widths.index(max(widths))] -= 1
        widths[-1] += max(room - sum(widths) - _GAP * (len(widths) - 1), 0)
        return widths
