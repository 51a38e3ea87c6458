"""Sockets: which services stop having the engine's socket, by which proxy they ask instead, and what it lets through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from batten.design import socket_needs
from batten.design.sections.reading import only, sequence, text, texts, wrong
from batten.design.sections.target import Target
from batten.errors import DesignError
from batten.knowledge.sockets import ARGUMENT, ENVIRONMENT, LABEL, calls
from batten.model import Connection, Evidence, EvidenceKind, Project, Service, Value
from batten.review.sockets import has_socket

PROXY, KEEP = "proxy", "keep"
PORT = 2375
"""The port on which a proxy listens: the one that is customary for an engine's API without TLS."""
BY_HAND = "by hand"
"""The endpoint of a service that its owner points to the proxy."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
_ENDPOINT = re.compile(r"(?:environment [A-Za-z_][A-Za-z0-9_]*|argument --?[A-Za-z0-9][A-Za-z0-9._-]*)=[A-Za-z0-9:/._{}-]+\Z")


class SocketUse(NamedTuple):
    """What becomes of one service's socket."""

    service: str
    how: str
    """``proxy``: it asks a proxy of its own, which has the socket instead; ``keep``: it keeps the socket."""
    proxy: str = ""
    """Name of the proxy: its service, its network, its configuration and its file. Empty where the socket is kept."""
    calls: tuple[str, ...] = ()
    """The groups of calls that the proxy lets through."""
    endpoint: tuple[str, ...] = ()
    """How the service is told: ``environment NAME=VALUE``, ``argument NAME=VALUE`` or ``by hand``; ``{url}`` and ``{name}`` stand for the proxy."""
    reason: str = ""

    @property
    def url(self) -> str:
        """Where the proxy is asked."""
        return f"tcp://{self.proxy}:{PORT}"

    def told(self) -> Iterator[tuple[str, str, str]]:
        """Kind, name and value of each variable and argument that tells the service where the proxy is."""
        for way in self.endpoint:
            kind, _, rest = way.partition(" ")
            name, _, value = rest.partition("=")
            if kind in (ENVIRONMENT, ARGUMENT):
                yield kind, name, value.replace("{url}", self.url).replace("{name}", self.proxy)


def propose(project: Project, target: Target) -> tuple[SocketUse, ...]:
    """A proxy where it is known what the image calls, how it is told, and that this is not what amounts to root; else the socket stays, with the reason."""
    there = tuple(_there(project, proxy) for proxy in proxies(project))
    asked = {one.service for one in there}
    taken = {*project.services, *project.networks, *project.configs}
    found = [_propose(project, service, target, taken) for service in project.services.values() if service.name not in asked and has_socket(project, service)]
    return (*there, *found)


def proxies(project: Project) -> tuple[Service, ...]:
    """The socket proxies of the project that batten wrote."""
    return tuple(service for service in project.services.values() if LABEL in service.labels)


def connections(uses: Sequence[SocketUse]) -> tuple[Connection, ...]:
    """Who needs which proxy."""
    because = Evidence(EvidenceKind.DECLARED, None, "asks it in the place of the engine")
    return tuple(Connection(one.service, one.proxy, (because,)) for one in uses if one.how == PROXY)


def proxied(project: Project, service: Service, target: Target, taken: set[str]) -> SocketUse:
    """The use of a proxy that is most likely right for a service, whether or not it is known to be; its name is added to ``taken``."""
    need = socket_needs.need_of(service)
    name = _free(service.name, taken)
    wanted = socket_needs.calls_of(project, service, target.kind == "stack")
    endpoint = tuple(f"{one.kind} {one.name}={one.value}" for one in socket_needs.endpoints_of(service)) or (BY_HAND,)
    known = need is not None and need.known
    reason = "its image is known to work so" if known and endpoint != (BY_HAND,) else "decided by you"
    return SocketUse(service.name, PROXY, name, wanted, endpoint, reason)


def _propose(project: Project, service: Service, target: Target, taken: set[str]) -> SocketUse:
    stuck = socket_needs.obstacle(project, service, target.kind == "stack") or socket_needs.doubt(service)
    return SocketUse(service.name, KEEP, reason=stuck) if stuck else proxied(project, service, target, taken)


def _there(project: Project, proxy: Service) -> SocketUse:
    """The decision that a proxy and its caller in the project amount to."""
    callers = [name for name, service in project.services.items() if name != proxy.name and proxy.name in service.networks]
    caller = project.services[callers[0]] if callers else proxy
    bare = SocketUse(caller.name, PROXY, proxy.name, tuple(proxy.labels[LABEL].split()))
    return bare._replace(endpoint=tuple(_told(caller, bare)) or (BY_HAND,), reason="it is there already")


def _told(caller: Service, use: SocketUse) -> Iterator[str]:
    """How a service is told of its proxy, as it stands in its environment and its arguments."""
    address = f"{use.proxy}:{PORT}"
    for name, variable in caller.environment.items():
        if variable.value is not None and variable.value.reveal() in (use.url, address):
            yield f"{ENVIRONMENT} {name}={'{url}' if variable.value.reveal() == use.url else f'{{name}}:{PORT}'}"
    for argument in caller.command:
        name, _, value = argument.partition("=")
        if value in (use.url, address):
            yield f"{ARGUMENT} {name}={'{url}' if value == use.url else f'{{name}}:{PORT}'}"


def _free(service: str, taken: set[str]) -> str:
    """A name for a proxy that nothing in the project has; a host name of at most 63 characters, since it is asked by it."""
    plain = re.sub(r"[^a-z0-9]+", "-", service.lower()).strip("-")[:40].strip("-") or "service"
    names = (f"{plain}-socket-proxy" + (f"-{number}" if number > 1 else "") for number in range(1, 1000))
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return name


def dump(uses: Sequence[SocketUse]) -> list[dict[str, object]]:
    """One entry a service; what is kept has a reason and nothing else."""
    return [
        {"service": one.service, "how": one.how, **(_proxy(one) if one.how == PROXY else {}), "reason": one.reason}
        for one in uses
    ]  # fmt: skip


def _proxy(use: SocketUse) -> Mapping[str, object]:
    return {"proxy": use.proxy, "calls": list(use.calls), "endpoint": list(use.endpoint)}


def load(value: Value) -> tuple[SocketUse, ...]:
    """Read back what ``dump`` wrote; raises DesignError for a name that is no host name, an unknown call or a way of telling that is none."""
    found = []
    for item in sequence(value, "sockets"):
        entry = dict(only(item, set(SocketUse._fields), "sockets"))
        one = SocketUse(
            text(entry.get("service"), "service", near=item),
            text(entry.get("how"), "how", near=item),
            text(entry.get("proxy"), "proxy", ""),
            texts(entry.get("calls"), "calls"),
            texts(entry.get("endpoint"), "endpoint"),
            text(entry.get("reason"), "reason", ""),
        )
        _check(item, one)
        found.append(one)
    return tuple(found)


def _check(item: Value, one: SocketUse) -> None:
    if one.how not in (PROXY, KEEP):
        raise wrong(item, f"'{one.how}' is not what can become of a socket; write 'proxy' or 'keep'.")
    if one.how == PROXY and not _NAME.match(one.proxy):
        raise wrong(item, f"'{one.proxy}' cannot be the name of a proxy: use small letters, digits and '-', 63 at most.")
    strange = [name for name in one.calls if name not in calls()]
    if strange:
        raise wrong(item, f"'{strange[0]}' is not a group of calls; there are {', '.join(calls())}.")
    try:
        check_endpoint(one.endpoint)
    except DesignError as error:
        raise wrong(item, error.message) from None


def check_endpoint(endpoint: Sequence[str]) -> None:
    """Raise DesignError for a way of telling a service that is none."""
    strange = [way for way in endpoint if way != BY_HAND and not _ENDPOINT.match(way)]
    if strange:
        raise DesignError(f"'{strange[0]}' is not a way to tell a service; write 'environment NAME={{url}}', 'argument --NAME={{url}}' or '{BY_HAND}'.")
