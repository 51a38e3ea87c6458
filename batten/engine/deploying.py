"""Bringing a stack up on its swarm: ``docker stack deploy`` with the project's own stack files, then waiting until its tasks stand."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from batten.engine.bringing import PAUSE, otherwise, said, tidy
from batten.engine.events import Event, Standings, Trouble
from batten.engine.foreseeing import FILES, NETWORK_KEY, Foreseen, Snapshot, changed_networks, said_of
from batten.engine.grouping import COMPOSE_SERVICE
from batten.engine.processes import Call, lines
from batten.engine.protocol import Changing, EngineNetwork, Task, Workload
from batten.engine.settling import STEADY, Standing
from batten.errors import EngineError
from batten.model import Project

STACK = "com.docker.stack.namespace"
_BAD = ("paused", "rollback_started", "rollback_paused", "rollback_completed")


@dataclass
class Deploying:
    """What it takes to bring one stack up; the same calls as ``Bringing``."""

    engine: Changing
    files: tuple[str, ...]
    """The stack files in ``-c`` order."""
    folder: Path
    environ: Mapping[str, str]
    wait: float
    stopped: threading.Event = field(default_factory=threading.Event)
    held: tuple[int, ...] = ()
    pause: Callable[[float], object] = time.sleep

    def now(self, project: str) -> Snapshot:
        """What runs of a stack: its services, each in the place of its containers. Raises EngineError."""
        services = [replace(one, labels={COMPOSE_SERVICE: key}, state="running") for key, one in self._services(project).items()]
        return Snapshot(tuple(services), tuple(_keyed(one, project) for one in self.engine.networks() if one.labels.get(STACK) == project), {})

    def _services(self, project: str) -> Mapping[str, Workload]:
        found = (one for one in self.engine.swarm().services if one.service_labels.get(STACK) == project)
        return {one.name.removeprefix(f"{project}_"): one for one in found}

    def foresee(self, before: Project, after: Project, now: Snapshot, running: Mapping[str, int] | None = None) -> Foreseen:
        """What is likely to happen: the swarm itself decides what it updates.

        Raises:
            EngineError: a network would have to be made anew, which a swarm does not do while its services are there.
        """
        networks = changed_networks(before, after, now) if now.containers else []
        if networks:
            hint = f"Leave it out of the design, or remove the stack first: docker stack rm {after.name}."
            raise EngineError(f"the network {networks[0].name} would have to be made anew, which a swarm does not do while its services are there.", hint=hint)
        there = now.running
        counts = there if running is None else running
        changed = {name: FILES for name in sorted(there) if name in after.services and said_of(before, "services", name) != said_of(after, "services", name)}
        scale = {name: count for name, count in counts.items() if name in after.services and count != after.services[name].replicas}
        return Foreseen(changed, tuple(sorted(set(after.services) - set(there))), (), False, scale)

    def up(self, now: Snapshot, foreseen: Foreseen, project: Project, *, alone: bool = False, idle: bool = False) -> Generator[Event, None, list[Trouble]]:
        """Deploy it; see ``Bringing``. Where it is to be idle, it is removed: a swarm has no service that does not run."""
        if idle:
            return (yield from said(self.engine, self._docker("stack", "rm", project.name)))
        files = [part for file in self.files for part in ("--compose-file", file)]
        found = yield from said(self.engine, self._docker("stack", "deploy", *files, *(["--prune"] if alone else []), project.name))
        numbers = [f"{project.name}_{name}={count}" for name, count in sorted(foreseen.scale.items())]
        return [*found, *((yield from said(self.engine, self._docker("service", "scale", "--detach", *numbers))) if numbers and not found else [])]

    def stop(self, names: Sequence[str], project: Project) -> Generator[Event, None, list[Trouble]]:
        """Remove services."""
        return (yield from said(self.engine, self._docker("service", "rm", *(f"{project.name}_{name}" for name in names)))) if names else []

    def _docker(self, *arguments: str) -> Iterator[str]:
        return lines(Call(("docker", *arguments), self.folder, self.environ, self.held), self.wait, self.stopped)

    def settle(self, now: Snapshot, project: str, only: Collection[str] | None = None) -> Generator[Event, None, list[Standing]]:
        """Wait until every task stands, or an update cannot go on; see ``Bringing``."""
        until = time.monotonic() + self.wait
        since: dict[tuple[str, str], float] = {}
        last: list[Standing] = []
        while True:
            tasks = self.engine.tasks()
            services = sorted(self._services(project).items())
            found = [_standing(key, one, tasks, since) for key, one in services if only is None or key in only]
            if found != last:
                yield Standings(tuple(found))
            last = found
            if all(one.settled for one in found) or any(one.failed for one in found) or time.monotonic() > until or self.stopped.is_set():
                return found
            self.pause(PAUSE)

    def tidy(self, project: Project, gone: frozenset[str]) -> None:
        """See ``Bringing``."""
        now = self.now(project.name)
        tidy(self.engine, now, project, gone, {member.network for one in now.containers for member in one.networks})

    def otherwise(self, project: Project) -> list[Trouble]:
        """See ``Bringing``."""
        return otherwise(self.now(project.name), project)


def _keyed(one: EngineNetwork, project: str) -> EngineNetwork:
    return replace(one, labels={**one.labels, NETWORK_KEY: one.name.removeprefix(f"{project}_")})


def _standing(key: str, one: Workload, tasks: Sequence[Task], since: dict[tuple[str, str], float]) -> Standing:
    """Where a service stands; its tasks have to run for a while, since a swarm starts the next one as soon as one fails."""
    states = [task.state for task in tasks if task.service == one.id]
    running = states.count("running")
    text = f"{running} of {one.replicas} {'task runs' if one.replicas == 1 else 'tasks run'}"
    if one.state in _BAD:
        return Standing(key, one.name, f"its update went wrong ({one.state.replace('_', ' ')})", settled=True, failed=True)
    whole = running >= one.replicas and len(states) == running and one.state != "updating"
    began = since.setdefault((key, text), time.monotonic()) if whole else since.pop((key, text), None)
    return Standing(key, one.name, text, settled=whole and began is not None and time.monotonic() - began >= STEADY)


def find(project: Project, context: str | None = None, environ: Mapping[str, str] | None = None) -> tuple[Path, Mapping[str, str]]:
    """The folder and the environment for ``docker stack deploy``; raises EngineError where there is no ``docker``."""
    known = dict(os.environ if environ is None else environ)
    if context is not None:
        known.pop("DOCKER_HOST", None)
        known["DOCKER_CONTEXT"] = context
    if shutil.which("docker", path=known.get("PATH")) is None:
        raise EngineError("a stack is deployed by 'docker stack deploy', and there is no 'docker' here.", hint="Install Docker's command line.")
    return project.directory, known
