"""On which ports a service is called by another one: what the caller's files say, and what is known of the service itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from batten.inference.mounted import mounted_files
from batten.knowledge.images import image_facts, similar_facts
from batten.model import Project, Service

_LONGEST = 64 * 1024
"""How much of a text is looked at."""
_OF_SCHEMES = {"http": 80, "ws": 80, "https": 443, "wss": 443}
"""Ports that a URL without one stands for, whatever the service listens on by default."""

_BEFORE = r"(?:([a-z][a-z0-9+.-]{0,20})://(?:[^\s/@]{0,256}@)?|(?<![\w.-]))"
"""What stands before a host: the scheme of a URL with its user, or nothing of a word."""


class Ports(NamedTuple):
    """Ports of a service, ascending."""

    tcp: tuple[int, ...]
    udp: tuple[int, ...]
    """Those that it is known to use with UDP, some of them with TCP as well."""


def called(project: Project, source: str, target: str) -> Ports:
    """The ports on which ``source`` calls ``target``: those that its files name, and those that ``target`` is known to listen on."""
    named = set(_named(project, project.services[source], project.services[target]))
    own = own_ports(project.services[target])
    return Ports(tuple(sorted(named | set(own.tcp))), own.udp)


def own_ports(service: Service) -> Ports:
    """What a service listens on: what it publishes and exposes, and what its image is known for."""
    facts = (image_facts(service.image) or similar_facts(service.image)) if service.image else None
    found = [f"{port.target}/{port.protocol}" for port in service.ports]
    for text in (*found, *service.expose, *(facts.ports if facts is not None else ())):
        found += _spelt_out(text)
    split = {protocol: tuple(sorted({int(text.partition("/")[0]) for text in found if text.endswith(f"/{protocol}")})) for protocol in ("tcp", "udp")}
    return Ports(split["tcp"], split["udp"])


def _spelt_out(text: str) -> Iterator[str]:
    """Each port of a text such as ``8080``, ``53/udp`` or ``9000-9002``."""
    numbers, _, protocol = text.partition("/")
    first, _, last = numbers.partition("-")
    if first.isdigit() and (last or first).isdigit():
        yield from (f"{port}/{protocol or 'tcp'}" for port in range(int(first), int(last or first) + 1))


def _named(project: Project, caller: Service, service: Service) -> Iterator[int]:
    pattern = _calls_to(names_of(service))
    for text in _texts(project, caller):
        for match in pattern.finditer(text):
            port = int(match[2]) if match[2] else _OF_SCHEMES.get((match[1] or "").lower(), 0)
            if 0 < port < 65536:
                yield port


@lru_cache(maxsize=2048)
def _calls_to(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"{_BEFORE}(?:{'|'.join(map(re.escape, names))})(?::(\d{{1,5}}))?(?![\w.-])", re.IGNORECASE)


def names_of(service: Service) -> tuple[str, ...]:
    """The names by which other containers call a service: its own, its container's, and its aliases."""
    aliases = (alias for member in service.networks.values() for alias in member.aliases)
    return tuple(dict.fromkeys(name for name in (service.name, service.container_name, *aliases) if name))


def _texts(project: Project, service: Service) -> Iterator[str]:
    for variable in service.environment.values():
        if variable.value is not None:
            yield variable.value.reveal()[:_LONGEST]
    yield " ".join((*service.command, *service.entrypoint, *service.healthcheck, *service.labels.values(), *service.deploy_labels.values()))[:_LONGEST]
    for file in mounted_files(project, service):
        yield file.text[:_LONGEST]
