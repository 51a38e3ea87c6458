"""A project on the private engine: brought up by the real docker-compose with stand-ins in the place of its programs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.engine import inside
from tests.engine.dockerd import Engine, compose_program
from tests.engine.images import INSIDE, make_stand_ins, service_answer, stand_in_command
from tests.engine.namespaces import Listeners, Services, homes, listeners


class Published(NamedTuple):
    """A published port, as the project's files or the engine has it."""

    home: str
    """Whose namespace it leads to."""
    port: int
    inside: int
    protocol: str


@dataclass(frozen=True, slots=True)
class Container:
    """A running container of the project."""

    id: str
    pid: int
    """Its first process, as the engine counts them."""
    service: str
    home: str
    """The service in whose network namespace it lives (itself mostly), or ``host``."""
    addresses: Mapping[str, tuple[str, ...]]
    """Addresses of its namespace by network name; IPv6 in brackets."""
    listeners: Listeners


class Stack:
    """A project's files on an engine. As a context manager it is up inside and gone with its volumes afterwards.

    Networks, ports, secrets, volumes, users and privileges stay as the files say; only images, builds, entrypoints,
    commands and healthchecks are replaced, by an override file of our own. External networks are made where nobody has.
    """

    def __init__(
        self, engine: Engine, files: Sequence[Path], *, ports: Mapping[str, Iterable[int]] | None = None, dials: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.engine = engine
        self.file = files[0]
        self._files = [argument for file in files for argument in ("-f", str(file))]
        self.config: dict[str, Any] = json.loads(self._compose("config", "--format", "json"))
        self.services: dict[str, dict[str, Any]] = self.config["services"]
        self.homes = homes(self.services)
        self._listeners = listeners(self.services, ports or {})
        self._made: list[str] = []
        self._answering: list[subprocess.Popen[str]] = []
        override = engine.folder / f"override-{self.config['name']}.yaml"
        override.write_text(_override_text(self.services, self.homes, self._listeners, dials or {}))
        self._files += ["-f", str(override)]

    def __enter__(self) -> Stack:
        images = [service.get("image") or _built(name) for name, service in self.services.items()]
        make_stand_ins(self.engine, self.homes.values(), images)
        try:
            self._make_external_networks()
            self._compose("up", "--detach", "--pull", "never", "--no-build")
            self._wait()
            self._answer_datagrams()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._answering:
            process.kill()
            process.communicate()
        self._compose("down", "--volumes", "--timeout", "0", "--remove-orphans")
        for network in self._made:
            self.engine.docker("network", "rm", network)

    def published(self) -> list[Published]:
        """Every published port: those that the files name, and those that the engine chose; a name does not make one answer."""
        named = {
            Published(name, int(port["published"]), int(port["target"]), port.get("protocol", "tcp"))
            for name, service in self.services.items()
            for port in service.get("ports", ())
            if str(port.get("published", "")).isdigit()
        }
        chosen = {one for entry in self._inspect() for one in self._chosen(entry)}
        return sorted(named | chosen)

    def containers(self) -> list[Container]:
        """The running containers, one for each service."""
        entries = {entry["Config"]["Labels"]["com.docker.compose.service"]: entry for entry in self._inspect()}
        return [self._container(name, entry, entries.get(self.homes[name], entry)) for name, entry in entries.items()]

    def execute(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a busybox command in the container of ``service``, as the user that the project gives it."""
        container = next(one for one in self.containers() if one.service == service)
        call = ("docker", "exec", container.id, INSIDE, *command)
        return subprocess.run(call, capture_output=True, text=True, env=self.engine.environment, timeout=30, check=False)

    def _make_external_networks(self) -> None:
        """As somebody would have done before, who wants several projects to meet there."""
        there = self.engine.docker("network", "ls", "--format", "{{.Name}}").split()
        for network in self.config.get("networks", {}).values():
            if network.get("external") and network["name"] not in there:
                self.engine.docker("network", "create", network["name"])
                self._made.append(network["name"])

    def _answer_datagrams(self) -> None:
        """UDP listeners, which run beside the containers in their network namespaces."""
        for one in self.containers():
            if one.listeners.udp:
                program = (sys.executable, inside.__file__, "listen", service_answer(one.home), *map(str, one.listeners.udp))
                command = ("setpriv", "--pdeathsig", "KILL", *self.engine.inside(one.pid, *program))
                process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
                self._answering.append(process)
                assert process.stdout is not None
                if process.stdout.readline() != "ready\n":
                    raise RuntimeError(f"nothing listens for datagrams in {one.service}")

    def _inspect(self) -> list[dict[str, Any]]:
        ids = self._compose("ps", "--quiet").split()
        entries: list[dict[str, Any]] = json.loads(self.engine.docker("inspect", *ids))
        return entries

    def _chosen(self, entry: Mapping[str, Any]) -> Iterator[Published]:
        service = entry["Config"]["Labels"]["com.docker.compose.service"]
        for target, bindings in (entry["NetworkSettings"]["Ports"] or {}).items():
            number, _, protocol = target.partition("/")
            yield from (Published(service, int(binding["HostPort"]), int(number), protocol) for binding in bindings or () if binding["HostPort"])

    def _container(self, service: str, entry: Mapping[str, Any], owner: Mapping[str, Any]) -> Container:
        addresses = {name: _addresses(network) for name, network in owner["NetworkSettings"]["Networks"].items()}
        return Container(entry["Id"], entry["State"]["Pid"], service, self.homes[service], addresses, self._listeners[service])

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
            for port in container.listeners.tcp:
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


def _addresses(network: Mapping[str, Any]) -> tuple[str, ...]:
    six = network.get("GlobalIPv6Address")
    return (*filter(None, [network.get("IPAddress")]), *([f"[{six}]"] if six else []))


def _override_text(services: Services, home: Mapping[str, str], listening: Mapping[str, Listeners], dials: Mapping[str, Sequence[str]]) -> str:
    """YAML by hand, since ``!reset`` is no part of JSON; everything else in it is."""
    lines = ["services:"]
    for name, service in services.items():
        ports = listening[name].tcp
        test = ["CMD", INSIDE, "wget", "-q", "-Y", "off", "-O", "/dev/null", f"http://127.0.0.1:{ports[-1]}/"]
        lines += [
            f"  {json.dumps(name)}:",
            f"    image: {json.dumps(service.get('image') or _built(name))}",
            f"    entrypoint: {json.dumps(stand_in_command(home[name], ports, dials.get(name, ()))).replace('$', '$$')}",
            "    command: []",
            '    restart: "no"',
            f"    healthcheck: !override {json.dumps({'test': test, 'interval': '1s', 'timeout': '5s', 'retries': 20})}",
        ]
        lines += ["    build: !reset null"] if service.get("build") else []
    return "\n".join(lines) + "\n"
