"""The networks of a design with its sidecars in them: whoever speaks mutual TLS no longer meets the other side itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import replace

from batten.design import Design, sidecar_obstacles
from batten.design.cover import least_networks
from batten.design.naming import named
from batten.design.sections.mtls import Link
from batten.design.sections.networks import KEEP, Networks, PlannedNetwork
from batten.design.sections.tiers import plain
from batten.design.segmentation import own_networks
from batten.design.sidecars import members, plain_name, private_network, shared_network, sidecars
from batten.inference.egress import egress_needs
from batten.model import Connection, Project, Tier

Planned = dict[str, PlannedNetwork]


def rerouted(project: Project, design: Design) -> Design:
    """The design with the networks that are to be there; the same one where no connection speaks mutual TLS.

    A service that is called leaves every network that it shares with a caller of its. What it needs there besides gets a network of its own, so does its
    way out, and published ports stay where they are: in plain text.

    Raises:
        DesignError: a connection cannot speak mutual TLS, or a name is taken.
    """
    links = design.mtls.links
    if not links:
        return design
    sidecar_obstacles.check(project, design)
    base = design.networks if design.networks.networks else own_networks(project)
    planned = _parted(base.networks, links)
    planned |= _rejoined(base.networks, planned, design)
    planned |= _outside(project, design, base.networks, planned)
    networks = Networks(base.strategy, {**_of_use(planned, base, design), **_own(design)})
    return replace(design, networks=networks)


def _parted(before: Mapping[str, PlannedNetwork], links: Iterable[Link]) -> Planned:
    planned = dict(before)
    for name, network in before.items():
        going = {link.target for link in links if {link.source, link.target} <= set(network.services)}
        planned[name] = replace(network, services=tuple(one for one in network.services if one not in going))
    return planned


def _rejoined(before: Mapping[str, PlannedNetwork], planned: Planned, design: Design) -> Planned:
    """Networks for needed connections without TLS whose two ends met before and no longer do."""
    links = {frozenset(link[:2]) for link in design.mtls.links}
    plain_pairs = {frozenset((one.source, one.target)) for one in design.connections} - links
    lost = {pair for pair in plain_pairs if len(pair) == 2 and _meet(before, pair) and not _meet(planned, pair)}
    tiers = plain(design.tiers)
    covered = {name: tiers.get(name, Tier.APP) for pair in lost for name in pair}
    found = named(least_networks(sorted(covered), lost), covered, design.connections)
    return {_free(name, planned): PlannedNetwork(tuple(sorted(who)), internal=True, why=_rest(who, design.connections)) for name, who in found.items()}


def _meet(planned: Mapping[str, PlannedNetwork], pair: Set[str]) -> bool:
    return any(pair <= set(network.services) for network in planned.values())


def _rest(who: Set[str], connections: Iterable[Connection]) -> str:
    pairs = [f"{one.source} needs {one.target}" for one in connections if {one.source, one.target} <= who]
    return f"{', '.join(pairs)}, without TLS"


def _outside(project: Project, design: Design, before: Mapping[str, PlannedNetwork], planned: Planned) -> Planned:
    """A way out for those who lost theirs and need one: their published ports hang on it too."""
    needing = {name for name, service in project.services.items() if service.ports} | set(egress_needs(project))
    lost = [name for name in members(design.mtls) if name in needing and _is_open(before, name) and not _is_open(planned, name)]
    why = "its published port or its way out; nobody else is on it"
    return {_free(f"{name}-outside", planned): PlannedNetwork((name,), why=why) for name in lost}


def _is_open(planned: Mapping[str, PlannedNetwork], name: str) -> bool:
    return any(name in network.services and not network.internal for network in planned.values())


def _of_use(planned: Planned, base: Networks, design: Design) -> Planned:
    """Without those that a service has left and on which nobody needs anybody any more; who would be on none without it keeps it."""
    pairs = {frozenset((one.source, one.target)) for one in design.connections}
    kept = dict(planned)
    for name, network in planned.items():
        leads_out = bool(network.services) and not network.internal
        meeting = any(len(pair) == 2 and pair <= set(network.services) for pair in pairs) or (base.strategy == KEEP and len(network.services) > 1)
        others = {service for key, one in kept.items() if key != name for service in one.services} | set(members(design.mtls))
        if network != base.networks.get(name) and not leads_out and not meeting and set(network.services) <= others:
            del kept[name]
    return kept


def _own(design: Design) -> Planned:
    """A private network for each service with its sidecars, and one on which the sidecars of a service and of its callers meet."""
    every = sidecars(design.mtls)
    made: Planned = {}
    for service in members(design.mtls):
        beside = tuple(one.name for one in every if one.app == service)
        called = any(one.inbound for one in every if one.app == service)
        why = f"{service} meets its own {'sidecar' if len(beside) == 1 else 'sidecars'} here and nobody else"
        named_plain = {service: (plain_name(service),)} if called else {}
        made[private_network(service)] = PlannedNetwork((service, *beside), internal=True, encrypted=True, why=why, aliases=named_plain)
    for target in dict.fromkeys(link.target for link in design.mtls.links):
        meeting = tuple(one.name for one in every if one.links[0].target == target)
        made[shared_network(target)] = PlannedNetwork(meeting, internal=True, why=f"the sidecars of {target} and of its callers speak TLS here")
    return made


def _free(name: str, taken: Mapping[str, object]) -> str:
    return name if name not in taken else next(f"{name}-{number}" for number in range(2, 1000) if f"{name}-{number}" not in taken)
