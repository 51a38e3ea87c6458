"""Runs every rule over a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from batten.model import Connection, Project, Tier
from batten.review import catalogue
from batten.review.context import Context
from batten.review.finding import Finding, Ignore
from batten.review.suppression import find_suppressions, suppress

LAST = "stale-suppression"
"""The rule that looks at what all others have found."""


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
    for name in catalogue.names():
        if name != LAST:
            context.found += catalogue.load(name).check(context)
    context.found += catalogue.load(LAST).check(context)
    return tuple(sorted(suppress(context.found, comments, keeps), key=lambda finding: finding.order))
