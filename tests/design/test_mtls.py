"""Which connections can speak mutual TLS, what that does to the networks, and what is refused by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batten.design import Design, file
from batten.design.proposal import propose
from batten.design.rerouting import rerouted
from batten.design.sections.mtls import ENVOY, Link, MutualTls
from batten.design.sections.networks import KEEP, TIERS, Networks, PlannedNetwork
from batten.design.sidecar_obstacles import link_of
from batten.design.sidecars import needed, sidecars
from batten.errors import DesignError
from batten.hardening import harden
from batten.model import Connection, Evidence, EvidenceKind, Project
from tests.support import project_of

SHOP = """
services:
  web:
    image: example.org/web
    ports: ["8080:80"]
    environment: {API: "http://api:8000"}
  api:
    image: example.org/api
    environment: {DATABASE_URL: "postgres://db/x"}
  report:
    image: example.org/report
    environment: {DATABASE_URL: "postgres://db/x"}
  db:
    image: postgres:16
    ports: ["127.0.0.1:5432:5432"]
    environment: {POSTGRES_PASSWORD: x}
"""
WHY = (Evidence(EvidenceKind.NAMED, None, "told"),)
NEEDED = (Connection("web", "api", WHY), Connection("api", "db", WHY), Connection("report", "db", WHY))


def designed(*links: Link, networks: Networks | None = None, connections: tuple[Connection, ...] = NEEDED) -> Design:
    """A design with these links; without networks of its own the project's are kept."""
    return Design(connections=connections, networks=networks or Networks(), mtls=MutualTls(links))


def members(design: Design) -> dict[str, tuple[str, ...]]:
    """Who is on which network."""
    return {name: network.services for name, network in design.networks.networks.items()}


API_DB = Link("api", "db", (5432,))
REPORT_DB = Link("report", "db", (5432,))


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    return project_of(SHOP, tmp_path)


class TestSection:
    @pytest.mark.parametrize(
        "mtls", [MutualTls(), MutualTls((API_DB, REPORT_DB)), MutualTls((API_DB,), ENVOY), MutualTls((API_DB,), image="example.org/nginx:2@sha256:0")]
    )
    def test_comes_back_as_it_was(self, mtls: MutualTls) -> None:
        assert file.load(file.dump(Design(mtls=mtls))).mtls == mtls

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("{proxy: haproxy}", "not a proxy"),
            ("{image: 'a b'}", "not the name of an image"),
            ("{image: '$(reboot)'}", "not the name of an image"),
            ("{connections: [{from: a, to: b, ports: [0]}]}", "from 1 to 65535"),
            ("{connections: [{from: a, to: b, ports: ['5432']}]}", "from 1 to 65535"),
            ("{connections: [{from: a, to: b, ports: [true]}]}", "from 1 to 65535"),
            ("{connections: [{from: a, to: b, ports: [1]}, {from: a, to: b, ports: [2]}]}", "twice"),
            ("{connections: [{to: b, ports: [1]}]}", "from is missing"),
            ("{links: []}", "not a key"),
        ],
    )
    def test_what_cannot_be_meant_is_refused_with_its_place(self, text: str, complaint: str) -> None:
        with pytest.raises(DesignError, match=complaint) as caught:
            file.load(f"version: 1\nmtls: {text}\n")
        assert caught.value.span is not None


class TestNetworks:
    def test_without_links_stay_as_they_are(self, shop: Project) -> None:
        design = propose(shop)
        assert rerouted(shop, design) is design

    def test_the_two_meet_through_their_sidecars_alone(self, shop: Project) -> None:
        found = members(rerouted(shop, designed(API_DB, REPORT_DB)))
        assert found["default"] == ("web", "api", "report")
        assert found["db-private"] == ("db", "db-mtls")
        assert found["api-private"] == ("api", "api-to-db-mtls")
        assert found["db-mtls"] == ("db-mtls", "api-to-db-mtls", "report-to-db-mtls")
        assert not any({"api", "db"} <= set(one) or {"report", "db"} <= set(one) for one in found.values())

    def test_a_caller_without_tls_keeps_a_network_with_it(self, shop: Project) -> None:
        found = members(rerouted(shop, designed(API_DB)))
        assert ("db", "report") in found.values()
        assert not any({"api", "db"} <= set(one) for one in found.values())

    def test_a_published_port_keeps_its_way(self, shop: Project) -> None:
        networks = rerouted(shop, designed(API_DB)).networks.networks
        assert networks["db-outside"].services == ("db",)
        assert not networks["db-outside"].internal

    def test_private_ones_have_no_way_out(self, shop: Project) -> None:
        networks = rerouted(shop, designed(API_DB)).networks.networks
        assert all(networks[name].internal for name in ("db-private", "api-private", "db-mtls"))

    def test_one_that_is_left_to_a_single_service_goes(self, tmp_path: Path) -> None:
        project = project_of("services: {a: {image: x/a}, b: {image: x/b}}", tmp_path)
        planned = Networks(KEEP, {"both": PlannedNetwork(("a", "b"), internal=True)})
        found = members(rerouted(project, designed(Link("a", "b", (1,)), networks=planned, connections=())))
        assert set(found) == {"a-private", "b-private", "b-mtls"}

    def test_callers_who_need_nobody_else_there_no_longer_meet_there(self, shop: Project) -> None:
        planned = Networks(TIERS, {"data": PlannedNetwork(("api", "report", "db"), internal=True), "edge": PlannedNetwork(("web", "api"))})
        found = members(rerouted(shop, designed(API_DB, REPORT_DB, networks=planned)))
        assert "data" not in found
        assert found["edge"] == ("web", "api")

    def test_one_that_is_all_that_a_service_has_stays(self, shop: Project) -> None:
        planned = Networks(TIERS, {"data": PlannedNetwork(("api", "web", "db"), internal=True)})
        assert members(rerouted(shop, designed(API_DB, networks=planned, connections=())))["data"] == ("api", "web")

    def test_both_ways_at_once(self, tmp_path: Path) -> None:
        project = project_of("services: {a: {image: x/a}, b: {image: x/b}}", tmp_path)
        found = members(rerouted(project, designed(Link("a", "b", (1,)), Link("b", "a", (2,)), connections=())))
        assert found["a-private"] == ("a", "a-mtls", "a-to-b-mtls")
        assert not any({"a", "b"} <= set(one) for one in found.values())

    def test_needed_connections_run_through_the_sidecars_once_those_are_there(self, shop: Project) -> None:
        design = designed(API_DB)
        assert needed(shop, design) == NEEDED
        after = harden(shop, design).after
        pairs = [(one.source, one.target) for one in needed(after, design)]
        assert pairs == [("web", "api"), ("api", "api-to-db-mtls"), ("api-to-db-mtls", "db-mtls"), ("db-mtls", "db"), ("report", "db")]


class TestPorts:
    @pytest.mark.parametrize(
        ("caller", "callee", "ports"),
        [
            ("environment: {URL: 'postgres://u:p@db:6000/x'}", "image: postgres:16", (5432, 6000)),
            ("environment: {URL: 'http://db/x'}", "image: example.org/x", (80,)),
            ("environment: {URL: 'db.example.org:81'}", "image: postgres:16", (5432,)),
            ("command: wait-for db:7000", "image: example.org/x", (7000,)),
            ("environment: {}", "{image: example.org/x, expose: ['9000-9001']}", (9000, 9001)),
            ("environment: {}", "{image: example.org/x, ports: ['80:8000']}", (8000,)),
            ("environment: {URL: 'http://store:9000'}", "{image: example.org/x, container_name: store}", (9000,)),
        ],
    )
    def test_are_those_that_files_and_images_tell(self, tmp_path: Path, caller: str, callee: str, ports: tuple[int, ...]) -> None:
        body = callee if callee.startswith("{") else f"{{{callee}}}"
        project = project_of(f"services:\n  api: {{image: example.org/api, {caller}}}\n  db: {body}\n", tmp_path)
        assert link_of(project, Connection("api", "db", ())) == Link("api", "db", ports)


class TestObstacles:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("a: {image: x, network_mode: host}\n  b: {image: y, expose: [1]}", "a has 'network_mode: host'"),
            ("a: {image: x}\n  b: {image: y, expose: [1], network_mode: 'service:c'}\n  c: {image: z}", "b has 'network_mode: service:c'"),
            ("a: {image: x}\n  b: {image: y, expose: [1]}\n  c: {image: z, network_mode: 'service:b'}", "c lives in the network namespace of b"),
            ("a: {image: x, links: [b]}\n  b: {image: y, expose: [1]}", "a has a link to b"),
            ("a: {image: x}\n  b: {image: y}", "nothing says on which port b listens"),
            ("a: {image: x}\n  b: {image: y, expose: ['8125/udp', '80']}", "8125/udp"),
            ("a: {image: x}\n  b: {image: y, expose: ['1-99']}", "listens on 99 ports"),
            ("a: {image: x}\n  b: {image: y, expose: [1]}\n  B: {image: z}", "capital letters"),
            ("a: {image: traefik:3}\n  b: {image: y, expose: [1], labels: {traefik.enable: 'true'}}", "finds b by its labels"),
        ],
    )
    def test_are_told_by_name(self, tmp_path: Path, text: str, reason: str) -> None:
        project = project_of(f"services:\n  {text}\n", tmp_path)
        found = link_of(project, Connection("a", "b", ()))
        assert isinstance(found, str)
        assert reason in found

    @pytest.mark.parametrize(
        ("network", "member", "reason"),
        [
            ("{ipam: {config: [{subnet: 10.9.0.0/24}]}}", "{ipv4_address: 10.9.0.5}", "fixed address"),
            ("{external: true}", "{}", "is external"),
            ("{driver: macvlan}", "{}", "has the driver macvlan"),
        ],
    )
    def test_in_networks(self, tmp_path: Path, network: str, member: str, reason: str) -> None:
        text = f"services:\n  a: {{image: x, networks: [n]}}\n  b: {{image: y, expose: [1], networks: {{n: {member}}}}}\nnetworks:\n  n: {network}\n"
        found = link_of(project_of(text, tmp_path), Connection("a", "b", ()))
        assert isinstance(found, str)
        assert reason in found

    def test_a_stranger(self, shop: Project) -> None:
        with pytest.raises(DesignError, match="api → store cannot speak mutual TLS: there is no service store"):
            rerouted(shop, designed(Link("api", "store", (1,))))

    def test_a_port_that_is_known_for_datagrams_alone(self, tmp_path: Path) -> None:
        project = project_of("services: {a: {image: x}, b: {image: y, expose: ['8125/udp']}}", tmp_path)
        with pytest.raises(DesignError, match="TLS carries no datagrams"):
            rerouted(project, designed(Link("a", "b", (8125,)), connections=()))
        assert rerouted(project, designed(Link("a", "b", (80,)), connections=())).networks.networks

    def test_a_link_without_ports(self, shop: Project) -> None:
        with pytest.raises(DesignError, match="nothing says on which port"):
            rerouted(shop, designed(Link("api", "db", ())))

    def test_a_connection_back_without_tls(self, shop: Project) -> None:
        back = (*NEEDED, Connection("db", "api", WHY))
        with pytest.raises(DesignError, match="choose both ways"):
            rerouted(shop, designed(API_DB, connections=back))

    @pytest.mark.parametrize("taken", ["services:\n  db-mtls: {image: z}", "services:\n  z: {image: z, networks: [db-private]}\nnetworks:\n  db-private: {}"])
    def test_a_name_that_is_taken(self, tmp_path: Path, taken: str) -> None:
        services, _, rest = taken.removeprefix("services:\n").partition("\nnetworks:")
        text = f"{SHOP}{services}\n" + (f"networks:{rest}\n" if rest else "")
        with pytest.raises(DesignError, match="already"):
            rerouted(project_of(text, tmp_path), designed(API_DB))

    def test_a_network_of_the_design_with_the_same_name(self, shop: Project) -> None:
        with pytest.raises(DesignError, match="has a network 'db-private' of its own"):
            rerouted(shop, designed(API_DB, networks=Networks(KEEP, {"db-private": PlannedNetwork(("api", "db"))})))


class TestHostileNames:
    @pytest.mark.parametrize("name", ["-rf", "..", ".", "_x", "all", "due", "a" * 200])
    def test_are_refused_with_a_message(self, tmp_path: Path, name: str) -> None:
        project = project_of(f"services:\n  a: {{image: x}}\n  '{name}': {{image: y, expose: [1]}}\n", tmp_path)
        with pytest.raises(DesignError, match="cannot speak mutual TLS"):
            rerouted(project, designed(Link("a", name, (1,)), connections=()))

    @pytest.mark.parametrize("name", ["$(reboot)", "a b", "a'b", 'a"b', "é", "a\nb", "`x`", "a/b", "a;b", "a{b}"])
    def test_that_no_service_can_have_are_not_found(self, shop: Project, name: str) -> None:
        with pytest.raises(DesignError, match="there is no service"):
            rerouted(shop, designed(Link("api", name, (1,))))


def test_a_sidecar_for_each_service_that_is_called_and_for_each_connection() -> None:
    every = sidecars(MutualTls((API_DB, REPORT_DB, Link("web", "api", (8000, 8001)))))
    assert [(one.name, one.app, one.inbound, one.ports) for one in every] == [
        ("db-mtls", "db", True, (5432,)),
        ("api-mtls", "api", True, (8000, 8001)),
        ("api-to-db-mtls", "api", False, (5432,)),
        ("report-to-db-mtls", "report", False, (5432,)),
        ("web-to-api-mtls", "web", False, (8000, 8001)),
    ]


def test_a_design_without_networks_is_not_given_any(shop: Project) -> None:
    assert rerouted(shop, replace(designed(), connections=())).networks == Networks()
