"""Runs every rule over a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from batten.model import Connection, Project, Tier
from batten.review import catalogue
from batten.review.context import Context
from batten.review.finding import Finding, Ignore
from batten.review.suppression import find_suppressions, suppress


def review(
    project: Project,
    *,
    keeps: Sequence[Ignore] = (),
    tiers: Mapping[str, Tier] | None = None,
    connections: Sequence[Connection] | None = None,
) -> tuple[Finding, ...]:
    """Every finding in ``project``, the worst first, then by place; what the user keeps stays in the list with its reason.

    Args:
        project: what is reviewed.
        keeps: findings that the design keeps, each with a reason.
        tiers: tiers that were decided; the others are proposed.
        connections: needed connections where they are known already, else they are inferred.
    """
    comments = find_suppressions(project)
    context = Context(project, tiers=tiers, connections=connections, suppressions=comments, keeps=keeps)
    found = [finding for name in catalogue.names() for finding in catalogue.load(name).check(context)]
    return tuple(sorted(suppress(found, comments, keeps), key=lambda finding: finding.order))
