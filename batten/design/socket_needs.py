"""What a service with an engine's socket needs of it, how it can be told of a proxy, and what stands in the way of one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from batten.knowledge.images import image_facts
from batten.knowledge.sockets import ALWAYS, ARGUMENT, CONFIG, ENVIRONMENT, Endpoint, SocketNeed, calls
from batten.model import Project, Service
from batten.review.sockets import SocketMount, socket_mounts


def need_of(service: Service) -> SocketNeed | None:
    """What the image does with the socket; None where nobody described it."""
    facts = image_facts(service.image) if service.image else None
    return facts.socket if facts is not None else None


def calls_of(project: Project, service: Service, stack: bool) -> tuple[str, ...]:
    """The groups of calls that a service makes, in the order of the list of calls; those for a swarm where it works for one."""
    need = need_of(service)
    if need is None:
        return (ALWAYS,)
    wanted = {ALWAYS, *need.calls, *(need.swarm if stack or _works_for_a_swarm(service) else ())}
    return tuple(name for name in calls() if name in wanted)


def _works_for_a_swarm(service: Service) -> bool:
    words = (*service.command, *service.environment)
    return any("swarm" in word.lower() for word in words)


def endpoints_of(service: Service) -> tuple[Endpoint, ...]:
    """The ways by which this service is told where the engine is; nothing where that is out of our sight."""
    need = need_of(service)
    found = [one for one in need.endpoints if one.kind != CONFIG and _is_used(one, service)] if need is not None else []
    conditional = [one for one in found if one.given]
    return tuple(conditional or found)


def place_of_endpoint(service: Service) -> str:
    """Where in its configuration a service is told, in words; empty where that is not known."""
    need = need_of(service)
    return next((one.name for one in need.endpoints if one.kind == CONFIG), "") if need is not None else ""


def _is_used(endpoint: Endpoint, service: Service) -> bool:
    if not endpoint.given:
        return True
    begins = re.compile(rf"{re.escape(endpoint.given)}(?:[.=_]|\Z)", re.IGNORECASE)
    return any(begins.match(word) for word in (service.environment if endpoint.kind == ENVIRONMENT else service.command))


def argument_at(service: Service, name: str) -> int | None:
    """The index of the argument of that name in a service's command; names of arguments are compared without case."""
    return next((index for index, word in enumerate(service.command) if word.partition("=")[0].lower() == name.lower()), None)


def mount_of(project: Project, service: Service) -> SocketMount | None:
    """The one mount that brings the socket in, where a proxy can take its place."""
    mounts = list(socket_mounts(project, service))
    return mounts[0] if len(mounts) == 1 and not _unfit(project, service, mounts[0]) else None


def obstacle(project: Project, service: Service, stack: bool) -> str:
    """Why no proxy can take the place of the socket here, whatever the image; empty where one can."""
    return next(_obstacles(project, service, stack), "")


def _obstacles(project: Project, service: Service, stack: bool) -> Iterator[str]:
    mounts = list(socket_mounts(project, service))
    if service.use_api_socket:
        yield "use_api_socket gives it the user's registry logins too, which a proxy cannot"
    if len(mounts) != 1:
        yield "it has more than one mount with an engine's socket"
    else:
        yield from filter(None, [_unfit(project, service, mounts[0])])
    if not service.networks:
        yield "it is on no network of the project, where a proxy would be found by its name"
    if any(service.name in _borrowed(project, other) for other in project.services.values()):
        yield "another service takes its mounts over by volumes_from"
    if stack and _on_several_nodes(project, service):
        yield "it runs on several nodes of the swarm, each time for the engine of its own node; a proxy is found by its name on any of them"
    if any(name in service.environment for name in ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")):
        yield "it is set up to speak TLS with the engine, which a proxy on a network of its own does not"


def _unfit(project: Project, service: Service, mount: SocketMount) -> str:
    if mount.socket.parent:
        return f"it mounts {mount.source}, a folder that holds the socket beside other things that it may need"
    if mount.socket.engine not in ("Docker", "Podman"):
        return f"the API of {mount.socket.engine} is not the one that the proxy knows"
    if mount.path[2] != "volumes" or service.mounts[int(mount.path[3])].kind != "bind":
        return "its socket comes in another way than a bind mount"
    return ""


def _borrowed(project: Project, service: Service) -> list[str]:
    value = project.value((*service.path, "volumes_from"))
    return [str(item.data).partition(":")[0] for item in value.elements()] if value is not None else []


def _on_several_nodes(project: Project, service: Service) -> bool:
    mode = project.value((*service.path, "deploy", "mode"))
    return (mode is not None and mode.data == "global") or service.replicas > 1


def doubt(service: Service) -> str:
    """Why a proxy is not proposed although one can be written: what is not known, or what it would not protect from; empty where nothing is in doubt."""
    need = need_of(service)
    if need is None:
        return "nothing is known of the calls that it makes; name them and how it is told, and it gets a proxy"
    if need.root:
        return f"it {need.root}: what it needs amounts to root on this host, so that a proxy would protect little"
    if need.never:
        return need.never
    if not endpoints_of(service):
        place = place_of_endpoint(service)
        return f"it is told where the engine is in a place that is not in these files{f' ({place})' if place else ''}; point it there and it gets a proxy"
    if not need.known:
        return "nobody has checked which calls it makes; look at the proposed ones and try it"
    return next((_elsewhere(one) for one in endpoints_of(service) if _points_elsewhere(service, one)), "")


def _elsewhere(endpoint: Endpoint) -> str:
    return f"{endpoint.name} is set already, to something else than a socket"


def _points_elsewhere(service: Service, endpoint: Endpoint) -> bool:
    """Whether the service is told of an engine that is not behind the socket."""
    if endpoint.kind == ARGUMENT:
        at = argument_at(service, endpoint.name)
        value = "" if at is None else service.command[at].partition("=")[2] or "the next word"
    else:
        variable = service.environment.get(endpoint.name)
        value = variable.value.reveal() if variable is not None and variable.value is not None else ""
    return bool(value) and not value.startswith(("unix:", "/"))
