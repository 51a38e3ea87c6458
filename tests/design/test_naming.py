"""Names of networks: told apart, told by what they are for, and the same tomorrow."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from batten.design.naming import named
from batten.model import Connection, Tier

TIERS = {"proxy": Tier.EDGE, "web": Tier.APP, "api": Tier.APP, "db": Tier.DATA, "cache": Tier.DATA, "grafana": Tier.OPS, "migrate": Tier.JOB}


def told(*texts: str) -> list[Connection]:
    """``told("api db")``: the first needs the second."""
    return [Connection(text.split()[0], text.split()[1], ()) for text in texts]


def sets(*texts: str) -> list[frozenset[str]]:
    """``sets("api db")``: one network with both."""
    return [frozenset(text.split()) for text in texts]


class TestNames:
    def test_a_pair_bears_both_names_the_asking_one_first(self) -> None:
        networks = sets("proxy web", "db api", "grafana db", "migrate db", "api web")
        found = named(networks, TIERS, told("proxy web", "api db", "grafana db", "migrate db", "web api"))
        assert list(found) == ["data-api-db", "app-web-api", "ops-grafana-db", "job-migrate-db", "edge-proxy-web", "cache-only"]

    def test_a_larger_network_bears_the_name_of_its_hub(self) -> None:
        found = named(sets("proxy web api", "api web db"), TIERS, told("proxy web", "proxy api", "web api", "api db", "web db"))
        assert {name: sorted(members) for name, members in found.items() if len(members) > 1} == {
            "edge-api": ["api", "proxy", "web"],
            "data-db": ["api", "db", "web"],
        }

    def test_a_front_door_that_speaks_to_a_database_is_a_kind_of_its_own(self) -> None:
        assert "edge-data-proxy-db" in named(sets("proxy db"), TIERS, told("proxy db"))

    def test_one_more_connection_elsewhere_renames_nothing(self) -> None:
        before = named(sets("proxy web", "api db"), TIERS, told("proxy web", "api db"))
        after = named(sets("proxy web", "api db", "api cache"), TIERS, told("proxy web", "api db", "api cache"))
        assert before.items() - after.items() == {("cache-only", frozenset({"cache"}))}

    def test_who_needs_nobody_is_alone(self) -> None:
        found = named([], {"b": Tier.APP, "a": Tier.DATA}, [])
        assert found == {"a-only": frozenset("a"), "b-only": frozenset("b")}

    def test_names_that_look_alike_are_numbered(self) -> None:
        tiers = dict.fromkeys(["a.b", "a-b", "a_b", "c"], Tier.APP)
        found = named(sets("a.b c", "a-b c"), tiers, told("a.b c", "a-b c"))
        assert list(found) == ["app-a-b-c", "app-a-b-c-2", "a-b-only"]

    @given(st.dictionaries(st.text(min_size=1, max_size=6), st.sampled_from(Tier), min_size=2, max_size=8))
    def test_every_set_has_a_key_that_compose_accepts(self, tiers: dict[str, Tier]) -> None:
        names = sorted(tiers)
        networks = {frozenset(pair) for pair in pairwise(names)}
        found = named(networks, tiers, [])
        assert all(re.fullmatch(r"[a-z][a-z0-9-]*|[a-z0-9][a-z0-9-]*-only(-[0-9]+)?", key) for key in found)
        assert set(found.values()) == networks
