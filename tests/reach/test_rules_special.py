"""IPv6, macvlan and swarm."""

from __future__ import annotations

import pytest

from batten.reach.probes import Egress, HostAddress, HostPort, Place, Spot
from tests.reach.building import HOST, LAN, LAN_ADDRESS, LAN_ADDRESS_6, OUTSIDE, SEGMENT, Scene, network, project, service

OUT, OUT_6, LAN_6 = Egress(Place.OUTSIDE), Egress(Place.OUTSIDE, 6), Egress(Place.LAN, 6)
TO_SEGMENT = Egress(Place.SEGMENT)


@pytest.fixture
def six() -> Scene:
    """Networks with IPv6, one of them internal, and one without."""
    services = {
        "web": service(networks=["front"], ports=["8080:80"]),
        "near": service(networks=["front"]),
        "other": service(networks=["back"]),
        "in6": service(networks=["inner6"]),
        "v4web": service(networks=["v4"], ports=["8089:80"]),
    }
    return Scene(project(services, {"front": network(ipv6=True), "back": network(ipv6=True), "inner6": network(ipv6=True, internal=True)}))


class TestIpv6:
    def test_28_filters_it_as_ipv4(self, six: Scene) -> None:
        assert six.asked("near", six.at("web", "front", family=6)) == "open"
        assert six.asked("near", six.at("other", "back", family=6)) == "open open timeout"
        assert six.asked(LAN, six.at("web", "front", family=6)) == "open open timeout"

    def test_internal_networks_are_open_both_ways_on_20_10(self, six: Scene) -> None:
        assert six.asked("in6", six.at("web", "front", family=6)) == "open no-route no-route"
        assert six.asked("near", six.at("in6", "inner6", family=6)) == "open timeout timeout"
        assert six.asked(LAN, six.at("in6", "inner6", family=6)) == "open timeout timeout"

    def test_it_is_not_masqueraded_before_28(self, six: Scene) -> None:
        assert six.asked("web", OUT_6) == "timeout timeout open"
        assert six.asked("web", LAN_6) == "open"
        assert six.asked("in6", LAN_6) == "open no-route no-route"
        assert six.asked("v4web", OUT_6) == "no-route"

    def test_ip6tables_makes_it_as_ipv4(self, six: Scene) -> None:
        assert six.asked("near", six.at("other", "back", family=6), ip6tables=True) == "timeout"
        assert six.asked("web", OUT_6, ip6tables=True) == "open"
        assert six.asked(LAN, six.at("web", "front", 80, family=6), ip6tables=True) == "open open timeout"

    def test_published_ports_answer_on_it_also_for_containers_without(self, six: Scene) -> None:
        for service_name in ("web", "v4web"):
            assert six.asked(LAN, six.published(service_name, LAN_ADDRESS_6)) == "open"
            assert six.asked("other", six.published(service_name, LAN_ADDRESS_6)) == "open"
            assert six.asked("in6", six.published(service_name, LAN_ADDRESS_6)) == "open no-route no-route"
        assert six.asked("v4web", six.published("web", LAN_ADDRESS_6)) == "no-route"

    def test_20_10_with_ip6tables_holds_an_internal_container_back_but_for_containers_without_ipv6(self, six: Scene) -> None:
        assert six.asked("in6", six.published("web", LAN_ADDRESS_6), ip6tables=True) == "timeout no-route no-route"
        assert six.asked("in6", six.published("v4web", LAN_ADDRESS_6), ip6tables=True) == "open no-route no-route"

    def test_addresses_of_the_internet_need_no_masquerading(self) -> None:
        nets = {
            "own": network(ipv6=True, subnets=["2001:db8:a::/64"]),
            "routed": network(ipv6=True, subnets=["2001:db8:b::/64"], gateway_mode_ipv6="routed"),
            "bare": network(ipv6=True, subnets=["2001:db8:c::/64"], enable_ip_masquerade="false"),
            "inner": network(ipv6=True, subnets=["2001:db8:d::/64"], internal=True),
        }
        scene = Scene(project({key: service(networks=[key]) for key in nets}, nets))
        assert scene.asked("own", OUT_6) == "open"
        assert scene.asked("routed", OUT_6) == "open"
        assert scene.asked("bare", OUT_6) == "open open timeout"
        assert scene.asked("inner", OUT_6) == "open no-route no-route"

    def test_an_internal_network_is_no_way_out_where_there_is_another(self) -> None:
        nets = {"local": network(ipv6=True, subnets=["fd00:a::/64"]), "inner": network(ipv6=True, subnets=["2001:db8:d::/64"], internal=True)}
        scene = Scene(project({"both": service(networks=list(nets))}, nets))
        assert scene.asked("both", OUT_6) == "timeout timeout open"

    def test_a_port_that_is_published_on_one_family_is_not_opened_on_the_other(self) -> None:
        services = {"six": service(networks=["front"], ports=["[::1]:8091:80"]), "four": service(networks=["front"], ports=["127.0.0.1:8092:80"])}
        scene = Scene(project(services, {"front": network(ipv6=True)}))
        assert scene.asked(LAN, scene.at("six", "front", 80)) == "timeout"
        assert scene.asked(LAN, scene.at("four", "front", 80)) == "open open timeout"
        assert scene.asked(LAN, scene.at("six", "front", 80, family=6), ip6tables=True) == "open open timeout"
        assert scene.asked(LAN, scene.at("four", "front", 80, family=6), ip6tables=True) == "timeout"


@pytest.fixture(params=[False, True], ids=["plain", "internal"])
def segment(request: pytest.FixtureRequest) -> Scene:
    """Two machines on a macvlan network, one on a bridge."""
    services = {"m1": service(networks=["lan"], ports=["8080:80"]), "m2": service(networks=["lan"]), "c": service(networks=["front"], ports=["80:80"])}
    return Scene(project(services, {"lan": network(driver="macvlan", internal=request.param)}))


class TestMacvlan:
    def test_its_members_and_the_segment_reach_each_other_internal_or_not(self, segment: Scene) -> None:
        assert segment.asked("m1", segment.at("m2", "lan")) == "open"
        assert segment.asked(SEGMENT, segment.at("m1", "lan")) == "open"
        assert segment.asked("m1", TO_SEGMENT) == "open"
        assert segment.asked("c", TO_SEGMENT) == "open"

    def test_host_and_bridges_are_closed_both_ways(self, segment: Scene) -> None:
        assert segment.asked(HOST, segment.at("m1", "lan")) == "timeout"
        assert segment.asked("m1", HostPort(HostAddress(Spot.PARENT))) == "timeout"
        assert "open" not in segment.asked("m1", HostPort(LAN_ADDRESS))
        assert "open" not in segment.asked("m1", segment.at("c", "front", 80))
        assert "open" not in segment.asked("m1", segment.published("c"))
        assert segment.asked("c", segment.at("m1", "lan", 80)) == "timeout"
        assert segment.asked(SEGMENT, segment.at("c", "front", 80)) == "no-route"

    def test_its_published_ports_are_dead(self, segment: Scene) -> None:
        assert segment.asked(LAN, segment.published("m1")) == "refused"
        assert segment.asked("c", segment.published("m1")) == "refused"

    def test_beside_an_internal_network_the_default_route_is_the_segments(self) -> None:
        nets = {"lan": network(driver="macvlan"), "inner": network(internal=True)}
        scene = Scene(project({"both": service(networks=list(nets)), "in": service(networks=["inner"])}, nets))
        assert scene.asked("both", HostPort(LAN_ADDRESS)) == "timeout"
        assert scene.asked("in", HostPort(LAN_ADDRESS)) == "open no-route no-route"
        assert scene.asked("both", HostPort(HostAddress(Spot.GATEWAY, 4, scene.net("inner")))) == "open"

    def test_egress_is_the_segments_own_and_gone_with_internal(self) -> None:
        scene = Scene(
            project(
                {"m": service(networks=["lan"]), "i": service(networks=["in"])},
                {"lan": network(driver="macvlan"), "in": network(driver="macvlan", internal=True)},
            )
        )
        assert scene.asked("m", OUT) == "open"
        assert scene.asked("m", OUT, segment_router=False) == "timeout"
        assert scene.asked("i", OUT) == "no-route"


@pytest.fixture
def swarm() -> Scene:
    """A stack with three overlays, and a standalone container on one of them."""
    stack = project(
        {
            "web": service(networks=["ov"], ports=["8090:80"], mode="host"),
            "s1": service(networks=["ov"]),
            "s2": service(networks=["ov2"]),
            "in1": service(networks=["ovint"], ports=["8091:80"], mode="host"),
            "both": service(networks=["ov", "ovint"]),
        },
        {"ov": network(driver="overlay", attachable=True), "ov2": network(driver="overlay"), "ovint": network(driver="overlay", internal=True)},
        name="st",
    )
    alone = project(
        {"alone": service(networks=["joined"], ports=["127.0.0.1:8094:80"]), "plain": service()}, {"joined": network(external=True, name="st_ov")}, name="alone"
    )
    return Scene(stack, alone)


class TestOverlay:
    def test_members_meet_standalone_ones_included_and_others_do_not(self, swarm: Scene) -> None:
        assert swarm.asked("s1", swarm.at("web", "ov")) == "open"
        assert swarm.asked("alone", swarm.at("s1", "ov")) == "open"
        assert swarm.asked("s2", swarm.at("s1", "ov")) == "timeout"
        assert swarm.asked("plain", swarm.at("s1", "ov")) == "timeout"
        assert swarm.asked("in1", swarm.at("both", "ovint")) == "open"

    def test_the_gateway_bridge_leads_out_and_keeps_its_members_apart(self, swarm: Scene) -> None:
        assert swarm.asked("s1", OUT) == "open"
        assert swarm.asked("s1", HostPort(swarm.gateway("docker_gwbridge"))) == "open"
        assert swarm.asked("s1", swarm.published("web", swarm.gateway("docker_gwbridge"))) == "open"
        assert swarm.asked("s1", swarm.at("s2", "docker_gwbridge")) == "timeout"
        assert swarm.asked(HOST, swarm.at("s1", "docker_gwbridge")) == "open"
        assert swarm.asked(HOST, swarm.at("s1", "ov")) == "timeout"
        assert swarm.asked(LAN, swarm.at("web", "docker_gwbridge", 80)) == "open open timeout"

    def test_an_internal_overlay_has_no_host_no_egress_and_dead_ports(self, swarm: Scene) -> None:
        assert swarm.asked("in1", OUT) == "no-route"
        assert swarm.asked("in1", HostPort(LAN_ADDRESS)) == "no-route"
        assert swarm.asked("in1", swarm.published("web")) == "no-route"
        assert swarm.asked(LAN, swarm.published("in1")) == "refused"

    def test_a_standalone_containers_binding_holds(self, swarm: Scene) -> None:
        assert swarm.asked(LAN, swarm.published("alone")) == "refused"

    def test_a_port_in_the_routing_mesh_gives_an_internal_overlay_a_way_out(self) -> None:
        scene = Scene(project({"ing": service(networks=["inner"], ports=["127.0.0.1:8093:80"])}, {"inner": network(driver="overlay", internal=True)}))
        assert scene.asked("ing", OUT) == "open"
        assert scene.asked("ing", HostPort(LAN_ADDRESS)) == "open"
        assert scene.asked(OUTSIDE, scene.published("ing", HostAddress(Spot.PUBLIC))) == "open"
