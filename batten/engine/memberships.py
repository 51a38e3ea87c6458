"""Which containers make the project that runs, and which networks they are on against which they should be on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from batten.engine.grouping import Group, groups
from batten.engine.protocol import Workload
from batten.errors import EngineError
from batten.model import Project, Service

RUNNING = "running"
INGRESS = "ingress"
"""The swarm's own network, on which the tasks of services are that publish ports through the routing mesh."""
_STATES = {"restarting": "it is restarting", "paused": "it is paused"}


class Joined(NamedTuple):
    """A container that is on other networks than it should be."""

    service: str
    """The service; for a container of somebody else its name."""
    container: str
    expected: tuple[str, ...]
    found: tuple[str, ...]
    stranger: bool = False
    """Whether it is on a network of the project and none of its containers."""


class Members(NamedTuple):
    """What runs of a project on this engine."""

    running: Mapping[str, Sequence[Workload]]
    """By service, of the project's services only."""
    absent: Mapping[str, str]
    """Services of which nothing runs here, and why."""
    stack: bool
    """Whether it runs as a stack of a swarm."""


def members(project: Project, containers: Iterable[Workload]) -> Members:
    """The containers of a project; raises EngineError where nothing of it is there."""
    group = next((one for one in groups(containers, None) if one.name == project.name and one.kind != "standalone"), None)
    if group is None:
        hint = "Start it, or name it as it is called there with --project-name."
        raise EngineError(f"nothing of a project named {project.name!r} runs on this engine.", hint=hint)
    running = {name: [one for one in group.members.get(name, ()) if one.state == RUNNING] for name in project.services}
    return Members(running, {name: _absence(group, name) for name, found in running.items() if not found}, group.kind == "stack")


def _absence(group: Group, name: str) -> str:
    states = [one.state for one in group.members.get(name, ())]
    return next((words for state, words in _STATES.items() if state in states), "it does not run")


def differing(project: Project, found: Members, containers: Iterable[Workload]) -> tuple[Joined, ...]:
    """Every container that is on other networks than it should be, and every stranger on the project's own."""
    return (*_misplaced(project, found), *_strangers(project, containers, found))


def _misplaced(project: Project, found: Members) -> Iterator[Joined]:
    for name, service in project.services.items():
        expected = _expected(project, service, stack=found.stack)
        for one in found.running.get(name, ()):
            there = {member.network for member in one.networks}
            if there != expected:
                yield Joined(name, one.name, tuple(sorted(expected)), tuple(sorted(there)))


def _expected(project: Project, service: Service, *, stack: bool) -> set[str]:
    mode = service.network_mode
    if mode in ("host", "none", "bridge"):
        return {mode}
    if mode.startswith(("service:", "container:")):
        return set()
    wanted = {project.networks[key].name if key in project.networks else key for key in service.networks}
    return wanted | ({INGRESS} if stack and any(port.mode == INGRESS for port in service.ports) else set())


def _strangers(project: Project, containers: Iterable[Workload], found: Members) -> Iterator[Joined]:
    """Containers of nobody or of others on networks that the project made for itself."""
    own = {network.name for network in project.networks.values() if not network.external}
    known = {one.id for running in found.running.values() for one in running}
    for one in containers:
        there = {member.network for member in one.networks} & own
        if there and one.id not in known and one.state == RUNNING:
            yield Joined(one.name, one.name, (), tuple(sorted(there)), stranger=True)
