"""Watching with an engine and tables that a test writes: what is named, what is followed, and when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from batten.engine import observing
from batten.engine.connections import Track
from batten.engine.protocol import About, Membership, Swarm, Workload
from batten.engine.tables import Order
from batten.engine.views import Seen, View
from batten.errors import EngineError
from batten.model import Project
from tests.live.fakes import FakeEngine, composed, container
from tests.live.test_connections import HEADING, end, row
from tests.support import project_of


class Pane(NamedTuple):
    """A view of a namespace that is not there."""

    panes: Panes
    identity: int

    def close(self) -> None:
        """It is not open any more."""
        self.panes.open.remove(self.identity)


class Panes:
    """Views of tables that a test writes, by number of the process."""

    order: Order = "little"
    interval = 2.0
    local = True

    def __init__(self) -> None:
        self.tables: dict[int, str] = {}
        self.open: list[int] = []

    def host(self) -> View:
        """See the protocol."""
        return self._pane(1)

    def of(self, container: Workload, everybody: Sequence[Workload]) -> View | None:
        """See the protocol."""
        return self._pane(container.pid) if container.pid in self.tables else None

    def _pane(self, pid: int) -> Pane:
        self.open.append(pid)
        return Pane(self, pid)

    def read(self, views: Sequence[View], names: Sequence[str]) -> Iterator[Seen]:
        """See the protocol."""
        for view in views:
            there = view.identity == 1 or view.identity in self.tables
            yield Seen(view, {name: self.tables.get(view.identity, "") if name == "tcp" else "" for name in names} if there else None)

    def tracked(self, host: View) -> frozenset[Track]:
        """See the protocol."""
        return frozenset()

    def close(self) -> None:
        """See the protocol."""


@pytest.fixture
def panes() -> Panes:
    """Views that show what a test puts there."""
    return Panes()


FLAT = "services: {web: {image: nginx}, db: {image: postgres}}\n"
ASKING = HEADING + row(end("172.20.0.10", 40000), end("172.20.0.11", 5432), "01")
LISTENING = HEADING + row(end("0.0.0.0", 5432), end("0.0.0.0", 0), "0A")


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """A web server and a database."""
    return project_of(FLAT, tmp_path)


def runs(service: str, pid: int, address: str = "", number: int = 1) -> Workload:
    """A container of the shop."""
    return composed("shop", service, number, pid=pid, networks=(Membership("shop_default", addresses=(address or f"172.20.0.{pid}",)),))


def looked(project: Project, engine: FakeEngine, panes: Panes, between: Sequence[Callable[[], object]] = ()) -> list[observing.Look]:
    """One look, and another one after each thing that happens."""
    happening = iter(between)
    return list(observing.observe(project, engine, wait=lambda _: next(happening, lambda: True)(), views=panes))


class TestWatching:
    def test_names_the_pair(self, shop: Project, panes: Panes) -> None:
        panes.tables = {10: ASKING, 11: LISTENING}
        (look,) = looked(shop, FakeEngine([runs("web", 10), runs("db", 11)]), panes)
        assert [(one.pair, one.ports) for one in look.observations.sightings] == [(("web", "db"), ("5432/tcp",))]
        assert look.fresh == look.observations.sightings
        assert (look.number, look.running) == (1, frozenset({"web", "db"}))

    def test_gives_everything_back(self, shop: Project, panes: Panes) -> None:
        panes.tables = {10: ASKING, 11: LISTENING}
        watching = observing.observe(shop, FakeEngine([runs("web", 10), runs("db", 11)]), views=panes)
        next(watching)
        assert sorted(panes.open) == [1, 10, 11]
        watching.close()
        assert panes.open == []

    def test_follows_a_restart_with_another_address(self, shop: Project, panes: Panes) -> None:
        panes.tables = {10: ASKING, 11: LISTENING}
        engine = FakeEngine([runs("web", 10), runs("db", 11)])

        def restart() -> None:
            panes.tables = {10: HEADING + row(end("172.20.0.10", 40001), end("172.20.0.77", 5432), "01"), 12: LISTENING}
            engine.runs = [runs("web", 10), replace(runs("db", 12, "172.20.0.77"), id=engine.runs[1].id)]

        *_, last = looked(shop, engine, panes, [restart, lambda: None])
        assert [(one.pair, one.times) for one in last.observations.sightings] == [(("web", "db"), 2)]
        assert last.fresh == ()
        assert panes.open == []

    def test_follows_a_new_replica(self, shop: Project, panes: Panes) -> None:
        panes.tables = {10: HEADING, 11: LISTENING}
        engine = FakeEngine([runs("web", 10), runs("db", 11)])

        def grow() -> None:
            panes.tables[13] = ASKING.replace(end("172.20.0.10", 40000), end("172.20.0.13", 40000))
            engine.runs = [*engine.runs, runs("web", 13, number=2)]

        last = looked(shop, engine, panes, [grow])[-1]
        assert [one.pair for one in last.observations.sightings] == [("web", "db")]

    def test_goes_on_where_everything_was_stopped(self, shop: Project, panes: Panes) -> None:
        panes.tables = {10: ASKING, 11: LISTENING}
        engine = FakeEngine([runs("web", 10), runs("db", 11)])
        last = looked(shop, engine, panes, [lambda: setattr(engine, "runs", []), lambda: None])[-1]
        assert (last.number, last.running) == (3, frozenset())
        assert last.observations.sightings

    def test_ends_when_its_time_is_over(self, shop: Project, panes: Panes) -> None:
        panes.tables = {10: ASKING, 11: LISTENING}
        looks = list(observing.observe(shop, FakeEngine([runs("web", 10), runs("db", 11)]), seconds=0.2, interval=0.05, views=panes))
        assert 2 <= len(looks) <= 6
        assert looks[-1].elapsed >= 0.2

    def test_looks_less_often_where_looking_costs_much(self, shop: Project, panes: Panes, monkeypatch: pytest.MonkeyPatch) -> None:
        panes.tables = {10: ASKING, 11: LISTENING}
        ticks = iter(range(100))
        monkeypatch.setattr(time, "process_time", lambda: 0.1 * next(ticks))
        (look,) = looked(shop, FakeEngine([runs("web", 10), runs("db", 11)]), panes)
        assert look.pause == pytest.approx(0.1 / observing.SHARE)

    def test_needs_something_that_runs(self, shop: Project, panes: Panes) -> None:
        with pytest.raises(EngineError, match="nothing of a project named 'shop' runs"):
            looked(shop, FakeEngine([]), panes)

    def test_follows_services_of_a_swarm_to_other_nodes(self, shop: Project, panes: Panes) -> None:
        panes.tables = {10: HEADING + row(end("10.0.1.10", 40000), end("10.0.1.2", 5432), "01")}
        labels = {"com.docker.swarm.task.id": "1", "com.docker.swarm.service.name": "shop_web", "com.docker.stack.namespace": "shop"}
        web = container("shop_web.1", pid=10, labels=labels, networks=(Membership("shop_default", addresses=("10.0.1.10",)),))
        database = replace(container("shop_db"), kind="service", service_labels={"com.docker.stack.namespace": "shop"}, virtual=("10.0.1.2",))
        told = About("harbour", "28.5.2", "1.51", "unix:///var/run/docker.sock", role="manager")
        (look,) = looked(shop, FakeEngine([web], state=Swarm((database,)), told=told), panes)
        assert [(one.pair, one.ports) for one in look.observations.sightings] == [(("web", "db"), ("5432/tcp",))]
