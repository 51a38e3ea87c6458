"""``batten verify`` of a stack on a real swarm: replicas on the node at hand, as root there and through probe containers, and tasks on other nodes.

The kernel of a test machine may lack IPVS, so that nothing is published and names lead to the tasks themselves.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calling import ROOT
from tests.engine.hosting import HOST, Machine
from tests.engine.images import tools_archive
from tests.engine.shapes import CHOICE

pytestmark = pytest.mark.engine

IMAGE = "tools:1"
MANAGER, WORKER = "10.97.0.1", "10.97.0.2"
STACK = """
version: "3.8"
services:
  api:
    image: tools:1
    command: [/bin/busybox, httpd, -f, -p, "8080"]
    networks: [front, back]
    deploy: {replicas: 3, endpoint_mode: dnsrr}
  db:
    image: tools:1
    command: [/bin/busybox, httpd, -f, -p, "5432"]
    networks: {back: {aliases: [store]}}
    deploy: {replicas: 3, endpoint_mode: dnsrr}
  web:
    image: tools:1
    command: [/bin/busybox, httpd, -f, -p, "80"]
    networks: [front]
    deploy: {endpoint_mode: dnsrr}
networks:
  front: {driver: overlay, attachable: true}
  back: {driver: overlay, internal: true, attachable: true}
"""


def deploy(machine: Machine) -> Path:
    """The stack on the machine's swarm, with all its tasks running."""
    machine.docker("import", "-", IMAGE, given=tools_archive())
    machine.docker("swarm", "init", "--advertise-addr", HOST, "--data-path-port", "4790")
    file = machine.folder / "stack.yaml"
    file.write_text(STACK)
    machine.docker("stack", "deploy", "--resolve-image", "never", "-c", str(file), "shop")
    wait(machine, 7)
    return file


def wait(machine: Machine, count: int) -> None:
    """Until so many tasks run."""
    until = time.monotonic() + 60
    while len(machine.says("stack", "ps", "-q", "--filter", "desired-state=running", "shop").split()) < count or "0/" in _replicas(machine):
        assert time.monotonic() < until, machine.says("stack", "ps", "--no-trunc", "shop")
        time.sleep(0.5)


def _replicas(machine: Machine) -> str:
    said = machine.says("stack", "services", "--format", "{{.Replicas}}", "shop").split()
    return "0/" if any(len(set(one.split("/"))) > 1 for one in said) else ""


@pytest.fixture(scope="module")
def swarm() -> Iterator[tuple[Machine, Path]]:
    """A manager with the stack on it."""
    machine = Machine()
    try:
        machine.start({})
        yield machine, deploy(machine)
    finally:
        machine.close()


def near(machine: Machine, *arguments: object, command: str = "verify") -> Any:
    """What root on the host is told."""
    own = ("unshare", "--mount", "--propagation", "private", "sh", "-c", 'mount -t proc proc /proc && exec "$@"', "sh")
    there = ("nsenter", f"--net=/proc/{machine.dockerd}/ns/net", f"--pid=/proc/{machine.dockerd}/ns/pid", *own)
    return told(machine, (*there, *call(*arguments, command=command)))


def far(machine: Machine, *arguments: object) -> Any:
    """What a user of the engine is told."""
    return told(machine, call(*arguments, "--probe-image", IMAGE))


def call(*arguments: object, command: str = "verify") -> tuple[str, ...]:
    """The command."""
    return (sys.executable, "-m", "batten", command, *map(str, arguments), "--project-name", "shop", "--format", "json")


def told(machine: Machine, command: tuple[str, ...]) -> Any:
    """Its answer; it leaves no probe behind."""
    done = subprocess.run(command, env=machine.environment(PYTHONPATH=str(ROOT)), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert machine.says("ps", "-a", "-q", "--filter", "label=batten.probe") == ""
    return json.loads(done.stdout)


@pytest.mark.parametrize("ask", [near, far])
class TestReplicas:
    def test_on_one_node_are_all_asked(self, swarm: tuple[Machine, Path], ask: Any) -> None:
        found = ask(*swarm)
        assert (found["differs"], found["unasked"], found["notes"]) == (False, [], []), found
        states = {(pair["from"], pair["to"]): pair["found"] for pair in found["pairs"]}
        assert states["web", "api"] == states["db", "api"] == ["8080/tcp"]
        assert states["api", "db"] == ["5432/tcp"]
        assert states["web", "db"] == states["db", "web"] == []
        assert found["connections"] >= 3 * 3 * 2

    def test_of_which_one_is_on_another_network_speak_for_the_service(self, swarm: tuple[Machine, Path], ask: Any) -> None:
        machine, file = swarm
        one = machine.says("ps", "-q", "--filter", "label=com.docker.swarm.service.name=shop_web")
        machine.docker("network", "connect", "shop_back", one)
        found = ask(machine, file)
        machine.docker("network", "disconnect", "shop_back", one)
        assert {(pair["from"], pair["to"]) for pair in found["pairs"] if pair["state"] == "differs"} == {("web", "db"), ("db", "web")}
        assert [(one["service"], one["found"]) for one in found["memberships"]] == [("web", ["shop_back", "shop_front"])]


@pytest.mark.skipif(os.environ.get(CHOICE) != "all", reason="starts two engines")
class TestTwoNodes:
    def test_are_asked_one_by_one_and_what_is_not_asked_is_told(self, machine: Machine) -> None:
        other = Machine()
        try:
            machine.host.run("ip", "link", "add", "node0", "type", "veth", "peer", "name", "node0", "netns", str(other.host.pid))
            for one, address in ((machine, MANAGER), (other, WORKER)):
                one.host.run("ip", "address", "add", f"{address}/24", "dev", "node0")
                one.host.run("ip", "link", "set", "node0", "up")
                one.start({})
                one.docker("import", "-", IMAGE, given=tools_archive())
            machine.docker("swarm", "init", "--advertise-addr", MANAGER)
            token = machine.says("swarm", "join-token", "-q", "worker")
            other.docker("swarm", "join", "--advertise-addr", WORKER, "--token", token, f"{MANAGER}:2377")
            file = machine.folder / "stack.yaml"
            file.write_text(STACK)
            machine.docker("stack", "deploy", "--resolve-image", "never", "-c", str(file), "shop")
            wait(machine, 7)
            here, there = far(machine, file), far(other, file)
        finally:
            other.close()
        reasons = {one["service"]: one["reason"] for one in here["unasked"]}
        assert reasons["db"] in {f"{count} of its 3 tasks run on other nodes and were not asked" for count in (1, 2)}
        assert not here["differs"], here
        assert "only its containers on this node were asked" in {one["service"]: one["reason"] for one in there["unasked"]}["api"]
        assert not there["differs"], there


class TestWatched:
    def test_replicas_are_one_service(self, swarm: tuple[Machine, Path]) -> None:
        machine, file = swarm
        asking = "for time in 1 2 3 4 5 6; do /bin/busybox wget -q -Y off -O /dev/null http://db:5432/; /bin/busybox sleep 1; done"
        for container in machine.says("ps", "-q", "--filter", "label=com.docker.swarm.service.name=shop_api").split():
            machine.docker("exec", "--detach", container, "/bin/busybox", "sh", "-c", asking)
        found = near(machine, file, "--for", "5s", "--no-save", command="observe")
        assert [(one["from"], one["to"], one["ports"]) for one in found["connections"]] == [("api", "db", ["5432/tcp"])]
        assert found["connections"][0]["times"] >= 3
