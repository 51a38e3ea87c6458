"""Comparing a prediction with what is there: memberships, which addresses are tried, and what the answers mean."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from batten.engine import lookups, netns, tables
from batten.engine.grouping import COMPOSE_SERVICE
from batten.engine.netns import Namespaces
from batten.engine.protocol import About, Binding, Membership, Swarm, Task, Workload
from batten.engine.surroundings import Inside, Surroundings
from batten.engine.vantage import Address, Asked, Heard, Look, Name, Pace, Space
from batten.engine.verifying import LIMIT, Verification, Verifying, verify
from batten.errors import EngineError
from batten.reach import predict
from batten.report.verification import verification_json, verification_text
from tests.live.fakes import FakeEngine, composed, container, network
from tests.support import project_of

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/verify.schema.json").read_text())
FLAT = "services: {web: {image: nginx}, db: {image: postgres}}\n"
SPLIT = """
services:
  web: {image: nginx, networks: [front], ports: ["8080:80"]}
  db: {image: postgres, networks: [back]}
networks: {front: {}, back: {}, shared: {external: true, name: shared}}
"""
ROOT_ONLY = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may enter a namespace")
Reached = Callable[[Space, Address], bool]
Resolved = Callable[[Space, Name], frozenset[str]]


def at(name: str, *addresses: str) -> Membership:
    """A place in a network of the shop."""
    return Membership(name, addresses=addresses)


def verified(
    text: str, tmp_path: Path, runs: Iterable[Workload], place: Place | None = None, *, engine: FakeEngine | None = None, limit: int = LIMIT
) -> Verification:
    """What a comparison comes to."""
    project = project_of(text, tmp_path)
    enter = (lambda _: place) if place is not None else None
    return verify(project, predict(project, connections=()), engine or FakeEngine(list(runs)), "28.5.2", enter, limit=limit)


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

    def test_of_a_stack_know_the_swarms_own_network(self, tmp_path: Path) -> None:
        text = "services: {web: {image: nginx, ports: ['8080:80']}, db: {image: postgres}}\n"
        runs = [task("web", at("shop_default"), at("ingress")), task("db", at("shop_default"), at("ingress"))]
        (one,) = verified(text, tmp_path, runs, engine=FakeEngine(runs, told=worker())).memberships
        assert (one.service, one.expected, one.found) == ("db", ("shop_default",), ("ingress", "shop_default"))


def task(service: str, *networks: Membership, number: int = 1, pid: int = 0) -> Workload:
    """A container that a swarm made for the shop."""
    labels = {"com.docker.swarm.task.id": f"{service}{number}", "com.docker.swarm.service.name": f"shop_{service}", "com.docker.stack.namespace": "shop"}
    return container(f"shop_{service}.{number}", labels=labels, networks=networks, pid=pid)


def worker() -> About:
    """A worker of a swarm."""
    return About("quay", "28.5.2", "1.51", "unix:///var/run/docker.sock", "worker")


def manager() -> About:
    """A manager of a swarm, as node ``n1``."""
    return About("quay", "28.5.2", "1.51", "unix:///var/run/docker.sock", "manager", {"Swarm": {"NodeID": "n1"}})


class TestAStack:
    RUNS = (task("web", at("shop_default", "10.0.1.3"), pid=10), task("db", at("shop_default", "10.0.1.5"), pid=11))

    def swarm(self) -> FakeEngine:
        """A service of two tasks, one of them elsewhere, and one that has an address of its own."""
        web, db = (Workload("service", f"{name}-id", f"shop_{name}", "x", {}, {}, virtual=virtual) for name, virtual in (("web", ()), ("db", ("10.0.1.4",))))
        tasks = [Task("web-id", "n1", "running", ("10.0.1.3",)), Task("web-id", "n2", "running", ("10.0.1.7",)), Task("db-id", "n1", "running", ("10.0.1.5",))]
        return FakeEngine(self.RUNS, state=Swarm(services=(web, db)), asks=tasks, told=manager())

    def resolved(self, _: Space, name: Name) -> frozenset[str]:
        """As the engine answers."""
        return frozenset({"10.0.1.3", "10.0.1.7"} if name.name == "web" else {"10.0.1.4"})

    def test_is_asked_on_the_node_at_hand_and_the_rest_is_told(self, tmp_path: Path) -> None:
        found = verified(FLAT, tmp_path, (), Place(resolved=self.resolved), engine=self.swarm())
        assert not found.differs
        Draft202012Validator(SCHEMA).validate(verification_json(found))
        assert found.unasked == {"web": "1 of its 2 tasks run on other nodes and were not asked"}
        assert [pair.unasked for pair in found.pairs] == [""] * 4

    def test_on_a_worker_is_not_known_wholly(self, tmp_path: Path) -> None:
        found = verified(FLAT, tmp_path, (), Place(resolved=self.resolved), engine=FakeEngine(self.RUNS, told=worker()))
        assert not found.differs
        assert set(found.unasked.values()) == {"only its containers on this node were asked: a worker does not know of others"}


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


class Place:
    """A ``Vantage`` on namespaces that are not there, in which everything listens on port 80."""

    host = Space(1, 1)
    notes = ("The moon was not asked.",)

    def __init__(self, reached: Reached = lambda *_: True, resolved: Resolved | None = None) -> None:
        self._reached, self._resolved = reached, resolved or self._right
        self._containers: Sequence[Workload] = ()
        self.closed = False

    def _right(self, _: Space, name: Name) -> frozenset[str]:
        named = [one for one in self._containers if one.labels.get(COMPOSE_SERVICE) == name.name]
        return frozenset(address for one in named for member in one.networks for address in member.addresses)

    @staticmethod
    def anybody(name: Name) -> frozenset[str]:
        """The addresses of the flat shop."""
        return frozenset({"172.20.0.10" if name.name == "web" else "172.20.0.11"})

    def look(self, containers: Sequence[Workload]) -> Mapping[str, Look | str]:
        """See the protocol."""
        self._containers = containers
        return {one.id: Look(Space(one.pid, one.pid), frozenset({Address("0.0.0.0", 80)})) for one in containers}

    def ask(self, wanted: Mapping[Space, Asked]) -> Iterator[tuple[Space, Heard]]:
        """See the protocol."""
        for space, asked in wanted.items():
            found = frozenset(one for one in asked.addresses if self._reached(space, one))
            yield space, Heard(found, frozenset(), {name: self._resolved(space, name) for name in asked.names})

    def __enter__(self) -> Place:
        """See the protocol."""
        return self

    def __exit__(self, *_: object) -> None:
        """See the protocol."""
        self.closed = True


def two() -> list[Workload]:
    """The flat shop as it runs."""
    return [composed("shop", name, pid=pid, networks=(at("shop_default", f"172.20.0.{pid}"),)) for name, pid in (("web", 10), ("db", 11))]


class TestConnections:
    def test_that_are_open_as_predicted_are_no_difference(self, tmp_path: Path) -> None:
        place = Place(lambda *_: True)
        found = verified(FLAT, tmp_path, two(), place)
        assert not found.differs
        assert [(pair.source, pair.target, pair.found) for pair in found.pairs] == [
            *(("web", "db", ("80/tcp",)), ("db", "web", ("80/tcp",))),
            *(("host", "web", ("80/tcp",)), ("host", "db", ("80/tcp",))),
        ]

    def test_of_one_replica_that_differs_speak_for_the_service(self, tmp_path: Path) -> None:
        place = Place(lambda space, _: space.pid != 12)
        third = composed("shop", "web", 2, pid=12, networks=(at("shop_default", "172.20.0.12"),))
        found = verified(FLAT, tmp_path, [*two(), third], place)
        assert [(pair.source, pair.target) for pair in found.pairs if pair.differs] == [("web", "db")]

    def test_of_a_container_that_was_restarted_meanwhile_count_for_nothing(self, tmp_path: Path) -> None:
        place = Place(lambda *_: False)
        runs = two()
        engine = FakeEngine()
        answers = iter([runs, [replace(runs[0], pid=99), runs[1]]])
        engine.containers = lambda: next(answers)  # type: ignore[method-assign]
        found = verified(FLAT, tmp_path, (), place, engine=engine)
        assert {(pair.source, pair.target) for pair in found.pairs if not pair.unasked} == {("host", "db")}
        assert "web: it was restarted meanwhile" in verification_text(found)

    def test_are_not_too_many(self, tmp_path: Path) -> None:
        place = Place(lambda *_: pytest.fail("nothing may be tried"))
        with pytest.raises(EngineError, match="it would take 6 connections and lookups"):
            verified(FLAT, tmp_path, two(), place, limit=5)
        assert place.closed

    def test_of_sixty_services_are_all_compared(self, tmp_path: Path) -> None:
        place = Place(lambda *_: True)
        names = [f"s{number}" for number in range(60)]
        text = "services:\n" + "".join(f"  {name}: {{image: nginx}}\n" for name in names)
        runs = [composed("shop", name, pid=pid, networks=(at("shop_default", f"172.20.1.{pid}"),)) for pid, name in enumerate(names, 10)]
        found = verified(text, tmp_path, runs, place)
        assert (len(found.pairs), found.attempts, found.differs) == (60 * 60, 60 * 60 + 60 * 59, False)
        assert "3600 of 3600 pairs as predicted" in " ".join(verification_text(found).split())

    def test_are_told_one_by_one(self, tmp_path: Path) -> None:
        place, project = Place(), project_of(FLAT, tmp_path)
        check = Verifying(project, predict(project, connections=()), FakeEngine(two()), "28.5.2", lambda _: place)
        told = list(check.measure())
        assert [(one.done, one.total) for one in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
        assert {one.pair for one in told} == set(check.verdict().pairs)

    def test_can_be_stopped_between_two(self, tmp_path: Path) -> None:
        place, project = Place(), project_of(FLAT, tmp_path)
        check = Verifying(project, predict(project, connections=()), FakeEngine(two()), "28.5.2", lambda _: place)
        pairs = check.measure()
        next(pairs)
        pairs.close()
        assert place.closed


class TestNames:
    def test_are_looked_up_where_two_share_a_network(self, tmp_path: Path) -> None:
        found = verified(FLAT, tmp_path, two(), Place())
        assert [(one.source, one.name, one.found) for one in found.names] == [("web", "db", ("172.20.0.11",)), ("db", "web", ("172.20.0.10",))]
        runs = [composed("shop", name, pid=pid, networks=(at(f"shop_{net}", f"172.20.0.{pid}"),)) for name, pid, net in TWO_NETS]
        assert verified(SPLIT, tmp_path, runs, Place()).names == ()

    def test_that_lead_to_somebody_else_are_told(self, tmp_path: Path) -> None:
        found = verified(FLAT, tmp_path, two(), Place(resolved=lambda space, _: frozenset({"172.20.0.66"} if space.pid == 10 else {"172.20.0.10"})))
        assert found.differs
        assert "web is led to 172.20.0.66 by the name db, which is not db." in verification_text(found)
        Draft202012Validator(SCHEMA).validate(verification_json(found))
        assert verification_json(found)["names"] == [{"from": "web", "to": "db", "name": "db", "expected": ["172.20.0.11"], "found": ["172.20.0.66"]}]

    def test_that_are_not_known_are_told(self, tmp_path: Path) -> None:
        found = verified(FLAT, tmp_path, two(), Place(resolved=lambda *_: frozenset()))
        assert "db does not find web by name." in verification_text(found)

    def test_may_be_aliases_that_two_services_share(self, tmp_path: Path) -> None:
        text = "services:\n"
        text += "".join(f"  {name}: {{image: x, networks: {{default: {{aliases: [store]}}}}}}\n" for name in ("web", "db"))
        both = frozenset({"172.20.0.10", "172.20.0.11"})
        found = verified(text, tmp_path, two(), Place(resolved=lambda _, name: both if name.name == "store" else Place.anybody(name)))
        assert not found.differs
        assert {one.name for one in found.names} == {"web", "db", "store"}


TWO_NETS = (("web", 10, "front"), ("db", 11, "back"))


class TestTheReport:
    def test_names_every_difference(self, tmp_path: Path) -> None:
        place = Place(lambda space, one: (space.pid, one.host) != (11, "172.20.0.10"))
        back = (at("shop_back", "172.21.0.11"), at("shop_front", "172.20.0.11"))
        runs = [composed("shop", "web", pid=10, networks=(at("shop_front", "172.20.0.10"),)), composed("shop", "db", pid=11, networks=back)]
        nets = [network("shop", "front"), network("shop", "back")]
        found = verified(SPLIT, tmp_path, (), place, engine=FakeEngine([*runs, composed("shop", "stray", networks=(at("shop_back"),))], nets))
        assert verification_text(found) == TEXT
        data = verification_json(found)
        Draft202012Validator(SCHEMA).validate(data)
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

The moon was not asked.

2 of 4 pairs as predicted; 2 containers on other networks than predicted. 6
questions asked.
"""


class TestNamespaces:
    def test_print_addresses_as_the_kernel_writes_them(self) -> None:
        rows = ("0100007F:1F90 00000000:0000 0A", "00000000000000000000000000000000:0050 0:0 0A", "0000000000000000FFFF0000020014AC:0016 0:0 0A")
        table = "header\n" + "".join(f"   0: {row} 0\n" for row in (*rows, "020014AC:0050 0:0 01"))
        assert tables.listeners({"tcp6": table}, "little") == {Address("::", 80), Address("172.20.0.2", 22)}
        assert tables.listeners({"tcp": "header\n 0: AC140002:0050 0:0 0A 0\n"}, "big") == {Address("172.20.0.2", 80)}

    def test_tell_datagram_listeners_from_clients_by_chance(self) -> None:
        rows = ("00000000:0035 0:0 07", "00000000:C350 0:0 07", "020014AC:0044 030014AC:0043 01")
        table = "header\n" + "".join(f"   0: {row} 0\n" for row in rows)
        assert tables.listeners({"udp": table}, "little") == {Address("0.0.0.0", 53, "udp")}

    def test_are_entered_by_root_and_only_where_the_containers_processes_are(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stranger = [container("loner", pid=os.getpid())]
        assert not netns.possible(stranger)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert not netns.possible(stranger)

    @ROOT_ONLY
    def test_take_connections_and_leave_the_rest(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            wanted = frozenset(Address("127.0.0.1", one.getsockname()[1]) for one in (server, deaf))
            assert heard(Asked(wanted)).open == {Address("127.0.0.1", server.getsockname()[1])}

    @ROOT_ONLY
    def test_tell_of_datagrams_what_can_be_known(self) -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as silent, socket.socket(type=socket.SOCK_DGRAM) as gone:
            for one in (silent, gone):
                one.bind(("127.0.0.1", 0))
            ends = [Address("127.0.0.1", one.getsockname()[1], "udp") for one in (silent, gone)]
            gone.close()
            found = heard(Asked(frozenset(ends)))
            assert not found.open and found.closed == {ends[1]}
            assert silent.recv(10) == b"", "an empty datagram is all that is sent"

    def test_that_have_ended_reach_nothing(self) -> None:
        gone = Space(2**22 + 1, 0)
        assert heard(Asked(frozenset({Address("127.0.0.1", 1)})), gone) == Heard()


def heard(asked: Asked, space: Space | None = None) -> Heard:
    """What is heard from inside a namespace, our own if no other."""
    own = Space(os.getpid(), os.stat("/proc/self/ns/net").st_ino)
    with Namespaces(Pace(1000)) as vantage:
        ((_, found),) = vantage.ask({space or own: asked})
    return found


class TestThePace:
    def test_is_kept_whoever_asks(self) -> None:
        pace, begun = Pace(100), time.monotonic()
        assert all(pace.wait() for _ in range(11))
        assert time.monotonic() - begun >= 0.1

    def test_ends_for_all(self) -> None:
        pace = Pace(0.001)
        pace.wait()
        threading.Timer(0.05, pace.stop).start()
        assert not pace.wait()


class TestLookups:
    ASKED = Name("db", 4)

    def test_are_written_as_the_standard_has_it(self) -> None:
        assert lookups.question(Name("a.db"), 7) == bytes.fromhex("000701000001000000000000 0161 026462 00 0001 0001")
        assert lookups.question(Name("db", 6), 7) == bytes.fromhex("000701000001000000000000 026462 00 001c 0001")
        assert lookups.question(Name("a..b"), 7) is None
        assert lookups.question(Name("x" * 64), 7) is None

    def test_give_the_addresses_of_the_answer(self) -> None:
        head, asked = "0007 8180 0001 0002 0000 0000", "026462 00 0001 0001"
        records = "c00c 0001 0001 00000258 0004 ac140002" + "c00c 0001 0001 00000258 0004 ac140003"
        assert lookups.answer(bytes.fromhex(head + asked + records), self.ASKED) == frozenset({"172.20.0.2", "172.20.0.3"})
        assert (lookups.number(bytes.fromhex(head)), lookups.number(b"")) == (7, -1)
        assert lookups.answer(bytes.fromhex("0007 8183 0001 0000 0000 0000" + asked), self.ASKED) == frozenset()

    @pytest.mark.parametrize("datagram", ["", "0007", "0007 8180 0002 0000 0000 0000", "0007 0100 0001 0000 0000 0000", "0007 8180 0001 0005 0000 0000 026462"])
    def test_take_nothing_else_for_an_answer(self, datagram: str) -> None:
        assert lookups.answer(bytes.fromhex(datagram), self.ASKED) is None

    @given(st.binary(max_size=80))
    def test_survive_any_datagram(self, rest: bytes) -> None:
        found = lookups.answer(b"\x00\x07\x81\x80\x00\x01" + rest, self.ASKED)
        assert found is None or all(ip_address(one) for one in found)
