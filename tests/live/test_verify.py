"""Comparing a prediction with what is there: memberships, which addresses are tried, and what the answers mean."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from batten.cli.commands.verify import _follow, configure
from batten.engine.protocol import Binding
from batten.engine.surroundings import Inside, Surroundings
from batten.engine.vantage import Address, Space
from batten.engine.verifying import LIMIT, RATE, Verifying
from batten.errors import EngineError
from batten.reach import predict
from batten.report.verification import verification_json, verification_text
from tests.cli.calling import call
from tests.live.comparing import FLAT, SCHEMA, SPLIT, Place, at, two, verified
from tests.live.fakes import FakeEngine, composed, container, network
from tests.support import project_of


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

    def test_are_counted_on_a_terminal(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        project, terminal = project_of(FLAT, tmp_path), io.StringIO()
        terminal.isatty = lambda: True  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stderr", terminal)
        _follow(Verifying(project, predict(project, connections=()), FakeEngine(two()), "28.5.2", lambda _: Place()))
        assert [line.removesuffix("\x1b[K") for line in terminal.getvalue().split("\r")[1:]] == [
            *("Looking into the containers", "1 of 4 pairs", "2 of 4 pairs", "3 of 4 pairs", "4 of 4 pairs", "")
        ]

    def test_of_a_replica_that_was_restarted_are_left_out(self, tmp_path: Path) -> None:
        third = composed("shop", "web", 2, pid=12, networks=(at("shop_default", "172.20.0.12"),))
        engine, runs = FakeEngine(), [*two(), third]
        answers = iter([runs, [*two(), replace(third, pid=99)]])
        engine.containers = lambda: next(answers)  # type: ignore[method-assign]
        found = verified(FLAT, tmp_path, (), Place(lambda space, one: space.pid != 12 and one.host != "172.20.0.12"), engine=engine)
        assert not found.differs
        assert found.unasked == {"web": "1 of its 2 containers could not be asked: it was restarted meanwhile"}

    def test_can_be_stopped_between_two(self, tmp_path: Path) -> None:
        place, project = Place(), project_of(FLAT, tmp_path)
        check = Verifying(project, predict(project, connections=()), FakeEngine(two()), "28.5.2", lambda _: place)
        pairs = check.measure()
        next(pairs)
        pairs.close()
        assert place.closed


class TestTheCommand:
    def test_says_the_limits_that_hold(self) -> None:
        parser = argparse.ArgumentParser()
        configure(parser)
        assert (parser.get_default("rate"), parser.get_default("limit")) == (RATE, LIMIT)
        assert "default: 50" in parser.format_help()

    @pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "²"])
    def test_takes_no_other_limits(self, text: str) -> None:
        assert call("verify", "--rate", text).code == 2


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

    def test_of_a_service_that_was_restarted_are_not_judged(self, tmp_path: Path) -> None:
        runs = two()
        engine = FakeEngine()
        answers = iter([runs, [replace(runs[0], pid=99), runs[1]]])
        engine.containers = lambda: next(answers)  # type: ignore[method-assign]
        found = verified(FLAT, tmp_path, (), Place(resolved=lambda *_: frozenset()), engine=engine)
        assert not found.differs
        assert found.names == ()

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
