"""What there is of a stack beyond the containers of the node at hand: tasks on other nodes, and the addresses that stand for a whole service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from batten.engine.memberships import Members
from batten.engine.protocol import Engine, Task, Workload
from batten.model import Project

_BRIDGE = "docker_gwbridge"
"""What connects the containers on overlay networks with their host (Docker docs, "Overlay network driver")."""
_WORKER = "only its containers on this node were asked: a worker does not know of others"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What is known of it; nothing where the project runs on one engine."""

    addresses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By service; names may lead there."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """By service what was not measured."""
    complete: bool = True
    """Whether that is all."""
    bridged: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By id of a container here its addresses on the bridge that leads out of the swarm's networks; the engine does not name them with the container's own."""

    @classmethod
    def of(cls, project: Project, engine: Engine, found: Members) -> Elsewhere:
        """Ask a manager; of a worker it is only known that there may be more. Raises EngineError."""
        if not found.stack:
            return cls()
        about, bridged = engine.about(), engine.occupants(_BRIDGE)
        if about.role != "manager":
            return cls(notes=dict.fromkeys(project.services, _WORKER), complete=False, bridged=bridged)
        node = str((about.info.get("Swarm") or {}).get("NodeID") or "")
        tasks = [task for task in engine.tasks() if task.state == "running"]
        services = {name: one for one in engine.swarm().services for name in project.services if one.name == f"{project.name}_{name}"}
        addresses = {name: _addresses(one, tasks) for name, one in services.items()}
        notes = {name: words for name, one in services.items() if (words := _note(one, tasks, node))}
        return cls(addresses, notes, bridged=bridged)


def _addresses(service: Workload, tasks: Sequence[Task]) -> frozenset[str]:
    return frozenset((*service.virtual, *(address for task in tasks if task.service == service.id for address in task.addresses)))


def _note(service: Workload, tasks: Sequence[Task], node: str) -> str:
    own = [task for task in tasks if task.service == service.id]
    others = sum(task.node != node for task in own)
    return f"{others} of its {len(own)} tasks run on other nodes and were not asked" if others else ""
