"""Single values of a service, set where they stand or written anew, and items taken out of its lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from batten.compose import insertion
from batten.compose.grouping import short
from batten.compose.insertion import Refused
from batten.compose.locating import OWN, Entry, Layer, Map, entry
from batten.compose.source import Alias, Mapping_, Node, Scalar, Sequence_, resolve
from batten.compose.splicing import Splice, block, body, flow, scalar, tail
from batten.model import Action, Change, SourceText

_SIZES = frozenset({"mem_limit", "memory"})
_UNITS = (("g", 1 << 30), ("m", 1 << 20), ("k", 1 << 10))


class Desk(Protocol):
    """What the writers here need of the editor."""

    map: Map

    def put(self, source: SourceText, splice: Splice, mark: str = "") -> None:
        """Note a splice."""

    def agree(self, others: Iterable[str], service: str, changes: Iterable[Change]) -> None:
        """Refuse where others who share the place do not take the same changes."""

    def heirs_agree(self, node: Mapping_, key: str, service: str, changes: Iterable[Change]) -> None:
        """Refuse where those who take over a new key do not want one."""


# values


def write(desk: Desk, service: str, key: str, changes: Sequence[Change]) -> None:
    """Set what a service says under ``key``, or below it; raises Refused where others would be changed too."""
    wanted = _tree(changes)
    layers = desk.map.layers(service)
    holding = next((index for index, layer in enumerate(layers) if entry(layer.source, layer.node, key) is not None), len(layers))
    layer = _own_layer(layers, holding, service)
    place = entry(layer.source, layer.node, key)
    if layer.shared:
        others = {name for name in desk.map.project.services if name != service and any(one.node is layer.node for one in desk.map.layers(name))}
        desk.agree(others, service, changes)
    if place is not None and not place.shared:
        desk.agree(desk.map.sharing(place.id, service), service, changes)
        _write_into(desk, place, wanted)
        return
    if place is not None and isinstance(wanted, dict):
        raise Refused(f"its {key} comes from a shared place")
    desk.heirs_agree(layer.node, key, service, changes)
    desk.put(layer.source, insertion.key(layer.source.text, layer.node, key, wanted), f"key {key}")


def _tree(changes: Sequence[Change]) -> Any:
    """What is wanted under the key that all of the changes begin with."""
    root: dict[str, Any] = {}
    for change in changes:
        *way, last = (str(step) for step in change.path[2:])
        here = root
        for step in way:
            here = here.setdefault(step, {})
        here[last] = _words(last, change.value)
    (wanted,) = root.values()
    return wanted


def _own_layer(layers: Sequence[Layer], holding: int, service: str) -> Layer:
    """The layer that is written to: the one that holds the key if it is the service's own, else its own one before it."""
    own = [layer for layer in layers[: holding + 1] if layer.how == OWN]
    if not own:
        raise Refused(f"the service {service} is not found in the project's files")
    return own[-1]


def _write_into(desk: Desk, place: Entry, wanted: Any) -> None:
    """A value in the place of another one; of a mapping, only what is wanted of it."""
    source, node = place.source, place.value
    if isinstance(node, Mapping_) and isinstance(wanted, dict) and node.entries:
        for key, value in wanted.items():
            inner = entry(source, node, key)
            if inner is not None and inner.shared:
                raise Refused(f"its {place.key.value} comes from a shared place")
            if inner is not None:
                _write_into(desk, inner, value)
            else:
                desk.put(source, insertion.key(source.text, node, key, value), f"key {key}")
    elif isinstance(wanted, dict) and not (isinstance(node, Mapping_) or (isinstance(node, Scalar) and not node.value)):
        raise Refused(f"its {place.key.value} comes from a shared place")
    elif node.end > node.start:
        start = node.start if isinstance(node, Alias) else body(source.text, node)
        desk.put(source, Splice(start, tail(source.text, node), flow(wanted)))
    elif isinstance(wanted, dict):
        desk.put(source, insertion.below(source.text, place.key, block(wanted, place.key.column + 1)))
    else:
        colon = source.text.index(":", place.key.end) + 1
        desk.put(source, Splice(colon, colon, f" {scalar(wanted)}"))


def _words(key: str, value: Any) -> Any:
    """A value as people write it: a size with its unit."""
    if key in _SIZES and isinstance(value, str) and value.isdigit():
        return next((f"{int(value) // unit}{letter}" for letter, unit in _UNITS if int(value) % unit == 0), value)
    return value


# items


def take_out(desk: Desk, service: str, key: str, removed: Sequence[Change], added: Sequence[Change]) -> list[Change]:
    """Take items out of a list, and put new ones in the place of a last one.

    Returns:
        Those of ``added`` that are still to be appended.
    """
    left = list(added)
    missing = {change.value for change in removed}
    for layer in desk.map.layers(service):
        place = entry(layer.source, layer.node, key)
        items = _items(place.value) if place is not None else []
        gone = [item for item in items if _text(item) in missing]
        if place is not None and gone:
            desk.agree(desk.map.sharing(place.id, service), service, removed)
            left = _taken(desk, layer, place, items, gone, left)
            missing -= {_text(item) for item in gone}
    if missing:
        raise Refused(f"what is to be removed from its {key} does not stand in the project's files in these words")
    return left


def _items(node: Node) -> list[Node]:
    found = resolve(node)
    return list(found.items) if isinstance(found, Sequence_) else []


def _text(item: Node) -> str:
    found = resolve(item)
    return found.value if isinstance(found, Scalar) else ""


def _taken(desk: Desk, layer: Layer, place: Entry, items: list[Node], gone: list[Node], added: list[Change]) -> list[Change]:
    source, sequence = place.source, resolve(place.value)
    if place.owner is not layer.node or isinstance(place.value, Alias) or not isinstance(sequence, Sequence_):
        raise Refused(f"its {place.key.value} comes from a shared place")
    if items[-1] in gone and added:
        words = scalar(short(added[0].value))
        desk.put(source, Splice(items[-1].start, tail(source.text, items[-1]), words))
        gone, added = gone[:-1], added[1:]
    elif len(gone) == len(items):
        if len(layer.node.entries) < 2:
            raise Refused(f"its {place.key.value} is all that stands there")
        desk.put(source, insertion.without(source.text, layer.node, place.key, place.value))
        return added
    for item in gone:
        desk.put(source, insertion.without_item(source.text, sequence, item))
    return added


def split(changes: Sequence[Change]) -> tuple[list[Change], list[Change]]:
    """Those of a list's changes that take out, and those that append."""
    return [one for one in changes if one.action == Action.REMOVE_ITEM], [one for one in changes if one.action == Action.APPEND]
