"""The board: tiers are columns, services are cards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from tui.presentation import QUIET, fitted
from tui.widgets.cells import Cell

if TYPE_CHECKING:
    from textual.geometry import Size

_HEAD = 2
"""Lines above the cards."""


class Card(NamedTuple):
    """A service on the board."""

    service: str
    decided: bool
    """Whether the user has put it there."""


class Pile(NamedTuple):
    """One tier with its cards."""

    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, eq=False)
class Board:
    """Piles beside each other, the longest of which says how many rows there are."""

    piles: tuple[Pile, ...]

    @property
    def extent(self) -> Cell:
        """As many rows as the longest pile has cards."""
        return Cell(max(len(pile.cards) for pile in self.piles), len(self.piles))

    def card(self, cell: Cell) -> Card | None:
        """The card in a cell."""
        cards = self.piles[cell.column].cards
        return cards[cell.row] if cell.row < len(cards) else None

    def nearest(self, cell: Cell) -> Cell:
        """The card itself, the last of its column, or one in the nearest column that has cards."""
        wanted = min(max(cell.column, 0), len(self.piles) - 1)
        filled = [index for index, pile in enumerate(self.piles) if pile.cards]
        if not filled:
            return Cell(0, 0)
        column = min(filled, key=lambda index: (abs(index - wanted), index))
        return Cell(min(max(cell.row, 0), len(self.piles[column].cards) - 1), column)

    def moved(self, cell: Cell, down: int, right: int) -> Cell:
        """Up and down among the cards of a column; to the sides, the next column that has cards."""
        columns = range(cell.column + 1, len(self.piles)) if right > 0 else range(cell.column - 1, -1, -1) if right else ()
        column = next((index for index in columns if self.piles[index].cards), cell.column)
        return self.nearest(Cell(cell.row + down, column))

    def key(self, cell: Cell) -> object:
        """The service."""
        card = self.card(cell)
        return card.service if card else None

    def find(self, key: object) -> Cell | None:
        """Where the service's card is."""
        places = (Cell(row, column) for column, pile in enumerate(self.piles) for row, card in enumerate(pile.cards) if card.service == key)
        return next(places, None)

    def window(self, size: Size) -> Cell:
        """As many cards as fit below the titles; the last line says how many there are beyond, where there are."""
        rows = max(size.height - _HEAD, 1)
        return Cell(rows if self.extent.row <= rows else max(rows - 1, 1), len(self.piles))

    def draw(self, cursor: Cell, first: Cell, size: Size) -> list[Content]:
        """The board in its room."""
        width, rows = self._column(size), self.window(size).row
        heads = [(f" {pile.title.upper()} {len(pile.cards) or ''}", "bold" if index == cursor.column else QUIET) for index, pile in enumerate(self.piles)]
        lines = [_line(heads, width), Content.styled((("─" * (width - 1) + " ") * len(self.piles)).rstrip(), QUIET)]
        for row in range(first.row, first.row + rows):
            lines.append(_line([self._drawn(Cell(row, column), cursor) for column in range(len(self.piles))], width))
        if self.extent.row > rows:
            lines.append(_line([(_beyond(pile, first.row, rows), QUIET) for pile in self.piles], width))
        return lines

    def at(self, x: int, y: int, first: Cell, size: Size) -> Cell | None:
        """The column under a point, and the row, which is the first for the titles."""
        column = x // self._column(size)
        return Cell(max(y - _HEAD, 0) + first.row, column) if 0 <= column < len(self.piles) and y >= 0 else None

    def _column(self, size: Size) -> int:
        return max(size.width // len(self.piles), 4)

    def _drawn(self, cell: Cell, cursor: Cell) -> tuple[str, str]:
        card = self.card(cell)
        if card is None:
            return "", ""
        if cell == cursor:
            return f"▸{card.service}", "bold reverse"
        return (f"•{card.service}", "bold") if card.decided else (f" {card.service}", "")


def _beyond(pile: Pile, first: int, rows: int) -> str:
    above, below = min(first, len(pile.cards)), max(len(pile.cards) - first - rows, 0)
    return " " + " ".join(part for part in (f"↑{above}" if above else "", f"↓{below}" if below else "") if part)


def _line(cells: list[tuple[str, str]], width: int) -> Content:
    """Cells in equal columns, with a gap behind each."""
    return Content.assemble(*_parts(cells, width))


def _parts(cells: list[tuple[str, str]], width: int) -> Iterator[tuple[str, str]]:
    for text, style in cells:
        yield fitted(text, width - 1), style
        yield " ", ""
