"""The strategy ``least``: every needed connection, and not a path more."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batten.design import Design
from batten.design import file as design_file
from batten.design.room import ROOM
from batten.design.sections.networks import KEEP, LEAST, TIERS, Networks, PlannedNetwork
from batten.design.segmentation import excess, propose
from batten.model import Connection, Project, Tier
from batten.reach import predict
from tests.reach.building import network, project, service
from tests.support import project_of

TIERS_OF = {"proxy": Tier.EDGE, "web": Tier.APP, "api": Tier.APP, "worker": Tier.APP, "db": Tier.DATA, "cache": Tier.DATA, "admin": Tier.OPS, "lone": Tier.APP}
SHOP = """\
services:
""" + "".join(f"  {name}: {{image: {name}}}\n" for name in TIERS_OF)


def told(*texts: str) -> list[Connection]:
    """``told("api db")``: the first needs the second."""
    return [Connection(text.split()[0], text.split()[1], ()) for text in texts]


NEEDED = told("proxy web", "proxy api", "web api", "api db", "api cache", "worker db", "worker cache", "admin db")


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """Eight services on the default network."""
    return project_of(SHOP, tmp_path)


def rebuilt(whole: Project, planned: Networks) -> Project:
    """The project on the planned networks."""
    services = {name: service(networks=planned.of(name)) for name in whole.services}
    return project(services, {name: network(internal=one.internal) for name, one in planned.networks.items()})


class TestTheShop:
    def test_is_cut_into_networks_that_say_what_they_are_for(self, shop: Project) -> None:
        planned = propose(shop, TIERS_OF, NEEDED, (), (), strategy=LEAST)
        assert planned.strategy == LEAST
        assert {name: one.services for name, one in planned.networks.items()} == {
            "data-api-cache": ("api", "cache"),
            "data-api-db": ("api", "db"),
            "data-worker-cache": ("cache", "worker"),
            "data-worker-db": ("db", "worker"),
            "edge-api": ("api", "proxy", "web"),
            "lone-only": ("lone",),
            "ops-admin-db": ("admin", "db"),
        }

    def test_opens_no_path_that_is_not_needed(self, shop: Project) -> None:
        planned = propose(shop, TIERS_OF, NEEDED, (), (), strategy=LEAST)
        after = predict(rebuilt(shop, planned), connections=NEEDED)
        assert excess(planned, NEEDED) == 0
        assert {frozenset((path.source, path.target)) for path in after.service_paths} == {frozenset(pair[:2]) for pair in NEEDED}

    def test_along_the_tiers_there_are_fewer_networks_and_some_such_paths(self, shop: Project) -> None:
        planned = propose(shop, TIERS_OF, NEEDED, (), (), strategy=TIERS)
        assert planned.strategy == TIERS
        assert len(planned.networks) < 7
        assert excess(planned, NEEDED) == 4, "api and worker, db and cache, each both ways"

    def test_ways_out_are_given_as_along_the_tiers(self, shop: Project) -> None:
        planned = propose(shop, TIERS_OF, NEEDED, (), ["worker"], strategy=LEAST)
        assert all(one.internal for name, one in planned.networks.items() if name != "worker-outside")
        assert planned.networks["worker-outside"] == PlannedNetwork(("worker",), why="its way out to the internet; nobody else is on it")

    def test_networks_of_its_own_stay(self, tmp_path: Path) -> None:
        own = "services:\n  a: {image: a, networks: [x]}\n  b: {image: b, networks: [y]}\nnetworks: {x: {}, y: {}}\n"
        planned = propose(project_of(own, tmp_path), {"a": Tier.APP, "b": Tier.APP}, [], (), (), strategy=LEAST)
        assert (planned.strategy, list(planned.networks)) == (KEEP, ["x", "y"])

    def test_the_design_file_knows_it(self, shop: Project) -> None:
        planned = propose(shop, TIERS_OF, NEEDED, (), ["worker"], strategy=LEAST)
        design = Design(networks=planned)
        assert design_file.load(design_file.dump(design)).networks == planned


class TestExcess:
    def test_counts_ordered_pairs_that_meet_without_need_once(self) -> None:
        planned = Networks(KEEP, {"x": PlannedNetwork(("a", "b", "c")), "y": PlannedNetwork(("a", "c", "d"))})
        assert excess(planned, told("a b", "c a")) == 2 * len({"bc", "ad", "cd"})

    def test_is_nothing_where_nobody_meets(self) -> None:
        assert excess(Networks(KEEP, {"x": PlannedNetwork(("a",))}), []) == 0


class TestAnyProject:
    @given(st.integers(2, 9), st.data())
    def test_never_has_a_path_too_many_and_never_one_too_few(self, count: int, data: st.DataObject) -> None:
        names = [f"s{at}" for at in range(count)]
        pairs = data.draw(st.sets(st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda pair: pair[0] != pair[1])))
        out = data.draw(st.sets(st.sampled_from(names)))
        tiers = {name: data.draw(st.sampled_from(Tier)) for name in names}
        connections = told(*(" ".join(pair) for pair in pairs))
        planned = propose(project({name: service() for name in names}), tiers, connections, (), out, strategy=LEAST)
        assert excess(planned, connections) == 0
        assert all(any({*pair} <= {*one.services} for one in planned.networks.values()) for pair in pairs)
        assert all(planned.of(name) for name in names)
        assert all(any(not planned.networks[net].internal for net in planned.of(name)) for name in out)

    def test_services_that_need_nobody_are_not_put_together(self) -> None:
        names = [f"s{at}" for at in range(ROOM + 5)]
        planned = propose(project({name: service() for name in names}), dict.fromkeys(names, Tier.APP), [], (), (), strategy=LEAST)
        assert len(planned.networks) == len(names)
