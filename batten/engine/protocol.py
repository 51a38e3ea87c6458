"""What we ask of an engine, as typed plain data. ``docker_sdk`` asks a real one; a test gives the answers itself.

Names of attributes are those of the Docker Engine API (``docker inspect`` shows the same), so that a finding can point to one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from batten.errors import EngineError
from batten.model import SecretText

if TYPE_CHECKING:
    from batten.engine.keeping import Keeper


class RefusedError(EngineError):
    """The engine has answered, and says no."""


class GoneError(RefusedError):
    """What was asked about is not there."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A container's or a service's place in a network."""

    network: str
    """Name of the network."""
    aliases: tuple[str, ...] = ()
    ipv4_address: str = ""
    """The address that was asked for; empty where the engine chose one."""
    ipv6_address: str = ""
    addresses: tuple[str, ...] = ()
    """The addresses it has now."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A port that was asked to be published."""

    target: int
    protocol: str
    published: str = ""
    """Empty where the engine chooses."""
    host_ip: str = ""
    mode: str = "ingress"


@dataclass(frozen=True, slots=True)
class Mounted:
    """Something from outside that is seen in a container."""

    kind: str
    """``bind``, ``volume``, ``tmpfs``, ``npipe`` or ``cluster``."""
    source: str
    """Path on the host, name of the volume, or empty."""
    target: str
    read_only: bool
    propagation: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """A secret or config of the swarm that a service is given."""

    name: str
    target: str
    config: bool = False


@dataclass(frozen=True, slots=True)
class ImageDefaults:
    """What an image says by itself, so that it is not taken for what somebody asked for."""

    environment: Mapping[str, SecretText | None] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    exposed: frozenset[str] = frozenset()
    volumes: frozenset[str] = frozenset()
    working_dir: str = ""
    stop_signal: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Condition:
    """How a container is doing. What it said may hold a secret's value, so nothing of it is in the ``repr``."""

    exit_code: int = 0
    """Of its last run; 0 while it runs for the first time."""
    oom_killed: bool = False
    """Whether the kernel ended a process of it for want of memory."""
    error: str = ""
    """Why the engine could not start it."""
    health: str = ""
    """``starting``, ``healthy`` or ``unhealthy``; empty without a healthcheck."""
    check: str = ""
    """What its last healthcheck printed."""
    restarts: int = 0
    """How often the engine has started it again by itself."""

    def __repr__(self) -> str:
        return f"Condition({self.health or 'no healthcheck'}, exit code {self.exit_code}, {self.restarts} restarts)"


@dataclass(frozen=True, slots=True, repr=False)
class Workload:
    """A container, or a service of a swarm."""

    kind: str
    """``container`` or ``service``."""
    id: str
    name: str
    image: str
    """The reference it was made from, without the digest that a swarm adds to a tag."""
    labels: Mapping[str, str]
    """Of a container its own; of a service those that its containers get."""
    environment: Mapping[str, SecretText | None]
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    networks: tuple[Membership, ...] = ()
    ports: tuple[Binding, ...] = ()
    mounts: tuple[Mounted, ...] = ()
    grants: tuple[Granted, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Everything else by the name of its attribute, e.g. ``HostConfig.Privileged``, as the engine gives it."""
    defaults: ImageDefaults = field(default_factory=ImageDefaults)
    state: str = ""
    """Of a container: ``running``, ``exited`` …; of a service how its last update went, ``updating``, ``completed``, ``paused`` …, or empty."""
    pid: int = 0
    """Of a container: its first process as the host numbers it; 0 where it does not run."""
    condition: Condition = field(default_factory=Condition)
    """Of a container."""
    replicas: int = 1
    service_labels: Mapping[str, str] = field(default_factory=dict)
    """Of a service: its own."""
    virtual: tuple[str, ...] = ()
    """Of a service: the addresses that stand for all its tasks, if it has any."""

    def __repr__(self) -> str:
        return f"Workload({self.kind} {self.name!r})"


@dataclass(frozen=True, slots=True)
class EngineNetwork:
    """A network of the engine."""

    id: str
    name: str
    driver: str
    options: Mapping[str, str] = field(default_factory=dict)
    internal: bool = False
    attachable: bool = False
    ipv6: bool = False
    subnets: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EngineVolume:
    """A volume of the engine."""

    name: str
    driver: str
    options: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a swarm."""

    name: str
    role: str
    """``manager`` or ``worker``."""
    engine: str
    """Version of its engine."""


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a service that is meant to run."""

    service: str
    """Id of the service."""
    node: str
    """Id of the node, empty where it has none yet."""
    state: str
    """``running``, ``pending``, ``failed`` …"""
    addresses: tuple[str, ...] = ()
    """Those on the networks of the swarm."""


@dataclass(frozen=True, slots=True)
class Swarm:
    """A swarm as one of its managers sees it."""

    services: tuple[Workload, ...] = ()
    nodes: tuple[Node, ...] = ()
    secrets: tuple[str, ...] = ()
    """Names; an engine never gives a secret's value away."""
    autolock: bool = False
    certificate_days: float = 90
    """How long a node's certificate lasts."""


@dataclass(frozen=True, slots=True)
class About:
    """The engine itself."""

    name: str
    """The host's name, as the engine gives it."""
    version: str
    api: str
    endpoint: str
    """How it was reached, e.g. ``unix:///var/run/docker.sock``."""
    role: str = ""
    """``manager`` or ``worker`` in a swarm, else empty."""
    info: Mapping[str, Any] = field(default_factory=dict)
    """What ``docker info`` says, as the engine gives it."""


class Engine(Protocol):
    """A running engine. Every call may raise EngineError."""

    @property
    def keeper(self) -> Keeper:
        """What puts probe containers there and takes them away."""

    def about(self) -> About:
        """The engine itself."""

    def containers(self) -> Sequence[Workload]:
        """Every container, whatever its state."""

    def log(self, container: str, lines: int, size: int) -> Sequence[str]:
        """The last lines that a container printed, oldest first.

        Args:
            container: its id.
            lines: how many at most.
            size: how many bytes are taken of these lines at most; the oldest of them come first, and a line that would be cut is left out.
        """

    def glance(self) -> Sequence[Workload]:
        """The containers that run, as a list shows them, which costs one question: names, labels, networks with addresses, and ports as they are
        published; nothing else."""

    def first_process(self, container: str) -> int:
        """The first process of a container as the engine's host numbers it; 0 where it does not run or is gone."""

    def networks(self) -> Sequence[EngineNetwork]:
        """Every network."""

    def volumes(self) -> Sequence[EngineVolume]:
        """Every volume."""

    def swarm(self) -> Swarm:
        """The whole swarm; only a manager can tell."""

    def occupants(self, network: str) -> Mapping[str, Sequence[str]]:
        """By id of each container on a network its addresses there; nothing where there is no such network."""

    def tasks(self) -> Sequence[Task]:
        """The tasks of the swarm's services that are meant to run; only a manager can tell."""


class Changing(Engine, Protocol):
    """An engine on which a project is brought up: the two things that Docker Compose leaves to us. Each may raise EngineError."""

    def disconnect(self, network: str, container: str) -> None:
        """Take a container off a network; it is no error where it is not on it any more."""

    def remove_network(self, network: str) -> None:
        """Remove a network that nobody is on; it is no error where it is gone."""
