"""``batten apply`` and ``batten undo`` on a real engine: in, proved, and back byte for byte; and whatever goes wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.applying import PASSWORD, Yard
from tests.engine.dockerd import Engine

pytestmark = pytest.mark.engine


@pytest.fixture
def yard(engine: Engine, tmp_path: Path) -> Iterator[Yard]:
    """A small project that runs."""
    with Yard(engine, tmp_path / "quay") as found:
        yield found


class TestApply:
    def test_is_verified_and_taken_back_byte_for_byte(self, yard: Yard) -> None:
        files, shape, networks = yard.tree(), yard.shape(), yard.networks()
        result = yard.apply("--format", "json")
        assert result.code == 0, result.out + result.err
        said = result.json
        assert (said["outcome"], said["troubles"], said["suspects"], said["taken_back"], said["unverified"]) == ("applied", [], [], [], "")
        assert said["verification"]["differs"] is False
        assert any(pair["found"] for pair in said["verification"]["pairs"])
        assert set(said["restarted"]) == {"web", "api", "db"}
        assert {one["state"] for one in said["containers"]} == {"healthy"}
        assert (yard.answers("web", "api", 8080), yard.answers("api", "db", 5432), yard.answers("web", "db", 5432)) == (True, True, False)
        assert PASSWORD not in result.out + result.err
        back = yard.undo("--format", "json")
        assert back.code == 0, back.out + back.err
        assert back.json["outcome"] == "undone"
        assert yard.tree() == files
        assert (yard.shape(), yard.networks()) == (shape, networks)
        assert yard.answers("web", "db", 5432)


POINTS = 20


@pytest.fixture(scope="class")
def pier(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """One project for several tests, each of which leaves it as it was."""
    with Yard(engine, tmp_path_factory.mktemp("pier") / "pier") as found:
        yield found


@pytest.fixture(scope="class")
def steps(pier: Yard) -> tuple[int, str]:
    """How many steps an apply has, and what Compose makes of the hardened project."""
    counted = pier.folder.parent / "steps"
    result = pier.batten(0, counted, "apply", pier.folder, "--yes", program=("-m", "tests.engine.killing"))
    assert result.code == 0, result.err
    new = pier.compose("config")
    assert pier.undo().code == 0
    return int(counted.read_text()), new


class TestKilled:
    """SIGKILL at points spread over the whole of an apply."""

    @pytest.mark.parametrize("point", range(1, POINTS + 1))
    def test_leaves_the_old_or_the_new_project_and_undo_works(self, pier: Yard, steps: tuple[int, str], point: int) -> None:
        files, shape, old, (count, new) = pier.tree(), pier.shape(), pier.compose("config"), steps
        last = 1 + (count - 1) * (point - 1) // (POINTS - 1)
        killed = pier.batten(last, pier.folder.parent / "steps", "apply", pier.folder, "--yes", program=("-m", "tests.engine.killing"))
        assert killed.code in (0, -9, 137), killed.err
        assert pier.compose("config") in (old, new)
        back = pier.undo()
        assert back.code == 0 or (back.code == 2 and "there is no backup" in back.err), back.out + back.err
        assert pier.tree() == files
        assert pier.shape() == shape
