"""What runs on an engine as projects: written as a compose file would say it and read as one, so that every rule and the reach apply as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batten.compose.emitting import emit
from batten.compose.loader import load_project
from batten.engine.grouping import Group, groups
from batten.engine.places import Places
from batten.engine.protocol import About, Engine, EngineNetwork, Swarm, Workload
from batten.engine.resources import Resources
from batten.engine.writing import COMPOSE, Names, entry
from batten.errors import BattenError, EngineError
from batten.model import Project, Request, Value

_NOWHERE = Path("/dev/null")
"""The folder of what has no files: nothing can lie below it."""
_VARYING = frozenset({"container_name", "hostname", "ports"})
"""What may differ between replicas of one service."""


@dataclass(frozen=True, slots=True, repr=False)
class Running:
    """One project as it runs."""

    project: Project
    kind: str
    """``compose``, ``stack`` or ``standalone``."""
    places: Places
    model: Mapping[str, Any]
    """The compose model that the project was read from. It holds the environment's values: not to be printed."""
    of_images: Mapping[str, frozenset[str]]
    """Names of the environment variables that each service has from its image."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an engine runs, and what of it could not be read."""

    about: About
    running: tuple[Running, ...]
    swarm: Swarm | None
    networks: tuple[EngineNetwork, ...]
    errors: tuple[EngineError, ...] = ()


def read(engine: Engine, *, name: str | None = None, directory: Path | None = None) -> Reading:
    """Everything that runs.

    Args:
        engine: what to ask.
        name: the only project that is wanted; all of them where None.
        directory: the project's folder where its files are here too.

    Raises:
        EngineError: the engine cannot be asked, or has no such project.
    """
    about = engine.about()
    swarm = engine.swarm() if about.role == "manager" else None
    networks, volumes = tuple(engine.networks()), tuple(engine.volumes())
    found = [group for group in groups(engine.containers(), swarm) if name is None or group.name == name]
    if name is not None and not found:
        raise EngineError(f"nothing of a project named {name!r} runs on {about.name}.", hint="Start it, or name it as it is called there with --project-name.")
    running: list[Running] = []
    errors = [_worker(about)] if about.role == "worker" else []
    for group in found:
        try:
            running.append(_running(group, Resources(group, networks, volumes), about, directory))
        except BattenError as error:
            errors.append(EngineError(f"what runs as {group.name} cannot be read as a project: {error.message}", hint=error.hint))
    return Reading(about, tuple(running), swarm, networks, tuple(errors))


def _worker(about: About) -> EngineError:
    return EngineError(
        f"{about.name} is a worker of a swarm: it knows the containers that run on it, but not the swarm's services, networks, secrets and nodes.",
        hint="Ask a manager, by DOCKER_HOST or --context.",
    )


def _running(group: Group, resources: Resources, about: About, directory: Path | None) -> Running:
    names = Names(_called(group), resources.network_keys, resources.volume_keys, about.info.get("CgroupVersion") == "2")
    services, members = {}, {}
    for service, one, written in _services(group, names):
        services[service], members[service] = written, one
    _depend(services, members)
    model = {"name": group.name, "services": services, **resources.sections()}
    project = project_of(model, directory or _NOWHERE / group.name)
    of_images = {service: frozenset(one.defaults.environment) for service, one in members.items()}
    return Running(project, group.kind, Places(project, members), model, of_images)


def project_of(model: Mapping[str, Any], directory: Path) -> Project:
    """A compose model as a project; its files are no files of anybody's, so the review of the disk leaves them alone."""
    file = _NOWHERE / f"{model['name']}.yaml"
    text = {str(file): emit(model)}
    return load_project([file], overlay=text, environ={}, project_name=str(model["name"]), directory=directory, confine=False)._replace(live=True)


def _called(group: Group) -> Mapping[str, str]:
    """Id and name of each container → its service."""
    return {word: service for service, members in group.members.items() for one in members for word in (one.id, one.name)}


def _services(group: Group, names: Names) -> Iterator[tuple[str, Workload, dict[str, Any]]]:
    """Name, representative and entry of each service; replicas that are alike are one, others stand by themselves."""
    for service, members in sorted(group.members.items()):
        kinds: list[tuple[Workload, dict[str, Any], list[Workload]]] = []
        for one in sorted(members, key=lambda member: member.name):
            written = entry(one, names)
            same = next((kind for kind in kinds if _alike(kind[1], written)), None)
            if same is None:
                kinds.append((one, written, [one]))
            else:
                same[2].append(one)
                same[1]["ports"] = [*same[1].get("ports", ()), *(port for port in written.get("ports", ()) if port not in same[1].get("ports", ()))]
        for number, (one, written, alike) in enumerate(kinds):
            yield service if not number else f"{service}.{one.name}", one, _named(group, service, one, written, len(alike))


def _alike(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    return all(first.get(key) == second.get(key) for key in (first.keys() | second.keys()) - _VARYING)


def _named(group: Group, service: str, one: Workload, written: dict[str, Any], count: int) -> dict[str, Any]:
    """An entry with what it takes to be called the same again, and with the number of its replicas."""
    if one.kind == "service":
        return written
    found = {key: value for key, value in written.items() if key != "ports" or value}
    number = one.labels.get(f"{COMPOSE}container-number", "1")
    if count > 1:
        found.pop("hostname", None)
        return {**found, "deploy": {**found.get("deploy", {}), "replicas": count}}
    usual = {f"{group.name}{mark}{service}{mark}{number}" for mark in "-_"}
    return found if one.name in usual else {**found, "container_name": one.name}


def _depend(services: Mapping[str, dict[str, Any]], members: Mapping[str, Workload]) -> None:
    """What Compose wrote down about who waits for whom: ``db:service_healthy:false,cache:service_started:false``."""
    for name, one in members.items():
        told = [entry.split(":") for entry in one.labels.get(f"{COMPOSE}depends_on", "").split(",") if entry]
        waits = {parts[0]: {"condition": parts[1] if len(parts) > 1 else "service_started"} for parts in told if parts[0] in services and parts[0] != name}
        if waits:
            services[name]["depends_on"] = waits


def without_files(project: Project) -> Project:
    """The project for a report: what was written only to be read has no files."""
    return project._replace(files=(), sources={})


def nothing(name: str) -> Project:
    """A project without services, for findings about the engine itself."""
    request = Request((), _NOWHERE / "engine")
    return Project(name, request.directory, (), {}, {}, {}, {}, {}, Value({}), {}, request, live=True)
