"""Which services of a project live in one network namespace, and what each of them listens on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

UNPUBLISHED: Final = 4999
"""A port on which every stand-in listens besides its service's own; where several share a namespace, each next one takes the port below."""
HOST: Final = "host"
"""The home of services that use the host's network."""

Services = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Listeners:
    """The ports of one service's stand-in."""

    tcp: tuple[int, ...]
    udp: tuple[int, ...]


def homes(services: Services) -> dict[str, str]:
    """Service → the service in whose namespace it lives (itself mostly), or ``host``."""
    return {name: _home(name, services) for name in services}


def _home(name: str, services: Services) -> str:
    mode = services[name].get("network_mode", "")
    kind, _, other = mode.partition(":")
    if kind == "service":
        return _home(other, services)
    if kind == "container":
        return next(_home(key, services) for key, service in services.items() if service.get("container_name") == other)
    return HOST if mode == "host" else name


def listeners(services: Services, more: Mapping[str, Iterable[int]]) -> dict[str, Listeners]:
    """What every stand-in listens on: published targets, what is exposed and ``more``; in one namespace nobody takes another's port."""
    home = homes(services)
    found: dict[str, Listeners] = {}
    for name in sorted(services, key=lambda name: name != home[name]):
        mates = [found[other] for other in found if home[other] == home[name]]
        tcp = _declared(services[name], "tcp") | set(more.get(name, ()))
        tcp -= {port for mate in mates for port in mate.tcp} | {UNPUBLISHED}
        udp = _declared(services[name], "udp") - {port for mate in mates for port in mate.udp}
        found[name] = Listeners((*sorted(tcp), UNPUBLISHED - len(mates)), tuple(sorted(udp)))
    return found


def _declared(service: Mapping[str, Any], protocol: str) -> set[int]:
    return published_targets(service, protocol) | {number for number, spoken in map(_exposed, service.get("expose", ())) if spoken == protocol}


def published_targets(service: Mapping[str, Any], protocol: str) -> set[int]:
    """The container ports that a service publishes."""
    return {int(port["target"]) for port in service.get("ports", ()) if port.get("protocol", "tcp") == protocol}


def _exposed(text: str | int) -> tuple[int, str]:
    number, _, protocol = str(text).partition("/")
    return int(number), protocol or "tcp"
