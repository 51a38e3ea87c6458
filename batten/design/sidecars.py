"""The sidecars of mutual TLS: what they are called, where they stand, and how needed connections run through them.

Each service that is called gets one sidecar, which takes TLS in and hands plain text on. Each connection gets one at the caller's side, which bears the
name of the service that is called. One for each connection and not one for each caller: two databases have the same port, and whoever breaks into one
sidecar finds no other connection in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from batten.design import Design
from batten.design.sections import sockets
from batten.design.sections.mtls import Link, MutualTls
from batten.inference.ports import names_of
from batten.model import Connection, Evidence, EvidenceKind, Project

FOLDER = "mtls"
"""Where everything of it lies in an export."""


class Sidecar(NamedTuple):
    """One proxy and what it is for."""

    name: str
    """Its service's name."""
    app: str
    """The service beside which it stands."""
    links: tuple[Link, ...]
    """The connections that run through it."""

    @property
    def inbound(self) -> bool:
        """Whether it stands before the service that is called."""
        return self.links[0].target == self.app

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports on which it listens, those of the service that is called."""
        return tuple(sorted({port for link in self.links for port in link.ports}))

    @property
    def shared(self) -> str:
        """The network on which it meets the sidecars of the other side."""
        return shared_network(self.links[0].target)


def inbound_name(target: str) -> str:
    """The sidecar before a service that is called."""
    return f"{target}-mtls"


def outbound_name(link: Link) -> str:
    """The sidecar of a connection at the caller's side."""
    return f"{link.source}-to-{link.target}-mtls"


def private_network(service: str) -> str:
    """The network on which a service meets its own sidecars and nobody else."""
    return f"{service}-private"


def shared_network(target: str) -> str:
    """The network on which the sidecars of a service and of its callers meet."""
    return f"{target}-mtls"


def plain_name(target: str) -> str:
    """The alias by which its sidecar finds a service; its own name leads to the sidecar."""
    return f"{target}-plain"


def sidecars(mtls: MutualTls) -> tuple[Sidecar, ...]:
    """Every sidecar, those before the services that are called first."""
    targets = dict.fromkeys(link.target for link in mtls.links)
    inbound = (Sidecar(inbound_name(target), target, tuple(link for link in mtls.links if link.target == target)) for target in targets)
    return (*inbound, *(Sidecar(outbound_name(link), link.source, (link,)) for link in mtls.links))


def members(mtls: MutualTls) -> tuple[str, ...]:
    """The services that have a sidecar, each once."""
    return tuple(dict.fromkeys(name for link in mtls.links for name in (link.target, link.source)))


def aliases(project: Project, sidecar: Sidecar) -> tuple[str, ...]:
    """The names that a caller's sidecar bears on the caller's private network: all by which the service was called until now."""
    target = sidecar.links[0].target
    return names_of(project.services[target]) if target in project.services else (target,)


def needed(project: Project, design: Design) -> tuple[Connection, ...]:
    """The needed connections as they run in ``project``: through the sidecars and to the socket proxies where those are there already."""
    hops = dict.fromkeys(hop for one in design.connections for hop in _hops(project, one, design.mtls))
    pairs = {(one.source, one.target) for one in hops}
    asking = (one for one in sockets.connections(design.sockets) if one.target in project.services and (one.source, one.target) not in pairs)
    return (*hops, *asking)


def _hops(project: Project, one: Connection, mtls: MutualTls) -> Iterable[Connection]:
    link = mtls.between(one.source, one.target)
    if link is None or not {outbound_name(link), inbound_name(link.target)} <= project.services.keys():
        return (one,)
    return tuple(_chain(one, link))


def _chain(one: Connection, link: Link) -> Iterator[Connection]:
    decided = (Evidence(EvidenceKind.DECLARED, None, f"mutual TLS between {link.source} and {link.target}"),)
    yield Connection(one.source, outbound_name(link), one.evidence)
    yield Connection(outbound_name(link), inbound_name(link.target), decided)
    yield Connection(inbound_name(link.target), one.target, decided)
