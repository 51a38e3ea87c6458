"""From container to container: shared networks, other networks, published ports through the host."""

from __future__ import annotations

import pytest

from tests.reach.building import LAN_ADDRESS, LOOPBACK, PUBLIC_ADDRESS, Scene, network, project, service


@pytest.fixture
def two() -> Scene:
    """Two networks, one service on both; one of them internal."""
    services = {
        "web": service(networks=["front"], ports=["8080:80"]),
        "near": service(networks=["front"]),
        "both": service(networks=["front", "inner"], ports=["8084:80"]),
        "db": service(networks=["inner"], ports=["5432:5432"]),
        "app": service(networks=["inner"]),
        "other": service(networks=["back"]),
    }
    return Scene(project(services, {"inner": network(internal=True)}))


class TestSharedNetwork:
    def test_every_port_is_open_published_or_not(self, two: Scene) -> None:
        assert two.asked("near", two.at("web", "front")) == "open"
        assert two.asked("near", two.at("web", "front", 80)) == "open"

    def test_an_internal_network_is_open_inside(self, two: Scene) -> None:
        assert two.asked("app", two.at("db", "inner")) == "open"
        assert two.asked("both", two.at("db", "inner")) == "open"

    def test_a_network_without_icc_keeps_its_members_apart_but_not_from_published_ports(self) -> None:
        services = {"a": service(networks=["quiet"]), "web": service(networks=["quiet"], ports=["8080:80"])}
        scene = Scene(project(services, {"quiet": network(enable_icc="false")}))
        assert scene.asked("a", scene.at("web", "quiet", 80)) == "timeout"
        assert scene.asked("a", scene.at("web", "quiet", 80), iptables=False) == "open"
        assert scene.asked("a", scene.published("web")) == "open"

    def test_icc_of_the_daemon_is_about_the_default_bridge_alone(self) -> None:
        scene = Scene(project({"a": service(network_mode="bridge"), "b": service(network_mode="bridge"), "c": service(), "d": service()}))
        assert scene.asked("a", scene.at("b", "bridge")) == "open"
        assert scene.asked("a", scene.at("b", "bridge"), icc=False) == "timeout"
        assert scene.asked("c", scene.at("d", "default"), icc=False) == "open"

    def test_projects_meet_on_an_external_network_and_nowhere_else(self) -> None:
        shared = {"shared": network(external=True)}
        one = project({"a": service(networks=["shared", "default"]), "p": service()}, shared, name="one")
        two = project({"b": service(networks=["shared"]), "q": service()}, shared, name="two")
        scene = Scene(one, two)
        assert scene.asked("a", scene.at("b", "shared")) == "open"
        assert scene.asked("p", scene.at("b", "shared")) == "timeout"
        assert scene.asked("q", scene.at("p", "one_default")) == "timeout"


class TestOtherNetwork:
    def test_addresses_of_another_network_are_closed_also_those_of_a_container_one_shares_another_with(self, two: Scene) -> None:
        assert two.asked("other", two.at("web", "front", 80)) == "timeout"
        assert two.asked("near", two.at("both", "inner")) == "timeout"

    def test_an_internal_container_has_no_way_there_at_all_since_26(self, two: Scene) -> None:
        assert two.asked("db", two.at("web", "front", 80)) == "timeout no-route no-route"

    def test_a_routed_network_opens_its_published_ports_where_the_engine_knows_the_mode(self) -> None:
        services = {"web": service(networks=["open"], ports=["8085:80"]), "other": service(networks=["back"])}
        scene = Scene(project(services, {"open": network(gateway_mode_ipv4="routed")}))
        assert scene.asked("other", scene.at("web", "open", 80)) == "timeout timeout open"
        assert scene.asked("other", scene.at("web", "open", 81)) == "timeout"
        assert scene.asked("other", scene.published("web")) == "open open refused"

    def test_nat_unprotected_does_not_open_it_to_other_networks(self) -> None:
        services = {"web": service(networks=["open"], ports=["8085:80"]), "other": service(networks=["back"])}
        scene = Scene(project(services, {"open": network(gateway_mode_ipv4="nat-unprotected")}))
        assert scene.asked("other", scene.at("web", "open", 80)) == "timeout"

    def test_without_iptables_every_address_is_open_for_those_that_can_answer(self, two: Scene) -> None:
        assert two.asked("other", two.at("web", "front"), iptables=False) == "open"
        assert two.asked("other", two.at("db", "inner"), iptables=False) == "open timeout timeout"
        assert two.asked("other", two.at("both", "inner"), iptables=False) == "open"
        assert two.asked("db", two.at("web", "front"), iptables=False) == "open no-route no-route"


class TestPublishedPort:
    @pytest.mark.parametrize("source", ["web", "near", "other", "both"])
    def test_any_container_with_a_way_out_gets_there_by_any_host_address(self, two: Scene, source: str) -> None:
        assert two.asked(source, two.published("web")) == "open"
        assert two.asked(source, two.published("web", PUBLIC_ADDRESS)) == "open"
        assert two.asked(source, two.published("web", two.gateway("bridge"))) == "open"

    def test_an_internal_container_never_gets_there(self, two: Scene) -> None:
        assert two.asked("db", two.published("web")) == "timeout no-route no-route"
        assert two.asked("db", two.published("web", two.gateway("inner"))) == "timeout"

    def test_the_gateway_of_an_internal_network_leads_nowhere_even_with_another_network(self, two: Scene) -> None:
        assert two.asked("both", two.published("web", two.gateway("inner"))) == "timeout"
        assert two.asked("both", two.published("web", two.gateway("front"))) == "open"

    def test_a_port_on_internal_networks_alone_is_dead(self, two: Scene) -> None:
        assert two.asked("near", two.published("db")) == "refused"
        assert two.asked("app", two.published("db", two.gateway("inner"))) == "refused"

    def test_a_loopback_binding_is_out_of_reach_of_every_container(self) -> None:
        scene = Scene(project({"web": service(ports=["127.0.0.1:8081:80"]), "near": service(), "far": service(networks=["back"])}))
        for source in ("web", "near", "far"):
            for address in (LAN_ADDRESS, scene.gateway("default"), scene.gateway("back"), LOOPBACK):
                assert scene.asked(source, scene.published("web", address)) == "refused"

    def test_a_binding_to_one_address_is_open_through_that_one_only(self) -> None:
        scene = Scene(project({"web": service(ports=["10.0.0.1:8082:80"]), "far": service(networks=["back"])}))
        assert scene.asked("far", scene.published("web", LAN_ADDRESS)) == "open"
        assert scene.asked("far", scene.published("web", PUBLIC_ADDRESS)) == "refused"
        assert scene.asked("web", scene.published("web", scene.gateway("default"))) == "refused"

    def test_a_network_may_bind_ports_that_name_no_address(self) -> None:
        services = {"web": service(networks=["front"], ports=["8087:80", "10.0.0.1:8088:81"]), "far": service(networks=["back"])}
        scene = Scene(project(services, {"front": network(host_binding_ipv4="127.0.0.1")}))
        assert scene.asked("far", scene.published("web")) == "refused"
        assert scene.asked("far", scene.published("web", index=1)) == "open"

    def test_a_port_that_the_engine_chooses_is_as_open_as_any(self) -> None:
        scene = Scene(project({"web": service(ports=["80"]), "far": service(networks=["back"])}))
        assert scene.asked("far", scene.published("web")) == "open"

    def test_udp_answers_through_the_own_gateway_only_before_28(self) -> None:
        scene = Scene(project({"dns": service(ports=["5354:5353/udp"]), "far": service(networks=["back"])}))
        assert scene.asked("far", scene.published("dns", scene.gateway("back"))) == "open"
        assert scene.asked("far", scene.published("dns")) == "timeout timeout open"
        assert scene.asked("far", scene.published("dns", scene.gateway("default"))) == "timeout timeout open"

    def test_without_the_proxy_only_members_of_the_publishers_network_get_there(self) -> None:
        services = {"web": service(networks=["front"], ports=["8080:80"]), "near": service(networks=["front"]), "far": service(networks=["back"])}
        scene = Scene(project(services))
        assert scene.asked("near", scene.published("web"), userland_proxy=False) == "open"
        assert scene.asked("far", scene.published("web"), userland_proxy=False) == "timeout"
        quiet = Scene(project(services, {"front": network(enable_icc="false")}))
        assert quiet.asked("near", quiet.published("web"), userland_proxy=False) == "timeout"

    def test_without_iptables_the_proxy_answers_at_the_gateway_of_an_internal_network_too(self, two: Scene) -> None:
        assert two.asked("db", two.published("web", two.gateway("inner")), iptables=False) == "open"
        assert two.asked("db", two.published("web"), iptables=False) == "open no-route no-route"


class TestSharedNamespace:
    def test_the_joined_services_ports_and_networks_are_its_owners(self) -> None:
        services = {
            "vpn": service(networks=["front"], ports=["8088:6081"]),
            "side": service(network_mode="service:vpn"),
            "near": service(networks=["front"]),
            "other": service(networks=["back"]),
        }
        scene = Scene(project(services))
        assert scene.boxes["side"] is scene.boxes["vpn"]
        assert scene.asked("near", scene.at("side", "front")) == "open"
        assert scene.asked("side", scene.at("vpn", "front")) == "open"
        assert scene.asked("side", scene.at("other", "back")) == "timeout"
        assert scene.asked("other", scene.published("side")) == "open"

    def test_a_service_without_a_network_reaches_nothing(self) -> None:
        scene = Scene(project({"none": service(network_mode="none"), "web": service(ports=["80:80"])}))
        assert scene.asked("none", scene.at("web", "default")) == "no-route"
        assert scene.asked("none", scene.published("web")) == "no-route"
