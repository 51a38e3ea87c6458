"""Which containers and services make a project: those that Compose or a stack labelled so, and all that nobody labelled together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from batten.engine.protocol import Swarm, Workload

COMPOSE_PROJECT, COMPOSE_SERVICE = "com.docker.compose.project", "com.docker.compose.service"
_ONE_OFF = "com.docker.compose.oneoff"
_STACK, _TASK, _TASK_OF = "com.docker.stack.namespace", "com.docker.swarm.task.id", "com.docker.swarm.service.name"
STANDALONE = "standalone"
"""What is called the project of the containers that belong to none."""
_ALIVE = frozenset({"running", "restarting", "paused"})
_GONE = frozenset({"removing", "dead"})
_STRANGE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(slots=True)
class Group:
    """What makes one project."""

    label: str
    """What the label says that they have in common."""
    kind: str
    """``compose``, ``stack`` or ``standalone``."""
    members: dict[str, list[Workload]] = field(default_factory=dict)
    """By name of the service: its containers, or the one service of the swarm."""

    @property
    def name(self) -> str:
        """The project's name."""
        return usable(self.label)

    def add(self, service: str, one: Workload) -> None:
        """Put a member where it belongs."""
        self.members.setdefault(usable(service), []).append(one)

    @property
    def alive(self) -> bool:
        """Whether any of it runs."""
        return any(one.kind == "service" or one.state in _ALIVE for found in self.members.values() for one in found)


def groups(containers: Iterable[Workload], swarm: Swarm | None, *, ended: bool = False) -> Sequence[Group]:
    """Every project of which something runs, by name. Of one that runs, containers count that have ended, such as jobs.

    Args:
        containers: every container of the engine.
        swarm: the swarm as a manager sees it; its services then stand for the containers of their tasks.
        ended: whether a project counts of which nothing runs any more.
    """
    found: dict[tuple[str, str], Group] = {}
    for kind, name, service, one in _sorted(containers, swarm):
        found.setdefault((kind, name), Group(name, kind)).add(service, one)
    return sorted((group for group in found.values() if ended or group.alive), key=lambda group: (group.kind == STANDALONE, group.name, group.kind))


def _sorted(containers: Iterable[Workload], swarm: Swarm | None) -> Iterator[tuple[str, str, str, Workload]]:
    for one in containers:
        if one.state in _GONE:
            continue
        if _TASK not in one.labels:
            yield (*_place(one), one)
        elif swarm is None:
            yield (*_stack_place(one.labels, one.labels.get(_TASK_OF, one.name)), one)
    for one in swarm.services if swarm is not None else ():
        yield (*_stack_place(one.service_labels, one.name), one)


def _place(one: Workload) -> tuple[str, str, str]:
    project = one.labels.get(COMPOSE_PROJECT, "")
    if project:
        once = one.labels.get(_ONE_OFF, "").lower() == "true"
        return "compose", project, one.name if once else one.labels.get(COMPOSE_SERVICE) or one.name
    return STANDALONE, STANDALONE, one.name


def _stack_place(labels: Mapping[str, str], name: str) -> tuple[str, str, str]:
    stack = labels.get(_STACK, "")
    return ("stack", stack, name.removeprefix(f"{stack}_")) if stack else (STANDALONE, STANDALONE, name)


def usable(name: str) -> str:
    """A name that a compose file takes; labels are anybody's to write."""
    return _STRANGE.sub("_", name) or "_"
