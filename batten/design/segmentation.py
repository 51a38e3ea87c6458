"""Cutting a flat project apart: a network between each pair of tiers that talk, or the fewest on which nobody meets whom it does not need; and no way
out where none is needed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from itertools import combinations

from batten.design import wording
from batten.design.cover import least_networks
from batten.design.naming import named as named_networks
from batten.design.room import ROOM, fitted
from batten.design.sections.networks import FITTED, KEEP, LEAST, TIERS, Networks, PlannedNetwork
from batten.design.sections.published import Publication
from batten.inference.scene import home
from batten.model import Connection, Project, Service, Tier

_INWARD = (Tier.DATA, Tier.JOB, Tier.APP, Tier.OPS, Tier.EDGE)
"""The tiers in the order in which their networks are closed first."""
_NAMES: Mapping[frozenset[Tier], str] = {
    frozenset({Tier.EDGE}): "edge", frozenset({Tier.EDGE, Tier.APP}): "edge", frozenset({Tier.APP}): "app",
    frozenset({Tier.APP, Tier.DATA}): "data", frozenset({Tier.DATA}): "data", frozenset({Tier.EDGE, Tier.DATA}): "edge-data",
}  # fmt: skip

_OUTSIDE = "-outside"
"""What the name of a network ends with that is one service's way out."""

Pair = tuple[str, str]


def propose(
    project: Project,
    tiers: Mapping[str, Tier],
    connections: Sequence[Connection],
    published: Sequence[Publication],
    egress: Iterable[str],
    strategy: str | None = None,
) -> Networks:
    """Networks for a flat project; a project that has its own networks keeps them, and what needs no way out loses it.

    Args:
        project: the project as it is.
        tiers: the tier of each service.
        connections: who needs whom; every one of them stays possible.
        published: the published ports, whose services need a network that is not internal.
        egress: services that need a way out.
        strategy: how a flat project is cut, ``tiers``, ``least`` or ``fitted``; where None, ``least``, fitted where there is
            no room for that many networks.
    """
    outside = {home(project, name) for name in ({one.service for one in published} | set(egress)) & project.services.keys()}
    connections = _at_home(project, connections)
    if strategy in (None, FITTED):
        fewest = propose(project, tiers, connections, published, outside, LEAST)
        return fewest if len(fewest.networks) <= ROOM or fewest.strategy != LEAST else fitted(fewest, tiers, connections, taken=_external(project))
    if not is_flat(project):
        return _tighten(own_networks(project), outside, project)
    movable = {name for name, service in project.services.items() if service.networks}
    pairs = sorted({(one.source, one.target) for one in connections if one.source in movable and one.target in movable and one.source != one.target})
    groups = _least(movable, pairs, tiers, connections) if strategy == LEAST else _by_tiers(movable, pairs, tiers)
    if list(map(set, groups.values())) == [movable]:
        return _tighten(own_networks(project), outside, project)
    taken = _external(project)
    named = {_free(name, taken): members for name, members in groups.items()}
    asking: dict[str, list[Connection]] = defaultdict(list)
    for one in connections:
        asking[one.source].append(one)
    networks = {
        name: PlannedNetwork(tuple(sorted(members)), why=wording.why(members, tiers, [one for name in sorted(members) for one in asking[name]]))
        for name, members in named.items()
    }
    return close(Networks(LEAST if strategy == LEAST else TIERS, networks), outside, project)


def excess(networks: Networks, connections: Iterable[Connection]) -> int:
    """How many paths a design opens that nobody needs: ordered pairs that meet on a network, where neither needs the other."""
    needed = {frozenset((one.source, one.target)) for one in connections}
    meeting = {frozenset(pair) for network in networks.networks.values() for pair in combinations(network.services, 2)}
    return 2 * len(meeting - needed)


def _external(project: Project) -> set[str]:
    return {key for key, network in project.networks.items() if network.external}


def _at_home(project: Project, connections: Sequence[Connection]) -> list[Connection]:
    """The connections between those whose namespaces meet: a service that lives in another's is where that one is."""
    homes = {name: home(project, name) for name in project.services}
    return [one._replace(source=homes.get(one.source, one.source), target=homes.get(one.target, one.target)) for one in connections]


def is_flat(project: Project) -> bool:
    """Whether two or more services share one and the same network that the project owns, without fixed addresses."""
    attached = [service for service in project.services.values() if service.networks]
    if len(attached) < 2:
        return False
    first = set(attached[0].networks)
    if len(first) != 1 or any(set(service.networks) != first for service in attached):
        return False
    network = project.networks[next(iter(first))]
    fixed = any(member.ipv4_address or member.ipv6_address for service in attached for member in service.networks.values())
    special = network.subnets or network.driver_opts or network.internal or network.enable_ipv6 or not network.enable_ipv4
    return not network.external and not fixed and not special and network.driver in ("", "bridge", "overlay")


def own_networks(project: Project) -> Networks:
    """The project's networks as they are."""
    members: dict[str, list[str]] = defaultdict(list)
    for name, service in project.services.items():
        for network in service.networks:
            members[network].append(name)
    return Networks(KEEP, {key: PlannedNetwork(tuple(names), project.networks[key].internal, why="it is there already") for key, names in members.items()})


def _by_tiers(movable: Set[str], pairs: Sequence[Pair], tiers: Mapping[str, Tier]) -> dict[str, set[str]]:
    """A network for each pair of tiers that talk, and for each service that needs nobody."""
    groups = _groups(pairs, tiers, split=True)
    if len(groups) > ROOM:
        groups = _groups(pairs, tiers, split=False)
    return {**groups, **_alone(movable, pairs, tiers, len(groups))}


def _least(movable: Set[str], pairs: Sequence[Pair], tiers: Mapping[str, Tier], connections: Sequence[Connection]) -> dict[str, set[str]]:
    """The fewest networks on which nobody meets whom it does not need, however many that are."""
    networks = least_networks(sorted(movable), {frozenset(pair) for pair in pairs})
    found = named_networks(networks, {name: tiers[name] for name in movable}, connections)
    return {name: set(members) for name, members in found.items()}


def _groups(pairs: Sequence[Pair], tiers: Mapping[str, Tier], *, split: bool) -> dict[str, set[str]]:
    """Network name → members, such that every pair shares a network."""
    by_name: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_name[_name_of({tiers[pair[0]], tiers[pair[1]]})].append(pair)
    found: dict[str, set[str]] = {}
    for name in sorted(by_name, key=_rank):
        parts = _components(by_name[name]) if split else [{member for pair in by_name[name] for member in pair}]
        for members in parts:
            key = name if len(parts) == 1 else f"{name}-{_hub(members, by_name[name])}"
            found[key] = members
    return _without_redundant(found, pairs)


def _name_of(tiers: Set[Tier]) -> str:
    for apart in (Tier.OPS, Tier.JOB):
        if apart in tiers:
            return "-".join([apart, *sorted(tiers - {apart})])
    return _NAMES[frozenset(tiers)]


def _rank(name: str) -> tuple[int, str]:
    order = ["edge", "app", "data", "edge-data", "job", "ops"]
    return order.index(name if name in order else name.partition("-")[0]), name


def _components(pairs: Sequence[Pair]) -> list[set[str]]:
    parts: list[set[str]] = []
    for pair in pairs:
        touched = [part for part in parts if part & set(pair)]
        parts = [part for part in parts if part not in touched]
        parts.append(set(pair).union(*touched))
    return sorted(parts, key=min)


def _hub(members: Set[str], pairs: Sequence[Pair]) -> str:
    """The member with the most connections, which names the network."""
    counts = Counter(name for pair in pairs for name in pair if name in members)
    best = min(members, key=lambda name: (-counts[name], name))
    return best.lower().replace(".", "-").replace("_", "-")


def _without_redundant(groups: dict[str, set[str]], pairs: Sequence[Pair]) -> dict[str, set[str]]:
    """Drop a network all of whose needed pairs meet in others."""
    joined: dict[str, set[str]] = defaultdict(set)
    for name, members in groups.items():
        for member in members:
            joined[member].add(name)
    meeting: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        for name in joined[pair[0]] & joined[pair[1]]:
            meeting[name].append(pair)
    kept = dict(groups)
    for name in sorted(groups, key=lambda key: len(groups[key])):
        if all((joined[pair[0]] & joined[pair[1]]) - {name} for pair in meeting[name]):
            for member in kept.pop(name):
                joined[member].discard(name)
    return kept


def _alone(movable: Set[str], pairs: Sequence[Pair], tiers: Mapping[str, Tier], count: int) -> dict[str, set[str]]:
    """A network of its own for each service that needs no other one, while there is room for them."""
    lonely = sorted(movable - {name for pair in pairs for name in pair})
    if count + len(lonely) > ROOM:
        return {"alone": set(lonely)} if lonely else {}
    return {f"{name.lower().replace('.', '-')}-only": {name} for name in lonely}


def _free(name: str, taken: Set[str]) -> str:
    return name if name not in taken else next(f"{name}-{number}" for number in range(2, 1000) if f"{name}-{number}" not in taken)


def close(networks: Networks, outside: Set[str], project: Project) -> Networks:
    """Make networks internal from the data tier outwards, and give those who still need a way out one of their own."""
    planned = dict(networks.networks)
    ways = Counter(member for network in planned.values() if not network.internal for member in network.services)
    """Service → how many networks lead it out."""
    for name in sorted(planned, key=lambda key: _inwardness(key)):
        members, leads_out = planned[name].services, not planned[name].internal
        stuck = [member for member in members if member in outside and ways[member] == leads_out]
        if stuck and not _closes_first(name):
            continue
        if stuck and len(members) == 1:
            continue
        planned[name] = replace(planned[name], internal=True)
        ways.subtract(members if leads_out else ())
        ways.update(stuck)
        for member in stuck:
            planned[_free(f"{member.lower().replace('.', '-')}{_OUTSIDE}", planned.keys() | _external(project))] = PlannedNetwork(
                (member,), why=_outside_reason(project.services[member])
            )
    return Networks(networks.strategy, planned if networks.strategy == LEAST else _within_room(planned))


def _closes_first(name: str) -> bool:
    """Whether a network holds data or jobs: it loses its way out, and who needs one gets it on another network."""
    return any(name == kind or name.startswith(f"{kind}-") for kind in ("data", "job", "edge-data"))


def _within_room(planned: Mapping[str, PlannedNetwork]) -> dict[str, PlannedNetwork]:
    """The networks, with one way out for all where a way out of each service's own would take more networks than there is room for."""
    ways = {name: network for name, network in planned.items() if name.endswith(_OUTSIDE)}
    if len(planned) <= ROOM or len(ways) < 2:
        return dict(planned)
    kept = {name: network for name, network in planned.items() if name not in ways}
    members = tuple(sorted(member for network in ways.values() for member in network.services))
    why = "ways out of these services and their published ports, together because Docker has room for about 30 networks"
    return {**kept, _free("outside", set(kept)): PlannedNetwork(members, why=why)}


def _inwardness(name: str) -> tuple[int, str]:
    order = ["data", "job", "app", "edge-data", "ops", "edge"]
    return next((index for index, kind in enumerate(order) if name == kind or name.startswith(f"{kind}-")), len(order)), name


def _has_other_way(member: str, name: str, planned: Mapping[str, PlannedNetwork]) -> bool:
    return any(member in network.services and not network.internal for key, network in planned.items() if key != name)


def _outside_reason(service: Service) -> str:
    if service.ports:
        return "its published port needs a network that is not internal; nobody else is on it"
    return "its way out to the internet; nobody else is on it"


def _tighten(networks: Networks, outside: Set[str], project: Project) -> Networks:
    """Make internal what no member needs to be open: networks that the project owns and that are plain bridges."""
    planned = dict(networks.networks)
    for name, network in networks.networks.items():
        own = project.networks[name]
        if (
            own.external
            or network.internal
            or own.driver not in ("", "bridge")
            or any(_must_stay(member, name, outside, planned) for member in network.services)
        ):
            continue
        planned[name] = replace(network, internal=True, why="no member needs a way out through it")
    return Networks(networks.strategy, planned)


def _must_stay(member: str, name: str, outside: Set[str], planned: Mapping[str, PlannedNetwork]) -> bool:
    return member in outside and not _has_other_way(member, name, planned)
