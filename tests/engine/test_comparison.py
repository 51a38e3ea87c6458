"""The comparison itself, without an engine: what does not agree must come out."""

from __future__ import annotations

from batten.reach import Node, Reach, ReachPath
from batten.reach.paths import Listed
from tests.engine.comparison import compare, table
from tests.engine.probes import Measured
from tests.engine.questions import Probe

NODES = (Node("a", "service"), Node("b", "service"), Node("lan", "zone"))


def reach(*paths: tuple[str, str, tuple[str, ...]]) -> Reach:
    return Reach(NODES, Listed(ReachPath(source, target, ports, ("network n",), None) for source, target, ports in paths), "28.5")


def row(source: str, target: str, port: int, opened: bool, road: str = "name", protocol: str = "tcp") -> Measured:
    return Measured(source, Probe(target, road, target, port, port, "", protocol), opened)


class TestComparison:
    def test_a_path_without_ports_predicts_every_port_that_was_asked(self) -> None:
        rows = [row("a", "b", 80, True), row("a", "b", 4999, True)]
        assert compare(reach(("a", "b", ())), rows).wrong == []

    def test_one_road_that_is_open_opens_the_port(self) -> None:
        rows = [row("a", "b", 80, False), row("a", "b", 80, True, "published")]
        assert compare(reach(("a", "b", ("80/tcp",))), rows).wrong == []

    def test_more_ports_than_predicted_come_out(self) -> None:
        rows = [row("a", "b", 80, True), row("a", "b", 4999, True)]
        assert compare(reach(("a", "b", ("80/tcp",))), rows).wrong == ["a → b: predicted ['80/tcp'], measured ['4999/tcp', '80/tcp']"]

    def test_a_pair_that_is_open_without_a_path_comes_out(self) -> None:
        assert compare(reach(), [row("b", "a", 80, True)]).wrong == ["b → a: predicted closed, measured ['80/tcp']"]

    def test_a_path_that_is_closed_comes_out(self) -> None:
        assert compare(reach(("a", "b", ())), [row("a", "b", 80, False)]).wrong == ["a → b: predicted ['80/tcp'], measured closed"]

    def test_a_path_about_which_nothing_was_asked_comes_out(self) -> None:
        assert compare(reach(("lan", "b", ("80/tcp",))), []).wrong == ["lan → b: never asked"]

    def test_udp_does_not_open_tcp(self) -> None:
        assert compare(reach(("a", "b", ("80/udp",))), [row("a", "b", 80, False)]).wrong == []
        assert compare(reach(("a", "b", ("80/udp",))), [row("a", "b", 80, False), row("a", "b", 80, True, protocol="udp")]).wrong == []


class TestTable:
    def test_it_counts_pairs_of_services_apart_from_those_with_a_zone(self) -> None:
        rows = [row("a", "b", 80, True), row("b", "a", 80, False), row("lan", "b", 80, True, "published")]
        text = table("title", {"before": (compare(reach(("a", "b", ()), ("b", "a", ())), rows), 1, 2)})
        lines = {line[:60].strip(): line[60:].strip() for line in text.splitlines()[1:]}
        assert lines == {
            "": "before",
            "pairs of services: measured": "2",
            "pairs of services: equal to the prediction": "1",
            "pairs of services: open (paths)": "1",
            "pairs with host, lan or internet: measured": "1",
            "pairs with host, lan or internet: equal to the prediction": "0",
            "pairs with host, lan or internet: open (paths)": "1",
            "needed connections alive": "1 of 2",
            "connection attempts": "3",
        }
