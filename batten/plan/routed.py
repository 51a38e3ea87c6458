"""Labels that tell Traefik on which network it meets a service that is on several from now on.

Without one it takes the address of any of them, also of one on which it is not, and requests fail now and then (traefik/traefik issues 979 and 3535;
doc.traefik.io, routing with Docker, ``traefik.docker.network``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from batten.knowledge.images import image_facts
from batten.model import Action, Change, Project, Risk, Service

_DISCOVERS = "label:traefik."
_DOCKER, _SWARM = "traefik.docker.network", "traefik.swarm.network"


def changes(project: Project, planned: Sequence[Change]) -> Iterator[Change]:
    """One label for each service that Traefik forwards to and that comes to be on several networks by the planned changes."""
    after, because = _memberships(project, planned)
    proxies = [service for service in project.services.values() if _looks_for_labels(service)]
    for service in project.services.values():
        own = after[service.name]
        front = next((proxy for proxy in proxies if set(after[proxy.name]) & set(own)), None)
        if service.name in because and len(own) > 1 and front is not None and front is not service and _is_routed(service):
            yield _label(project, service, front, next(name for name in own if name in after[front.name]), because[service.name])


def _looks_for_labels(service: Service) -> bool:
    facts = image_facts(service.image) if service.image else None
    return facts is not None and _DISCOVERS in facts.discovers


def _memberships(project: Project, planned: Sequence[Change]) -> tuple[Mapping[str, Sequence[str]], Mapping[str, str]]:
    """The networks of each service after the changes, and the decision by which those of a service change."""
    after = {name: list(service.networks) for name, service in project.services.items()}
    because: dict[str, str] = {}
    for change in planned:
        if change.path[0] == "services" and change.path[2:3] == ("networks",) and change.action == Action.SET and change.path[1] in after:
            name = str(change.path[1])
            after[name] = list(change.value) if len(change.path) == 3 else [*after[name], str(change.path[3])]
            because.setdefault(name, change.decision)
    return after, because


def _is_routed(service: Service) -> bool:
    """Whether a service has labels for Traefik, and none that says the network already."""
    labels = {**service.labels, **service.deploy_labels}
    ours = [name for name in labels if name.startswith("traefik.")]
    return bool(ours) and labels.get("traefik.enable", "true").lower() != "false" and not {_DOCKER, _SWARM} & set(ours)


def _label(project: Project, service: Service, front: Service, network: str, because: str) -> Change:
    in_swarm = any(name.startswith("traefik.") for name in service.deploy_labels)
    name = _SWARM if in_swarm and any(word.startswith("--providers.swarm") for word in front.command) else _DOCKER
    path = (*service.path, *(("deploy",) if in_swarm else ()), "labels", name)
    there = project.networks.get(network)
    engine_name = there.name if there is not None else f"{project.name}_{network}"
    why = f"{service.name} is on several networks from now on; {front.name} is told on which of them it meets it."
    decision = f"{because.partition('.')[0]}.{service.name}.{name}"
    return Change(decision, path, Action.SET, engine_name, "", why, Risk.CHECK, decision)
