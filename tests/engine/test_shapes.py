"""What batten predicts is what an engine does: every ordered pair of every shape, before and after hardening."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations

import pytest

from tests.engine.bench import ZONES
from tests.engine.dockerd import Engine
from tests.engine.shapes import ORDINARY, Run, Shape, chosen, measured

pytestmark = pytest.mark.engine

_HEADS = ("shape", "services", "as predicted", "open", "needs alive", "as predicted", "open", "needs alive")


@pytest.fixture(scope="module")
def lines(engine: Engine, show_table: Callable[[str], None]) -> Iterator[list[list[str]]]:
    """The lines of the table, which is shown when all shapes are through."""
    found: list[list[str]] = [["", "", "before", "", "", "after", "", ""], list(_HEADS)]
    yield found
    widths = [max(len(line[column]) for line in found) for column in range(len(_HEADS))]
    rows = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in found)
    show_table("\n".join([f"shapes, Docker {engine.version}; every ordered pair, with host, lan and internet; open: between services", *rows]))


@pytest.fixture(scope="module", params=chosen())
def shape(request: pytest.FixtureRequest, engine: Engine, tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]]) -> Shape:
    """A shape, measured twice."""
    found = measured(engine, request.param, tmp_path_factory.mktemp(request.param))
    lines.append(found.line())
    return found


class TestShape:
    def test_before_everything_is_as_predicted(self, shape: Shape) -> None:
        assert shape.before.comparison.wrong == []

    def test_after_everything_is_as_predicted(self, shape: Shape) -> None:
        assert shape.after.comparison.wrong == []

    def test_no_single_address_answers_otherwise_than_predicted(self, shape: Shape) -> None:
        assert shape.before.singles == ()
        assert shape.after.singles == ()

    def test_every_ordered_pair_was_asked(self, shape: Shape) -> None:
        for run in (shape.before, shape.after):
            asked = {(pair.source, pair.target) for pair in run.comparison.pairs}
            assert every_pair(run) <= asked

    def test_where_the_engine_is_not_known_nothing_that_is_open_is_left_out(self, shape: Shape) -> None:
        for run in (shape.before, shape.after):
            assert [str(pair) for pair in run.anywhere.pairs if not pair.measured <= pair.predicted] == []

    def test_every_need_is_served_before(self, shape: Shape) -> None:
        assert shape.before.dialled, "a shape without needs shows nothing"
        assert shape.before.dead == []

    def test_every_need_is_served_after(self, shape: Shape) -> None:
        assert shape.after.dead == []

    def test_hardening_opens_nothing(self, shape: Shape) -> None:
        assert shape.opened == []


def every_pair(run: Run) -> set[tuple[str, str]]:
    """All ordered pairs of services, and each service with each zone both ways."""
    services = list(run.project.services)
    mixed = {pair for name in services for zone in ZONES for pair in ((name, zone), (zone, name))}
    return set(permutations(services, 2)) | mixed


class TestChoice:
    def test_four_shapes_are_measured_in_an_ordinary_run_and_all_when_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("BATTEN_ENGINE_SHAPES", raising=False)
        assert chosen() == list(ORDINARY)
        monkeypatch.setenv("BATTEN_ENGINE_SHAPES", "all")
        assert set(ORDINARY) < set(chosen())
        assert len(chosen()) >= 12
