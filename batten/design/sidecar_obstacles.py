"""Why a connection cannot speak mutual TLS through sidecars: everything that would break, or that would lead past them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from batten.design import Design
from batten.design.sections.mtls import Link
from batten.design.sidecars import Sidecar, inbound_name, members, outbound_name, private_network, shared_network, sidecars
from batten.errors import DesignError
from batten.inference.latest import kept_for_latest
from batten.inference.ports import called, own_ports
from batten.knowledge.images import image_facts
from batten.model import Connection, Project, Service

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_WORDS = ("all", "due")
"""What stands for several services where certificates are made."""
MOST_PORTS = 32
"""Each is a server of its own in the sidecar's configuration; more are a range, such as passive FTP or RTP has, and no service behind a name."""
LONGEST = 63
"""Characters in a label of a DNS name (RFC 1035); the names of swarm services have the same limit."""


def check(project: Project, design: Design) -> None:
    """Raise DesignError for the first connection of the design that cannot be had, with the reason."""
    for link in design.mtls.links:
        reason = obstacle(project, link.source, link.target, link.ports) or _backwards(design, link)
        if reason:
            raise _refused(link, reason)
    for reason in _taken(project, sidecars(design.mtls)):
        raise DesignError(f"mutual TLS cannot be written: {reason}.", hint="Rename what is in the way.")
    for service in members(design.mtls):
        for network in (private_network(service), shared_network(service)):
            if network in design.networks.networks:
                raise DesignError(f"mutual TLS cannot be written: the design has a network '{network}' of its own.", hint="Rename it.")


def _refused(link: Link, reason: str) -> DesignError:
    return DesignError(
        f"{link.source} → {link.target} cannot speak mutual TLS: {reason}.", hint="Take it out of 'mtls' in the design, or change what stands in its way."
    )


def link_of(project: Project, one: Connection) -> Link | str:
    """The link that a connection would be, with every port that is known; or why it cannot be one."""
    if one.target not in project.services or one.source not in project.services:
        return "it leads out of the project"
    reason = obstacle(project, one.source, one.target, None)
    return reason or Link(one.source, one.target, called(project, one.source, one.target).tcp)


def obstacle(project: Project, source: str, target: str, ports: tuple[int, ...] | None) -> str:
    """Why a connection cannot speak mutual TLS, without a full stop; empty where it can. ``ports`` are the chosen ones, None for all that are known."""
    missing = next((name for name in (source, target) if name not in project.services), None)
    if missing is not None:
        return f"there is no service {missing}"
    if source == target:
        return "it is one service"
    caller, callee = project.services[source], project.services[target]
    return next(filter(None, (test(project, caller, callee) for test in _TESTS)), "") or _ports(project, caller, callee, ports)


@kept_for_latest
def _guests(project: Project) -> dict[str, str]:
    """Service → the first one that lives in its network namespace."""
    found: dict[str, str] = {}
    for service in project.services.values():
        kind, _, owner = service.network_mode.partition(":")
        if kind == "service":
            found.setdefault(owner, service.name)
    return found


@kept_for_latest
def _alike(project: Project) -> dict[str, list[str]]:
    """Services by their names in small letters."""
    found: dict[str, list[str]] = {}
    for name in project.services:
        found.setdefault(name.lower(), []).append(name)
    return found


def _namespaces(project: Project, caller: Service, callee: Service) -> str:
    for service in (caller, callee):
        if service.network_mode:
            return f"{service.name} has 'network_mode: {service.network_mode}', so no network can lie between it and a sidecar"
        guest = _guests(project).get(service.name)
        if guest is not None:
            return f"{guest} lives in the network namespace of {service.name} and would speak with its certificate"
    return ""


def _names(project: Project, caller: Service, callee: Service) -> str:
    for name in (inbound_name(callee.name), outbound_name(Link(caller.name, callee.name, ()))):
        if len(name) > LONGEST:
            return f"the sidecar's name '{name}' would be longer than {LONGEST} characters"
    for service in (caller, callee):
        twin = next((name for name in _alike(project)[service.name.lower()] if name != service.name), None)
        if twin is not None:
            return f"{service.name} and {twin} differ in capital letters alone, which DNS does not tell apart"
    odd = next((name for name in (caller.name, callee.name) if not _NAME.match(name) or name in _WORDS), None)
    return f"'{odd}' cannot be the name in a certificate" if odd is not None else ""


def _ways_past(project: Project, caller: Service, callee: Service) -> str:
    """What leads to the service itself and not to a name: links, fixed addresses, external networks, discovery by labels."""
    if any(name == callee.name for name, _ in caller.links):
        return f"{caller.name} has a link to {callee.name}, which leads to the container itself"
    for key, member in callee.networks.items():
        network = project.networks[key]
        if member.ipv4_address or member.ipv6_address:
            return f"{callee.name} has a fixed address on the network {key}, which its callers may use"
        if key in caller.networks and (network.external or network.driver not in ("", "bridge", "overlay")):
            return f"both are on the network {key}, which {'is external' if network.external else f'has the driver {network.driver}'}"
    facts = image_facts(caller.image) if caller.image else None
    if facts is not None and any(_discovered(callee, way) for way in facts.discovers):
        return f"{caller.name} finds {callee.name} by its labels or variables and calls its address"
    return ""


def _discovered(callee: Service, way: str) -> bool:
    kind, _, what = way.partition(":")
    found = (*callee.labels, *callee.deploy_labels) if kind == "label" else tuple(callee.environment)
    return any(one.startswith(what) for one in found)


_TESTS: tuple[Callable[[Project, Service, Service], str], ...] = (_namespaces, _names, _ways_past)


def _ports(project: Project, caller: Service, callee: Service, chosen: tuple[int, ...] | None) -> str:
    known, own = called(project, caller.name, callee.name), own_ports(callee)
    datagrams = [port for port in own.udp if chosen is None or (port in chosen and port not in own.tcp)]
    if datagrams:
        return f"{callee.name} listens on {datagrams[0]}/udp, and TLS carries no datagrams"
    wanted = known.tcp if chosen is None else chosen
    if not wanted:
        return f"nothing says on which port {callee.name} listens"
    if len(wanted) > MOST_PORTS:
        return f"{callee.name} listens on {len(wanted)} ports, and a sidecar is made for {MOST_PORTS} at most"
    return ""


def _backwards(design: Design, link: Link) -> str:
    """A connection the other way needs the two to meet, unless it speaks mutual TLS too."""
    other = any((one.source, one.target) == (link.target, link.source) for one in design.connections)
    both = design.mtls.between(link.target, link.source) is not None
    return f"{link.target} needs {link.source} too, and without TLS the two have to meet: choose both ways" if other and not both else ""


def _taken(project: Project, every: tuple[Sidecar, ...]) -> Iterator[str]:
    """Names that the project uses for something else."""
    names = [one.name for one in every]
    for one in every:
        service = project.services.get(one.name)
        if names.count(one.name) > 1:
            yield f"two sidecars would be called '{one.name}'"
        if service is not None and not any(use.source == config_name(one) for use in service.configs):
            yield f"there is a service '{one.name}' already"
        for network in (one.shared, private_network(one.app)):
            if network in project.networks and not any(network in project.services[name].networks for name in names if name in project.services):
                yield f"there is a network '{network}' already"


def config_name(sidecar: Sidecar) -> str:
    """The key of the config that holds a sidecar's configuration; by it a sidecar of ours is known."""
    return f"mtls_{sidecar.name}"
