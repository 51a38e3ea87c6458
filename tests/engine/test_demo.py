"""The demo shop on a real engine, as it was and as hardened: what is measured must be what was predicted."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import assets
from batten.compose import discover, load_project
from batten.inference.evidence import needed_connections
from batten.knowledge.images import image_facts
from batten.model import Connection, Project
from batten.reach import Reach, predict
from tests.engine.comparison import Comparison, compare, table
from tests.engine.compose import Stack
from tests.engine.dockerd import Engine
from tests.engine.probes import Measured, measure
from tests.engine.questions import Scene

pytestmark = pytest.mark.engine


@dataclass(frozen=True, slots=True)
class Run:
    """The shop on the engine, once."""

    project: Project
    rows: tuple[Measured, ...]
    reach: Reach
    comparison: Comparison

    def roads(self, source: str, target: str) -> set[str]:
        """The roads by which an answer came."""
        return {row.probe.road for row in self.rows if row.open and (row.source, row.probe.target) == (source, target)}

    def alive(self, connection: Connection) -> bool:
        """Whether an answer came by the road a program takes: the service's name, or the way out."""
        return not self.roads(connection.source, connection.target).isdisjoint({"name", "egress"})


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop before and after, and what its services need."""

    before: Run
    after: Run
    needed: tuple[Connection, ...]


def own_ports(project: Project) -> Mapping[str, set[int]]:
    """What the real programs listen on by default."""
    facts = {name: image_facts(service.image) for name, service in project.services.items()}
    return {name: {int(port.split("/")[0]) for port in known.ports if port.endswith("/tcp")} for name, known in facts.items() if known}


def run(engine: Engine, folder: Path) -> Run:
    """Bring the project in ``folder`` up, measure everything, take it down."""
    project = load_project(discover(folder))
    with Stack(engine, [Path(file) for file in project.files], ports=own_ports(project)) as stack:
        rows = measure(Scene.of(stack))
    reach = predict(project, engine=engine.version)
    return Run(project, tuple(rows), reach, compare(reach, rows))


@pytest.fixture(scope="module")
def shop(engine: Engine, tmp_path_factory: pytest.TempPathFactory, show_table: Callable[[str], None]) -> Shop:
    """Both measurements, and their table."""
    folder = tmp_path_factory.mktemp("demo") / "shop"
    shutil.copytree(assets.path("demo/shop"), folder)
    hardened = folder.parent / "out"
    subprocess.run((sys.executable, "-m", "batten", "harden", str(folder), "-o", str(hardened)), check=True, timeout=120)
    before, after = run(engine, folder), run(engine, hardened)
    measured = Shop(before, after, needed_connections(before.project))
    show_table(table(f"the demo shop, Docker {engine.version}", {name: column(one, measured) for name, one in (("before", before), ("after", after))}))
    return measured


def column(one: Run, shop: Shop) -> tuple[Comparison, int, int]:
    """A run with its needed connections, alive and in all."""
    return one.comparison, sum(1 for connection in shop.needed if one.alive(connection)), len(shop.needed)


class TestDemo:
    def test_every_pair_of_services_was_measured(self, shop: Shop) -> None:
        for one in (shop.before, shop.after):
            services = one.project.services
            asked = {(pair.source, pair.target) for pair in one.comparison.pairs if pair.of_services}
            assert asked == {(source, target) for source in services for target in services if source != target}

    def test_before_everything_is_as_predicted(self, shop: Shop) -> None:
        assert shop.before.comparison.wrong == []

    def test_after_everything_is_as_predicted(self, shop: Shop) -> None:
        assert shop.after.comparison.wrong == []

    def test_every_needed_connection_still_works(self, shop: Shop) -> None:
        assert shop.needed
        for one in (shop.before, shop.after):
            assert [connection for connection in shop.needed if not one.alive(connection)] == []

    @pytest.mark.parametrize("source", ["proxy", "web", "dashboard", "internet"])
    def test_the_database_is_out_of_reach(self, shop: Shop, source: str) -> None:
        assert shop.before.comparison.measured(source, "db"), "it was open before, or this test shows nothing"
        assert not shop.after.comparison.measured(source, "db")

    def test_the_lan_no_longer_finds_the_database_at_the_host(self, shop: Shop) -> None:
        assert "published" in shop.before.roads("lan", "db")
        assert "published" not in shop.after.roads("lan", "db")

    def test_what_an_older_engine_leaves_to_a_hostile_neighbour_is_said(self, engine: Engine, shop: Shop) -> None:
        """Before Docker 28 a port on 127.0.0.1 answers a neighbour who sends packets for container addresses, or for 127.0.0.1, to the host."""
        older = int(engine.version.split(".")[0]) < 28
        assert shop.after.roads("lan", "db") == ({"address", "wire"} if older else set())
        told = shop.after.reach.between("lan", "db")
        assert bool(told) is older
        assert told is None or all("Docker before 28" in road for road in told.via)

    def test_fewer_services_reach_each_other(self, shop: Shop) -> None:
        assert shop.after.comparison.open(of_services=True) < shop.before.comparison.open(of_services=True)
