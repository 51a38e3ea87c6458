"""Comparing a prediction with what is there: memberships, which addresses are tried, and what the answers mean."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batten.engine import netns, verifying
from batten.engine.netns import Address, Space
from batten.engine.protocol import Binding, Membership, Workload
from batten.engine.surroundings import Inside, Surroundings
from batten.engine.verifying import Verification, verify
from batten.errors import EngineError
from batten.reach import predict
from batten.report.verification import verification_json, verification_text
from tests.live.fakes import FakeEngine, composed, container, network
from tests.support import project_of

FLAT = "services: {web: {image: nginx}, db: {image: postgres}}\n"
SPLIT = """
services:
  web: {image: nginx, networks: [front], ports: ["8080:80"]}
  db: {image: postgres, networks: [back]}
networks: {front: {}, back: {}, shared: {external: true, name: shared}}
"""
ROOT_ONLY = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may enter a namespace")
Reached = Callable[[Space, Address], bool]


def at(name: str, *addresses: str) -> Membership:
    """A place in a network of the shop."""
    return Membership(name, addresses=addresses)


def verified(text: str, tmp_path: Path, runs: Iterable[Workload], *, connect: bool = False, engine: FakeEngine | None = None) -> Verification:
    """What a comparison comes to."""
    project = project_of(text, tmp_path)
    return verify(project, predict(project, connections=()), engine or FakeEngine(list(runs)), "28.5.2", connect=connect)


class TestMemberships:
    def test_are_compared_by_the_networks_own_names(self, tmp_path: Path) -> None:
        runs = [composed("shop", "web", networks=(at("shop_front"),)), composed("shop", "db", networks=(at("shop_back"), at("shop_front")))]
        (one,) = verified(SPLIT, tmp_path, runs).memberships
        assert (one.service, one.container, one.expected, one.found) == ("db", "shop-db-1", ("shop_back",), ("shop_back", "shop_front"))

    def test_are_those_of_every_replica(self, tmp_path: Path) -> None:
        runs = [composed("shop", "web"), composed("shop", "web", 2, networks=(at("bridge"),)), composed("shop", "db")]
        assert [one.container for one in verified(FLAT, tmp_path, runs).memberships] == ["shop-web-2"]

    def test_know_the_modes(self, tmp_path: Path) -> None:
        text = "services:\n  a: {image: x, network_mode: host}\n  b: {image: x, network_mode: none}\n  c: {image: x, network_mode: 'service:a'}\n"
        runs = [composed("shop", "a", networks=(at("host"),)), composed("shop", "b", networks=(at("none"),)), composed("shop", "c", networks=())]
        assert verified(text, tmp_path, runs).memberships == ()

    def test_of_strangers_on_the_projects_own_networks_are_told(self, tmp_path: Path) -> None:
        runs = [composed("shop", "web", networks=(at("shop_front"),)), composed("shop", "db", networks=(at("shop_back"),))]
        others = [container("loner", networks=(at("shop_back"), at("bridge"))), container("guest", networks=(at("shared"),))]
        (one,) = verified(SPLIT, tmp_path, [*runs, *others]).memberships
        assert (one.container, one.found, one.stranger) == ("loner", ("shop_back",), True)

    def test_need_something_that_runs(self, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match="nothing of a project named 'shop' runs"):
            verified(FLAT, tmp_path, [composed("other", "web")])

    def test_of_a_stack_are_not_judged(self, tmp_path: Path) -> None:
        labels = {"com.docker.swarm.task.id": "1", "com.docker.swarm.service.name": "shop_web", "com.docker.stack.namespace": "shop"}
        with pytest.raises(EngineError, match="runs as a stack"):
            verified(FLAT, tmp_path, [container("shop_web.1", labels=labels)])


def inside(service: str, pid: int, **fields: Any) -> Inside:
    """A container in a namespace of its own."""
    return Inside(service, f"id-{pid}", pid, Space(pid, pid))._replace(**fields)


def around(*containers: Inside) -> Surroundings:
    """Containers beside a host."""
    return Surroundings(inside("host", 1), {one.service: [one] for one in containers})


class TestWhatIsTried:
    WEB = inside("web", 10, addresses=("172.20.0.2",), gateways=frozenset({"172.20.0.1"}))
    LISTENING = frozenset({Address("0.0.0.0", 80)})

    def doors(self, target: Inside, source: Inside = WEB) -> Mapping[str, frozenset[Address]]:
        """The doors of a target for the web server."""
        return around(source, target).doors(source, target)

    def test_is_every_address_of_the_target_and_the_hosts_for_published_ports(self) -> None:
        target = inside("db", 11, addresses=("172.21.0.2", "fd00::2"), listeners=self.LISTENING, bindings=(Binding(80, "tcp", "8080"),))
        assert self.doors(target) == {"80/tcp": {Address("172.21.0.2", 80), Address("172.20.0.1", 8080)}}

    def test_is_not_the_containers_own_loopback(self) -> None:
        target = inside("db", 11, addresses=("172.21.0.2",), listeners=self.LISTENING, bindings=(Binding(80, "tcp", "8080", "127.0.0.1"),))
        assert self.doors(target) == {"80/tcp": {Address("172.21.0.2", 80)}}
        assert self.doors(target, inside("host", 1)) == {"80/tcp": {Address("172.21.0.2", 80), Address("127.0.0.1", 8080)}}

    def test_is_loopback_alone_in_a_shared_namespace(self) -> None:
        target = inside("db", 11, space=Space(11, 10), addresses=("172.21.0.2",), listeners=self.LISTENING)
        assert self.doors(target) == {"80/tcp": {Address("127.0.0.1", 80)}}

    def test_is_only_the_address_to_which_something_is_bound(self) -> None:
        target = inside("db", 11, addresses=("172.21.0.2", "172.22.0.2"), listeners=frozenset({Address("172.22.0.2", 80)}))
        assert self.doors(target) == {"80/tcp": {Address("172.22.0.2", 80)}}
        assert target.unknown_doors == {"80/tcp"}

    def test_is_nothing_of_the_hosts_own_network(self) -> None:
        assert self.doors(inside("db", 11, space=Space(11, 1), listeners=self.LISTENING)) == {}

    def test_over_ipv6_is_what_listens_there(self) -> None:
        target = inside("db", 11, addresses=("172.21.0.2", "fd00::2"), listeners=frozenset({Address("::", 80)}))
        assert self.doors(target) == {"80/tcp": {Address("172.21.0.2", 80), Address("fd00::2", 80)}}


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Reached], None]:
    """Namespaces that are not there, in which everything listens on port 80."""

    def prepare(reached: Reached) -> None:
        def ask(wanted: Mapping[Space, Iterable[Address]]) -> Mapping[Space, frozenset[Address]]:
            return {space: frozenset(one for one in addresses if reached(space, one)) for space, addresses in wanted.items()}

        answers = {"host": lambda: Space(1, 1), "of_container": lambda pid, _: Space(pid, pid), "require_root": lambda: None, "gateways": lambda _: frozenset()}
        for name, answer in answers.items():
            monkeypatch.setattr(netns, name, answer)
        monkeypatch.setattr(netns, "listeners", lambda _: frozenset({Address("0.0.0.0", 80)}))
        monkeypatch.setattr(netns, "reached", ask)

    return prepare


def two() -> list[Workload]:
    """The flat shop as it runs."""
    return [composed("shop", name, pid=pid, networks=(at("shop_default", f"172.20.0.{pid}"),)) for name, pid in (("web", 10), ("db", 11))]


class TestConnections:
    def test_that_are_open_as_predicted_are_no_difference(self, tmp_path: Path, answering: Callable[[Reached], None]) -> None:
        answering(lambda *_: True)
        found = verified(FLAT, tmp_path, two(), connect=True)
        assert not found.differs
        assert [(pair.source, pair.target, pair.found) for pair in found.pairs] == [
            *(("web", "db", ("80/tcp",)), ("db", "web", ("80/tcp",))),
            *(("host", "web", ("80/tcp",)), ("host", "db", ("80/tcp",))),
        ]

    def test_of_one_replica_that_differs_speak_for_the_service(self, tmp_path: Path, answering: Callable[[Reached], None]) -> None:
        answering(lambda space, _: space.pid != 12)
        third = composed("shop", "web", 2, pid=12, networks=(at("shop_default", "172.20.0.12"),))
        found = verified(FLAT, tmp_path, [*two(), third], connect=True)
        assert [(pair.source, pair.target) for pair in found.pairs if pair.differs] == [("web", "db")]

    def test_of_a_container_that_was_restarted_meanwhile_count_for_nothing(self, tmp_path: Path, answering: Callable[[Reached], None]) -> None:
        answering(lambda *_: False)
        runs = two()
        engine = FakeEngine()
        answers = iter([runs, [replace(runs[0], pid=99), runs[1]]])
        engine.containers = lambda: next(answers)  # type: ignore[method-assign]
        found = verified(FLAT, tmp_path, (), connect=True, engine=engine)
        assert {(pair.source, pair.target) for pair in found.pairs if not pair.unasked} == {("host", "db")}
        assert "web: it was restarted meanwhile" in verification_text(found)

    def test_are_not_too_many(self, tmp_path: Path, answering: Callable[[Reached], None], monkeypatch: pytest.MonkeyPatch) -> None:
        answering(lambda *_: pytest.fail("nothing may be tried"))
        monkeypatch.setattr(verifying, "LIMIT", 3)
        with pytest.raises(EngineError, match="it would take 4 connections"):
            verified(FLAT, tmp_path, two(), connect=True)

    def test_of_sixty_services_are_all_compared(self, tmp_path: Path, answering: Callable[[Reached], None]) -> None:
        answering(lambda *_: True)
        names = [f"s{number}" for number in range(60)]
        text = "services:\n" + "".join(f"  {name}: {{image: nginx}}\n" for name in names)
        runs = [composed("shop", name, pid=pid, networks=(at("shop_default", f"172.20.1.{pid}"),)) for pid, name in enumerate(names, 10)]
        found = verified(text, tmp_path, runs, connect=True)
        assert (len(found.pairs), found.attempts, found.differs) == (60 * 60, 60 * 60, False)
        assert "3600 of 3600 pairs as predicted" in " ".join(verification_text(found).split())

    def test_need_root(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(EngineError, match="only root on the engine's host") as raised:
            verified(FLAT, tmp_path, two(), connect=True)
        assert "--no-connect" in raised.value.hint


class TestTheReport:
    def test_names_every_difference(self, tmp_path: Path, answering: Callable[[Reached], None]) -> None:
        answering(lambda space, one: (space.pid, one.host) != (11, "172.20.0.10"))
        back = (at("shop_back", "172.21.0.11"), at("shop_front", "172.20.0.11"))
        runs = [composed("shop", "web", pid=10, networks=(at("shop_front", "172.20.0.10"),)), composed("shop", "db", pid=11, networks=back)]
        nets = [network("shop", "front"), network("shop", "back")]
        found = verified(SPLIT, tmp_path, (), connect=True, engine=FakeEngine([*runs, composed("shop", "stray", networks=(at("shop_back"),))], nets))
        assert verification_text(found) == TEXT
        data = verification_json(found)
        assert data["differs"] is True
        assert {(pair["from"], pair["to"]): pair["state"] for pair in data["pairs"]} == {
            ("web", "db"): "differs",
            ("db", "web"): "differs",
            ("host", "web"): "same",
            ("host", "db"): "same",
        }


TEXT = """\
shop: predicted and found on Docker 28.5.2

      to → web  db  host
      web   –   +
      db    ×   –
zones host  ●   ●    –

● open, as predicted     · closed, as predicted   ? not asked
+ open, should be closed   × closed, should be open

Connections that differ
  - web → db: 80/tcp answers and should not.
  - db → web: 80/tcp should answer and does not.

Networks that differ
  - db (shop-db-1) is on shop_front and should not be.
  - shop-stray-1 is none of the project's containers, and is on its shop_back.

2 of 4 pairs as predicted; 2 containers on other networks than predicted. 6
connections tried.
"""


class TestNamespaces:
    def test_print_addresses_as_the_kernel_writes_them(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.byteorder", "little")
        table = tmp_path / "tcp6"
        rows = ("0100007F:1F90 00000000:0000 0A", "00000000000000000000000000000000:0050 0:0 0A", "0000000000000000FFFF0000020014AC:0016 0:0 0A")
        table.write_text("header\n" + "".join(f"   0: {row} 0\n" for row in (*rows, "020014AC:0050 0:0 01")))
        assert list(netns._listening(table)) == [Address("127.0.0.1", 8080), Address("::", 80), Address("172.20.0.2", 22)]

    def test_of_a_process_that_is_not_the_container_are_not_entered(self) -> None:
        with pytest.raises(EngineError, match="is not on this machine"):
            netns.of_container(os.getpid(), "a" * 64)

    @ROOT_ONLY
    def test_take_connections_and_leave_the_rest(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            wanted = {Address("127.0.0.1", one.getsockname()[1]) for one in (server, deaf)}
            space = Space(os.getpid(), os.stat("/proc/self/ns/net").st_ino)
            assert netns.reached({space: wanted}) == {space: {Address("127.0.0.1", server.getsockname()[1])}}

    def test_that_have_ended_reach_nothing(self) -> None:
        gone = Space(2**22 + 1, 0)
        assert netns.reached({gone: {Address("127.0.0.1", 1)}}) == {gone: frozenset()}
        assert netns.listeners(gone) == frozenset()
        assert netns.gateways(gone) == frozenset()
