"""A project on the private engine: brought up by the real docker-compose with stand-ins in the place of its programs."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.engine.dockerd import Engine, compose_program
from tests.engine.images import INSIDE, make_stand_ins, stand_in_command

UNPUBLISHED: Final = 4999
"""A port on which every stand-in listens besides its service's own."""


class Published(NamedTuple):
    """A published TCP port as the reference reads it."""

    service: str
    host_ip: str
    port: int
    inside: int


@dataclass(frozen=True, slots=True)
class Container:
    """A running container of the project."""

    id: str
    service: str
    addresses: Mapping[str, str]
    """Address by network name."""
    ports: tuple[int, ...]
    """What it listens on."""


class Stack:
    """A project's files on an engine. As a context manager it is up inside and gone with its volumes afterwards.

    Networks, ports, secrets, volumes, users and privileges stay as the files say; only images, builds, entrypoints,
    commands and healthchecks are replaced, by an override file of our own.
    """

    def __init__(self, engine: Engine, files: Sequence[Path], *, ports: Mapping[str, Iterable[int]] | None = None) -> None:
        self.engine = engine
        self._files = [argument for file in files for argument in ("-f", str(file))]
        self.config: dict[str, Any] = json.loads(self._compose("config", "--format", "json"))
        self.services: dict[str, dict[str, Any]] = self.config["services"]
        if odd := [name for name, service in self.services.items() if service.get("network_mode", "none") != "none"]:
            raise ValueError(f"no address of their own, so not measured here: {', '.join(odd)}")
        self._ports = {name: self._listening(name, (ports or {}).get(name, ())) for name in self.services}
        override = engine.folder / "override.yaml"
        override.write_text(_override_text(self.services, self._ports))
        self._files += ["-f", str(override)]

    def __enter__(self) -> Stack:
        images = [service.get("image") or _built(name) for name, service in self.services.items()]
        make_stand_ins(self.engine, self.services, images)
        try:
            self._compose("up", "--detach", "--pull", "never", "--no-build")
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._compose("down", "--volumes", "--timeout", "0", "--remove-orphans")

    def published(self) -> list[Published]:
        """Every published TCP port with a host port of its own."""
        found = ((name, port) for name, service in self.services.items() for port in service.get("ports", ()))
        return [
            Published(name, port.get("host_ip", ""), int(port["published"]), int(port["target"]))
            for name, port in found
            if port.get("protocol", "tcp") == "tcp" and port.get("published")
        ]

    def containers(self) -> list[Container]:
        """The running containers, one for each service."""
        ids = self._compose("ps", "--quiet").split()
        return [self._container(entry) for entry in json.loads(self.engine.docker("inspect", *ids))]

    def gateways(self) -> list[str]:
        """The host's address on every bridge of the engine, docker0 included."""
        networks = json.loads(self.engine.docker("network", "inspect", *self.engine.docker("network", "ls", "--quiet").split()))
        return [entry["Gateway"] for network in networks if network["Driver"] == "bridge" for entry in network["IPAM"]["Config"] if entry.get("Gateway")]

    def execute(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a busybox command in the container of ``service``, as the user that the project gives it."""
        container = next(one for one in self.containers() if one.service == service)
        call = ("docker", "exec", container.id, INSIDE, *command)
        return subprocess.run(call, capture_output=True, text=True, env=self.engine.environment, timeout=30, check=False)

    def _listening(self, service: str, more: Iterable[int]) -> tuple[int, ...]:
        """Its published targets, what it exposes and ``more``; the port that nothing publishes last."""
        known = self.services[service]
        own = {int(port["target"]) for port in known.get("ports", ()) if port.get("protocol", "tcp") == "tcp"}
        own |= {int(str(port).split("/")[0]) for port in known.get("expose", ()) if not str(port).endswith("/udp")}
        return (*sorted((own | set(more)) - {UNPUBLISHED}), UNPUBLISHED)

    def _container(self, entry: dict[str, Any]) -> Container:
        service = entry["Config"]["Labels"]["com.docker.compose.service"]
        addresses = {name: network["IPAddress"] for name, network in entry["NetworkSettings"]["Networks"].items() if network["IPAddress"]}
        return Container(entry["Id"], service, addresses, self._ports[service])

    def _wait(self) -> None:
        """Until every listener answers its own container."""
        until = time.monotonic() + 30
        while silent := [one.service for one in self.containers() if not self._answers(one)]:
            if time.monotonic() > until:
                raise RuntimeError(f"these stand-ins do not listen: {', '.join(silent)}")
            time.sleep(0.3)
        if missing := set(self.services) - {one.service for one in self.containers()}:
            raise RuntimeError(f"these services have no running container: {', '.join(sorted(missing))}")

    def _answers(self, container: Container) -> bool:
        try:
            for port in container.ports:
                self.engine.docker("exec", container.id, INSIDE, "wget", "-q", "-Y", "off", "-O", "/dev/null", f"http://127.0.0.1:{port}/")
        except RuntimeError:
            return False  # not yet; the caller knows how long to wait
        return True

    def _compose(self, *arguments: str) -> str:
        command = (compose_program() or "docker-compose", *self._files, "--profile", "*", *arguments)
        done = subprocess.run(command, capture_output=True, text=True, env=self.engine.environment, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(f"docker-compose {arguments[0]}: {done.stderr.strip()}")
        return done.stdout


def _built(service: str) -> str:
    return f"batten-stand-in/{service.lower()}:built"


def _override_text(services: Mapping[str, Mapping[str, Any]], ports: Mapping[str, Sequence[int]]) -> str:
    """YAML by hand, since ``!reset`` is no part of JSON; everything else in it is."""
    lines = ["services:"]
    for name, service in services.items():
        test = ["CMD", INSIDE, "wget", "-q", "-Y", "off", "-O", "/dev/null", f"http://127.0.0.1:{UNPUBLISHED}/"]
        lines += [
            f"  {json.dumps(name)}:",
            f"    image: {json.dumps(service.get('image') or _built(name))}",
            f"    entrypoint: {json.dumps(stand_in_command(name, ports[name])).replace('$', '$$')}",
            "    command: []",
            '    restart: "no"',
            f"    healthcheck: !override {json.dumps({'test': test, 'interval': '1s', 'timeout': '5s', 'retries': 20})}",
        ]
        lines += ["    build: !reset null"] if service.get("build") else []
    return "\n".join(lines) + "\n"
