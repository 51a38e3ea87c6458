"""Between containers and what is around them: the host, its network, the internet, names."""

from __future__ import annotations

import pytest

from batten.reach.probes import Client, Egress, HostAddress, HostPort, Name, Place, Spot
from tests.reach.building import HOST, LAN, LAN_ADDRESS, LOOPBACK, NEIGHBOUR, OUTSIDE, PUBLIC_ADDRESS, WIRE, Scene, network, project, service

OUT = Egress(Place.OUTSIDE)
TO_LAN = Egress(Place.LAN)
EXTERNAL = Name("registry.example")


@pytest.fixture
def scene() -> Scene:
    """A published service, one on loopback, an internal one."""
    services = {
        "web": service(networks=["front"], ports=["8080:80"]),
        "admin": service(networks=["front"], ports=["127.0.0.1:9000:9000"]),
        "one": service(networks=["front"], ports=["10.0.0.1:8082:80"]),
        "both": service(networks=["front", "inner"]),
        "db": service(networks=["inner"], ports=["5432:5432"]),
        "native": service(network_mode="host"),
        "none": service(network_mode="none"),
    }
    return Scene(project(services, {"inner": network(internal=True)}))


class TestHostServices:
    def test_a_container_with_a_way_out_reaches_them_by_every_address(self, scene: Scene) -> None:
        for address in (LAN_ADDRESS, PUBLIC_ADDRESS, scene.gateway("front"), scene.gateway("bridge")):
            assert scene.asked("web", HostPort(address)) == "open"

    def test_an_internal_container_reaches_them_by_its_gateway_and_on_20_10_by_all(self, scene: Scene) -> None:
        assert scene.asked("db", HostPort(scene.gateway("inner"))) == "open"
        assert scene.asked("db", HostPort(LAN_ADDRESS)) == "open no-route no-route"
        assert scene.asked("db", HostPort(scene.gateway("bridge"))) == "open no-route no-route"

    def test_an_isolated_network_has_no_gateway_where_the_engine_knows_the_mode(self) -> None:
        isolated = Scene(project({"db": service(networks=["inner"])}, {"inner": network(internal=True, gateway_mode_ipv4="isolated")}))
        assert isolated.asked("db", HostPort(isolated.gateway("inner"))) == "open open refused"
        assert isolated.asked(HOST, isolated.at("db", "inner")) == "open open timeout"

    def test_what_listens_on_loopback_only_is_for_the_host_alone(self, scene: Scene) -> None:
        assert scene.asked("web", HostPort(scene.gateway("front"), loopback_only=True)) == "refused"
        assert scene.asked("native", HostPort(LOOPBACK, loopback_only=True)) == "open"
        assert scene.asked(HOST, HostPort(LAN_ADDRESS, loopback_only=True)) == "refused"

    def test_a_service_in_the_hosts_namespace_is_the_host(self, scene: Scene) -> None:
        assert scene.asked("native", scene.at("db", "inner")) == "open"
        assert scene.asked("native", scene.published("admin", LOOPBACK)) == "open"
        assert scene.asked("native", OUT) == "open"
        assert scene.asked(OUTSIDE, HostPort(PUBLIC_ADDRESS)) == "open"
        assert scene.asked(OUTSIDE, HostPort(scene.gateway("bridge"))) == "no-route"

    def test_a_service_without_a_network_reaches_none(self, scene: Scene) -> None:
        assert scene.asked("none", HostPort(LAN_ADDRESS)) == "no-route"


class TestEgress:
    def test_one_network_that_is_not_internal_is_enough(self, scene: Scene) -> None:
        assert scene.asked("web", OUT) == "open"
        assert scene.asked("both", OUT) == "open"
        assert scene.asked("db", OUT) == "timeout no-route no-route"
        assert scene.asked("none", OUT) == "no-route"

    def test_a_routed_network_is_not_masqueraded(self) -> None:
        routed = Scene(project({"a": service(networks=["open"])}, {"open": network(gateway_mode_ipv4="routed")}))
        assert routed.asked("a", OUT) == "open open timeout"
        assert routed.asked("a", TO_LAN) == "open"

    def test_without_masquerading_28_drops_the_answers_of_the_lan_too(self) -> None:
        bare = Scene(project({"a": service(networks=["front"])}, {"front": network(enable_ip_masquerade="false")}))
        assert bare.asked("a", OUT) == "timeout"
        assert bare.asked("a", TO_LAN) == "open open timeout"

    def test_without_iptables_nothing_is_masqueraded(self, scene: Scene) -> None:
        assert scene.asked("web", OUT, iptables=False) == "timeout"
        assert scene.asked("web", TO_LAN, iptables=False) == "open"
        assert scene.asked("db", TO_LAN, iptables=False) == "open no-route no-route"


class TestHostToContainers:
    def test_every_address_and_port_is_open_to_the_host(self, scene: Scene) -> None:
        assert scene.asked(HOST, scene.at("db", "inner")) == "open"
        assert scene.asked(HOST, scene.at("web", "front")) == "open"

    def test_published_ports_answer_by_their_binding(self, scene: Scene) -> None:
        assert scene.asked(HOST, scene.published("admin", LOOPBACK)) == "open"
        assert scene.asked(HOST, scene.published("admin", LAN_ADDRESS)) == "refused"
        assert scene.asked(HOST, scene.published("one", LAN_ADDRESS)) == "open"
        assert scene.asked(HOST, scene.published("db", LOOPBACK)) == "refused"


class TestFromOutside:
    @pytest.mark.parametrize("client", [LAN, NEIGHBOUR])
    def test_published_ports_answer_by_their_binding(self, scene: Scene, client: Client) -> None:
        assert scene.asked(client, scene.published("web")) == "open"
        assert scene.asked(client, scene.published("admin")) == "refused"
        assert scene.asked(client, scene.published("db")) == "refused"

    def test_the_internet_uses_the_public_address(self, scene: Scene) -> None:
        assert scene.asked(OUTSIDE, scene.published("web", PUBLIC_ADDRESS)) == "open"
        assert scene.asked(OUTSIDE, scene.published("one", PUBLIC_ADDRESS)) == "refused"
        assert scene.asked(OUTSIDE, scene.at("web", "front", 80)) == "timeout"

    def test_an_ipv4_wildcard_does_not_cover_ipv6(self) -> None:
        scene = Scene(project({"four": service(ports=["0.0.0.0:80:80"]), "any": service(ports=["81:81"])}))
        six = HostAddress(Spot.NETWORK, 6)
        assert scene.asked(LAN, scene.published("four")) == "open"
        assert scene.asked(LAN, scene.published("four", six)) == "refused"
        assert scene.asked(LAN, scene.published("any", six)) == "open"

    def test_before_28_a_machine_that_routes_reaches_published_container_ports_whatever_their_binding(self, scene: Scene) -> None:
        assert scene.asked(LAN, scene.at("admin", "front", 9000)) == "open open timeout"
        assert scene.asked(LAN, scene.at("admin", "front", 9001)) == "timeout"
        assert scene.asked(LAN, scene.at("db", "inner", 5432)) == "timeout"

    def test_forwarding_that_was_on_before_opens_all_ports_before_28(self, scene: Scene) -> None:
        assert scene.asked(LAN, scene.at("web", "front"), forwarding_before=True) == "open open timeout"
        assert scene.asked(LAN, scene.at("db", "inner"), forwarding_before=True) == "timeout"

    @pytest.mark.parametrize("setting", ["allow_direct_routing", "no_raw_rules"])
    def test_settings_of_28_open_published_ports_again(self, scene: Scene, setting: str) -> None:
        assert scene.asked(LAN, scene.at("web", "front", 80), **{setting: True}) == "open"
        assert scene.asked(LAN, scene.at("web", "front"), **{setting: True}) == "timeout"

    def test_gateway_modes_of_28_open_the_network_to_the_lan(self) -> None:
        services = {"a": service(networks=["bare"], ports=["80:80"]), "b": service(networks=["routed"], ports=["81:80"])}
        scene = Scene(project(services, {"bare": network(gateway_mode_ipv4="nat-unprotected"), "routed": network(gateway_mode_ipv4="routed")}))
        assert scene.asked(LAN, scene.at("a", "bare")) == "timeout timeout open"
        assert scene.asked(LAN, scene.at("b", "routed", 80)) == "open"
        assert scene.asked(LAN, scene.at("b", "routed")) == "timeout"

    def test_trusted_interfaces_open_published_ports_to_those_behind_them(self) -> None:
        scene = Scene(project({"a": service(networks=["open"], ports=["80:80"])}, {"open": network(trusted_host_interfaces="lan0")}))
        assert scene.asked(LAN, scene.at("a", "open", 80)) == "open"
        assert scene.asked(NEIGHBOUR, scene.at("a", "open", 80)) == "open open timeout"

    def test_a_neighbour_may_send_loopback_onto_the_wire_before_28(self, scene: Scene) -> None:
        assert scene.asked(NEIGHBOUR, scene.published("admin", WIRE)) == "open open timeout"
        assert scene.asked(NEIGHBOUR, scene.published("admin", WIRE), no_raw_rules=True) == "open"
        assert scene.asked(NEIGHBOUR, scene.published("admin", WIRE), allow_direct_routing=True) == "open open timeout"
        assert scene.asked(NEIGHBOUR, scene.published("web", WIRE)) == "open"
        assert scene.asked(NEIGHBOUR, scene.published("one", WIRE)) == "timeout"
        assert scene.asked(NEIGHBOUR, scene.published("admin", WIRE), iptables=False) == "timeout"

    def test_without_iptables_every_address_is_open_that_can_answer(self, scene: Scene) -> None:
        assert scene.asked(LAN, scene.at("web", "front"), iptables=False) == "open"
        assert scene.asked(LAN, scene.at("db", "inner"), iptables=False) == "open timeout timeout"


class TestNames:
    def test_services_find_each_other_on_a_network_they_share(self) -> None:
        services = {
            "a": service(networks={"front": ["alpha"]}),
            "c": service(networks={"front": ["one"], "back": ["two"]}, container_name="box"),
            "b": service(networks=["back"]),
            "side": service(network_mode="service:c"),
        }
        scene = Scene(project(services))
        assert scene.asked("a", scene.name("c")) == "open"
        assert scene.asked("a", scene.name("c", "one")) == "open"
        assert scene.asked("a", scene.name("c", "box")) == "open"
        assert scene.asked("a", scene.name("c", "two")) == "unresolved"
        assert scene.asked("a", scene.name("b")) == "unresolved"
        assert scene.asked("a", scene.name("side")) == "unresolved"
        assert scene.asked("side", scene.name("a", "alpha")) == "open"

    def test_the_default_bridge_knows_no_names(self) -> None:
        scene = Scene(project({"a": service(network_mode="bridge"), "b": service(network_mode="bridge")}))
        assert scene.asked("a", scene.name("b")) == "unresolved"

    def test_external_names_need_a_way_out(self, scene: Scene) -> None:
        assert scene.asked("web", EXTERNAL) == "open"
        assert scene.asked("db", EXTERNAL) == "unresolved"
        assert scene.asked("none", EXTERNAL) == "unresolved"
        assert scene.asked("native", EXTERNAL) == "open"

    def test_a_resolver_on_loopback_leaks_from_internal_networks_on_20_10(self, scene: Scene) -> None:
        assert scene.asked("db", EXTERNAL, loopback_resolver=True) == "open unresolved unresolved"

    def test_28_lets_the_host_ask_unless_the_service_names_its_servers(self) -> None:
        services = {"a": service(networks=["front"]), "own": service(networks=["front"], dns=["192.0.2.53"])}
        scene = Scene(project(services, {"front": network(enable_ip_masquerade="false")}))
        assert scene.asked("a", EXTERNAL) == "unresolved unresolved open"
        assert scene.asked("own", EXTERNAL) == "unresolved"
