"""The demo shop as a stack on a real one-node swarm: made with the generated commands, with stand-ins for its programs.

The kernel of a test machine may lack IPVS, which virtual addresses and the routing mesh need: so names lead to the tasks themselves (``dnsrr``), and
nothing is published.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

import assets
from batten.compose import load_project
from batten.inference.evidence import needed_connections
from batten.model import Project
from batten.reach import predict
from tests.engine.conftest import go_without
from tests.engine.hosting import HOST, IMAGE, Machine

pytestmark = pytest.mark.engine

PORT: Final = 7000
BUSYBOX: Final = "/bin/busybox"
_PROGRAM: Final = [BUSYBOX, "sh", "-c", f"{BUSYBOX} httpd -p {PORT} -h /www && exec {BUSYBOX} sleep 1000000"]
_SOCKET: Final = "/var/run/docker.sock"
_ASK: Final = (
    f'for place; do ({BUSYBOX} timeout 3 {BUSYBOX} wget -q -Y off -O - "http://$place:{PORT}/" >/dev/null 2>&1 && {BUSYBOX} echo "$place") & done; wait'
)


@dataclass(frozen=True)
class Deployed:
    """The running stack, and the files it came from."""

    machine: Machine
    folder: Path
    project: Project
    containers: Mapping[str, str]
    """Service → id of its container."""

    def execute(self, service: str, *command: str) -> str:
        """What a command in a service's container prints."""
        return self.machine.docker("exec", self.containers[service], *command, check=False).stdout.decode()

    def addresses(self, service: str) -> set[str]:
        """Every address that a service's container has."""
        words = self.execute(service, BUSYBOX, "ip", "-4", "-o", "addr").split()
        return {word.partition("/")[0] for word in words if "/" in word and word[0].isdigit()} - {"127.0.0.1"}

    def answers(self, source: str, places: list[str]) -> set[str]:
        """Those of some names and addresses that answer a service."""
        return set(self.execute(source, BUSYBOX, "sh", "-c", _ASK, "ask", *places).split())


def stand_in(model: dict[str, Any]) -> dict[str, Any]:
    """The stack with one image for all, which listens on one port; everything else as it was written."""
    for service in model["services"].values():
        service |= {"image": IMAGE, "entrypoint": _PROGRAM, "command": [], "stop_grace_period": "1s"}
        service["deploy"] = {**service.get("deploy", {}), "endpoint_mode": "dnsrr"}
        service["volumes"] = [one for one in service.get("volumes", []) if one.get("source") != _SOCKET]
        service.pop("ports", None)
        service.pop("healthcheck", None)
    return model


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The hardened demo, brought up as its own README says."""
    folder = tmp_path_factory.mktemp("stack") / "out"
    demo = shutil.copytree(assets.path("demo/shop"), folder.parent / "shop")
    subprocess.run((sys.executable, "-m", "batten", "harden", str(demo), "--target", "both", "-o", str(folder)), check=True, timeout=120, capture_output=True)
    (folder / "trial.yaml").write_text(yaml.safe_dump(stand_in(yaml.safe_load((folder / "stack.yaml").read_text()))))
    try:
        machine = Machine()
    except RuntimeError as error:
        go_without(str(error))
    try:
        machine.start({})
        machine.make_image()
        machine.docker("swarm", "init", "--advertise-addr", HOST, "--data-path-port", "4790")
        yield _up(machine, folder)
    finally:
        machine.close()


def _up(machine: Machine, folder: Path) -> Deployed:
    """Make the secrets and deploy."""
    where = f"cd {shlex.quote(str(folder))}"
    for command in (
        "sh docker-objects.sh secrets configs",
        "( set -a && . ./secrets/stack.env && docker stack deploy --resolve-image never -c trial.yaml shop )",
    ):
        done = machine.run(machine.host, "sh", "-c", f"{where} && {command}")
        assert done.returncode == 0, done.stderr
    project = load_project([folder / "compose.yaml"], environ={})
    return Deployed(machine, folder, project, running(machine, set(project.services)))


def running(machine: Machine, services: set[str], stack: str = "shop") -> dict[str, str]:
    """The container of each service of a stack, once all of them run."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        lines = machine.says("ps", "--format", '{{.ID}} {{.Label "com.docker.swarm.service.name"}}').splitlines()
        named = [line.split() for line in lines if f" {stack}_" in line]
        found = {name.removeprefix(f"{stack}_"): container for container, name in named}
        if set(found) == services:
            return found
        time.sleep(0.5)
    raise RuntimeError(machine.says("stack", "ps", "--no-trunc", stack))


ODD: Final = """
name: odd
services:
  front: {image: IMAGE, tmpfs: ["/scratch:size=8m", /plain], links: ["back:store"], cap_drop: [ALL]}
  back:
    {image: IMAGE, container_name: odd-back, secrets: [{source: key, target: /etc/key, uid: "7", gid: "8", mode: 0440}],
     configs: [{source: page, target: /etc/page}]}
  node: {image: IMAGE, network_mode: host}
  alone: {image: IMAGE, network_mode: none, restart: "no"}
  resting: {image: IMAGE, profiles: [debug]}
secrets: {key: {file: ./key}}
configs: {page: {content: "one $$1\\n"}}
"""
"""What a stack file says in other words than a compose file."""


@pytest.fixture(scope="module")
def odd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the odd project lies."""
    return tmp_path_factory.mktemp("odd")


@pytest.fixture(scope="module")
def odd(deployed: Deployed, odd_folder: Path) -> Mapping[str, dict[str, Any]]:
    """What the engine says of the containers of a stack of odd services, beside the shop."""
    folder = odd_folder
    (folder / "compose.yaml").write_text(ODD.replace("IMAGE", IMAGE))
    (folder / "key").write_text("secret of odd")
    subprocess.run(
        (sys.executable, "-m", "batten", "harden", str(folder), "--target", "stack", "-o", str(folder / "out")), check=True, timeout=120, capture_output=True
    )
    (folder / "out/trial.yaml").write_text(yaml.safe_dump(stand_in(yaml.safe_load((folder / "out/stack.yaml").read_text()))))
    machine = deployed.machine
    deploy = "sh docker-objects.sh secrets configs && sh docker-objects.sh configs && docker stack deploy --resolve-image never -c trial.yaml odd"
    done = machine.run(machine.host, "sh", "-c", f"cd {shlex.quote(str(folder / 'out'))} && {deploy}")
    assert done.returncode == 0, done.stderr
    containers = running(machine, {"front", "back", "node", "alone"}, "odd")
    return {name: json.loads(machine.says("inspect", container))[0] for name, container in containers.items()}


class TestOtherWords:
    def test_a_tmpfs_is_one_with_its_size(self, deployed: Deployed, odd: Mapping[str, dict[str, Any]]) -> None:
        mounts = deployed.machine.says("exec", odd["front"]["Id"], BUSYBOX, "cat", "/proc/mounts").splitlines()
        found = {line.split()[1]: line.split()[2:4] for line in mounts}
        assert found["/scratch"][0] == found["/plain"][0] == "tmpfs"
        assert "size=8192k" in found["/scratch"][1].split(",")
        assert {"noexec", "nosuid", "nodev"} <= set(found["/scratch"][1].split(","))

    @pytest.mark.parametrize("name", ["back", "store", "odd-back"])
    def test_a_service_is_found_by_its_links_and_its_containers_name(self, deployed: Deployed, odd: Mapping[str, dict[str, Any]], name: str) -> None:
        done = deployed.machine.docker("exec", odd["front"]["Id"], BUSYBOX, "wget", "-q", "-Y", "off", "-O", "-", f"http://{name}:{PORT}/", check=False)
        assert done.stdout == b"container"

    def test_the_network_of_the_node_is_joined(self, odd: Mapping[str, dict[str, Any]]) -> None:
        assert list(odd["node"]["NetworkSettings"]["Networks"]) == ["host"]

    def test_a_service_without_a_network_is_alone_and_has_no_way_out(self, deployed: Deployed, odd: Mapping[str, dict[str, Any]]) -> None:
        assert list(odd["alone"]["NetworkSettings"]["Networks"]) == ["odd_alone-alone"]
        assert "default" not in deployed.machine.says("exec", odd["alone"]["Id"], BUSYBOX, "ip", "route")

    def test_a_secret_has_the_owner_and_the_mode_that_were_asked_for(self, deployed: Deployed, odd: Mapping[str, dict[str, Any]]) -> None:
        told = deployed.machine.says("exec", odd["back"]["Id"], BUSYBOX, "stat", "-c", "%a %u %g", "/etc/key")
        assert told == "440 7 8"

    def test_a_config_that_changed_is_not_passed_over(self, deployed: Deployed, odd: Mapping[str, dict[str, Any]], odd_folder: Path) -> None:
        assert deployed.machine.says("exec", odd["back"]["Id"], BUSYBOX, "cat", "/etc/page") == "one $1"
        (odd_folder / "out/configs/page").chmod(0o600)
        (odd_folder / "out/configs/page").write_text("two")
        done = deployed.machine.run(deployed.machine.host, "sh", str(odd_folder / "out/docker-objects.sh"), "configs")
        assert done.returncode == 1
        assert "holds something else" in done.stderr

    def test_a_service_of_a_profile_rests(self, deployed: Deployed, odd: Mapping[str, dict[str, Any]]) -> None:
        assert "odd_resting 0/0" in deployed.machine.says("service", "ls", "--format", "{{.Name}} {{.Replicas}}").splitlines()


class TestSecrets:
    def test_are_read_in_the_container(self, deployed: Deployed) -> None:
        uses = {(name, use.source) for name, service in deployed.project.services.items() for use in service.secrets}
        assert ("db", "db_password") in uses
        for service, secret in uses:
            assert deployed.execute(service, BUSYBOX, "cat", f"/run/secrets/{secret}") == (deployed.folder / "secrets" / secret).read_text()

    def test_are_in_nothing_that_can_be_inspected(self, deployed: Deployed) -> None:
        values = [path.read_text() for path in (deployed.folder / "secrets").iterdir() if path.name in deployed.project.secrets]
        assert values
        services = deployed.machine.says("service", "ls", "-q").split()
        secrets = deployed.machine.says("secret", "ls", "-q").split()
        told = deployed.machine.says("inspect", *deployed.containers.values()) + deployed.machine.says("service", "inspect", *services)
        told += deployed.machine.says("secret", "inspect", *secrets)
        assert [value for value in values if value in told and value not in _kept(deployed)] == []

    def test_are_made_once(self, deployed: Deployed) -> None:
        before = deployed.machine.says("secret", "ls", "-q")
        done = deployed.machine.run(deployed.machine.host, "sh", str(deployed.folder / "docker-objects.sh"), "secrets")
        assert (done.returncode, done.stdout.count("is there already")) == (0, len(deployed.project.secrets))
        assert deployed.machine.says("secret", "ls", "-q") == before


def _kept(deployed: Deployed) -> str:
    """Values that the design leaves in environments, which everybody may inspect who may talk to the engine."""
    return json.dumps([word for line in (deployed.folder / "secrets/stack.env").read_text().splitlines() for word in shlex.split(line, comments=True)])


@pytest.fixture(scope="module")
def answered(deployed: Deployed) -> Mapping[tuple[str, str], set[str]]:
    """For each pair of services the names and addresses of the second that answer the first."""
    places = {name: {name, *deployed.addresses(name)} for name in deployed.containers}

    def ask(source: str) -> set[str]:
        return deployed.answers(source, sorted(set().union(*(names for target, names in places.items() if target != source))))

    with ThreadPoolExecutor() as pool:
        heard = dict(zip(places, pool.map(ask, places), strict=True))
    return {(source, target): names & heard[source] for source in places for target, names in places.items() if target != source}


class TestConnections:
    def test_that_are_needed_work_by_name(self, deployed: Deployed, answered: Mapping[tuple[str, str], set[str]]) -> None:
        needed = [(one.source, one.target) for one in needed_connections(deployed.project) if one.target in deployed.containers]
        assert len(needed) >= 7
        assert [pair for pair in needed if pair[1] not in answered[pair]] == []

    def test_that_the_design_closes_are_closed(self, deployed: Deployed, answered: Mapping[tuple[str, str], set[str]]) -> None:
        reach = predict(deployed.project)
        closed = {pair for pair in answered if reach.between(*pair) is None}
        assert {("proxy", "db"), ("web", "db"), ("dashboard", "db"), ("proxy", "cache")} <= closed
        assert {pair: places for pair, places in answered.items() if pair in closed and places} == {}

    def test_an_internal_network_has_no_way_out(self, deployed: Deployed) -> None:
        assert "default" not in deployed.execute("cache", BUSYBOX, "ip", "route")
        assert "default" in deployed.execute("worker", BUSYBOX, "ip", "route")


class TestWhatIsKept:
    def test_dropped_capabilities_and_read_only_hold(self, deployed: Deployed) -> None:
        for name, service in deployed.project.services.items():
            host = json.loads(deployed.machine.says("inspect", deployed.containers[name]))[0]["HostConfig"]
            assert {word.removeprefix("CAP_") for word in host["CapDrop"] or ()} >= set(service.cap_drop), name
            assert bool(host["ReadonlyRootfs"]) == service.read_only, name

    def test_the_script_takes_everything_away_again(self, deployed: Deployed) -> None:
        """Last: it ends the stack."""
        machine = deployed.machine
        machine.docker("stack", "rm", "shop")
        until = time.monotonic() + 30
        while time.monotonic() < until and "shop_" in machine.says("ps", "--format", "{{.Names}}"):
            time.sleep(0.5)
        done = machine.run(machine.host, "sh", str(deployed.folder / "docker-objects.sh"), "remove")
        assert done.returncode == 0, done.stderr
        assert "shop_" not in machine.says("secret", "ls", "--format", "{{.Name}}")
