"""A hardened project's socket proxy, with Debian's HAProxy in it, before a real engine: what is let through, what is refused, and who reaches it."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from batten.plan.sockets import CONFIGURATION, IMAGE
from tests.engine import calls
from tests.engine.conftest import go_without
from tests.engine.dockerd import Engine, compose_program
from tests.engine.images import INSIDE, make_stand_ins

pytestmark = pytest.mark.engine

PROXY = "logs-socket-proxy"
COMPOSE = """
name: watched
services:
  logs:
    image: gliderlabs/logspout:v3.2.14
    entrypoint: [/bin/busybox, sleep, "1000000"]
    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]
  shop:
    image: registry.example/shop:1
    entrypoint: [/bin/busybox, sleep, "1000000"]
    environment: {SHOP_NAME: corner}
"""


@dataclass(frozen=True)
class Project:
    """The hardened project, running."""

    engine: Engine
    folder: Path
    containers: dict[str, dict[str, Any]]
    """What the engine says of each service's container."""

    def ask(self, asking: str, calls_: Sequence[str]) -> list[str]:
        """The statuses of the proxy's answers to calls that are made from the network namespace of a service's container."""
        command = self.engine.inside(self.containers[asking]["State"]["Pid"], sys.executable, calls.__file__, self.address, "2375")
        given = "".join(f"{call}\n" for call in calls_)
        return subprocess.run(command, input=given, capture_output=True, text=True, check=True, timeout=60).stdout.split()

    def looked_up(self, asking: str) -> str:
        """What a service's container is told when it asks for the proxy's name."""
        command = ("docker", "exec", self.containers[asking]["Id"], INSIDE, "timeout", "3", INSIDE, "nslookup", PROXY)
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=self.engine.environment)
        return done.stdout + done.stderr

    @property
    def address(self) -> str:
        """The proxy's address on its network."""
        (network,) = self.containers[PROXY]["NetworkSettings"]["Networks"].values()
        return str(network["IPAddress"])

    def docker(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The docker client in the namespace of the caller, with the proxy for an engine."""
        pid = self.containers["logs"]["State"]["Pid"]
        command = self.engine.inside(pid, "docker", "-H", f"tcp://{self.address}:2375", *arguments)
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=self.engine.environment)


@pytest.fixture(scope="module")
def project(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project as ``batten harden`` writes it, brought up by the real docker-compose."""
    if shutil.which("haproxy") is None:
        go_without("not installed: haproxy")
    folder = tmp_path_factory.mktemp("watched")
    (folder / "compose.yaml").write_text(COMPOSE)
    subprocess.run((sys.executable, "-m", "batten", "harden", str(folder), "-o", str(folder / "out")), check=True, timeout=120, capture_output=True)
    engine.docker("import", "--change", f'CMD ["haproxy", "-W", "-db", "-f", "{CONFIGURATION}"]', "-", IMAGE, given=haproxy_image())
    make_stand_ins(engine, ["logs"], ["gliderlabs/logspout:v3.2.14", "registry.example/shop:1"])
    engine.give_socket()
    try:
        _compose(engine, folder, "up", "--detach", "--pull", "never")
        yield Project(engine, folder, _containers(engine))
    finally:
        _compose(engine, folder, "down", "--timeout", "0")


def _compose(engine: Engine, folder: Path, *arguments: str) -> None:
    command = (compose_program() or "docker-compose", "-f", str(folder / "out" / "compose.yaml"), *arguments)
    subprocess.run(command, check=True, capture_output=True, env=engine.environment, timeout=120)


def _containers(engine: Engine) -> dict[str, dict[str, Any]]:
    ids = engine.docker("ps", "--quiet", "--filter", "label=com.docker.compose.project=watched").split()
    return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in json.loads(engine.docker("inspect", *ids))}


def haproxy_image() -> bytes:
    """Debian's HAProxy with the libraries that it needs, as the archive of an image."""
    program = shutil.which("haproxy") or ""
    listed = subprocess.run(("ldd", program), capture_output=True, text=True, check=True).stdout
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", dereference=True) as archive:
        archive.add(program, "usr/sbin/haproxy")
        for path in sorted(set(re.findall(r"(/\S+) \(0x", listed))):
            archive.add(path, path.lstrip("/"))
    return stream.getvalue()


class TestTheProxyOnARealEngine:
    def test_calls_that_the_image_makes_pass(self, project: Project) -> None:
        shop = project.containers["shop"]["Id"]
        paths = ("/_ping", "/version", "/events", "/v1.41/containers/json", f"/containers/{shop}/json", f"/v1.24/containers/{shop}/logs?stdout=1")
        assert project.ask("logs", [f"GET {path}" for path in paths]) == ["200"] * len(paths)

    def test_all_else_is_refused(self, project: Project) -> None:
        shop = project.containers["shop"]["Id"]
        refused = [
            "POST /v1.41/containers/create", "POST /containers/create?name=x", f"GET /containers/{shop}/archive?path=/etc/hostname",
            f"PUT /containers/{shop}/archive?path=/", f"HEAD /containers/{shop}/archive?path=/", f"GET /containers/{shop}/export",
            f"POST /containers/{shop}/exec", "POST /exec/abc/start", f"POST /containers/{shop}/attach", f"POST /containers/{shop}/stop",
            f"DELETE /containers/{shop}", "POST /images/create?fromImage=x", "POST /build", "GET /images/json", "GET /info", "GET /secrets", "GET /swarm",
            "POST /networks/create", "GET /plugins", "POST /session", "POST /grpc", f"POST /v1.20/containers/{shop}/start",
        ]  # fmt: skip
        assert dict(zip(refused, project.ask("logs", refused), strict=True)) == dict.fromkeys(refused, "403")

    def test_no_spelling_of_a_path_gets_round_it(self, project: Project) -> None:
        shop = project.containers["shop"]["Id"]
        tricks = [
            f"GET /containers/{shop}%2Farchive/json", f"GET /containers/{shop}/json/../archive?path=/", f"GET //containers/{shop}/archive?path=/",
            f"GET /containers/{shop}/archive/../json", f"GET /v1.41/./containers/{shop}/export", "GET /containers/json/", "GET /v1.41/_ping/../info",
            "OPTIONS /containers/json", "POST /containers/json", "PATCH /containers/json", f"GET /Containers/{shop}/archive", "GET /libpod/info",
        ]  # fmt: skip
        assert dict(zip(tricks, project.ask("logs", tricks), strict=True)) == dict.fromkeys(tricks, "403")

    def test_the_docker_client_works_with_it_and_says_why_it_does_not(self, project: Project) -> None:
        assert "registry.example/shop:1" in project.docker("ps").stdout
        refused = project.docker("run", "--rm", "-v", "/:/host", "registry.example/shop:1", "true")
        assert refused.returncode != 0
        assert "the socket proxy does not let this call through" in refused.stderr

    def test_its_caller_finds_it_by_its_name_and_no_longer_has_the_socket(self, project: Project) -> None:
        logs = project.containers["logs"]
        assert f"DOCKER_HOST=tcp://{PROXY}:2375" in logs["Config"]["Env"]
        assert [mount["Destination"] for mount in logs["Mounts"]] == []
        assert f"Address: {project.address}" in project.looked_up("logs")

    def test_nobody_else_reaches_it(self, project: Project) -> None:
        assert project.ask("shop", ["GET /_ping"]) == ["none"]
        assert project.address not in project.looked_up("shop")

    def test_it_has_no_privileges_and_no_way_out(self, project: Project) -> None:
        proxy = project.containers[PROXY]
        host = proxy["HostConfig"]
        assert (host["ReadonlyRootfs"], host["CapDrop"], host["PortBindings"], host["Privileged"]) == (True, ["ALL"], {}, False)
        assert "no-new-privileges:true" in host["SecurityOpt"]
        (network,) = proxy["NetworkSettings"]["Networks"]
        (described,) = json.loads(project.engine.docker("network", "inspect", network))
        assert described["Internal"]
        assert {one["Name"] for one in described["Containers"].values()} == {proxy["Name"].strip("/"), project.containers["logs"]["Name"].strip("/")}
