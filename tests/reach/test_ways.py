"""Looking at kinds of containers comes to what looking at every pair comes to."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import permutations

import pytest

from batten.model import Project, Zone
from batten.reach import Reach, predict
from batten.reach.engines import choose
from batten.reach.landscape import Box, survey
from batten.reach.paths import ZONES
from batten.reach.roads import Road, Roads
from batten.reach.settings import Settings
from batten.reach.situation import Situation
from tests.reach.building import network, project, service

SETTINGS = {"as installed": Settings(), "no packet filter": Settings(iptables=False), "no user-land proxy": Settings(userland_proxy=False)}
NETWORKS = {
    "plain": network(),
    "shut": network(internal=True),
    "apart": network(enable_icc="false"),
    "routed": network(gateway_mode_ipv4="routed"),
    "wire": network(driver="macvlan"),
    "six": network(ipv6=True),
}


def drawn(seed: int) -> Project:
    """A project of some services, drawn at random."""
    chance = random.Random(seed)
    services = {}
    for number in range(chance.randint(2, 9)):
        on = chance.sample(sorted(NETWORKS), chance.randint(1, 3))
        ports = chance.choice([[], [], ["80:80"], ["127.0.0.1:81:80"], ["10.0.0.1:82:80/udp"]])
        mode = chance.choice(["host", "none", "service:s0"] if number else ["host", "none"])
        services[f"s{number}"] = service(network_mode=mode) if chance.random() < 0.25 else service(networks=on, ports=ports)
    return project(services, networks=NETWORKS)


def plain(subject: Project, engine: str, settings: Settings) -> Iterator[tuple[str, str, set[str]]]:
    """Every open pair with the words of its roads, each pair tried on its own."""
    found = survey([subject])
    boxes = {name: found.boxes[subject.name, name] for name in subject.services}
    finders = [Roads(Situation(row, settings)) for row in choose(engine).rows]

    def between(source: str, target: str, finder: Roads) -> Iterator[Road]:
        here, there = boxes.get(source), boxes.get(target)
        if here and there:
            return finder.between(here, there)
        return finder.into(Zone(source), there) if there else finder.out_of(_known(here), Zone(target))

    pairs = [*permutations(boxes, 2), *((zone, name) for zone in ZONES for name in boxes), *((name, zone) for zone in ZONES for name in boxes)]
    for source, target in pairs:
        roads = {road.text for finder in finders for road in between(source, target, finder)}
        if roads:
            yield source, target, roads


def _known(box: Box | None) -> Box:
    assert box is not None
    return box


def told(reach: Reach) -> list[tuple[str, str, set[str]]]:
    """The same of a reach, without its words on engines."""
    return [(path.source, path.target, {via.partition(" (on Docker ")[0] for via in path.via}) for path in reach.paths]


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
@pytest.mark.parametrize("engine", ["20.10", "28.5", "any"])
class TestKinds:
    def test_have_the_roads_of_every_pair(self, engine: str, settings: Settings) -> None:
        for seed in range(25):
            subject = drawn(seed)
            assert told(predict(subject, engine=engine, settings=settings)) == list(plain(subject, engine, settings))

    def test_are_asked_about_one_pair_as_about_all(self, engine: str, settings: Settings) -> None:
        for seed in range(25):
            reach = predict(drawn(seed), engine=engine, settings=settings)
            listed = list(reach.paths)
            assert len(reach.paths) == len(listed)
            assert len(reach.service_paths) == len(list(reach.service_paths))
            nodes = [node.id for node in reach.nodes]
            assert [path for pair in permutations(nodes, 2) if (path := reach.between(*pair))] == sorted(
                listed, key=lambda path: (nodes.index(path.source), nodes.index(path.target))
            )
            closed = {pair for pair in permutations(nodes, 2) if not reach.between(*pair) and not set(pair) <= set(ZONES)}
            assert set(reach.closed) == closed
            assert len(reach.closed) == len(closed)

    def test_lead_on_as_pairs_do(self, engine: str, settings: Settings) -> None:
        for seed in range(25):
            reach = predict(drawn(seed), engine=engine, settings=settings)
            pairs = {(path.source, path.target) for path in reach.paths}
            for node in reach.nodes:
                found, before = {node.id}, set[str]()
                while found != before:
                    before = set(found)
                    found |= {target for source, target in pairs if source in before and target in reach.services}
                assert set(reach.reached_from(node.id)) == found & set(reach.services) - {node.id}
