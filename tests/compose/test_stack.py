"""What a stack file says of a project, and what it loses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from batten.compose.emitting import emit
from batten.compose.language import SERVICE
from batten.compose.stack import Stack, stack_of
from batten.errors import BattenError
from batten.knowledge.stack import Fate, topic, topics
from tests.support import project_of


def stacked(text: str, tmp_path: Path, engine: tuple[int, ...] = (), encrypted: frozenset[str] = frozenset(), **files: str) -> Stack:
    """The stack of a project called shop."""
    project = project_of("name: shop\n" + text, tmp_path, **files)
    return stack_of(project.tree.plain(), project.directory, engine=engine, encrypted=encrypted)


def one(keys: str, tmp_path: Path, **options: Any) -> tuple[dict[str, Any], dict[str, Fate]]:
    """The service ``a`` with these keys in a stack, and the fate of each topic that was noted."""
    found = stacked(f"services: {{a: {{image: x, {keys}}}}}", tmp_path, **options)
    return found.model["services"]["a"], {loss.topic: topic(loss.topic).fate for loss in found.losses if loss.path[0] == "services"}


class TestTheListOfKeys:
    def test_has_a_row_for_every_key_that_a_swarm_does_not_take(self) -> None:
        rows = [[cell.strip() for cell in row.split("|")] for row in SERVICE.strip().splitlines()]
        lost = {cells[0] for cells in rows if len(cells) > 4 and cells[4] not in ("supported", "client_side")}
        assert lost
        assert lost - set(topics()) == set()

    def test_says_what_happens_in_whole_sentences(self) -> None:
        for row in topics().values():
            assert row.what.endswith("."), row.name
            assert not row.instead or row.instead.endswith((".", "`.")), row.name


class TestTmpfs:
    def test_becomes_a_volume_of_that_type(self, tmp_path: Path) -> None:
        service, fates = one('tmpfs: ["/tmp:size=64m,mode=1777", /run]', tmp_path)
        assert service["volumes"] == [{"type": "tmpfs", "target": "/tmp", "tmpfs": {"size": 64 * 2**20}}, {"type": "tmpfs", "target": "/run"}]
        assert fates["tmpfs"] == Fate.MOVED
        assert "tmpfs.options" not in fates

    def test_says_which_options_are_lost(self, tmp_path: Path) -> None:
        found = stacked('services: {a: {image: x, tmpfs: ["/tmp:exec,uid=1000"]}}', tmp_path)
        assert tuple(loss.detail for loss in found.losses if loss.topic == "tmpfs.options") == ("/tmp: exec, uid=1000",)

    def test_yields_to_what_is_mounted_there(self, tmp_path: Path) -> None:
        service, _ = one("tmpfs: [/data/], volumes: [/data]", tmp_path)
        assert service["volumes"] == [{"type": "volume", "target": "/data"}]


class TestPorts:
    def test_bound_to_an_address_are_never_public(self, tmp_path: Path) -> None:
        service, fates = one('ports: ["127.0.0.1:5432:5432", "192.168.7.1:53:53/udp", "[::1]:81:81", "80:80"]', tmp_path)
        assert [port["target"] for port in service["ports"]] == [80]
        assert fates["ports.host_ip"] == Fate.LEFT

    def test_bound_by_their_network_are_never_public(self, tmp_path: Path) -> None:
        text = (
            'services: {a: {image: x, ports: ["80:80"], networks: [n]}}\nnetworks: {n: {driver_opts: {com.docker.network.bridge.host_binding_ipv4: 127.0.0.1}}}'
        )
        found = stacked(text, tmp_path)
        assert "ports" not in found.model["services"]["a"]
        assert "ports.host_ip" in {loss.topic for loss in found.losses}

    def test_are_numbers_in_the_long_form(self, tmp_path: Path) -> None:
        service, _ = one('ports: ["0.0.0.0:80:80", "[::]:80:80", "53"]', tmp_path)
        assert service["ports"] == [{"target": 80, "published": 80, "protocol": "tcp", "mode": "ingress"}, {"target": 53, "protocol": "tcp", "mode": "ingress"}]

    def test_leave_the_routing_mesh_where_there_is_no_virtual_address(self, tmp_path: Path) -> None:
        service, fates = one('ports: ["80:80"], deploy: {endpoint_mode: dnsrr}', tmp_path)
        assert service["ports"][0]["mode"] == "host"
        assert fates["ports.dnsrr"] == Fate.LOST


class TestRunning:
    def test_limits_restarts_and_replicas_are_said_under_deploy(self, tmp_path: Path) -> None:
        service, fates = one("mem_limit: 64m, mem_reservation: 32m, cpus: 0.5, pids_limit: 90, scale: 3, restart: 'on-failure:4'", tmp_path)
        limits = {"cpus": "0.5", "memory": "67108864", "pids": 90}
        assert service["deploy"]["resources"] == {"limits": limits, "reservations": {"memory": "33554432"}}
        assert service["deploy"]["restart_policy"] == {"condition": "on-failure", "max_attempts": 4}
        assert service["deploy"]["replicas"] == 3
        assert set(fates.values()) == {Fate.MOVED}

    def test_what_is_said_for_a_swarm_already_stays(self, tmp_path: Path) -> None:
        deploy = (
            "deploy: {mode: replicated, replicas: 2, endpoint_mode: vip, update_config: {parallelism: 1, delay: 10s, order: start-first},"
            " rollback_config: {parallelism: 0}, restart_policy: {condition: any, delay: 5s}, labels: {a: b},"
            " placement: {constraints: [node.role == manager], preferences: [{spread: node.labels.zone}], max_replicas_per_node: 1}}"
        )
        service, _ = one(deploy, tmp_path)
        assert service["deploy"]["update_config"] == {"parallelism": 1, "delay": "10s", "order": "start-first"}
        assert service["deploy"]["rollback_config"] == {"parallelism": 0}
        assert service["deploy"]["placement"]["constraints"] == ["node.role == manager"]
        assert (service["deploy"]["endpoint_mode"], service["deploy"]["restart_policy"]["delay"]) == ("vip", "5s")

    def test_a_service_of_a_profile_is_there_and_does_not_start(self, tmp_path: Path) -> None:
        service, fates = one("profiles: [debug]", tmp_path)
        assert service["deploy"]["replicas"] == 0
        assert fates["profiles"] == Fate.MOVED

    def test_a_service_that_is_only_built_gets_the_name_that_compose_gives(self, tmp_path: Path) -> None:
        found = stacked("services: {Web: {build: .}}", tmp_path)
        assert found.model["services"]["Web"]["image"] == "shop-web"
        assert ("build.unnamed", "shop-web") in {(loss.topic, loss.detail) for loss in found.losses}

    def test_env_files_are_read_and_variables_filled_in(self, tmp_path: Path) -> None:
        service, fates = one("env_file: [a.env], environment: {B: 'x${C}$$y'}", tmp_path, a_dot_env="A='one two'\n", _dot_env="C=7\n")
        assert service["environment"] == {"A": "one two", "B": "x7$y"}
        assert fates["env_file"] == Fate.MOVED


class TestNames:
    def test_others_still_find_a_service_by_its_containers_name_and_by_links(self, tmp_path: Path) -> None:
        found = stacked("services: {a: {image: x, links: ['db:store']}, db: {image: y, container_name: shop-db}}", tmp_path)
        assert found.model["services"]["db"]["networks"] == {"default": {"aliases": ["shop-db", "store"]}}

    def test_that_a_swarm_refuses_are_replaced_and_still_lead_there(self, tmp_path: Path) -> None:
        long = "l" * 200
        text = f"services: {{web.1: {{image: x}}, {long}: {{image: y}}, web-1: {{image: z}}}}\nnetworks: {{default: {{name: 'a $$(id) b'}}, n.n: {{}}}}"
        found = stacked(text, tmp_path)
        keys = list(found.model["services"])
        assert len(set(keys)) == 3
        assert keys[2] == "web-1"
        assert all(re.fullmatch(r"[A-Za-z0-9-]{1,58}", key) for key in keys)
        aliases = [service["networks"]["default"] for service in found.model["services"].values()]
        assert aliases == [{"aliases": ["web.1"]}, {"aliases": [long]}, None]
        assert re.fullmatch(r"a-id-b-[0-9a-f]{8}", found.model["networks"]["default"]["name"])
        assert re.fullmatch(r"shop-n-n-[0-9a-f]{8}", found.model["networks"]["n.n"]["name"])
        assert {"service.name", "networks.name"} <= {loss.topic for loss in found.losses}

    def test_the_network_of_the_node_is_external(self, tmp_path: Path) -> None:
        found = stacked("services: {a: {image: x, network_mode: host}, b: {image: x, networks: [host]}}\nnetworks: {host: {}}", tmp_path)
        assert found.model["services"]["a"]["networks"] == {"host-of-the-node": None}
        assert found.model["networks"]["host-of-the-node"] == {"external": True, "name": "host"}

    def test_without_any_network_are_alone_on_one_that_is_closed(self, tmp_path: Path) -> None:
        found = stacked("services: {a: {image: x, network_mode: none}, b: {image: x}}", tmp_path)
        assert found.model["services"]["a"]["networks"] == {"a-alone": None}
        assert found.model["networks"]["a-alone"] == {"driver": "overlay", "internal": True}

    @pytest.mark.parametrize("mode", ["service:b", "container:elsewhere"])
    def test_a_service_in_the_network_of_another_is_refused_by_name(self, tmp_path: Path, mode: str) -> None:
        with pytest.raises(BattenError, match=f"'a' .network_mode: {mode}."):
            stacked(f"services: {{a: {{image: x, network_mode: '{mode}'}}, b: {{image: y}}}}", tmp_path)


class TestLabels:
    def test_that_a_router_reads_have_to_be_the_services_own(self, tmp_path: Path) -> None:
        service, fates = one("labels: {traefik.enable: 'true'}", tmp_path)
        assert service["labels"] == {"traefik.enable": "true"}
        assert fates["labels.routing"] == Fate.CHECK
        assert "labels.routing" not in one("labels: {traefik.enable: 'true'}, deploy: {labels: {traefik.enable: 'true'}}", tmp_path)[1]


class TestSecrets:
    def test_are_kept_by_the_swarm_under_a_name_with_a_version(self, tmp_path: Path) -> None:
        uses = "secrets: [one, {source: two, target: /etc/two, mode: 0440, uid: '7'}]"
        text = f"services: {{a: {{image: x, {uses}}}}}\nsecrets: {{one: {{file: ./one}}, two: {{environment: T}}}}"
        found = stacked(text, tmp_path)
        assert found.model["secrets"] == {"one": {"external": True, "name": "shop_one_v1"}, "two": {"external": True, "name": "shop_two_v1"}}
        assert found.model["services"]["a"]["secrets"][0] == {"source": "one", "target": "one"}
        assert "mode: 0440" in emit(found.model)

    def test_of_somebody_else_stay_as_they_are(self, tmp_path: Path) -> None:
        found = stacked("services: {a: {image: x, secrets: [s]}}\nsecrets: {s: {external: true, name: theirs}}", tmp_path)
        assert found.model["secrets"] == {"s": {"external": True, "name": "theirs"}}
        assert "secrets" not in {loss.topic for loss in found.losses}

    def test_with_a_long_name_are_told_apart(self, tmp_path: Path) -> None:
        keys = ["k" * 200, "k" * 199 + "j"]
        text = f"services: {{a: {{image: x}}}}\nsecrets: {{{keys[0]}: {{file: ./a}}, {keys[1]}: {{file: ./b}}}}"
        names = [secret["name"] for secret in stacked(text, tmp_path).model["secrets"].values()]
        assert len(set(names)) == 2
        assert all(len(name) <= 64 and name.startswith("shop_kkk") and name.endswith("_v1") for name in names)

    def test_with_a_name_that_a_swarm_refuses_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(BattenError, match="no secret or config called 'shop_a-'"):
            stacked("services: {a: {image: x}}\nsecrets: {a-: {file: ./a}}", tmp_path)


class TestNetworks:
    def test_are_between_nodes_and_encrypted_where_that_was_decided(self, tmp_path: Path) -> None:
        text = "services: {a: {image: x, networks: [n, m]}}\nnetworks: {n: {internal: true, driver: bridge}, m: {attachable: true}}"
        found = stacked(text, tmp_path, encrypted=frozenset({"n"}))
        assert found.model["networks"]["n"] == {"driver": "overlay", "driver_opts": {"encrypted": ""}, "internal": True}
        assert found.model["networks"]["m"] == {"driver": "overlay", "attachable": True}
        assert [loss.path for loss in found.losses if loss.topic == "networks.driver"] == [("networks", "n", "driver")]

    def test_keep_of_their_addresses_the_subnet(self, tmp_path: Path) -> None:
        text = "services: {a: {image: x, networks: {n: {ipv4_address: 10.9.0.5}}}}\nnetworks: {n: {ipam: {config: [{subnet: 10.9.0.0/24, gateway: 10.9.0.1}]}}}"
        found = stacked(text, tmp_path)
        assert found.model["networks"]["n"]["ipam"] == {"config": [{"subnet": "10.9.0.0/24"}]}
        assert {"networks.ipam", "networks.ipv4_address"} <= {loss.topic for loss in found.losses}


class TestTheEngine:
    def test_that_is_known_to_be_new_gets_what_an_old_one_refuses(self, tmp_path: Path) -> None:
        keys = "oom_score_adj: 5, healthcheck: {test: [NONE], start_interval: 2s}"
        old, fates = one(keys, tmp_path)
        assert "oom_score_adj" not in old
        assert {"oom_score_adj", "healthcheck.start_interval"} <= set(fates)
        text = f"services: {{a: {{image: x, {keys}}}}}"
        assert stacked(text, tmp_path).model["version"] == "3.9"
        assert stacked(text, tmp_path, engine=(25, 0)).model["version"] == "3.12"
        new = stacked(text, tmp_path, engine=(28, 5)).model
        assert (new["version"], new["services"]["a"]["oom_score_adj"]) == ("3.13", 5)


class TestText:
    def test_is_read_alike_by_readers_of_yaml_1_1(self, tmp_path: Path) -> None:
        import yaml

        words = ["yes", "off", "n", "1000:30", "0o17", "1_000", "null", "0x1f", "~"]
        environment = ", ".join(f"{word!r}: {word!r}" for word in words)
        found = stacked(f"services: {{a: {{image: x, environment: {{{environment}}}}}}}", tmp_path)
        assert yaml.safe_load(emit(found.model))["services"]["a"]["environment"] == {word: word for word in words}
