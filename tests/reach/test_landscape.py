"""What projects make of an engine: namespaces, networks, and what only seems to be published."""

from __future__ import annotations

from pathlib import Path

from batten.reach.landscape import Medium, survey
from tests.reach.building import Scene, network, project, service
from tests.support import project_of


class TestNamespaces:
    def test_a_joined_service_lives_with_its_owner_through_any_number_of_joins(self) -> None:
        scene = Scene(project({"a": service(network_mode="service:b"), "b": service(network_mode="service:c"), "c": service(ports=["80:80"])}))
        assert scene.boxes["a"] is scene.boxes["c"]
        assert scene.boxes["a"].members == ("a", "b", "c")

    def test_services_that_join_each_other_in_a_circle_do_not_hang(self) -> None:
        scene = Scene(project({"a": service(network_mode="service:b"), "b": service(network_mode="service:a")}))
        assert scene.boxes["a"].published == ()

    def test_a_container_of_the_project_is_found_by_its_name(self) -> None:
        services = {
            "a": service(network_mode="container:box"),
            "b": service(container_name="box"),
            "c": service(network_mode="container:shop-d-1"),
            "d": service(),
        }
        scene = Scene(project(services))
        assert scene.boxes["a"] is scene.boxes["b"]
        assert scene.boxes["c"] is scene.boxes["d"]

    def test_a_container_outside_the_project_is_remembered_as_unknown(self) -> None:
        landscape = survey([project({"a": service(network_mode="container:gluetun"), "b": service(network_mode="container:gluetun")})])
        assert landscape.unknown == {("shop", "a"): "gluetun", ("shop", "b"): "gluetun"}
        assert landscape.boxes["shop", "a"] is landscape.boxes["shop", "b"]

    def test_all_services_on_the_host_share_one_namespace_in_all_projects(self) -> None:
        scene = Scene(project({"a": service(network_mode="host")}, name="one"), project({"b": service(network_mode="host")}, name="two"))
        assert scene.boxes["a"] is scene.boxes["b"]

    def test_a_stack_says_host_with_an_external_network(self) -> None:
        scene = Scene(project({"a": service(networks=["outer"])}, {"outer": network(external=True, name="host")}))
        assert scene.boxes["a"].mode == "host"


class TestNetworks:
    def test_a_definition_is_worth_more_than_an_external_mention(self) -> None:
        mention = project({"a": service(networks=["x"])}, {"x": network(external=True, name="base_db")}, name="one")
        definition = project({"b": service(networks=["db"])}, {"db": network(internal=True)}, name="base")
        for order in ([mention, definition], [definition, mention]):
            scene = Scene(*order)
            assert scene.boxes["a"].nets == scene.boxes["b"].nets
            assert scene.net("base_db").internal

    def test_options_are_read_from_a_compose_file(self, tmp_path: Path) -> None:
        text = """
        services:
          web: {image: nginx, networks: [front], ports: ["8080:80", "[::1]:81:81"]}
        networks:
          front:
            enable_ipv6: true
            driver_opts:
              com.docker.network.bridge.enable_icc: "false"
              com.docker.network.bridge.enable_ip_masquerade: "false"
              com.docker.network.bridge.gateway_mode_ipv4: routed
              com.docker.network.bridge.host_binding_ipv4: 10.0.0.1
              com.docker.network.bridge.trusted_host_interfaces: eth1:eth2
        """
        scene = Scene(project_of(text, tmp_path))
        net, (first, second) = scene.net("front"), scene.boxes["web"].published
        assert (net.icc, net.masquerade, net.modes, net.families) == (False, False, ("routed", "nat"), frozenset({4, 6}))
        assert net.trusted == ("eth1", "eth2")
        assert (first.binding, second.binding) == ("10.0.0.1", "::1")

    def test_a_stacks_own_networks_are_overlays_unless_they_say_otherwise(self) -> None:
        shop = project({"a": service(networks=["back", "bare"])}, {"bare": network(driver="bridge")})
        assert Scene(shop).net("back").medium is Medium.BRIDGE
        stack = Scene(shop, swarm=True)
        assert (stack.net("back").medium, stack.net("bare").medium) == (Medium.OVERLAY, Medium.BRIDGE)

    def test_the_routing_mesh_binds_to_no_address(self) -> None:
        overlay = {"ov": network(driver="overlay")}
        mesh, host = (Scene(project({"a": service(networks=["ov"], ports=["127.0.0.1:80:80"], mode=mode)}, overlay)) for mode in ("ingress", "host"))
        assert mesh.boxes["a"].published[0].binding == ""
        assert host.boxes["a"].published[0].binding == "127.0.0.1"

    def test_an_attachable_overlay_proves_no_stack_against_a_binding(self) -> None:
        scene = Scene(project({"a": service(networks=["ov"], ports=["127.0.0.1:80:80"])}, {"ov": network(driver="overlay", attachable=True)}))
        assert scene.boxes["a"].published[0].binding == "127.0.0.1"
