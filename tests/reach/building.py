"""Typed projects in a few words, without files: ``project({"web": service(ports=["8080:80"])})``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from batten.compose import load_project
from batten.model import Attachment, Network, Port, Project, Service
from batten.reach.engines import choose
from batten.reach.landscape import Net, survey
from batten.reach.probes import Client, ContainerPort, HostAddress, Name, Place, PublishedPort, Spot, Target
from batten.reach.rules import answer
from batten.reach.settings import Settings
from batten.reach.situation import Situation

BRIDGE = "com.docker.network.bridge."


def service(
    *,
    networks: Sequence[str] | Mapping[str, Sequence[str]] = (),
    ports: Sequence[str] = (),
    network_mode: str = "",
    dns: Sequence[str] = (),
    container_name: str = "",
    mode: str = "ingress",
) -> Service:
    """A service that has what matters here; without networks it is on ``default``. Its name is given by ``project``."""
    members = networks if isinstance(networks, Mapping) else dict.fromkeys(networks, ())
    if not members and not network_mode:
        members = {"default": ()}
    return (
        _plain()
        .services["plain"]
        ._replace(
            ports=tuple(port(text, index, mode) for index, text in enumerate(ports)),
            networks={key: Attachment(key, tuple(aliases), "", "") for key, aliases in members.items()},
            network_mode=network_mode,
            dns=tuple(dns),
            container_name=container_name,
        )
    )


def port(text: str, index: int = 0, mode: str = "ingress") -> Port:
    """A published port from its short form, ``[ADDRESS:][PUBLISHED:]TARGET[/PROTOCOL]``."""
    numbers, _, protocol = text.partition("/")
    rest, _, target = numbers.rpartition(":")
    address, _, published = rest.rpartition(":")
    return Port(int(target), published, address, protocol or "tcp", mode, index)


def network(
    *,
    internal: bool = False,
    external: bool = False,
    driver: str = "",
    name: str = "",
    ipv4: bool = True,
    ipv6: bool = False,
    attachable: bool = False,
    subnets: Sequence[str] = (),
    **options: str,
) -> Network:
    """A network; keyword arguments that are not named here are bridge options (``enable_icc="false"``)."""
    opts = {BRIDGE + key: value for key, value in options.items()}
    return Network("", name, driver, opts, internal, external, attachable, ipv4, ipv6, tuple(subnets), True)


def project(services: Mapping[str, Service], networks: Mapping[str, Network] | None = None, *, name: str = "shop") -> Project:
    """A project of these; networks that services mention and nobody defines are plain ones."""
    given = networks or {}
    keys = dict.fromkeys([*given, *(key for one in services.values() for key in one.networks)])
    defined = {key: given.get(key) or network() for key in keys}
    return _plain()._replace(
        name=name,
        services={key: one._replace(name=key) for key, one in services.items()},
        networks={key: one._replace(key=key, name=one.name or f"{name}_{key}" if not one.external else one.name or key) for key, one in defined.items()},
    )


@cache
def _plain() -> Project:
    """The smallest project, to have everything that does not matter here."""
    return load_project([Path("/shop/compose.yaml")], overlay={"/shop/compose.yaml": "services: {plain: {image: reach}}"}, environ={})


ENGINES = ("20.10", "26.1", "28.5")

HOST = Client(Place.HOST)
LAN = Client(Place.LAN, "lan0")
NEIGHBOUR = Client(Place.NEIGHBOUR, "seg0")
OUTSIDE = Client(Place.OUTSIDE, "wan0")
SEGMENT = Client(Place.SEGMENT)

LAN_ADDRESS = HostAddress(Spot.NETWORK, 4, None, "10.0.0.1")
LAN_ADDRESS_6 = HostAddress(Spot.NETWORK, 6)
PUBLIC_ADDRESS = HostAddress(Spot.PUBLIC, 4, None, "203.0.113.1")
LOOPBACK = HostAddress(Spot.LOOPBACK)
WIRE = HostAddress(Spot.WIRE)


class Scene:
    """Projects on one engine, and questions about them. Services and networks go by their names in the files."""

    def __init__(self, *projects: Project, swarm: bool | None = None) -> None:
        self.landscape = survey(projects, swarm=swarm)
        self.boxes = {name: box for (_, name), box in self.landscape.boxes.items()}

    def asked(self, source: str | Client, target: Target, **settings: bool) -> str:
        """What ``source`` sees on 20.10, 26.1 and 28.5, one word each (``no-route`` for no route); once where all three agree."""
        start = self.boxes[source] if isinstance(source, str) else source
        seen = [str(answer(Situation(choose(version).rows[0], Settings(**settings)), start, target)).replace(" ", "-") for version in ENGINES]
        return seen[0] if len(set(seen)) == 1 else " ".join(seen)

    def net(self, key: str) -> Net:
        """The network with that key in its project, or that name on the engine."""
        return next(net for net in self.landscape.nets.values() if key in (net.label, net.name))

    def at(self, service: str, network: str, port: int | None = None, *, protocol: str = "tcp", family: int = 4) -> ContainerPort:
        """A port at the service's own address on a network; None for one that is not published."""
        return ContainerPort(self.boxes[service], self.net(network), port, protocol, family)

    def published(self, service: str, address: HostAddress = LAN_ADDRESS, index: int = 0) -> PublishedPort:
        """One of the service's published ports, at an address of the host."""
        box = self.boxes[service]
        return PublishedPort(box, box.published[index], address)

    def gateway(self, network: str, family: int = 4) -> HostAddress:
        """The host's address on a network."""
        return HostAddress(Spot.GATEWAY, family, self.net(network))

    def name(self, service: str, text: str = "") -> Name:
        """A name of the service, its own where none is given."""
        return Name(text or service, self.boxes[service])
