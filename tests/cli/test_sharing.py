"""Many projects: shared between processes, told in order, and the same as one after the other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from batten.cli import told
from batten.cli.sharing import shared
from tests.cli.calling import call, write


def squares(numbers: Sequence[int]) -> list[tuple[int, int]]:
    return [(number * number, os.getpid()) for number in numbers]


def stumbling(numbers: Sequence[int]) -> list[int]:
    if 7 in numbers:
        raise ValueError("seven")
    return list(numbers)


class TestSharing:
    @pytest.mark.parametrize("count", [1, 2, 3, 8])
    def test_keeps_the_order(self, count: int) -> None:
        results = list(shared(squares, range(8), count))
        assert [square for square, _ in results] == [number * number for number in range(8)]
        assert len({process for _, process in results}) == count

    def test_does_more_items_than_processes_and_fewer(self) -> None:
        assert [square for square, _ in shared(squares, [3], 4)] == [9]
        assert [square for square, _ in shared(squares, range(5), 4)] == [0, 1, 4, 9, 16]

    def test_a_process_that_ends_early_is_no_silent_gap(self) -> None:
        with pytest.raises(RuntimeError, match="has ended early"):
            list(shared(stumbling, range(8), 2))

    def test_leaves_no_process_behind(self) -> None:
        list(shared(squares, range(8), 4))
        with pytest.raises(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)


class TestManyProjects:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for number in range(70):
            text = (
                "services: [" if number == 33 else f"services:\n  app:\n    image: example.org/app:{number}\n    privileged: {str(number % 2 == 0).lower()}\n"
            )
            write(tmp_path / f"p{number:02}", text)
        return tmp_path

    def test_are_told_as_one_after_the_other(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "cpu_count", lambda: 3)
        together = call("review", folder)
        monkeypatch.setattr(told, "_MANY", 1000)
        alone = call("review", folder)
        assert together == alone
        assert together.code == 2, "one of them is no compose file"
        assert "p33/compose.yaml:2:1: this is not valid YAML" in together.err
        assert together.out.count("app  privileged\n") == 35
