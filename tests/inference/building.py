"""What the tests of inference share."""

from __future__ import annotations

from collections.abc import Mapping

from batten.inference.evidence import needed_connections
from batten.model import Evidence, Project, Zone


def reasons(project: Project) -> Mapping[tuple[str, str], tuple[Evidence, ...]]:
    """The evidence for every pair of services."""
    return {(one.source, one.target): one.evidence for one in needed_connections(project) if one.target != Zone.INTERNET}


def kinds(project: Project) -> dict[tuple[str, str], str]:
    """The strongest kind of evidence for every pair of services."""
    return {pair: evidence[0].kind.value for pair, evidence in reasons(project).items()}
