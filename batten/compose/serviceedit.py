"""Where a service's mounts, arguments, dependencies and new variables stand, and the splices that take them away or add them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from batten.compose import insertion
from batten.compose.grouping import base
from batten.compose.insertion import Refused
from batten.compose.interpolation import Lookup, interpolate
from batten.compose.loader import variables_of
from batten.compose.locating import EXTENDS, OWN, Entry, Layer, Map, entry
from batten.compose.ports import split_mount
from batten.compose.source import Mapping_, Node, Scalar, Sequence_, resolve
from batten.compose.splicing import Splice, key_text, line_start, scalar, tail
from batten.model import Action, Change, SourceText


class Spot(NamedTuple):
    """One splice, and who else is concerned by it."""

    source: SourceText
    splice: Splice
    users: frozenset[str]
    """Every other service that has the place too."""
    fresh: tuple[Mapping_, str] | None = None
    """The mapping and the key, where the key is new there: services that merge the mapping would take it over."""


def unmounted(where: Map, service: str, changes: Sequence[Change]) -> Iterator[Spot]:
    """The mounts of ``changes`` taken out of every place that gives them to the service; raises Refused."""
    wanted = {str(change.value["target"]): 0 for change in changes}
    lookup = variables_of(where.project.request)
    for layer in where.layers(service):
        place = entry(layer.source, layer.node, "volumes")
        node = resolve(place.value) if place is not None else None
        if place is None or not isinstance(node, Sequence_):
            continue
        gone = [item for item in node.items if _target(item, lookup) in wanted]
        for item in gone:
            wanted[_target(item, lookup)] += 1
        if gone and layer.how == EXTENDS:
            raise Refused("the mount comes from a service that this one extends")
        yield from _taken_out(where, service, layer, place, node, gone)
    if not all(wanted.values()):
        raise Refused("the mount is not found in the project's files")


def _target(item: Node, lookup: Lookup) -> str:
    """The path in the container of one entry of ``volumes``; empty where it has none that can be read."""
    node = resolve(item)
    if isinstance(node, Scalar):
        return next(iter(split_mount(interpolate(node.value, lookup).text)[1:2]), "")
    target = node.get("target") if isinstance(node, Mapping_) else None
    return interpolate(target.value, lookup).text if isinstance(target, Scalar) else ""


def _taken_out(where: Map, service: str, layer: Layer, place: Entry, node: Sequence_, gone: Sequence[Node]) -> Iterator[Spot]:
    text = layer.source.text
    if gone and len(gone) == len(node.items):
        if len(place.owner.entries) < 2:
            raise Refused("nothing would be left of the place where its mounts stand")
        yield Spot(layer.source, insertion.without(text, place.owner, place.key, place.value), frozenset(where.sharing(place.id, service)))
        return
    for item in gone:
        users = frozenset(where.sharing((layer.source.file, resolve(item).start), service))
        yield Spot(layer.source, _item_removed(text, node, item), users)


def _item_removed(text: str, node: Sequence_, item: Node) -> Splice:
    """One of several items of a list taken out."""
    if not node.flow:
        return insertion.removed_line(text, line_start(text, item.start), tail(text, item))
    return insertion.without_item(text, node, item)


def arguments(where: Map, service: str, changes: Sequence[Change]) -> Iterator[Spot]:
    """Arguments added to the service's command, or put in the place of another one; raises Refused."""
    found = next(((layer, place) for layer in where.layers(service) if (place := entry(layer.source, layer.node, "command")) is not None), None)
    if found is None or found[0].how == EXTENDS:
        raise Refused("its command does not stand at the service itself")
    layer, place = found
    node, users = resolve(place.value), frozenset(where.sharing(place.id, service))
    for change in changes:
        if isinstance(node, Sequence_):
            yield Spot(layer.source, _listed(where, layer, node, change), users)
        elif isinstance(node, Scalar):
            yield Spot(layer.source, _in_text(where, service, layer, node, change), users)
        else:
            raise Refused("its command is written in a form that cannot be changed")


def _listed(where: Map, layer: Layer, node: Sequence_, change: Change) -> Splice:
    if change.action == Action.APPEND:
        return insertion.append(layer.source.text, node, [change.value])
    item = node.items[int(change.path[3])]
    return Splice(item.start, item.end, scalar(change.value))


def _in_text(where: Map, service: str, layer: Layer, node: Scalar, change: Change) -> Splice:
    """An argument in a command that is written as one text. What is made of it is read again, so that quotes need no care here."""
    text, end = layer.source.text, tail(layer.source.text, node)
    if change.action == Action.APPEND:
        behind = end - 1 if node.style in ("'", '"') else end
        return Splice(behind, behind, f" {change.value}")
    value = where.project.value(change.path)
    old = str(value.data) if value is not None else ""
    if not old or text.count(old, node.start, end) != 1:
        raise Refused(f"an argument of {service} is not found in its command")
    start = text.index(old, node.start, end)
    return Splice(start, start + len(old), str(change.value))


def dependencies(where: Map, service: str, changes: Sequence[Change]) -> Iterator[Spot]:
    """Services that this one is started after; raises Refused."""
    layer = base(_own(where, service), "depends_on")
    place = entry(layer.source, layer.node, "depends_on")
    names = [str(change.path[3]) for change in changes]
    if place is None:
        yield _new_key(where, service, layer, "depends_on", names)
        return
    node, users = resolve(place.value), frozenset(where.sharing(place.id, service))
    if isinstance(node, Sequence_):
        yield Spot(layer.source, insertion.append(layer.source.text, node, names), users)
    elif isinstance(node, Mapping_) and node.entries:
        for name in names:
            yield Spot(layer.source, insertion.key(layer.source.text, node, key_text(name), {"condition": "service_started"}), users)
    else:
        raise Refused("its depends_on is written in a form that cannot be changed")


def variables(where: Map, service: str, changes: Sequence[Change]) -> Iterator[Spot]:
    """Variables that the service does not have yet; raises Refused."""
    return _assigned(where, service, "environment", {str(change.path[3]): str(change.value) for change in changes})


def labels(where: Map, service: str, changes: Sequence[Change]) -> Iterator[Spot]:
    """Labels that the service has, with another value, or does not have yet; raises Refused."""
    new = {str(change.path[3]): str(change.value) for change in changes}
    for layer in where.layers(service):
        place = entry(layer.source, layer.node, "labels")
        for name in [name for name in new if place is not None and layer.how == OWN]:
            splice = _label(place, name, new[name]) if place is not None else None
            if splice is not None and place is not None:
                yield Spot(layer.source, splice, frozenset(where.sharing(place.id, service)))
                del new[name]
    if new:
        yield from _assigned(where, service, "labels", new)


def _label(place: Entry, name: str, value: str) -> Splice | None:
    """A label that is there with another value; None where it is not."""
    node = resolve(place.value)
    if isinstance(node, Mapping_):
        found = node.get(name)
        return Splice(found.start, found.end, scalar(value)) if isinstance(found, Scalar) else None
    items = [resolve(item) for item in node.items] if isinstance(node, Sequence_) else []
    there = next((item for item in items if isinstance(item, Scalar) and item.value.partition("=")[0] == name), None)
    return Splice(there.start, there.end, scalar(f"{name}={value}")) if there is not None else None


def _assigned(where: Map, service: str, key: str, new: Mapping[str, str]) -> Iterator[Spot]:
    """Names with values under a key that takes both a mapping and a list of ``NAME=value``."""
    layer = base(_own(where, service), key)
    place = entry(layer.source, layer.node, key)
    if place is None:
        yield _new_key(where, service, layer, key, dict(new))
        return
    node, users = resolve(place.value), frozenset(where.sharing(place.id, service))
    if isinstance(node, Sequence_):
        yield Spot(layer.source, insertion.append(layer.source.text, node, [f"{name}={value}" for name, value in new.items()]), users)
    elif isinstance(node, Mapping_) and node.entries:
        for name, value in new.items():
            yield Spot(layer.source, insertion.key(layer.source.text, node, key_text(name), value), users)
    else:
        raise Refused(f"its {key} is written in a form that cannot be changed")


def _own(where: Map, service: str) -> list[Layer]:
    own = [layer for layer in where.layers(service) if layer.how == OWN]
    if not own:
        raise Refused(f"the service {service} is not found in the project's files")
    return own


def _new_key(where: Map, service: str, layer: Layer, name: str, value: Any) -> Spot:
    """A key that the service does not have yet."""
    others = {other for other in where.project.services if other != service and any(one.node is layer.node for one in where.layers(other))}
    users = frozenset(others if layer.shared else ())
    return Spot(layer.source, insertion.key(layer.source.text, layer.node, name, value), users, (layer.node, name))
