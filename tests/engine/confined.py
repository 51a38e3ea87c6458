"""A project of real servers, hardened and running on the private engine with exactly what the hardened files say."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from batten.compose import load_project
from batten.design import confining
from batten.design.proposal import propose
from batten.hardening import harden
from generators import export
from tests.engine.bench import busybox
from tests.engine.dockerd import Engine, compose_program
from tests.engine.programs import PAGE, POSTGRES, PROGRAMS

PASSWORD: Final = "turbot-by-lamplight"
COMPOSE: Final = f"""
name: confined
services:
  web: {{image: "nginx:1.27"}}
  cache: {{image: "redis:7", volumes: ["cached:/data"]}}
  db:
    image: postgres:16
    environment: {{POSTGRES_PASSWORD: {PASSWORD}}}
    volumes: ["data:/var/lib/postgresql/data"]
  memory: {{image: "memcached:1.6"}}
  balancer:
    image: haproxy:2.8
    volumes: ["./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"]
volumes: {{cached: {{}}, data: {{}}}}
"""
HAPROXY: Final = """\
global
  stats socket /var/lib/haproxy/stats
defaults
  mode http
  timeout connect 2s
  timeout client 2s
  timeout server 2s
frontend all
  bind :80
  http-request return status 200 content-type text/plain string "served by haproxy"
"""


class Confined:
    """The project at one level. As a context manager it is up inside and gone with its volumes afterwards."""

    def __init__(self, engine: Engine, folder: Path, level: str, *, service: str = "", without: str = "") -> None:
        """``service``: only this one is started, and has the capability ``without`` no longer."""
        self.engine, self.level, self._started = engine, level, [service] if service else list(ANSWERS)
        (folder / "compose.yaml").write_text(COMPOSE)
        (folder / "haproxy.cfg").write_text(HAPROXY)
        project = load_project([folder / "compose.yaml"], environ={})
        design = propose(project)
        self.privileges = {name: confining.levels(project, one, design.target)[level] for name, one in project.services.items()}
        if service:
            held = self.privileges[service]
            self.privileges[service] = held._replace(add=tuple(one for one in held.add if one != without))
        done = harden(project, replace(design, privileges=self.privileges), into=folder / "out")
        assert not done.refusals and not done.declined
        export(done)
        self._file = folder / "out" / "compose.yaml"

    def __enter__(self) -> Confined:
        self._compose("up", "--detach", "--no-build", "--pull", "never", *self._started)
        return self

    def __exit__(self, *_: object) -> None:
        self._compose("down", "--volumes", "--timeout", "5")

    def inspect(self, service: str) -> dict[str, Any]:
        """What the engine says of a service's container."""
        (entry,) = json.loads(self.engine.docker("inspect", f"confined-{service}-1"))
        found: dict[str, Any] = entry
        return found

    def beside(self, service: str, *command: str, given: str = "", environment: Mapping[str, str] | None = None) -> str:
        """What a program of this machine prints in the network of a service; its error too where it fails."""
        inside = self.engine.inside(self.inspect(service)["State"]["Pid"], *command)
        variables = {**self.engine.environment, **(environment or {})}
        try:
            done = subprocess.run(inside, input=given, text=True, capture_output=True, timeout=5, check=False, env=variables)
        except subprocess.TimeoutExpired:
            return "no answer in time"
        return done.stdout if done.returncode == 0 else f"{done.stdout}{done.stderr}"

    def execute(self, service: str, *command: str) -> str:
        """What a command prints in a service's container."""
        return self.engine.docker("exec", f"confined-{service}-1", *command)

    def served(self, service: str, seconds: float = 20) -> str:
        """What the service answers to its real client; as soon as it is right, else what it says in the end."""
        ask, right = ANSWERS[service]
        until = time.monotonic() + seconds
        while (answer := self._asked(service, ask)) != right and time.monotonic() < until:
            time.sleep(0.2)
        return answer

    def _asked(self, service: str, ask: Callable[[Confined], str]) -> str:
        if not self.inspect(service)["State"]["Running"]:
            return f"it does not run: {self._logs(service)}"
        return ask(self).strip()

    def _logs(self, service: str) -> str:
        command = ("docker", "logs", f"confined-{service}-1")
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.engine.environment, check=True).stdout

    def _compose(self, *arguments: str) -> str:
        command: Sequence[str] = (compose_program() or "docker-compose", "-f", str(self._file), *arguments)
        done = subprocess.run(command, capture_output=True, text=True, env=self.engine.environment, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(f"docker-compose {arguments[0]}: {done.stderr.strip()}")
        return done.stdout


def _redis(project: Confined) -> str:
    return project.beside("cache", "redis-cli", given="PING\nSET fish turbot\nSAVE\nGET fish\n")


def _postgres(project: Confined) -> str:
    ready = project.beside("db", f"{POSTGRES}/bin/pg_isready", "--host=127.0.0.1", "--quiet")
    question = "CREATE TABLE IF NOT EXISTS fish (name text); SELECT count(*) + 41 FROM pg_tables WHERE tablename = 'fish'"
    command = (f"{POSTGRES}/bin/psql", "--host=127.0.0.1", "--username=postgres", "--tuples-only", "--no-align", "--quiet", "--command", question)
    return ready + project.beside("db", *command, environment={"PGPASSWORD": PASSWORD})


def _memcached(project: Confined) -> str:
    answer = project.beside("memory", busybox(), "nc", "127.0.0.1", "11211", given="set fish 0 0 6\r\nturbot\r\nget fish\r\nquit\r\n")
    return " ".join(answer.split())


def _get(service: str, path: str = "/", *options: str) -> Callable[[Confined], str]:
    return lambda project: project.beside(service, busybox(), "wget", "-q", "-Y", "off", "-O", "-", *options, f"http://127.0.0.1:80{path}")


ANSWERS: Final[Mapping[str, tuple[Callable[[Confined], str], str]]] = {
    "web": (_get("web", "/upload", "--post-data", "x" * 20_000), PAGE),
    "cache": (_redis, "PONG\nOK\nOK\nturbot"),
    "db": (_postgres, "42"),
    "memory": (_memcached, "STORED VALUE fish 0 6 turbot END"),
    "balancer": (_get("balancer"), "served by haproxy"),
}
"""By service: a real request, and the answer to it. The one to nginx is an upload that it has to keep in a file for a moment."""
assert len(ANSWERS) == len(PROGRAMS)
