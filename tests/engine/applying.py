"""A small project on the private engine that ``batten apply`` and ``batten undo`` can be tried on: quick to stand and quick to stop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.cli.calling import ROOT, Result
from tests.engine.dockerd import Engine, compose_program
from tests.engine.images import INSIDE, make_stand_ins, stand_in_command
from tests.engine.test_verify import as_there

IMAGES = ("nginx:1.27", "example.org/api:1", "postgres:16")
PASSWORD = "barnacle-41-hull"
_CHECK = {"test": ["CMD", INSIDE, "true"], "interval": "300ms", "timeout": "5s", "retries": 9}


def entry(name: str, image: str, port: int, **more: object) -> str:
    """One service as a line of a compose file: it listens, is healthy at once, and ends at once."""
    command = [part.replace("$", "$$") for part in stand_in_command(name, [port])]
    usual = {"image": image, "entrypoint": command, "healthcheck": _CHECK, "stop_signal": "SIGKILL"}
    return f"  {name}: {json.dumps({**usual, **more})}"


FLAT = "\n".join(
    [
        "# a shop; comments stay",
        "services:",
        entry("web", "nginx:1.27", 80, environment={"API_URL": "http://api:8080"}),
        entry("api", "example.org/api:1", 8080, environment={"DB_URL": "postgres://db:5432/shop"}),
        entry("db", "postgres:16", 5432, environment={"POSTGRES_PASSWORD": "${DB_PASSWORD}"}, volumes=["data:/var/lib/postgresql/data", "/scratch"]),
        "volumes: {data: {}}",
        "",
    ]
)
"""Everybody on one network."""


DOT_ENV = f"# what only this host knows\nDB_PASSWORD={PASSWORD}\n"


class Yard:
    """A project in its folder, and the programs that work on it."""

    def __init__(self, engine: Engine, folder: Path, text: str = FLAT) -> None:
        make_stand_ins(engine, ["web", "api", "db", "extra"], IMAGES)
        self.engine = engine
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / "compose.yaml").write_text(text)
        (folder / ".env").write_text(DOT_ENV)
        programs = self.engine.folder / "programs"
        programs.mkdir(exist_ok=True)
        link = programs / "docker-compose"
        if not link.exists():
            link.symlink_to(str(compose_program()))
        self.programs = programs
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Yard:
        self.compose("up", "--detach")
        return self

    def __exit__(self, *_: object) -> None:
        self.compose("down", "--volumes", "--timeout", "0", "--remove-orphans")

    @property
    def environ(self) -> Mapping[str, str]:
        """What programs see; docker-compose is found by its name."""
        own = {**self.engine.environment, **self.environment}
        return {**os.environ, **own, "PATH": f"{self.programs}:{own['PATH']}", "PYTHONPATH": str(ROOT)}

    def compose(self, *arguments: str) -> str:
        """What docker-compose says."""
        command = (str(compose_program()), "--project-directory", str(self.folder), *arguments)
        done = subprocess.run(command, cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def batten(self, *arguments: object, program: tuple[str, ...] = ("-m", "batten"), given: str = "", limit: float = 120) -> Result:
        """Run batten as root on the engine's host."""
        command = as_there(self.engine, sys.executable, *program, *map(str, arguments))
        done = subprocess.run(command, env=self.environ, input=given, capture_output=True, text=True, timeout=limit, check=False)
        return Result(done.returncode, done.stdout, done.stderr)

    def apply(self, *arguments: object, limit: float = 120) -> Result:
        """Apply without a question."""
        return self.batten("apply", self.folder, "--yes", *arguments, limit=limit)

    def undo(self, *arguments: object) -> Result:
        """Undo without a question."""
        return self.batten("undo", self.folder, "--yes", *arguments)

    def tree(self) -> dict[str, tuple[bytes, int]]:
        """Every file of the project with its mode."""
        files = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        return {str(path.relative_to(self.folder)): (path.read_bytes(), path.stat().st_mode & 0o7777) for path in files}

    def containers(self) -> dict[str, Any]:
        """What the engine says of each service's container, ended ones too."""
        ids = self.engine.docker("ps", "--all", "--quiet", "--no-trunc", "--filter", f"label=com.docker.compose.project={self.folder.name}").split()
        found = json.loads(self.engine.docker("inspect", *ids)) if ids else []
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def shape(self) -> dict[str, tuple[bool, tuple[str, ...], tuple[str, ...]]]:
        """By service: whether it runs, the networks it is on, and its volumes. What matters of a project that is as it was."""
        return {name: (one["State"]["Running"], tuple(sorted(one["NetworkSettings"]["Networks"])), _volumes(one)) for name, one in self.containers().items()}

    def networks(self) -> list[str]:
        """Names of the project's networks."""
        return sorted(self.engine.docker("network", "ls", "--format", "{{.Name}}", "--filter", f"label=com.docker.compose.project={self.folder.name}").split())

    def answers(self, source: str, target: str, port: int) -> bool:
        """Whether a service can talk to another one, at any of its addresses."""
        found = self.containers()
        addresses = [one["IPAddress"] for one in found[target]["NetworkSettings"]["Networks"].values()]
        return any(self._answers(found[source]["Id"], f"http://{address}:{port}/") for address in addresses)

    def _answers(self, container: str, url: str) -> bool:
        try:
            self.engine.docker("exec", container, INSIDE, "timeout", "2", INSIDE, "wget", "-q", "-Y", "off", "-O", "/dev/null", url)
        except RuntimeError:
            return False
        return True


def _volumes(container: Any) -> tuple[str, ...]:
    return tuple(sorted(mount["Name"] for mount in container["Mounts"] if mount["Type"] == "volume"))
