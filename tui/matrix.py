"""The matrix of who may call whom: callers are rows, the called are columns, in words where there is room and in numbers where there is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from batten.model import Zone
from batten.report.terminal import plain
from tui.presentation import QUIET, fitted
from tui.widgets.cells import Cell

if TYPE_CHECKING:
    from textual.geometry import Size

Pair = tuple[str, str]
"""Who calls, and who is called."""

_NAMED = (11, 7)
"""How wide a column with a name in its head is at most, and at least."""
_HEAD = 22
"""How wide the names of the rows may be."""


class Mark(Protocol):
    """What stands in a cell."""

    @property
    def mark(self) -> str:
        """One column wide."""

    @property
    def style(self) -> str:
        """How it is drawn."""

    @property
    def meaning(self) -> str:
        """In a few words; empty where nobody asks."""


class State(Enum):
    """What is known of a pair and decided about it: its mark, its style, and what it means."""

    NEEDED = ("✓", "$text-success", "needed")
    UNMET = ("!", "bold $text-error", "cut off")
    ASKED = ("?", "bold $text-warning", "assumed")
    CUT = ("×", "bold", "taken away")
    SPARE = ("+", "$text-error", "open")
    BACK = ("‹", QUIET, "way back")
    CLOSED = ("·", QUIET, "closed")
    SELF = ("╲", QUIET, "")

    def __init__(self, mark: str, style: str, meaning: str) -> None:
        self.mark, self.style, self.meaning = mark, style, meaning


def legend(marks: Iterable[Mark] = State) -> Content:
    """Every mark with its meaning, in a line."""
    known = [state for state in marks if state.meaning]
    return Content("  ").join(Content.assemble((state.mark, state.style), (f" {state.meaning}", QUIET)) for state in known)


class _Shape(NamedTuple):
    """How a matrix is drawn in a room; its last column is left to the sign that there is more."""

    head: int
    """Columns that the names of the rows take, with the gap behind them."""
    width: int
    """Columns that a cell takes."""
    top: int
    """Lines above the cells."""
    named: bool
    """Whether columns have names; numbers otherwise, and the rows too."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """Services in an order; behind them zones: as rows those that only call, as columns those that are only called."""

    services: tuple[str, ...]
    states: Mapping[Pair, Mark]
    """Of the pairs that something is known of beforehand."""
    callers: tuple[str, ...] = ()
    called: tuple[str, ...] = (Zone.INTERNET.value,)
    rest: Callable[[Pair], Mark] = lambda pair: State.CLOSED
    """What is known of the others, asked when one of them is drawn."""
    _quiet: dict[tuple[_Shape, range], dict[int, Content]] = field(default_factory=dict)
    """Rows without the cursor, for the columns that are seen."""

    @cached_property
    def rows(self) -> tuple[str, ...]:
        """Who calls."""
        return (*self.services, *self.callers)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Who is called."""
        return (*self.services, *self.called)

    @property
    def extent(self) -> Cell:
        """A row for each caller, a column for each that is called."""
        return Cell(len(self.rows), len(self.columns))

    def pair(self, cell: Cell) -> Pair | None:
        """Who calls whom in a cell; None where there is no service."""
        return (self.rows[cell.row], self.columns[cell.column]) if self.services else None

    def state(self, pair: Pair) -> Mark:
        """What is known of a pair."""
        return State.SELF if pair[0] == pair[1] else self.states.get(pair) or self.rest(pair)

    def asked(self) -> list[Cell]:
        """The cells that ask, and those that did, row by row."""
        return self.marked(State.ASKED, State.CUT)

    def marked(self, *marks: Mark) -> list[Cell]:
        """The cells with one of these marks, row by row."""
        rows, columns = ({name: index for index, name in enumerate(names)} for names in (self.rows, self.columns))
        return sorted(Cell(rows[one], columns[other]) for (one, other), state in self.states.items() if state in marks)

    def nearest(self, cell: Cell) -> Cell:
        """The cell itself, or the one at the border."""
        return Cell(min(max(cell.row, 0), max(len(self.rows) - 1, 0)), min(max(cell.column, 0), max(len(self.columns) - 1, 0)))

    def moved(self, cell: Cell, down: int, right: int) -> Cell:
        """A cell on in each direction."""
        return self.nearest(Cell(cell.row + down, cell.column + right))

    def key(self, cell: Cell) -> object:
        """The pair."""
        return self.pair(cell)

    def find(self, key: object) -> Cell | None:
        """Where a pair is."""
        match key:
            case (str(source), str(target)) if source in self.rows and target in self.columns:
                return Cell(self.rows.index(source), self.columns.index(target))
        return None

    def window(self, size: Size) -> Cell:
        """How many rows and columns fit."""
        shape = self._shape(size)
        return Cell(max(size.height - shape.top, 1), max((size.width - shape.head - 1) // shape.width, 1))

    def draw(self, cursor: Cell, first: Cell, size: Size) -> list[Content]:
        """The part of the matrix that fits, from a cell on; with a word on what is beyond."""
        if not self.services:
            return []
        shape, seen = self._shape(size), self.window(size)
        columns = range(first.column, min(first.column + seen.column, len(self.columns)))
        rows = range(first.row, min(first.row + seen.row, len(self.rows)))
        return [*self._heads(shape, columns, cursor), *(self._row(shape, row, columns, cursor) for row in rows)]

    def at(self, x: int, y: int, first: Cell, size: Size) -> Cell | None:
        """The cell at a point; None in the heads."""
        shape = self._shape(size)
        if x < shape.head or y < shape.top:
            return None
        return Cell(y - shape.top + first.row, (x - shape.head) // shape.width + first.column)

    @cached_property
    def _widths(self) -> tuple[int, int]:
        """How wide the widest names of the rows and of the columns are."""
        return max(map(cell_len, self.rows), default=0), max(map(cell_len, self.columns), default=0)

    def _shape(self, size: Size) -> _Shape:
        """Names where at least half of the columns fit beside each other with them, numbers otherwise."""
        count, (widest, longest) = max(len(self.columns), 1), self._widths
        head = min(widest, _HEAD, size.width // 4) + 2
        room = size.width - head - 1
        width = max(min(room // count, longest + 1, _NAMED[0]), _NAMED[1])
        if room // width * 2 >= count:
            return _Shape(head, width, 1, True)
        digits = len(str(count))
        return _Shape(head + digits + 1, max(min((room - digits - 1) // count, 3), 1), digits, False)

    def _heads(self, shape: _Shape, columns: range, cursor: Cell) -> Iterator[Content]:
        """Names, or numbers written downwards; dots where there are more columns."""
        for line in range(shape.top):
            corner = f"{'calls →':>{shape.head - 2}}" if shape.named else " ".join(["calls →", *(f"@ {name}" for name in self.called)]) if line == 0 else ""
            cells = [(self._title(shape, column, line), shape.width, column == cursor.column) for column in columns]
            before, beyond = "…" if columns.start else " ", "…" if columns.stop < len(self.columns) else ""
            yield Content.assemble(fitted(corner, shape.head - 1), before, *_spaced(cells), beyond)

    def _title(self, shape: _Shape, column: int, line: int) -> str:
        """A line of the head of a column; a zone, which is no row, has no number but an @."""
        out = column >= len(self.services)
        if not shape.named:
            return ("@" if out else str(column + 1)).rjust(shape.top)[line]
        return "net" if out and self.columns[column] == Zone.INTERNET and shape.width <= len(Zone.INTERNET) else short(self.columns[column], shape.width - 1)

    def _row(self, shape: _Shape, row: int, columns: range, cursor: Cell) -> Content:
        """A row; drawn once for those that the cursor is not in."""
        if row == cursor.row:
            return self._drawn(shape, row, columns, cursor)
        if (shape, columns) not in self._quiet:
            self._quiet.clear()
        rows = self._quiet.setdefault((shape, columns), {})
        if row not in rows:
            rows[row] = self._drawn(shape, row, columns, cursor)
        return rows[row]

    def _drawn(self, shape: _Shape, row: int, columns: range, cursor: Cell) -> Content:
        lit = row == cursor.row
        number = "" if shape.named else f"{row + 1 if row < len(self.services) else '@':>{shape.top}} "
        name = fitted(self.rows[row], shape.head - len(number) - 2)
        parts = [(f"{'▸' if lit else ' '}{number}{name} ", "bold" if lit else ""), *(self._cell(shape, Cell(row, column), cursor) for column in columns)]
        return Content.assemble(*_merged(parts))

    def _cell(self, shape: _Shape, cell: Cell, cursor: Cell) -> tuple[str, str]:
        """The mark; the one under the cursor in brackets where there is room for them."""
        state, lit = self.state((self.rows[cell.row], self.columns[cell.column])), cell == cursor
        mark = (f"[{state.mark}]" if lit else f" {state.mark} ") if shape.named else state.mark
        return mark.ljust(shape.width), f"{state.style} reverse" if lit else state.style


def _merged(parts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Neighbours of one style as one: what is drawn takes time for each."""
    for style, run in groupby(parts, key=itemgetter(1)):
        yield "".join(text for text, _ in run), style


@lru_cache(maxsize=1024)
def short(name: str, width: int) -> str:
    """A name in at most ``width`` columns, its longest parts shortened first: names that belong together differ in the short ones."""
    shown = plain(name)
    parts = [part[:width] for part in re.split(r"[-_.]", shown)]
    if cell_len(shown) > width:
        shown = "-".join(parts)
    while cell_len(shown) > width and max(map(len, parts)) > 1:
        longest = max(range(len(parts)), key=lambda index: (len(parts[index]), index))
        parts[longest] = parts[longest][:-1]
        shown = "-".join(parts)
    return set_cell_size(shown, min(cell_len(shown), width))


def _spaced(cells: list[tuple[str, int, bool]]) -> Iterator[tuple[str, str]]:
    yield from _merged((text + " " * (width - cell_len(text)), "bold reverse" if lit else QUIET) for text, width, lit in cells)
