"""What stands on one engine: networks, network namespaces and published ports, of one project or of several that meet on external networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from batten.model import Network, Port, Project, Service

DEFAULT_BRIDGE = "bridge"
"""The engine's own network, docker0 on the host: where ``network_mode: bridge`` puts a container."""
GATEWAY_BRIDGE = "docker_gwbridge"
"""The bridge through which containers of overlay networks reach the host and the outside."""

_NO_KEYS: set[str] = set()
_OPTION = "com.docker.network.bridge."
_OFF = frozenset({"false", "0", "f", "False", "FALSE", "F"})


class Medium(StrEnum):
    """What a network is made of, as far as it matters to the roads."""

    BRIDGE = "bridge"
    OVERLAY = "overlay"
    SEGMENT = "segment"
    """macvlan and ipvlan: the containers are machines on the parent interface's own segment."""


class Net(NamedTuple):
    """A network of the engine."""

    name: str
    label: str
    """The name a reader knows: its key in the project."""
    medium: Medium
    internal: bool = False
    user_defined: bool = True
    """Whether its members find each other by name; not so on the engine's own bridges."""
    icc: bool = True
    masquerade: bool = True
    modes: tuple[str, str] = ("nat", "nat")
    """Gateway modes for IPv4 and IPv6, as written: an engine may not know them."""
    families: frozenset[int] = frozenset({4})
    binding: str = ""
    """Host address of ports that name none."""
    trusted: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    assumed: bool = False
    """Whether nothing is known of it but its name: an external network that no project here defines."""


class Published(NamedTuple):
    """One published port of a namespace."""

    port: int
    protocol: str
    host_port: str
    host_ip: str
    mesh: bool
    """Whether the swarm's routing mesh publishes it, on every address of every node."""
    binding: str
    """The host address it is bound to once the networks' own bindings are counted in; empty for every address."""

    @property
    def target(self) -> str:
        """The container's port as reports name it, e.g. ``5432/tcp``."""
        return f"{self.port}/{self.protocol}"


class Box(NamedTuple):
    """A network namespace and the services that live in it: a service's own, one that services join, or the host's."""

    id: str
    mode: str
    """``networks``, ``host`` or ``none``."""
    members: tuple[str, ...]
    nets: tuple[Net, ...] = ()
    published: tuple[Published, ...] = ()
    names: Mapping[str, frozenset[str]] | None = None
    """Network name → the DNS names that lead here on that network."""
    own_resolver: bool = False
    """Whether ``dns:`` names servers instead of those of the host."""

    def net(self, name: str) -> Net | None:
        """The network it is attached to under that name."""
        return next((net for net in self.nets if net.name == name), None)


class Landscape(NamedTuple):
    """Everything on one engine that probes can start from or arrive at."""

    nets: Mapping[str, Net]
    boxes: Mapping[tuple[str, str], Box]
    """``(project, service)`` → the namespace it lives in."""
    unknown: Mapping[tuple[str, str], str]
    """Services that join a container outside these projects → that container's name."""


def survey(projects: Sequence[Project], *, swarm: bool | None = None) -> Landscape:
    """The landscape of ``projects`` on one engine.

    ``swarm`` says that they are stacks; where it is None, a project that defines an overlay network of its own is taken for one.
    """
    stacks = [_is_stack(project) if swarm is None else swarm for project in projects]
    nets = _nets(list(zip(projects, stacks, strict=True)))
    boxes: dict[tuple[str, str], Box] = {}
    unknown: dict[tuple[str, str], str] = {}
    for project, stack in zip(projects, stacks, strict=True):
        builder = _Builder(project, nets, stack)
        boxes.update({(project.name, name): box for name, box in builder.boxes().items()})
        unknown.update({(project.name, name): container for name, container in builder.unknown.items()})
    return Landscape(nets, _with_one_host(boxes), unknown)


def _is_stack(project: Project) -> bool:
    return any(network.driver == "overlay" and not network.external for network in project.networks.values())


def _nets(projects: Sequence[tuple[Project, bool]]) -> dict[str, Net]:
    """Every network by its name on the engine; a definition is worth more than an external mention."""
    found = {
        DEFAULT_BRIDGE: Net(DEFAULT_BRIDGE, DEFAULT_BRIDGE, Medium.BRIDGE, user_defined=False),
        GATEWAY_BRIDGE: Net(GATEWAY_BRIDGE, GATEWAY_BRIDGE, Medium.BRIDGE, user_defined=False, icc=False),
    }
    for project, stack in projects:
        for network in project.networks.values():
            if network.name not in found or (found[network.name].assumed and not network.external):
                found[network.name] = _net(network, stack)
    return found


def _net(network: Network, stack: bool) -> Net:
    options = network.driver_opts
    return Net(
        network.name,
        network.key,
        _medium(network.driver or ("overlay" if stack and not network.external else "bridge")),
        network.internal,
        icc=options.get(_OPTION + "enable_icc", "true") not in _OFF,
        masquerade=options.get(_OPTION + "enable_ip_masquerade", "true") not in _OFF,
        modes=(options.get(_OPTION + "gateway_mode_ipv4", "nat"), options.get(_OPTION + "gateway_mode_ipv6", "nat")),
        families=frozenset(family for family, on in ((4, network.enable_ipv4), (6, network.enable_ipv6)) if on),
        binding=options.get(_OPTION + "host_binding_ipv4", ""),
        trusted=tuple(name for name in options.get(_OPTION + "trusted_host_interfaces", "").split(":") if name),
        subnets=network.subnets,
        assumed=network.external,
    )


def _medium(driver: str) -> Medium:
    if driver in ("macvlan", "ipvlan"):
        return Medium.SEGMENT
    return Medium.OVERLAY if driver == "overlay" else Medium.BRIDGE


def _with_one_host(boxes: Mapping[tuple[str, str], Box]) -> dict[tuple[str, str], Box]:
    """The same boxes, with one for all services that use the host's namespace."""
    on_host = [box for box in boxes.values() if box.mode == "host"]
    host = Box("host", "host", tuple(dict.fromkeys(member for box in on_host for member in box.members)))
    return {key: host if box.mode == "host" else box for key, box in boxes.items()}


class _Builder:
    """Puts the services of one project into their namespaces."""

    def __init__(self, project: Project, nets: Mapping[str, Net], stack: bool) -> None:
        self.project, self.nets, self.stack = project, nets, stack
        self.attachable = all(network.attachable for network in project.networks.values() if network.driver == "overlay")
        self.unknown: dict[str, str] = {}
        self.keys: dict[str, set[str]] = {}
        """Name of a network on the engine → its keys in the project."""
        for key, network in project.networks.items():
            self.keys.setdefault(network.name, set()).add(key)

    def boxes(self) -> dict[str, Box]:
        """Service → box, one box for all services that share a namespace."""
        owners = {name: self._owner(service) for name, service in self.project.services.items()}
        shared: dict[str, list[str]] = {}
        for name, owner in owners.items():
            shared.setdefault(owner, []).append(name)
        made = {owner: self._box(owner, tuple(members)) for owner, members in shared.items()}
        return {name: made[owner] for name, owner in owners.items()}

    def _owner(self, service: Service) -> str:
        """The service whose namespace it lives in, or ``container:NAME`` for one outside the project."""
        seen = {service.name}
        while True:
            kind, _, name = service.network_mode.partition(":")
            if kind not in ("service", "container"):
                return service.name
            owner = self.project.services.get(name) if kind == "service" else self._by_container_name(name)
            if owner is None or owner.name in seen:
                return f"{kind}:{name}"
            seen.add(owner.name)
            service = owner

    def _by_container_name(self, name: str) -> Service | None:
        for service in self.project.services.values():
            if name in (service.container_name, f"{self.project.name}-{service.name}-1", f"{self.project.name}_{service.name}_1"):
                return service
        return None

    def _box(self, owner: str, members: tuple[str, ...]) -> Box:
        service = self.project.services.get(owner)
        identity = f"{self.project.name}/{owner}"
        if service is None:
            return self._outside_box(identity, owner, members)
        mode = self._mode(service)
        if mode != "networks":
            return Box(identity, mode, members)
        nets = self._with_gateway(tuple(self._memberships(service)), service)
        names = {net.name: self._names(service, net) for net in nets}
        return Box(identity, mode, members, nets, tuple(self._published(service, nets)), names, bool(service.dns))

    def _mode(self, service: Service) -> str:
        """``host``, ``none`` or ``networks``; a stack says the first two with an external network of that name."""
        for mode in ("host", "none"):
            if service.network_mode == mode or not self.keys.get(mode, _NO_KEYS).isdisjoint(service.networks):
                return mode
        return "networks"

    def _outside_box(self, identity: str, owner: str, members: tuple[str, ...]) -> Box:
        """A namespace nothing is known of: taken for one on a network of its own that is not internal."""
        container = owner.partition(":")[2]
        self.unknown.update(dict.fromkeys(members, container))
        net = Net(f"namespace of {container}", f"namespace of {container}", Medium.BRIDGE, user_defined=False, assumed=True)
        return Box(identity, "networks", members, (net,))

    def _memberships(self, service: Service) -> Iterator[Net]:
        if service.network_mode == "bridge":
            yield self.nets[DEFAULT_BRIDGE]
        for key in service.networks:
            network = self.project.networks.get(key)
            if network is not None:
                yield self.nets[network.name]

    def _with_gateway(self, nets: tuple[Net, ...], service: Service) -> tuple[Net, ...]:
        """Adds the gateway bridge where only overlay networks, or the routing mesh, give a way out."""
        if any(net.medium is Medium.BRIDGE and not net.internal for net in nets):
            return nets
        overlays = [net for net in nets if net.medium is Medium.OVERLAY]
        meshed = bool(overlays) and any(self._in_mesh(port) for port in service.ports)
        out = meshed or any(not net.internal for net in overlays)
        return (*nets, self.nets[GATEWAY_BRIDGE]) if out else nets

    def _in_mesh(self, port: Port) -> bool:
        """Whether the routing mesh publishes it; attachable overlays alone do not prove a stack, and an address then speaks against one."""
        return self.stack and port.mode != "host" and not (port.host_ip and self.attachable)

    def _names(self, service: Service, net: Net) -> frozenset[str]:
        if not net.user_defined:
            return frozenset()
        here = self.keys.get(net.name, _NO_KEYS)
        aliases = [alias for key, at in service.networks.items() if at.aliases and key in here for alias in at.aliases]
        return frozenset(filter(None, (service.name, service.container_name, *aliases)))

    def _published(self, service: Service, nets: tuple[Net, ...]) -> Iterator[Published]:
        """Its published ports; a swarm's routing mesh binds to no single address, whatever the file says."""
        for port in service.ports:
            mesh = self._in_mesh(port)
            address = "" if mesh else port.host_ip.strip("[]")
            yield Published(port.target, port.protocol, port.published, address, mesh, address or ("" if mesh else _network_binding(nets)))


def _network_binding(nets: tuple[Net, ...]) -> str:
    """The binding that the networks give a port without one: the widest where the service is on several that a port can land on."""
    landing = {net.binding for net in nets if net.medium is Medium.BRIDGE and not net.internal}
    return landing.pop() if len(landing) == 1 else ""
