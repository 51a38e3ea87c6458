"""From a place in the compose text that we wrote of what runs to the object of the engine, and its attribute, that the text speaks of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping

from batten.engine.keys import attribute
from batten.engine.protocol import Workload
from batten.model import Connection, EnginePlace, Location, Project, Span, TreePath, Value
from batten.review.finding import Finding

_NETWORK = {
    "driver": "Driver",
    "driver_opts": "Options",
    "internal": "Internal",
    "attachable": "Attachable",
    "enable_ipv6": "EnableIPv6",
    "ipam": "IPAM.Config",
}
_WHOLE = {"container": "HostConfig", "service": "Spec"}
_NAMED = frozenset({"environment", "labels", "networks"})
"""Keys below which the name is what the engine calls it, too."""


class Places:
    """Knows one project that runs."""

    def __init__(self, project: Project, members: Mapping[str, Workload]) -> None:
        """
        Args:
            project: as read from the text that we wrote; each line of that is one entry of the tree.
            members: the container or service that stands for each service of the project.
        """
        self._project = project
        self._members = members
        self._files = frozenset(project.files)
        lines: dict[int, TreePath] = {}
        for path, value in _walk(project.tree, ()):
            if value.origin is not None and path:
                lines.setdefault(_head(project, value), path)
        self._lines = sorted(lines)
        self._paths = [lines[line] for line in self._lines]

    def relocated(self, finding: Finding) -> Finding:
        """The same finding at a place of the engine."""
        related = tuple(dict.fromkeys(self.at(place) for place in finding.related))
        location = self.at(finding.location)
        return finding._replace(location=location, related=tuple(place for place in related if place != location))

    def reconnected(self, connection: Connection) -> Connection:
        """The same connection with its evidence at places of the engine."""
        evidence = (one._replace(where=self.at(one.where)) if one.where is not None else one for one in connection.evidence)
        return connection._replace(evidence=tuple(evidence))

    def at(self, place: Location) -> Location:
        """The engine's place that a place of our text stands for; any other place as it is."""
        if not isinstance(place, Span) or place.file not in self._files:
            return place
        number = bisect_right(self._lines, place.line) - 1
        return self.of(self._paths[number] if number >= 0 else ())

    def of(self, path: TreePath) -> EnginePlace:
        """The engine's place of a value of the tree."""
        section, name = (str(path[0]) if path else ""), (str(path[1]) if len(path) > 1 else "")
        if section == "services" and name in self._members:
            one = self._members[name]
            return EnginePlace(f"{one.kind}/{one.name}", self._attribute(one, path[2:]))
        if section == "networks" and name in self._project.networks:
            rest = _NETWORK.get(str(path[2]), "Name") if len(path) > 2 else "Name"
            return EnginePlace(f"network/{self._project.networks[name].name}", ".".join([rest, *map(str, path[3:4])]))
        if section == "volumes" and name in self._project.volumes:
            return EnginePlace(f"volume/{self._project.volumes[name]}", ".".join(["Options" if len(path) > 2 else "Name", *map(str, path[3:4])]))
        if section in ("secrets", "configs") and name:
            return EnginePlace(f"{section.removesuffix('s')}/{name}", "Spec.Name")
        return EnginePlace(f"project/{self._project.name}", section or "services")

    def _attribute(self, one: Workload, rest: TreePath) -> str:
        keys = [step for step in rest if isinstance(step, str)]
        found = attribute(one.kind, ".".join(keys))
        if not found:
            return _WHOLE[one.kind]
        return f"{found}.{rest[1]}" if len(rest) > 1 and keys[0] in _NAMED else found + self._item(one, rest)

    def _item(self, one: Workload, rest: TreePath) -> str:
        """What tells an item of a list from its neighbours."""
        if len(rest) < 2 or not isinstance(rest[1], int):
            return ""
        if rest[0] == "ports" and rest[1] < len(one.ports):
            return f".{one.ports[rest[1]].target}/{one.ports[rest[1]].protocol}"
        service = self._project.services.get(next((name for name, other in self._members.items() if other is one), ""))
        if rest[0] == "volumes" and service is not None and rest[1] < len(service.mounts):
            return f".{service.mounts[rest[1]].target}"
        return f".{rest[1]}"


def _walk(value: Value, path: TreePath) -> Iterator[tuple[TreePath, Value]]:
    yield path, value
    for key, child in value.items():
        yield from _walk(child, (*path, key))
    for number, child in enumerate(value.elements()):
        yield from _walk(child, (*path, number))


def _head(project: Project, value: Value) -> int:
    """The line of the key of a value: that of the value itself, or above it for a block."""
    assert value.origin is not None
    span = value.origin.primary
    text = project.sources[span.file].text if span.file in project.sources else ""
    block = isinstance(value.data, dict | list) and text[span.start : span.start + 1] not in ("{", "[")
    return span.line - 1 if block else span.line
