"""The design that batten proposes for a project: each section's own proposal, in the order in which they build on each other."""

from __future__ import annotations

from collections.abc import Sequence

from batten.design import Design, confining, segmentation
from batten.design.sections import connections, keeps, published, secrets, sockets, target, tiers
from batten.design.sections.published import Publication
from batten.design.sections.secrets import SecretDecision
from batten.design.sections.sockets import SocketUse
from batten.inference.credentials import Credential, find_credentials
from batten.inference.egress import egress_needs
from batten.model import Location, Project
from batten.reach.rules.published import is_loopback
from batten.review.runner import review
from batten.review.sockets import socket_mounts


def propose(project: Project) -> Design:
    """A design that keeps every needed connection and closes what nothing speaks for."""
    aim = target.propose(project)
    placed = tiers.propose(project)
    plain = tiers.plain(placed)
    needed = connections.propose(project)
    ports = published.propose(project, plain, aim)
    credentials = find_credentials(project)
    moved = secrets.propose(project, credentials)
    asked = sockets.propose(project, aim)
    found = review(project, tiers=plain, connections=needed)
    return Design(
        tiers=placed,
        connections=needed,
        networks=segmentation.propose(project, plain, needed, ports, egress_needs(project)),
        secrets=moved,
        published=ports,
        privileges=confining.propose(project, aim),
        sockets=asked,
        keeps=keeps.propose(found, moved, ports, _mended(project, credentials, moved, ports, asked), asked),
        target=aim,
    )


def _mended(
    project: Project, credentials: Sequence[Credential], moved: Sequence[SecretDecision], ports: Sequence[Publication], asked: Sequence[SocketUse]
) -> frozenset[Location]:
    """Places whose finding goes away: credentials that move to a file, ports that are bound to the loopback address, sockets that a proxy gets."""
    files = {(one.service, one.variable) for one in moved if one.how in secrets.MOVED}
    places: list[Location] = [one.origin.primary for one in credentials if (one.service, one.variable) in files]
    closed = {(one.service, one.target, one.protocol, one.published) for one in ports if is_loopback(one.address)}
    for name, service in project.services.items():
        for port in service.ports:
            if (name, port.target, port.protocol, port.published) in closed:
                places.append(project.origin((*service.path, "ports", port.index)).primary)
    for use in asked:
        if use.how == sockets.PROXY and use.service in project.services:
            places += [project.origin(mount.path).primary for mount in socket_mounts(project, project.services[use.service])]
    return frozenset(places)
