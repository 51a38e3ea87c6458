"""Evidence that stands in the service itself: host names in environment, command, entrypoint, healthcheck and labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from batten.inference import hosts
from batten.inference.collected import Collected
from batten.inference.scene import Scene
from batten.knowledge.rows import index
from batten.knowledge.vocabulary import says, split
from batten.model import EvidenceKind, Location, Project, Service, TreePath, Variable

_SHORT = 256
_LONGEST = 64 * 1024
"""How much of a value is looked at."""


def collect(found: Collected) -> None:
    """Add what every service names."""
    for service in found.scene.project.services.values():
        _environment(found, service)
        _commands(found, service)
        _labels(found, service)
        _resolvers(found, service)


def _environment(found: Collected, service: Service) -> None:
    for variable in service.environment.values():
        for target in named_in_variable(found.scene, service, variable):
            found.add(service.name, target, EvidenceKind.NAMED, variable.origin.primary, variable.name)


def named_in_variable(scene: Scene, service: Service, variable: Variable) -> Iterator[str]:
    """The services that a variable names as hosts."""
    value = variable.value.reveal()[:_LONGEST] if variable.value is not None else ""
    for host in _short(variable.name, value) if len(value) < _SHORT else _hosts(variable.name, value):
        yield from _targets(scene, service, host)


def _hosts(name: str, value: str) -> tuple[str, ...]:
    """What stands for a host in a variable: in its value, or the value itself where the variable's name says so."""
    parts = split(name)
    if not value or says("lists_callers", parts):
        return ()
    inside = [mention.host for mention in hosts.in_value(value)] if not says("names_an_image", parts) else []
    return (*inside, *(host for host in hosts.bare(value) if _means_a_host(parts, host)))


_short = lru_cache(maxsize=4096)(_hosts)
"""The same for short values, of which many are the same."""


def _means_a_host(parts: list[str], value: str) -> bool:
    """Whether a variable's name says that its plain value is a host name."""
    if not parts or says("means_no_host", parts[-1:]) or parts[-2:] == ["server", "name"]:
        return False
    if says("means_a_host", parts):
        return True
    return says("means_a_host_or_a_kind", parts) and value.lower() not in index().words


def _targets(scene: Scene, service: Service, host: str) -> tuple[str, ...]:
    linked = tuple(target for target, alias in service.links if host == alias)
    return tuple(target for target in scene.resolve(host) or linked if target != service.name)


def _commands(found: Collected, service: Service) -> None:
    for key, arguments in (("command", service.command), ("entrypoint", service.entrypoint), ("healthcheck", service.healthcheck)):
        text = " ".join(arguments)
        for mention in hosts.in_command(text) if text else ():
            for target in _targets(found.scene, service, mention.host):
                where = _argument(found.scene.project, service, key, arguments, mention.host)
                found.add(service.name, target, EvidenceKind.NAMED, where, key)


def _resolvers(found: Collected, service: Service) -> None:
    for number, address in enumerate(service.dns):
        for target in _targets(found.scene, service, address):
            found.add(service.name, target, EvidenceKind.NAMED, found.scene.project.origin((*service.path, "dns", number)).primary, "dns")


def _argument(project: Project, service: Service, key: str, arguments: Iterable[str], host: str) -> Location:
    base: TreePath = (*service.path, key, "test") if key == "healthcheck" else (*service.path, key)
    number = next((number for number, argument in enumerate(arguments) if host in argument), 0)
    return project.origin((*base, number)).primary


def _labels(found: Collected, service: Service) -> None:
    project = found.scene.project
    for prefix, labels in ((("labels",), service.labels), (("deploy", "labels"), service.deploy_labels)):
        for key, value in labels.items():
            for mention in hosts.in_value(value):
                for target in _targets(found.scene, service, mention.host):
                    for reader in readers(found.scene, key) or (service.name,):
                        found.add(reader, target, EvidenceKind.NAMED, project.origin((*service.path, *prefix, key)).primary, key)


def readers(scene: Scene, label: str) -> tuple[str, ...]:
    """The services that read labels such as this one to find out where to forward to."""
    return tuple(
        name
        for name, facts in scene.facts.items()
        if facts is not None and any(way.startswith("label:") and label.startswith(way.removeprefix("label:")) for way in facts.discovers)
    )
