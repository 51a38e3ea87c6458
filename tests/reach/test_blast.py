"""How far an intruder gets: near, through others, and from outside to the data."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batten.model import Connection, Evidence, EvidenceKind, Tier
from batten.reach import Node, Reach, ReachPath, predict
from batten.reach.blast import Blast, blast_changes, blast_radius, roads_to_data
from batten.reach.paths import ZONES, Listed
from tests.reach.building import network, project, service

TIERS = {"proxy": Tier.EDGE, "api": Tier.APP, "db": Tier.DATA, "vault": Tier.DATA, "admin": Tier.OPS}


def made(*pairs: str, services: str = "abcdef") -> Reach:
    """A reach of single letters: ``ab`` for a path, ``ab!`` for a needed one, a capital I, L or H for a zone."""
    zones = dict(zip("ILH", ZONES, strict=True))
    paths = Listed(ReachPath(zones.get(pair[0], pair[0]), zones.get(pair[1], pair[1]), (), ("road",), pair.endswith("!")) for pair in pairs)
    return Reach((*(Node(name, "service") for name in services), *(Node(zone, "zone") for zone in ZONES)), paths, "28.5")


def stops(blast: Blast) -> dict[str, str]:
    """Target → the way there, as letters."""
    return {target: "".join(path.target for path in route) for target, route in blast.onward.items()}


@pytest.fixture
def flat() -> Reach:
    """Everybody on one network; the proxy and the database are published."""
    ports = {"proxy": ["80:80"], "api": [], "db": ["5432:5432"], "vault": [], "admin": []}
    return predict(project({name: service(ports=given) for name, given in ports.items()}))


@pytest.fixture
def cut() -> Reach:
    """In a row: proxy, api, db; the vault and the console are apart."""
    services = {
        "proxy": service(networks=["edge"], ports=["80:80"]),
        "api": service(networks=["edge", "data"]),
        "db": service(networks=["data"]),
        "vault": service(networks=["safe"]),
        "admin": service(networks=["ops"]),
    }
    inner = {name: network(internal=True, gateway_mode_ipv4="isolated") for name in ("data", "safe", "ops")}
    return predict(project(services, inner))


class TestAService:
    def test_on_a_flat_network_it_reaches_everybody_itself(self, flat: Reach) -> None:
        blast = blast_radius(flat, "db")
        assert blast.direct == ("proxy", "api", "vault", "admin")
        assert blast.onward == {}
        assert blast.zones_itself == ("internet", "lan", "host")

    def test_beyond_its_own_network_it_needs_others(self, cut: Reach) -> None:
        blast = blast_radius(cut, "proxy")
        assert blast.direct == ("api",)
        assert {target: [path.via[0] for path in route] for target, route in blast.onward.items()} == {"db": ["network edge", "network data"]}
        assert blast.services == ("api", "db")

    def test_it_gets_out_through_others_where_it_cannot_itself(self, cut: Reach) -> None:
        blast = blast_radius(cut, "db")
        assert blast.zones_itself == ()
        assert {zone: [path.target for path in route] for zone, route in blast.zones.items()} == {zone: ["api", zone] for zone in ("internet", "lan", "host")}

    def test_alone_it_gets_nowhere(self, cut: Reach) -> None:
        assert blast_radius(cut, "vault") == Blast("vault", (), {}, {})

    def test_zones_are_no_way_to_others(self) -> None:
        blast = blast_radius(made("aI", "aL", "aH", "Ib", "Lc", "Hd"), "a")
        assert blast.services == ()
        assert blast.zones_itself == ZONES

    def test_the_shortest_way_counts_and_among_the_shortest_the_needed_one(self) -> None:
        assert stops(blast_radius(made("ab", "ac!", "bd", "cd", "de", "ef", "bf"), "a")) == {"d": "cd", "f": "bf", "e": "cde"}

    def test_circles_end(self) -> None:
        assert stops(blast_radius(made("ab", "bc", "ca"), "a")) == {"c": "bc"}

    @given(st.sets(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")).filter(lambda pair: pair[0] != pair[1])))
    def test_it_gets_exactly_where_the_paths_lead(self, pairs: set[tuple[str, str]]) -> None:
        reach = made(*sorted(map("".join, pairs)))
        for name in "abcdef":
            blast = blast_radius(reach, name)
            assert sorted(blast.services) == sorted(reach.reached_from(name))
            for target, route in blast.onward.items():
                assert all(one.target == other.source for one, other in pairwise(route))
                assert (route[0].source, route[-1].target) == (name, target)
                assert len(route) > 1


class TestRoadsToTheData:
    def test_a_published_database_is_one_step_away(self, flat: Reach) -> None:
        first, second = roads_to_data(flat, TIERS)
        assert [[path.target for path in route] for route in first.routes.values()] == [["db"], ["db"]]
        assert [path.target for path in second.routes["internet"]] == ["proxy", "vault"]

    def test_behind_networks_it_is_farther_or_not_to_be_reached(self, cut: Reach) -> None:
        first, second = roads_to_data(cut, TIERS)
        assert [path.target for path in first.routes["internet"]] == ["proxy", "api", "db"]
        assert (second.service, second.routes) == ("vault", {})

    def test_only_services_of_the_data_tier_are_asked_for(self, flat: Reach) -> None:
        assert roads_to_data(flat, {"db": Tier.APP}) == ()


class TestBeforeAndAfter:
    def test_what_is_spared_what_is_farther_and_what_is_new(self, flat: Reach, cut: Reach) -> None:
        changes = {change.service: change for change in blast_changes(flat, cut)}
        assert changes["proxy"].spared == ("vault", "admin")
        assert changes["proxy"].farther == ("db",)
        assert changes["proxy"].opened == ()
        assert changes["vault"].spared == ("proxy", "api", "db", "admin", "internet", "lan", "host")
        assert changes["db"].farther == ("proxy", "internet", "lan", "host")

    def test_the_way_back_opens(self, flat: Reach, cut: Reach) -> None:
        changes = {change.service: change for change in blast_changes(cut, flat)}
        assert changes["proxy"].opened == ("vault", "admin")
        assert changes["proxy"].spared == ()

    def test_services_that_are_gone_or_new_are_left_out(self) -> None:
        assert [change.service for change in blast_changes(made(services="ab"), made(services="bc"))] == ["b"]


class TestNeed:
    def test_needed_paths_are_walked_first(self) -> None:
        told = [Connection("a", "c", (Evidence(EvidenceKind.NAMED, None, "URL"),))]
        services = {"a": service(networks=["x"]), "b": service(networks=["x", "y"]), "c": service(networks=["x", "y"]), "d": service(networks=["y"])}
        inner = {name: network(internal=True) for name in "xy"}
        assert [path.target for path in blast_radius(predict(project(services, inner), connections=told), "a").onward["d"]] == ["c", "d"]
