"""A grid of cells with a cursor that arrows, letters and the mouse move; what stands in the cells is drawn elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from textual.binding import Binding
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from tui.messages import Laid

if TYPE_CHECKING:
    from textual.content import Content
    from textual.events import MouseDown, MouseScrollDown, MouseScrollUp, MouseUp
    from textual.geometry import Size


class Cell(NamedTuple):
    """A place in a grid, counted from 0."""

    row: int
    column: int


class Grid(Protocol):
    """What is drawn: a function of the cursor, the first cell that is seen, and the room."""

    @property
    def extent(self) -> Cell:
        """How many rows and columns there are."""

    def nearest(self, cell: Cell) -> Cell:
        """The cell that there is, next to one that there may not be."""

    def moved(self, cell: Cell, down: int, right: int) -> Cell:
        """Where an arrow leads from a cell."""

    def key(self, cell: Cell) -> object:
        """What a cell is about."""

    def find(self, key: object) -> Cell | None:
        """Where the cell is that is about this; None where there is none."""

    def window(self, size: Size) -> Cell:
        """How many rows and columns are seen at once, one at least of each."""

    def draw(self, cursor: Cell, first: Cell, size: Size) -> Sequence[Content]:
        """The picture, line by line."""

    def at(self, x: int, y: int, first: Cell, size: Size) -> Cell | None:
        """The cell that is drawn at a point, which may be below the last of its column; None beside the cells."""


class Nothing:
    """A grid before there is anything to draw."""

    extent = Cell(0, 0)

    def nearest(self, cell: Cell) -> Cell:
        """Always the first."""
        return Cell(0, 0)

    def moved(self, cell: Cell, down: int, right: int) -> Cell:
        """Nowhere."""
        return cell

    def key(self, cell: Cell) -> object:
        """About nothing."""
        return None

    def find(self, key: object) -> Cell | None:
        """Not there."""
        return None

    def window(self, size: Size) -> Cell:
        """One cell."""
        return Cell(1, 1)

    def draw(self, cursor: Cell, first: Cell, size: Size) -> Sequence[Content]:
        """An empty picture."""
        return ()

    def at(self, x: int, y: int, first: Cell, size: Size) -> Cell | None:
        """Nowhere."""
        return None


class Cells(Widget, can_focus=True):
    """Holds the cursor, and the part of the grid that is seen; the cursor stays on what it is about when the grid changes."""

    ALLOW_SELECT = False
    BINDINGS = [
        Binding("up,k", "move(-1, 0)", "up", show=False, tooltip="A row up"),
        Binding("down,j", "move(1, 0)", "down", show=False, tooltip="A row down"),
        Binding("left,h", "move(0, -1)", "left", show=False, tooltip="A column to the left"),
        Binding("right,l", "move(0, 1)", "right", show=False, tooltip="A column to the right"),
        Binding("pageup", "page(-1)", "page up", show=False, tooltip="As many rows up as are seen"),
        Binding("pagedown", "page(1)", "page down", show=False, tooltip="As many rows down as are seen"),
        Binding("home", "to(0, 0)", "first", show=False, tooltip="To the first"),
    ]

    @dataclass
    class Moved(Message):
        """The cursor is on another cell."""

        cell: Cell

    @dataclass
    class Chosen(Message):
        """The cell under the cursor was clicked once more."""

        cell: Cell

    @dataclass
    class Dropped(Message):
        """The mouse took a cell to another place."""

        cell: Cell
        onto: Cell
        """Where it was let go; there may be no cell there."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.grid: Grid = Nothing()
        self.cursor = self._first = Cell(0, 0)
        self._lines: Sequence[Content] = ()
        self._strips: dict[int, Strip] = {}
        """What was drawn of the lines."""
        self._pressed: tuple[Cell, bool] | None = None

    def on_resize(self) -> None:
        """Tell the screen that there is other room."""
        self._follow()
        self._strips.clear()
        self._draw()
        self.post_message(Laid())

    def notify_style_update(self) -> None:
        """Draw anew in other colours."""
        super().notify_style_update()
        self._strips.clear()

    def _draw(self) -> None:
        """Draw the part of the grid around the cursor; only lines that are others than before are drawn anew."""
        before, self._lines = self._lines, self.grid.draw(self.cursor, self._first, self.size)
        same = {number for number, (old, new) in enumerate(zip(before, self._lines, strict=False)) if old is new or old.is_same(new)}
        changed = [number for number in range(max(len(before), len(self._lines))) if number not in same]
        for number in changed:
            self._strips.pop(number, None)
        self.refresh(*(Region(0, number, self.size.width, 1) for number in changed))

    def render_line(self, y: int) -> Strip:
        """A line of the grid."""
        if y >= len(self._lines):
            return Strip.blank(self.size.width, self.visual_style.rich_style)
        if y not in self._strips:
            self._strips[y] = Visual.to_strips(self, self._lines[y], self.size.width, 1, self.visual_style, apply_selection=False, pad=True)[0]
        return self._strips[y]

    def show(self, grid: Grid) -> None:
        """Draw a grid, the cursor on what it was about."""
        found = grid.find(self.grid.key(self.cursor))
        self.grid = grid
        self.cursor = grid.nearest(found or self.cursor)
        self._follow()
        self._draw()

    def go(self, cell: Cell) -> None:
        """Put the cursor onto a cell, or the one next to it that there is."""
        cell = self.grid.nearest(cell)
        if cell != self.cursor:
            self.cursor = cell
            self._follow()
            self._draw()
            self.post_message(self.Moved(cell))

    def _follow(self) -> None:
        """Scroll no more than it takes to see the cursor."""
        seen, extent = self.grid.window(self.size), self.grid.extent
        row = _scrolled(self._first.row, self.cursor.row, seen.row, extent.row)
        self._first = Cell(row, _scrolled(self._first.column, self.cursor.column, seen.column, extent.column))

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor."""
        self.go(self.grid.moved(self.cursor, down, right))

    def action_page(self, direction: int) -> None:
        """Move the cursor by as many rows as are seen."""
        self.action_move(direction * self.grid.window(self.size).row, 0)

    def action_to(self, row: int, column: int) -> None:
        """Put the cursor onto a cell."""
        self.go(Cell(row, column))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """A row down."""
        event.stop()
        self.action_move(1, 0)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """A row up."""
        event.stop()
        self.action_move(-1, 0)

    def on_mouse_down(self, event: MouseDown) -> None:
        """Put the cursor where the mouse is."""
        cell = self._under(event.x, event.y)
        if cell is not None and self.grid.nearest(cell) == cell:
            self._pressed = (cell, cell == self.cursor)
            self.go(cell)

    def on_mouse_up(self, event: MouseUp) -> None:
        """Take a cell to where the mouse is let go; on the same cell, choose it if the cursor was on it before."""
        pressed, self._pressed = self._pressed, None
        onto = self._under(event.x, event.y)
        if pressed is None or onto is None:
            return
        cell, again = pressed
        if onto != cell:
            self.post_message(self.Dropped(cell, onto))
        elif again:
            self.post_message(self.Chosen(cell))

    def _under(self, x: int, y: int) -> Cell | None:
        return self.grid.at(x, y, self._first, self.size)


def _scrolled(first: int, cursor: int, seen: int, count: int) -> int:
    """What is seen first, so that the cursor is seen and no room is left empty that there are cells for."""
    return max(min(max(first, cursor - seen + 1), cursor, count - seen), 0)
