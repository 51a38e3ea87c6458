"""A project as inference looks at it: its services with what is known of their images, and the names by which they are reached."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

from batten.inference.scripts import works_on_files_alone
from batten.knowledge.images import ImageFacts, image_facts, known_as, similar_facts
from batten.knowledge.vocabulary import says, split
from batten.model import Project, Service, Tier

_WEB_PORTS = frozenset({80, 443, 3000, 5000, 8000, 8080, 8443})
BASE_IMAGE = "base image"
"""The role of images that run any program."""
FRONTS = frozenset({"reverse proxy", "web server", "api gateway", "authenticating proxy"})
"""Roles that forward to other services."""


class Scene(NamedTuple):
    """The project and what is known of each service."""

    project: Project
    facts: Mapping[str, ImageFacts | None]
    names: Mapping[str, tuple[str, ...]]
    """Services by every host name (lower case) and fixed address under which the others reach them."""
    words: Mapping[str, tuple[str, ...]]
    """The words of each service's name."""
    by_name: frozenset[str]
    """Services whose name says that they keep data, and that publish no port of the web."""

    keepers: tuple[str, ...]
    """Services that keep data for others, in the order of the project."""
    on_files: frozenset[str]
    """Services whose own commands work on files alone: they need nobody, and nobody needs them."""

    @classmethod
    def of(cls, project: Project) -> Scene:
        """Look everything up once."""
        facts = {name: _known(service) for name, service in project.services.items()}
        by_name = frozenset(name for name, service in project.services.items() if _keeps_data_by_name(service))
        keepers = tuple(name for name in project.services if _keeps_data(facts[name], name in by_name))
        on_files = frozenset(name for name, service in project.services.items() if works_on_files_alone(service))
        return cls(project, facts, _names(project), {name: tuple(split(name)) for name in project.services}, by_name, keepers, on_files)

    def resolve(self, host: str) -> tuple[str, ...]:
        """The services that a host name stands for; a name with dots may be a service's name followed by its network's."""
        host = host.lower().rstrip(".")
        found = self.names.get(host)
        if found or "." not in host:
            return found or ()
        return self.names.get(host.removeprefix("tasks.")) or self._in_network(host)

    def _in_network(self, host: str) -> tuple[str, ...]:
        head, _, tail = host.partition(".")
        known = {network.name.lower() for network in self.project.networks.values()} | {key.lower() for key in self.project.networks}
        return self.names.get(head, ()) if tail in known else ()

    def passive(self, name: str) -> bool:
        """Whether the service never opens connections by itself."""
        facts = self.facts[name]
        return facts.passive if facts is not None and facts.role != BASE_IMAGE else name in self.by_name

    def data(self, name: str) -> bool:
        """Whether the service keeps data for others."""
        return _keeps_data(self.facts[name], name in self.by_name)

    def opaque(self, name: str) -> bool:
        """Whether nothing is known about what the service does: an image that nobody described, or one that runs any program."""
        facts = self.facts[name]
        return (facts is None or facts.role == BASE_IMAGE) and not self.passive(name)

    def role(self, name: str) -> str:
        """What the image is for, in plain words, or an empty text."""
        facts = self.facts[name]
        return facts.role if facts is not None else ""

    def are(self, what: str) -> Iterator[str]:
        """The services of a kind: its id in the image data, its role, or a database or exporter by their own name."""
        for name, facts in self.facts.items():
            known = facts is not None and (facts.is_a(what) or _family(facts.id) == what)
            named = (what == "database" and facts is None and self.data(name)) or (what == "exporter" and split(name)[-1:] == ["exporter"])
            if known or named:
                yield name

    def can_talk(self, source: str, target: str) -> bool:
        """Whether the two share a network as the project stands; without that neither can need the other over one."""
        first, second = self._networks(source), self._networks(target)
        return "host" in first or "host" in second or not first.isdisjoint(second)

    def _networks(self, name: str) -> Set[str]:
        service = self.project.services[name]
        if service.network_mode:
            service = self.project.services[home(self.project, name)]
        return frozenset({"host"}) if service.network_mode == "host" else service.networks.keys()


def home(project: Project, name: str) -> str:
    """The service in whose network namespace ``name`` lives: itself, unless ``network_mode`` names another service or its container."""
    seen = {name}
    while True:
        kind, _, joined = project.services[name].network_mode.partition(":")
        other = joined if kind == "service" else _called(project, joined) if kind == "container" else ""
        if other not in project.services or other in seen:
            return name
        seen.add(other)
        name = other


def _called(project: Project, container: str) -> str:
    return next((service.name for service in project.services.values() if container and service.container_name == container), "")


def _keeps_data(facts: ImageFacts | None, by_name: bool) -> bool:
    return facts.tier is Tier.DATA if facts is not None and facts.role != BASE_IMAGE else by_name


def _keeps_data_by_name(service: Service) -> bool:
    return named_as_data(service.name) and not any(port.target in _WEB_PORTS for port in service.ports)


def named_as_data(name: str) -> bool:
    """Whether a service's name says that it keeps data (``user-db``, ``redis``) and not that it only works with such a service."""
    parts = split(name)
    return says("keeps_data", (part.rstrip("0123456789") for part in parts)) and not says("works_with_data", parts)


def _family(id_: str) -> str:
    return re.sub(r"^bitnami-|^sameersbn-|^immich-|^supabase-", "", id_)


def _known(service: Service) -> ImageFacts | None:
    if not service.image:
        return None
    image = known_as(service.image, service.labels)
    return image_facts(image) or similar_facts(image)


def _names(project: Project) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for service in project.services.values():
        for host in _own_names(project, service):
            owners = found.setdefault(host.lower(), [])
            if service.name not in owners:
                owners.append(service.name)
    return {host: tuple(owners) for host, owners in found.items()}


def _own_names(project: Project, service: Service) -> Iterator[str]:
    yield service.name
    yield from (f"{project.name}{mark}{service.name}{end}" for mark in "-_" for end in ("", f"{mark}1"))
    yield from (name for name in (service.container_name, service.hostname) if name)
    for member in service.networks.values():
        yield from member.aliases
        yield from (address for address in (member.ipv4_address, member.ipv6_address) if address)
