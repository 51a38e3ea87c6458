"""A key of a service set to a list: its entrypoint, its command, the test of its healthcheck."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from batten.compose import insertion
from batten.compose.insertion import Refused
from batten.compose.locating import OWN, Entry, Layer, Map, entry
from batten.compose.serviceedit import Spot
from batten.compose.source import Alias, Mapping_, Node, Sequence_, resolve
from batten.compose.splicing import Splice, body, flow, line_start, newline, tail
from batten.model import Change


def lists(where: Map, service: str, changes: Sequence[Change]) -> Iterator[Spot]:
    """The list of a change written at its place below a service: one key, or one key of a mapping such as ``healthcheck``.

    Items in front of a list that is there are put there; what the user wrote in the list stays as it is.

    Raises:
        Refused: the key stands in a place that cannot be changed for this service alone.
    """
    value, layers = list(changes[0].value), where.layers(service)
    if not any(layer.how == OWN for layer in layers):
        raise Refused(f"the service {service} is not found in the project's files")
    key, *inner = map(str, changes[0].path[2:])
    found = next(((layer, place) for layer in layers if (place := entry(layer.source, layer.node, key)) is not None), None)
    layer = found[0] if found is not None and found[0].how == OWN else next(one for one in layers if one.how == OWN)
    if found is None or found[0].how != OWN:
        yield _fresh(where, service, layer, layer.node, key, {inner[0]: value} if inner else value)
        return
    place = found[1]
    if inner and place.owner is not layer.node:
        current = where.project.value(("services", service, key))
        yield _fresh(where, service, layer, layer.node, key, {**(current.plain() if current is not None else {}), inner[0]: value})
        return
    if not inner:
        yield from _at(where, service, layer, place, key, value)
        return
    node = resolve(place.value)
    if not isinstance(node, Mapping_) or not node.entries:
        raise Refused(f"its {key} is written in a form that cannot be changed")
    below = entry(layer.source, node, inner[0])
    if below is None:
        yield _fresh(where, service, layer, node, inner[0], value, frozenset(where.sharing(place.id, service)))
    else:
        yield Spot(layer.source, _replaced(layer.source.text, below.value, value), frozenset(where.sharing(below.id, service)))


def _at(where: Map, service: str, layer: Layer, place: Entry, key: str, value: list[Any]) -> Iterator[Spot]:
    """The key where it stands; a merged one is written out at the service itself."""
    if place.owner is not layer.node:
        yield _fresh(where, service, layer, layer.node, key, value)
        return
    current = where.project.value(("services", service, key))
    old = current.plain() if current is not None else None
    users = frozenset(where.sharing(place.id, service))
    node = place.value
    if isinstance(old, list) and old and value[-len(old) :] == old and isinstance(node, Sequence_) and len(node.items) == len(old):
        yield Spot(layer.source, _before(layer.source.text, node, value[: -len(old)]), users)
    else:
        yield Spot(layer.source, _replaced(layer.source.text, node, value), users)


def _before(text: str, node: Sequence_, items: Sequence[Any]) -> Splice:
    """Items in front of those of a list."""
    first = node.items[0]
    if node.flow:
        return Splice(first.start, first.start, "".join(f"{flow(item)}, " for item in items))
    indent = " " * (node.column - 1)
    return Splice(node.start, node.start, "".join(f"- {flow(item)}{newline(text)}{indent}" for item in items))


def _replaced(text: str, node: Node, value: list[Any]) -> Splice:
    if isinstance(node, Sequence_) and not node.flow and body(text, node) == node.start and not text[line_start(text, node.start) : node.start].strip():
        indent = " " * (node.column - 1)
        return Splice(node.start, tail(text, node), f"{newline(text)}{indent}".join(f"- {flow(item)}" for item in value))
    start = node.start if isinstance(node, Alias) else body(text, node)
    behind = tail(text, node)
    space = " " if behind == start and start and text[start - 1] == ":" else ""
    return Splice(start, behind, f"{space}{insertion.flow_list(value)}")


def _fresh(where: Map, service: str, layer: Layer, node: Mapping_, key: str, value: Any, users: frozenset[str] = frozenset()) -> Spot:
    """A key that is not there yet."""
    if layer.shared:
        others = {name for name in where.project.services if name != service and any(one.node is layer.node for one in where.layers(name))}
        users |= others
    return Spot(layer.source, insertion.key(layer.source.text, node, key, value), users, (node, key) if node is layer.node else None)
