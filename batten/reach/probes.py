"""One probe: where it starts, where it goes, by which road, and what comes back."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, TypeAlias

from batten.reach.landscape import Box, Net, Published


class Answer(StrEnum):
    """What a client sees."""

    OPEN = "open"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    NO_ROUTE = "no route"
    UNRESOLVED = "unresolved"

    @property
    def is_open(self) -> bool:
        """Whether the right listener answers."""
        return self is Answer.OPEN


class Place(StrEnum):
    """A start outside the containers."""

    HOST = "host"
    LAN = "lan"
    """A machine on the host's network that sends packets for container addresses to the host."""
    NEIGHBOUR = "neighbour"
    """A machine on one of the host's segments that sends 127.0.0.1 onto the wire too."""
    SEGMENT = "segment"
    """A machine on the segment of a macvlan network's parent interface."""
    OUTSIDE = "outside"
    """A machine somewhere on the internet, which has no road to container addresses."""


class Client(NamedTuple):
    """A place with the host's interface through which its packets arrive, where that matters."""

    place: Place
    interface: str = ""


Source: TypeAlias = Box | Client


class Spot(StrEnum):
    """Which of the host's addresses."""

    GATEWAY = "gateway"
    """Its address on a bridge."""
    NETWORK = "network"
    """Its address on the network it stands in."""
    PUBLIC = "public"
    """Its address towards the internet."""
    PARENT = "parent"
    """Its address on the segment of a macvlan network."""
    LOOPBACK = "loopback"
    WIRE = "wire"
    """127.0.0.1, sent onto the wire by a neighbour."""


class HostAddress(NamedTuple):
    """An address of the host, as a client uses it."""

    spot: Spot
    family: int = 4
    net: Net | None = None
    """The bridge, for a gateway address."""
    text: str = ""
    """The address itself where it is known."""


class ContainerPort(NamedTuple):
    """A port at a container's own address on one of its networks."""

    box: Box
    net: Net
    port: int | None = None
    """None stands for a port that is not published."""
    protocol: str = "tcp"
    family: int = 4


class PublishedPort(NamedTuple):
    """A published port, through an address of the host."""

    box: Box
    published: Published
    address: HostAddress


class HostPort(NamedTuple):
    """Something that listens in the host's own namespace: a host service, or a container with ``network_mode: host``."""

    address: HostAddress
    loopback_only: bool = False


class Egress(NamedTuple):
    """A machine outside: ``outside``, ``lan`` or ``segment``."""

    to: Place
    family: int = 4


class Name(NamedTuple):
    """A question to the embedded DNS server: a container's name, or any external one."""

    text: str
    box: Box | None = None
    """Whose name it is; None for an external name."""


Target: TypeAlias = ContainerPort | PublishedPort | HostPort | Egress | Name
