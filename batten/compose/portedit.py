"""A published port bound to another host address, in the short and in the long form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from batten.compose import insertion
from batten.compose.insertion import Refused
from batten.compose.locating import Map, entry
from batten.compose.source import Mapping_, Node, Scalar, Sequence_, resolve
from batten.compose.splicing import Splice, body, nodes_of, scalar, tail
from batten.model import Port, SourceText, Span


@dataclass(frozen=True, slots=True)
class PortPlace:
    """The text of a published port."""

    source: SourceText
    node: Node
    port: Port
    siblings: tuple[tuple[str, int], ...]
    """Other resolved ports written in the same place, as (service, index): those of a range, those of services that share it."""
    doubles: tuple[tuple[SourceText, Node], ...] = ()
    """Other files' texts of the very same port, which would become ports of their own if they kept their address."""


class Ports:
    """The places of a project's published ports, worked out once for all changes of a plan."""

    def __init__(self, where: Map) -> None:
        self.project, self.map = where.project, where
        self._nodes: dict[str, dict[tuple[int, int], Node]] = {}

    @cached_property
    def _written(self) -> dict[Span, list[tuple[str, int]]]:
        """The resolved ports by the place where they are written."""
        found: dict[Span, list[tuple[str, int]]] = defaultdict(list)
        for name, service in self.project.services.items():
            for port in service.ports:
                found[self._place(name, port.index)].append((name, port.index))
        return found

    def _place(self, service: str, index: int) -> Span:
        return self.project.origin(("services", service, "ports", index)).primary

    def find(self, service: str, index: int) -> PortPlace:
        """The place of a resolved port; raises Refused where it cannot be told."""
        place = self._place(service, index)
        source = self.project.sources.get(place.file)
        node = self._node(source, place) if source is not None and source.root is not None else None
        if source is None or node is None:
            raise Refused("the port's own text is not found")
        same = tuple(one for one in self._written[place] if one != (service, index))
        return PortPlace(source, node, self.project.services[service].ports[index], same, tuple(self._doubles(service, node)))

    def _doubles(self, service: str, node: Node) -> Iterator[tuple[SourceText, Node]]:
        for layer in self.map.layers(service):
            ports = entry(layer.source, layer.node, "ports")
            items = resolve(ports.value) if ports is not None else None
            for item in map(resolve, items.items) if isinstance(items, Sequence_) else ():
                if item is not node and isinstance(item, Scalar) and isinstance(node, Scalar) and item.value == node.value:
                    yield layer.source, item

    def _node(self, source: SourceText, place: Span) -> Node | None:
        if source.file not in self._nodes:
            nodes = (node for node in nodes_of(source.root) if isinstance(node, Scalar) or (isinstance(node, Mapping_) and node.entries))
            self._nodes[source.file] = {(node.start, node.end): node for node in nodes}
        return self._nodes[source.file].get((place.start, place.end))


def bound(place: PortPlace, address: str) -> Iterator[tuple[SourceText, Splice]]:
    """Splices, each with its file, that bind the port to ``address``; an empty one is every address."""
    shown = f"[{address}]" if ":" in address else address
    for source, node in ((place.source, place.node), *place.doubles):
        if isinstance(node, Scalar):
            start, end = body(source.text, node), tail(source.text, node)
            yield source, Splice(start, end, _quoted(node, _short(node.value, place.port, shown)))
        elif isinstance(node, Mapping_):
            yield source, _long(source, node, address)
        else:
            raise Refused("the port's own text is not found")


def _long(source: SourceText, node: Mapping_, address: str) -> Splice:
    found = entry(source, node, "host_ip")
    if found is not None and found.owner is node:
        if not address:
            return insertion.without(source.text, node, found.key, found.value)
        return Splice(body(source.text, found.value), tail(source.text, found.value), scalar(address))
    return insertion.key(source.text, node, "host_ip", address)


def _short(written: str, port: Port, address: str) -> str:
    """The short form with another address; what the user wrote with variables stays so."""
    parts = _parts(written)
    if not port.host_ip and len(parts) < 3:
        return f"{address}:{written}" if port.published or len(parts) > 1 else f"{address}::{written}"
    if len(parts) < 3:
        raise Refused("its address comes from a variable")
    rest = ":".join(parts[-2:])
    return f"{address}:{rest}" if address else rest.lstrip(":")


def _parts(text: str) -> list[str]:
    """``text`` cut at colons that are not inside ``${…}`` or ``[…]``."""
    parts, depth, start = [], 0, 0
    for index, character in enumerate(text):
        if character == "{" or character == "[":
            depth += 1
        elif character == "}" or character == "]":
            depth -= 1
        elif character == ":" and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def _quoted(node: Scalar, text: str) -> str:
    if node.style == "'":
        return "'" + text.replace("'", "''") + "'"
    if node.style == '"':
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f'"{text}"' if text.startswith("[") else text
