"""Graphs as bit masks: vertices are numbers from 0, a set of vertices is an int, and a graph is the list of each vertex's neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Edge = tuple[int, int]


def bits(mask: int) -> Iterator[int]:
    """The members of a set, smallest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def edges_of(graph: Sequence[int]) -> list[Edge]:
    """Every edge once, in order."""
    return [(low, high) for low, near in enumerate(graph) for high in bits(near >> (low + 1) << (low + 1))]


def induced(graph: Sequence[int], vertices: int) -> list[int]:
    """The graph with the edges among ``vertices`` alone; the others are left without neighbours."""
    return [near & vertices if vertices >> vertex & 1 else 0 for vertex, near in enumerate(graph)]


def twins(graph: Sequence[int]) -> dict[int, int]:
    """Vertices that are joined and have the same neighbours otherwise: each first one → all of them, itself included."""
    found: dict[int, int] = {}
    for vertex, near in enumerate(graph):
        closed = near | 1 << vertex
        found[closed] = found.get(closed, 0) | 1 << vertex
    return {(members & -members).bit_length() - 1: members for members in found.values()}


def is_clique(graph: Sequence[int], vertices: int) -> bool:
    """Whether all of them are joined with each other."""
    return all(vertices & ~(graph[vertex] | 1 << vertex) == 0 for vertex in bits(vertices))


def maximal_cliques(graph: Sequence[int], limit: int) -> list[int] | None:
    """Every largest group of which all are joined, two members or more, in a fixed order; None where there are more than ``limit``.

    Bron and Kerbosch's search with Tomita's choice of the pivot.
    """
    found: list[int] = []

    def extend(clique: int, candidates: int, done: int) -> bool:
        if not candidates and not done:
            found.append(clique)
            return len(found) <= limit
        pivot = max(bits(candidates | done), key=lambda vertex: (graph[vertex] & candidates).bit_count())
        for vertex in bits(candidates & ~graph[pivot]):
            if not extend(clique | 1 << vertex, candidates & graph[vertex], done & graph[vertex]):
                return False
            candidates ^= 1 << vertex
            done |= 1 << vertex
        return True

    attached = sum(1 << vertex for vertex, near in enumerate(graph) if near)
    complete = not attached or extend(0, attached, 0)
    return found if complete else None


def grown_cliques(graph: Sequence[int], edges: Sequence[Edge]) -> list[int]:
    """Cliques that hold all edges together, each grown from the first edge that none holds yet towards those that are still open."""
    left = list(graph)
    found = []
    for low, high in edges:
        if left[low] >> high & 1:
            clique = _grown(graph, left, low, high)
            for vertex in bits(clique):
                left[vertex] &= ~clique
            found.append(clique)
    return found


def _grown(graph: Sequence[int], left: Sequence[int], low: int, high: int) -> int:
    clique, common = 1 << low | 1 << high, graph[low] & graph[high]
    while common:
        best = max(bits(common), key=lambda vertex: ((left[vertex] & clique).bit_count(), (graph[vertex] & common).bit_count(), -vertex))
        clique |= 1 << best
        common &= graph[best]
    return clique


def scattered(graph: Sequence[int], edges: Sequence[Edge]) -> int:
    """How many edges, picked one after the other, no two of which fit into one clique: so many cliques are needed at least."""
    picked: list[Edge] = []
    for low, high in edges:
        if not any(_fit(graph, low, high, other) for other in picked):
            picked.append((low, high))
    return len(picked)


def _fit(graph: Sequence[int], low: int, high: int, other: Edge) -> bool:
    """Whether two edges lie in one clique."""
    ends = 1 << other[0] | 1 << other[1]
    return not ends & ~(graph[low] | 1 << low) and not ends & ~(graph[high] | 1 << high)
