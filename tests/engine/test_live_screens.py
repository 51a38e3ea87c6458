"""The screens that need a running engine, at a real one: somebody presses keys, and the project is compared, watched, hardened and taken back."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.engine.applying import Yard
from tests.engine.dockerd import Engine
from tests.engine.shapes import CHOICE
from tests.engine.test_verify import namespaces

pytestmark = pytest.mark.engine
LONG = pytest.mark.skipif(os.environ.get(CHOICE) != "all", reason=f"takes its time; {CHOICE}=all runs it")


@pytest.fixture(scope="module")
def yard(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """A small project that runs; every test leaves it as it was."""
    with Yard(engine, tmp_path_factory.mktemp("screens") / "jetty") as found:
        yield found


def sitting(yard: Yard, stop: str, *keys: str) -> str:
    """What is on the screen after some keys, in one line."""
    result = yard.batten(yard.folder / "compose.yaml", stop, *keys, program=("-m", "tests.engine.sitting"))
    assert result.code == 0, result.err
    return " ".join(result.out.split())


class TestVerify:
    def test_a_project_as_it_is(self, yard: Yard) -> None:
        engine = yard.engine
        before = (engine.docker("ps", "-a", "-q"), engine.docker("network", "ls", "-q"), namespaces(engine))
        assert "AS IT SHOULD BE: 9 of 9 pairs as predicted" in sitting(yard, "verify", "enter")
        assert (engine.docker("ps", "-a", "-q"), engine.docker("network", "ls", "-q"), namespaces(engine)) == before

    @LONG
    def test_what_the_decisions_would_close_is_open_yet(self, yard: Yard) -> None:
        said = sitting(yard, "verify", "d", "enter")
        assert "DIFFERS: 7 of 9 pairs as predicted, networks: 3 differ" in said
        assert "web → db: 5432/tcp answers and should not." in said

    def test_an_engine_that_is_not_there(self, yard: Yard) -> None:
        yard.environment["DOCKER_HOST"] = "unix:///run/nobody.sock"
        try:
            said = sitting(yard, "verify", "enter")
        finally:
            del yard.environment["DOCKER_HOST"]
        assert "there is no engine" in said
        assert "not now" in said


class TestObserve:
    def test_counts_what_was_seen_and_takes_it_in(self, yard: Yard) -> None:
        with ThreadPoolExecutor(1) as beside:
            watching = beside.submit(sitting, yard, "observe", "enter+8", "escape", "t")
            while not watching.done():
                assert yard.answers("api", "db", 5432)
                time.sleep(0.5)
        said = watching.result()
        assert re.search(r"1 pair, \d+ connections, 3 services", said), said
        assert re.search(r"api → db \d+ connections expected", said), said
        assert "in the design; u undoes it" in said


class TestThePlainMode:
    @LONG
    def test_compares_in_lines_of_text(self, yard: Yard) -> None:
        result = yard.batten(yard.folder, "verify", "print", program=("-m", "tests.engine.plainly"))
        assert result.code == 0, result.err
        assert "9 of 9 pairs as predicted; all networks are as predicted." in " ".join(result.out.split())
        assert "version: 1" in result.out


class TestApply:
    def test_in_and_back_by_keys(self, yard: Yard) -> None:
        files, shape = yard.tree(), yard.shape()
        said = sitting(yard, "apply", "enter", "enter")
        assert "✓ compare ✓ read logs The hardened project runs." in said
        assert not yard.answers("web", "db", 5432)
        said = sitting(yard, "apply", "u", "enter")
        assert "The old files are back, and the project runs with them." in said
        assert (yard.tree(), yard.shape()) == (files, shape)

    @LONG
    def test_no_is_no(self, yard: Yard) -> None:
        files, shape = yard.tree(), yard.shape()
        assert "Nothing was changed." in sitting(yard, "apply", "enter", "escape")
        assert (yard.tree(), yard.shape()) == (files, shape)
