"""Tiers: which of the five each service belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from batten.design.sections.reading import mapping, texts, wrong
from batten.inference.tiers import propose_tiers
from batten.model import Project, Tier, Value


class Placement(NamedTuple):
    """A service's tier and why it is in it."""

    tier: Tier
    reason: str


def propose(project: Project) -> Mapping[str, Placement]:
    """A tier for every service."""
    return {name: Placement(found.tier, found.reason) for name, found in propose_tiers(project).items()}


def plain(tiers: Mapping[str, Placement]) -> Mapping[str, Tier]:
    """Service → tier, without reasons."""
    return {name: placement.tier for name, placement in tiers.items()}


def dump(tiers: Mapping[str, Placement]) -> dict[str, list[str]]:
    """Tier → services."""
    return {str(tier): members for tier in Tier if (members := [name for name, placement in tiers.items() if placement.tier == tier])}


def load(value: Value) -> Mapping[str, Placement]:
    """Read back what ``dump`` wrote; raises DesignError for a tier that is none or a service in two."""
    found: dict[str, Placement] = {}
    for name, members in mapping(value, "tiers").items():
        if name not in set(Tier):
            raise wrong(members, f"'{name}' is not a tier; tiers are {', '.join(Tier)}.")
        for service in texts(members, f"tiers.{name}"):
            if service in found:
                raise wrong(members, f"the service '{service}' is in two tiers.")
            found[service] = Placement(Tier(name), "decided in the design")
    return found
