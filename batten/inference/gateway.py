"""Who is called by the host's name or address, past the project's own networks, at a port that a service publishes.

Such a call comes from a container to an address of the host. A port that is bound to 127.0.0.1 does not answer it on Docker 20.10, 26.1 and 28.5;
from a network that is internal, 20.10 still has a way to the host's name, 26.1 and 28.5 have none (all measured). So the careful form is to keep one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from batten.inference.latest import kept_for_latest
from batten.inference.mounted import mounted_files
from batten.model import EvidenceKind, Location, Port, Project, Service

_NAMES = ("host.docker.internal", "gateway.docker.internal", "host.containers.internal")
_GATEWAYS = frozenset({"host-gateway", "172.17.0.1"})
"""What ``extra_hosts`` maps a name to so that it stands for the host; the address is that of Docker's own bridge unless it was changed."""
_LONGEST = 64 * 1024
"""How much of a text is looked at."""


class Call(NamedTuple):
    """A service that calls an address of the host."""

    source: str
    target: str
    """The service whose published port is called; empty where the files do not tell, or where the host itself is."""
    published: str
    """The port on the host, or empty."""
    kind: EvidenceKind
    where: Location | None
    text: str
    """What says so: the name of a variable, of a key or of a file."""


class _Text(NamedTuple):
    text: str
    kind: EvidenceKind
    where: Location | None
    said: str


@kept_for_latest
def calls(project: Project) -> tuple[Call, ...]:
    """Every call to the host's name that stands in the environment, the commands and the mounted files of a service."""
    published = {service.name: service.ports for service in project.services.values() if service.network_mode not in ("host", "none")}
    return tuple(call for service in project.services.values() for call in _calls(project, service, published))


def _calls(project: Project, service: Service, published: dict[str, tuple[Port, ...]]) -> Iterator[Call]:
    names = _names(service)
    for text in _texts(project, service, names):
        for match in _mentions(names, text.text):
            ports = [match[1]] if match[1] else _other_ports(service)
            targets = [(name, port) for port in ports for name, theirs in published.items() if name != service.name and any(_is(one, port) for one in theirs)]
            for target, port in targets or [("", "")]:
                yield Call(service.name, target, port, text.kind, text.where, text.said)


def _names(service: Service) -> tuple[str, ...]:
    """The names and the address that stand for the host in a service, in lower case."""
    own = {name.lower() for name, address in service.extra_hosts if address in _GATEWAYS} if service.extra_hosts else set()
    return (*_NAMES, "172.17.0.1", *sorted(own))


def _mentions(names: tuple[str, ...], text: str) -> Iterator[re.Match[str]]:
    lower = text.lower()
    if any(name in lower for name in names):
        alternatives = "|".join(re.escape(name) for name in sorted(names))
        yield from re.finditer(rf"(?<![\w.-])(?:{alternatives})(?::(\d{{1,5}}))?(?![\w.-])", text, re.IGNORECASE)


def _texts(project: Project, service: Service, names: tuple[str, ...]) -> Iterator[_Text]:
    for variable in service.environment.values() if _in_environment(service, names) else ():
        if variable.value is not None:
            yield _Text(variable.value.reveal()[:_LONGEST], EvidenceKind.NAMED, variable.origin.primary, variable.name)
    for key, words in (("command", service.command), ("entrypoint", service.entrypoint), ("healthcheck", service.healthcheck)):
        if words and any(name in " ".join(words).lower() for name in names):
            yield _Text(" ".join(words)[:_LONGEST], EvidenceKind.NAMED, project.origin((*service.path, key)).primary, key)
    for file in mounted_files(project, service):
        yield _Text(file.text[:_LONGEST], EvidenceKind.CONFIGURED, file.span(0, 0), file.shown)


def _in_environment(service: Service, names: tuple[str, ...]) -> bool:
    """Whether one of the names is there at all; hardly ever is one."""
    whole = "\n".join([variable.value.reveal() for variable in service.environment.values() if variable.value is not None]).lower()
    return any(name in whole for name in names)


def _other_ports(service: Service) -> list[str]:
    """Ports that stand alone in variables, as ``DB_PORT=5432`` beside ``DB_HOST=host.docker.internal``."""
    values = (variable.value.reveal() for name, variable in service.environment.items() if variable.value is not None and name.upper().endswith("PORT"))
    return [value for value in values if value.isdigit()]


def _is(port: Port, number: str) -> bool:
    first, _, last = port.published.partition("-")
    return port.published == number or (bool(last) and first.isdigit() and last.isdigit() and int(first) <= int(number) <= int(last))
