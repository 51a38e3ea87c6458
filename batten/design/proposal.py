"""The design that batten proposes for a project: each section's own proposal, in the order in which they build on each other."""

from __future__ import annotations

from batten.design import Design, segmentation
from batten.design.sections import connections, keeps, privileges, published, secrets, target, tiers
from batten.inference.credentials import find_credentials
from batten.inference.egress import egress_needs
from batten.model import Project
from batten.review.runner import review


def propose(project: Project) -> Design:
    """A design that keeps every needed connection and closes what nothing speaks for."""
    aim = target.propose(project)
    placed = tiers.propose(project)
    plain = tiers.plain(placed)
    needed = connections.propose(project)
    ports = published.propose(project, plain, aim)
    moved = secrets.propose(project, find_credentials(project))
    return Design(
        tiers=placed,
        connections=needed,
        networks=segmentation.propose(project, plain, needed, ports, egress_needs(project)),
        secrets=moved,
        published=ports,
        privileges=privileges.propose(project, aim),
        keeps=keeps.propose(review(project, tiers=plain, connections=needed), moved),
        target=aim,
    )
