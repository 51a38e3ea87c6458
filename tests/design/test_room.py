"""Networks that are joined until there is room for them."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from batten.design.room import MANY, ROOM, fitted
from batten.design.sections.networks import FITTED, LEAST, Networks, PlannedNetwork
from batten.design.segmentation import excess, propose
from batten.model import Connection, Tier
from tests.reach.building import project, service
from tests.support import project_of

NAMES = [f"s{number}" for number in range(9)]


def told(*texts: str) -> list[Connection]:
    """``told("api db")``: the first needs the second."""
    return [Connection(text.split()[0], text.split()[1], ()) for text in texts]


def planned(**members: str) -> Networks:
    """Networks by name; a name that begins with ``open`` is one with a way out."""
    return Networks(LEAST, {name: PlannedNetwork(tuple(sorted(some.split())), internal=not name.startswith("open")) for name, some in members.items()})


class TestJoining:
    @given(st.lists(st.tuples(st.sets(st.sampled_from(NAMES), min_size=1), st.booleans()), min_size=1, max_size=12), st.integers(2, 12), st.data())
    def test_keeps_every_meeting_and_gives_nobody_a_way_out(self, some: list[tuple[set[str], bool]], room: int, data: st.DataObject) -> None:
        before = Networks(LEAST, {f"n{number}": PlannedNetwork(tuple(sorted(members)), internal) for number, (members, internal) in enumerate(some)})
        tiers = {name: data.draw(st.sampled_from(Tier)) for name in NAMES}
        after = fitted(before, tiers, [], room)
        assert len(after.networks) <= max(room, 2)
        for network in before.networks.values():
            assert all(set(after.of(one)) & set(after.of(other)) for one, other in combinations(network.services, 2))
        for name in NAMES:
            outside = [{plan.networks[network].internal for network in plan.of(name)} for plan in (before, after)]
            assert outside[0] == outside[1]

    def test_joins_those_whose_members_meet_fewest_others(self) -> None:
        before = planned(a="api db cache", b="api db queue", c="web mail")
        after = fitted(before, dict.fromkeys(("api", "db", "cache", "queue", "web", "mail"), Tier.APP), told("api db"), 2)
        assert {one.services for one in after.networks.values()} == {("api", "cache", "db", "queue"), ("mail", "web")}

    def test_rather_joins_more_than_bring_the_edge_to_data(self) -> None:
        tiers = {"proxy": Tier.EDGE, "web": Tier.APP, "api": Tier.APP, "worker": Tier.APP, "db": Tier.DATA}
        after = fitted(planned(a="proxy web", b="api db", c="api worker"), tiers, [], 2)
        assert {one.services for one in after.networks.values()} == {("proxy", "web"), ("api", "db", "worker")}

    def test_ways_out_are_called_so(self) -> None:
        before, tiers = planned(open_a="a", open_b="b", c="a db", d="b db"), dict.fromkeys(("a", "b", "db"), Tier.APP)
        after = fitted(before, tiers, told("a db", "b db"), 3)
        assert after.networks["outside"].services == ("a", "b")
        assert "ways out" in after.networks["outside"].why
        assert "outside-2" in fitted(before, tiers, [], 3, taken={"outside"}).networks, "it is the name of somebody else's"


class TestTheDefault:
    def test_is_least_while_there_is_room(self, tmp_path: Path) -> None:
        shop = project_of("services: {a: {image: a}, b: {image: b}, c: {image: c}}\n", tmp_path)
        assert propose(shop, dict.fromkeys("abc", Tier.APP), told("a b"), (), ()).strategy == LEAST

    def test_is_fitted_where_there_is_none(self) -> None:
        names = [f"s{number}" for number in range(ROOM + 5)]
        whole = project({name: service() for name in names})
        cut = propose(whole, dict.fromkeys(names, Tier.APP), [], (), ())
        assert cut.strategy == FITTED
        assert len(cut.networks) == ROOM
        assert excess(cut, []) == 2 * 5, "five networks of two"


class TestManyNetworks:
    """So many that not every two are compared."""

    def test_come_to_no_more_than_there_is_room_for(self) -> None:
        pairs = [(f"s{number}", f"s{number + 1}") for number in range(MANY + 60)]
        networks = Networks(LEAST, {f"n{number}": PlannedNetwork(pair, number % 3 == 0) for number, pair in enumerate(pairs)})
        tiers = {f"s{number}": Tier.APP for number in range(MANY + 61)}
        found = fitted(networks, tiers, [Connection(*pair, ()) for pair in pairs])
        assert len(found.networks) <= ROOM
        for number, pair in enumerate(pairs):
            homes = [one for one in found.networks.values() if set(pair) <= set(one.services)]
            assert any(one.internal is (number % 3 == 0) for one in homes), "whoever had a way out has it, and nobody else"
