"""From a project to who can reach whom, on one engine version or on whichever it may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import NamedTuple

from batten.model import Connection, Evidence, EvidenceKind, Project, Tier, Zone
from batten.reach.closed import Explainer
from batten.reach.engines import choose
from batten.reach.landscape import Box, survey
from batten.reach.paths import ZONES, Node, Reach, ReachPath
from batten.reach.roads import Road, Roads
from batten.reach.settings import DEFAULTS, Settings
from batten.reach.situation import Situation


def predict(
    project: Project,
    *,
    engine: str = "28.5",
    connections: Sequence[Connection] | None = None,
    tiers: Mapping[str, Tier] | None = None,
    settings: Settings = DEFAULTS,
    swarm: bool | None = None,
) -> Reach:
    """Who can reach whom in ``project``.

    ``engine`` is a version, or ``any`` for one that is not known: then everything counts as open that one of the measured engines opens.
    ``connections`` are the needed ones; without them nothing is said of need. ``swarm`` says that the project is a stack (None: seen from its networks).
    """
    landscape = survey([project], swarm=swarm)
    boxes = {name: landscape.boxes[project.name, name] for name in project.services}
    choice = choose(engine)
    finder = _Finder([Situation(row, settings) for row in choice.rows], boxes)
    need = _Need(connections)
    paths = tuple(need.path(source, target, roads) for source, target, roads in finder.pairs())
    open_pairs = {(path.source, path.target) for path in paths}
    explainer = Explainer(finder.situations, boxes)
    nodes = (*(Node(name, "service", (tiers or {}).get(name, "")) for name in boxes), *(Node(zone, "zone") for zone in ZONES))
    closed = {pair: explainer.sentence(*pair) for pair in _all_pairs(boxes) if pair not in open_pairs}
    return Reach(nodes, paths, choice.label, tuple(_notes(landscape.unknown, boxes)), need.unmet(open_pairs, boxes), closed)


class Count(NamedTuple):
    """How many ordered pairs of services are open, and how many of those are needed for more than an assumption."""

    paths: int
    needed: int


def count_paths(project: Project, connections: Sequence[Connection], *, engine: str = "28.5", settings: Settings = DEFAULTS) -> Count:
    """What ``predict`` comes to for pairs of services, without naming the pairs: containers on the same networks are counted together."""
    landscape = survey([project], swarm=None)
    boxes = {name: landscape.boxes[project.name, name] for name in project.services}
    finder = _Finder([Situation(row, settings) for row in choose(engine).rows], boxes)
    alike: dict[object, Counter[int]] = {}
    for box in boxes.values():
        alike.setdefault((box.mode, box.nets), Counter())[id(box)] += 1
    by_id = {id(box): box for box in boxes.values()}
    paths = sum(_sources(kind, box, finder, by_id) for box in boxes.values() for kind in alike.values())
    needed = {(one.source, one.target) for one in connections if _supported(one.evidence)}
    known = ((source, target) for source, target in needed if source in boxes and target in boxes and source != target)
    return Count(paths, sum(finder.open(boxes[source], boxes[target]) for source, target in known))


def _sources(kind: Counter[int], target: Box, finder: _Finder, boxes: Mapping[int, Box]) -> int:
    """How many services of a kind have a road to a target; those in its own namespace always have one, itself not counted."""
    together = kind[id(target)]
    inside = max(together - 1, 0)
    other = next((box for box in kind if box != id(target)), None)
    return inside + (kind.total() - together if other is not None and finder.open(boxes[other], target) else 0)


def _all_pairs(boxes: Mapping[str, Box]) -> Iterator[tuple[str, str]]:
    yield from permutations(boxes, 2)
    for zone in ZONES:
        for name in boxes:
            yield name, zone
            yield zone, name


class _Finder:
    """Looks for roads in every situation and joins what it finds."""

    def __init__(self, situations: Sequence[Situation], boxes: Mapping[str, Box]) -> None:
        self.situations, self.boxes = situations, boxes
        self.finders = [Roads(situation) for situation in situations]
        self.known: dict[tuple[object, int], list[Road]] = {}
        self.neighbours: dict[tuple[object, object], bool] = {}
        """For two kinds of containers: whether a network that they share leads from one to the other."""

    def pairs(self) -> Iterator[tuple[str, str, list[Road]]]:
        """Every pair between which there is a road: services first, then from the zones, then to them."""
        yield from ((a, b, roads) for a, b in permutations(self.boxes, 2) if (roads := self.between(self.boxes[a], self.boxes[b])))
        for zone in Zone:
            yield from ((zone.value, name, roads) for name in self.boxes if (roads := self._into(zone, self.boxes[name])))
        for zone in Zone:
            yield from ((name, zone.value, roads) for name in self.boxes if (roads := self._out(self.boxes[name], zone)))

    def between(self, source: Box, target: Box) -> list[Road]:
        """Containers on the same networks have the same roads, so that each kind of source is tried once."""
        if source is target:
            return self._joined(lambda finder: finder.between(source, target))
        key = (source.mode, source.nets), id(target)
        if key not in self.known:
            self.known[key] = self._joined(lambda finder: finder.between(source, target))
        return self.known[key]

    def open(self, source: Box, target: Box) -> bool:
        """Whether there is a road, whatever its name; most often a shared network, which is the same for all containers of two kinds."""
        kinds = (source.mode, source.nets), (target.mode, target.nets)
        if kinds not in self.neighbours:
            self.neighbours[kinds] = any(finder.on_shared_network(source, target) for finder in self.finders)
        return self.neighbours[kinds] or any(True for finder in self.finders for _ in finder.between(source, target))

    def _into(self, zone: Zone, target: Box) -> list[Road]:
        return self._joined(lambda finder: finder.into(zone, target))

    def _out(self, source: Box, zone: Zone) -> list[Road]:
        return self._joined(lambda finder: finder.out_of(source, zone))

    def _joined(self, find: Callable[[Roads], Iterable[Road]]) -> list[Road]:
        """The roads of all situations; one that only some of them have says which, unless its own words do."""
        found: dict[str, list[tuple[str, Road]]] = {}
        for finder in self.finders:
            for road in find(finder):
                found.setdefault(road.text, []).append((finder.situation.engine.version, road))
        return [self._merged(text, roads) for text, roads in found.items()]

    def _merged(self, text: str, roads: Sequence[tuple[str, Road]]) -> Road:
        versions = dict.fromkeys(version for version, _ in roads)
        partial = len(versions) < len(self.finders) and "(" not in text
        return Road(f"{text} (on Docker {', '.join(versions)})" if partial else text, _ports([road for _, road in roads]))


def _ports(roads: Iterable[Road]) -> tuple[str, ...]:
    """All ports of several roads; empty as soon as one of them opens any."""
    ports = [road.ports for road in roads]
    return tuple(dict.fromkeys(port for some in ports for port in some)) if all(ports) else ()


class _Need:
    """What is known of which connections are needed."""

    def __init__(self, connections: Sequence[Connection] | None) -> None:
        self.told = connections is not None
        self.evidence: dict[tuple[str, str], tuple[Evidence, ...]] = {}
        for connection in connections or ():
            pair = connection.source, connection.target
            self.evidence[pair] = (*self.evidence.get(pair, ()), *connection.evidence)

    def path(self, source: str, target: str, roads: Sequence[Road]) -> ReachPath:
        """A path with what is known of its need."""
        evidence = self.evidence.get((source, target), ())
        return ReachPath(source, target, _ports(roads), tuple(road.text for road in roads), self._needed(source, target), evidence)

    def _needed(self, source: str, target: str) -> bool | None:
        """True with evidence, None with an assumption only; the rest is known not to be needed where the connections were told.

        What comes in from a zone and what goes to the LAN or the host stays unknown without evidence, since nobody collects it.
        """
        if (source, target) in self.evidence:
            return True if _supported(self.evidence[source, target]) else None
        collected = source not in ZONES and target not in (Zone.LAN, Zone.HOST)
        return False if self.told and collected else None

    def unmet(self, open_pairs: set[tuple[str, str]], boxes: Mapping[str, Box]) -> tuple[Connection, ...]:
        """Needed connections without a road."""
        return tuple(
            Connection(source, target, evidence)
            for (source, target), evidence in self.evidence.items()
            if _supported(evidence) and source in boxes and (target in boxes or target in ZONES) and source != target and (source, target) not in open_pairs
        )


def _supported(evidence: Iterable[Evidence]) -> bool:
    return any(one.kind is not EvidenceKind.ASSUMED for one in evidence)


def _notes(unknown: Mapping[tuple[str, str], str], boxes: Mapping[str, Box]) -> Iterator[str]:
    """What the reader should know of how sure this is."""
    for (_, service), container in unknown.items():
        yield f"{service} lives in the network namespace of {container}, which is not in this project: what that container can reach is not known."
    assumed = {net.label: None for box in boxes.values() for net in box.nets if net.assumed and net.user_defined}
    for label in assumed:
        yield f"Network {label} is external: it is taken for an ordinary bridge, and who else is on it is not known."
    for name in boxes:
        if name in ZONES:
            yield f"Service {name} bears the name of a zone: the two are told apart by their kind only."
