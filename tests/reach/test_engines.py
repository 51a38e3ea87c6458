"""Which rows stand for a version, and what the rows hold."""

from __future__ import annotations

from itertools import pairwise

import pytest

import assets
from batten.errors import InputError
from batten.reach.engines import Engine, choose, engines


class TestTheRows:
    def test_they_stand_in_order_and_do_not_overlap(self) -> None:
        rows = engines()
        assert [row.version for row in rows] == ["20.10", "26.1", "28.5"]
        assert all(older.last is not None and older.last < newer.first for older, newer in pairwise(rows))
        assert rows[-1].last is None

    def test_every_difference_is_one_that_some_rows_differ_in(self) -> None:
        differences = [name for name in Engine._fields if name not in ("version", "measured", "first", "last")]
        assert all(len({getattr(row, name) for row in engines()}) > 1 for name in differences)

    def test_every_difference_is_explained_in_the_file(self) -> None:
        text = assets.path("engines.yaml").read_text(encoding="utf-8")
        comments = "\n".join(line for line in text.splitlines() if line.startswith("#"))
        assert all(name in comments for name in assets.load_yaml("engines.yaml")[0] if name != "version")


class TestChoosing:
    @pytest.mark.parametrize(
        ("version", "rows", "label"),
        [
            ("20.10", ["20.10"], "20.10"),
            ("v26.1.5", ["26.1"], "v26.1.5"),
            ("28.5.2", ["28.5"], "28.5.2"),
            ("28.2", ["28.5"], "28.2 (as 28.5, the nearest that was measured)"),
            ("29.0.1", ["28.5"], "29.0.1 (as 28.5, the nearest that was measured)"),
            ("19.03", ["20.10"], "19.03 (as 20.10, the nearest that was measured)"),
            ("24.0", ["20.10", "26.1"], "24.0 (what 20.10 or 26.1 opens)"),
            ("27", ["26.1", "28.5"], "27 (what 26.1 or 28.5 opens)"),
            ("any", ["20.10", "26.1", "28.5"], "any (20.10, 26.1, 28.5)"),
            ("", ["20.10", "26.1", "28.5"], "any (20.10, 26.1, 28.5)"),
        ],
    )
    def test_a_version_has_its_row_or_both_neighbours(self, version: str, rows: list[str], label: str) -> None:
        choice = choose(version)
        assert [row.version for row in choice.rows] == rows
        assert choice.label == label

    def test_what_is_no_version_is_refused(self) -> None:
        with pytest.raises(InputError, match="“latest” is not an engine version"):
            choose("latest")
