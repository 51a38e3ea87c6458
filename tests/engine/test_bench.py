"""The bench measures what Docker is known to do; otherwise nothing else here means anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from batten.compose import load_project
from batten.reach import predict
from tests.engine.comparison import compare
from tests.engine.compose import Stack
from tests.engine.dockerd import Engine
from tests.engine.namespaces import UNPUBLISHED
from tests.engine.probes import Measured, measure
from tests.engine.questions import Scene

pytestmark = pytest.mark.engine

COMPOSE = """
name: bench
services:
  front:
    image: nginx:1.27
    networks: [street]
    ports: ["8080:80"]
  back:
    image: example.org/team/back:3
    networks: [yard]
    user: "10001:10001"
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    expose: ["8000"]
  both:
    build: .
    networks: [street, yard]
    depends_on: {back: {condition: service_healthy}}
    environment: {http_proxy: "http://10.99.0.2:80"}
  vault:
    image: postgres:16
    networks: [cellar]
    ports: ["5432:5432"]
  friend:
    image: redis:7
    networks: [cellar]
  local:
    image: adminer:5
    networks: [street]
    ports: ["127.0.0.1:8081:8080"]
networks:
  street: {}
  yard: {}
  cellar: {internal: true}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project."""
    path = tmp_path_factory.mktemp("bench") / "compose.yaml"
    path.write_text(COMPOSE)
    return path


@pytest.fixture(scope="module")
def rows(engine: Engine, file: Path) -> Iterator[list[Measured]]:
    """One measurement for all tests of this file."""
    with Stack(engine, [file]) as stack:
        yield measure(Scene.of(stack))


def ports(rows: list[Measured], source: str, target: str, *roads: str, host: str = "") -> set[int]:
    """On which ports of ``target`` an answer came, by the given roads (all without any)."""
    asked = [row for row in rows if (row.source, row.probe.target) == (source, target)]
    asked = [row for row in asked if (not roads or row.probe.road in roads) and (not host or row.probe.host == host)]
    assert asked, "nothing was asked, so nothing is known"
    return {row.probe.inside for row in asked if row.open}


class TestBetweenContainers:
    def test_a_shared_network_opens_every_port_by_name_and_address(self, rows: list[Measured]) -> None:
        assert ports(rows, "front", "both", "name") == {UNPUBLISHED}
        assert ports(rows, "both", "back", "name") == {8000, UNPUBLISHED}
        assert ports(rows, "back", "both", "address") == {UNPUBLISHED}

    def test_services_on_separate_networks_cannot_talk(self, rows: list[Measured]) -> None:
        assert ports(rows, "front", "back") == set()
        assert ports(rows, "front", "vault") == set()
        assert ports(rows, "back", "front", "name", "address") == set()

    def test_a_published_port_is_reached_from_another_network_through_the_host(self, rows: list[Measured]) -> None:
        assert ports(rows, "back", "front", "published") == {80}

    def test_a_loopback_port_is_not(self, rows: list[Measured]) -> None:
        assert ports(rows, "back", "local") == set()


class TestInternalNetwork:
    def test_members_reach_each_other(self, rows: list[Measured]) -> None:
        assert ports(rows, "friend", "vault", "name") == {5432, UNPUBLISHED}

    def test_there_is_no_way_out(self, rows: list[Measured]) -> None:
        assert ports(rows, "friend", "internet") == set()
        assert ports(rows, "friend", "lan") == set()

    def test_a_port_published_there_is_dead(self, rows: list[Measured]) -> None:
        assert ports(rows, "lan", "vault") == set()
        assert ports(rows, "internet", "vault") == set()

    def test_other_networks_have_a_way_out(self, rows: list[Measured]) -> None:
        assert ports(rows, "back", "internet") != set()
        assert ports(rows, "back", "lan") != set()


class TestFromTheLan:
    def test_a_port_on_every_address_is_open(self, rows: list[Measured]) -> None:
        assert ports(rows, "lan", "front", "published") == {80}
        assert ports(rows, "internet", "front", "published") == {80}

    def test_a_port_on_loopback_is_closed_at_the_hosts_addresses_but_open_on_the_host(self, rows: list[Measured]) -> None:
        assert ports(rows, "lan", "local", "published") == set()
        assert ports(rows, "internet", "local") == set()
        assert ports(rows, "host", "local", "published", host="127.0.0.1") == {8080}

    def test_before_docker_28_a_neighbour_gets_to_a_loopback_port_all_the_same(self, engine: Engine, rows: list[Measured]) -> None:
        older = int(engine.version.split(".")[0]) < 28
        for road in ("wire", "address"):
            assert ports(rows, "lan", "local", road) == ({8080} if older else set())

    def test_what_is_not_published_is_closed(self, rows: list[Measured]) -> None:
        assert ports(rows, "lan", "back") == set()
        assert UNPUBLISHED not in ports(rows, "lan", "front")


class TestPrediction:
    def test_it_holds_for_every_pair(self, engine: Engine, file: Path, rows: list[Measured]) -> None:
        comparison = compare(predict(load_project([file]), engine=engine.version), rows)
        assert comparison.wrong == []

    def test_another_project_than_the_one_measured_would_be_noticed(self, engine: Engine, file: Path, rows: list[Measured], tmp_path: Path) -> None:
        other = tmp_path / "compose.yaml"
        other.write_text(file.read_text().replace("cellar: {internal: true}", "cellar: {}").replace("networks: [yard]", "networks: [yard, street]"))
        wrong = compare(predict(load_project([other]), engine=engine.version), rows).wrong
        assert "friend → internet: predicted ['80/tcp'], measured closed" in wrong
        assert f"back → front: predicted ['{UNPUBLISHED}/tcp', '80/tcp'], measured ['80/tcp']" in wrong


class TestPrivateEngine:
    def test_the_machine_keeps_its_own_links(self, engine: Engine) -> None:
        links = {path.name for path in Path("/sys/class/net").iterdir()}
        assert links.isdisjoint({"lan0", "wan0"})
        assert engine.bench is not None
        assert "lan0" in engine.bench.host.run("ip", "-brief", "link")

    def test_nothing_of_the_machine_is_reached_from_the_bench(self, engine: Engine) -> None:
        assert engine.bench is not None
        routes = engine.bench.host.run("ip", "route").splitlines()
        assert routes
        assert not any(route.startswith("default") for route in routes)
