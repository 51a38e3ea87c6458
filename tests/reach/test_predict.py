"""Who can reach whom, service by service."""

from __future__ import annotations

import pytest

from batten.model import Connection, Evidence, EvidenceKind, Project, Tier
from batten.reach import Reach, predict
from batten.reach.settings import Settings
from tests.reach.building import network, project, service


def needs(source: str, target: str, kind: EvidenceKind = EvidenceKind.NAMED) -> Connection:
    """A connection with one piece of evidence."""
    return Connection(source, target, (Evidence(kind, None, "DATABASE_URL"),))


def via(reach: Reach, source: str, target: str) -> tuple[str, ...]:
    """The roads of a path; none where it is closed."""
    path = reach.between(source, target)
    return path.via if path else ()


@pytest.fixture
def shop() -> Project:
    """A project cut into networks: the proxy in front, the database behind."""
    services = {
        "proxy": service(networks=["edge"], ports=["80:80"]),
        "api": service(networks=["edge", "data"]),
        "db": service(networks=["data"], ports=["5432:5432"]),
        "admin": service(networks=["ops"], ports=["127.0.0.1:9000:9000"]),
    }
    return project(services, {"data": network(internal=True)})


class TestServices:
    def test_a_flat_network_opens_every_pair(self) -> None:
        reach = predict(project({"a": service(), "b": service(), "c": service()}))
        assert len(reach.service_paths) == 6
        assert {path.via for path in reach.service_paths} == {("network default",)}
        assert {path.ports for path in reach.service_paths} == {()}

    def test_pairs_on_different_networks_are_closed(self, shop: Project) -> None:
        reach = predict(shop)
        assert via(reach, "proxy", "db") == via(reach, "admin", "api") == ()
        assert via(reach, "api", "db") == ("network data",)

    def test_a_published_port_is_a_road_for_services_of_other_networks(self, shop: Project) -> None:
        path = predict(shop).between("admin", "proxy")
        assert path is not None
        assert path.via == ("published 80 through the host's address",)
        assert path.ports == ("80/tcp",)

    def test_a_loopback_port_is_none_and_a_port_on_internal_networks_is_dead(self, shop: Project) -> None:
        reach = predict(shop)
        assert via(reach, "api", "admin") == ()
        assert via(reach, "admin", "db") == ()

    def test_all_roads_of_a_pair_are_named_and_the_widest_says_the_ports(self) -> None:
        services = {"a": service(networks=["x", "y"]), "b": service(networks=["x", "y"], ports=["8080:80", "10.0.0.1:5354:53/udp"])}
        path = predict(project(services)).between("a", "b")
        assert path is not None
        assert path.via == ("network x", "network y", "published 8080 through the host's address", "published 10.0.0.1:5354/udp through the host's address")
        assert path.ports == ()

    def test_services_in_one_namespace_reach_each_other_and_share_their_roads(self) -> None:
        services = {"vpn": service(ports=["8080:80"]), "side": service(network_mode="service:vpn"), "near": service()}
        reach = predict(project(services))
        assert via(reach, "side", "vpn") == ("one network namespace",)
        assert via(reach, "near", "side") == via(reach, "near", "vpn")
        assert via(reach, "internet", "side") == ("published 8080 on every host address",)

    def test_a_service_on_the_host_reaches_and_is_reached_by_everybody(self) -> None:
        services = {"native": service(network_mode="host"), "too": service(network_mode="host"), "db": service(networks=["data"])}
        reach = predict(project(services, {"data": network(internal=True)}))
        assert via(reach, "native", "db") == ("container address on network data",)
        assert via(reach, "native", "too") == ("host network",)
        assert via(reach, "db", "native") == ("host network, through the host's address on network data",)
        assert via(predict(project(services, {"data": network(internal=True)}), engine="20.10"), "db", "native") == (
            "host network, through every address of the host",
        )

    def test_the_default_bridge_is_a_network_like_any(self) -> None:
        reach = predict(project({"a": service(network_mode="bridge"), "b": service(network_mode="bridge"), "c": service()}))
        assert via(reach, "a", "b") == ("network bridge",)
        assert via(reach, "a", "c") == ()

    def test_a_network_without_icc_leaves_the_published_ports(self) -> None:
        services = {"a": service(networks=["quiet"]), "b": service(networks=["quiet"], ports=["80:80"])}
        reach = predict(project(services, {"quiet": network(enable_icc="false")}))
        assert via(reach, "a", "b") == ("published 80 through the host's address",)
        assert via(reach, "b", "a") == ()

    def test_udp_is_found_on_every_engine_since_the_own_gateway_answers(self) -> None:
        services = {"dns": service(ports=["53:53/udp"]), "far": service(networks=["back"])}
        for engine in ("20.10", "26.1", "28.5"):
            path = predict(project(services), engine=engine).between("far", "dns")
            assert path is not None
            assert path.ports == ("53/udp",)

    def test_routed_networks_and_unfiltered_ipv6_have_roads_of_their_own(self) -> None:
        services = {"web": service(networks=["open"], ports=["8085:80"]), "far": service(networks=["back"])}
        routed = project(services, {"open": network(gateway_mode_ipv4="routed")})
        assert via(predict(routed), "far", "web") == ("routed network open",)
        six = project(services, {"open": network(ipv6=True), "back": network(ipv6=True)})
        assert "IPv6 address on network open (not filtered before Docker 27)" in via(predict(six, engine="26.1"), "far", "web")
        assert via(predict(six, engine="28.5"), "far", "web") == ("published 8085 through the host's address",)


class TestZones:
    def test_internet_and_lan_come_in_by_ports_on_every_address(self, shop: Project) -> None:
        reach = predict(shop)
        assert via(reach, "internet", "proxy") == via(reach, "lan", "proxy") == ("published 80 on every host address",)
        assert via(reach, "internet", "admin") == via(reach, "lan", "admin") == via(reach, "lan", "db") == ()

    def test_a_private_address_is_for_the_lan_and_a_public_one_for_both(self) -> None:
        reach = predict(project({"a": service(ports=["192.168.1.5:80:80"]), "b": service(ports=["198.51.100.7:81:81"])}))
        assert via(reach, "internet", "a") == ()
        assert via(reach, "lan", "a") == ("published 192.168.1.5:80",)
        assert via(reach, "internet", "b") == via(reach, "lan", "b") == ("published 198.51.100.7:81",)

    def test_wildcards_of_one_family_are_named(self) -> None:
        reach = predict(project({"a": service(ports=["0.0.0.0:80:80", "80", "[::]:81:81"])}))
        assert via(reach, "internet", "a") == (
            "published 80 on every IPv4 address of the host",
            "published port 80 (host port chosen by the engine) on every host address",
            "published 81 on every IPv6 address of the host",
        )

    def test_before_28_the_lan_has_two_more_roads_clearly_named(self, shop: Project) -> None:
        path = predict(shop, engine="26.1").between("lan", "admin")
        assert path is not None
        assert path.via == (
            "routed to its container address (Docker before 28)",
            "published 127.0.0.1:9000, from a neighbour on the host's segment (Docker before 28)",
        )
        assert path.ports == ("9000/tcp",)

    def test_the_lan_gets_what_28_opens_on_purpose(self) -> None:
        services = {"a": service(networks=["bare"]), "b": service(networks=["trusting"], ports=["127.0.0.1:81:80"])}
        reach = predict(project(services, {"bare": network(gateway_mode_ipv4="nat-unprotected"), "trusting": network(trusted_host_interfaces="eth1")}))
        assert via(reach, "lan", "a") == ("routed to its container address (gateway mode nat-unprotected)",)
        assert via(reach, "lan", "b") == ("routed to its container address (trusted interface)",)

    def test_public_ipv6_addresses_without_filter_are_open_to_the_internet(self) -> None:
        services = {"a": service(networks=["public"]), "b": service(networks=["local"])}
        shop = project(services, {"public": network(ipv6=True, subnets=["2001:db8:1::/64"]), "local": network(ipv6=True, subnets=["fd00:1::/64"])})
        before, now = predict(shop, engine="26.1"), predict(shop, engine="28.5")
        assert via(before, "internet", "a") == ("routed to its IPv6 address (not filtered before Docker 27)",)
        assert via(before, "lan", "b") == ("routed to its IPv6 address (not filtered before Docker 27)",)
        assert via(before, "internet", "b") == via(now, "internet", "a") == ()

    def test_the_host_reaches_everything_but_what_it_has_no_address_on(self) -> None:
        services = {"a": service(networks=["data"]), "b": service(networks=["alone"]), "m": service(networks=["lan0"])}
        networks = {"data": network(internal=True), "alone": network(internal=True, gateway_mode_ipv4="isolated"), "lan0": network(driver="macvlan")}
        reach = predict(project(services, networks))
        assert via(reach, "host", "a") == ("container address on network data",)
        assert via(reach, "host", "b") == via(reach, "b", "host") == via(reach, "host", "m") == via(reach, "m", "host") == ()

    def test_out_of_the_containers(self, shop: Project) -> None:
        reach = predict(shop)
        assert via(reach, "api", "internet") == via(reach, "api", "lan") == ("egress",)
        assert via(reach, "db", "internet") == ()
        assert via(reach, "api", "host") == ("every address of the host",)
        assert via(reach, "db", "host") == ("the host's address on network data",)

    def test_macvlan_is_on_the_lan_both_ways(self) -> None:
        reach = predict(project({"m": service(networks=["wire"], ports=["80:80"])}, {"wire": network(driver="macvlan")}))
        assert via(reach, "lan", "m") == ("network wire",)
        assert via(reach, "m", "lan") == ("egress through its own segment", "network wire")
        assert via(reach, "internet", "m") == ()

    def test_a_service_on_the_host_is_open_to_all_zones(self) -> None:
        reach = predict(project({"native": service(network_mode="host")}))
        assert all(via(reach, zone, "native") == via(reach, "native", zone) == ("host network",) for zone in ("internet", "lan", "host"))


class TestAnUnknownEngine:
    def test_what_any_engine_opens_is_open_and_says_which(self, shop: Project) -> None:
        reach = predict(shop, engine="any")
        assert reach.engine == "any (20.10, 26.1, 28.5)"
        assert via(reach, "db", "host") == ("every address of the host (on Docker 20.10)", "the host's address on network data (on Docker 26.1, 28.5)")
        assert "routed to its container address (Docker before 28)" in via(reach, "lan", "admin")

    def test_it_is_the_union_of_the_engines(self, shop: Project) -> None:
        def pairs(engine: str) -> set[tuple[str, str]]:
            return {(path.source, path.target) for path in predict(shop, engine=engine).paths}

        assert pairs("any") == pairs("20.10") | pairs("26.1") | pairs("28.5")
        assert pairs("27.0") == pairs("26.1") | pairs("28.5")

    def test_settings_of_the_daemon_count(self, shop: Project) -> None:
        assert via(predict(shop, settings=Settings(iptables=False)), "proxy", "api") == ("network edge", "container address on network data (iptables: false)")


class TestNeed:
    def test_evidence_decides_and_silence_means_no_where_connections_were_told(self) -> None:
        flat = project({"api": service(ports=["80:80"]), "db": service(), "new": service()})
        told = [needs("api", "db"), needs("new", "db", EvidenceKind.ASSUMED), needs("api", "internet")]
        reach = predict(flat, connections=told)
        needed = {(path.source, path.target): path.needed for path in reach.paths}
        assert needed["api", "db"] is needed["api", "internet"] is True
        assert needed["new", "db"] is None
        assert needed["db", "api"] is needed["db", "internet"] is False
        assert needed["internet", "api"] is needed["host", "db"] is needed["api", "host"] is None
        assert reach.needed == 1
        assert reach.summary == "6 paths, 1 needed"
        assert next(path.because for path in reach.paths if path.needed) == told[0].evidence

    def test_without_connections_nothing_is_said(self) -> None:
        reach = predict(project({"a": service(), "b": service()}))
        assert {path.needed for path in reach.paths} == {None}

    def test_a_needed_connection_without_a_road_is_reported(self, shop: Project) -> None:
        told = [needs("proxy", "db"), needs("db", "internet"), needs("api", "db"), needs("db", "proxy", EvidenceKind.ASSUMED), needs("gone", "db")]
        assert [(one.source, one.target) for one in predict(shop, connections=told).unmet] == [("proxy", "db"), ("db", "internet")]


class TestTheAnswer:
    def test_nodes_are_the_services_with_their_tiers_and_the_zones(self, shop: Project) -> None:
        nodes = predict(shop, tiers={"db": Tier.DATA}).nodes
        assert [(node.id, node.kind, node.tier) for node in nodes[2:]] == [
            ("db", "service", "data"),
            ("admin", "service", ""),
            ("internet", "zone", ""),
            ("lan", "zone", ""),
            ("host", "zone", ""),
        ]

    def test_paths_and_zone_paths_are_all_paths(self, shop: Project) -> None:
        reach = predict(shop)
        assert set(reach.service_paths) | set(reach.zone_paths) == set(reach.paths)
        assert len(reach.service_paths) + len(reach.zone_paths) == len(reach.paths)
        assert all(path.source in reach.services and path.target in reach.services for path in reach.service_paths)

    def test_the_blast_radius_goes_from_service_to_service(self, shop: Project) -> None:
        reach = predict(shop)
        assert reach.reached_from("proxy") == ("api", "db")
        assert reach.reached_from("db") == ("proxy", "api")
        assert reach.reached_from("internet") == ("proxy", "api", "db")

    def test_the_unknown_is_told(self) -> None:
        services = {"a": service(network_mode="container:gluetun"), "b": service(networks=["shared"]), "host": service()}
        notes = predict(project(services, {"shared": network(external=True)})).notes
        assert [note.split()[0] for note in notes] == ["a", "Network", "Service"]

    def test_sixty_services_on_many_networks_are_all_paired(self) -> None:
        services = {f"s{at}": service(networks=[f"n{at % 10}", f"n{at * 7 % 13}", f"m{at}"], ports=[f"{8000 + at}:80"] if at % 2 else []) for at in range(60)}
        reach = predict(project(services), engine="28.5")
        assert len(reach.service_paths) > 2000


class TestWhyClosed:
    def test_no_common_network(self, shop: Project) -> None:
        sentence = predict(shop).why_closed("proxy", "db")
        assert sentence == "proxy and db share no network (proxy: edge; db: data); db's published ports have no effect, as it is on internal networks only."

    def test_a_loopback_port(self, shop: Project) -> None:
        reach = predict(shop)
        assert reach.why_closed("api", "admin").endswith("admin's published ports are bound to 127.0.0.1, where no container gets to.")
        assert reach.why_closed("internet", "admin") == "admin's ports are published on 127.0.0.1 only."

    def test_an_internal_source(self, shop: Project) -> None:
        reach = predict(shop)
        assert reach.why_closed("db", "proxy").endswith("db is on internal networks only and so does not get to published ports.")
        assert reach.why_closed("db", "internet") == "db is on internal networks only (data)."

    def test_no_port_at_all(self, shop: Project) -> None:
        assert predict(shop).why_closed("lan", "api") == "api publishes no port."

    def test_members_kept_apart(self) -> None:
        reach = predict(project({"a": service(networks=["quiet"]), "b": service(networks=["quiet"])}, {"quiet": network(enable_icc="false")}))
        assert reach.why_closed("a", "b") == "Both are on quiet, which keeps its members apart; b publishes no port."

    def test_no_network(self) -> None:
        reach = predict(project({"a": service(network_mode="none"), "b": service()}))
        assert reach.why_closed("b", "a") == reach.why_closed("internet", "a") == "a has no network (network_mode: none)."

    def test_a_private_binding_and_the_internet(self) -> None:
        reach = predict(project({"a": service(ports=["10.0.0.1:80:80"])}))
        assert reach.why_closed("internet", "a") == "a's ports are published on 10.0.0.1 only, no address of the internet."

    def test_the_host_without_an_address(self) -> None:
        reach = predict(project({"m": service(networks=["wire"])}, {"wire": network(driver="macvlan")}))
        assert reach.why_closed("host", "m") == "The host has no address on wire; m publishes no port."
        assert reach.why_closed("m", "host") == "m is on macvlan or ipvlan networks only (wire)."

    def test_every_closed_pair_has_a_sentence_and_no_open_one(self, shop: Project) -> None:
        reach = predict(shop)
        ids = [node.id for node in reach.nodes]
        zones = {"internet", "lan", "host"}
        for source in ids:
            for target in ids:
                closed = reach.between(source, target) is None and source != target and not {source, target} <= zones
                assert bool(reach.why_closed(source, target)) is closed
