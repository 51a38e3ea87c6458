"""The board and the matrix as pictures: what fits where, and what a point in them is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size

from tui.board import Board, Card, Pile
from tui.matrix import Matrix, State, legend, short
from tui.widgets.cells import Cell, Grid

ROOMS = [Size(76, 10), Size(78, 14), Size(80, 33), Size(20, 4)]


def matrix(count: int) -> Matrix:
    """Services of which each calls the next."""
    names = tuple(f"team-{number}-service" for number in range(count))
    return Matrix(names, dict.fromkeys(pairwise(names), State.NEEDED))


def board(count: int) -> Board:
    """Applications and one edge service."""
    cards = tuple(Card(f"service-{number}", number % 2 == 0) for number in range(count))
    return Board((Pile("edge", (Card("proxy", False),)), Pile("app", cards), Pile("data", ()), Pile("ops", ()), Pile("job", ())))


def text_of(lines: Sequence[Content]) -> str:
    """A drawing as plain text."""
    return "\n".join(line.plain for line in lines)


GRIDS: dict[str, Grid] = {f"{kind.__name__}-{count}": kind(count) for kind in (matrix, board) for count in (1, 7, 12, 57, 120)}


class TestEveryGrid:
    @pytest.mark.parametrize("room", ROOMS, ids=str)
    @pytest.mark.parametrize("name", GRIDS)
    def test_it_fits_its_room(self, name: str, room: Size) -> None:
        grid = GRIDS[name]
        lines = text_of(grid.draw(Cell(0, 0), Cell(0, 0), room)).splitlines()
        assert len(lines) <= room.height
        assert all(cell_len(line.rstrip()) <= room.width for line in lines)

    @pytest.mark.parametrize("room", ROOMS, ids=str)
    @pytest.mark.parametrize("name", GRIDS)
    def test_a_point_is_the_cell_that_is_drawn_there(self, name: str, room: Size) -> None:
        grid = GRIDS[name]
        seen = grid.window(room)
        cursors = [
            Cell(row, column) for row in range(0, seen.row, 5) for column in range(0, seen.column, 7) if grid.nearest(Cell(row, column)) == (row, column)
        ]
        assert cursors
        for cursor in cursors:
            picture = Content("\n").join(grid.draw(cursor, Cell(0, 0), room))
            spans = [span for span in picture.spans if "reverse" in str(span.style)]
            start = max(span.start for span in spans)
            line, column = picture.plain[:start].count("\n"), start - (picture.plain.rfind("\n", 0, start) + 1)
            assert grid.at(column, line, Cell(0, 0), room) == cursor

    @pytest.mark.parametrize("name", GRIDS)
    def test_what_a_cell_is_about_is_found_again(self, name: str) -> None:
        grid = GRIDS[name]
        last = grid.nearest(Cell(1000, 1))
        assert grid.find(grid.key(last)) == last
        assert grid.find("nothing of the sort") is None


class TestTheMatrix:
    def test_columns_have_names_where_most_of_them_fit(self) -> None:
        text = text_of(matrix(7).draw(Cell(0, 0), Cell(0, 0), Size(76, 14)))
        assert "calls →" in text
        assert "-3-" in text.splitlines()[0]

    def test_many_columns_have_numbers_and_so_have_their_rows(self) -> None:
        heads = text_of(matrix(57).draw(Cell(0, 0), Cell(0, 0), Size(100, 14))).splitlines()
        assert "1234567890123" in heads[1]
        assert heads[1].endswith("@")
        assert "▸ 1 team-0-service" in heads[2]

    def test_dots_say_that_there_are_more_columns(self) -> None:
        room = Size(76, 14)
        seen = matrix(57).window(room).column
        heads = text_of(matrix(57).draw(Cell(0, 0), Cell(0, 0), room)).splitlines()[0]
        assert heads.endswith("…")
        assert not text_of(matrix(57).draw(Cell(0, 57), Cell(0, 58 - seen), room)).splitlines()[0].endswith("…")

    def test_it_has_nothing_to_draw_without_services(self) -> None:
        empty = Matrix((), {})
        assert text_of(empty.draw(Cell(0, 0), Cell(0, 0), Size(76, 14))) == ""
        assert empty.pair(empty.nearest(Cell(3, 3))) is None

    def test_the_legend_has_every_mark_and_fits_the_smallest_terminal(self) -> None:
        assert all(f"{state.mark} {state.meaning}" in legend().plain for state in State if state.meaning)
        assert cell_len(legend().plain) <= 78
        assert len({state.mark for state in State}) == len(State)

    @pytest.mark.parametrize(
        ("name", "width", "shown"),
        [
            ("api", 6, "api"),
            ("catalogue-db", 6, "cat-db"),
            ("carts-db", 6, "car-db"),
            ("dashboard", 6, "dashbo"),
            ("team-0-service", 8, "tea-0-se"),
            ("a-very-long-worker", 6, "a-v-l-"),
        ],
    )
    def test_names_are_shortened_so_that_they_are_told_apart(self, name: str, width: int, shown: str) -> None:
        assert short(name, width) == shown
