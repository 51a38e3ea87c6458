"""Watching with an engine and tables that a test writes: what is counted, what is followed, what is said when it cannot be."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from batten.design.sections.observed import Observations, Watch
from batten.engine import observing
from batten.engine.flows import Flow, Key
from batten.engine.owners import Owners
from batten.engine.protocol import About, Membership, Swarm, Workload
from batten.engine.sampling import Sample
from batten.engine.tables import Order
from batten.engine.tally import Tally
from batten.engine.vantage import Address
from batten.engine.views import Seen, View
from batten.engine.windows import Window, Windows
from batten.errors import EngineError
from batten.model import Project
from batten.report.observation import Watched, observation_json, observation_text
from tests.live.fakes import FakeEngine, composed, container
from tests.live.test_connections import HEADING, end, row
from tests.support import project_of

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ROOT_ONLY = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may look at the sockets of others")


def flow(number: int, source: str = "web", target: str = "db", *, over: bool = False, port: int = 5432, through_host: bool = False) -> Flow:
    """A connection from the ephemeral port ``number``."""
    key = Key(Address("172.20.0.2", number), Address("172.20.0.3", port), 0)
    return Flow(key, tuple(source.split("|")), tuple(target.split("|")), port, through_host, over)


def counted(*looks: Sequence[Flow], services: str = "web db") -> Observations:
    """What comes of some looks, a second apart."""
    tally = Tally()
    for number, flows in enumerate(looks):
        tally.add(Sample(flows, frozenset(services.split())), float(number), NOW + timedelta(seconds=number))
    return tally.observations()


class TestCounting:
    def test_counts_a_connection_once_however_often_it_is_seen(self) -> None:
        (one,) = counted([flow(1), flow(1)], [flow(1)], [flow(1), flow(2)]).sightings
        assert (one.pair, one.times, one.ports) == (("web", "db"), 2, ("5432/tcp",))
        assert (one.first, one.last) == (NOW, NOW + timedelta(seconds=2))

    def test_counts_one_with_the_same_ends_again_after_a_while(self) -> None:
        assert counted([], [flow(1)], *[[]] * 10, [flow(1)]).sightings[0].times == 2
        assert counted([], [flow(1)], [], [], [flow(1)]).sightings[0].times == 1, "tracking is read less often"

    def test_leaves_out_what_was_over_before_it_began(self) -> None:
        assert counted([flow(1, over=True)], [flow(1, over=True)]).sightings == ()
        assert counted([], [flow(1, over=True)]).sightings[0].times == 1
        assert counted([flow(1)]).sightings[0].times == 1

    def test_takes_the_view_that_knows_most(self) -> None:
        (one,) = counted([flow(1, "sidecar|web"), flow(1, "web")]).sightings
        assert one.sources == ("web",)

    def test_does_not_repeat_a_doubt_that_is_settled(self) -> None:
        assert [one.sources for one in counted([flow(1, "web")], [flow(2, "sidecar|web")]).sightings] == [("web",)]
        assert [one.sources for one in counted([flow(1, "web")], [flow(2, "sidecar|web", port=99)]).sightings] == [("web",), ("sidecar", "web")]

    def test_knows_the_hosts_hand_in_what_it_passes_on(self) -> None:
        passed = [flow(1, through_host=True), flow(2, "host")]
        assert [one.pair for one in counted(passed).sightings] == [("web", "db")]
        assert [one.pair for one in counted([flow(2, "host")]).sightings] == [("host", "db")]

    def test_tells_what_is_new(self) -> None:
        tally = Tally()
        news = [tally.add(Sample(flows, frozenset()), 0.0, NOW) for flows in ([flow(1)], [flow(2)], [flow(3, "api")])]
        assert [[one.pair for one in some] for some in news] == [[("web", "db")], [], [("api", "db")]]

    def test_knows_for_how_long_services_ran_together(self) -> None:
        tally = Tally()
        for second, services in enumerate(["web db", "web db", "web", "web", "web db", "web db"]):
            tally.add(Sample((), frozenset(services.split())), float(second), NOW)
        found = tally.observations()
        assert (found.seconds("web"), found.seconds("web", "db"), found.seconds("web", "other")) == (5, 2, 0)


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
        monkeypatch.setattr(time, "process_time", lambda: 0.5 * next(ticks))
        (look,) = looked(shop, FakeEngine([runs("web", 10), runs("db", 11)]), panes)
        assert look.pause == pytest.approx(0.5 / observing.SHARE)

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


class TestWindows:
    def test_need_root(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(EngineError, match="only root on the engine's host"):
            Windows(FakeEngine())

    @ROOT_ONLY
    def test_show_the_sockets_of_a_process_and_leave_nothing_open(self) -> None:
        before = set(os.listdir("/proc/self/fd"))
        with socket.create_server(("127.0.0.1", 0)) as server:
            window = Window(os.getpid(), "")
            (seen,) = Windows(FakeEngine()).read([window], ("tcp", "nothing-of-that-name"))
            assert seen.tables is not None and seen.tables["nothing-of-that-name"] == ""
            assert end(*server.getsockname()) in seen.tables["tcp"]
            window.close()
        with pytest.raises(EngineError, match="not on this machine"):
            Window(os.getpid(), "a" * 64)
        assert set(os.listdir("/proc/self/fd")) == before

    @ROOT_ONLY
    def test_know_when_their_process_has_ended(self) -> None:
        with subprocess.Popen(("sleep", "100")) as process:
            window = Window(process.pid, "")
            process.kill()
        assert [seen.tables for seen in Windows(FakeEngine()).read([window], ("tcp",))] == [None]
        window.close()

    @ROOT_ONLY
    def test_tell_a_container_elsewhere_from_one_that_has_ended(self) -> None:
        engine = FakeEngine([runs("web", os.getpid())])
        with pytest.raises(EngineError, match="is not on this machine"):
            Windows(engine).of(engine.runs[0], engine.runs)
        numbers = iter([os.getpid(), 0])
        engine.first_process = lambda container: next(numbers)  # type: ignore[method-assign]
        assert Windows(engine).of(engine.runs[0], engine.runs) is None


class TestOwners:
    @pytest.fixture
    def proc(self, tmp_path: Path) -> Iterator[Path]:
        """A folder of processes: two of containers in one namespace, one of nobody, one without anything."""
        net = tmp_path / "net"
        net.touch()
        for pid, group, inode in ((7, "aaa", 70), (8, "bbb", 80), (9, "none", 90)):
            folder = tmp_path / "proc" / str(pid)
            (folder / "fd").mkdir(parents=True)
            (folder / "ns").mkdir()
            os.link(net, folder / "ns" / "net")
            (folder / "cgroup").write_text(f"0::/docker/{group}\n")
            (folder / "fd" / "3").symlink_to(f"socket:[{inode}]")
            (folder / "fd" / "4").symlink_to("/dev/null")
        (tmp_path / "proc" / "11").mkdir()
        (tmp_path / "proc" / "self").mkdir()
        yield tmp_path / "proc"

    def test_are_the_services_of_the_processes(self, proc: Path) -> None:
        home = os.stat(proc / "7" / "ns" / "net").st_ino
        owners = Owners(proc)
        owners.renew({home: {"aaa": "web", "bbb": "sidecar"}}, 1)
        assert [owners.owner(home, inode) for inode in (70, 80, 90, 12)] == ["web", "sidecar", None, None]

    def test_on_the_hosts_network_are_the_host_itself_else(self, proc: Path) -> None:
        home = os.stat(proc / "7" / "ns" / "net").st_ino
        owners = Owners(proc)
        owners.renew({home: {"aaa": "web"}}, home)
        assert [owners.owner(home, inode) for inode in (70, 90)] == ["web", "host"]


def told(**fields: object) -> Watched:
    """The end of a time of watching."""
    looks = [flow(1), flow(2), flow(3, "sidecar|web", port=99), flow(4, "db", "internet", port=443)], [flow(5)]
    observations = replace(counted(*looks), watches=(Watch(600, frozenset({"web", "db"})),))
    usual = Watched("shop", "28.5.2", observations, 600.0, 300, 1.5, ("web", "db", "idle"), (), (), ())
    return usual._replace(**fields)  # type: ignore[arg-type]


class TestTheReport:
    def test_says_what_was_seen_and_what_it_cost(self) -> None:
        assert observation_text(told()) == TEXT

    def test_says_why_it_ended_early(self) -> None:
        assert observation_text(told(stopped="the engine was gone")).startswith("shop: seen in 10 minutes on Docker 28.5.2, until the engine was gone\n")

    def test_is_harmless_to_a_terminal(self) -> None:
        assert "\x1b" not in observation_text(told(observations=counted([flow(1, "we\x1b[31mb")])))

    def test_is_told_to_programs(self) -> None:
        data = observation_json(told())
        assert set(data) == {"schema_version", "project", "engine", "seconds", "complete", "connections", "unseen", "absent", "cost"}
        assert data["connections"][1] == {
            "from": ["sidecar", "web"], "to": "db", "ports": ["99/tcp"], "times": 1, "first": "2026-01-02T03:04:05Z", "last": "2026-01-02T03:04:05Z",
        }  # fmt: skip
        assert (data["complete"], data["absent"], data["cost"]) == (True, ["idle"], {"looks": 300, "cpu_seconds": 1.5, "share": 0.0025})


TEXT = """\
shop: seen in 10 minutes on Docker 28.5.2

Connections
  - sidecar or web → db: 99/tcp, once
  - web → db: 5432/tcp, 3 times

From and to outside
  - db → internet: 443/tcp, once

Not watched, since they did not run
  - idle

300 looks, 5 ms of processor time each, 0.2% of one processor.
"""
