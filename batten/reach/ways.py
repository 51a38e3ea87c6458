"""Who gets to whom without a list of it: containers on the same networks have the same ways, and a pair is looked at when somebody asks for it.

A thousand services on one network are a million pairs. What summaries count is counted by kinds of containers; a path is made when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import permutations

from batten.model import Zone
from batten.reach.landscape import Box
from batten.reach.need import Need
from batten.reach.paths import ZONES, Among, Paths, ReachPath
from batten.reach.roads import Road, Roads, ports_of
from batten.reach.rules.published import is_loopback
from batten.reach.situation import Situation


class Ways(Paths):
    """The paths of a landscape, in several situations at once, with what is known of their need."""

    def __init__(self, situations: Sequence[Situation], boxes: Mapping[str, Box], need: Need) -> None:
        self._situations, self._boxes, self._need = situations, boxes, need
        self._finders = [Roads(situation) for situation in situations]
        self._members: dict[int, list[str]] = {}
        """Namespace, by its identity → the services in it."""
        for name, box in boxes.items():
            self._members.setdefault(id(box), []).append(name)
        self._distinct = list({id(box): box for box in boxes.values()}.values())
        numbers: dict[object, int] = {}
        self._kind = {id(box): numbers.setdefault((box.mode, box.nets), len(numbers)) for box in self._distinct}
        self._of_kind: list[list[Box]] = [[] for _ in numbers]
        for box in self._distinct:
            self._of_kind[self._kind[id(box)]].append(box)
        self._open: dict[int, frozenset[int]] = {}
        self._known: dict[object, list[Road]] = {}

    # what there is

    def __iter__(self) -> Iterator[ReachPath]:
        """Every path: services first, then from the zones, then to them."""
        yield from self.among_services
        yield from self.with_zones

    def __len__(self) -> int:
        """How many there are."""
        return len(self.among_services) + len(self.with_zones)

    @cached_property
    def among_services(self) -> Among:
        """Paths between two services."""
        return Among(self._count(), self._between_services)

    def _between_services(self) -> Iterator[ReachPath]:
        return (self._need.path(source, target, self._inside(self._boxes[source], self._boxes[target])) for source, target in self._pairs())

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Every pair of services with a way from the first to the second."""
        for source, box in self._boxes.items():
            found = self._open_from(box)
            yield from ((source, target) for target, other in self._boxes.items() if target != source and (other is box or id(other) in found))

    @cached_property
    def with_zones(self) -> tuple[ReachPath, ...]:
        """Paths from and to the zones."""
        into = ((zone, name, self._into(zone, box)) for zone in ZONES for name, box in self._boxes.items())
        out = ((name, zone, self._out_of(box, zone)) for zone in ZONES for name, box in self._boxes.items())
        return tuple(self._need.path(source, target, roads) for source, target, roads in (*into, *out) if roads)

    def _count(self) -> int:
        """How many ordered pairs of services are open."""
        sizes = {identity: len(members) for identity, members in self._members.items()}
        beyond = [sum(map(sizes.__getitem__, self._open_from(boxes[0]))) for boxes in self._of_kind]
        found = 0
        for box in self._distinct:
            size, kind = sizes[id(box)], self._kind[id(box)]
            outside = beyond[kind] - (size if id(box) in self._open_from(box) else 0)
            found += size * (outside + size - 1)
        return found

    @cached_property
    def needed(self) -> int:
        """How many paths between services are known to be needed."""
        return sum(self.is_open(source, target) for source, target in self._need.supported() if source in self._boxes and target in self._boxes)

    # one pair

    def between(self, source: str, target: str) -> ReachPath | None:
        """The path from one node to another, or None where it is closed."""
        roads = self._roads(source, target)
        return self._need.path(source, target, roads) if roads else None

    def is_pair(self, source: str, target: str) -> bool:
        """Whether the two are nodes between which a path could be."""
        return source != target and any(one in self._boxes for one in (source, target)) and all(one in self._boxes or one in ZONES for one in (source, target))

    def is_open(self, source: str, target: str) -> bool:
        """Whether there is a way from one node to another."""
        if source in ZONES or target in ZONES or not self.is_pair(source, target):
            return bool(self._roads(source, target))
        here, there = self._boxes[source], self._boxes[target]
        return here is there or id(there) in self._open_from(here)

    def _roads(self, source: str, target: str) -> list[Road]:
        """Every road between two nodes; a name that is a zone's too is the zone."""
        here, there = self._boxes.get(source), self._boxes.get(target)
        if source in ZONES and there is not None:
            return self._into(source, there)
        if target in ZONES and here is not None:
            return self._out_of(here, target)
        return self._inside(here, there) if here is not None and there is not None and source != target else []

    def _inside(self, here: Box, there: Box) -> list[Road]:
        """Between containers. Those on the same networks have the same roads, so that each kind is tried once."""
        if here is there:
            return self._once("itself", here.mode, lambda finder: finder.between(here, there))
        return self._once(self._kind[id(here)], id(there), lambda finder: finder.between(here, there))

    def _into(self, zone: str, there: Box) -> list[Road]:
        return self._once(zone, (self._kind[id(there)], there.published), lambda finder: finder.into(Zone(zone), there))

    def _out_of(self, here: Box, zone: str) -> list[Road]:
        return self._once(self._kind[id(here)], zone, lambda finder: finder.out_of(here, Zone(zone)))

    def _once(self, source: object, target: object, find: Callable[[Roads], Iterable[Road]]) -> list[Road]:
        if (source, target) not in self._known:
            self._known[source, target] = self._joined(find)
        return self._known[source, target]

    def _joined(self, find: Callable[[Roads], Iterable[Road]]) -> list[Road]:
        """The roads of all situations; one that only some of them have says which, unless its own words do."""
        found: dict[str, list[tuple[str, Road]]] = {}
        for finder in self._finders:
            for road in find(finder):
                found.setdefault(road.text, []).append((finder.situation.engine.version, road))
        return [self._merged(text, roads) for text, roads in found.items()]

    def _merged(self, text: str, roads: Sequence[tuple[str, Road]]) -> Road:
        versions = dict.fromkeys(version for version, _ in roads)
        partial = len(versions) < len(self._finders) and "(" not in text
        return Road(f"{text} (on Docker {', '.join(versions)})" if partial else text, ports_of([road for _, road in roads]))

    # all that one kind of container gets to

    def reached(self, source: str) -> set[str]:
        """The services that somebody who holds a node gets to, directly or from service to service; itself among them where there is a way back."""
        waiting = [self._boxes[path.target] for path in self.with_zones if path.source == source] if source in ZONES else [self._boxes[source]]
        found = {id(box): box for box in waiting}
        by_identity = {id(box): box for box in self._distinct}
        while waiting:
            fresh = [by_identity[identity] for identity in self._open_from(waiting.pop()) if identity not in found]
            found.update((id(box), box) for box in fresh)
            waiting += fresh
        return {name for identity in found for name in self._members[identity]}

    def _open_from(self, source: Box) -> frozenset[int]:
        """The namespaces that a container gets to from another one of its kind or of any other, by identity."""
        kind = self._kind[id(source)]
        if kind not in self._open:
            self._open[kind] = frozenset(id(box) for box in self._found_from(kind))
        return self._open[kind]

    def _found_from(self, kind: int) -> Iterator[Box]:
        alike = self._of_kind[kind]
        near = {other for net in alike[0].nets for other in self._kinds_on[net.name] if self._neighbours(alike, self._of_kind[other])}
        yield from (box for other in near for box in self._of_kind[other])
        for target in self._distinct if alike[0].mode == "host" else self._beyond:
            source = next((box for box in alike if box is not target), None)
            if source is not None and self._kind[id(target)] not in near and self._leads(source, target):
                yield target

    def _neighbours(self, sources: Sequence[Box], targets: Sequence[Box]) -> bool:
        """Whether a network that containers of two kinds share leads from the one to the other."""
        pair = next(((one, other) for other in targets for one in sources[:2] if one is not other), None)
        return pair is not None and any(finder.on_shared_network(*pair) for finder in self._finders)

    def _leads(self, source: Box, target: Box) -> bool:
        return any(True for finder in self._finders for _ in finder.between(source, target))

    @cached_property
    def _kinds_on(self) -> Mapping[str, list[int]]:
        """Network → the kinds of containers on it."""
        found: dict[str, list[int]] = {}
        for kind, boxes in enumerate(self._of_kind):
            for net in boxes[0].nets:
                found.setdefault(net.name, []).append(kind)
        return found

    @cached_property
    def _beyond(self) -> list[Box]:
        """The namespaces that more leads to than a shared network: the host's, what is routed or not filtered, and ports that containers can use."""
        return [box for box in self._distinct if box.mode == "host" or self._crossed(box) or any(not is_loopback(port.binding) for port in box.published)]

    def _crossed(self, box: Box) -> bool:
        return any(situation.crossable(net, family) for situation in self._situations for net in box.nets for family in net.families)


class Closed(Mapping[tuple[str, str], str]):
    """For pairs without a way: why, in a sentence, which is made when it is read."""

    def __init__(self, ways: Ways, names: Sequence[str], sentence: Callable[[str, str], str]) -> None:
        self._ways, self._names, self._sentence = ways, names, sentence

    def __getitem__(self, pair: tuple[str, str]) -> str:
        """Why nothing gets from one node to another; raises KeyError where something does."""
        if not self._ways.is_pair(*pair) or self._ways.is_open(*pair):
            raise KeyError(pair)
        return self._sentence(*pair)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Every pair that is closed."""
        return (pair for pair in self._pairs() if not self._ways.is_open(*pair))

    def __len__(self) -> int:
        """How many pairs are closed."""
        count = len(self._names)
        return count * (count - 1) + 2 * count * len(ZONES) - len(self._ways)

    def _pairs(self) -> Iterator[tuple[str, str]]:
        yield from permutations(self._names, 2)
        for zone in ZONES:
            for name in self._names:
                yield name, zone
                yield zone, name
