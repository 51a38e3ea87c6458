"""The fewest networks on which nobody meets a service that is not needed: every network is a group all of whose members need each other.

In the words of graph theory this is an edge clique cover. Services that are joined and have the same neighbours are taken as one, since whatever network
one of them is on is open to the others. Then the largest groups are listed and the fewest of them that hold every needed pair are searched for. Where there
are too many groups to list, or too many combinations to try, the answer is a good one with a bound that says how far from the best it can be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from batten.design.cliques import Edge, bits, edges_of, grown_cliques, induced, maximal_cliques, scattered, twins
from batten.design.covering import Chosen, Work, fewest

MOST_GROUPS = 2000
"""More groups than these are not listed; known graphs of services have a few dozen."""
MOST_EDGES = 5000
"""With more pairs than these no combinations are tried: the first groups that hold them all are taken."""
MOST_WORK = 400_000
"""How much is tried, in pairs of rows compared."""


class Cover(NamedTuple):
    """Networks on which every needed pair meets, and no other pair does."""

    networks: tuple[frozenset[str], ...]
    """In order of their members' names."""
    optimal: bool
    """Whether it is proved that fewer will not do."""
    lower_bound: int
    """So many networks are needed at least."""


def least_networks(services: Sequence[str], needed: Collection[frozenset[str]]) -> tuple[frozenset[str], ...]:
    """The fewest networks on which the pairs in ``needed`` meet, and no others; services without such a pair are on none."""
    return cover(services, needed).networks


def cover(services: Sequence[str], needed: Collection[frozenset[str]]) -> Cover:
    """The same, with what is known of how good it is. Raises ValueError for what is not a pair of ``services``."""
    names = sorted(set(services))
    graph = _graph(names, needed)
    groups = twins(graph)
    small = induced(graph, sum(1 << first for first in groups))
    cliques, bound = _covered(small)
    pairs = [members for first, members in groups.items() if not small[first] and members.bit_count() > 1]
    whole = [sum(groups[vertex] for vertex in bits(clique)) for clique in cliques]
    trimmed = _trimmed(graph, whole + pairs)
    networks = sorted((frozenset(names[vertex] for vertex in bits(clique)) for clique in trimmed), key=sorted)
    return Cover(tuple(networks), len(networks) == bound + len(pairs), bound + len(pairs))


def _graph(names: Sequence[str], needed: Iterable[frozenset[str]]) -> list[int]:
    place = {name: at for at, name in enumerate(names)}
    graph = [0] * len(names)
    for pair in needed:
        if len(pair) != 2 or not pair <= place.keys():
            raise ValueError(f"not a pair of services: {sorted(pair)}")
        one, other = (place[name] for name in pair)
        graph[one] |= 1 << other
        graph[other] |= 1 << one
    return graph


def _covered(graph: Sequence[int]) -> tuple[list[int], int]:
    """Cliques that hold every edge, and how many are needed at least."""
    edges = edges_of(graph)
    cliques = maximal_cliques(graph, MOST_GROUPS)
    if cliques is not None:
        found = _fewest(cliques, edges)
        return [cliques[each] for each in found.sets], found.lower_bound
    if len(edges) > MOST_EDGES:
        return grown_cliques(graph, edges), 1
    by_degree = sorted(edges, key=lambda edge: (graph[edge[0]] & graph[edge[1]]).bit_count())
    cliques = list(dict.fromkeys(grown_cliques(graph, by_degree) + grown_cliques(graph, edges)))
    return [cliques[each] for each in _fewest(cliques, edges).sets], scattered(graph, by_degree)


def _fewest(cliques: Sequence[int], edges: Sequence[Edge]) -> Chosen:
    """The fewest of ``cliques`` that hold all ``edges``; edges that the same cliques hold are one element."""
    homes: dict[int, int] = {}
    for at, clique in enumerate(cliques):
        for vertex in bits(clique):
            homes[vertex] = homes.get(vertex, 0) | 1 << at
    rows = dict.fromkeys(homes[low] & homes[high] for low, high in edges)
    return fewest(dict(enumerate(rows)), Work(MOST_WORK))


def _trimmed(graph: Sequence[int], cliques: Sequence[int]) -> list[int]:
    """The same cliques without members that meet everybody there elsewhere too."""
    kept = list(cliques)
    meeting = Counter(pair for clique in kept for pair in combinations(bits(clique), 2))
    for at in sorted(range(len(kept)), key=lambda at: (kept[at].bit_count(), kept[at])):
        for vertex in bits(kept[at]):
            others = [other for other in bits(kept[at]) if other != vertex]
            if all(meeting[min(vertex, other), max(vertex, other)] > 1 for other in others):
                meeting.subtract((min(vertex, other), max(vertex, other)) for other in others)
                kept[at] ^= 1 << vertex
    return [clique for clique in kept if clique.bit_count() > 1]
