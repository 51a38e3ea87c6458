"""The fewest networks: never a pair too many, never a network too many where that can be proved."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batten.design.cover import Cover, cover, least_networks

Pairs = frozenset[frozenset[str]]


def pairs(*texts: str) -> Pairs:
    """``pairs("ab", "bc")``: single letters that need each other."""
    return frozenset(frozenset(text) for text in texts)


def meeting(networks: Collection[frozenset[str]]) -> Pairs:
    """Everybody who meets on some network."""
    return frozenset(frozenset(pair) for members in networks for pair in combinations(sorted(members), 2))


def graph(count: int, edges: int, seed: int) -> tuple[list[str], Pairs]:
    """That many services and needed pairs, drawn by lot."""
    names = [f"s{at:02}" for at in range(count)]
    every = [frozenset(pair) for pair in combinations(names, 2)]
    return names, frozenset(random.Random(seed).sample(every, min(edges, len(every))))


def fewest_by_trying(needed: Pairs) -> int:
    """The size of the smallest answer, found by trying every set of groups of one, two, three … until one will do."""
    names = sorted(frozenset().union(*needed))
    groups = [frozenset(some) for size in range(2, len(names) + 1) for some in combinations(names, size) if meeting([frozenset(some)]) <= needed]
    largest = [meeting([one]) for one in groups if not any(one < other for other in groups)]

    def will_do(left: Pairs, count: int) -> bool:
        if not left:
            return True
        pair = min(left, key=sorted)
        return count > 0 and any(will_do(left - held, count - 1) for held in largest if pair in held)

    return next(count for count in range(len(needed) + 1) if will_do(needed, count))


@st.composite
def graphs(draw: st.DrawFn, most: int) -> tuple[list[str], Pairs]:
    """A graph of up to ``most`` services, sparse or dense."""
    names = list("abcdefghijklmnopqrstuvwxyz"[: draw(st.integers(1, most))])
    every = [frozenset(pair) for pair in combinations(names, 2)]
    missing = draw(st.booleans())
    picked = draw(st.sets(st.sampled_from(every), max_size=len(every))) if every else set()
    return names, frozenset(set(every) - picked if missing else picked)


def holds(found: Cover, needed: Pairs) -> None:
    """What is true of every answer."""
    assert meeting(found.networks) == needed
    assert found.lower_bound <= len(found.networks) <= len(needed)
    assert found.optimal == (found.lower_bound == len(found.networks))
    assert all(len(members) > 1 for members in found.networks)


class TestSmallGraphs:
    @pytest.mark.parametrize(
        ("needed", "networks"),
        [
            (pairs(), []),
            (pairs("ab"), ["ab"]),
            (pairs("ab", "bc"), ["ab", "bc"]),
            (pairs("ab", "bc", "ca"), ["abc"]),
            (pairs("ab", "bc", "ca", "cd"), ["abc", "cd"]),
            (pairs("ab", "bc", "cd", "da"), ["ab", "ad", "bc", "cd"]),
            (pairs("ab", "ac", "ad", "bc", "bd", "cd"), ["abcd"]),
            (pairs("ab", "ac", "bc", "bd", "cd"), ["abc", "bcd"]),
        ],
    )
    def test_is_what_one_would_draw(self, needed: Pairs, networks: Sequence[str]) -> None:
        found = cover("abcd", needed)
        assert ["".join(sorted(members)) for members in found.networks] == networks
        assert found.optimal

    def test_takes_nobody_along_who_meets_everybody_elsewhere(self) -> None:
        found = least_networks("abcde", pairs("ab", "ac", "bc", "ad", "bd", "ae", "ce"))
        assert ["".join(sorted(members)) for members in found] == ["abd", "ace", "bc"]

    def test_neither_order_of_services_nor_of_pairs_matters(self) -> None:
        names, needed = graph(12, 30, 1)
        assert cover(names, needed) == cover(names[::-1], sorted(needed, key=lambda pair: sorted(pair)[::-1]))

    @pytest.mark.parametrize("pair", [frozenset("a"), frozenset("abc"), frozenset("az"), frozenset[str]()])
    def test_refuses_what_is_no_pair_of_services(self, pair: frozenset[str]) -> None:
        with pytest.raises(ValueError, match="not a pair of services"):
            cover("abc", [pair])


class TestAgainstAnotherSolver:
    @settings(max_examples=400)
    @given(graphs(8))
    def test_finds_the_fewest_for_every_graph_of_up_to_eight_services(self, drawn: tuple[list[str], Pairs]) -> None:
        names, needed = drawn
        found = cover(names, needed)
        holds(found, needed)
        assert found.optimal
        assert len(found.networks) == fewest_by_trying(needed)

    def test_finds_the_fewest_for_every_graph_of_five_services(self) -> None:
        every = [frozenset(pair) for pair in combinations("abcde", 2)]
        for mask in range(1 << len(every)):
            needed = frozenset(pair for at, pair in enumerate(every) if mask >> at & 1)
            found = cover("abcde", needed)
            assert meeting(found.networks) == needed
            assert (len(found.networks), found.optimal) == (fewest_by_trying(needed), True)


class TestLargeGraphs:
    @settings(max_examples=60)
    @given(graphs(26))
    def test_never_has_a_pair_too_many(self, drawn: tuple[list[str], Pairs]) -> None:
        holds(cover(*drawn), drawn[1])

    @pytest.mark.parametrize("seed", range(5))
    def test_sixty_services_with_three_hundred_connections_take_under_a_second(self, seed: int) -> None:
        names, needed = graph(60, 300, seed)
        start = time.perf_counter()
        found = cover(names, needed)
        assert time.perf_counter() - start < 1
        holds(found, needed)
        assert found.optimal

    @pytest.mark.parametrize("edges", [600, 900, 1200, 1500, 1700, 1769, 1770])
    def test_the_densest_ones_have_an_answer_with_a_bound(self, edges: int) -> None:
        names, needed = graph(60, edges, edges)
        start = time.perf_counter()
        found = cover(names, needed)
        assert time.perf_counter() - start < 2
        holds(found, needed)
        assert found.lower_bound >= 1

    def test_all_with_all_are_one_network(self) -> None:
        names, needed = graph(150, 150 * 149 // 2, 0)
        assert cover(names, needed) == Cover((frozenset(names),), True, 1)

    def test_groups_without_number_are_not_listed(self) -> None:
        """Thirty couples that alone do not need each other: the groups of which all need each other are a thousand million."""
        names = [f"s{at:02}" for at in range(60)]
        needed = frozenset(frozenset(pair) for pair in combinations(names, 2)) - {frozenset(names[at : at + 2]) for at in range(0, 60, 2)}
        found = cover(names, needed)
        holds(found, needed)
        assert len(found.networks) <= 30
