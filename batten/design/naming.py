"""Names for networks that come as mere sets of services: the kind of network, then the services that it is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set

from batten.model import Connection, Tier


def named(networks: Iterable[frozenset[str]], tiers: Mapping[str, Tier], connections: Sequence[Connection]) -> dict[str, frozenset[str]]:
    """A network name for each set of services, and a network of its own for every service of ``tiers`` that is in none.

    A network of two is named after both, the one that asks before the one that answers (``data-api-db``); a larger one after its hub, the service that
    most of the others need (``data-db``). A name depends on nothing but its own network, so that one more connection elsewhere renames nothing; only where
    two networks would have the same name, the later ones are numbered.
    """
    found: dict[str, frozenset[str]] = {}
    needs: dict[str, set[str]] = {}
    for one in connections:
        needs.setdefault(one.source, set()).add(one.target)
    for members in sorted(networks, key=sorted):
        found[_free(f"{kind_of({tiers[name] for name in members})}-{_about(members, needs)}", found)] = members
    for name in sorted(set(tiers).difference(*found.values())):
        found[_free(f"{key_of(name)}-only", found)] = frozenset({name})
    return found


def kind_of(tiers: Set[Tier]) -> str:
    """The first word of a network's name: what brings its members together."""
    if Tier.OPS in tiers or Tier.JOB in tiers:
        return "ops" if Tier.OPS in tiers else "job"
    if Tier.DATA in tiers:
        return "edge-data" if tiers == {Tier.EDGE, Tier.DATA} else "data"
    return "edge" if Tier.EDGE in tiers else "app"


def key_of(service: str) -> str:
    """A service's name as a part of a network's key: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", service.lower()).strip("-") or "service"


def _about(members: frozenset[str], needs: Mapping[str, Set[str]]) -> str:
    inside = {source: needs.get(source, set()) & members for source in members}
    asked = Counter(target for targets in inside.values() for target in targets)
    asking = Counter({source: len(targets) for source, targets in inside.items()})
    order = sorted(members, key=lambda name: (-asked[name], -asking[name], name))
    return "-".join(key_of(name) for name in (order[::-1] if len(order) == 2 else order[:1]))


def _free(name: str, taken: Mapping[str, frozenset[str]]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free
