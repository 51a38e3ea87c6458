"""Which questions are put to find out who reaches whom."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import NamedTuple

from tests.engine.bench import (
    HOST_SERVICE_PORT,
    HOST_SIDE,
    HOST_ZONE,
    INTERNET_ZONE,
    LAN_CLIENT,
    LAN_CLIENT_6,
    LAN_ZONE,
    LOOPBACK,
    OUTSIDE,
    OUTSIDE_6,
    WAN_HOST,
    WAN_HOST_6,
    ZONE_PORT,
    ZONES,
    zone_answer,
)
from tests.engine.compose import Container, Published, Stack
from tests.engine.dockerd import Engine
from tests.engine.images import service_answer
from tests.engine.namespaces import HOST

Dials = Mapping[str, Mapping[str, str]]
"""Source → target → what the source's program dials, ``HOST:PORT`` or ``HOST:PORT/udp``."""


class Question(NamedTuple):
    """What goes over the wire; several probes may share it."""

    protocol: str
    host: str
    port: int

    @property
    def is_name(self) -> bool:
        """Whether the host must be looked up."""
        return any(letter.isalpha() for letter in self.host) and not self.host.startswith("[")


class Probe(NamedTuple):
    """One question: does ``target`` answer at ``host:port``?"""

    target: str
    """A service or a zone."""
    road: str
    """``name``, ``address``, ``loopback``, ``published``, ``wire`` (a neighbour's packet for the host's 127.0.0.1), ``egress`` or ``dialled``."""
    host: str
    port: int
    inside: int
    """The port in the container (or of the zone's own service) that this leads to."""
    answer: str
    """What the right one says."""
    protocol: str = "tcp"

    @property
    def door(self) -> str:
        """The target's port as the reach names it."""
        return f"{self.inside}/{self.protocol}"

    @property
    def question(self) -> Question:
        """What is asked."""
        return Question(self.protocol, self.host, self.port)


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is up: the containers and published ports of one project, or of several on one engine."""

    engine: Engine
    containers: Sequence[Container]
    published: Sequence[Published]
    dials: Dials = field(default_factory=dict)

    @classmethod
    def of(cls, *stacks: Stack, dials: Dials | None = None) -> Scene:
        """The scene of stacks that are up."""
        containers = [one for stack in stacks for one in stack.containers()]
        return cls(stacks[0].engine, containers, [one for stack in stacks for one in stack.published()], dials or {})

    @property
    def six(self) -> bool:
        """Whether IPv6 matters: some container has such an address."""
        return any("[" in address for one in self.containers for addresses in one.addresses.values() for address in addresses)

    def doors(self) -> list[str]:
        """Every address of the host but the loopback ones; gateways of networks are among them."""
        addresses = [ip_address(address) for address in self._host_addresses()]
        return [f"[{one}]" if one.version == 6 else str(one) for one in addresses if one.version == 4 or self.six]

    def bridges(self) -> dict[str, str]:
        """The host's addresses on bridges, each with the network's name on the engine."""
        rows = self.engine.docker("network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}").splitlines()
        links = {f"br-{number[:12]}": name for number, name in (row.split() for row in rows)} | {"docker0": "bridge"}
        return {address: links[link] for address, link in self._host_addresses().items() if link in links}

    def _host_addresses(self) -> dict[str, str]:
        """Address → interface."""
        machines = self.engine.bench
        assert machines is not None
        links = json.loads(machines.host.run("ip", "-json", "address", "show"))
        return {entry["local"]: link["ifname"] for link in links for entry in link["addr_info"] if entry["scope"] == "global"}

    def ports(self, one: Container) -> list[tuple[int, str]]:
        """What is asked of a container: what it listens on, and what its namespace publishes."""
        own = [*((port, "tcp") for port in one.listeners.tcp), *((port, "udp") for port in one.listeners.udp)]
        return list(dict.fromkeys([*own, *((published.inside, published.protocol) for published in self.published if published.home == one.home)]))


def from_container(scene: Scene, asking: Container) -> list[Probe]:
    """All that a container asks."""
    others = [one for one in scene.containers if one is not asking]
    doors = scene.doors()
    mates = [one for one in others if one.home == asking.home]
    found = [_probe(one, "name", one.service, port, "tcp") for one in others for port in one.listeners.tcp]
    found += [_probe(one, "loopback", LOOPBACK, port, protocol) for one in mates for port, protocol in scene.ports(one)]
    found += _addresses(scene, others, doors)
    found += _published(scene, others, [*doors, LOOPBACK] if asking.home == HOST else doors)
    found += _zones(scene, [*doors, LOOPBACK] if asking.home == HOST else doors)
    return found + list(_dialled(scene, asking.service, asking.home))


def from_zone(scene: Scene, zone: str) -> list[Probe]:
    """All that the host, the LAN client or the outside asks; a LAN client is the worst of neighbours."""
    wan = [WAN_HOST, *([f"[{WAN_HOST_6}]"] if scene.six else [])]
    doors = {INTERNET_ZONE: wan, LAN_ZONE: scene.doors(), HOST_ZONE: [LOOPBACK, *scene.doors()]}[zone]
    found = _addresses(scene, scene.containers, doors) + _published(scene, scene.containers, doors)
    if zone == LAN_ZONE:
        found += _published(scene, scene.containers, [LOOPBACK], "wire")
    return found + list(_dialled(scene, zone, ""))


def _probe(one: Container, road: str, host: str, port: int, protocol: str, inside: int | None = None) -> Probe:
    return Probe(one.service, road, host, port, port if inside is None else inside, service_answer(one.home), protocol)


def _addresses(scene: Scene, containers: Sequence[Container], doors: Sequence[str]) -> list[Probe]:
    """Container addresses; those of a container in the host's namespace are the host's, and one without any is looked for there too."""
    return [
        _probe(one, "address", address, port, protocol)
        for one in containers
        for address in ([address for addresses in one.addresses.values() for address in addresses] or doors)
        for port, protocol in scene.ports(one)
    ]


def _published(scene: Scene, containers: Sequence[Container], doors: Sequence[str], road: str = "published") -> list[Probe]:
    return [
        _probe(one, road, door, published.port, published.protocol, published.inside)
        for one in containers
        for published in scene.published
        if published.home == one.home
        for door in doors
    ]


def _zones(scene: Scene, doors: Sequence[str]) -> list[Probe]:
    host = [_zone(HOST_ZONE, "address", door, HOST_SERVICE_PORT) for door in doors]
    outside = [(INTERNET_ZONE, OUTSIDE), (LAN_ZONE, LAN_CLIENT)]
    outside += [(INTERNET_ZONE, f"[{OUTSIDE_6}]"), (LAN_ZONE, f"[{LAN_CLIENT_6}]")] if scene.six else []
    return host + [_zone(zone, "egress", address, ZONE_PORT) for zone, address in outside]


def _zone(zone: str, road: str, host: str, port: int) -> Probe:
    return Probe(zone, road, host, port, port, zone_answer(zone))


def _dialled(scene: Scene, source: str, home: str) -> Iterator[Probe]:
    """What the source's own program dials."""
    for target, dialled in scene.dials.get(source, {}).items():
        address, _, protocol = dialled.partition("/")
        host, _, number = address.rpartition(":")
        if target in ZONES:
            yield _zone(target, "dialled", host, int(number))
            continue
        one = next(container for container in scene.containers if container.service == target)
        own = home == one.home or one.home == HOST
        mapped = {} if own or not _is_host(scene, host) else _mapping(scene, one, protocol or "tcp")
        yield _probe(one, "dialled", host, int(number), protocol or "tcp", mapped.get(int(number), int(number)))


def _is_host(scene: Scene, host: str) -> bool:
    return host in HOST_SIDE or host in scene.doors()


def _mapping(scene: Scene, one: Container, protocol: str) -> dict[int, int]:
    """Host port → the container's port."""
    return {published.port: published.inside for published in scene.published if (published.home, published.protocol) == (one.home, protocol)}
